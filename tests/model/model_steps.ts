/**
 * Steps that histories of every kind make: what sessions do, and what happens to files.
 *
 * @module
 */

import { Violation } from "./history.ts";
import type { Intent, ModelDatabase, Stamped, Writer } from "./model_database.ts";

const SESSIONS_MAX = 3;
const SNAPSHOTS_MAX = 3;

/** Does something in a world. */
export type Act<World> = (world: World) => void | Promise<void>;

/** Steps, each with how often it happens beside the others. */
export type Steps<World> = readonly (readonly [number, Act<World>])[];

/** By how much something may be more or less frequent in one history. */
export const FACTORS: readonly number[] = [0.2, 1, 1, 3];

/** Makes one of the steps, by the weights of the history, and lets the background go on a little. */
export async function makeStep<World extends ModelDatabase<Stamped>>(
  world: World,
  steps: Steps<World>,
): Promise<void> {
  const { draw } = world;
  let left = draw.random() * world.weights.reduce((sum, weight) => sum + weight, 0);
  const [, act] = steps[world.weights.findIndex((weight) => (left -= weight) < 0)];
  world.time.wallMs += draw.pick([0, 0, 1, 1, 2, 1000]);
  await act(world);
  for (let turns = draw.pick([0, 1, 1, 2, 5]); turns > 0; turns--) await world.turn();
}

/** One of the sessions; another is opened if there are few. */
export function someWriter<Entry extends Stamped>(world: ModelDatabase<Entry>): Writer<Entry> {
  const { writers, draw } = world;
  if (writers.length > 0 && (writers.length === SESSIONS_MAX || !draw.chance(0.2))) {
    return draw.pick(writers);
  }
  const handle = world.db.session();
  const writer: Writer<Entry> = { id: handle.id, handle, intent: undefined };
  world.note(`session ${handle.id}`);
  world.writers.push(writer);
  return writer;
}

/** What a session writes into: a new intent if it has none. */
export function intentOf<Entry extends Stamped>(
  world: ModelDatabase<Entry>,
  writer: Writer<Entry>,
): Intent<Entry> {
  const { id: session } = writer;
  return writer.intent ??= { session, entries: [], sealed: 0, base: world.ordinal };
}

/** Does something with one of the sessions that have written something, if there is one. */
export function withBusy<Entry extends Stamped, World extends ModelDatabase<Entry>>(
  act: (world: World, writer: Writer<Entry>) => Promise<void>,
): (world: World) => Promise<void> {
  return async (world) => {
    const busy = world.writers.filter(({ intent }) => intent !== undefined);
    if (busy.length > 0) await act(world, world.draw.pick(busy));
  };
}

/** Takes what was written into an intent. */
export function take<Entry extends Stamped>(
  world: ModelDatabase<Entry>,
  { entries, session }: Intent<Entry>,
  entry: Entry,
  what: string,
): void {
  const { revision } = entry;
  if (revision <= world.lastStamp) throw new Violation(`the stamp ${revision} came too late`);
  world.lastStamp = revision;
  entries.push(entry);
  if (world.draw.chance(0.3)) world.stamps.push(revision);
  world.note(`  ${session}: ${what} @${revision}`);
}

/** Makes what is pending durable. */
export async function seal<Entry extends Stamped>(
  world: ModelDatabase<Entry>,
  { id, handle, intent }: Writer<Entry>,
): Promise<void> {
  const blocking = world.draw.chance(0.5);
  world.note(`seal ${id}`);
  if (blocking) handle.sealSync();
  else await world.done("seal", handle.seal());
  intent!.sealed = intent!.entries.length;
}

/** Gives up what is pending. */
export async function abandon<Entry extends Stamped>(
  world: ModelDatabase<Entry>,
  writer: Writer<Entry>,
): Promise<void> {
  world.note(`abandon ${writer.id}`);
  await world.done("abandon", writer.handle.abandon());
  writer.intent = undefined;
  world.count("abandoned");
}

/** Ends a session; what it sealed is interrupted. */
export async function end<Entry extends Stamped>(
  world: ModelDatabase<Entry>,
  writer: Writer<Entry>,
): Promise<void> {
  world.note(`end ${writer.id}`);
  await world.done("end", writer.handle[Symbol.asyncDispose]());
  world.leave(writer);
}

