/**
 * Entries of one space as columns: what a run is made of.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import type { Coordinates, Shape } from "./shape.ts";
import type { StoredEntry } from "./stored_entry.ts";
import { orderByKey } from "./key_order.ts";

/** Words of a revision. */
export const REVISION_WORDS = 4;

/** Entries of one space, one column a field. */
export interface Columns {
  /** How many. */
  count: number;
  /** Points, row after row. */
  coordinates: Coordinates;
  /** Hilbert keys, word after word. */
  keys: Uint32Array;
  /** Revisions, four words each, that order as revisions do. */
  revisions: Uint32Array;
  /** 1 for a deletion. */
  tombstones: Uint8Array;
  /** The MessagePack of each value; empty for a deletion. */
  values: Uint8Array[];
}

const NO_VALUE = new Uint8Array(0);

/**
 * Puts entries into columns, in the order of a run: by key, then point, then the newest first. What is
 * there twice (one address, one revision) is taken once.
 *
 * @param shape The form of the space's columns
 * @param lists The entries
 */
export function columnsOf(shape: Shape, lists: readonly (readonly StoredEntry[])[]): Columns {
  const count = lists.reduce((sum, list) => sum + list.length, 0);
  const columns = newColumns(shape, count);
  const { dims } = shape;
  let at = 0;
  for (const list of lists) {
    for (const entry of list) {
      const { point } = entry.address;
      for (let axis = 0; axis < dims; axis++) columns.coordinates[at * dims + axis] = point[axis];
      putRevision(columns.revisions, at, entry.revision);
      if (entry.kind === "tombstone") columns.tombstones[at] = 1;
      else columns.values[at] = entry.data;
      at++;
    }
  }
  columns.keys = shape.keysOf(columns.coordinates, count);
  return inOrder(shape, columns);
}

/**
 * Puts the entries of several columns into one, in the order of a run.
 *
 * @param shape The form of the space's columns
 * @param parts The columns
 */
export function mergeColumns(shape: Shape, parts: readonly Columns[]): Columns {
  const count = parts.reduce((sum, part) => sum + part.count, 0);
  const merged = newColumns(shape, count);
  let at = 0;
  for (const part of parts) {
    merged.coordinates.set(part.coordinates, at * shape.dims);
    merged.keys.set(part.keys, at * shape.words);
    merged.revisions.set(part.revisions, at * REVISION_WORDS);
    merged.tombstones.set(part.tombstones, at);
    for (let i = 0; i < part.count; i++) merged.values[at + i] = part.values[i];
    at += part.count;
  }
  return inOrder(shape, merged);
}

/**
 * The revision at a place.
 *
 * @param revisions Four words each
 * @param at The place
 */
export function revisionAt(revisions: Uint32Array, at: number): Revision {
  const word = at * REVISION_WORDS;
  const middle = revisions[word + 1];
  return new Revision(
    revisions[word] * 0x1_0000 + (middle >>> 16),
    middle & 0xffff,
    revisions[word + 2],
    revisions[word + 3],
  );
}

/**
 * Puts a revision at a place.
 *
 * @param revisions Four words each
 * @param at The place
 * @param revision The revision
 */
export function putRevision(revisions: Uint32Array, at: number, revision: Revision): void {
  const { physicalMs, logical, session, sequence } = revision;
  const high = Math.floor(physicalMs / 0x1_0000);
  const word = at * REVISION_WORDS;
  revisions[word] = high;
  revisions[word + 1] = (physicalMs - high * 0x1_0000) * 0x1_0000 + logical;
  revisions[word + 2] = session;
  revisions[word + 3] = sequence;
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

function newColumns(shape: Shape, count: number): Columns {
  return {
    count,
    coordinates: shape.newCoordinates(count),
    keys: new Uint32Array(count * shape.words),
    revisions: new Uint32Array(count * REVISION_WORDS),
    tombstones: new Uint8Array(count),
    values: new Array<Uint8Array>(count).fill(NO_VALUE),
  };
}

function inOrder(shape: Shape, columns: Columns): Columns {
  const { dims, words } = shape;
  const { coordinates, keys, revisions } = columns;
  const comparePoints = (a: number, b: number): number => {
    for (let axis = 0; axis < dims; axis++) {
      const difference = coordinates[a * dims + axis] - coordinates[b * dims + axis];
      if (difference !== 0) return difference;
    }
    return 0;
  };
  const order = orderByKey(
    keys,
    words,
    columns.count,
    (a, b) => comparePoints(a, b) || compareRevisions(revisions, b, revisions, a),
  );
  let count = 0;
  for (let i = 0; i < order.length; i++) {
    const place = order[i];
    const last = order[count - 1];
    const twice = count > 0 && compareRevisions(revisions, last, revisions, place) === 0 &&
      comparePoints(last, place) === 0;
    if (!twice) order[count++] = place;
  }
  return pick(shape, columns, order.subarray(0, count));
}

function pick(shape: Shape, columns: Columns, order: Uint32Array): Columns {
  const { dims, words } = shape;
  const count = order.length;
  const picked = newColumns(shape, count);
  for (let i = 0; i < count; i++) {
    const from = order[i];
    for (let axis = 0; axis < dims; axis++) {
      picked.coordinates[i * dims + axis] = columns.coordinates[from * dims + axis];
    }
    for (let word = 0; word < words; word++) {
      picked.keys[i * words + word] = columns.keys[from * words + word];
    }
    for (let word = 0; word < REVISION_WORDS; word++) {
      picked.revisions[i * REVISION_WORDS + word] = columns.revisions[from * REVISION_WORDS + word];
    }
    picked.tombstones[i] = columns.tombstones[from];
    picked.values[i] = columns.values[from];
  }
  return picked;
}
