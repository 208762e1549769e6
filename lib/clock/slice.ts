/**
 * Work in slices: others go on in between.
 *
 * @module
 */

import { monotonicMs } from "./clock.ts";

/** How long a slice keeps others waiting, about. */
const SLICE_MS = 4;

/** Lets everything else that waits go on first. */
export async function macrotask(): Promise<void> {
  // A timer would wait for a millisecond or two, even of 0.
  await new Promise<void>((resolve) => setImmediate(resolve));
}

/** A piece of work that pauses when it has kept others waiting for long enough. */
export class Slice {
  readonly #pause: () => Promise<void>;
  #startMs = monotonicMs();

  /** @param pause Called between slices; may throw to give up */
  constructor(pause: () => Promise<void> = macrotask) {
    this.#pause = pause;
  }

  /** Whether it is time to let others go on. */
  get isOver(): boolean {
    return monotonicMs() - this.#startMs >= SLICE_MS;
  }

  /** Lets others go on if it is time. */
  async perhapsPause(): Promise<void> {
    if (this.isOver) await this.pause();
  }

  /** Lets others go on. */
  async pause(): Promise<void> {
    await this.#pause();
    this.#startMs = monotonicMs();
  }
}
