/**
 * The second part of the demo: several sessions import the cities at once, in two child processes one
 * after the other, and both are killed. What was acknowledged is there, what was not committed is not seen,
 * and what was sealed only waits for somebody to decide.
 *
 * @module
 */

import process from "node:process";
import { type InterruptedIntent, open, type RecoveryReport } from "../../mod.ts";
import type { City } from "./city.ts";
import { killPartWay, planKill } from "./doomed_child.ts";
import { compareImported, compareInterrupted } from "./imported.ts";
import {
  type Atlas,
  groupCities,
  groupCount,
  IMPORTERS,
  importGroups,
  missingGroups,
  openAtlas,
  TAIL_BYTES_MAX,
} from "./importing.ts";
import { Progress } from "./progress.ts";
import { type Demo, drawing, fact, number, PlainError, say, step } from "./report.ts";

/** What a child said before it died. */
interface LastWords {
  sealed: Set<number>;
  committed: Set<number>;
}

/** What is to be made of interrupted intents. */
type Decision = "adopt" | "discard";

/** The first part had four. */
const FIRST_STEP = 5;

/**
 * Shows it, step by step.
 *
 * @param demo What goes in, and where to
 */
export async function demonstrateSessions(demo: Demo): Promise<void> {
  const { cities } = demo.source;
  say(
    `\nThe same cities into a database, ${IMPORTERS} sessions at once, with two kills on the way`,
  );
  let present = new Set<number>();
  let index = FIRST_STEP;
  for (const decision of ["adopt", "discard"] as const) {
    step(index++, decision === "adopt" ? "A child process imports them" : "A second child goes on");
    const said = await importUntilKilled(demo, present);
    step(index++, "The parent opens the database");
    present = await lookAfterKill(demo, present, said, decision);
  }

  step(index++, "It imports the rest itself, and closes");
  await importRest(demo);

  step(index++, "It opens the database once more and compares every city with its source");
  await using atlas = await openAndTell(demo.root);
  const whole = compareImported(atlas, cities);
  if (whole.size !== groupCount(cities)) {
    throw new PlainError(`${groupCount(cities) - whole.size} groups are missing`);
  }
  if (atlas.db.interrupted().length > 0) {
    throw new PlainError("Intents are interrupted after close()");
  }
  fact("verified", "point and data of each, and nothing else is there");
  say(
    `\nNothing is missing: all ${number(cities.length)} cities are there, equal to their source.`,
  );
}

async function importUntilKilled(
  { root, source: { cities }, signal }: Demo,
  present: ReadonlySet<number>,
): Promise<LastWords> {
  const said: LastWords = { sealed: new Set(), committed: new Set() };
  const before = countCities(cities, present);
  const plan = planKill(cities.length - before, Math.random);
  fact("kill planned", `${plan.delayMs} ms after ${number(plan.cities)} cities are committed`);
  const progress = new Progress(process.stdout, cities.length, before);
  const task = [root, String(cities.length)];
  let committed = 0;
  const processId = await killPartWay({ script: "import_child.ts", task }, plan, (line) => {
    signal.throwIfAborted();
    if (line === "finished") return Infinity;
    const [, verb, group] = /^(sealed|committed) (\d+)$/.exec(line) ?? [];
    if (verb === undefined) throw new Error(`The child said "${line}", which acknowledges nothing`);
    said[verb as keyof LastWords].add(Number(group));
    if (verb === "committed") committed += groupCities(cities, Number(group)).length;
    progress.show(before + committed);
    return committed;
  }).finally(() => progress.end());
  const undecided = said.sealed.size - said.committed.size;
  fact("killed", `process ${processId}, by SIGKILL`);
  fact("acknowledged", `${number(said.committed.size)} commits of ${number(committed)} cities`);
  fact("sealed only", `${number(undecided)} intents, not committed as far as was heard`);
  return said;
}

/** Returns the groups that are there once everything interrupted is decided. */
async function lookAfterKill(
  { root, source: { cities } }: Demo,
  before: ReadonlySet<number>,
  said: LastWords,
  decision: Decision,
): Promise<Set<number>> {
  await using atlas = await openAndTell(root);
  const present = compareImported(atlas, cities);
  checkAcknowledged(present, before, said.committed);
  const interrupted = atlas.db.interrupted();
  const groups = tellInterrupted(interrupted, cities, present);
  for (const group of said.sealed) {
    if (present.has(group) || groups.has(group)) continue;
    throw new PlainError(`Group ${group} was sealed, and is neither visible nor interrupted`);
  }
  for (const intent of interrupted) await intent[decision]();
  const decided = compareImported(atlas, cities);
  const wanted = decision === "adopt" ? present.union(groups) : present;
  if (decided.size !== wanted.size || !wanted.isSubsetOf(decided)) {
    throw new PlainError(`${decided.size} groups are there, where ${wanted.size} belong`);
  }
  tellDecision(decision, countCities(cities, groups));
  return decided;
}

