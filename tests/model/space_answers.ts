/**
 * Compares answers of a reader with what its model says.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type { Box, ReadOptions, RecordColumns, SpaceReader, SpatialRecord } from "../../mod.ts";
import { type Tally, Violation } from "./history.ts";
import { type SpaceModel, type Terms, valueOf, type Version } from "./space_model.ts";
import type { Place } from "./space_shape.ts";
import type { Past } from "./space_world.ts";

/** A reader, its model, and up to where it sees. */
export interface Seen {
  reader: SpaceReader;
  model: SpaceModel;
  through: number;
  past: Past;
  tally: Tally;
}

/** How it is asked, and the ceiling of that in hex. */
export interface Asked {
  options: ReadOptions;
  ceiling: string | undefined;
}

const DATA_CHECKED_MAX = 40;

/** What is written at a point. */
export function checkGet(seen: Seen, place: Place, asked: Asked): void {
  const { options } = asked;
  const what = `get of ${nameOf(seen)} ${place.coordinates} ${told(asked)}`;
  const answer = answered(seen, asked, () => [seen.reader.get(place.coordinates, options)]);
  if (answer === undefined) return;
  const found = answer.filter((record) => record !== undefined);
  const terms = termsOf(seen, asked, undefined);
  const expected = seen.model.newest(terms).filter((version) => version.place === place);
  checkList(seen, what, found, expected, Infinity);
}

/** What is written in a box, and how much. */
export function checkBox(seen: Seen, box: Box | undefined, asked: Asked): void {
  const { reader, model, tally } = seen;
  const { options, ceiling } = asked;
  const what = `${nameOf(seen)} in ${JSON.stringify(box)} ${told(asked)}`;
  const found = answered(seen, asked, () => reader.query(box, options).toArray());
  const count = answered(seen, asked, () => reader.count(box, options));
  const columns = answered(seen, asked, () => reader.columns(box, options));
  const answers = [found, count, columns].filter((each) => each !== undefined).length;
  const whole = answers % 3 === 0 || options.limit === 0; // Nothing is right, of any past.
  if (!whole) throw new Violation(`${what}: only ${answers} of 3 are answered`);
  if (found === undefined || columns === undefined) return;
  const expected = model.newest(termsOf(seen, asked, box));
  const { limit = Infinity } = options;
  checkList(seen, `query of ${what}`, found, expected, limit);
  checkColumns(seen, `columns of ${what}`, columns, expected, limit);
  if (count !== found.length) {
    throw new Violation(`count of ${what} is ${count}, and query gave ${found.length}`);
  }
  tally["records compared"] = (tally["records compared"] ?? 0) + found.length;
  if (ceiling !== undefined) {
    tally["questions of the past"] = (tally["questions of the past"] ?? 0) + 1;
  }
}

/** The nearest of a point. */
export function checkNearest(
  seen: Seen,
  target: readonly number[],
  count: number,
  asked: Asked,
): void {
  const what = `the ${count} nearest of ${target} in ${nameOf(seen)} ${told(asked)}`;
  const { reader, model } = seen;
  const found = answered(seen, asked, () => reader.nearest(target, count, asked.options));
  if (found === undefined) return;
  const terms = { ...termsOf(seen, asked, undefined), tombstones: false };
  checkExactly(what, found, model.nearest(target, count, terms));
}

/** Everything that was ever written at a point. */
export function checkHistory(seen: Seen, place: Place): void {
  const { reader, model, through } = seen;
  const what = `history of ${nameOf(seen)} ${place.coordinates}`;
  const found = reader.history(place.coordinates).toArray();
  let expected = model.history(place, through);
  if (model.shape.latest && seen.past.merged && found.length < expected.length) {
    const gone = found.length === 0;
    if (gone && expected.length > 0 && !mayBeGone(seen, expected[0])) {
      throw new Violation(`${what} is empty, and ${lineOf(expected[0])} is not gone`);
    }
    // A part of it, and with it the newest: what was deleted never comes back.
    expected = gone
      ? []
      : expected.filter(({ revision }, index) =>
        index === 0 || found.some((record) => record.revision.toString() === revision)
      );
  }
  checkExactly(what, found, expected);
}

/** Records that have to be these. */
export function checkExactly(
  what: string,
  found: readonly SpatialRecord[],
  expected: readonly Version[],
): void {
  const same = found.length === expected.length &&
    expected.every((version, i) => isVersion(found[i], version));
  if (!same) throw differs(what, found, expected);
}

