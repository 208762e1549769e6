/**
 * Encodes the frames of one group, seal included, into one buffer that is written in one piece.
 *
 * @module
 */

import { checksum, CHECKSUM_BYTES } from "../bytes/checksum.ts";
import { ARRAY_HEADER_BYTES_MAX, PackWriter } from "../bytes/codec.ts";
import { InvalidArgumentError } from "../errors.ts";
import {
  DATA_FRAME_BYTES_TARGET,
  FRAME_BYTES_MAX,
  GROUP_BYTES_MAX,
  KEPT_BUFFER_BYTES_MAX,
} from "../limits.ts";
import { putEntry, putListed, type WalEntry } from "./entry.ts";
import type { EntryList } from "./entry_list.ts";
import {
  beginFrame,
  endFrame,
  FRAME_LENGTH_BYTES,
  FRAME_OVERHEAD_BYTES,
  KIND_DATA,
  PAYLOAD_BYTES_MAX,
  readFrameLength,
} from "./frame.ts";
import { type Boundary, putSeal } from "./seal.ts";
import { putVerdict, type Verdict } from "./verdict.ts";

/** `[1,` before the array of entries: two elements, the kind. */
const DATA_PREFIX_BYTES = 2;

/** Where the entries of a frame begin while their number is not known yet. */
const ENTRIES_OFFSET = FRAME_LENGTH_BYTES + DATA_PREFIX_BYTES + ARRAY_HEADER_BYTES_MAX;

const NO_FRAME = -1;

/** Where a chain is gathered: enough for an ordinary group. */
const CHAINED = new Uint8Array(64 * CHECKSUM_BYTES);

/** Frames in the making. */
export class GroupBuffer {
  /** How many frames are complete. */
  frames = 0;
  readonly #initialBytes: number;
  #out: PackWriter;
  #frameStart = NO_FRAME;
  #entriesInFrame = 0;

  /** @param initialBytes Room to begin with */
  constructor(initialBytes = 512) {
    this.#initialBytes = initialBytes;
    this.#out = new PackWriter(initialBytes);
  }

  /** How many bytes were encoded so far. */
  get length(): number {
    return this.#out.length;
  }

  /** The encoded frames: a view, valid until the next change. */
  get bytes(): Uint8Array {
    return this.#out.bytes.subarray(0, this.#out.length);
  }

