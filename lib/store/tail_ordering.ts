/**
 * Puts pieces of the tail in order as soon as they are full: whoever loads much waits for syncs most of
 * the time, and neither the next reader nor the flush has to do it then.
 *
 * @module
 */

import { macrotask } from "../clock/slice.ts";
import type { TailChunk } from "./tail_chunk.ts";

/** Orders chunks in the background, a step at a time. */
export class TailOrdering {
  readonly #waiting: TailChunk[] = [];
  #work: Promise<void> | undefined;

  /**
   * Takes chunks to put in order.
   *
   * @param full They take no more entries; somebody else may put them in order meanwhile
   */
  add(full: readonly TailChunk[]): void {
    if (full.length === 0) return;
    this.#waiting.push(...full);
    this.#work ??= this.#orderAll();
  }

  /** Gives up what is waiting; resolves when nothing is at work. */
  async stop(): Promise<void> {
    this.#waiting.length = 0;
    await this.#work;
  }

  async #orderAll(): Promise<void> {
    do await macrotask(); while (this.#step());
    this.#work = undefined; // In one step with the look: whoever adds from now on begins anew.
  }

  /** Whether there is more to do. */
  #step(): boolean {
    const first = this.#waiting[0];
    if (first === undefined || !hasMore(first)) this.#waiting.shift();
    return this.#waiting.length > 0;
  }
}

/** Does a step; what fails, for want of memory, is left to whoever asks for the chunk: it is tried again then. */
function hasMore(chunk: TailChunk): boolean {
  try {
    return chunk.order();
  } catch {
    return false;
  }
}
