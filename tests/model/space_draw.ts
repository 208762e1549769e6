/**
 * Draws what a history needs from a seed.
 *
 * @module
 */

import { makeRandom, type Random } from "../crash/random.ts";

/** Draws from one seed. */
export class Draw {
  /** Draws a number from 0 up to 1. */
  readonly random: Random;

  /** @param seed Any integer */
  constructor(seed: number) {
    this.random = makeRandom(seed);
  }

  /** An integer from 0 up to a limit. */
  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  /** True in that share of the cases. */
  chance(share: number): boolean {
    return this.random() < share;
  }

  /** One of a list that is not empty. */
  pick<T>(list: readonly T[]): T {
    return list[this.below(list.length)];
  }
}
