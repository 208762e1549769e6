/**
 * How long does a durable group take? Ours, blocking and asynchronous, beside the floor and SQLite.
 *
 *     deno run -A bench/seal.ts [--rounds 300] [--dir DIRECTORY]
 *     bun bench/seal.ts [--rounds 300] [--dir DIRECTORY]
 *
 * Groups of 1, 10, 100 and 1000 entries, each a 3-D point and 64 bytes. The floor is one write and one
 * fdatasync of as many bytes as our group takes, into a file extended by truncate. SQLite is shown twice:
 * with a new database, and ("later") after its first checkpoint, when it no longer makes its log longer.
 * Everything that is stored is read back, counted and compared by fingerprint.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import process from "node:process";
import type { Contender } from "./support/contender.ts";
import { describeMachine } from "./support/machine.ts";
import { Options } from "./support/options.ts";
import { Random } from "./support/random.ts";
import { measureRounds, type RoundCounts } from "./support/rounds.ts";
import { createSealCase, GROUP_ENTRIES } from "./support/seal_contenders.ts";
import { formatSealReport, type SealMeasurement } from "./support/seal_report.ts";
import { type Spread, spreadOf } from "./support/spread.ts";
import { WorkDirectory } from "./support/work_directory.ts";

const SEED = 20_261_122;
const ROUNDS = 300;
const ROUNDS_MIN = 200;
const WARM_UP_ROUNDS_MAX = 50;
/** Until the optimising compilers have had their say: after 300 rounds they have not. */
const PRACTICE_ROUNDS = 2_000;

/** Measures the whole matrix and prints it. */
async function main(): Promise<void> {
  const options = new Options(["rounds", "dir"]);
  const counted = options.number("rounds", ROUNDS);
  const counts = { counted, warmUp: Math.min(WARM_UP_ROUNDS_MAX, counted) };
  using directory = new WorkDirectory(options.text("dir"));
  const random = new Random(SEED);
  const measurements: SealMeasurement[] = [];
  const checks: string[] = [];
  await practise(directory.path, counted < ROUNDS_MIN ? counted : PRACTICE_ROUNDS, random);
  for (const groupEntries of GROUP_ENTRIES) {
    const { measurement, readBack } = await measure(directory.path, groupEntries, counts, random);
    measurements.push(measurement);
    checks.push(`Read back, k = ${groupEntries}: ${readBack.join("; ")}`);
  }
  console.log(formatSealReport(measurements));
  console.log(`\nMedian of ${counted} rounds after ${counts.warmUp}, shuffled; seed ${SEED}.`);
  if (counted < ROUNDS_MIN) console.log(`Fewer than ${ROUNDS_MIN} rounds decide nothing.`);
  console.log(checks.join("\n"));
  console.log(describeMachine(directory.path));
}

/** Lets the runtime compile what is hot, on files that are not measured. */
async function practise(parent: string, rounds: number, random: Random): Promise<void> {
  const directory = `${parent}/practice`;
  mkdirSync(directory);
  const { contenders } = await createSealCase(directory, GROUP_ENTRIES[0]);
  const all = Object.values(contenders);
  await measureRounds(all, { warmUp: rounds, counted: 0 }, random);
  await finish(all);
}

async function measure(
  parent: string,
  groupEntries: number,
  counts: RoundCounts,
  random: Random,
): Promise<{ measurement: SealMeasurement; readBack: string[] }> {
  const { contenders, groupBytes } = await createSealCase(parent, groupEntries);
  const all = Object.values(contenders);
  const durations = await measureRounds(all, counts, random);
  const spread = (contender: Contender): Spread => spreadOf(durations.get(contender) ?? []);
  const { floor, floorAsync, ours, oursAsync, sqlite, sqliteLater } = contenders;
  const measurement = {
    groupEntries,
    groupBytes: groupBytes(),
    floor: spread(floor),
    floorAsync: spread(floorAsync),
    ours: spread(ours),
    oursAsync: spread(oursAsync),
    sqlite: spread(sqlite),
    sqliteLater: spread(sqliteLater),
    sqliteName: sqlite.name,
  };
  return { measurement, readBack: await finish(all) };
}

/** Closes the contenders; what they stored was checked when this returns. */
async function finish(contenders: readonly Contender[]): Promise<string[]> {
  const lines: string[] = [];
  for (const contender of contenders) {
    const found = await contender.finish();
    if (found !== undefined) lines.push(`${contender.name} ${found.entries} entries, ${found}`);
  }
  return lines;
}

await main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
