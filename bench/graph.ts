/**
 * How fast is a hypergraph of a million edges loaded, asked and traversed? Beside SQLite, and graphology in
 * memory.
 *
 *     deno run -A bench/graph.ts [--edges 1000000] [--rounds 7] [--loads 1] [--dir DIRECTORY]
 *     bun bench/graph.ts [--edges 1000000] [--rounds 7] [--loads 1] [--dir DIRECTORY]
 *
 * The graph is random: directed edges of three endpoints, one cause and two effects, over 3 points for each
 * 10 edges, in four regions that no edge leaves; see `support/random_graph.ts`. Each edge has a kind, a
 * weight and two properties, each endpoint a role. What SQLite keeps, and why so, is told in
 * `peers/graph_connection.ts`.
 *
 * **Loading**: groups of 1000 edges, each durable before the next begins; the points are there before, and
 * objects and rows are made outside the measured time. Ours is measured to the last commit and to the end
 * of `flush()` and `compact()`, SQLite (WAL, synchronous=FULL) to the end of a checkpoint. Both are given
 * the coordinates of endpoints, which SQLite looks up in its points; what it takes who knows their numbers
 * is shown below. SQLite may keep a GiB in memory, and so may ours: 64 MiB of pages, and what is in no run
 * file yet. What the 16 MiB do that it takes of the latter by itself is shown, too. `--loads` loads several
 * times.
 *
 * **Asking**: ours flushed, compacted and opened anew; ours and SQLite with a warm cache that holds all of
 * it, which was asked about every point before. How long that took is shown, since ours keeps degrees, and
 * learns those of a page at once. Each round asks for degrees of other points. Both are asked about
 * coordinates; who has looked up the number of a point before gets a degree from SQLite in two thirds of
 * the time. Edges come as objects, and every field and endpoint of each is read.
 *
 * **Traversing**: all that is forward of a point, with a full size graph about 100,000 points. Ours gives
 * nodes with points and levels, graphology keys with levels, the recursive query of SQLite points without
 * levels, which would cost it many times as much. Shown beside that: with every edge that was crossed, in
 * full; and how long ours took the first time, since it keeps what it met. A line of ours is there twice,
 * for two wants.
 *
 * **A graph ten times as large**: the same traversal of the same island, points and edges, in a graph of a
 * tenth of the edges.
 *
 * Before anything is judged all are compared with plain arrays: every degree and edge, each field of it,
 * the points that were reached, their levels and the edges that were crossed.
 *
 * @module
 */

import { rmSync } from "node:fs";
import process from "node:process";
import type { PointName } from "./peers/sqlite_graph.ts";
import { checkBoxes, checkIsland, checkPoints, checkTraversal } from "./support/graph_check.ts";
import {
  type GraphLoad,
  type GraphLoadOrder,
  loadOurGraph,
  loadSqliteGraph,
} from "./support/graph_loads.ts";
import {
  askFirst,
  degreeReaders,
  incidentReaders,
  islandReader,
  touchingReaders,
  traversalReaders,
} from "./support/graph_readers.ts";
import {
  formatFirstDegrees,
  formatGraphLoadReport,
  formatQuestionReport,
  formatScaleReport,
  formatTraversalReport,
  type GraphLoadMeasurement,
  type QuestionMeasurement,
} from "./support/graph_report.ts";
import { CACHE_BYTES_MAX, closeWorld, type GraphWorld, openWorld } from "./support/graph_world.ts";
import { describeMachine } from "./support/machine.ts";
import { Options } from "./support/options.ts";
import { Random } from "./support/random.ts";
import { randomBoxes } from "./support/random_boxes.ts";
import { type GraphColumns, randomGraph } from "./support/random_graph.ts";
import { EDGES_MIN, largePlans } from "./support/region_plans.ts";
import type { RoundCounts } from "./support/rounds.ts";
import { measureTurns } from "./support/turns.ts";
import { WorkDirectory } from "./support/work_directory.ts";

