/**
 * What was read of all graphs of a database, bounded in bytes.
 *
 * It is taken out of what pages may have, so that both together stay below it. When there is no more room
 * nothing is learned, until more was asked for in vain than there is: then what is wanted now is likely
 * something else, and all of it begins anew. So to begin anew costs no more than the reading before it.
 *
 * @module
 */

import { Adjacency } from "./adjacency.ts";

/** Not before so much was asked for in vain. */
const MISSES_MIN = 1000;

/** What was read of one graph. */
export class AdjacencyShare {
  /** What was read and not dropped. */
  current: Adjacency = new Adjacency();
  /** Bytes that the cache knows of. */
  bytes = 0;
  readonly #cache: AdjacencyCache;

  /** @param cache Which bounds it */
  constructor(cache: AdjacencyCache) {
    this.#cache = cache;
  }

  /**
   * Asks whether more may be learned.
   *
   * @param adjacency What `current` was, perhaps some time ago
   */
  hasRoom(adjacency: Adjacency): boolean {
    return adjacency === this.current && this.#cache.hasRoom();
  }

  /** More was learned. */
  grew(): void {
    const { bytes } = this.current;
    if (bytes === this.bytes) return;
    this.#cache.add(bytes - this.bytes);
    this.bytes = bytes;
  }
}

/** What was read of the graphs of one database. */
export class AdjacencyCache {
  readonly #bytesMax: number;
  readonly #charge: (bytes: number) => void;
  readonly #shares = new Map<number, AdjacencyShare>();
  #bytes = 0;
  #misses = 0;

  /**
   * @param bytesMax Bytes that they may take
   * @param charge Told of each change: how many bytes more it is, or less
   */
  constructor(bytesMax: number, charge: (bytes: number) => void) {
    this.#bytesMax = bytesMax;
    this.#charge = charge;
  }

  /**
   * What was read of a graph.
   *
   * @param graph Its number
   */
  shareOf(graph: number): AdjacencyShare {
    let share = this.#shares.get(graph);
    if (share === undefined) this.#shares.set(graph, share = new AdjacencyShare(this));
    return share;
  }

  /** Whether more may be learned: of a graph of whom something was asked in vain. */
  hasRoom(): boolean {
    if (this.#bytes * 2 <= this.#bytesMax) return true; // Even if its largest part doubles.
    if (++this.#misses > MISSES_MIN && this.#misses > this.#points) this.#drop();
    return false;
  }

  /**
   * A share grew.
   *
   * @param bytes How many bytes
   */
  add(bytes: number): void {
    this.#bytes += bytes;
    this.#charge(bytes);
  }

  get #points(): number {
    let points = 0;
    for (const { current } of this.#shares.values()) points += current.nodes.count;
    return points;
  }

  #drop(): void {
    for (const share of this.#shares.values()) {
      share.current = new Adjacency();
      share.bytes = 0;
    }
    this.add(-this.#bytes);
    this.#misses = 0;
  }
}
