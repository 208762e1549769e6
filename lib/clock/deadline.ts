/**
 * A moment after which an answer is of no use any more, counted on the monotonic clock from the call.
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";
import { TIMER_MS_MAX } from "../limits.ts";
import { monotonicMs } from "./clock.ts";

/** A moment on the monotonic clock. */
export class Deadline {
  readonly #atMs: number;

  /**
   * @param afterMs Milliseconds from now: zero or more; Infinity never passes
   * @throws {InvalidArgumentError} If `afterMs` is negative or not a number
   */
  constructor(afterMs: number) {
    if (typeof afterMs !== "number" || !(afterMs >= 0)) {
      throw new InvalidArgumentError(
        `A deadline is a number of milliseconds, 0 or more, not ${describe(afterMs)}`,
        { expected: ">= 0", found: afterMs },
      );
    }
    this.#atMs = afterMs === Infinity ? Infinity : monotonicMs() + afterMs;
  }

  /** Whether this moment can pass at all. */
  get isFinite(): boolean {
    return this.#atMs !== Infinity;
  }

  /** Whether it has passed. */
  passed(): boolean {
    return this.isFinite && monotonicMs() >= this.#atMs;
  }

  /**
   * Waits for `work`, but not past this moment.
   *
   * @param work A promise that goes on either way; its rejection after the moment is swallowed here
   * @returns Whether `work` was fulfilled in time
   * @throws What `work` is rejected with before the moment
   */
  async outlasts(work: Promise<unknown>): Promise<boolean> {
    const leftMs = this.#atMs - monotonicMs();
    if (leftMs > TIMER_MS_MAX) {
      await work;
      return true;
    }
    let timer: ReturnType<typeof setTimeout> | undefined;
    const passed = new Promise<false>((resolve) => {
      timer = setTimeout(() => resolve(false), Math.max(0, leftMs));
    });
    try {
      return await Promise.race([work.then(() => true), passed]);
    } finally {
      clearTimeout(timer);
    }
  }
}
