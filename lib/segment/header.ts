/**
 * The first sixteen bytes of a segment file.
 *
 * | offset | bytes | field            | meaning                                                          |
 * | ------ | ----- | ---------------- | ---------------------------------------------------------------- |
 * | 0      | 8     | magic            | `IDB_FST\0` in a fast segment, `IDB_SWAL` in a session log        |
 * | 8      | 8     | committed length | u64 LE, H: every byte before this offset was acknowledged durable |
 *
 * Valid if and only if the magic is the expected one and 16 <= H <= the length of the file.
 *
 * H *lags*: a seal writes its group and, in the same sync, the H that names the boundary before the
 * group. One sync then costs one barrier, and H never vouches for bytes that the same sync may have
 * failed to write. What H does not name yet, the seal frame of the last group proves. A clean close,
 * and every opening to write, brings H up to the end of the last group by a sync of its own.
 *
 * The length is aligned to 8 bytes and never crosses a sector, so it is written whole or not at all.
 *
 * ```hex
 * 4944425f46535400 | magic: a fast segment
 * 1000000000000000 | committed length 16: no group was acknowledged yet
 * ```
 *
 * @module
 */

import { invariant } from "../invariant.ts";

/** Bytes of the header: the offset of the first frame. */
export const HEADER_BYTES = 16;

/** Bytes of the magic, and the offset of the committed length. */
export const MAGIC_BYTES = 8;

/** The magic of `sessions/{id}.fast`. */
export const FAST_MAGIC: Uint8Array = new TextEncoder().encode("IDB_FST\0");

/** The magic of `sessions/{id}.wal`. */
export const LOG_MAGIC: Uint8Array = new TextEncoder().encode("IDB_SWAL");

invariant(FAST_MAGIC.length === MAGIC_BYTES, "a magic is 8 bytes");
invariant(LOG_MAGIC.length === MAGIC_BYTES, "a magic is 8 bytes");
invariant(MAGIC_BYTES + 8 === HEADER_BYTES, "the header is a magic and a u64");

/**
 * A whole header.
 *
 * @param magic Eight bytes
 * @param committedBytes H
 */
export function encodeHeader(magic: Uint8Array, committedBytes: number): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  header.set(magic);
  encodeCommittedLength(committedBytes, header, MAGIC_BYTES);
  return header;
}

/**
 * Writes the eight bytes of the committed length, without a bigint: every seal does.
 *
 * @param committedBytes H
 * @param into Where to
 * @param at The first byte's index
 */
export function encodeCommittedLength(committedBytes: number, into: Uint8Array, at: number): void {
  const high = Math.floor(committedBytes / 2 ** 32);
  const low = committedBytes - high * 2 ** 32;
  for (let i = 0; i < 4; i++) {
    into[at + i] = low >>> (8 * i);
    into[at + 4 + i] = high >>> (8 * i);
  }
}

/**
 * Reads H.
 *
 * @param header Sixteen bytes
 * @returns H; Infinity when it is above 2^53-1, which is beyond any file
 */
export function decodeCommittedLength(header: Uint8Array): number {
  const view = new DataView(header.buffer, header.byteOffset, HEADER_BYTES);
  const length = view.getBigUint64(MAGIC_BYTES, true);
  return length > BigInt(Number.MAX_SAFE_INTEGER) ? Infinity : Number(length);
}