/** Brings everything into run files, and waits for it or not. */
export async function flush(world: ModelDatabase<Stamped>): Promise<void> {
  world.merged = true;
  const waits = world.draw.chance(0.5);
  world.note(waits ? "flush" : "flush in the background");
  if (!waits) return world.follow("flush", world.db.flush());
  const outcome = await world.outcome(world.db.flush());
  if ("error" in outcome) {
    if (!world.isFault(outcome.error)) throw world.failed("flush", outcome.error);
    return world.count("flushes that failed");
  }
  const { tailEntries, flushFailure } = world.db.stats();
  if (tailEntries > 0) throw new Violation(`${tailEntries} entries are not flushed`);
  if (flushFailure !== undefined) throw new Violation(`it was flushed, and ${flushFailure}`);
}

/**
 * Merges run files, and waits for it or not.
 *
 * @param world Where
 * @param names Of what may be merged
 * @param runsMax How many run files may be left when all were
 */
export async function compact(
  world: ModelDatabase<Stamped>,
  names: readonly string[],
  runsMax: number,
): Promise<void> {
  world.merged = true;
  const { draw, db } = world;
  const name = draw.chance(0.5) ? undefined : draw.pick(names);
  const waits = draw.chance(0.5);
  world.note(`compact ${name ?? "all"}${waits ? "" : " in the background"}`);
  if (!waits) return world.follow("compact", db.compact(name));
  const outcome = await world.outcome(db.compact(name));
  if ("error" in outcome) {
    if (!world.isFault(outcome.error)) throw world.failed("compact", outcome.error);
    return world.count("compactions that failed");
  }
  const { runs } = db.stats();
  if (name === undefined && runs > runsMax) {
    throw new Violation(`${runs} runs are left where ${runsMax} are enough`);
  }
  world.count("compactions");
}

/** Takes a snapshot, unless there are many. */
export function takeSnapshot(world: ModelDatabase<Stamped>): void {
  if (world.snapshots.length === SNAPSHOTS_MAX) return;
  const { ordinal: through, time: { wallMs: takenMs } } = world;
  world.note(`snapshot at ${through}`);
  const past = world.past();
  world.snapshots.push({ snapshot: world.db.snapshot(), through, past, takenMs });
}

/** Releases a snapshot. */
export function releaseSnapshot(world: ModelDatabase<Stamped>): void {
  const [pinned] = world.snapshots.splice(world.draw.below(world.snapshots.length), 1);
  if (pinned === undefined) return;
  pinned.snapshot[Symbol.dispose]();
  world.cursors = world.cursors.filter(({ snapshot }) => snapshot !== pinned);
}

/** Reads on where something was half read. */
export function readOn(world: ModelDatabase<Stamped>): void {
  const all = world.draw.chance(0.5);
  world.quietly(() => {
    world.cursors = world.cursors.filter((cursor) => cursor.readOn(all));
  });
  world.count("read on");
}

/** Syncs of the store wait from here on. */
export function hold(world: ModelDatabase<Stamped>): void {
  const where = world.draw.pick([/runs/, /MANIFEST/, /runs|MANIFEST/]);
  world.note(`hold the syncs of ${where}`);
  world.storage.holds = (path) => where.test(path);
}

/** Lets one of those go on, or all. */
export function release(world: ModelDatabase<Stamped>): void {
  const { storage, draw } = world;
  if (draw.chance(0.5)) storage.holds = undefined;
  if (draw.chance(0.5)) storage.releaseAll();
  else storage.release(draw.below(storage.held));
}

/** The device is full, or fails, where run files are: nothing else may suffer. */
export function fail(world: ModelDatabase<Stamped>): void {
  const { draw } = world;
  const times = draw.pick([1, 2, 6, 40]);
  const code = draw.pick(["ENOSPC", "ENOSPC", "EIO"] as const);
  const done = draw.pick(["nothing", "half", "all"] as const);
  world.note(`${times} operations on run files are to fail by ${code}, doing ${done}`);
  world.storage.fault = { where: /\/runs\//, after: draw.below(12), times, done, code };
  world.count("faults planned");
}
