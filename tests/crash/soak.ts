/**
 * `deno task soak`: kills processes at random moments, a hundred times on each runtime, and checks after
 * each kill that everything acknowledged is there and nothing else. Most of them seal into a segment, 40
 * in a hundred write to a database through several sessions.
 *
 *     --kills N              kills on each runtime, 100 by default
 *     --seed S               what the children do and when they are killed; printed, random by default
 *     --runtime deno|bun     one runtime only
 *
 * Exit code 1 and the files kept, if a promise was broken.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import process from "node:process";
import { parseArgs } from "node:util";
import { projectPath, type RuntimeName } from "../support/runtime.ts";
import { type DatabaseTally, runDatabaseSoak } from "./soak_database_run.ts";
import { runSoak, type SoakOptions, type SoakTally } from "./soak_run.ts";

/** On the disk of the project: elsewhere may be memory. */
const PARENT = `${projectPath}tmp/`;

const RUNTIMES: readonly RuntimeName[] = ["deno", "bun"];
const KILLS = "100";

/** A kill of a database takes longer, since its checks do. */
const SHARE_OF_DATABASE = 0.4;

type Columns<T> = readonly (readonly [string, (tally: T) => string | number])[];

const SEGMENT_COLUMNS: Columns<SoakTally> = [
  ["segment", (tally) => tally.runtime],
  ["kills", (tally) => tally.kills],
  ["in opening", (tally) => tally.killsInOpening],
  ["acknowledged", (tally) => tally.acknowledged],
  ["timed out", (tally) => tally.timedOut],
  ["torn tails", (tally) => tally.tornTails],
  ["whole unacknowledged", (tally) => tally.foundWhole],
  ["entries verified", (tally) => tally.entriesVerified],
  ["violations", (tally) => tally.violations],
  ["seconds", (tally) => tally.seconds.toFixed(1)],
];

const DATABASE_COLUMNS: Columns<DatabaseTally> = [
  ["database", (tally) => tally.runtime],
  ["kills", (tally) => tally.kills],
  ["in opening", (tally) => tally.killsInOpening],
  ["in a flush", (tally) => tally.killsInFlush],
  ["acknowledged", (tally) => tally.acknowledged],
  ["interrupted", (tally) => tally.interrupted],
  ["whole unacknowledged", (tally) => tally.foundWhole],
  ["entries verified", (tally) => tally.entriesVerified],
  ["violations", (tally) => tally.violations],
  ["seconds", (tally) => tally.seconds.toFixed(1)],
];

if (import.meta.main) await main(process.argv.slice(2));

async function main(args: string[]): Promise<void> {
  const options = readOptions(args);
  mkdirSync(PARENT, { recursive: true });
  const root = mkdtempSync(`${PARENT}soak-`);
  console.log(`soak: --seed ${options.seed} --kills ${options.kills} in ${root}`);
  const databaseKills = Math.floor(options.kills * SHARE_OF_DATABASE);
  const segments = await runSoak({ root, ...options, kills: options.kills - databaseKills });
  console.log(formatTallies(SEGMENT_COLUMNS, segments.tallies));
  const databases = await runDatabaseSoak({ root, ...options, kills: databaseKills });
  console.log(formatTallies(DATABASE_COLUMNS, databases.tallies));
  const violation = segments.violation ?? databases.violation;
  if (violation === undefined) return rmSync(root, { recursive: true });
  console.error(`\nViolation at ${violation}\nSeed ${options.seed}; files kept in ${root}`);
  process.exitCode = 1;
}

function readOptions(args: string[]): Omit<SoakOptions, "root"> {
  const { values } = parseArgs({
    args,
    options: {
      kills: { type: "string", default: KILLS },
      seed: { type: "string", default: String(Math.floor(Math.random() * 2 ** 32)) },
      runtime: { type: "string" },
    },
  });
  const kills = Number(values.kills);
  const seed = Number(values.seed);
  if (!(Number.isInteger(kills) && kills > 0)) {
    throw new Error(`--kills is an integer above 0, not ${values.kills}`);
  }
  if (!Number.isInteger(seed)) throw new Error(`--seed is an integer, not ${values.seed}`);
  const runtimes = RUNTIMES.filter((each) => each === (values.runtime ?? each));
  if (runtimes.length === 0) throw new Error(`--runtime is deno or bun, not ${values.runtime}`);
  return { runtimes, kills, seed };
}

function formatTallies<T>(columns: Columns<T>, tallies: readonly T[]): string {
  const rows = [
    columns.map(([title]) => title),
    ...tallies.map((tally) => columns.map(([, cell]) => String(cell(tally)))),
  ];
  const widths = columns.map((_, column) => Math.max(...rows.map((row) => row[column].length)));
  return rows.map((row) => row.map((cell, i) => cell.padStart(widths[i])).join("  ")).join("\n");
}
