/**
 * A page of a run file: up to 256 entries as columns, and the block of their values behind it. Counting
 * and searching never read values. A page ends early where its values would pass 64 KiB, so that who
 * asks for one record never reads much more than it.
 *
 * | page: bytes  | column      | form                                                            |
 * | ------------ | ----------- | --------------------------------------------------------------- |
 * | n * dims * c | coordinates | row after row; c = 4: u32, or 8: float64                        |
 * | n * words * 4 | keys       | u32, the most significant word first                            |
 * | n * 16       | revisions   | four u32: milliseconds high, low 16 bits and logical, session, sequence |
 * | n * 4        | lengths     | u32, bytes of each value                                        |
 * | n            | tombstones  | 1 for a deletion, else 0                                        |
 * | 32           | checksum    | BLAKE3 of u64 run, u64 twice the page's number, and the columns |
 *
 * All numbers are little-endian, and each column begins at a multiple of 8 bytes (zeros fill the gaps),
 * so that typed arrays lie over the bytes as they were read.
 *
 * | values: bytes | field    | meaning                                                               |
 * | ------------- | -------- | --------------------------------------------------------------------- |
 * |               | values   | the MessagePack of each, one after the other, then zeros up to a multiple of 8 |
 * | 32            | checksum | BLAKE3 of u64 run, u64 twice the page's number and one, and the values |
 *
 * Run and number are in the checksum, so a page can neither come from another file nor from another place.
 *
 * @module
 */

import { CHECKSUM_BYTES, checksumOf, equalBytes, GradualChecksum } from "../bytes/checksum.ts";
import { REVISION_WORDS } from "../clock/revision.ts";
import { invariant } from "../invariant.ts";
import { signed } from "./columns.ts";
import type { Page, Values } from "./run.ts";
import type { Shape } from "./shape.ts";

/** Entries of a full page. */
export const PAGE_ENTRIES = 256;

/** Bytes of values that end a page; one value alone may have more. */
export const PAGE_VALUE_BYTES: number = 64 * 1024;

/** A larger value is hashed and written in pieces of so many bytes. */
const PIECE_BYTES = 256 * 1024;

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
 * Bytes of a page, its checksum included.
 *
 * @param shape The form of its columns
 * @param count How many entries
 */
export function pageBytes(shape: Shape, count: number): number {
  return layoutOf(shape, count).end + CHECKSUM_BYTES;
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
 * Lays columns over the bytes of a page.
 *
 * @param shape The form of the columns
 * @param buffer Where the page is
 * @param offset Where it begins there; a multiple of 8
 * @param base The place of the first entry in its run
 * @param count How many entries
 */
export function pageOver(
  shape: Shape,
  buffer: ArrayBuffer,
  offset: number,
  base: number,
  count: number,
): Page {
  const layout = layoutOf(shape, count);
  const keys = new Uint32Array(buffer, offset + layout.keys, count * shape.words);
  const revisions = new Uint32Array(buffer, offset + layout.revisions, count * REVISION_WORDS);
  return {
    base,
    count,
    coordinates: shape.coordinatesOver(buffer, offset, count),
    keys,
    revisions,
    keyBits: signed(keys),
    revisionBits: signed(revisions),
    lengths: new Uint32Array(buffer, offset + layout.lengths, count),
    tombstones: new Uint8Array(buffer, offset + layout.tombstones, count),
    blocks: undefined,
  };
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
