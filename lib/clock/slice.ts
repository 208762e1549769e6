/**
 * Work in slices: others go on in between.
 *
 * @module
 */

import { monotonicMs } from "./clock.ts";

/** How long a slice keeps others waiting, about. */
const SLICE_MS = 4;

/**
 * Turns of the event loop between two slices. While there is something to do in every turn, Deno learns
 * only in some of them what its threads have finished: with one turn a slice, commits waited 50 ms for a
 * sync that had taken 3, with 16 it was up to two slices, with 32 none did. So it seems to be tokio, its
 * scheduler, which looks every 31 times (`DEFAULT_GLOBAL_QUEUE_INTERVAL`). A turn takes a microsecond.
 */
const TURNS = 32;

/** Those that let others go on, and have not gone on yet. */
const WAITING: (() => void)[] = [];

/**
 * Lets everything else that waits go on first. Those who call this go on one at a time, and not all of them
 * at once: else a commit would wait for a slice of each.
 */
export async function macrotask(): Promise<void> {
  await new Promise<void>((resolve) => {
    if (WAITING.push(resolve) === 1) turn(TURNS);
  });
}

function turn(left: number): void {
  // A timer would wait for a millisecond or two, even of 0.
  setImmediate(() => {
    if (left > 1) return turn(left - 1);
    const first = WAITING.shift();
    if (WAITING.length > 0) turn(TURNS);
    first?.();
  });
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
