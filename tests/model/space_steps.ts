/**
 * What may happen next in a history of spaces, and how often.
 *
 * @module
 */

import { Violation } from "./history.ts";
import {
  abandon,
  busyWriter,
  commit,
  decide,
  end,
  put,
  seal,
  someWriter,
  write,
} from "./space_calls.ts";
import {
  askEverything,
  askSnapshot,
  askSomething,
  begin,
  liveOf,
  pinnedOf,
} from "./space_questions.ts";
import { SpaceShape } from "./space_shape.ts";
import type { Intent, SpaceWorld } from "./space_world.ts";

const SPACES_MAX = 3;
const SNAPSHOTS_MAX = 3;
const CURSORS_MAX = 4;
const QUESTIONS = 4;
const SHARE_OF_BULK = 0.12;
const PLACES_MAX = 24;
const PLACES_OF_BULK_MAX = 1500;

type Act = (world: SpaceWorld) => void | Promise<void>;

/** How often what happens, beside each other. */
const STEPS: readonly (readonly [number, Act])[] = [
  [20, (world) => write(world, someWriter(world))],
  [7, (world) => withBusy(world, seal)],
  [16, (world) => withBusy(world, commit)],
  [3, (world) => withBusy(world, abandon)],
  [8, writeAtOnce],
  [7, flush],
  [4, compact],
  [4, takeSnapshot],
  [2, releaseSnapshot],
  [5, beginToRead],
  [5, readOn],
  [3, hold],
  [4, release],
  [3, fail],
  [2, (world) => world.mend()],
  [3, (world) => withBusy(world, end)],
  [7, decide],
  [3, kill],
  [3, reopen],
  [3, lookBeside],
  [1, createAnother],
];

/** By how much something may be more or less frequent. */
const FACTORS: readonly number[] = [0.2, 1, 1, 3];

/** Draws how often what happens in a history, and its spaces. */
export async function setUp(world: SpaceWorld): Promise<void> {
  const { draw } = world;
  world.bulk = draw.chance(SHARE_OF_BULK);
  // Pages of old runs are read again only where there are many: these do a little of everything.
  const factors = world.bulk ? FACTORS.slice(1) : FACTORS;
  world.weights = STEPS.map(([weight]) => weight * draw.pick(factors));
  await world.open();
  for (let left = 1 + draw.below(SPACES_MAX); left > 0; left--) await createAnother(world);
}

/** Makes one step, lets the background go on a little, and asks. */
export async function step(world: SpaceWorld): Promise<void> {
  const { draw } = world;
  let left = draw.random() * world.weights.reduce((sum, weight) => sum + weight, 0);
  const [, act] = STEPS[world.weights.findIndex((weight) => (left -= weight) < 0)];
  world.time.wallMs += draw.pick([0, 0, 1, 1, 2, 1000]);
  await act(world);
  for (let turns = draw.pick([0, 1, 1, 2, 5]); turns > 0; turns--) await world.turn();
  compare(world);
}

/** Asks everything, of everybody. */
export function compareAll(world: SpaceWorld): void {
  world.quietly(() => {
    for (const model of world.spaces) {
      askEverything(world, liveOf(world, model));
      for (const pinned of world.snapshots) {
        if (model === world.spaces[0]) askEverything(world, pinnedOf(world, pinned, model));
      }
    }
    compareInterrupted(world);
  });
}

function compare(world: SpaceWorld): void {
  world.quietly(() => {
    for (let left = QUESTIONS; left > 0; left--) askSomething(world);
    if (world.bulk) askSnapshot(world);
    const { settledThrough, flushFailure, compactionFailure, runs } = world.db.stats();
    const settled = settledThrough.toString();
    if (settled < world.settledNow) throw new Violation(`settledThrough went back to ${settled}`);
    world.settledNow = settled;
    if (settled > world.settled) world.settled = settled;
    const failure = flushFailure ?? compactionFailure;
    if (failure !== undefined && world.storage.faults === 0) throw new Violation(failure);
    world.tally["most run files"] = Math.max(world.tally["most run files"] ?? 0, runs);
  });
}

function compareInterrupted(world: SpaceWorld): void {
  const found = world.db.interrupted().map((each) => {
    const records = [...each.records()].map(({ space, point, revision, deleted }) =>
      `${space} ${point} ${revision} ${deleted}`
    );
    return `${each.session}: ${records}`;
  });
  const expected = world.interrupted.map(({ session, entries }) => {
    const records = entries.map(({ space, place, revision, value }) =>
      `${space.shape.name} ${place.coordinates} ${revision} ${value === undefined}`
    );
    return `${session}: ${records}`;
  });
  if (found.sort().join() === expected.sort().join()) return;
  throw new Violation(`interrupted are [${found}], not [${expected}]`);
}

