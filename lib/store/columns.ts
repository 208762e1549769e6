/**
 * Entries of one space as columns, in the order of a run: by key, then point, then the newest first.
 *
 * @module
 */

import { REVISION_WORDS } from "../clock/revision.ts";
import { orderByKey, type TieOrder } from "./key_order.ts";
import type { Coordinates, Shape } from "./shape.ts";

/** Entries of one space as they came, one column a field. */
export interface RawColumns {
  /** How many. */
  readonly count: number;
  /** Points, row after row. */
  readonly coordinates: Coordinates;
  /** Revisions, four words each, that order as revisions do. */
  readonly revisions: Uint32Array;
  /** 1 for a deletion. */
  readonly tombstones: Uint8Array;
  /** Where the MessagePack of each value begins in `values`. */
  readonly starts: Uint32Array;
  /** How many bytes it has; 0 for a deletion. */
  readonly lengths: Uint32Array;
  /** The bytes of the values, in whatever order. */
  readonly values: Uint8Array;
}

/** Entries of one space in the order of a run. */
export interface Columns extends RawColumns {
  /** Hilbert keys, word after word. */
  readonly keys: Uint32Array;
}

/** Yields between steps, so that others may go on; returns what was made. */
export type Steps<T> = Generator<undefined, T, undefined>;

/** The keys of so many coordinates are computed in one step. */
const STEP_COORDINATES = 32 * 1024;

/** Values of so many bytes on average are moved into order: who reads them all waits less for memory. */
const MOVED_VALUE_BYTES = 128;

/** So many of them in one step. */
const STEP_VALUES = 8 * 1024;

/**
 * Does all steps at once.
 *
 * @param steps The steps
 * @returns What they made
 */
export function finish<T>(steps: Steps<T>): T {
  let step = steps.next();
  while (!step.done) step = steps.next();
  return step.value;
}

/**
 * Puts entries in the order of a run. What is there twice (one address, one revision) is taken once.
 *
 * @param shape The form of the columns
 * @param raw The entries; columns may be longer than their count asks for
 */
export function* sortColumns(shape: Shape, raw: RawColumns): Steps<Columns> {
  const keys = new Uint32Array(raw.count * shape.words);
  const step = Math.ceil(STEP_COORDINATES / shape.dims);
  for (let from = 0; from < raw.count; from += step) {
    const count = Math.min(step, raw.count - from);
    const part = raw.coordinates.subarray(from * shape.dims, (from + count) * shape.dims);
    keys.set(shape.keysOf(part, count), from * shape.words);
    yield;
  }
  return yield* inOrder(shape, raw, keys);
}

/**
 * Puts the entries of several columns into one, in the order of a run.
 *
 * @param shape The form of the columns
 * @param parts The columns; their values together are below 4 GiB
 */
export function mergeColumns(shape: Shape, parts: readonly Columns[]): Columns {
  const sum = (of: (part: Columns) => number): number =>
    parts.reduce((total, part) => total + of(part), 0);
  const count = sum((part) => part.count);
  const merged = {
    count,
    coordinates: shape.newCoordinates(count),
    revisions: new Uint32Array(count * REVISION_WORDS),
    tombstones: new Uint8Array(count),
    starts: new Uint32Array(count),
    lengths: new Uint32Array(count),
    values: new Uint8Array(sum((part) => part.values.length)),
  };
  const keys = new Uint32Array(count * shape.words);
  let at = 0;
  let valuesAt = 0;
  for (const part of parts) {
    merged.coordinates.set(part.coordinates, at * shape.dims);
    keys.set(part.keys, at * shape.words);
    merged.revisions.set(part.revisions, at * REVISION_WORDS);
    merged.tombstones.set(part.tombstones, at);
    merged.lengths.set(part.lengths, at);
    for (let i = 0; i < part.count; i++) merged.starts[at + i] = part.starts[i] + valuesAt;
    merged.values.set(part.values, valuesAt);
    at += part.count;
    valuesAt += part.values.length;
  }
  return finish(inOrder(shape, merged, keys));
}

/**
 * Words as signed ones, over the same bytes.
 *
 * @param words The words
 */
export function signed(words: Uint32Array): Int32Array {
  return new Int32Array(words.buffer, words.byteOffset, words.length);
}

/**
 * Orders two revisions.
 *
 * @param a Four words each
 * @param i A place in `a`
 * @param b Four words each
 * @param j A place in `b`
 */
