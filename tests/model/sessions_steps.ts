/**
 * What may happen next in a history, and how often.
 *
 * @module
 */

import type { CommitResult, InfiniteDbError, InterruptedIntent } from "../../mod.ts";
import { Violation } from "./history.ts";
import type { ModelIntent, SessionsModel } from "./sessions_model.ts";
import { checkReader, POINTS, visibleRevisions } from "./sessions_reads.ts";
import { fatesOf, oldestFirst } from "./sessions_undecided.ts";
import { abandon, commit, endSession, put, seal, write } from "./sessions_calls.ts";
import type { World, Writer } from "./sessions_world.ts";

const SESSIONS_MAX = 4;
const SNAPSHOTS_MAX = 3;
const ENTRIES_MAX = 3;
const JUMPS_MS: readonly number[] = [-7_200_000, -400_000, -100_000, -5, 0, 5, 100_000, 7_200_000];

/** What a history has more or less of than others. */
type Mood = "work" | "reading" | "holding" | "trouble" | "ends";

type Act = (world: World) => void | Promise<void>;

/** How often what happens, beside each other, and in which mood more often. */
const STEPS: readonly (readonly [number, Mood, Act])[] = [
  [24, "work", insert],
  [8, "work", (world) => withSession(world, (writer) => seal(world, writer, false))],
  [4, "work", (world) => withSession(world, (writer) => seal(world, writer, true))],
  [13, "work", (world) => withSession(world, (writer) => commit(world, writer, false))],
  [6, "work", (world) => withSession(world, (writer) => commit(world, writer, true))],
  [4, "work", (world) => withSession(world, (writer) => abandon(world, writer))],
  [6, "work", (world) => write(world, isLarge(world))],
  [5, "work", flush],
  [3, "reading", takeSnapshot],
  [2, "reading", releaseSnapshot],
  [2, "reading", async (world) => {
    readBeside(world);
    await world.settle(); // It is to see what was there when it began.
  }],
  [4, "holding", hold],
  [8, "holding", release],
  [2, "holding", (world) => world.time.advance(world.pick([1, 3])!)],
  [4, "trouble", fail],
  [2, "trouble", killSoon],
  [2, "ends", jump],
  [3, "ends", (world) => withSession(world, (writer) => end(world, writer))],
  [3, "ends", adopt],
  [2, "ends", discard],
  [2, "ends", (world) => world.storage.kill()],
  [1, "ends", (world) => world.close(world.chance(0.5))],
];

/** By how much a mood may make something more or less frequent. */
const FACTORS: readonly number[] = [0.3, 1, 1, 3];

/** How often the next step does not wait until this one has come to its end. */
const SHARE_AT_ONCE = 0.25;

/**
 * Draws how often what happens in a history.
 *
 * @param world Draws from its `random`
 */
export function drawWeights(world: World): number[] {
  const moods = new Map<Mood, number>();
  return STEPS.map(([weight, mood]) => {
    const factor = moods.get(mood) ?? (mood === "work" ? 1 : world.pick(FACTORS)!);
    moods.set(mood, factor);
    return weight * factor;
  });
}

/**
 * Makes one step.
 *
 * @param world Draws from its `random`
 * @returns What to wait for; undefined if the next step is to come at once, before any answer
 */
export function step(world: World): Promise<void> | undefined {
  let left = world.random() * world.weights.reduce((sum, weight) => sum + weight, 0);
  const [, , act] = STEPS[world.weights.findIndex((weight) => (left -= weight) < 0)];
  world.time.wallMs += world.below(3);
  const waiting = act(world);
  if (waiting !== undefined) return waiting;
  const { killed, faults, fault } = world.storage;
  const atOnce = world.chance(SHARE_AT_ONCE);
  // After a fault a call may be turned away at once, which the next one had to know.
  return !atOnce || killed || faults > 0 || fault ? world.settle() : undefined;
}

/** Some histories write large values, so that logs grow until it is worth making them smaller. */
function isLarge(world: World): boolean {
  return world.large && world.chance(0.5);
}

