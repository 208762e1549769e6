/**
 * Drops the groups before a boundary from a segment file: a new file with the groups behind it, as a
 * chain of its own, in place of the old one in one step. Frames are copied as they are; only seals, which
 * name their place, are made anew.
 *
 * @module
 */

import { CorruptionError } from "../errors.ts";
import { closeQuietly } from "../file/close_quietly.ts";
import { abandonReplacement, beginReplacement, finishReplacementSync } from "../file/replace.ts";
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
 * A thinning under way. Groups are copied one by one while the old file goes on growing; what came
 * meanwhile is copied at the end, in one step with the replacement.
 */
export class Thinning {
  readonly #location: SegmentLocation;
  readonly #old: StorageFile;
  readonly #into: StorageFile;
  readonly #group = new GroupBuffer();
  /** Reads the old file, up to where it was acknowledged when it was made. */
  #groups: { scanner: GroupScanner; end: number } | undefined;
  /** Where in the old file the next group begins. */
  #from: Boundary;
  /** Where in the new file it will. */
  #to: Boundary;

  /**
   * @param location Which file
   * @param old The file as it is
   * @param from Where the first group to be kept begins
   */
  constructor(location: SegmentLocation, old: StorageFile, from: Boundary) {
    const { magic, session } = location.identity;
    this.#location = location;
    this.#old = old;
    this.#from = from;
    this.#to = firstBoundary(magic, session);
    this.#into = beginReplacement(location.storage, segmentPath(location));
  }

  /** Up to where the old file was copied. */
  get copied(): number {
    return this.#from.bytes;
  }

  /**
   * Copies a group.
   *
   * @param end Where the last group of the old file ends, beyond what was copied
   * @throws {CorruptionError} If the old file no longer verifies
   */
  copyGroup(end: number): void {
    const old = this.#old;
    if (this.#groups === undefined || this.#groups.end === this.copied) {
      const { session } = this.#location.identity;
      this.#groups = { scanner: new GroupScanner(old, session, this.#from, end), end };
    }
    const groups = this.#groups.scanner;
    if (!groups.next()) {
      throw new CorruptionError(
        `${old.path} is corrupt at byte ${groups.stopOffset}: ${groups.stopReason}, but every byte before ${end} was acknowledged`,
        { file: old.path, offset: groups.stopOffset },
      );
    }
    const start = this.#from.bytes;
    const frames = new Uint8Array(groups.sealOffset - start);
    const count = old.readAt(frames, start);
    invariant(count === frames.length, "a group that was just verified is there");
    this.#group.addEncoded(frames, groups.framesInGroup);
    this.#to = writeGroup(this.#into, this.#group, this.#to);
    this.#from = { ...groups.boundary };
  }

  /** Makes durable what was copied, so that little is left to be done at the end. */
  async sync(): Promise<void> {
    await this.#into.syncData();
  }

  /**
   * Copies what is left and makes the new file durable, blocking; the old one is still in place.
   *
   * @param end Where the last group of the old file ends
   * @throws An I/O error, or that of an old file that no longer verifies; it is then given up
   */
  prepare(end: number): void {
    try {
      while (this.copied < end) this.copyGroup(end);
      this.#into.writeAt(encodeHeader(this.#location.identity.magic, this.#to.bytes), 0);
      this.#into.syncDataSync();
    } catch (error) {
      this.abandon();
      throw error;
    }
  }

  /**
   * Puts what `prepare` has made durable in place, blocking, and closes the old file.
   *
   * @returns The new file
   * @throws An I/O error; either file is in place
   */
  replace(): { file: StorageFile; writer: SegmentWriter } {
    finishReplacementSync(this.#location.storage, segmentPath(this.#location), this.#into);
    closeQuietly(this.#old); // Nothing in it is needed any more.
    return { file: this.#into, writer: new SegmentWriter(this.#into, this.#to, this.#to.bytes) };
  }

  /** Gives up; the old file is left in place. */
  abandon(): void {
    abandonReplacement(this.#location.storage, segmentPath(this.#location), this.#into);
  }
}

function writeGroup(into: StorageFile, group: GroupBuffer, boundary: Boundary): Boundary {
  const next = group.seal(boundary);
  for (let at = 0; at < group.length; at += WRITE_BYTES_MAX) {
    into.writeAt(group.bytes.subarray(at, at + WRITE_BYTES_MAX), boundary.bytes + at);
  }
  group.clear();
  return next;
}
