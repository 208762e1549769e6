/**
 * How long the event loop stands still: a timer that should tick every millisecond, and when it did.
 *
 * A gap is either a slice of our own work or a stall of the machine, which burns no CPU. What a gap burned
 * is counted for all threads, as far as it fits in the gap: so it may be too much, when others work
 * meanwhile, but misses nothing of ours, except when our own thread waits for a disk in a blocking call.
 *
 * @module
 */

import process from "node:process";
import { clearTimeout, setTimeout } from "node:timers";

const TICK_MS = 1;

/** A time without a tick. */
export interface EventLoopGap {
  /** Milliseconds by which the tick was late. */
  ms: number;
  /** Milliseconds of the processors in it, at most `ms`. */
  cpuMs: number;
  /** What was going on. */
  phase: string;
}

/** The worst gaps. */
export interface EventLoopGaps {
  /** The one that lasted longest. */
  longest: EventLoopGap;
  /** The one that burned the most CPU. */
  busiest: EventLoopGap;
}

/** A moment, by the clock and by the processors. */
export interface Moment {
  /** Milliseconds by the clock. */
  ms: number;
  /** Milliseconds of the processors, all threads together. */
  cpuMs: number;
}

/** Watches the event loop from its making on, until it is disposed of. */
export class EventLoopWatch implements Disposable {
  /** What is going on, in words. */
  phase: string;
  #longest: EventLoopGap;
  #busiest: EventLoopGap;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #last: Moment;
  #excused: Moment = { ms: 0, cpuMs: 0 };

  /** @param phase What is going on at first */
  constructor(phase: string) {
    this.phase = phase;
    this.#longest = this.#busiest = { ms: 0, cpuMs: 0, phase };
    this.#last = this.now();
    this.#arm(this.#last);
  }

  /** This moment, for `excuse`. */
  now(): Moment {
    const { user, system } = process.cpuUsage();
    return { ms: performance.now(), cpuMs: (user + system) / 1000 };
  }

  /**
   * Leaves out work that blocks and is the caller's own.
   *
   * @param since When it began; it ends now
   */
  excuse(since: Moment): void {
    const now = this.now();
    this.#excused.ms += now.ms - since.ms;
    this.#excused.cpuMs += now.cpuMs - since.cpuMs;
  }

  /** The worst gaps, the one that lasts until now included. */
  get gaps(): EventLoopGaps {
    this.#look();
    return { longest: this.#longest, busiest: this.#busiest };
  }

  /** Ends the watch. */
  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #arm(now: Moment): void {
    this.#last = now;
    this.#excused = { ms: 0, cpuMs: 0 };
    this.#timer = setTimeout(() => this.#arm(this.#look()), TICK_MS);
  }

  /** @returns When it looked, which is when the next gap begins: what looking costs is part of it */
  #look(): Moment {
    const now = this.now();
    const ms = now.ms - this.#last.ms - TICK_MS - this.#excused.ms;
    const burned = now.cpuMs - this.#last.cpuMs - this.#excused.cpuMs;
    const gap = { ms, cpuMs: Math.min(ms, burned), phase: this.phase };
    if (gap.ms > this.#longest.ms) this.#longest = gap;
    if (gap.cpuMs > this.#busiest.cpuMs) this.#busiest = gap;
    return now;
  }
}
