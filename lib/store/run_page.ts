/**
 * A page of a run file: up to 256 entries as columns, and the block of their values behind it. Counting
 * and searching never read values. A page ends early where its values would pass 64 KiB, so that who
 * asks for one record never reads much more than it.
 *
 * | page: bytes | column      | form                                                                      |
 * | ----------- | ----------- | ------------------------------------------------------------------------- |
 * |             | coordinates | one column an axis (u32), or two (float64: its low word, its high word)   |
 * |             | keys        | one column a word, the most significant first                             |
 * |             | revisions   | four: milliseconds high, low 16 bits and logical, session, sequence       |
 * |             | values      | bytes of each value, and one more; 0 for a deletion                       |
 * | 32          | checksum    | BLAKE3 of u64 run, u64 twice the page's number, and all before it         |
 *
 * Each column is one of words, as planes of bytes (`byte_planes.ts`): a page of points takes half of what
 * its columns take in memory (`page_columns.ts`). The design wanted columns onto which typed arrays map as
 * they lie in the file; but every byte is hashed when it is written and when it is read, and that costs
 * more than to put it in its place. Those are the pages of version 2; in version 1 they are as in memory,
 * with the checksum behind them.
 *
 * | values: bytes | field    | meaning                                                                        |
 * | ------------- | -------- | ------------------------------------------------------------------------------ |
 * |               | values   | the MessagePack of each, one after the other, then zeros up to a multiple of 8 |
 * | 32            | checksum | BLAKE3 of u64 run, u64 twice the page's number and one, and the values         |
 *
 * Run and number are in the checksum, so a page can neither come from another file nor from another place.
 *
 * @module
 */

import { CHECKSUM_BYTES, checksumOf, equalBytes, GradualChecksum } from "../bytes/checksum.ts";
import { REVISION_WORDS } from "../clock/revision.ts";
import { invariant } from "../invariant.ts";
import { planesBytesMax, putPlanes, takePlanes } from "./byte_planes.ts";
import { aligned, columnsBytes, newPage, pageOver } from "./page_columns.ts";
import type { Page, Values } from "./run.ts";
import type { Shape } from "./shape.ts";

/** Entries of a full page. */
export const PAGE_ENTRIES = 256;

/** Bytes of values that end a page; one value alone may have more. */
export const PAGE_VALUE_BYTES: number = 64 * 1024;

/** The versions of run files whose pages are read; the last is written. */
export const PAGE_VERSIONS = { asInMemory: 1, planes: 2 } as const;

/** A larger value is hashed and written in pieces of so many bytes. */
const PIECE_BYTES = 256 * 1024;

/** What a page tells of its values, and of deletions: a word for each entry. */
const SIZES = new Int32Array(PAGE_ENTRIES);

/**
 * The most bytes of a page, its checksum included.
 *
 * @param shape The form of its columns
 * @param count How many entries
 */
export function pageBytesMax(shape: Shape, count: number): number {
  const columns = coordinateWords(shape) + shape.words + REVISION_WORDS + 1; // See `wordsOf`.
  return columns * planesBytesMax(count) + CHECKSUM_BYTES;
}

/**
 * Bytes of a block of values, its checksum included.
 *
 * @param bytes Bytes of the values
 */
export function valueBlockBytes(bytes: number): number {
  return aligned(bytes) + CHECKSUM_BYTES;
}

/**
 * Puts a page, and its checksum.
 *
 * @param out Has room for it
 * @param at Where it begins there
 * @param shape The form of its columns
 * @param page Its entries
 * @param count How many of them
 * @param run The id of the run
 * @param part Twice the number of the page
 * @returns Where it ends
 */
export function putPage(
  out: Uint8Array,
  at: number,
  shape: Shape,
  page: Page,
  count: number,
  run: number,
  part: number,
): number {
  const { lengths, tombstones } = page;
  let ofDeletions = 0;
  for (let i = 0; i < count; i++) {
    SIZES[i] = tombstones[i] === 1 ? 0 : lengths[i] + 1;
    ofDeletions |= tombstones[i] * lengths[i];
  }
  invariant(ofDeletions === 0, "a deletion has no value");
  const start = at;
  for (const { words, width } of wordsOf(shape, page)) {
    for (let column = 0; column < width; column++) {
      at = putPlanes(out, at, words, column, width, count);
    }
  }
  const end = at + CHECKSUM_BYTES;
  sealPart(out.subarray(start, end), run, part);
  return end;
}