const SEED = 20_261_122;
const EDGES = 1_000_000;
const ROUNDS = 7;
const ROUNDS_MIN = 5;
const WARM_UP_ROUNDS_MAX = 2;
const LOADS = 1;
const GROUP_EDGES = 1000;

/** Enough for the optimising compilers. */
const PRACTICE_EDGES = 30_000;

const DEGREES = 10_000;
const INCIDENTS = 2000;
const BOXES = { share: 1e-4, boxes: 200 };

const LOAD_RATIO_MIN = 5;
const DEGREE_RATIO_MIN = 5;
const EDGES_RATIO_MIN = 3;
const SQLITE_TRAVERSAL_RATIO_MIN = 8;
const GRAPHOLOGY_TRAVERSAL_RATIO_MIN = 3;
const SCALE_RATIO_MAX = 1.5;

/** What each may keep in memory while it loads. */
const LOAD_MEMORY_BYTES_MAX = CACHE_BYTES_MAX;

/** A way to load. */
interface Way extends GraphLoadMeasurement {
  path: string;
  memoryBytesMax?: number;
  load(order: GraphLoadOrder): Promise<GraphLoad>;
}

/** Loads, compares, measures and prints. */
async function main(): Promise<void> {
  const options = new Options(["edges", "rounds", "loads", "dir"]);
  const edges = options.number("edges", EDGES);
  if (!(edges >= EDGES_MIN)) throw new Error(`--edges is at least ${EDGES_MIN}, not ${edges}`);
  const counted = options.number("rounds", ROUNDS);
  const counts = { counted, warmUp: Math.min(WARM_UP_ROUNDS_MAX, counted) };
  const random = new Random(SEED);
  using directory = new WorkDirectory(options.text("dir"));

  const columns = randomGraph(largePlans(edges, SEED), SEED);
  const ways = waysToLoad(directory.path);
  await measureLoads(ways, columns, options.number("loads", LOADS), random);
  console.log(`Loading ${edges} edges of 3 endpoints, over ${columns.pointCount} points\n`);
  console.log(formatGraphLoadReport(ways, edges));

  const [sqlite, { path: root }] = ways;
  const files = { root, sqlite: sqlite.path, small: `${directory.path}/small` };
  const world = await openWorld(files, columns, SEED);
  console.log(`\nAsking\n\n${formatQuestionReport(await measureQuestions(world, counts, random))}`);
  console.log(`\nTraversing forward\n\n${await measureTraversal(world, counts, random)}`);
  console.log(`\nThe same island\n\n${await measureScale(world, counts, random)}`);
  console.log(`\nMedian of ${counted} rounds after ${counts.warmUp}, shuffled; seed ${SEED}.`);
  if (counted < ROUNDS_MIN) console.log(`Fewer than ${ROUNDS_MIN} rounds decide nothing.`);
  console.log(describeMachine(directory.path));
  await closeWorld(world);
}

/** The matrix; SQLite, that ours are compared with, comes first, and then the one that is asked later. */
function waysToLoad(directory: string): Way[] {
  const ours = (name: "relateMany" | "relate"): Way => ({
    name,
    ratioMin: LOAD_RATIO_MIN,
    loads: [],
    path: `${directory}/${name}`,
    memoryBytesMax: LOAD_MEMORY_BYTES_MAX,
    load: (order) => loadOurGraph(order, name),
  });
  const frugal: Way = {
    name: "relateMany, 16 MiB tail",
    loads: [],
    path: `${directory}/frugal`,
    load: (order) => loadOurGraph(order, "relateMany"),
  };
  const sqlite = (name: PointName): Way => ({
    name: `SQLite, by ${name}`,
    loads: [],
    path: `${directory}/sqlite-${name}.db`,
    memoryBytesMax: LOAD_MEMORY_BYTES_MAX,
    load: (order) => loadSqliteGraph(order, name),
  });
  return [
    sqlite("coordinates"),
    ours("relateMany"),
    ours("relate"),
    frugal,
    sqlite("number"),
  ];
}