function withSession(world: World, act: (writer: Writer) => void): void {
  const open = world.writers.filter(({ closing }) => !closing);
  if (open.length === 0 || open.length < SESSIONS_MAX && world.chance(0.15)) {
    const writer = begin(world);
    if (writer !== undefined) act(writer);
    return;
  }
  const busy = open.filter(({ intents }) => intents.length > 0);
  act(world.pick(busy.length > 0 && world.chance(0.8) ? busy : open)!);
}

function end(world: World, writer: Writer): void {
  endSession(world, writer, world.chance(0.5));
}

function begin(world: World): Writer | undefined {
  const handle = world.db.session();
  const { id } = handle;
  if (world.sessionIds.has(id)) throw new Violation(`the id ${id} was given before`);
  world.sessionIds.add(id);
  world.note(`session ${id}`);
  const rest = { calls: 0, tokens: [], closing: false };
  const writer: Writer = { id, handle, intents: [], ...rest };
  world.writers.push(writer);
  return writer;
}

function insert(world: World): void {
  withSession(world, (writer) => {
    for (let left = 1 + world.below(ENTRIES_MAX); left > 0; left--) {
      put(world, writer, isLarge(world));
    }
  });
}

function flush(world: World): void {
  world.note("flush");
  world.watch(world.db.flush(), () => world.count("asked flushes"), (error) => {
    world.expect(error, [], "flush");
  });
}

function takeSnapshot(world: World): void {
  if (world.snapshots.length === SNAPSHOTS_MAX) return;
  world.note(`snapshot at ${world.model.ordinal}`);
  world.snapshots.push({ snapshot: world.db.snapshot(), through: world.model.ordinal });
}

function releaseSnapshot(world: World): void {
  const [pinned] = world.snapshots.splice(world.below(world.snapshots.length), 1);
  pinned?.snapshot[Symbol.dispose]();
}

function hold(world: World): void {
  const where = world.pick([/./, /\.fast/, /\.wal/, /sessions/, /MANIFEST/, /runs/])!;
  world.note(`hold the syncs of ${where}`);
  world.storage.holds = (path) => where.test(path);
}

function release(world: World): void {
  const { storage } = world;
  if (world.chance(0.6)) storage.holds = undefined;
  if (world.chance(0.5)) storage.releaseAll();
  else storage.release(world.below(storage.held));
  world.note(`release, ${storage.held} are held`);
}

function jump(world: World): void {
  const ms = world.pick(JUMPS_MS)!;
  world.note(`the wall clock jumps by ${ms} ms`);
  world.time.wallMs += ms;
}

function killSoon(world: World): void {
  world.storage.killAfter = world.below(25);
  world.note(`to be killed after ${world.storage.killAfter} operations`);
}

function fail(world: World): void {
  const where = world.pick([/./, /sessions/, /sessions/, /\.wal/, /\.fast/, /runs/, /MANIFEST/])!;
  const done = world.pick(["nothing", "all", "half"] as const)!;
  const code = world.pick(["EIO", "ENOSPC"] as const)!;
  const after = world.below(6);
  const times = world.pick([1, 1, 2, 4, 12])!;
  world.storage.fault = { where, after, times, done, code };
  world.note(`${times} operations on ${where} are to fail after ${after}, doing ${done}`);
  world.count("faults planned");
}

function adopt(world: World): void {
  const chosen = choose(world);
  if (chosen === undefined) return;
  const { found, intents, codes } = chosen;
  const { session, entries: count } = found;
  const base = world.model.ordinal;
  const entries = intents.flatMap((intent) => intent.entries);
  world.note(`adopt ${count} entries of session ${session}, from ${found.first}`);
  for (const intent of intents) intent.busy ??= "commit";
  world.watch(found.adopt(), (result: CommitResult) => {
    world.adoptions++;
    if (result.entries !== entries.length) throw new Violation(`adopted are ${result.entries}`);
    drop(world.model, intents);
    world.model.commit(session, entries);
    const expected = (through: number) =>
      world.model.collisionsOfAdopted(session, entries, through);
    const now = world.model.ordinal;
    const what = `the adoption of ${found.first}`;
    world.checkCollisions(result, () => expected(now), () => expected(base), what);
    world.count("adopted");
  }, (error) => unresolved(world, intents, error, codes, "mayCommit"));
}