/**
 * Takes a page whose checksum verifies.
 *
 * @param version Of the file
 * @param bytes All of it; of version 1 they are the page's from now on
 * @param shape The form of its columns
 * @param base The place of the first entry in its run
 * @param count How many entries
 * @returns The page; undefined if it does not have the length that its columns ask for
 */
export function takePage(
  version: number,
  bytes: Uint8Array,
  shape: Shape,
  base: number,
  count: number,
): Page | undefined {
  const end = bytes.length - CHECKSUM_BYTES;
  if (version === PAGE_VERSIONS.asInMemory) {
    if (end !== columnsBytes(shape, count)) return undefined;
    return pageOver(shape, bytes.buffer as ArrayBuffer, base, count);
  }
  const page = newPage(shape, base, count);
  const { lengths, tombstones } = page;
  let at = 0;
  for (const { words, width } of wordsOf(shape, page)) {
    for (let column = 0; column < width; column++) {
      at = takePlanes(bytes, at, words, column, width, count);
    }
  }
  for (let i = 0; i < count; i++) {
    if (SIZES[i] === 0) tombstones[i] = 1;
    else lengths[i] = SIZES[i] - 1;
  }
  return at === end ? page : undefined;
}

/**
 * The values of a page.
 *
 * @param page The page
 * @param bytes The block of its values
 */
export function valuesOver({ count, lengths }: Page, bytes: Uint8Array): Values {
  const bounds = new Uint32Array(count + 1);
  for (let i = 0; i < count; i++) bounds[i + 1] = bounds[i] + lengths[i];
  return { bytes, starts: bounds, ends: bounds.subarray(1), marks: undefined };
}

/**
 * Puts the checksum behind what it covers.
 *
 * @param bytes Room for the checksum is at their end
 * @param run The id of the run
 * @param part Twice the number of the page, and one more for its values
 */
export function sealPart(bytes: Uint8Array, run: number, part: number): void {
  const end = bytes.length - CHECKSUM_BYTES;
  bytes.set(checksumOf([placeOf(run, part), bytes.subarray(0, end)]), end);
}

/**
 * A block of one value that is too large to be hashed and written at once, in pieces of its bytes.
 *
 * @param value The value
 * @param run The id of the run
 * @param part Twice the number of the page, and one more
 * @returns Yields all bytes of the block in order, as views of the value where they are of it
 */
export function* largeValueBlock(
  value: Uint8Array,
  run: number,
  part: number,
): Generator<Uint8Array, void> {
  const sum = new GradualChecksum();
  sum.add(placeOf(run, part));
  for (let from = 0; from < value.length; from += PIECE_BYTES) {
    const piece = value.subarray(from, from + PIECE_BYTES);
    sum.add(piece);
    yield piece;
  }
  const gap = aligned(value.length) - value.length;
  const end = new Uint8Array(gap + CHECKSUM_BYTES);
  sum.add(end.subarray(0, gap));
  end.set(sum.end(), gap);
  yield end;
}

/**
 * Whether a checksum is that of what is before it.
 *
 * @param bytes The checksum is at their end
 * @param run The id of the run
 * @param part Twice the number of the page, and one more for its values
 */
export function partVerifies(bytes: Uint8Array, run: number, part: number): boolean {
  const end = bytes.length - CHECKSUM_BYTES;
  return equalBytes(
    checksumOf([placeOf(run, part), bytes.subarray(0, end)]),
    bytes.subarray(end),
  );
}

const PLACE = new Uint8Array(16);
const PLACE_VIEW = new DataView(PLACE.buffer);

function placeOf(run: number, part: number): Uint8Array {
  PLACE_VIEW.setBigUint64(0, BigInt(run), true);
  PLACE_VIEW.setBigUint64(8, BigInt(part), true);
  return PLACE;
}

/** Words of a point. */
function coordinateWords({ dims, coordinateBytes }: Shape): number {
  return dims * coordinateBytes / Int32Array.BYTES_PER_ELEMENT;
}

/** All columns of a page, as rows of words, in the order in which they are in a file. */
function wordsOf(shape: Shape, page: Page): { words: Int32Array; width: number }[] {
  const { buffer, byteOffset, byteLength } = page.coordinates;
  const coordinates = new Int32Array(buffer, byteOffset, byteLength / Int32Array.BYTES_PER_ELEMENT);
  return [
    { words: coordinates, width: coordinateWords(shape) },
    { words: page.keyBits, width: shape.words },
    { words: page.revisionBits, width: REVISION_WORDS },
    { words: SIZES, width: 1 },
  ];
}
