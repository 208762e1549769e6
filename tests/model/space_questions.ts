/**
 * What readers are asked: any question about any box, any moment, by any limit; and what they have to
 * refuse.
 *
 * @module
 */

import type { Box, ReadOptions, SpaceReader, SpatialRecord } from "../../mod.ts";
import { Violation } from "./history.ts";
import type { ModelDatabase, Stamped } from "./model_database.ts";
import {
  type Asked,
  checkBox,
  checkExactly,
  checkGet,
  checkHistory,
  checkNearest,
  recordsOf,
  type Seen,
} from "./space_answers.ts";
import type { SpaceModel, Version } from "./space_model.ts";
import type { SpaceShape } from "./space_shape.ts";
import type { Cursor, Pinned, SpaceWorld } from "./space_world.ts";

const PLACES_CHECKED_MAX = 25;
const REVISION_MAX = 2n ** 128n - 1n;
const PHYSICAL_MS_MAX = 2 ** 48 - 1;

const EVERYTHING: Asked = { options: { tombstones: true }, ceiling: undefined };

/** Asks one question of a reader that is drawn. */
export function askSomething(world: SpaceWorld): void {
  const { draw } = world;
  const seen = drawSeen(world);
  const { model } = seen;
  const { shape } = model;
  const asked = drawAsked(world);
  const ask = draw.pick([
    () => checkBox(seen, shape.drawBox(draw), asked),
    () => checkBox(seen, shape.drawBox(draw), asked),
    () => checkBox(seen, shape.drawBox(draw), { options: {}, ceiling: undefined }),
    () => checkNearest(seen, drawTarget(world, shape), drawCount(world), asked),
    () => checkGet(seen, drawPlace(world, model), asked),
    () => checkHistory(seen, drawPlace(world, model)),
    () => checkRefusals(world, seen),
  ]);
  ask();
  world.count("questions");
}

/** Asks a reader about everything. */
export function askEverything(world: SpaceWorld, seen: Seen): void {
  const { places } = seen.model.shape;
  checkBox(seen, undefined, EVERYTHING);
  checkBox(seen, undefined, { options: {}, ceiling: undefined });
  const from = world.draw.below(places.length);
  for (const place of [...places, ...places].slice(from, from + PLACES_CHECKED_MAX)) {
    checkHistory(seen, place);
    checkGet(seen, place, EVERYTHING);
  }
}

/** Reads all that a snapshot holds, the oldest runs with it, as no small box does. */
export function askSnapshot(world: SpaceWorld): void {
  const { draw, spaces, snapshots } = world;
  if (snapshots.length === 0) return;
  const [pinned, model] = [draw.pick(snapshots), draw.pick(spaces)];
  if (knows(pinned.snapshot, model)) {
    checkBox(pinnedOf(world, pinned, model), undefined, EVERYTHING);
  }
}

/** The space itself as a reader of what is committed now. */
export function liveOf(world: SpaceWorld, model: SpaceModel): Seen {
  const reader = world.db.space(model.shape.name);
  return { reader, model, through: world.ordinal, past: world.past(), tally: world.tally };
}

/** What was pinned, as a reader of a space. */
export function pinnedOf(world: SpaceWorld, pinned: Pinned, model: SpaceModel): Seen {
  const { snapshot, through, past } = pinned;
  const reader = snapshot.space(model.shape.name);
  return { reader, model, through, past, tally: world.tally };
}

/** Begins to read something, to be read on while other things happen. */
export function begin(world: SpaceWorld): Cursor {
  const { draw } = world;
  const model = draw.pick(world.spaces);
  const known = world.snapshots.filter(({ snapshot }) => knows(snapshot, model));
  const snapshot = known.length > 0 && draw.chance(0.4) ? draw.pick(known) : undefined;
  const seen = snapshot === undefined ? liveOf(world, model) : pinnedOf(world, snapshot, model);
  const { reader, through } = seen;
  const kind = draw.pick(["query", "query", "columns", "history"] as const);
  if (kind === "history" && !model.shape.latest) {
    const place = draw.pick(model.shape.places);
    const what = `history of ${place.coordinates}, begun at ${through}`;
    return cursorOf(
      world,
      what,
      reader.history(place.coordinates),
      model.history(place, through),
      snapshot,
    );
  }
  const box = model.shape.drawBox(draw);
  const expected = model.newest({ through, ...box && { box } });
  const what = `${kind} of ${model.shape.name}, begun at ${through}`;
  if (kind !== "columns") return cursorOf(world, what, reader.query(box), expected, snapshot);
  const columns = reader.columns(box);
  return {
    readOn: (all) => {
      checkExactly(what, recordsOf(columns), expected);
      return !all;
    },
    snapshot,
  };
}

function cursorOf(
  world: SpaceWorld,
  what: string,
  records: Iterator<SpatialRecord>,
  expected: readonly Version[],
  snapshot: Pinned | undefined,
): Cursor {
  let at = 0;
  const readOn = (all: boolean): boolean => {
    for (let left = all ? Infinity : 1 + world.draw.below(expected.length); left > 0; left--) {
      const next = records.next();
      if (next.done) {
        if (at !== expected.length) throw new Violation(`${what} ends at ${at}`);
        return false;
      }
      checkExactly(what, [next.value], expected.slice(at, ++at));
    }
    return true;
  };
  return { readOn, snapshot };
}

