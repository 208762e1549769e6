/**
 * Finds out what became of intents that nobody has settled, and checks that it may.
 *
 * @module
 */

import assert from "node:assert/strict";
import type { Database, InterruptedIntent, SpatialRecord } from "../../mod.ts";
import { Violation } from "./history.ts";
import type { ModelIntent, SessionsModel } from "./sessions_model.ts";
import { isRecordOf, visibleRevisions } from "./sessions_reads.ts";

/**
 * The database was opened: every undecided intent is committed, interrupted, or gone for good.
 *
 * @param model Learns which
 * @param db The database
 * @param count Counts which
 */
export function decide(model: SessionsModel, db: Database, count: (what: string) => void): void {
  const order = oldestFirst(model.ended);
  const fates = fatesOf(order, db.interrupted(), visibleRevisions(db));
  model.ended = [];
  for (const { intent, committed, listed } of fates) {
    if (committed) {
      model.commit(intent.session, intent.entries);
      count("undecided: committed");
    } else if (listed > 0) {
      list(model, intent, listed);
      intent.mayVanish = false;
      count("undecided: interrupted");
    } else count("undecided: gone");
  }
}

/**
 * What ended while the database stayed open is listed at once, or only when it is opened again.
 *
 * @param model Learns which
 * @param found What the database lists
 */
export function compareInterrupted(
  model: SessionsModel,
  found: readonly InterruptedIntent[],
): void {
  const doubtful = new Set<number>();
  const asked = model.ended.map((intent) => {
    if (intent.place === "hidden") return { ...intent, durable: 0, touched: 0 };
    const doubt = intent.mayCommit || intent.mayVanish;
    if (intent.place === "left" && doubt) doubtful.add(intent.session);
    // Nothing is offered of a session behind what is in doubt: to settle it would settle that.
    const unseen = intent.place === "left" && doubtful.has(intent.session);
    return { ...intent, mayVanish: intent.mayVanish || unseen };
  });
  const fates = fatesOf(asked, found, new Set());
  for (const [i, intent] of [...model.ended].entries()) {
    if (intent.place !== "left") continue;
    model.ended.splice(model.ended.indexOf(intent), 1);
    leaveBehind(model, intent, fates[i].listed);
  }
}

function leaveBehind(model: SessionsModel, intent: ModelIntent, listed: number): void {
  const rest = { ...intent, entries: intent.entries.slice(listed), place: "hidden" as const };
  rest.durable = Math.max(0, intent.durable - listed);
  rest.touched = intent.touched - listed;
  if (listed > 0) {
    rest.mayVanish = true;
    rest.mayCommit = false;
    list(model, intent, listed);
  }
  if (rest.touched > 0) model.ended.push(rest);
}

function list(model: SessionsModel, intent: ModelIntent, listed: number): void {
  intent.entries = intent.entries.slice(0, listed);
  intent.durable = intent.touched = listed;
  intent.mayCommit = false;
  intent.busy = undefined;
  intent.place = "listed";
  model.ended.push(intent);
  model.hold(intent.entries[listed - 1].revision);
}

/**
 * Intents in the order in which they were begun.
 *
 * @param intents Any
 */
export function oldestFirst(intents: readonly ModelIntent[]): ModelIntent[] {
  return intents.toSorted((a, b) => a.entries[0].revision < b.entries[0].revision ? -1 : 1);
}

/** What was found of an intent. */
export interface Fate {
  intent: ModelIntent;
  /** All of it is visible. */
  committed: boolean;
  /** So many of its entries are listed as interrupted. */
  listed: number;
}

/**
 * Finds out what became of intents, and checks that it may.
 *
 * @param intents Those that are not decided, oldest first in each session
 * @param found What the database lists as interrupted
 * @param visible Every revision that is visible
 * @returns One fate for each
 * @throws {Violation} If something is partly there, or not allowed, or not known
 */
export function fatesOf(
  intents: readonly ModelIntent[],
  found: readonly InterruptedIntent[],
  visible: ReadonlySet<string>,
): Fate[] {
  const listed = new Map<string, SpatialRecord & { space: string }>();
  for (const intent of found) {
    const records = [...intent.records()];
    assert.equal(records.length, intent.entries);
    assert.equal(records[0].revision.toString(), intent.first.toString());
    assert.equal(records.at(-1)!.revision.toString(), intent.last.toString());
    for (const record of records) listed.set(record.revision.toString(), record);
  }
  checkOrder(found);
  const fates = intents.map((intent) => fateOf(intent, listed, visible));
  if (listed.size === 0) return fates;
  throw new Violation(`interrupted, but never written or settled before: ${[...listed.keys()]}`);
}

function fateOf(
  intent: ModelIntent,
  listed: Map<string, SpatialRecord & { space: string }>,
  visible: ReadonlySet<string>,
): Fate {
  const { entries, session, durable, touched, mayCommit, mayVanish } = intent;
  const name = `intent ${entries[0].revision} of session ${session} (${entries.length} entries, ` +
    `${durable} durable, ${touched} handed over)`;
  const shown = entries.filter(({ revision }) => visible.has(revision)).length;
  let count = 0;
  for (const entry of entries) {
    const record = listed.get(entry.revision);
    if (record === undefined) break;
    if (record.space !== entry.space || !isRecordOf(record, entry)) {
      throw new Violation(`${name} is interrupted with other content`);
    }
    listed.delete(entry.revision);
    count++;
  }
  if (shown > 0) {
    if (shown < entries.length) throw new Violation(`${name} is visible in part: ${shown}`);
    if (!mayCommit) throw new Violation(`${name} is visible, though never committed`);
    if (count > 0) throw new Violation(`${name} is visible and interrupted`);
    return { intent, committed: true, listed: 0 };
  }
  if (count > touched) throw new Violation(`${name}: ${count} entries are interrupted`);
  if (count < durable && !(mayVanish && count === 0)) {
    throw new Violation(`${name}: only ${count} entries are interrupted`);
  }
  return { intent, committed: false, listed: count };
}

/** Oldest first, and none inside another. */
function checkOrder(found: readonly InterruptedIntent[]): void {
  for (let i = 1; i < found.length; i++) {
    if (found[i - 1].first.toString() < found[i].first.toString()) continue;
    throw new Violation(`interrupted intents are not in order: ${found[i].first}`);
  }
}
