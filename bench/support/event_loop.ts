/**
 * How long the event loop stands still: a timer that should tick every millisecond, and when it did.
 *
 * @module
 */

import { clearTimeout, setTimeout } from "node:timers";

const TICK_MS = 1;

/** The longest time without a tick. */
export interface EventLoopGap {
  /** Milliseconds by which the tick was late. */
  ms: number;
  /** What was going on. */
  phase: string;
}

/** Watches the event loop from its making on, until it is disposed of. */
export class EventLoopWatch implements Disposable {
  /** What is going on, in words. */
  phase: string;
  readonly #longest: EventLoopGap;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #lastMs = 0;
  #excusedMs = 0;

  /** @param phase What is going on at first */
  constructor(phase: string) {
    this.phase = phase;
    this.#longest = { ms: 0, phase };
    this.#arm();
  }

  /**
   * Leaves out work that blocks and is the caller's own.
   *
   * @param ms How long it took
   */
  excuse(ms: number): void {
    this.#excusedMs += ms;
  }

  /** The longest gap, the one that lasts until now included. */
  get longest(): EventLoopGap {
    this.#look();
    return { ...this.#longest };
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #arm(): void {
    this.#lastMs = performance.now();
    this.#excusedMs = 0;
    this.#timer = setTimeout(() => {
      this.#look();
      this.#arm();
    }, TICK_MS);
  }

  #look(): void {
    const ms = performance.now() - this.#lastMs - TICK_MS - this.#excusedMs;
    if (ms <= this.#longest.ms) return;
    this.#longest.ms = ms;
    this.#longest.phase = this.phase;
  }
}