/** A deletion may be missing where only the latest is kept. */
function checkList(
  seen: Seen,
  what: string,
  found: readonly SpatialRecord[],
  expected: readonly Version[],
  limit: number,
): void {
  let at = 0;
  for (const version of expected) {
    if (at === found.length) {
      if (at < limit && !mayBeGone(seen, version)) throw differs(what, found, expected);
    } else if (isVersion(found[at], version)) at++;
    else if (!mayBeGone(seen, version)) throw differs(what, found, expected);
  }
  if (at < found.length || at > limit) throw differs(what, found, expected);
}

function checkColumns(
  seen: Seen,
  what: string,
  columns: RecordColumns,
  expected: readonly Version[],
  limit: number,
): void {
  const { shape } = seen.model;
  const kind = shape.axes.length === 0 ? Uint32Array : Float64Array;
  const { length, dims, coordinates, revisions } = columns;
  const formed = dims === shape.dims && coordinates instanceof kind &&
    coordinates.length === length * dims && revisions.length === length * 4;
  if (!formed) throw new Violation(`${what}: ${length} of ${dims} dims are no columns`);
  checkList(seen, what, recordsOf(columns), expected, limit);
  if (columns.data(length) !== undefined || columns.data(-1) !== undefined) {
    throw new Violation(`${what} has data beyond its end`);
  }
}

/** Columns as records: the data of some of them, that of the others is not asked for. */
export function recordsOf(columns: RecordColumns): SpatialRecord[] {
  const { length, dims, coordinates, revisions } = columns;
  const every = Math.ceil(length / DATA_CHECKED_MAX);
  return Array.from({ length }, (_, i) => {
    const point = [...coordinates.subarray(i * dims, (i + 1) * dims)];
    const words = [...revisions.subarray(i * 4, (i + 1) * 4)];
    const hex = words.map((word) => word.toString(16).padStart(8, "0")).join("");
    const revision = { toString: () => hex } as SpatialRecord["revision"];
    const data = i % every === 0 ? columns.data(i) : UNASKED;
    return { point, revision, data, deleted: data === undefined };
  });
}

const UNASKED = Symbol();

/** Whether a version, a deletion that is settled, may be gone. */
function mayBeGone({ model, past }: Seen, { value, revision }: Version): boolean {
  return model.shape.latest && past.merged && value === undefined && revision <= past.settled;
}

/** Asks; undefined where the past may be, and is, dropped. */
function answered<T>(seen: Seen, { ceiling }: Asked, ask: () => T): T | undefined {
  try {
    return ask();
  } catch (error) {
    if ((error as { code?: unknown })?.code !== "past-dropped") throw error;
    const { model, past, through, tally } = seen;
    const mayBe = model.shape.latest && past.merged && ceiling !== undefined &&
      ceiling < model.supersededBelow(through);
    if (!mayBe) throw new Violation("nothing of that past can be dropped", { cause: error });
    tally["past dropped"] = (tally["past dropped"] ?? 0) + 1;
    return undefined;
  }
}

function termsOf({ through }: Seen, { options, ceiling }: Asked, box: Box | undefined): Terms {
  const { tombstones = false } = options;
  return { through, tombstones, ...ceiling === undefined ? {} : { ceiling }, ...box && { box } };
}

function isVersion(record: SpatialRecord, { place, revision, value }: Version): boolean {
  if (record.revision.toString() !== revision) return false;
  const { coordinates } = place;
  if (record.point.length !== coordinates.length) return false;
  if (!coordinates.every((each, axis) => Object.is(each, record.point[axis]))) return false;
  if (record.data === UNASKED) return true;
  if (record.deleted !== (value === undefined)) return false;
  if (record.data === value) return true; // Most values are numbers.
  return value !== undefined && isDeepStrictEqual(record.data, valueOf(value));
}

function differs(
  what: string,
  found: readonly SpatialRecord[],
  expected: readonly Version[],
): Violation {
  const lines = found.map(({ point, revision, data, deleted }) =>
    `${point}@${revision}=${deleted ? "deleted" : String(data)}`
  );
  return new Violation(`${what} is [${lines}], not [${expected.map(lineOf)}]`);
}

function lineOf({ place, revision, value }: Version): string {
  return `${place.coordinates}@${revision}=${value ?? "deleted"}`;
}

function nameOf({ model, through, past }: Seen): string {
  return `${model.shape.name} through ${through}${past.merged ? ", merged" : ""}`;
}

function told({ options, ceiling }: Asked): string {
  const { limit, tombstones } = options;
  return JSON.stringify({ limit: String(limit), tombstones, ceiling });
}
