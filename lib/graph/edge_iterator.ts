/**
 * Gives edges one by one.
 *
 * @module
 */

import type { Hyperedge } from "../hyperedge.ts";
import { PinnedIterator } from "../store/pinned_iterator.ts";

/** Gives edges. Pins what it reads at the first `next()`. */
export class EdgeIterator extends PinnedIterator<Hyperedge> {
  readonly #source: { check(): void };
  readonly #begin: () => () => Hyperedge | undefined;
  #left: number;
  #step: (() => Hyperedge | undefined) | undefined;

  /**
   * @param source Tells whether it was closed
   * @param limit The most edges
   * @param begin Pins what is read, and gives what takes each step
   */
  constructor(source: { check(): void }, limit: number, begin: () => () => Hyperedge | undefined) {
    super();
    this.#source = source;
    this.#left = limit;
    this.#begin = begin;
  }

  override release(): void {
    this.#step = undefined;
  }

  override nextValue(): Hyperedge | undefined {
    this.#source.check();
    if (this.#left <= 0) return undefined;
    this.#step ??= this.#begin();
    this.#left--;
    return this.#step();
  }
}
