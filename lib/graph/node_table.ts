/**
 * Numbers the nodes of a graph: points of spaces, in the order in which they are first met.
 *
 * @module
 */

import { BudgetExceededError } from "../errors.ts";
import { NODES_MAX } from "./hyper_source.ts";
import { pointAt } from "../store/point_at.ts";
import { grown } from "./number_list.ts";

const SLOTS_MIN = 256;

/** A slot is looked for among at most so many for each that is taken: two thirds are taken at most. */
const SLOTS_PER_NODE = 1.5;

/** Slots of 8 bytes, of which a line has 64. */
const LINE_BITS = 3;
const LINE_MASK = 7;

const FLOAT = new Float64Array(1);
const WORDS = new Uint32Array(FLOAT.buffer);

/** Open addressing over flat arrays; coordinates are compared as what they are, exactly. */
export class NodeTable {
  /** How many nodes were met. */
  count = 0;
  /**
   * Of each slot the hash and the number plus one of a node, 0 where none is: most other points differ in
   * the hash, which lies beside. A power of two of slots.
   */
  #slots: Uint32Array = new Uint32Array(SLOTS_MIN * 2);
  #mask = SLOTS_MIN - 1;
  /** So many nodes are in slots; those behind were appended, and go there when a point is looked for. */
  #indexed = 0;
  /** Of each node, one after the other, its space and its coordinates. */
  #places: Float64Array = new Float64Array(SLOTS_MIN * 4);
  /** Numbers of a place, while all have as many, as in most graphs; 0 when they have not. */
  #stride = 0;
  /** Where the place of each node begins, and behind the last where it ends, where `#stride` is 0. */
  #starts: Uint32Array | undefined;
  /** Of `fetch`: what was in the slots. */
  #looked: Uint32Array = new Uint32Array(64);
  /** What came of that is of no use, but without it nothing would be fetched. */
  #fetched = 0;

  /**
   * The number of a point, which is met by this.
   *
   * @param space The number of its space
   * @param coordinates Hold the point's
   * @param from The index of its first coordinate
   * @param dims How many it has
   */
  add(space: number, coordinates: ArrayLike<number>, from: number, dims: number): number {
    return this.addHashed(hashOf(space, coordinates, from, dims), space, coordinates, from, dims);
  }

