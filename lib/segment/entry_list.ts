/**
 * Writes and tombstones as columns: what an intent holds until it is settled.
 *
 * A column a field, so that a million entries are a few arrays and go into a log, and from there into
 * the store, without a million objects in between. An entry is made into an object where somebody looks
 * at it by itself.
 *
 * @module
 */

import { REVISION_WORDS, revisionOfWords, writeRevisionWords } from "../clock/revision.ts";
import type { Revision } from "../clock/revision.ts";
import type { WalEntry } from "./entry.ts";

/** An entry that stands at an address: a write or a tombstone. */
export type DataEntry = Extract<WalEntry, { kind: "write" | "tombstone" }>;

/** Entries one after the other, in whatever form. */
export interface EntrySequence extends Iterable<DataEntry> {
  /** How many. */
  readonly length: number;
}

/** Values as bytes, one after the other. */
export interface EncodedValues {
  /** The bytes. */
  readonly bytes: Uint8Array;
  /** Where each ends; it begins where the one before it ends. */
  readonly ends: Uint32Array;
}

/** Room to begin with: most intents are small. */
const ENTRIES_MIN = 4;
const VALUE_BYTES_MIN = 128;

/** A list that only grows. Its columns are valid up to `length`, and until it grows. */
export class EntryList implements EntrySequence {
  /** How many entries. */
  length = 0;
  /** The number of each entry's space. */
  spaces!: Uint32Array;
  /** Where each entry's coordinates begin, and where the last ends. */
  starts!: Uint32Array;
  /** Points, one after the other. */
  coordinates!: Float64Array;
  /** Revisions, four words each. */
  revisions!: Uint32Array;
  /** 1 for a tombstone. */
  tombstones!: Uint8Array;
  /** The bytes of the values, one after the other. */
  values: Uint8Array = new Uint8Array(VALUE_BYTES_MIN);
  /** Where each value ends; it begins where the one before it ends. */
  ends!: Uint32Array;

  constructor() {
    this.#layOut(ENTRIES_MIN, 3 * ENTRIES_MIN);
  }

  /**
   * A list of entries.
   *
   * @param entries Those
   */
  static of(entries: Iterable<DataEntry>): EntryList {
    const list = new EntryList();
    for (const entry of entries) {
      const { address: { space, point }, revision } = entry;
      list.add(space, point, revision, entry.kind === "write" ? entry.data : undefined);
    }
    return list;
  }

  /** Bytes of all values. */
  get valueBytes(): number {
    return this.length === 0 ? 0 : this.ends[this.length - 1];
  }

  /**
   * Takes an entry.
   *
   * @param space The number of the space
   * @param point The point; copied
   * @param revision Its revision
   * @param data The value as bytes; copied; undefined for a tombstone
   */
  add(
    space: number,
    point: ArrayLike<number>,
    revision: Revision,
    data: Uint8Array | undefined,
  ): void {
    const at = this.length;
    const from = this.starts[at];
    this.#reserve(1, point.length);
    this.spaces[at] = space;
    for (let axis = 0; axis < point.length; axis++) this.coordinates[from + axis] = point[axis];
    this.starts[at + 1] = from + point.length;
    writeRevisionWords(revision, this.revisions, at * REVISION_WORDS);
    this.tombstones[at] = data === undefined ? 1 : 0;
    this.ends[at] = this.#addBytes(data);
    this.length = at + 1;
  }

  /**
   * Takes many writes.
   *
   * @param space The number of their space
   * @param coordinates Points, row after row; copied
   * @param first The revision of the first; those that follow differ from it in their sequence
   * @param values As many; copied
   */
  addMany(
    space: number,
    coordinates: Float64Array,
    first: Revision,
    { bytes, ends }: EncodedValues,
  ): void {
    const count = ends.length;
    const dims = coordinates.length / count;
    const at = this.length;
    this.#reserve(count, coordinates.length);
    const from = this.starts[at];
    const valuesFrom = this.#addBytes(bytes) - bytes.length;
    this.coordinates.set(coordinates, from);
    this.spaces.fill(space, at, at + count);
    this.tombstones.fill(0, at, at + count);
    writeRevisionWords(first, this.revisions, at * REVISION_WORDS);
    const [high, low, session, sequence] = this.revisions.subarray(at * REVISION_WORDS);
    for (let i = 0, word = at * REVISION_WORDS; i < count; i++, word += REVISION_WORDS) {
      this.revisions[word] = high;
      this.revisions[word + 1] = low;
      this.revisions[word + 2] = session;
      this.revisions[word + 3] = sequence + i;
      this.starts[at + i + 1] = from + (i + 1) * dims;
      this.ends[at + i] = valuesFrom + ends[i];
    }
    this.length = at + count;
  }