function tellDecision(decision: Decision, cities: number): void {
  if (cities === 0) fact("interrupted", "nothing");
  else if (decision === "adopt") fact("adopted", `${number(cities)} more cities are visible`);
  else fact("discarded", `${number(cities)} cities; they will be imported anew`);
}

/** Everything acknowledged is there, and at most one commit a session that was not reported any more. */
function checkAcknowledged(
  present: ReadonlySet<number>,
  before: ReadonlySet<number>,
  committed: ReadonlySet<number>,
): void {
  const owed = before.union(committed);
  const lost = owed.difference(present);
  if (lost.size > 0) throw new PlainError(`${lost.size} acknowledged commits are missing`);
  fact(
    "verified",
    `all ${number(owed.size)} acknowledged commits are visible, whole and unchanged`,
  );
  const more = present.difference(owed).size;
  if (more > IMPORTERS) throw new PlainError(`${more} commits are visible that nobody reported`);
  if (more > 0) fact("and", `${number(more)} that were durable, but not yet reported`);
  fact("verified", "of all other intents nothing is visible");
}

/** Returns the groups that are durable and undecided. */
function tellInterrupted(
  interrupted: readonly InterruptedIntent[],
  cities: readonly City[],
  present: ReadonlySet<number>,
): Set<number> {
  const groups = new Set<number>();
  for (const intent of interrupted) {
    const group = compareInterrupted(intent, cities);
    if (present.has(group) || groups.has(group)) {
      throw new PlainError(`Group ${group} is interrupted, and there already`);
    }
    groups.add(group);
    const count = number(groupCities(cities, group).length);
    fact("interrupted", `session ${intent.session}: ${count} cities, equal to their source`);
  }
  return groups;
}

async function importRest({ root, source: { cities }, signal }: Demo): Promise<void> {
  await using atlas = await openAndTell(root);
  const missing = missingGroups(atlas, cities);
  const total = cities.length;
  const left = countCities(cities, missing);
  let done = total - left;
  const progress = new Progress(process.stdout, total, done);
  const startedMs = performance.now();
  await importGroups(atlas, cities, missing, {
    committed(group) {
      signal.throwIfAborted();
      progress.show(done += groupCities(cities, group).length);
    },
  }).finally(() => progress.end());
  const seconds = (performance.now() - startedMs) / 1000;
  await atlas.db.close();
  if (left === 0) return fact("note", "all of them were there");
  fact("time", `${number(seconds, 2)} s`);
  fact("durable", `${number(left / seconds)} cities/s, each sealed first and then committed`);
}

async function openAndTell(root: string): Promise<Atlas & AsyncDisposable> {
  const db = await open(root, { tailBytesMax: TAIL_BYTES_MAX });
  tellRecovery(db.recovery);
  const atlas = await openAtlas(db);
  return { ...atlas, [Symbol.asyncDispose]: () => db[Symbol.asyncDispose]() };
}

function tellRecovery(recovery: RecoveryReport): void {
  const { sessions, milliseconds } = recovery;
  fact("opened in", `${number(milliseconds, 1)} ms; ${sessions.length} sessions had files`);
  for (const { session, decision, reason, ...found } of sessions) {
    if (decision === "quarantined") {
      throw new PlainError(`Session ${session} is corrupt: ${reason}`);
    }
    const { committedEntries, interruptedEntries } = found;
    const left = interruptedEntries > 0 ? `, ${number(interruptedEntries)} interrupted` : "";
    fact(`session ${session}`, `${number(committedEntries)} entries replayed${left}`);
  }
  const others = String(recovery).split("\n").slice(1).filter((line) => !/^ {2}session/.test(line));
  drawing(others.map((line) => line.trimStart()));
}

function countCities(cities: readonly City[], groups: Iterable<number>): number {
  let count = 0;
  for (const group of groups) count += groupCities(cities, group).length;
  return count;
}
