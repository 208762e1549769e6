/**
 * Reads the frames of a file one after another through a window, whatever the size of the file.
 *
 * @module
 */

import { checksum, CHECKSUM_BYTES, equalBytes } from "../bytes/checksum.ts";
import type { StorageFile } from "../file/storage.ts";
import { READ_WINDOW_BYTES } from "../limits.ts";
import {
  FRAME_LENGTH_BYTES,
  FRAME_OVERHEAD_BYTES,
  PAYLOAD_BYTES_MAX,
  readFrameLength,
} from "./frame.ts";

const NOTHING = new Uint8Array(0);

/** A cursor over the frames of a file. */
export class FrameReader {
  /** The offset of the current frame. */
  offset: number;
  /** The offset just behind the current frame. */
  end: number;
  /** The payload of the current frame: a view that the next call overwrites. */
  payload: Uint8Array = NOTHING;
  /** The checksum of the current frame: a view that the next call overwrites. */
  checksum: Uint8Array = NOTHING;
  /** After `next` returned false: why no valid frame begins at `end`. */
  stopReason = "";

  /** Where the file, or the part of it that counts, ends. */
  readonly limit: number;

  readonly #file: StorageFile;
  #window: Uint8Array = NOTHING;
  #windowStart: number;
  #windowBytes = 0;

  /**
   * @param file Read through `readAt` only
   * @param from Where the first frame begins
   * @param limit Where the file, or the part of it that counts, ends
   */
  constructor(file: StorageFile, from: number, limit: number) {
    this.#file = file;
    this.limit = limit;
    this.#windowStart = from;
    this.offset = from;
    this.end = from;
  }

  /** The current frame, whole: a view that the next call overwrites. */
  get frame(): Uint8Array {
    const start = this.offset - this.#windowStart;
    return this.#window.subarray(start, start + this.end - this.offset);
  }

  /**
   * Moves to the next frame.
   *
   * @returns Whether there is a valid one; if not, `stopReason` says why and `end` where
   */
  next(): boolean {
    const left = this.limit - this.end;
    if (left < FRAME_LENGTH_BYTES) {
      return this.#stop(left <= 0 ? "the file ends" : "the file ends inside a frame's length");
    }
    if (!this.#load(FRAME_LENGTH_BYTES)) return this.#stop("the file was cut while it was read");
    const length = readFrameLength(this.#window, this.end - this.#windowStart);
    if (length === 0) return this.#stop("the log ends");
    // Before anything is allocated: the length may be any 64 bits.
    if (length > left - FRAME_OVERHEAD_BYTES || length > PAYLOAD_BYTES_MAX) {
      return this.#stop(`a frame claims ${length} bytes where ${left} are left`);
    }
    if (!this.#load(length + FRAME_OVERHEAD_BYTES)) {
      return this.#stop("the file was cut while it was read");
    }
    const payloadAt = this.end - this.#windowStart + FRAME_LENGTH_BYTES;
    const payload = this.#window.subarray(payloadAt, payloadAt + length);
    const claimed = this.#window.subarray(
      payloadAt + length,
      payloadAt + length + CHECKSUM_BYTES,
    );
    if (!equalBytes(checksum(payload), claimed)) {
      return this.#stop("a frame's checksum does not verify");
    }
    this.payload = payload;
    this.checksum = claimed;
    this.offset = this.end;
    this.end += length + FRAME_OVERHEAD_BYTES;
    return true;
  }

  #stop(reason: string): false {
    this.stopReason = reason;
    return false;
  }

  /** Brings `count` bytes from `end` on into the window; false when the file has become shorter. */
  #load(count: number): boolean {
    const have = this.#windowStart + this.#windowBytes - this.end;
    if (have >= count) return true;
    const from = this.end - this.#windowStart;
    // The rest of the file if it is short, else a window; a larger frame makes it grow, by doubling and
    // for good: shrinking it behind each large frame would leave a large buffer behind each time.
    const wanted = Math.min(Math.max(count, READ_WINDOW_BYTES), this.limit - this.end);
    if (this.#window.length < wanted) {
      const grown = new Uint8Array(
        wanted <= READ_WINDOW_BYTES ? wanted : 2 ** Math.ceil(Math.log2(wanted)),
      );
      grown.set(this.#window.subarray(from, from + have));
      this.#window = grown;
    } else {
      this.#window.copyWithin(0, from, from + have);
    }
    this.#windowStart = this.end;
    const got = this.#file.readAt(this.#window.subarray(have, wanted), this.end + have);
    this.#windowBytes = have + got;
    return this.#windowBytes >= count;
  }
}
