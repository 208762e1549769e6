/**
 * How fast are boxes and nearest points read from a million points in a run file, and with updates lying
 * over them in memory? Beside an R*Tree of SQLite, and flatbush in memory.
 *
 *     deno run -A bench/space.ts [--points 1000000] [--rounds 9] [--dir DIRECTORY]
 *     bun bench/space.ts [--points 1000000] [--rounds 9] [--dir DIRECTORY]
 *
 * Random 2-D points of float64, each with 16 bytes of data. A turn asks for all boxes of one size, the same
 * for everyone. Ours is loaded, flushed, compacted and opened anew, and read through a warm cache that
 * holds all of it. `query` is consumed to its end: plain objects with their data. The R*Tree answers with
 * the same, number, coordinates and data of each, by `all()`, which is faster than `iterate()` on Deno and
 * as fast on Bun. It is shown with the cache that the module gives it, 2 MB on Bun, and ("cache") with as much
 * as ours has. Flatbush answers with numbers of points, without data; `count` and `columns` (coordinates of
 * all, copied out, and once more with the revisions, which are copied when they are asked for) are compared
 * with that.
 *
 * Then come updates, not flushed, in groups of 1000: of eight entries six write other data to a point, one
 * deletes a point, one writes a new one. Flatbush is built anew from what there is then.
 *
 * Before anything is measured all are compared: flatbush decides what is in a box, ours has to find exactly
 * that, and its data, by each call; an R*Tree, whose coordinates are rounded outward to 32 bits, may find
 * what lies less than that outside.
 *
 * @module
 */

import process from "node:process";
import { describeMachine } from "./support/machine.ts";
import { Options } from "./support/options.ts";
import { createBoxReaders, createNearestReaders } from "./support/point_readers.ts";
import {
  checkBoxes,
  checkNearest,
  closeWorld,
  createWorld,
  type PointWorld,
  updateWorld,
} from "./support/point_world.ts";
import { Random } from "./support/random.ts";
import { type BoxSize, randomBoxes } from "./support/random_boxes.ts";
import { RandomPoints } from "./support/random_points.ts";
import type { RoundCounts } from "./support/rounds.ts";
import {
  type BoxMeasurement,
  type BoxTargets,
  formatBoxReport,
  formatNearestReport,
} from "./support/space_report.ts";
import { measureTurns } from "./support/turns.ts";
import { WorkDirectory } from "./support/work_directory.ts";

const SEED = 20_261_122;
const POINTS = 1_000_000;
const ROUNDS = 9;
const ROUNDS_MIN = 5;
const WARM_UP_ROUNDS_MAX = 3;
const UPDATES = 64 * 1024;

/** Of fewer points a quarter is updated. */
const UPDATED_SHARE_MAX = 1 / 4;

const NEAREST_TARGETS = 1000;
const NEAREST = 10;
const NEAREST_RATIO_MAX = 3;

/** The matrix, and what is wanted: of the run file alone, and with updates over it. */
const CASES: readonly { size: BoxSize; alone: BoxTargets; updated: BoxTargets }[] = [
  {
    size: { share: 1e-2, boxes: 100 },
    alone: { rtreeRatioMin: { deno: 8, bun: 3 }, countRatioMax: 1, columnsRatioMax: 2 },
    updated: { rtreeRatioMin: { deno: 4, bun: 2 }, countRatioMax: 4 },
  },
  {
    size: { share: 1e-4, boxes: 1000 },
    alone: { rtreeRatioMin: { deno: 8, bun: 3 }, countRatioMax: 1, columnsRatioMax: 2 },
    updated: { rtreeRatioMin: { deno: 4, bun: 2 }, countRatioMax: 4 },
  },
  {
    size: { share: 1e-6, boxes: 1000 },
    alone: { rtreeRatioMin: { deno: 3, bun: 3 }, countRatioMax: 1.1, columnsRatioMax: 2 },
    updated: { rtreeRatioMin: { deno: 4, bun: 2 }, countRatioMax: 4 },
  },
];

/** Loads, compares, measures and prints. */
async function main(): Promise<void> {
  const options = new Options(["points", "rounds", "dir"]);
  const points = options.number("points", POINTS);
  const counted = options.number("rounds", ROUNDS);
  const counts = { counted, warmUp: Math.min(WARM_UP_ROUNDS_MAX, counted) };
  const random = new Random(SEED);
  using directory = new WorkDirectory(options.text("dir"));

  const world = await createWorld(directory.path, new RandomPoints(SEED).next(points));
  console.log(`Boxes, ${contentOf(world)}\n`);
  console.log(formatBoxReport(await measureBoxes(world, "alone", counts, random)));
  console.log(`\nThe ${NEAREST} nearest\n\n${await measureNearest(world, counts, random)}`);

  const entries = Math.min(UPDATES, Math.floor(points * UPDATED_SHARE_MAX));
  const updated = await updateWorld(world, entries, SEED + 1);
  console.log(`\nBoxes, ${contentOf(updated)}\n`);
  console.log(formatBoxReport(await measureBoxes(updated, "updated", counts, random)));
  console.log(`\nMedian of ${counted} rounds after ${counts.warmUp}, shuffled; seed ${SEED}.`);
  if (counted < ROUNDS_MIN) console.log(`Fewer than ${ROUNDS_MIN} rounds decide nothing.`);
  console.log("All found the same, with the same data, in every box and at every point.");
  console.log(describeMachine(directory.path));
  await closeWorld(updated);
}

/** What ours holds where, in words. */
function contentOf({ columns, ours: { db } }: PointWorld): string {
  const { runs, tailEntries } = db.stats();
  return `${columns.count} points: ${runs} run file, ${tailEntries} entries of updates in memory`;
}

/** Boxes of all sizes. */
async function measureBoxes(
  world: PointWorld,
  state: "alone" | "updated",
  counts: RoundCounts,
  random: Random,
): Promise<BoxMeasurement[]> {
  const measurements: BoxMeasurement[] = [];
  for (const { size, ...targets } of CASES) {
    const boxes = randomBoxes(size, SEED + 2);
    checkBoxes(world, boxes);
    const readers = createBoxReaders(world, boxes);
    const readings = await measureTurns(Object.values(readers), counts, random);
    measurements.push({ size, targets: targets[state], readers, readings });
  }
  return measurements;
}

/** What is nearest to random points. */
async function measureNearest(
  world: PointWorld,
  counts: RoundCounts,
  random: Random,
): Promise<string> {
  const points = new RandomPoints(SEED + 3);
  const targets = Array.from(
    { length: NEAREST_TARGETS },
    () => [points.coordinate(), points.coordinate()],
  );
  checkNearest(world, targets, NEAREST);
  const readers = createNearestReaders(world, targets, NEAREST);
  const readings = await measureTurns(Object.values(readers), counts, random);
  return formatNearestReport({
    targets: NEAREST_TARGETS,
    ratioMax: NEAREST_RATIO_MAX,
    readers,
    readings,
  });
}

await main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
