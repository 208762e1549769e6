/**
 * The calls of sessions, each made on the database and on the model.
 *
 * @module
 */

import type { Collision, CommitResult, Revision, Session } from "../../mod.ts";
import { Violation } from "./history.ts";
import { intentOf, take } from "./model_steps.ts";
import { type SpaceModel, valueOf, type Version } from "./space_model.ts";
import type { Place } from "./space_shape.ts";
import type { Entry, Intent, SpaceWorld, Writer } from "./space_world.ts";

const ENTRIES_MAX = 5;
/** The most entries of a large intent: below a page, a few pages, a tree of boxes of three levels. */
const BULKS: readonly number[] = [100, 600, 600, 2000];

/** As much of `insertMany` as is used here. */
interface BulkSession {
  insertMany(space: string, batch: {
    coordinates: ArrayLike<number>;
    data: ((index: number) => unknown) | { bytes: Uint8Array; offsets: Uint32Array };
  }): { first: Revision; last: Revision; entries: number } | undefined;
}

/** Writes some entries; they stay pending. */
export function write(world: SpaceWorld, writer: Writer): void {
  const { draw } = world;
  const intent = intentOf(world, writer);
  const many = world.bulk && draw.chance(0.25);
  const count = 1 + draw.below(many ? draw.pick(BULKS) : ENTRIES_MAX);
  if (draw.chance(many ? 0.5 : 0.2) && insertMany(world, writer.handle, intent, count)) return;
  const share = draw.pick([0, 0.2, 0.6, 1]);
  for (let i = 0; i < count; i++) {
    const space = draw.pick(world.spaces);
    put(world, writer.handle, intent, space, draw.chance(share));
  }
}

/** Writes or deletes at one point. */
export function put(
  world: SpaceWorld,
  handle: Session,
  intent: Intent,
  space: SpaceModel,
  deletes: boolean,
): void {
  const { name, places } = space.shape;
  const place = world.draw.pick(places);
  const point = spoken(world, space, [place]);
  const value = deletes ? undefined : world.nextValue();
  const revision = value === undefined
    ? handle.delete(name, point)
    : handle.insert(name, point, valueOf(value));
  takeEntry(world, intent, { space, place, revision: revision.toString(), value });
}

/** Writes many points in one call, if there is such a call. */
function insertMany(world: SpaceWorld, handle: Session, intent: Intent, count: number): boolean {
  if (!("insertMany" in handle)) return false;
  const session = handle as unknown as BulkSession;
  const { draw } = world;
  const space = draw.pick(world.spaces);
  const chosen = Array.from({ length: count }, () => draw.pick(space.shape.places));
  const asBytes = draw.chance(0.4);
  const values = chosen.map(() => asBytes ? -world.nextValue() : world.nextValue());
  const pieces = asBytes ? values.map((n) => valueOf(n) as Uint8Array) : [];
  const offsets = new Uint32Array(count + 1);
  pieces.forEach(({ length }, i) => offsets[i + 1] = offsets[i] + length);
  const data = asBytes
    ? { bytes: Uint8Array.from(pieces.flatMap((piece) => [...piece])), offsets }
    : (index: number) => valueOf(values[index]);
  const coordinates = spoken(world, space, chosen);
  const range = session.insertMany(space.shape.name, { coordinates, data });
  if (range?.entries !== count) throw new Violation(`insertMany gave ${range?.entries}`);
  const first = range.first.toString();
  const head = first.slice(0, 24);
  chosen.forEach((place, i) => {
    const sequence = (range.first.sequence + i).toString(16).padStart(8, "0");
    takeEntry(world, intent, { space, place, revision: head + sequence, value: values[i] });
  });
  const last = intent.entries.at(-1)!.revision;
  if (range.last.toString() !== last) throw new Violation(`the last is ${range.last}, not ${last}`);
  if (session.insertMany(space.shape.name, { coordinates: [], data: () => 0 }) !== undefined) {
    throw new Violation("insertMany of nothing gave something");
  }
  world.count("calls of insertMany");
  return true;
}

/** Points as a caller may give them: in any kind of array, and sometimes -0 for 0. */
function spoken(world: SpaceWorld, space: SpaceModel, places: readonly Place[]): ArrayLike<number> {
  const { draw } = world;
  const negates = draw.chance(0.3);
  const point = places.flatMap(({ coordinates }) => coordinates)
    .map((value) => value === 0 && negates ? -0 : value);
  const integers = space.shape.axes.length === 0;
  return draw.pick([() => point, () => new Float64Array(point), () => {
    return integers ? new Uint32Array(point) : point;
  }])();
}

