/**
 * What was read of all graphs of a database, bounded in bytes.
 *
 * It is taken out of what pages may have, so that both together stay below it, and goes when pages are
 * read instead. When there is no more room nothing is learned, until more was asked for in vain than
 * there is: then what is wanted now is likely something else, and all of it begins anew. So to begin anew
 * costs no more than the reading before it.
 *
 * @module
 */

import type { CacheGuest } from "../store/page_cache.ts";
import { Adjacency } from "./adjacency.ts";

/** Not before so much was asked for in vain. */
const MISSES_MIN = 1000;

/** What was read of one graph. */
export class AdjacencyShare {
  /** Bytes that the cache knows of. */
  bytes = 0;
  readonly #cache: AdjacencyCache;
  #current: Adjacency | undefined;

  /** @param cache Which bounds it */
  constructor(cache: AdjacencyCache) {
    this.#cache = cache;
  }

  /** What was read and not dropped, for who uses it now. */
  get current(): Adjacency {
    this.#cache.used = true;
    return this.#current ??= new Adjacency();
  }

  /** How many points that is about. */
  get points(): number {
    return this.#current?.nodes.count ?? 0;
  }

  /**
   * How much more may be learned: of a graph of whom something was asked in vain.
   *
   * @param adjacency What `current` was, perhaps some time ago
   * @returns Bytes; 0 if nothing
   */
  roomIn(adjacency: Adjacency): number {
    if (adjacency !== this.#current) return 0;
    this.#cache.used = true;
    return this.#cache.room();
  }

  /** More was learned. */
  grew(): void {
    if (this.#current === undefined) return;
    const { bytes } = this.#current;
    if (bytes === this.bytes) return;
    const more = bytes - this.bytes;
    this.bytes = bytes;
    this.#cache.add(more);
  }

  /** Nothing is kept any more. */
  drop(): void {
    this.#current = undefined;
    this.bytes = 0;
  }
}

/** What was read of the graphs of one database. */
export class AdjacencyCache implements CacheGuest {
  used = false;
  readonly #bytesMax: number;
  readonly #charge: (bytes: number) => void;
  readonly #shares = new Map<number, AdjacencyShare>();
  #bytes = 0;
  #misses = 0;

  /**
   * @param bytesMax Bytes that they may take
   * @param admit Lets it take them: gives what is told of each change, how many bytes more or less
   */
  constructor(bytesMax: number, admit: (guest: CacheGuest) => (bytes: number) => void) {
    this.#bytesMax = bytesMax;
    this.#charge = admit(this);
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

  /** How many bytes more may be learned, after something was asked for in vain; 0 if none. */
  room(): number {
    const room = this.#bytesMax / 2 - this.#bytes; // What there is may double when it grows.
    if (room > 0) return room;
    if (++this.#misses > MISSES_MIN && this.#misses > this.#points) this.drop();
    return 0;
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

  /** All of it begins anew. */
  drop(): void {
    for (const share of this.#shares.values()) share.drop();
    this.add(-this.#bytes);
    this.#misses = 0;
  }

  get #points(): number {
    let points = 0;
    for (const share of this.#shares.values()) points += share.points;
    return points;
  }
}
