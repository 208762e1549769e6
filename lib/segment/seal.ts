/**
 * The payload of a seal frame, which ends a group and proves it.
 *
 * | payload                                                    | meaning                               |
 * | ---------------------------------------------------------- | ------------------------------------- |
 * | `[3, group index, group offset, frame count, chain]`       | the frames before this one are a group |
 *
 * The index counts from 0 in each file; the offset is that of the group's first frame; the count
 * leaves the seal out; the chain is bin of 32 bytes:
 *
 *     chain = BLAKE3(previous chain, the 32-byte checksum of each frame of the group, seal left out)
 *
 * and the chain before group 0 is `BLAKE3(magic, u32 LE session id)`.
 *
 * **A group is valid if and only if** its frames are contiguous from the previous boundary, each
 * checksum verifies, and its seal's index, offset, count and chain are the expected ones. The chain
 * binds a group to its file, its session and everything before it: stale bytes of an earlier life of
 * the file, or a group copied from another, never verify.
 *
 * **Order.** The group with its seal, and a header that names the boundary *before* it, are written;
 * then one fdatasync. The device may write them in any order: until all of the group is down its
 * seal or a frame fails to verify, and the group does not exist; the header vouches only for groups
 * whose own sync returned long ago. When the sync has returned, all of it is down, and the group is
 * acknowledged.
 *
 * A whole group at offset 16 of the fast segment of session 7:
 *
 * ```hex
 * 0300000000000000 920190                                          | a data frame: [1, []]
 * 001a71110118961d057ebe96e71e996f0ccf168e1fd2e175af4c6a3b6ccd7ab0 |  its checksum
 * 2700000000000000                                                 | the seal frame, 39 bytes:
 * 95 03 00 10 01 c420                                              |  [3, index 0, offset 16, 1 frame,
 * c95532a92ce756692d582cbbc58ebf23169fa60a7b4f942a501764832e46cb48 |   chain]
 * c21e82b8b608f305336dc0b23d13ec52f7242a115d5ac4bb11f84bbb7c82b11d |  its checksum
 * ```
 *
 * @module
 */

import { CHECKSUM_BYTES, checksumOf, equalBytes } from "../bytes/checksum.ts";
import { MalformedPack, type PackReader, type PackWriter } from "../bytes/codec.ts";
import { HEADER_BYTES } from "./header.ts";
import { KIND_SEAL } from "./frame.ts";

/** Where a segment stands after a group: what the next seal is computed from. */
export interface Boundary {
  /** The offset at which the next group begins. */
  bytes: number;
  /** How many groups there are: the index of the next. */
  groups: number;
  /** The chain so far. */
  chain: Uint8Array;
}

/** Elements of the payload, the kind included. */
export const SEAL_FIELDS = 5;

const FIXED_BYTES_MAX = 2 + 3 * 9 + 2 + CHECKSUM_BYTES;

/**
 * Where an empty segment stands.
 *
 * @param magic The magic of the file
 * @param session The session whose file it is
 */
export function firstBoundary(magic: Uint8Array, session: number): Boundary {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, session, true);
  return { bytes: HEADER_BYTES, groups: 0, chain: checksumOf([magic, id]) };
}

/**
 * Appends the payload.
 *
 * @param out Where to
 * @param boundary Where the group begins
 * @param frames How many frames it has
 * @param chain The chain after it
 */
export function putSeal(
  out: PackWriter,
  boundary: Boundary,
  frames: number,
  chain: Uint8Array,
): void {
  out.reserve(FIXED_BYTES_MAX);
  out.putArray(SEAL_FIELDS);
  out.putUint(KIND_SEAL);
  out.putUint(boundary.groups);
  out.putUint(boundary.bytes);
  out.putUint(frames);
  out.putBin(chain);
}

/**
 * Takes the fields that follow the kind, and compares them with what they must be.
 *
 * @param reader Stands behind the kind
 * @param boundary Where the group begins
 * @param frames How many frames were found
 * @param chain The chain after them
 * @returns Whether this seal ends that group
 * @throws {MalformedPack} If the payload does not have the shape above
 */
export function takeMatchingSeal(
  reader: PackReader,
  boundary: Boundary,
  frames: number,
  chain: Uint8Array,
): boolean {
  const index = reader.takeUint();
  const offset = reader.takeUint();
  const count = reader.takeUint();
  if (reader.takeBinHeader() !== CHECKSUM_BYTES) {
    throw new MalformedPack("a chain is not 32 bytes");
  }
  const found = reader.bytes.subarray(reader.at, reader.at + CHECKSUM_BYTES);
  reader.at += CHECKSUM_BYTES;
  reader.takeEnd();
  return index === boundary.groups && offset === boundary.bytes && count === frames &&
    equalBytes(found, chain);
}
