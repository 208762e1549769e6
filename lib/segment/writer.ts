/**
 * Puts groups behind the boundary of a segment file. It knows where everything goes and in which
 * order; when to sync, and what a failure means, is decided in `segment.ts`.
 *
 * @module
 */

import type { Deadline } from "../clock/deadline.ts";
import type { StorageFile } from "../file/storage.ts";
import { PREALLOCATION_BYTES_MAX, PREALLOCATION_BYTES_MIN, WRITE_BYTES_MAX } from "../limits.ts";
import type { GroupBuffer } from "./group.ts";
import { encodeCommittedLength, HEADER_BYTES, MAGIC_BYTES } from "./header.ts";
import type { Boundary } from "./seal.ts";

/**
 * Zeros are written in pieces of this size: one large write makes large folios in the page cache (Linux
 * 6, ext4), and every later sync of a small group then takes up to half as long again.
 */
const ZEROS = new Uint8Array(16 * 1024);

/**
 * Behind a larger group no zeros are written. The design wants them always; but a group of this size takes
 * longer to be written twice than a sync takes to add its blocks (measured: loads take 3 to 4 % less).
 */
const PREALLOCATED_GROUP_BYTES_MAX = 256 * 1024;

/** The write side of one segment file. */
export class SegmentWriter {
  readonly #file: StorageFile;
  #boundary: Boundary;
  #next: Boundary | undefined;
  readonly #lengthField = new Uint8Array(HEADER_BYTES - MAGIC_BYTES);
  #headerBytes: number;
  #allocatedBytes: number;
  #stepBytes = PREALLOCATION_BYTES_MIN;

  /**
   * Takes up a file; nothing counts as preallocated behind its boundary yet.
   *
   * @param file The file, zeros only behind the boundary
   * @param boundary The end of its last group
   * @param headerBytes H, as its header has it
   */
  constructor(file: StorageFile, boundary: Boundary, headerBytes: number) {
    this.#file = file;
    this.#boundary = boundary;
    this.#headerBytes = headerBytes;
    this.#allocatedBytes = boundary.bytes;
  }

  /** The end of the last group that was accepted. */
  get boundary(): Boundary {
    return this.#boundary;
  }

  /**
   * Writes a group behind the boundary, and the header that names the boundary before it. Both become
   * durable with the next sync; the order in which they do does not matter (`seal.ts` says why).
   *
   * @param group Its frames; gets its seal here
   * @param deadline Looked at between writes
   * @returns Whether all of it was written before the deadline; if not, call `cut`
   */
  write(group: GroupBuffer, deadline: Deadline): boolean {
    this.#next = group.seal(this.#boundary);
    const bytes = group.bytes;
    for (let at = 0; at < bytes.length; at += WRITE_BYTES_MAX) {
      if (at > 0 && deadline.passed()) return false;
      const piece = bytes.length <= WRITE_BYTES_MAX
        ? bytes
        : bytes.subarray(at, at + WRITE_BYTES_MAX);
      this.#file.writeAt(piece, this.#boundary.bytes + at);
    }
    if (this.#next.bytes > this.#allocatedBytes) this.#preallocate(this.#next.bytes, bytes.length);
    if (this.headerLags) this.writeHeader();
    return !deadline.passed();
  }

  /** The group just written has been synced: the boundary moves behind it. */
  accept(): void {
    if (this.#next !== undefined) this.#boundary = this.#next;
    this.#next = undefined;
  }

  /**
   * Removes what lies behind the boundary; the sync that makes it so is the caller's. The file is cut
   * and extended again, so that stale bytes of the group can never be read as part of a later one. The
   * extension takes no space on the device: a full one must not stand in the way.
   */
  cut(): void {
    this.#next = undefined;
    this.#file.truncate(this.#boundary.bytes);
    this.#file.truncate(this.#boundary.bytes + PREALLOCATION_BYTES_MIN);
    this.#allocatedBytes = this.#boundary.bytes;
  }

  /** Whether the header names an earlier boundary than the last. */
  get headerLags(): boolean {
    return this.#headerBytes !== this.#boundary.bytes;
  }

  /** Writes the boundary into the header. */
  writeHeader(): void {
    encodeCommittedLength(this.#boundary.bytes, this.#lengthField, 0);
    this.#file.writeAt(this.#lengthField, MAGIC_BYTES);
    this.#headerBytes = this.#boundary.bytes;
  }

  /** Gives back the preallocated space. Everything it removes lies behind the boundary. */
  trim(): void {
    this.#file.truncate(this.#boundary.bytes);
    this.#allocatedBytes = this.#boundary.bytes;
  }

  /**
   * Writes zeros ahead. To overwrite zeros that are on the disk already syncs faster than to add blocks,
   * although everything is then written twice.
   */
  #preallocate(from: number, groupBytes: number): void {
    this.#allocatedBytes = from;
    if (groupBytes > PREALLOCATED_GROUP_BYTES_MAX) return;
    const end = from + this.#stepBytes;
    for (let at = from; at < end; at += ZEROS.length) this.#file.writeAt(ZEROS, at);
    this.#allocatedBytes = end;
    this.#stepBytes = Math.min(this.#stepBytes * 2, PREALLOCATION_BYTES_MAX);
  }
}
