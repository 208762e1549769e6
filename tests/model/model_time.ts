/**
 * Time as a model test wants it: a wall clock that jumps, and a monotonic clock and timers that move
 * only when told to. Deadlines count on the clock and timers of the platform, so these stand in for them
 * while a history runs.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Clock } from "../../mod.ts";

interface Timer {
  atMs: number;
  fire: () => void;
}

const EPOCH_MS = 1_800_000_000_000;

/** The clocks and timers of one history. */
export class ModelTime implements Clock {
  /** The wall clock. */
  wallMs: number = EPOCH_MS;
  /** By how much each look at the monotonic clock moves it: work that is done in slices yields. */
  tickMs = 0;
  #monotonicMs = 0;
  #lastTimer = 0;
  readonly #timers = new Map<number, Timer>();
  readonly #restore: (() => void)[] = [];

  nowMs(): number {
    return this.wallMs;
  }

  /** Puts these clocks in the place of the platform's. */
  install(): void {
    this.#replace(performance, "now", () => this.#monotonicMs += this.tickMs);
    this.#replace(globalThis, "setTimeout", (fire: () => void, ms: number): number => {
      this.#timers.set(++this.#lastTimer, { atMs: this.#monotonicMs + ms, fire });
      return this.#lastTimer;
    });
    this.#replace(globalThis, "clearTimeout", (timer: number) => this.#timers.delete(timer));
  }

  /** Gives the platform its own back. */
  uninstall(): void {
    for (const restore of this.#restore.splice(0)) restore();
  }

  /**
   * Lets time pass.
   *
   * @param ms How much
   */
  advance(ms: number): void {
    this.#monotonicMs += ms;
    for (const [id, { atMs, fire }] of this.#timers) {
      if (atMs > this.#monotonicMs) continue;
      this.#timers.delete(id);
      fire();
    }
  }

  /** A killed process has no timers. */
  forgetTimers(): void {
    this.#timers.clear();
  }

  #replace(where: object, name: string, stand: unknown): void {
    const own = Object.getOwnPropertyDescriptor(where, name);
    Object.defineProperty(where, name, { value: stand, configurable: true, writable: true });
    this.#restore.push(() => {
      if (own === undefined) Reflect.deleteProperty(where, name);
      else Object.defineProperty(where, name, own);
    });
  }
}

/** As many turns of the event loop as the library takes between two slices, and one more. */
const TURNS = 33;

/** Waits until everything that can go on has done so, as far as its next slice. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < TURNS; turn++) {
    await new Promise<void>((resolve) => setImmediate(() => resolve()));
  }
}
