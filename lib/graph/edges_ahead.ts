/**
 * Reads edges some at a time: where each of them is in memory is fetched together with the others.
 *
 * @module
 */

import type { Hyperedge } from "../hyperedge.ts";
import { LOCATED_MAX } from "../store/run.ts";
import type { EdgeReader } from "./edge_reader.ts";

/** So many are fetched first, and then twice as many each time: who stops soon has not waited for all. */
const BATCH_MIN = 8;
const BATCH_MAX = LOCATED_MAX;

/** The ids of edges, one after the other. */
export interface EdgeIds {
  /** After `next` returned true: the high 32 bits of the id. */
  readonly high: number;
  /** After `next` returned true: the low 32 bits. */
  readonly low: number;
  /** Moves to the next id: whether there is one. */
  next(): boolean;
}

/** Ids in an array. */
export class ListedIds implements EdgeIds {
  high = 0;
  low = 0;
  readonly #ids: Uint32Array;
  #at = 0;

  /** @param ids Two words each */
  constructor(ids: Uint32Array) {
    this.#ids = ids;
  }

  /** Moves to the next id: whether there is one. */
  next(): boolean {
    if (this.#at === this.#ids.length) return false;
    this.high = this.#ids[this.#at++];
    this.low = this.#ids[this.#at++];
    return true;
  }
}

/** The edges that have some ids, one after the other. Can be used again and again. */
export class EdgesAhead {
  #ids: EdgeIds | undefined;
  #reader: EdgeReader | undefined;
  readonly #batch = new Uint32Array(2 * BATCH_MAX);
  readonly #places = new Uint32Array(BATCH_MAX);
  #at = 0;
  #count = 0;
  #size = 0;
  #left = 0;
  /** What went wrong behind the ids of the batch. */
  #failure: { error: unknown } | undefined;

  /**
   * Begins with other ids.
   *
   * @param ids The ids
   * @param reader Reads edges
   * @param limit How many are asked for
   */
  begin(ids: EdgeIds, reader: EdgeReader, limit: number): this {
    this.#ids = ids;
    this.#reader = reader;
    this.#at = this.#count = 0;
    this.#size = BATCH_MIN;
    this.#left = limit;
    this.#failure = undefined;
    return this;
  }

  /** Lets go of what was read. */
  release(): void {
    this.#ids = this.#reader = this.#failure = undefined;
  }

  /** The next edge; undefined at the end. */
  next(): Hyperedge | undefined {
    if (this.#at === this.#count) this.#gather();
    if (this.#at === this.#count) {
      if (this.#failure !== undefined) throw this.#failure.error;
      return undefined;
    }
    const place = this.#places[this.#at];
    const at = 2 * this.#at++;
    return this.#reader!.takeLocated(this.#batch[at], this.#batch[at + 1], place);
  }

  #gather(): void {
    this.#at = this.#count = 0;
    if (this.#failure !== undefined) return;
    const ids = this.#ids!;
    const batch = this.#batch;
    const end = Math.min(this.#size, this.#left);
    let count = 0;
    try {
      while (count < end && ids.next()) {
        batch[2 * count] = ids.high;
        batch[2 * count + 1] = ids.low;
        count++;
      }
    } catch (error) {
      this.#failure = { error }; // The edges before it are in order.
    }
    this.#count = count;
    this.#left -= count;
    this.#size = Math.min(2 * this.#size, BATCH_MAX);
    this.#reader!.locate(batch, count, this.#places);
  }
}
