/**
 * Drops the groups before a boundary from a segment file: a new file with the groups behind it, as a
 * chain of its own, in place of the old one in one step. Frames are copied as they are; only seals, which
 * name their place, are made anew.
 *
 * @module
 */

import { CorruptionError } from "../errors.ts";
import { replaceFileSync } from "../file/replace.ts";
import type { StorageFile } from "../file/storage.ts";
import { invariant } from "../invariant.ts";
import { WRITE_BYTES_MAX } from "../limits.ts";
import { GroupBuffer } from "./group.ts";
import { GroupScanner } from "./group_scanner.ts";
import { encodeHeader } from "./header.ts";
import { type SegmentLocation, segmentPath } from "./opening.ts";
import { type Boundary, firstBoundary } from "./seal.ts";
import { SegmentWriter } from "./writer.ts";

/**
 * Replaces a segment file by what follows a boundary of it.
 *
 * @param location Which file
 * @param old The file as it is
 * @param from Where the first group to be kept begins
 * @param end Where its last group ends
 * @returns The new file, durable
 * @throws {CorruptionError} If the old file no longer verifies; it is left in place
 */
export function replaceWithRest(
  location: SegmentLocation,
  old: StorageFile,
  from: Boundary,
  end: number,
): { file: StorageFile; writer: SegmentWriter } {
  const { magic, session } = location.identity;
  let boundary = firstBoundary(magic, session);
  const file = replaceFileSync(location.storage, segmentPath(location), (into) => {
    boundary = copyGroups(session, old, from, end, into, boundary);
    into.writeAt(encodeHeader(magic, boundary.bytes), 0);
  });
  return { file, writer: new SegmentWriter(file, boundary, boundary.bytes) };
}

function copyGroups(
  session: number,
  old: StorageFile,
  from: Boundary,
  end: number,
  into: StorageFile,
  first: Boundary,
): Boundary {
  const group = new GroupBuffer();
  const groups = new GroupScanner(old, session, from, end);
  let boundary = first;
  while (groups.boundary.bytes < end) {
    const start = groups.boundary.bytes;
    if (!groups.next()) {
      throw new CorruptionError(
        `${old.path} is corrupt at byte ${groups.stopOffset}: ${groups.stopReason}, but every byte before ${end} was acknowledged`,
        { file: old.path, offset: groups.stopOffset },
      );
    }
    const frames = new Uint8Array(groups.sealOffset - start);
    const count = old.readAt(frames, start);
    invariant(count === frames.length, "a group that was just verified is there");
    group.addEncoded(frames, groups.framesInGroup);
    boundary = writeGroup(into, group, boundary);
  }
  return boundary;
}

function writeGroup(into: StorageFile, group: GroupBuffer, boundary: Boundary): Boundary {
  const next = group.seal(boundary);
  for (let at = 0; at < group.length; at += WRITE_BYTES_MAX) {
    into.writeAt(group.bytes.subarray(at, at + WRITE_BYTES_MAX), boundary.bytes + at);
  }
  group.clear();
  return next;
}
