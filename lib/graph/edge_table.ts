/**
 * Numbers the edges of a graph by their ids, in the order in which they are first met, and keeps their
 * endpoints.
 *
 * @module
 */

import { BudgetExceededError } from "../errors.ts";
import { packEndpoint, type Slice } from "./hyper_source.ts";
import { grown } from "./number_list.ts";

const SLOTS_MIN = 256;
const SLOTS_PER_EDGE = 1.5;

/** The starts of endpoints are u32. */
const ENDPOINTS_MAX = 2 ** 32 - 2;

/** Set in place of an edge's end while its endpoints are not known. */
const UNKNOWN = 0xffff_ffff;

/** Open addressing over flat arrays. */
export class EdgeTable {
  /** How many edges were met. */
  count = 0;
  /** How many of them can be found. */
  found = 0;
  /** An edge's number plus one; 0 where none is. A power of two of them. */
  #slots: Uint32Array = new Uint32Array(SLOTS_MIN);
  /** Of each edge the high and the low word of its id. */
  #ids: Uint32Array = new Uint32Array(SLOTS_MIN * 2);
  /** Where the endpoints of each edge begin. */
  #starts: Uint32Array = new Uint32Array(SLOTS_MIN);
  /** Where the endpoints of each edge end; `UNKNOWN` while they are not known. */
  #ends: Uint32Array = new Uint32Array(SLOTS_MIN);
  #endpoints: Uint32Array = new Uint32Array(SLOTS_MIN * 4);
  #used = 0;
  readonly #slice = { items: this.#endpoints, from: 0, to: 0 };

  /**
   * The number of an edge, which is met by this.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   */
  add(high: number, low: number): number {
    const slot = this.#slotOf(high, low);
    if (this.#slots[slot] !== 0) return this.#slots[slot] - 1;
    const edge = this.append(high, low);
    this.#slots[slot] = edge + 1;
    if (++this.found * SLOTS_PER_EDGE > this.#slots.length) this.#growSlots();
    return edge;
  }

  /**
   * The number of an edge that was not met before, and that nobody will look for.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   */
  append(high: number, low: number): number {
    const edge = this.count++;
    if (edge === this.#starts.length) this.#growEdges();
    this.#ids[edge * 2] = high;
    this.#ids[edge * 2 + 1] = low;
    this.#ends[edge] = UNKNOWN;
    return edge;
  }

  /** The number of an edge if it was met, and not by `append`; else -1. */
  find(high: number, low: number): number {
    return this.#slots[this.#slotOf(high, low)] - 1;
  }

  /** The high 32 bits of an edge's id. */
  highOf(edge: number): number {
    return this.#ids[edge * 2];
  }

  /** The low 32 bits of an edge's id. */
  lowOf(edge: number): number {
    return this.#ids[edge * 2 + 1];
  }

  /** The id of an edge. */
  idOf(edge: number): bigint {
    return BigInt(this.highOf(edge)) << 32n | BigInt(this.lowOf(edge));
  }

  /** The ids of edges, two words each. */
  idsOf(edges: Uint32Array): Uint32Array {
    const ids = new Uint32Array(edges.length * 2);
    for (let i = 0; i < edges.length; i++) {
      ids[2 * i] = this.highOf(edges[i]);
      ids[2 * i + 1] = this.lowOf(edges[i]);
    }
    return ids;
  }

  /** Whether the endpoints of an edge are known. */
  isKnown(edge: number): boolean {
    return this.#ends[edge] !== UNKNOWN;
  }

  /**
   * Begins to tell the endpoints of an edge, which are then known; `addEndpoint` tells them.
   *
   * @param edge One whose endpoints are not known
   */
  beginEndpoints(edge: number): void {
    this.#starts[edge] = this.#ends[edge] = this.#used;
  }

  /**
   * Tells an endpoint.
   *
   * @param edge The edge for which `beginEndpoints` was called last
   * @param node The number of the node
   * @param side On which side of the edge it is
   */
  addEndpoint(edge: number, node: number, side: number): void {
    if (this.#used === this.#endpoints.length) {
      if (this.#used === ENDPOINTS_MAX) throw tooMany();
      const length = Math.min(this.#used * 2, ENDPOINTS_MAX);
      const larger = new Uint32Array(length);
      larger.set(this.#endpoints);
      this.#endpoints = larger;
    }
    this.#endpoints[this.#used++] = packEndpoint(node, side);
    this.#ends[edge] = this.#used;
  }

  /** The endpoints of an edge, known ones; stays until the next call. */
  endpointsOf(edge: number): Slice {
    const slice = this.#slice;
    slice.items = this.#endpoints;
    slice.from = this.#starts[edge];
    slice.to = this.#ends[edge];
    return slice;
  }

  /** The slot of an edge, or the empty one where it would be. */
  #slotOf(high: number, low: number): number {
    const slots = this.#slots;
    const mask = slots.length - 1;
    let slot = hashOf(high, low) & mask;
    // Ends: a third of the slots are empty.
    for (; slots[slot] !== 0; slot = (slot + 1) & mask) {
      const at = (slots[slot] - 1) * 2;
      if (this.#ids[at + 1] === low && this.#ids[at] === high) return slot;
    }
    return slot;
  }

  #growEdges(): void {
    const capacity = this.#starts.length * 2;
    this.#ids = grown(this.#ids, capacity * 2);
    this.#starts = grown(this.#starts, capacity);
    this.#ends = grown(this.#ends, capacity);
  }

  #growSlots(): void {
    const old = this.#slots;
    this.#slots = new Uint32Array(old.length * 2);
    for (const taken of old) {
      if (taken === 0) continue;
      this.#slots[this.#slotOf(this.highOf(taken - 1), this.lowOf(taken - 1))] = taken;
    }
  }
}

/**
 * A hash of an id.
 *
 * @param high Its high word
 * @param low Its low word
 */
export function hashOf(high: number, low: number): number {
  return mixed(mixed(high) ^ low);
}

/** Every bit depends on all; the numbers are from Chris Wellons' hash-prospector (public domain). */
function mixed(word: number): number {
  word = Math.imul(word ^ word >>> 16, 0x21f0_aaad);
  word = Math.imul(word ^ word >>> 15, 0x735a_2d97);
  return word ^ word >>> 15;
}

function tooMany(): BudgetExceededError {
  return new BudgetExceededError(`A traversal meets at most ${ENDPOINTS_MAX} endpoints`, {
    expected: ENDPOINTS_MAX,
    retryable: false,
  });
}
