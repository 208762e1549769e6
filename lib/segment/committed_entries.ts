/**
 * Reads the entries of a segment back, one frame at a time.
 *
 * @module
 */

import { MalformedPack, PackReader } from "../bytes/codec.ts";
import { asInfiniteDbError, BusyError, ClosedError, CorruptionError } from "../errors.ts";
import type { StorageFile } from "../file/storage.ts";
import { EntryCursor, UnknownKind, type WalEntry } from "./entry.ts";
import { KIND_DATA } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { GroupScanner, type SegmentSink } from "./group_scanner.ts";
import { HEADER_BYTES } from "./header.ts";
import type { Segment } from "./segment.ts";

/**
 * The entries of every group. Checksums are verified again: the disk may have changed since the segment
 * was opened.
 *
 * @param segment The segment
 * @param session The session whose it is
 */
export function* committedEntriesOf(segment: Segment, session: number): Generator<WalEntry> {
  segment.checkReadable();
  const { file, vouched } = segment;
  const end = segment.boundary.bytes;
  for (
    const entries of [
      entriesOfFrames(segment, session, vouched.bytes),
      entriesOfGroups(segment, session, end),
    ]
  ) {
    for (const entry of entries) {
      yield entry;
      checkCurrent(segment, file);
    }
  }
}

/** Everything before the vouched boundary, frame by frame: each was part of a valid group. */
function* entriesOfFrames(segment: Segment, session: number, end: number): Generator<WalEntry> {
  const frames = new FrameReader(segment.file, HEADER_BYTES, end);
  const reader = new PackReader();
  const cursor = new EntryCursor(reader);
  while (frames.end < end) {
    if (!nextFrame(frames, segment.path)) {
      throw new CorruptionError(
        `${segment.path} is corrupt at byte ${frames.end}: ${frames.stopReason}, but every byte before ${end} was acknowledged`,
        { file: segment.path, offset: frames.end },
      );
    }
    reader.reset(frames.payload);
    try {
      reader.takeArray();
      if (reader.takeUint() !== KIND_DATA) continue;
      for (let left = reader.takeArray(); left > 0; left--) {
        cursor.next(session);
        yield cursor.toEntry();
      }
    } catch (error) {
      if (!(error instanceof MalformedPack || error instanceof UnknownKind)) throw error;
      throw new CorruptionError(
        `${segment.path} is corrupt at byte ${frames.offset}: ${error.message}`,
        { file: segment.path, offset: frames.offset, cause: error },
      );
    }
  }
}

/**
 * What a reader found behind the header's boundary, group by group, each up to its seal before any of
 * it is given out: a writer elsewhere may have rolled it back, and be writing another in its place.
 */
function* entriesOfGroups(segment: Segment, session: number, end: number): Generator<WalEntry> {
  let entries: WalEntry[] = [];
  const sink: SegmentSink = {
    sharesFrames: false,
    begin() {},
    entry: (entry) => void entries.push(entry),
    verdict() {},
    groupEnded() {},
  };
  const groups = new GroupScanner(segment.file, session, segment.vouched, end, sink);
  while (groups.boundary.bytes < end) {
    entries = [];
    if (!nextGroup(groups, segment.path)) {
      throw new BusyError(
        `The writer of ${segment.path} has rolled back a group that it had not acknowledged when the file was opened to read; open it again`,
        { file: segment.path, offset: groups.stopOffset },
      );
    }
    yield* entries;
  }
}

function checkCurrent(segment: Segment, file: StorageFile): void {
  if (segment.isCurrent(file)) return;
  throw new ClosedError(
    `${segment.path} was cut, reset or closed while its entries were read; read them again`,
    { file: segment.path },
  );
}

function nextFrame(frames: FrameReader, path: string): boolean {
  try {
    return frames.next();
  } catch (error) {
    throw asInfiniteDbError(error, `read ${path}`, path);
  }
}

function nextGroup(groups: GroupScanner, path: string): boolean {
  try {
    return groups.next();
  } catch (error) {
    throw asInfiniteDbError(error, `read ${path}`, path);
  }
}