  /**
   * The revision of an entry.
   *
   * @param index Which
   */
  revisionAt(index: number): Revision {
    return revisionOfWords(this.revisions, index * REVISION_WORDS);
  }

  /**
   * An entry.
   *
   * @param index Which
   * @returns An object of its own; its data is a view, not to be changed
   */
  at(index: number): DataEntry {
    const point = Array.from(
      this.coordinates.subarray(this.starts[index], this.starts[index + 1]),
    );
    const address = { space: this.spaces[index], point };
    const revision = this.revisionAt(index);
    if (this.tombstones[index] === 1) return { kind: "tombstone", address, revision };
    const from = index === 0 ? 0 : this.ends[index - 1];
    const data = this.values.subarray(from, this.ends[index]);
    return { kind: "write", address, revision, data };
  }

  /** The entries in their order. */
  *[Symbol.iterator](): Generator<DataEntry> {
    for (let i = 0; i < this.length; i++) yield this.at(i);
  }

  #addBytes(data: Uint8Array | undefined): number {
    const from = this.valueBytes;
    if (data === undefined) return from;
    const end = from + data.length;
    if (end > this.values.length) {
      const grown = new Uint8Array(Math.max(end, 2 * this.values.length));
      grown.set(this.values.subarray(0, from));
      this.values = grown;
    }
    if (data.length > 64) this.values.set(data, from);
    else for (let i = 0; i < data.length; i++) this.values[from + i] = data[i];
    return end;
  }

  #reserve(count: number, coordinates: number): void {
    const entries = this.length + count;
    const coordinateEnd = this.starts[this.length] + coordinates;
    if (entries <= this.spaces.length && coordinateEnd <= this.coordinates.length) return;
    const old = { ...this };
    this.#layOut(
      entries <= old.spaces.length ? old.spaces.length : Math.max(entries, 2 * old.spaces.length),
      coordinateEnd <= old.coordinates.length
        ? old.coordinates.length
        : Math.max(coordinateEnd, 2 * old.coordinates.length),
    );
    this.spaces.set(old.spaces.subarray(0, this.length));
    this.starts.set(old.starts.subarray(0, this.length + 1));
    this.coordinates.set(old.coordinates.subarray(0, old.starts[this.length]));
    this.revisions.set(old.revisions.subarray(0, this.length * REVISION_WORDS));
    this.tombstones.set(old.tombstones.subarray(0, this.length));
    this.ends.set(old.ends.subarray(0, this.length));
  }

  /** All columns over one buffer: to allocate one costs far more than to lay an array over it. */
  #layOut(entries: number, coordinates: number): void {
    const words = (2 + REVISION_WORDS) * entries + entries + 1;
    const buffer = new ArrayBuffer(8 * coordinates + 4 * words + entries);
    let at = 0;
    const take = (bytes: number): number => {
      at += bytes;
      return at - bytes;
    };
    this.coordinates = new Float64Array(buffer, take(8 * coordinates), coordinates);
    this.revisions = new Uint32Array(
      buffer,
      take(4 * REVISION_WORDS * entries),
      REVISION_WORDS * entries,
    );
    this.spaces = new Uint32Array(buffer, take(4 * entries), entries);
    this.ends = new Uint32Array(buffer, take(4 * entries), entries);
    this.starts = new Uint32Array(buffer, take(4 * (entries + 1)), entries + 1);
    this.tombstones = new Uint8Array(buffer, take(entries), entries);
  }
}
