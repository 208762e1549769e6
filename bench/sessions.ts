/**
 * How long does a commit take, how many commits a second do parallel sessions make, and how fast is a
 * database opened after a kill? Beside the floor and SQLite.
 *
 *     deno run -A --v8-flags=--expose-gc bench/sessions.ts [OPTIONS]
 *     bun bench/sessions.ts [OPTIONS]
 *
 * Options: `--rounds 300`, `--entries 1000000`, `--openings 5`, `--dir DIRECTORY`; `--part commits`,
 * `sessions` or `opening` measures only that.
 *
 * **Commits**: one session commits intents of 1 and 10 entries, each a 3-D point and 64 bytes. The inserts
 * are made before the measured time, as the entries of the others are; "inserts, commit" has them inside.
 * The floor is one write and one fdatasync of as many bytes as our group takes, into a file extended by
 * truncate. **Sessions at once**: each commits one entry, without waiting for the others. SQLite has one
 * writer, so its transactions are one after the other. It is shown twice: with a new database, whose log
 * grows (at many commits it is kept so by emptying it between turns), and ("later") after its first
 * checkpoint, when the log is overwritten in place, which is where it stays in the long run.
 *
 * **Opening**: another process commits a million entries in 16 sessions, through a storage whose syncs do
 * nothing, and ends without closing. Each round opens a durable copy of what it left: every group is
 * verified, made durable and judged, what is committed is published and flushed to run files. The first
 * read puts it in order. The floor reads all logs and takes BLAKE3 over them.
 *
 * Everything that is stored is read back, counted and compared by fingerprint.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import process from "node:process";
import { checksumOf, loadChecksum } from "../lib/bytes/checksum.ts";
import { type Database, open } from "../mod.ts";
import { countCommitCost, createCommitCase, createParallelCase } from "./support/commit_cases.ts";
import {
  type CommitMeasurement,
  formatCommitReport,
  formatParallelReport,
  type ParallelMeasurement,
} from "./support/commit_report.ts";
import type { Contender } from "./support/contender.ts";
import { Fingerprint } from "./support/fingerprint.ts";
import { INTENT_ENTRIES, LargeDatabase, SESSIONS } from "./support/large_database.ts";
import { describeMachine } from "./support/machine.ts";
import { Options } from "./support/options.ts";
import { Random } from "./support/random.ts";
import { formatRecoverReport, type StepRounds } from "./support/recover_report.ts";
import { measureRounds, type RoundCounts } from "./support/rounds.ts";
import { measureStep } from "./support/step.ts";
import { WorkDirectory } from "./support/work_directory.ts";

const SEED = 20_261_122;
const ROUNDS = 300;
const ROUNDS_MIN = 200;
const WARM_UP_ROUNDS_MAX = 50;
/** Until the optimising compilers have had their say: after 300 rounds they have not. */
const PRACTICE_ROUNDS = 2_000;
const PARALLEL_PRACTICE_ROUNDS = 200;
const COMMIT_ENTRIES = [1, 10];
const PARALLEL_SESSIONS = [16, 64];
const ENTRIES = 1_000_000;
const OPENINGS = 5;
const OPENING_RATE_MIN = 300_000;
const MIB = 2 ** 20;

/** What all parts of the bench are given. */
interface Run {
  directory: string;
  counts: RoundCounts;
  random: Random;
  /** Told at the end: what was read back, and by whom. */
  checks: string[];
}

/** Measures and prints. */
async function main(): Promise<void> {
  const options = new Options(["rounds", "entries", "openings", "part", "dir"]);
  const counted = options.number("rounds", ROUNDS);
  const part = options.text("part");
  using directory = new WorkDirectory(options.text("dir"));
  const counts = { counted, warmUp: Math.min(WARM_UP_ROUNDS_MAX, counted) };
  const run = { directory: directory.path, counts, random: new Random(SEED), checks: [] };
  if (part === undefined || part === "commits") await measureCommits(run);
  if (part === undefined || part === "sessions") await measureParallel(run);
  if (part === undefined || part === "opening") {
    const entries = options.number("entries", ENTRIES);
    await measureOpening(run, entries, options.number("openings", OPENINGS));
  }
  console.log(`\nMedian of ${counted} rounds after ${counts.warmUp}, shuffled; seed ${SEED}.`);
  if (counted < ROUNDS_MIN) console.log(`Fewer than ${ROUNDS_MIN} rounds decide nothing.`);
  console.log(run.checks.join("\n"));
  console.log(describeMachine(directory.path));
}

/** One session, small intents. */
async function measureCommits(run: Run): Promise<void> {
  const { directory, random, checks } = run;
  await practise(run, PRACTICE_ROUNDS, async (parent) => await createCommitCase(parent, 1, 256));
  const measurements: CommitMeasurement[] = [];
  const costs: string[] = [];
  for (const entries of COMMIT_ENTRIES) {
    const blocking = await countCommitCost(directory, entries, 1, false);
    const waiting = await countCommitCost(directory, entries, 1, true);
    costs.push(`k = ${entries}: commitSync ${blocking.syncs}, commit ${waiting.syncs}`);
    const { groupBytes } = blocking;
    const contenders = await createCommitCase(directory, entries, groupBytes);
    const all = Object.values(contenders);
    const durations = await measureRounds(all, run.counts, random);
    measurements.push({ entries, groupBytes, contenders, durations });
    checks.push(`Read back, k = ${entries}: ${await finish(all)}`);
  }
  console.log(`Commits of one session\n\n${formatCommitReport(measurements)}`);
  console.log(`\nfdatasyncs a commit, counted, wanted 1: ${costs.join("; ")}.`);
}