function discard(world: World): void {
  const chosen = choose(world);
  if (chosen === undefined) return;
  const { found, intents, codes } = chosen;
  world.note(`discard ${found.entries} entries of session ${found.session}`);
  for (const intent of intents) intent.busy ??= "abandon";
  world.watch(found.discard(), () => {
    drop(world.model, intents);
    world.count("discarded");
  }, (error) => unresolved(world, intents, error, codes, "mayVanish"));
}

interface Chosen {
  found: InterruptedIntent;
  intents: ModelIntent[];
  codes: string[];
}

/** One of those that are interrupted, and the errors that may come of it. */
function choose(world: World): Chosen | undefined {
  const all = world.db.interrupted();
  const found = world.pick(all);
  if (found === undefined) return undefined;
  const { session } = found;
  const [first, last] = [found.first.toString(), found.last.toString()];
  const intents = world.model.ended.filter((intent) =>
    intent.place === "listed" && intent.session === session &&
    intent.entries[0].revision >= first && intent.entries[0].revision <= last
  );
  const earliest = all.find((each) => each.session === session) === found;
  const resolving = intents.some(({ busy }) => busy !== undefined);
  return { found, intents, codes: earliest && !resolving ? [] : ["stale-intent"] };
}

function unresolved(
  world: World,
  intents: readonly ModelIntent[],
  error: InfiniteDbError,
  codes: readonly string[],
  doubt: "mayCommit" | "mayVanish",
): void {
  world.expect(error, codes, "adopt or discard");
  if (error.code === "stale-intent") return;
  for (const intent of intents) {
    intent.busy = undefined;
    if (error.outcome === "unknown") intent[doubt] = true;
  }
}

function drop(model: SessionsModel, intents: readonly ModelIntent[]): void {
  model.ended = model.ended.filter((intent) => !intents.includes(intent));
}

/** Opens the same files to read, as another process might, whatever the writer is at. */
function readBeside(world: World): void {
  const { model, storage } = world;
  const through = model.ordinal;
  const undecided = [...model.ended, ...world.writers.flatMap(({ intents }) => intents)]
    .map((intent) => ({
      ...intent,
      entries: [...intent.entries],
      touched: intent.entries.length,
      mayCommit: intent.mayCommit || intent.busy === "commit",
      mayVanish: intent.mayVanish || intent.busy !== undefined,
    }));
  world.note("open to read beside it");
  const { library, time: clock } = world;
  world.watch(library.open("/db", { storage, clock, readOnly: true }), (reader) => {
    storage.quiet = true;
    const visible = visibleRevisions(reader);
    const known = new Set(
      model.commits.slice(0, through).flatMap(({ entries }) => entries).map(({ revision }) =>
        revision
      ),
    );
    const missing = [...known].filter((revision) => !visible.has(revision));
    if (missing.length > 0) throw new Violation(`a reader does not see ${missing}`);
    const news = visible.difference(known);
    const order = oldestFirst(undecided);
    for (const { intent, committed } of fatesOf(order, reader.interrupted(), news)) {
      if (committed) { for (const { revision } of intent.entries) news.delete(revision); }
    }
    if (news.size > 0) throw new Violation(`a reader sees ${[...news]}, never committed`);
    if (news.size === 0 && visible.size === known.size) {
      for (const space of Object.keys(POINTS)) {
        const question = { through, asOf: undefined, random: world.random };
        checkReader(reader.space(space), model, question);
      }
    }
    storage.quiet = false;
    world.watch(reader.close(), () => {}, (error) => world.expect(error, [], "close a reader"));
    world.count("readers beside");
  }, (error) => world.expect(error, ["busy"], "open to read"));
}