function drawSeen(world: SpaceWorld): Seen {
  const { draw, snapshots } = world;
  const model = draw.pick(world.spaces);
  const pinned = snapshots.filter(({ snapshot }) => knows(snapshot, model));
  if (pinned.length === 0 || draw.chance(0.6)) return liveOf(world, model);
  return pinnedOf(world, draw.pick(pinned), model);
}

/** Whether a space was there when the snapshot was taken. */
function knows(snapshot: Pinned["snapshot"], { shape }: SpaceModel): boolean {
  try {
    return snapshot.space(shape.name) !== undefined;
  } catch (error) {
    if ((error as { code?: unknown })?.code !== "not-found") throw error;
    return false;
  }
}

/** Draws how something is asked. */
export function drawAsked(world: ModelDatabase<Stamped>): Asked {
  const { draw } = world;
  const options: ReadOptions = {};
  if (draw.chance(0.4)) options.tombstones = draw.chance(0.7);
  if (draw.chance(0.3)) options.limit = draw.pick([0, 1, 2, 3, 7, 100, Infinity]);
  let ceiling: string | undefined;
  if (draw.chance(0.5)) {
    ({ asOf: options.asOf, ceiling } = drawMoment(world));
  }
  return { options, ceiling };
}

function drawMoment(world: ModelDatabase<Stamped>): { asOf: ReadOptions["asOf"]; ceiling: string } {
  const { draw, library, stamps } = world;
  const stamp = stamps.length === 0 ? "0".repeat(32) : draw.pick(stamps);
  const ms = parseInt(stamp.slice(0, 12), 16);
  if (draw.chance(0.3)) {
    const at = draw.pick([ms, ms, ms - 1, ms + 1, 0, -1, 8e15]);
    const ceiling = Math.min(at, PHYSICAL_MS_MAX).toString(16).padStart(12, "0") + "f".repeat(20);
    return { asOf: new Date(at), ceiling: at < 0 ? "0".repeat(32) : ceiling };
  }
  const exact = BigInt(`0x${stamp}`);
  const near = draw.pick([exact, exact, exact - 1n, exact + 1n, 0n, REVISION_MAX]);
  const within = near < 0n ? 0n : near;
  const ceiling = within.toString(16).padStart(32, "0");
  return { asOf: library.Revision.parse(ceiling), ceiling };
}

function drawPlace({ draw }: SpaceWorld, { shape }: SpaceModel): SpaceShape["places"][number] {
  if (draw.chance(0.85)) return draw.pick(shape.places);
  const point = Array.from({ length: shape.dims }, (_, axis) => shape.drawCoordinate(draw, axis));
  const place = shape.placeOf(point);
  return shape.places.find(({ coordinates }) => coordinates.join() === point.join()) ?? place;
}

function drawTarget({ draw }: SpaceWorld, shape: SpaceShape): number[] {
  const { coordinates } = draw.pick(shape.places);
  const near = draw.chance(0.5);
  return coordinates.map((value, axis) =>
    near && draw.chance(0.7) ? value : shape.drawNumber(draw, axis)
  );
}

function drawCount({ draw }: SpaceWorld): number {
  return draw.pick([0, 1, 1, 2, 3, 10, 1000]);
}

/** What has to be refused, in some random way. */
function checkRefusals({ draw }: SpaceWorld, { reader, model }: Seen): void {
  const { shape } = model;
  const { coordinates } = draw.pick(shape.places);
  const axis = draw.below(shape.dims);
  const [min, max] = shape.boundsOf(axis);
  const length = max - min;
  const with_ = (value: number): number[] => coordinates.with(axis, value);
  const inverted: Box = { min: with_(max), max: with_(max - length / 2) };
  const box = draw.pick<Box>([
    inverted,
    { min: with_(NaN), max: [...coordinates] },
    { min: [...coordinates], max: with_(NaN) },
    { min: [...coordinates, 0], max: [...coordinates, 0] },
    { min: coordinates.slice(1), max: coordinates.slice(1) },
    { min: with_(Infinity), max: with_(-Infinity) },
  ]);
  const limit = draw.pick([NaN, -1, 0.5, -Infinity]);
  const point = draw.pick([
    with_(NaN),
    with_(Infinity),
    with_(max * 2 + 1e-9 - min),
    coordinates.slice(1),
    [...coordinates, 0],
    ...shape.axes.length === 0 ? [with_(min + 0.5), with_(-1)] : [],
  ]);
  const ask = draw.pick<() => unknown>([
    () => reader.query(box).next(),
    () => reader.count(box),
    () => reader.columns(box),
    () => reader.query(undefined, { limit }).next(),
    () => reader.count(undefined, { limit }),
    () => reader.columns(undefined, { limit }),
    () => reader.get(point),
    () => reader.history(point).next(),
    () => reader.nearest(with_(NaN), 1),
    () => reader.nearest(coordinates, draw.pick([NaN, -1, 1.5])),
    () => reader.query(undefined, { asOf: new Date(NaN) }).next(),
  ]);
  refused(`${ask}: ${JSON.stringify({ box, limit, point })}`, reader, ask);
}

function refused(what: string, { name }: SpaceReader, ask: () => unknown): void {
  let code: unknown;
  try {
    ask();
  } catch (error) {
    code = (error as { code?: unknown })?.code;
  }
  if (code !== "invalid-argument") throw new Violation(`${name} answers ${what} by ${code}`);
}
