/**
 * Versions that somebody has yet to look at: where they stand, and when they were written.
 *
 * @module
 */

import { REVISION_WORDS } from "../clock/revision.ts";
import { type CommittedEntries, valueBytesOf } from "./committed.ts";

/** Words of an address: the two of an id. */
const ADDRESS_WORDS = 2;

/** Words of a version. */
export const VERSION_WORDS: number = ADDRESS_WORDS + REVISION_WORDS;

const VERSIONS_MIN = 16;
const VERSION_BYTES = VERSION_WORDS * Uint32Array.BYTES_PER_ELEMENT;

/** Versions of edges, in the order in which they came: two words of an id and four of a revision each. */
export class VersionList {
  /** How many ever came. */
  added = 0;
  /** About how many bytes the versions have that came since there were none. */
  bytes = 0;
  /** Holds their words, one version after the other. */
  words: Uint32Array = new Uint32Array(VERSIONS_MIN * VERSION_WORDS);
  #first = 0;
  #end = 0;

  /** How many. */
  get length(): number {
    return (this.#end - this.#first) / VERSION_WORDS;
  }

  /** The index in `words` of the first word of the first version. */
  get first(): number {
    return this.#first;
  }

  /**
   * Versions come.
   *
   * @param entries They are among these
   * @param from The first
   * @param to The end, exclusive
   */
  add(entries: CommittedEntries, from: number, to: number): void {
    const { starts, coordinates, revisions } = entries;
    this.#reserve((to - from) * VERSION_WORDS);
    let at = this.#end;
    for (let i = from; i < to; i++) {
      this.words[at++] = coordinates[starts[i]];
      this.words[at++] = coordinates[starts[i] + 1];
      for (let word = 0; word < REVISION_WORDS; word++) {
        this.words[at++] = revisions[i * REVISION_WORDS + word];
      }
    }
    this.#end = at;
    this.added += to - from;
    this.bytes += (to - from) * VERSION_BYTES + valueBytesOf(entries, from, to);
  }

  /**
   * The first ones were looked at.
   *
   * @param count How many
   */
  drop(count: number): void {
    this.#first += count * VERSION_WORDS;
    if (this.#first < this.#end) return;
    this.#first = this.#end = this.bytes = 0;
    this.words = new Uint32Array(VERSIONS_MIN * VERSION_WORDS);
  }

  /** Moves what is left to the front when half of the room or more is before it, or else makes more. */
  #reserve(words: number): void {
    if (this.#end + words <= this.words.length) return;
    const kept = this.words.subarray(this.#first, this.#end);
    const needed = kept.length + words;
    if (needed * 2 > this.words.length) {
      const larger = new Uint32Array(Math.max(needed, 2 * this.words.length));
      larger.set(kept);
      this.words = larger;
    } else {
      this.words.set(kept);
    }
    this.#first = 0;
    this.#end = kept.length;
  }
}