async function withBusy(
  world: SpaceWorld,
  act: (world: SpaceWorld, writer: ReturnType<typeof someWriter>) => Promise<void>,
): Promise<void> {
  const writer = busyWriter(world);
  if (writer !== undefined) await act(world, writer);
}

async function writeAtOnce(world: SpaceWorld): Promise<void> {
  const { draw } = world;
  const intent: Intent = { session: 0, entries: [], sealed: 0, base: world.ordinal };
  world.note("write");
  await world.done(
    "write",
    world.db.write((session) => {
      intent.session = session.id;
      for (let left = 1 + draw.below(4); left > 0; left--) {
        put(world, session, intent, draw.pick(world.spaces), draw.chance(0.25));
      }
    }),
  );
  world.publish(intent);
}

async function flush(world: SpaceWorld): Promise<void> {
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

async function compact(world: SpaceWorld): Promise<void> {
  world.merged = true;
  const { draw, db } = world;
  const name = draw.chance(0.5) ? undefined : draw.pick(world.spaces).shape.name;
  const waits = draw.chance(0.5);
  world.note(`compact ${name ?? "all"}${waits ? "" : " in the background"}`);
  if (!waits) return world.follow("compact", db.compact(name));
  const outcome = await world.outcome(db.compact(name));
  if ("error" in outcome) {
    if (!world.isFault(outcome.error)) throw world.failed("compact", outcome.error);
    return world.count("compactions that failed");
  }
  const { runs } = db.stats();
  if (name === undefined && runs > world.spaces.length) {
    throw new Violation(`${runs} runs are left of ${world.spaces.length} spaces`);
  }
  world.count("compactions");
}

function takeSnapshot(world: SpaceWorld): void {
  if (world.snapshots.length === SNAPSHOTS_MAX) return;
  world.note(`snapshot at ${world.ordinal}`);
  const past = world.past();
  world.snapshots.push({ snapshot: world.db.snapshot(), through: world.ordinal, past });
}

function releaseSnapshot(world: SpaceWorld): void {
  const [pinned] = world.snapshots.splice(world.draw.below(world.snapshots.length), 1);
  if (pinned === undefined) return;
  pinned.snapshot[Symbol.dispose]();
  world.cursors = world.cursors.filter(({ snapshot }) => snapshot !== pinned);
}

function beginToRead(world: SpaceWorld): void {
  if (world.cursors.length === CURSORS_MAX) return;
  world.quietly(() => {
    const cursor = begin(world);
    if (cursor.readOn(false)) world.cursors.push(cursor);
  });
}

function readOn(world: SpaceWorld): void {
  const all = world.draw.chance(0.5);
  world.quietly(() => {
    world.cursors = world.cursors.filter((cursor) => cursor.readOn(all));
  });
  world.count("read on");
}

function hold(world: SpaceWorld): void {
  const where = world.draw.pick([/runs/, /MANIFEST/, /runs|MANIFEST/]);
  world.note(`hold the syncs of ${where}`);
  world.storage.holds = (path) => where.test(path);
}

function release(world: SpaceWorld): void {
  const { storage, draw } = world;
  if (draw.chance(0.5)) storage.holds = undefined;
  if (draw.chance(0.5)) storage.releaseAll();
  else storage.release(draw.below(storage.held));
}

/** The device is full, or fails, where run files are: nothing else may suffer. */
function fail(world: SpaceWorld): void {
  const { draw } = world;
  const times = draw.pick([1, 2, 6, 40]);
  const code = draw.pick(["ENOSPC", "ENOSPC", "EIO"] as const);
  const done = draw.pick(["nothing", "half", "all"] as const);
  world.note(`${times} operations on run files are to fail by ${code}, doing ${done}`);
  world.storage.fault = { where: /\/runs\//, after: draw.below(12), times, done, code };
  world.count("faults planned");
}

async function kill(world: SpaceWorld): Promise<void> {
  await world.kill();
  compareAll(world);
}

async function reopen(world: SpaceWorld): Promise<void> {
  await world.reopen(world.draw.chance(0.5));
  compareAll(world);
}

async function lookBeside(world: SpaceWorld): Promise<void> {
  world.note("open to read beside it");
  const reader = await world.openBeside();
  if (reader === undefined) return;
  world.quietly(() => {
    const model = world.draw.pick(world.spaces);
    const seen = { ...liveOf(world, model), reader: reader.space(model.shape.name) };
    askEverything(world, seen);
  });
  await world.done("close a reader", reader.close());
  world.count("readers beside");
}

async function createAnother(world: SpaceWorld): Promise<void> {
  if (world.spaces.length === SPACES_MAX) return;
  const { draw } = world;
  const placesMax = world.bulk ? PLACES_OF_BULK_MAX : draw.pick([1, 2, 4, PLACES_MAX]);
  await world.create(SpaceShape.draw(`s${world.spaces.length}`, draw, placesMax));
}
