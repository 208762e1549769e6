/**
 * Observes a segment file: everything that recovery decides from, by reading alone.
 *
 * @module
 */

import { equalBytes } from "../bytes/checksum.ts";
import type { StorageFile } from "../file/storage.ts";
import { READ_WINDOW_BYTES } from "../limits.ts";
import { GroupScanner, type SegmentSink } from "./group_scanner.ts";
import { decodeCommittedLength, HEADER_BYTES, MAGIC_BYTES } from "./header.ts";
import type { SegmentFacts } from "./recovery.ts";
import { type Boundary, firstBoundary } from "./seal.ts";

/** Which segment a file must be. */
export interface SegmentIdentity {
  /** The magic of its kind. */
  magic: Uint8Array;
  /** Whose it is. */
  session: number;
}

/** What a scan brought. */
export interface SegmentScan {
  /** What recovery decides from. */
  facts: SegmentFacts;
  /** The end of the last valid group. */
  boundary: Boundary;
  /** The boundary that the header names; the first if it names none. */
  headerBoundary: Boundary;
  /** Entries in the valid groups. */
  entries: number;
}

/**
 * Reads a segment file from end to end, through a window.
 *
 * @param file The file
 * @param identity What it must be
 * @param readOnly Whether it is opened without writing
 * @param sink Gets what the valid groups hold
 * @returns The facts
 */
export function scanSegment(
  file: StorageFile,
  identity: SegmentIdentity,
  readOnly: boolean,
  sink?: SegmentSink,
): SegmentScan {
  const fileBytes = file.size();
  const header = readHeader(file);
  const magicMatches = equalBytes(header.subarray(0, MAGIC_BYTES), identity.magic);
  const headerBytes = decodeCommittedLength(header);
  // A foreign file is not searched for groups.
  const limit = magicMatches ? fileBytes : HEADER_BYTES;
  const first = firstBoundary(identity.magic, identity.session);
  const scanner = new GroupScanner(file, identity.session, first, limit, sink);

  let headerBoundary = first;
  let groupsAfterHeader = 0;
  for (let start = HEADER_BYTES; scanner.next(); start = scanner.boundary.bytes) {
    if (start >= headerBytes) groupsAfterHeader++;
    if (scanner.boundary.bytes === headerBytes) headerBoundary = scanner.boundary;
  }
  const stopBytes = scanner.boundary.bytes;
  return {
    boundary: scanner.boundary,
    headerBoundary,
    entries: scanner.entries,
    facts: {
      readOnly,
      fileBytes,
      magicMatches,
      headerBytes,
      stopBytes,
      headerIsBoundary: headerBoundary.bytes === headerBytes,
      groupsAfterHeader,
      notUnderstood: scanner.notUnderstood,
      failedOffset: scanner.stopOffset,
      failedReason: scanner.stopReason,
      tailBytes: tailBytes(file, stopBytes, limit),
    },
  };
}

/**
 * The first sixteen bytes of a file, zeros where it is shorter.
 *
 * @param file The file
 */
export function readHeader(file: StorageFile): Uint8Array {
  const header = new Uint8Array(HEADER_BYTES);
  file.readAt(header, 0);
  return header;
}

/** Bytes from `stop` to the last byte that is not zero. */
function tailBytes(file: StorageFile, stop: number, fileBytes: number): number {
  const chunk = new Uint8Array(Math.max(0, Math.min(READ_WINDOW_BYTES, fileBytes - stop)));
  for (let end = fileBytes; end > stop;) {
    const start = Math.max(stop, end - chunk.length);
    const count = file.readAt(chunk.subarray(0, end - start), start);
    for (let i = count - 1; i >= 0; i--) {
      if (chunk[i] !== 0) return start + i + 1 - stop;
    }
    end = start;
  }
  return 0;
}