  /**
   * Adds an entry to the frame in the making, or to a new one when that is full.
   *
   * @param entry The entry
   * @param session The session whose segment it is for
   * @throws {InvalidArgumentError} If the entry is invalid or too large, or the group becomes so
   */
  addEntry(entry: WalEntry, session: number): void {
    if (this.#frameStart === NO_FRAME) this.#beginFrame();
    const before = this.#out.length;
    if (entry?.kind === "write" && entry.data?.length > PAYLOAD_BYTES_MAX) {
      throw tooLarge(entry.data.length);
    }
    putEntry(this.#out, entry, session);
    this.#added(before);
  }

  /**
   * Adds entries of a list, which are of the session that the group is for.
   *
   * @param list The entries
   * @param from The first of them
   * @param to The end of them, exclusive
   * @throws {InvalidArgumentError} If one is too large, or the group becomes so
   */
  addListed(list: EntryList, from: number, to: number): void {
    for (let index = from; index < to; index++) {
      if (this.#frameStart === NO_FRAME) this.#beginFrame();
      const before = this.#out.length;
      putListed(this.#out, list, index);
      this.#added(before);
    }
  }

  /** An entry was put at `before`: ends its frame, if that is full. */
  #added(before: number): void {
    const entriesBytes = this.#out.length - this.#frameStart - ENTRIES_OFFSET;
    this.#entriesInFrame++;
    if (entriesBytes > DATA_FRAME_BYTES_TARGET && this.#entriesInFrame > 1) {
      this.#moveToNewFrame(before);
    }
    const frameBytes = this.#out.length - this.#frameStart + CHECKSUM_BYTES;
    if (frameBytes > FRAME_BYTES_MAX) throw tooLarge(frameBytes);
    if (this.#out.length > GROUP_BYTES_MAX) {
      throw new InvalidArgumentError(
        `A group is at most ${GROUP_BYTES_MAX} bytes; seal its entries in several`,
        { expected: GROUP_BYTES_MAX, found: this.#out.length },
      );
    }
  }

  /**
   * Adds the frames of another buffer.
   *
   * @param other Stays as it is
   */
  addFrames(other: GroupBuffer): void {
    this.addEncoded(other.bytes, other.frames);
  }

  /**
   * Adds frames that were encoded before.
   *
   * @param frames All of them
   * @param count How many they are
   */
  addEncoded(frames: Uint8Array, count: number): void {
    this.endFrame();
    this.#out.reserve(frames.length);
    this.#out.bytes.set(frames, this.#out.length);
    this.#out.length += frames.length;
    this.frames += count;
  }

  /**
   * Adds a verdict, a frame of its own.
   *
   * @param verdict What it says
   */
  addVerdict(verdict: Verdict): void {
    this.endFrame();
    const start = beginFrame(this.#out);
    putVerdict(this.#out, verdict);
    endFrame(this.#out, start);
    this.frames++;
  }

  /** Completes the frame in the making, if there is one. */
  endFrame(): void {
    if (this.#frameStart === NO_FRAME) return;
    const out = this.#out;
    const entriesStart = this.#frameStart + ENTRIES_OFFSET;
    const entriesEnd = out.length;
    out.length = this.#frameStart + FRAME_LENGTH_BYTES;
    out.putArray(2);
    out.putUint(KIND_DATA);
    out.putArray(this.#entriesInFrame); // Shorter than the room left for it, mostly.
    out.bytes.copyWithin(out.length, entriesStart, entriesEnd);
    out.length += entriesEnd - entriesStart;
    endFrame(out, this.#frameStart);
    this.frames++;
    this.#frameStart = NO_FRAME;
  }

  /**
   * Appends the seal.
   *
   * @param boundary Where the group will be written
   * @returns The boundary after it
   */
  seal(boundary: Boundary): Boundary {
    this.endFrame();
    const chain = this.#chainAfter(boundary.chain);
    const start = beginFrame(this.#out);
    putSeal(this.#out, boundary, this.frames, chain);
    endFrame(this.#out, start);
    return { bytes: boundary.bytes + this.#out.length, groups: boundary.groups + 1, chain };
  }

  /** Forgets everything; the buffer is kept for the next group unless it has grown large. */
  clear(): void {
    if (this.#out.bytes.length > KEPT_BUFFER_BYTES_MAX) {
      this.#out = new PackWriter(this.#initialBytes);
    }
    this.#out.length = 0;
    this.frames = 0;
    this.#frameStart = NO_FRAME;
  }

  /** The chain after the frames in the buffer: their checksums are read where they lie. */
  #chainAfter(previous: Uint8Array): Uint8Array {
    const { bytes, length } = this.#out;
    const bytesInAll = (this.frames + 1) * CHECKSUM_BYTES;
    // Gathered first, since one hash of all costs less than many updates.
    const sums = bytesInAll <= CHAINED.length ? CHAINED : new Uint8Array(bytesInAll);
    sums.set(previous);
    let gathered = CHECKSUM_BYTES;
    for (let at = 0; at < length;) {
      at += readFrameLength(bytes, at) + FRAME_OVERHEAD_BYTES;
      for (let i = at - CHECKSUM_BYTES; i < at; i++) sums[gathered++] = bytes[i];
    }
    return checksum(sums.subarray(0, bytesInAll));
  }

  #beginFrame(): void {
    this.#frameStart = beginFrame(this.#out);
    this.#out.reserve(ENTRIES_OFFSET);
    this.#out.length = this.#frameStart + ENTRIES_OFFSET;
    this.#entriesInFrame = 0;
  }

  /** The entry that begins at `entryStart` overfills its frame: it becomes the first of the next. */
  #moveToNewFrame(entryStart: number): void {
    const entry = this.#out.bytes.slice(entryStart, this.#out.length);
    this.#out.length = entryStart;
    this.#entriesInFrame--;
    this.endFrame();
    this.#beginFrame();
    this.#out.reserve(entry.length);
    this.#out.bytes.set(entry, this.#out.length);
    this.#out.length += entry.length;
    this.#entriesInFrame = 1;
  }
}

function tooLarge(bytes: number): InvalidArgumentError {
  return new InvalidArgumentError(
    `An entry of ${bytes} bytes does not fit a frame of at most ${FRAME_BYTES_MAX}`,
    { expected: FRAME_BYTES_MAX, found: bytes },
  );
}