function takeEntry(world: SpaceWorld, intent: Intent, entry: Entry): void {
  const { space, place, value } = entry;
  const what = `${space.shape.name} ${place.coordinates} = ${value ?? "deleted"}`;
  take(world, intent, entry, what);
}

/** Commits what is pending. */
export async function commit(world: SpaceWorld, writer: Writer): Promise<void> {
  const { id, handle } = writer;
  const intent = writer.intent!;
  const blocking = world.draw.chance(0.5);
  world.note(`commit ${id}`);
  const expected = collisionsOf(world, intent, seenAt(world, intent.base));
  const result = blocking ? handle.commitSync() : await world.done("commit", handle.commit());
  writer.intent = undefined;
  checkResult(world, intent, result, expected, true);
  world.publish(intent);
  if (intent.base < world.ordinal - 1) world.count("late commits");
}

/** Adopts or discards an intent that an ended session left. */
export async function decide(world: SpaceWorld): Promise<void> {
  const all = world.db.interrupted();
  if (all.length === 0) return;
  const found = world.draw.pick(all);
  const intent = world.interrupted.find(({ session }) => session === found.session);
  if (intent === undefined) throw new Violation(`session ${found.session} left nothing`);
  world.mend();
  world.interrupted = world.interrupted.filter((each) => each !== intent);
  if (world.draw.chance(0.3)) {
    world.note(`discard what ${intent.session} left`);
    return await world.done("discard", found.discard());
  }
  world.note(`adopt what ${intent.session} left`);
  const [{ revision: first }] = intent.entries;
  const expected = collisionsOf(world, intent, () => first);
  const result = await world.done("adopt", found.adopt());
  checkResult(world, intent, result, expected, false);
  world.publish(intent);
  world.merged = true;
  world.count("adopted");
}

/** Up to where each session had committed at a base. */
function seenAt(world: SpaceWorld, base: number): (session: number) => string {
  const seen = new Map<number, string>();
  for (const { versions } of world.spaces) {
    for (const { session, ordinal, revision } of versions) {
      if (ordinal <= base && revision > (seen.get(session) ?? "")) seen.set(session, revision);
    }
  }
  return (session) => seen.get(session) ?? "";
}

/** What others wrote at the addresses of an intent above what its author can have seen. */
function collisionsOf(
  { spaces }: SpaceWorld,
  intent: Intent,
  seen: (session: number) => string,
): Version[][] {
  const found: Version[][] = [];
  for (const space of spaces) {
    const places = new Set(
      intent.entries.filter((entry) => entry.space === space).map(({ place }) => place),
    );
    const news = Map.groupBy(
      space.versions.filter(({ place, session, revision }) =>
        places.has(place) && session !== intent.session && revision > seen(session)
      ),
      ({ place }) => place,
    );
    for (const versions of news.values()) {
      found.push(versions.sort((a, b) => a.revision < b.revision ? 1 : -1));
    }
  }
  return found;
}

/** Where only the latest is kept, an adoption may find less than there was. */
function checkResult(
  world: SpaceWorld,
  { entries, session }: Intent,
  result: CommitResult,
  expected: readonly Version[][],
  exact: boolean,
): void {
  const first = entries[0].revision;
  const last = entries.at(-1)!.revision;
  const same = result.first.toString() === first && result.last.toString() === last &&
    result.entries === entries.length;
  if (!same) throw new Violation(`committed is ${JSON.stringify(result)}, not ${first} to ${last}`);
  if (result.collisionsUnknown > 0 && world.storage.faults > 0) return;
  const told = new Map(result.collisions.map((each) => [lineOf(each), each]));
  const dropping = !exact && world.spaces.some(({ shape }) => shape.latest);
  const wrong = expected.filter((versions) => {
    const revisions = versions.map(({ revision }) => revision);
    const space = world.spaces.find((each) => each.versions.includes(versions[0]))!;
    const point = versions[0].place.coordinates;
    const found = told.get(`${space.shape.name} ${point.join()}`);
    if (found === undefined) return true;
    const listed = found.revisions.map((each) => each.toString());
    if (space.shape.latest && dropping) return !listed.every((each) => revisions.includes(each));
    return listed.join() !== revisions.join();
  });
  if (wrong.length === 0 && told.size === expected.length) return;
  const found = [...told.values()].map((each) => `${lineOf(each)} @${each.revisions}`);
  const wanted = expected.map((versions) =>
    `${versions[0].place.coordinates} @${versions.map(({ revision }) => revision)}`
  );
  throw new Violation(`session ${session} collides with [${found}], not with [${wanted}]`);
}

function lineOf({ space, point }: Collision): string {
  return `${space} ${point.join()}`;
}