/** Loads in all ways, round by round; what the last round loaded stays. */
async function measureLoads(
  ways: Way[],
  columns: GraphColumns,
  rounds: number,
  random: Random,
): Promise<void> {
  const practice = randomGraph(largePlans(Math.min(columns.edgeCount, PRACTICE_EDGES), SEED), SEED);
  for (let round = -1; round < rounds; round++) {
    const order = [...ways];
    random.shuffle(order);
    for (const way of order) {
      rmSync(way.path, { recursive: true, force: true });
      const { path, memoryBytesMax } = way;
      const what = round < 0 ? practice : columns;
      const load = await way.load({
        path,
        columns: what,
        groupEdges: GROUP_EDGES,
        memoryBytesMax,
      });
      if (round >= 0) way.loads.push(load);
    }
  }
}

/** Degrees, edges of points, edges in boxes. */
async function measureQuestions(
  world: GraphWorld,
  counts: RoundCounts,
  random: Random,
): Promise<QuestionMeasurement[]> {
  const { pointCount } = world.plain.columns;
  const points = Array.from({ length: DEGREES }, () => random.below(pointCount));
  const all = Array.from({ length: pointCount }, (_, point) => point);
  random.shuffle(all);
  const turns = 1 + counts.warmUp + counts.counted;
  const degrees = Math.min(DEGREES, Math.floor(pointCount / turns)); // No point is asked about again.
  const boxes = randomBoxes(BOXES, SEED);
  const first = askFirst(world, all, degrees);
  const found = [checkPoints(world, points), checkBoxes(world, boxes)];
  console.log(`\nAll found the same edges: ${found.join(", ")}.`);
  console.log(formatFirstDegrees(first, degrees, pointCount));
  const some = points.slice(0, INCIDENTS);
  const cases = [
    {
      asked: "degrees",
      questions: degrees,
      ratioMin: DEGREE_RATIO_MIN,
      readers: degreeReaders(world, all, degrees),
    },
    {
      asked: "points",
      questions: INCIDENTS,
      ratioMin: EDGES_RATIO_MIN,
      readers: incidentReaders(world, some),
    },
    {
      asked: "boxes of 0.01 %",
      questions: BOXES.boxes,
      ratioMin: EDGES_RATIO_MIN,
      readers: touchingReaders(world, boxes),
    },
  ];
  const measurements: QuestionMeasurement[] = [];
  for (const each of cases) {
    const readings = await measureTurns(Object.values(each.readers), counts, random);
    measurements.push({ ...each, readings });
  }
  return measurements;
}

/** All that is behind a point. */
async function measureTraversal(
  world: GraphWorld,
  counts: RoundCounts,
  random: Random,
): Promise<string> {
  const readers = traversalReaders(world);
  const start = performance.now();
  readers.nodes.read(0);
  const firstMs = performance.now() - start;
  const { points, edges } = checkTraversal(world);
  console.log(`\nAll reached the same ${points.length} points over ${edges} edges.`);
  console.log(`The first time ours took ${firstMs.toFixed(0)} ms.`);
  return formatTraversalReport({
    sqliteRatioMin: SQLITE_TRAVERSAL_RATIO_MIN,
    graphologyRatioMin: GRAPHOLOGY_TRAVERSAL_RATIO_MIN,
    readers,
    readings: await measureTurns(Object.values(readers), counts, random),
  });
}

/** The same island of two graphs. */
async function measureScale(
  world: GraphWorld,
  counts: RoundCounts,
  random: Random,
): Promise<string> {
  const { points, edges } = checkIsland(world);
  console.log(`\nOn both islands the same ${points.length} points over ${edges} edges.`);
  const [large, small] = [islandReader(world), islandReader(world.small)];
  const readings = await measureTurns([large, small], counts, random);
  return formatScaleReport({ ratioMax: SCALE_RATIO_MAX, large, small, readings });
}

await main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
