/**
 * What may happen next in a history of spaces, and how often.
 *
 * @module
 */

import { Violation } from "./history.ts";
import {
  abandon,
  compact,
  end,
  FACTORS,
  fail,
  flush,
  hold,
  makeStep,
  readOn,
  release,
  releaseSnapshot,
  seal,
  someWriter,
  type Steps,
  takeSnapshot,
  withBusy,
} from "./model_steps.ts";
import { commit, decide, put, write } from "./space_calls.ts";
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
const CURSORS_MAX = 4;
const QUESTIONS = 4;
const SHARE_OF_BULK = 0.12;
const PLACES_MAX = 24;
const PLACES_OF_BULK_MAX = 1500;

/** How often what happens, beside each other. */
const STEPS: Steps<SpaceWorld> = [
  [20, (world) => write(world, someWriter(world))],
  [7, withBusy(seal)],
  [16, withBusy(commit)],
  [3, withBusy(abandon)],
  [8, writeAtOnce],
  [7, flush],
  [4, compactSpaces],
  [4, takeSnapshot],
  [2, releaseSnapshot],
  [5, beginToRead],
  [5, readOn],
  [3, hold],
  [4, release],
  [3, fail],
  [2, (world) => world.mend()],
  [3, withBusy(end)],
  [7, decide],
  [3, kill],
  [3, reopen],
  [3, lookBeside],
  [1, createAnother],
];

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
  await makeStep(world, STEPS);
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
    world.compareStats();
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

async function compactSpaces(world: SpaceWorld): Promise<void> {
  await compact(world, world.spaces.map(({ shape }) => shape.name), world.spaces.length);
}

function beginToRead(world: SpaceWorld): void {
  if (world.cursors.length === CURSORS_MAX) return;
  world.quietly(() => {
    const cursor = begin(world);
    if (cursor.readOn(false)) world.cursors.push(cursor);
  });
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
