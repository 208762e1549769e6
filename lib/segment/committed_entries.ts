/**
 * Reads the entries of a segment back, one frame at a time.
 *
 * @module
 */

import { MalformedPack, PackReader } from "../bytes/codec.ts";
import { asInfiniteDbError, ClosedError, CorruptionError } from "../errors.ts";
import { EntryCursor, UnknownKind, type WalEntry } from "./entry.ts";
import { KIND_DATA } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { HEADER_BYTES } from "./header.ts";
import type { Segment } from "./segment.ts";

/**
 * The entries of every durable group. Checksums are verified again: the disk may have changed since
 * the segment was opened.
 *
 * @param segment The segment
 * @param session The session whose it is
 */
export function* committedEntriesOf(segment: Segment, session: number): Generator<WalEntry> {
  segment.checkReadable();
  const file = segment.file;
  const end = segment.boundary.bytes;
  const frames = new FrameReader(file, HEADER_BYTES, end);
  const reader = new PackReader();
  const cursor = new EntryCursor(reader);
  while (frames.end < end) {
    if (!segment.isCurrent(file)) {
      throw new ClosedError(
        `${segment.path} was cut, reset or closed while its entries were read; read them again`,
        { file: segment.path },
      );
    }
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

function nextFrame(frames: FrameReader, path: string): boolean {
  try {
    return frames.next();
  } catch (error) {
    throw asInfiniteDbError(error, `read ${path}`, path);
  }
}