export function compareRevisions(a: Uint32Array, i: number, b: Uint32Array, j: number): number {
  for (let word = 0; word < REVISION_WORDS; word++) {
    const difference = a[i * REVISION_WORDS + word] - b[j * REVISION_WORDS + word];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Each step is a function of its own: engines do not make code of generators as fast. */
function* inOrder(shape: Shape, raw: RawColumns, keys: Uint32Array): Steps<Columns> {
  const order = orderByKey(keys, shape.words, raw.count, tieOrder(shape, raw));
  yield;
  const places = withoutTwins(shape, raw, keys, order);
  yield;
  return yield* pick(shape, raw, keys, places);
}

/** By point, then the newest first. */
function tieOrder({ dims }: Shape, { coordinates, revisions }: RawColumns): TieOrder {
  return (a, b) => {
    for (let axis = 0; axis < dims; axis++) {
      const difference = coordinates[a * dims + axis] - coordinates[b * dims + axis];
      if (difference !== 0) return difference;
    }
    return compareRevisions(revisions, b, revisions, a);
  };
}

/** What is there twice is taken once. */
function withoutTwins(
  shape: Shape,
  raw: RawColumns,
  keys: Uint32Array,
  order: Uint32Array,
): Uint32Array {
  const { words } = shape;
  const compare = tieOrder(shape, raw);
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const place = order[i];
    const last = count === 0 ? place : order[count - 1];
    const twice = count > 0 && keys[last * words] === keys[place * words] &&
      compare(last, place) === 0;
    if (!twice) order[count++] = place;
  }
  return order.subarray(0, count);
}

/** Large values stay where they are: only where they begin goes along. */
function* pick(
  shape: Shape,
  raw: RawColumns,
  keys: Uint32Array,
  order: Uint32Array,
): Steps<Columns> {
  const count = order.length;
  const picked = {
    count,
    coordinates: shape.newCoordinates(count),
    keys: new Uint32Array(count * shape.words),
    revisions: new Uint32Array(count * REVISION_WORDS),
    tombstones: new Uint8Array(count),
    starts: new Uint32Array(count),
    lengths: new Uint32Array(count),
  };
  pickRows(picked.coordinates, raw.coordinates, shape.dims, order);
  yield;
  pickWords(picked.revisions, raw.revisions, REVISION_WORDS, order);
  yield;
  pickWords(picked.keys, keys, shape.words, order);
  pickWords(picked.starts, raw.starts, 1, order);
  pickWords(picked.lengths, raw.lengths, 1, order);
  pickBytes(picked.tombstones, raw.tombstones, order);
  if (raw.values.length > MOVED_VALUE_BYTES * count) return { ...picked, values: raw.values };
  yield;
  return { ...picked, values: yield* movedValues(picked, raw.values) };
}

/** The values one behind the other, in the order of their entries, which then begin there. */
function* movedValues(
  { starts, lengths }: Pick<Columns, "starts" | "lengths">,
  values: Uint8Array,
): Steps<Uint8Array> {
  const moved = new Uint8Array(values.length);
  let end = 0;
  for (let from = 0; from < starts.length; from += STEP_VALUES) {
    const to = Math.min(starts.length, from + STEP_VALUES);
    end = moveValues(moved, end, values, starts.subarray(from, to), lengths.subarray(from, to));
    yield;
  }
  return end === moved.length ? moved : moved.slice(0, end); // What was there twice is not.
}

/** Some of them, from a place on: where they end. */
function moveValues(
  moved: Uint8Array,
  to: number,
  values: Uint8Array,
  starts: Uint32Array,
  lengths: Uint32Array,
): number {
  for (let i = 0; i < starts.length; i++) {
    const from = starts[i];
    const end = from + lengths[i];
    starts[i] = to;
    if (end - from > MOVED_VALUE_BYTES) {
      moved.set(values.subarray(from, end), to);
      to += end - from;
    } else for (let at = from; at < end; at++) moved[to++] = values[at];
  }
  return to;
}

/** Rows of coordinates, in another order. */
function pickRows(
  into: Coordinates,
  from: Coordinates,
  width: number,
  order: Uint32Array,
): void {
  if (from instanceof Uint32Array) return pickWords(into as Uint32Array, from, width, order);
  let at = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i] * width;
    for (let column = 0; column < width; column++) into[at++] = from[row + column];
  }
}

/** The same for words: as signed ones, which engines move without making numbers of them. */
function pickWords(
  into: Uint32Array,
  from: Uint32Array,
  width: number,
  order: Uint32Array,
): void {
  const to = signed(into);
  const words = signed(from);
  let at = 0;
  for (let i = 0; i < order.length; i++) {
    const row = order[i] * width;
    for (let column = 0; column < width; column++) to[at++] = words[row + column];
  }
}

function pickBytes(into: Uint8Array, from: Uint8Array, order: Uint32Array): void {
  for (let i = 0; i < order.length; i++) into[i] = from[order[i]];
}
