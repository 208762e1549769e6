/**
 * Versions that somebody has yet to look at: where they stand, and when they were written.
 *
 * @module
 */

import { REVISION_WORDS } from "../clock/revision.ts";
import type { CommittedEntries } from "./committed.ts";

/** Words of an address: the two of an id. */
const ADDRESS_WORDS = 2;

/** Words of a version. */
export const VERSION_WORDS: number = ADDRESS_WORDS + REVISION_WORDS;

const VERSIONS_MIN = 16;

/** Versions of edges: two words of an id and four of a revision each. */
export class VersionList {
  /** How many. */
  length = 0;
  /** How many ever came. */
  added = 0;
  /** Their words, one version after the other. */
  words: Uint32Array = new Uint32Array(VERSIONS_MIN * VERSION_WORDS);

  /**
   * Versions come.
   *
   * @param entries They are among these
   * @param from The first
   * @param to The end, exclusive
   */
  add({ starts, coordinates, revisions }: CommittedEntries, from: number, to: number): void {
    let at = this.length * VERSION_WORDS;
    const end = at + (to - from) * VERSION_WORDS;
    if (end > this.words.length) {
      const larger = new Uint32Array(Math.max(end, 2 * this.words.length));
      larger.set(this.words.subarray(0, at));
      this.words = larger;
    }
    for (let i = from; i < to; i++) {
      this.words[at++] = coordinates[starts[i]];
      this.words[at++] = coordinates[starts[i] + 1];
      for (let word = 0; word < REVISION_WORDS; word++) {
        this.words[at++] = revisions[i * REVISION_WORDS + word];
      }
    }
    this.length += to - from;
    this.added += to - from;
  }

  /**
   * The first ones were looked at.
   *
   * @param count How many
   */
  drop(count: number): void {
    this.words.copyWithin(0, count * VERSION_WORDS, this.length * VERSION_WORDS);
    this.length -= count;
    if (this.length === 0) this.words = new Uint32Array(VERSIONS_MIN * VERSION_WORDS);
  }
}