/** Many sessions at once. */
async function measureParallel(run: Run): Promise<void> {
  const { directory, random, checks } = run;
  await practise(
    run,
    PARALLEL_PRACTICE_ROUNDS,
    async (parent) => await createParallelCase(parent, PARALLEL_SESSIONS[0], 256),
  );
  const measurements: ParallelMeasurement[] = [];
  const costs: string[] = [];
  for (const sessions of PARALLEL_SESSIONS) {
    const { syncs, groupBytes } = await countCommitCost(directory, 1, sessions, true);
    costs.push(`${sessions} sessions ${syncs}`);
    const contenders = await createParallelCase(directory, sessions, groupBytes);
    const all = Object.values(contenders);
    const durations = await measureRounds(all, run.counts, random);
    measurements.push({ sessions, contenders, durations });
    checks.push(`Read back, ${sessions} sessions: ${await finish(all)}`);
  }
  console.log(`\nSessions that commit one entry each, at once\n`);
  console.log(formatParallelReport(measurements));
  console.log(`\nfdatasyncs a commit, counted, wanted 1: ${costs.join("; ")}.`);
}

/** Lets the runtime compile what is hot, on files that are not measured. */
async function practise(
  { directory, counts, random }: Run,
  rounds: number,
  create: (parent: string) => Promise<object>,
): Promise<void> {
  const parent = `${directory}/practice_${rounds}`;
  mkdirSync(parent);
  const all: Contender[] = Object.values(await create(parent));
  const warmUp = counts.counted < ROUNDS_MIN ? counts.counted : rounds;
  await measureRounds(all, { warmUp, counted: 0 }, random);
  await finish(all);
}

/** Closes the contenders; what they stored was checked when this returns. */
async function finish(contenders: readonly Contender[]): Promise<string> {
  const lines: string[] = [];
  for (const contender of contenders) {
    const found = await contender.finish();
    if (found !== undefined) lines.push(`${contender.name} ${found.entries} entries, ${found}`);
  }
  return lines.join("; ");
}

/** Opening after a kill. */
async function measureOpening(run: Run, entries: number, rounds: number): Promise<void> {
  await loadChecksum();
  const large = await LargeDatabase.fill({ root: `${run.directory}/large`, entries });
  const floor: StepRounds = { name: "floor", rounds: [] };
  const opening: StepRounds = { name: "open", rounds: [], rateMin: OPENING_RATE_MIN };
  const reading: StepRounds = { name: "first read", rounds: [] };
  for (let round = 0; round < rounds; round++) {
    floor.rounds.push(await measureStep(() => void checksumOf(large.pieces(MIB))));
    const root = large.copy();
    const opened: Database[] = [];
    opening.rounds.push(await measureStep(async () => void opened.push(await open(root))));
    await using db = opened[0];
    let count = 0;
    const space = db.space<Uint8Array>(large.filling.space);
    reading.rounds.push(await measureStep(() => void (count = space.count())));
    if (count !== large.filling.entries) throw new Error(`Counted ${count} of ${entries} entries`);
    if (round + 1 === rounds) run.checks.push(`Read back, opening: ${readBack(db, large)}`);
  }
  console.log(`\nOpening after a kill\n`);
  console.log(formatRecoverReport([floor, opening, reading], large.filling.entries));
  console.log(
    `\n${large.filling.entries} entries of ${large.filling.intents} intents (${INTENT_ENTRIES} each) ` +
      `in ${SESSIONS} logs, ${(large.logBytes / MIB).toFixed(1)} MiB; median of ${rounds} rounds.`,
  );
}

/** Compares every entry with what was committed, in the order committed. */
function readBack(db: Database, { filling }: LargeDatabase): string {
  const place = new Map(filling.sessions.map((id, i) => [id, i]));
  const found = db.space<Uint8Array>(filling.space).query().map(({ point, data, revision }) => {
    const index = revision.sequence - 1;
    const intent = Math.floor(index / INTENT_ENTRIES) * SESSIONS + place.get(revision.session)!;
    return { point, data, at: intent * INTENT_ENTRIES + index % INTENT_ENTRIES };
  }).toArray();
  found.sort((a, b) => a.at - b.at);
  const fingerprint = new Fingerprint();
  for (const { point, data, at } of found) fingerprint.add(point, at + 1, data);
  if (fingerprint.entries !== filling.entries || String(fingerprint) !== filling.fingerprint) {
    throw new Error(
      `Filled with ${filling.entries} entries (${filling.fingerprint}), read ${fingerprint.entries} (${fingerprint})`,
    );
  }
  return `${fingerprint.entries} entries, ${fingerprint}`;
}

await main().catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
