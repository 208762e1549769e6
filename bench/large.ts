/**
 * Does it stay as it is when it grows from one million points to ten? What an insert takes, how much
 * memory, how long opening takes, and how long a box.
 *
 *     deno run -A bench/large.ts [--points 10000000] [--rounds 15] [--dir DIRECTORY]
 *     bun bench/large.ts [--points 10000000] [--rounds 15] [--dir DIRECTORY]
 *
 * Random 2-D points of float64, each with 16 bytes of data. Another process loads them in ten steps, in
 * groups of 1000, by `insertMany`; each step ends in `flush()`, so that it pays for its own merges, too.
 * Those go by tiers, so that some steps pay more than others: wanted is that the mean of all steps so far
 * stays near the first. Its memory is the resident set of that process, at its highest. Who waits: the
 * longest time in which no timer could run, inserts left out, and the most CPU burned in such a gap, which
 * is what is judged. Then it commits another hundredth of all points, which stay in the log, and is killed
 * with SIGKILL. Each round opens a durable copy of what it left, and asks for one small box; then the same
 * after `close()`. The files are in the page cache.
 *
 * Boxes are compared with those of a database a tenth as large, both compacted and with a cache of 256 MiB,
 * warm: the boxes of the large one are smaller, so that they hold about as many records.
 *
 * @module
 */

import process from "node:process";
import { open } from "../mod.ts";
import {
  formatGapReport,
  formatGrowthReport,
  formatOpeningReport,
  formatScaleReport,
  type Opening,
  type ScaleMeasurement,
} from "./support/large_report.ts";
import { copyDatabase, fillAndKill } from "./support/large_points.ts";
import { describeMachine } from "./support/machine.ts";
import { Options } from "./support/options.ts";
import { loadPoints, openPoints, type OurPoints } from "./support/our_points.ts";
import { createOurReaders } from "./support/point_readers.ts";
import { Random } from "./support/random.ts";
import { type BoxSize, randomBoxes } from "./support/random_boxes.ts";
import { RandomPoints } from "./support/random_points.ts";
import { measureTurns } from "./support/turns.ts";
import { WorkDirectory } from "./support/work_directory.ts";

const SEED = 20_261_122;
const POINTS = 10_000_000;
const STEPS = 10;
const ROUNDS = 15;
const WARM_UP_ROUNDS = 2;
const MIB = 2 ** 20;
const LOADING_CACHE_BYTES_MAX = 128 * MIB;
const READING_CACHE_BYTES_MAX = 256 * MIB;
const LOGGED_SHARE = 1 / 100;

/** Of the small database. */
const SIZES: readonly BoxSize[] = [
  { share: 1e-2, boxes: 100 },
  { share: 1e-4, boxes: 1000 },
  { share: 1e-6, boxes: 1000 },
];

/** What is asked for after opening. */
const FIRST_BOX = { min: [500, 500], max: [501, 501] };

/** Fills, opens, reads and prints. */
async function main(): Promise<void> {
  const options = new Options(["points", "rounds", "dir"]);
  const step = Math.round(options.number("points", POINTS) / STEPS);
  const logged = Math.round(step * STEPS * LOGGED_SHARE);
  const rounds = options.number("rounds", ROUNDS);
  using directory = new WorkDirectory(options.text("dir"));
  const root = `${directory.path}/killed`;
  const copy = `${directory.path}/large`;

  const steps = await fillAndKill({
    root,
    steps: new Array(STEPS).fill(step),
    logged,
    cacheBytesMax: LOADING_CACHE_BYTES_MAX,
    seed: SEED,
  });
  console.log(`Loading, in groups of 1000\n\n${formatGrowthReport(steps)}`);
  console.log(`\nWho waits\n\n${formatGapReport(steps)}`);

  const afterKill: Opening[] = [];
  const afterClose: Opening[] = [];
  for (let round = 0; round < rounds; round++) {
    copyDatabase(root, copy);
    afterKill.push(await measureOpening(copy));
    afterClose.push(await measureOpening(copy));
  }
  console.log(`\nOpening\n\n${formatOpeningReport(afterKill, afterClose)}`);

  const small = await openCompacted(`${directory.path}/small`, new RandomPoints(SEED), step);
  const large = await openCompacted(copy);
  checkCount(large, step * STEPS + logged);
  console.log(`\nBoxes, ${small.space.count()} points and ${large.space.count()}\n`);
  console.log(formatScaleReport(await measureScale(small, large, rounds)));
  console.log(`\nMedian of ${rounds} rounds, shuffled; seed ${SEED}.`);
  console.log(describeMachine(directory.path));
  await large.db.close();
  await small.db.close();
}

/** Opens, reads once and closes. */
async function measureOpening(root: string): Promise<Opening> {
  const start = performance.now();
  const db = await open(root);
  const opened = performance.now();
  db.space(db.spaces()[0].name).query(FIRST_BOX).toArray();
  const read = performance.now();
  const files = db.recovery.sessions.flatMap((session) => session.files);
  const logEntries = files.reduce((sum, { entries }) => sum + entries, 0);
  await db.close();
  return { openMs: opened - start, firstReadMs: read - opened, logEntries };
}

/** Opens a database, perhaps loads it, and makes it one run file. */
async function openCompacted(root: string, random?: RandomPoints, count = 0): Promise<OurPoints> {
  const ours = await openPoints(root, { cacheBytesMax: READING_CACHE_BYTES_MAX });
  if (random !== undefined) await loadPoints(ours, random.next(count));
  await ours.db.compact();
  return ours;
}

function checkCount({ space }: OurPoints, points: number): void {
  const found = space.count();
  if (found !== points) throw new Error(`Of ${points} committed points ${found} are there`);
}

/** Boxes that hold about as many records in both. */
async function measureScale(
  small: OurPoints,
  large: OurPoints,
  counted: number,
): Promise<ScaleMeasurement[]> {
  const random = new Random(SEED);
  const shrink = small.space.count() / large.space.count();
  const measurements: ScaleMeasurement[] = [];
  for (const size of SIZES) {
    const ofSmall = createOurReaders(small.space, randomBoxes(size, SEED + 1));
    const smaller = { ...size, share: size.share * shrink };
    const ofLarge = createOurReaders(large.space, randomBoxes(smaller, SEED + 1));
    const readers = [...Object.values(ofSmall), ...Object.values(ofLarge)];
    const readings = await measureTurns(readers, { counted, warmUp: WARM_UP_ROUNDS }, random);
    for (const call of ["query", "columns", "count"] as const) {
      const [of, and] = [readings.get(ofSmall[call])!, readings.get(ofLarge[call])!];
      measurements.push({ call, size, small: of, large: and });
    }
  }
  return measurements;
}

await main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
