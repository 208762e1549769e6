/**
 * Frames that were appended and wait for a group: they go first in the next one that is sealed, and stay
 * when it times out.
 *
 * @module
 */

import { GroupBuffer } from "./group.ts";
import type { PreparedGroup } from "./segment.ts";

/** A queue of encoded frames. */
export class PendingFrames {
  #frames: Uint8Array[] = [];
  /** How many frames ever left the queue: gives each a number of its own. */
  #sealed = 0;

  /** How many frames wait. */
  get count(): number {
    return this.#frames.length;
  }

  /** The number that the next frame will have: a call seals the frames that were appended before it. */
  get end(): number {
    return this.#sealed + this.#frames.length;
  }

  /**
   * Puts a frame at the end.
   *
   * @param frame All of its bytes, which nobody else changes
   */
  append(frame: Uint8Array): void {
    this.#frames.push(frame);
  }

  /**
   * A group of the waiting frames and those of a call, made when the turn of the call has come.
   *
   * @param end The number of the first frame that was appended after the call
   * @param own The frames of the call itself
   * @returns Makes the group; its `sealed` takes the frames out of the queue
   */
  prepare(end: number, own?: GroupBuffer): () => PreparedGroup {
    return () => {
      const count = Math.max(0, end - this.#sealed);
      const sealed = (): void => {
        this.#frames.splice(0, count);
        this.#sealed += count;
      };
      if (count === 0) {
        return { group: own !== undefined && own.frames > 0 ? own : undefined, sealed };
      }
      const group = new GroupBuffer();
      for (let i = 0; i < count; i++) group.addEncoded(this.#frames[i], 1);
      if (own !== undefined) group.addFrames(own);
      return { group, sealed };
    };
  }
}
