/**
 * The columns of a page, side by side in one buffer, so that typed arrays lie over it:
 *
 * | bytes         | column      | form                                                                    |
 * | ------------- | ----------- | ----------------------------------------------------------------------- |
 * | n * dims * c  | coordinates | row after row; c = 4: u32, or 8: float64                                |
 * | n * words * 4 | keys        | u32, the most significant word first                                    |
 * | n * 16        | revisions   | four u32: milliseconds high, low 16 bits and logical, session, sequence |
 * | n * 4         | lengths     | u32, bytes of each value                                                |
 * | n             | tombstones  | 1 for a deletion, else 0                                                |
 *
 * All numbers are little-endian, and each column begins at a multiple of 8 bytes (zeros fill the gaps).
 * Run files of version 1 have pages in this form, as well.
 *
 * @module
 */

import { REVISION_WORDS } from "../clock/revision.ts";
import { invariant } from "../invariant.ts";
import { signed } from "./columns.ts";
import type { Page } from "./run.ts";
import type { Shape } from "./shape.ts";

invariant(
  new Uint8Array(new Uint32Array([1]).buffer)[0] === 1,
  "run files are little-endian, as every platform we run on is",
);

/** Where the columns of a page begin, and where they end. */
interface Layout {
  keys: number;
  revisions: number;
  lengths: number;
  tombstones: number;
  end: number;
}

/**
 * Bytes of the columns of a page.
 *
 * @param shape Their form
 * @param count How many entries
 */
export function columnsBytes(shape: Shape, count: number): number {
  return layoutOf(shape, count).end;
}

/**
 * A page with room for its entries.
 *
 * @param shape The form of the columns
 * @param base The place of the first entry in its run
 * @param count How many entries
 */
export function newPage(shape: Shape, base: number, count: number): Page {
  return pageOver(shape, new ArrayBuffer(columnsBytes(shape, count)), base, count);
}

/**
 * Lays the columns of a page over a buffer.
 *
 * @param shape The form of the columns
 * @param buffer They are at its beginning
 * @param base The place of the first entry in its run
 * @param count How many entries
 */
export function pageOver(shape: Shape, buffer: ArrayBuffer, base: number, count: number): Page {
  const layout = layoutOf(shape, count);
  const keys = new Uint32Array(buffer, layout.keys, count * shape.words);
  const revisions = new Uint32Array(buffer, layout.revisions, count * REVISION_WORDS);
  return {
    base,
    count,
    coordinates: shape.coordinatesOver(buffer, 0, count),
    keys,
    revisions,
    keyBits: signed(keys),
    revisionBits: signed(revisions),
    lengths: new Uint32Array(buffer, layout.lengths, count),
    tombstones: new Uint8Array(buffer, layout.tombstones, count),
    blocks: undefined,
  };
}

/**
 * The first entries of a page, as a page of their own.
 *
 * @param shape The form of the columns
 * @param from The page; it has its buffer for itself
 * @param base The place of the first entry in its run
 * @param count How many
 */
export function copiedPage(shape: Shape, from: Page, base: number, count: number): Page {
  if (count === from.count) {
    return pageOver(shape, from.coordinates.buffer.slice(0) as ArrayBuffer, base, count);
  }
  const { dims, words } = shape;
  const page = newPage(shape, base, count);
  page.coordinates.set(from.coordinates.subarray(0, count * dims));
  page.keys.set(from.keys.subarray(0, count * words));
  page.revisions.set(from.revisions.subarray(0, count * REVISION_WORDS));
  page.lengths.set(from.lengths.subarray(0, count));
  page.tombstones.set(from.tombstones.subarray(0, count));
  return page;
}

function layoutOf(shape: Shape, count: number): Layout {
  const keys = aligned(count * shape.dims * shape.coordinateBytes);
  const revisions = keys + aligned(count * shape.words * 4);
  const lengths = revisions + aligned(count * REVISION_WORDS * 4);
  const tombstones = lengths + aligned(count * 4);
  return { keys, revisions, lengths, tombstones, end: tombstones + aligned(count) };
}

/**
 * The next multiple of 8: where the next column may begin.
 *
 * @param bytes Where the one before it ends
 */
export function aligned(bytes: number): number {
  return Math.ceil(bytes / 8) * 8;
}
