/**
 * A frame: the unit that a checksum covers.
 *
 * | offset | bytes | field    | meaning                                                  |
 * | ------ | ----- | -------- | -------------------------------------------------------- |
 * | 0      | 8     | length   | u64 LE, n: bytes of payload; 0 ends the log              |
 * | 8      | n     | payload  | a MessagePack array whose first element is the frame kind |
 * | 8 + n  | 32    | checksum | BLAKE3-256 of the payload                                |
 *
 * Valid if and only if 0 < n, the whole frame lies inside the file and is at most 64 MiB, and the
 * checksum verifies. A length of 0 ends the log because preallocated space reads as zeros. The
 * length is checked against the bytes that are there before anything is allocated for it.
 *
 * Kinds: 1 data, 2 verdict, 3 seal. Kind 0 is never valid. A frame whose checksum verifies but whose
 * kind is not known was written by a newer version, never by a crash: tearing cannot forge a checksum.
 *
 * ```hex
 * 0300000000000000 | length 3
 * 920190           | payload: [1, []], a data frame without entries
 * 001a71110118961d057ebe96e71e996f0ccf168e1fd2e175af4c6a3b6ccd7ab0 | checksum
 * ```
 *
 * @module
 */

import { checksum, CHECKSUM_BYTES } from "../bytes/checksum.ts";
import type { PackWriter } from "../bytes/codec.ts";
import { FRAME_BYTES_MAX } from "../limits.ts";

/** Bytes of the length field: the offset of the payload. */
export const FRAME_LENGTH_BYTES = 8;

/** Bytes of a frame beside its payload. */
export const FRAME_OVERHEAD_BYTES: number = FRAME_LENGTH_BYTES + CHECKSUM_BYTES;

/** The largest payload. */
export const PAYLOAD_BYTES_MAX: number = FRAME_BYTES_MAX - FRAME_OVERHEAD_BYTES;

/** A frame of entries. */
export const KIND_DATA = 1;
/** A frame that commits or abandons an intent. */
export const KIND_VERDICT = 2;
/** A frame that ends a group. */
export const KIND_SEAL = 3;

/**
 * Begins a frame at the end of a buffer; the payload is put next.
 *
 * @param out The buffer
 * @returns Where the frame begins, for `endFrame`
 */
export function beginFrame(out: PackWriter): number {
  out.reserve(FRAME_LENGTH_BYTES);
  const start = out.length;
  out.length += FRAME_LENGTH_BYTES;
  return start;
}

/**
 * Ends a frame: fills in its length and appends the checksum of its payload.
 *
 * @param out The buffer
 * @param start What `beginFrame` returned
 * @returns The checksum
 */
export function endFrame(out: PackWriter, start: number): Uint8Array {
  const payloadStart = start + FRAME_LENGTH_BYTES;
  let length = out.length - payloadStart;
  for (let i = start; i < payloadStart; i++) {
    out.bytes[i] = length & 0xff;
    length >>>= 8; // A payload is shorter than 2^32.
  }
  const sum = checksum(out.bytes.subarray(payloadStart, out.length));
  out.reserve(CHECKSUM_BYTES);
  out.bytes.set(sum, out.length);
  out.length += CHECKSUM_BYTES;
  return sum;
}

/**
 * Reads a length field.
 *
 * @param bytes Where from
 * @param at Its first byte
 * @returns The length; not exact above 2^53, where it is beyond any file anyway
 */
export function readFrameLength(bytes: Uint8Array, at: number): number {
  let length = 0;
  for (let i = FRAME_LENGTH_BYTES - 1; i >= 0; i--) length = length * 256 + bytes[at + i];
  return length;
}
