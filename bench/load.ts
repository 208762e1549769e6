/**
 * How fast are a million points loaded, durably, how large is what comes of it, and who waits meanwhile?
 * Beside an R*Tree of SQLite.
 *
 *     deno run -A bench/load.ts [--points 1000000] [--rounds 3] [--all yes] [--dir DIRECTORY]
 *     bun bench/load.ts [--points 1000000] [--rounds 3] [--all yes] [--dir DIRECTORY]
 *
 * Random 2-D points of float64, each with 16 bytes of data, in groups of k entries, each durable before the
 * next begins. Ours is measured to the end of `flush()` and `compact()`, the R*Tree (WAL, synchronous=FULL,
 * data in an auxiliary column) to the end of a checkpoint; what comes after the last commit is shown
 * apart. Points are made outside the measured time, for `insert` and the R*Tree as objects. "CPU" is the
 * time of all threads. "disk" is what all files take after `close()`, beside 32 bytes a point: 16 of
 * coordinates, 16 of data. `--all yes` adds the R*Tree with groups of 20,000.
 *
 * Groups of 20,000 are an import. One line of them has a tail of 64 MiB (`tailBytesMax`) instead of 16, as
 * an import would: less is merged, and the million is flushed at its end.
 *
 * Who waits: the longest commits, beside plain writes and fdatasyncs of as many bytes (the floor), and the
 * longest time in which no timer could run (a gap), the inserts themselves left out. A machine that stalls
 * makes gaps, too, so what is judged is the most CPU that was burned in one gap. Those are of all rounds
 * together.
 *
 * @module
 */

import { rmSync } from "node:fs";
import process from "node:process";
import { formatLoadReport, formatWaitReport, type LoadMeasurement } from "./support/load_report.ts";
import { describeMachine } from "./support/machine.ts";
import { Options } from "./support/options.ts";
import {
  type Load,
  loadFloor,
  type LoadOrder,
  loadOurs,
  loadRtree,
} from "./support/point_loads.ts";
import { Random } from "./support/random.ts";
import { WorkDirectory } from "./support/work_directory.ts";

const SEED = 20_261_122;
const POINTS = 1_000_000;
const ROUNDS = 3;
const SMALL_GROUP = 1000;
const LARGE_GROUP = 20_000;
const IMPORT_TAIL_MIB = 64;
const MIB = 2 ** 20;

/** Enough for the optimising compilers. */
const PRACTICE_POINTS = 40_000;

/** A way to load. */
interface Way extends LoadMeasurement {
  load(order: LoadOrder): Promise<Load>;
}

/** Loads in all ways, round by round, and prints. */
async function main(): Promise<void> {
  const options = new Options(["points", "rounds", "all", "dir"]);
  const points = options.number("points", POINTS);
  const rounds = options.number("rounds", ROUNDS);
  const ways = waysToLoad(options.text("all") !== undefined);
  using directory = new WorkDirectory(options.text("dir"));
  const path = `${directory.path}/load`;
  const random = new Random(SEED);
  const floors = new Map<number, number[]>([[SMALL_GROUP, []], [LARGE_GROUP, []]]);
  for (const way of ways) await loadOnce(way, path, Math.min(points, PRACTICE_POINTS));
  for (let round = 0; round < rounds; round++) {
    const order = [...ways];
    random.shuffle(order);
    for (const way of order) {
      way.loads.push(await loadOnce(way, path, points));
    }
    for (const [groupEntries, commitsMs] of floors) {
      commitsMs.push(...await loadFloor({ path, points, groupEntries }));
      rmSync(path);
    }
  }
  console.log(`Loading ${points} points\n\n${formatLoadReport(ways, points)}`);
  console.log(`\nWho waits\n\n${formatWaitReport(ways, floors)}`);
  console.log(
    `\nMedian of ${rounds} rounds, shuffled; seed ${SEED}. All counted what they were given.`,
  );
  console.log(describeMachine(directory.path));
}

/** The matrix, and what is wanted; the R*Tree that ours are compared with comes first. */
function waysToLoad(all: boolean): Way[] {
  const rtree = (groupEntries: number): Way => {
    return { name: "SQLite R*Tree", groupEntries, loads: [], load: loadRtree };
  };
  const ours = (
    name: "insert" | "insertMany",
    groupEntries: number,
    rtreeRatioMin: number,
    tailMib?: number,
  ): Way => {
    const options = tailMib === undefined ? {} : { tailBytesMax: tailMib * MIB };
    const load = (order: LoadOrder): Promise<Load> => loadOurs(order, name, options);
    const shown = tailMib === undefined ? name : `${name}, tail of ${tailMib} MiB`;
    return { name: shown, groupEntries, rtreeRatioMin, loads: [], load };
  };
  return [
    rtree(SMALL_GROUP),
    ...all ? [rtree(LARGE_GROUP)] : [],
    ours("insert", SMALL_GROUP, 12),
    ours("insertMany", SMALL_GROUP, 18),
    ours("insertMany", LARGE_GROUP, 25),
    ours("insertMany", LARGE_GROUP, 25, IMPORT_TAIL_MIB),
  ];
}

/** Loads and throws away what came of it. */
async function loadOnce(way: Way, path: string, points: number): Promise<Load> {
  const load = await way.load({ path, points, groupEntries: way.groupEntries });
  rmSync(path, { recursive: true });
  return load;
}

await main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
