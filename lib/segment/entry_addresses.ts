/**
 * Where the entries of a list stand, and when they were written: what is asked of them after their
 * values have gone elsewhere.
 *
 * @module
 */

import { type Revision, REVISION_WORDS, revisionOfWords } from "../clock/revision.ts";
import type { DataEntry, EntryList } from "./entry_list.ts";

/** An entry without its value. */
export type AddressedEntry = Pick<DataEntry, "address" | "revision">;

/** The columns of a list that does not grow any more, but for the values. */
export class EntryAddresses implements Iterable<AddressedEntry> {
  /** How many entries. */
  readonly length: number;
  readonly #spaces: Uint32Array;
  readonly #starts: Uint32Array;
  readonly #coordinates: Float64Array;
  readonly #revisions: Uint32Array;

  /** @param list Its columns are shared, not copied */
  constructor({ length, spaces, starts, coordinates, revisions }: EntryList) {
    this.length = length;
    this.#spaces = spaces;
    this.#starts = starts;
    this.#coordinates = coordinates;
    this.#revisions = revisions;
  }

  /** The memory that it keeps. */
  get bytes(): number {
    return this.#coordinates.buffer.byteLength; // All columns lie in it.
  }

  /** The entries in their order. */
  *[Symbol.iterator](): Generator<AddressedEntry> {
    for (let i = 0; i < this.length; i++) {
      const point = Array.from(this.#coordinates.subarray(this.#starts[i], this.#starts[i + 1]));
      const revision: Revision = revisionOfWords(this.#revisions, i * REVISION_WORDS);
      yield { address: { space: this.#spaces[i], point }, revision };
    }
  }
}