  /**
   * The same for who knows the hash.
   *
   * @param hash What `hashOf` gave
   * @param space The number of its space
   * @param coordinates Hold the point's
   * @param from The index of its first coordinate
   * @param dims How many it has
   */
  addHashed(
    hash: number,
    space: number,
    coordinates: ArrayLike<number>,
    from: number,
    dims: number,
  ): number {
    if (this.#indexed < this.count) this.#indexRest();
    const slots = this.#slots;
    let slot = hash & this.#mask;
    // Ends: a third of the slots are empty.
    for (; slots[slot * 2 + 1] !== 0; slot = (slot + 1) & this.#mask) {
      if (slots[slot * 2] !== hash) continue;
      const node = slots[slot * 2 + 1] - 1;
      if (this.#is(node, space, coordinates, from, dims)) return node;
    }
    const node = this.#append(space, coordinates, from, dims);
    slots[slot * 2] = hash;
    slots[slot * 2 + 1] = this.#indexed = ++this.count;
    if (this.count * SLOTS_PER_NODE > this.#mask) this.#growSlots();
    return node;
  }

  /**
   * The number of a point if it was met; else -1.
   *
   * @param space The number of its space
   * @param coordinates Hold the point's
   * @param from The index of its first coordinate
   * @param dims How many it has
   */
  find(space: number, coordinates: ArrayLike<number>, from: number, dims: number): number {
    if (this.#indexed < this.count) this.#indexRest();
    const hash = hashOf(space, coordinates, from, dims);
    const slots = this.#slots;
    let slot = hash & this.#mask;
    for (; slots[slot * 2 + 1] !== 0; slot = (slot + 1) & this.#mask) {
      if (slots[slot * 2] !== hash) continue;
      const node = slots[slot * 2 + 1] - 1;
      if (this.#is(node, space, coordinates, from, dims)) return node;
    }
    return -1;
  }

  /**
   * The number of a node of another table, which is met by this.
   *
   * @param other The other table
   * @param node Its number there
   */
  addFrom(other: NodeTable, node: number): number {
    const places = other.#places;
    const start = other.#startOf(node);
    return this.add(places[start], places, start + 1, other.#startOf(node + 1) - start - 1);
  }

  /**
   * The number of a node of another table, which is met by this and was surely not met before: takes less.
   *
   * @param other The other table
   * @param node Its number there
   */
  appendFrom(other: NodeTable, node: number): number {
    const places = other.#places;
    const start = other.#startOf(node);
    const dims = other.#startOf(node + 1) - start - 1;
    const appended = this.#append(places[start], places, start + 1, dims);
    this.count++;
    return appended;
  }

  /** Bytes that it takes. */
  get bytes(): number {
    return this.#slots.byteLength + this.#places.byteLength + (this.#starts?.byteLength ?? 0);
  }

  /**
   * Looks at the slots of several points, and at the nodes in them, which takes little longer than to look at
   * one: the processor fetches them side by side. Who adds the points next finds everything at hand.
   *
   * @param hashes What `hashOf` gave
   * @param count How many
   */
  fetch(hashes: Uint32Array, count: number): void {
    const slots = this.#slots;
    const mask = this.#mask;
    const places = this.#places;
    if (count > this.#looked.length) this.#looked = grown(this.#looked, count);
    const looked = this.#looked;
    for (let i = 0; i < count; i++) looked[i] = slots[(hashes[i] & mask) * 2 + 1];
    let sum = 0;
    for (let i = 0; i < count; i++) {
      if (looked[i] !== 0) sum += places[this.#startOf(looked[i]) - 1];
    }
    this.#fetched = sum;
  }

  /** The number of a node's space. */
  spaceOf(node: number): number {
    return this.#places[this.#startOf(node)];
  }

  /** The point of a node, as an array of its own. */
  pointOf(node: number): number[] {
    const from = this.#startOf(node) + 1;
    return pointAt(this.#places, from, this.#startOf(node + 1) - from);
  }

  /** Where the place of a node begins; of one behind the last, where it would. */
  #startOf(node: number): number {
    return this.#starts === undefined ? node * this.#stride : this.#starts[node];
  }

  #is(
    node: number,
    space: number,
    coordinates: ArrayLike<number>,
    from: number,
    dims: number,
  ): boolean {
    const places = this.#places;
    const start = this.#startOf(node);
    if (places[start] !== space || this.#startOf(node + 1) - start !== dims + 1) return false;
    for (let i = 0; i < dims; i++) {
      if (places[start + 1 + i] !== coordinates[from + i]) return false;
    }
    return true;
  }

  #append(
    space: number,
    coordinates: ArrayLike<number>,
    from: number,
    dims: number,
  ): number {
    const node = this.count;
    if (node === NODES_MAX) {
      throw new BudgetExceededError(`A traversal reaches at most ${NODES_MAX} points`, {
        expected: NODES_MAX,
        retryable: false,
      });
    }
    if (node === 0) this.#stride = dims + 1;
    if (this.#starts === undefined && this.#stride !== dims + 1) this.#beginStarts();
    const start = this.#startOf(node);
    const end = start + 1 + dims;
    if (end > this.#places.length) this.#places = larger(this.#places, end);
    this.#places[start] = space;
    for (let i = 0; i < dims; i++) this.#places[start + 1 + i] = coordinates[from + i];
    if (this.#starts !== undefined) {
      if (node + 1 === this.#starts.length) this.#starts = grown(this.#starts, node + 2);
      this.#starts[node + 1] = end;
    }
    return node;
  }

  /** From now on places are of several lengths. */
  #beginStarts(): void {
    const starts = new Uint32Array(this.count + SLOTS_MIN);
    for (let node = 0; node <= this.count; node++) starts[node] = node * this.#stride;
    this.#starts = starts;
  }

  #indexRest(): void {
    const places = this.#places;
    while (this.count * SLOTS_PER_NODE > this.#mask) this.#growSlots();
    for (let node = this.#indexed; node < this.count; node++) {
      const start = this.#startOf(node);
      const dims = this.#startOf(node + 1) - start - 1;
      const hash = hashOf(places[start], places, start + 1, dims);
      let slot = hash & this.#mask;
      while (this.#slots[slot * 2 + 1] !== 0) slot = (slot + 1) & this.#mask;
      this.#slots[slot * 2] = hash;
      this.#slots[slot * 2 + 1] = node + 1;
    }
    this.#indexed = this.count;
  }

  #growSlots(): void {
    const old = this.#slots;
    const slots = new Uint32Array(old.length * 2);
    const mask = this.#mask * 2 + 1;
    for (let i = 0; i < old.length; i += 2) {
      if (old[i + 1] === 0) continue;
      let slot = old[i] & mask;
      while (slots[slot * 2 + 1] !== 0) slot = (slot + 1) & mask;
      slots[slot * 2] = old[i];
      slots[slot * 2 + 1] = old[i + 1];
    }
    this.#slots = slots;
    this.#mask = mask;
  }
}

/**
 * The hash of a point.
 *
 * Every bit of every coordinate counts. Eight slots are a line of the processor's cache, and points that
 * differ in the low three bits of a whole first coordinate lie in one line, since who asks for one soon
 * asks for its neighbours.
 *
 * @param space The number of its space
 * @param coordinates Hold the point's
 * @param from The index of its first coordinate
 * @param dims How many it has
 */
export function hashOf(
  space: number,
  coordinates: ArrayLike<number>,
  from: number,
  dims: number,
): number {
  const first = coordinates[from];
  const word = first >>> 0; // Of -0 too, which equals 0 and has other bits.
  let hash = mixed(Math.imul(space, 0x9e37_79b1), word === first ? word >>> LINE_BITS : first);
  for (let i = from + 1; i < from + dims; i++) hash = mixed(hash, coordinates[i]);
  hash = Math.imul(hash ^ hash >>> 15, 0x2c1b_3c6d);
  return ((hash ^ hash >>> 13) << LINE_BITS | word & LINE_MASK) >>> 0;
}

/** Another hash with a value in it; u32, which nearly all are, take the short way. */
function mixed(hash: number, value: number): number {
  const word = value >>> 0;
  if (word === value) {
    hash = Math.imul(hash ^ word, 0x85eb_ca6b);
  } else {
    FLOAT[0] = value;
    hash = Math.imul(hash ^ WORDS[0], 0x85eb_ca6b);
    hash = Math.imul((hash << 13 | hash >>> 19) ^ WORDS[1], 0xc2b2_ae35);
  }
  return hash ^ hash >>> 15;
}

function larger(array: Float64Array, length: number): Float64Array {
  const copy = new Float64Array(Math.max(length, array.length * 2));
  copy.set(array);
  return copy;
}
