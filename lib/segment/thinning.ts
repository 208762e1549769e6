/**
 * Drops the groups before a boundary from a segment file: a new file with the groups behind it, as a
 * chain of its own, in place of the old one in one step. Frames are copied as they are; only seals, which
 * name their place, are made anew.
 *
 * @module
 */

import { CHECKSUM_BYTES, checksumOf } from "../bytes/checksum.ts";
import { MalformedPack, PackReader, PackWriter } from "../bytes/codec.ts";
import { CorruptionError } from "../errors.ts";
import { closeQuietly } from "../file/close_quietly.ts";
import { abandonReplacement, beginReplacement, finishReplacementSync } from "../file/replace.ts";
import type { StorageFile } from "../file/storage.ts";
import { KEPT_BUFFER_BYTES_MAX, THINNING_STEP_BYTES, WRITE_BYTES_MAX } from "../limits.ts";
import { beginFrame, endFrame, KIND_SEAL } from "./frame.ts";
import { FrameReader } from "./frame_reader.ts";
import { encodeHeader } from "./header.ts";
import { type SegmentLocation, segmentPath } from "./opening.ts";
import { type Boundary, firstBoundary, putSeal, SEAL_FIELDS, takeMatchingSeal } from "./seal.ts";
import { SegmentWriter } from "./writer.ts";

/** Room to begin with: mostly little is left to be copied. */
const OUT_BYTES = 4 * 1024;

/**
 * A thinning under way. Frames are copied, a few in each step, while the old file goes on growing; what
 * came meanwhile is copied at the end, in one step with the replacement.
 */
export class Thinning {
  readonly #location: SegmentLocation;
  readonly #old: StorageFile;
  readonly #into: StorageFile;
  /** Reads the old file, up to where it was acknowledged when it was made. */
  #frames: FrameReader | undefined;
  readonly #payload = new PackReader();
  /** Where in the old file the group begins that is being copied. */
  #from: Boundary;
  /** Where in the new file it does. */
  #to: Boundary;
  /** The checksums of its frames so far. */
  readonly #sums = new PackWriter(64 * CHECKSUM_BYTES);
  /** What is to be written next in the new file. */
  #out = new PackWriter(OUT_BYTES);
  /** Where. */
  #outStart: number;

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
    this.#outStart = this.#to.bytes;
    this.#into = beginReplacement(location.storage, segmentPath(location));
  }

  /** Up to where the old file was copied. */
  get copied(): number {
    return this.#frames?.end ?? this.#from.bytes;
  }

  /**
   * Copies some frames: no more in one step than others can wait for, unless one frame is larger.
   *
   * @param end Where the last group of the old file ends, beyond what was copied
   * @throws {CorruptionError} If the old file no longer verifies
   */
  copySome(end: number): void {
    if (this.#frames === undefined || this.#frames.end === this.#frames.limit) {
      this.#frames = new FrameReader(this.#old, this.#from.bytes, end);
    }
    const frames = this.#frames;
    while (frames.end < frames.limit && this.#out.length < THINNING_STEP_BYTES) {
      if (!frames.next()) throw this.#corruption(frames.end, frames.stopReason, frames.limit);
      this.#take(frames);
    }
    if (frames.end === frames.limit && this.#sums.length > 0) {
      throw this.#corruption(frames.end, "a group has no seal", frames.limit);
    }
    this.#flush();
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
      while (this.copied < end) this.copySome(end);
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

  /** Copies a frame, or ends the group in the new file where the old one ends it. */
  #take(frames: FrameReader): void {
    const { frame, checksum, payload, limit } = frames;
    this.#payload.reset(payload);
    try {
      if (this.#payload.takeArray() === SEAL_FIELDS && this.#payload.takeUint() === KIND_SEAL) {
        return this.#endGroup(frames);
      }
    } catch (error) {
      if (!(error instanceof MalformedPack)) throw error;
      throw this.#corruption(frames.offset, error.message, limit);
    }
    this.#sums.reserve(CHECKSUM_BYTES);
    this.#sums.putBytes(checksum, 0, CHECKSUM_BYTES);
    this.#out.reserve(frame.length);
    this.#out.putBytes(frame, 0, frame.length);
  }

  #endGroup(frames: FrameReader): void {
    const sums = this.#sums.bytes.subarray(0, this.#sums.length);
    const count = sums.length / CHECKSUM_BYTES;
    const chain = checksumOf([this.#from.chain, sums]);
    if (!takeMatchingSeal(this.#payload, this.#from, count, chain)) {
      throw this.#corruption(frames.offset, "a seal does not match its group", frames.limit);
    }
    this.#from = { bytes: frames.end, groups: this.#from.groups + 1, chain };
    const newChain = checksumOf([this.#to.chain, sums]);
    const start = beginFrame(this.#out);
    putSeal(this.#out, this.#to, count, newChain);
    endFrame(this.#out, start);
    const bytes = this.#outStart + this.#out.length;
    this.#to = { bytes, groups: this.#to.groups + 1, chain: newChain };
    this.#sums.length = 0;
  }

  #flush(): void {
    const { bytes, length } = this.#out;
    for (let at = 0; at < length; at += WRITE_BYTES_MAX) {
      const piece = bytes.subarray(at, Math.min(at + WRITE_BYTES_MAX, length));
      this.#into.writeAt(piece, this.#outStart + at);
    }
    this.#outStart += length;
    this.#out.length = 0;
    if (bytes.length > KEPT_BUFFER_BYTES_MAX) this.#out = new PackWriter(OUT_BYTES);
  }

  #corruption(offset: number, reason: string, end: number): CorruptionError {
    const { path } = this.#old;
    return new CorruptionError(
      `${path} is corrupt at byte ${offset}: ${reason}, but every byte before ${end} was acknowledged`,
      { file: path, offset },
    );
  }
}
