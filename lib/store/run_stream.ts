/**
 * The entries of one run that may lie in a box, as a stream with a head, and which of them count as far
 * as this run alone can tell: per address the newest that a ceiling lets through, if it is in the box
 * and no deletion.
 *
 * @module
 */

import { RangeCursor } from "./box_tree.ts";
import { compareRevisions } from "./columns.ts";
import type { CheckedBox } from "./space.ts";
import type { Run } from "./run.ts";

/** What is looked for. */
export interface ScanTerms {
  /** Where. */
  box: CheckedBox;
  /** Nothing of a higher revision: one revision, as words; undefined for any. */
  ceiling: Uint32Array | undefined;
  /** Whether deletions count, too. */
  tombstones: boolean;
}

const NONE = -1;

/** The stream of one run. */
export class RunStream {
  /** The run. */
  readonly run: Run;
  /** The head: the next entry. */
  at = 0;
  /** The end of the entries that follow the head without a gap. */
  end = 0;
  /** After `take` returned true: the first entry that counts. */
  from = 0;
  /** After `take` returned true: the end of those that follow it and count, exclusive. */
  to = 0;

  readonly #terms: ScanTerms;
  readonly #ranges: RangeCursor;
  /** Whether no entry of the run is above the ceiling. */
  readonly #allVisible: boolean;
  /** An entry of the address that was looked at last. */
  #address = NONE;
  /** Whether it was found which version of that address counts. */
  #resolved = false;

  /**
   * @param run The run
   * @param terms What is looked for
   */
  constructor(run: Run, terms: ScanTerms) {
    this.run = run;
    this.#terms = terms;
    this.#ranges = new RangeCursor(run.tree, terms.box);
    this.#allVisible = terms.ceiling === undefined ||
      compareRevisions(run.newest, 0, terms.ceiling, 0) <= 0;
  }

  /** Goes on to the next range if the present one is used up: whether there is a head. */
  ready(): boolean {
    while (true) {
      // Further versions of an address that is done are behind us, whatever range they are in.
      while (this.at < this.end && this.#resolved && this.#isSame(this.at)) this.at++;
      if (this.at < this.end) return true;
      if (!this.#ranges.next()) return false;
      this.at = this.#ranges.from;
      this.end = this.#ranges.to;
    }
  }

  /**
   * Goes on to the next entries that count.
   *
   * @param limit Where to stop, not beyond `end`
   * @returns Whether there are any before the limit; if not, the head is there
   */
  take(limit: number): boolean {
    if (this.#ranges.clean && this.#ranges.inside && this.#allVisible) {
      if (this.at >= limit) return false;
      this.from = this.at;
      this.to = this.at = limit;
      this.#address = limit - 1;
      this.#resolved = true;
      return true;
    }
    while (this.at < limit) {
      const first = this.at++;
      if (!this.#counts(first)) continue;
      this.from = first;
      while (this.at < limit && this.#counts(this.at)) this.at++;
      this.to = this.at;
      return true;
    }
    return false;
  }

  /** The version at the head that counts among all of its address, deletions included; passes all of them. */
  resolve(): number {
    let found = NONE;
    const first = this.at;
    this.#address = first;
    this.#resolved = true;
    // A range may end amid them: the versions go on in the next one, which the box finds as well.
    while (found === NONE && this.at < this.end && this.run.sameAddress(first, this.at)) {
      if (this.#isVisible(this.at)) found = this.at;
      this.at++;
      if (this.at === this.end && found === NONE) {
        if (!this.#ranges.next()) break;
        this.at = this.#ranges.from;
        this.end = this.#ranges.to;
      }
    }
    return found;
  }

  /** Whether an entry counts, seen after all before it. */
  #counts(at: number): boolean {
    if (!this.#isSame(at)) this.#resolved = false;
    else if (this.#resolved) return false;
    this.#address = at;
    if (!this.#isVisible(at)) return false;
    this.#resolved = true;
    return this.isWanted(at);
  }

  /** Whether an entry is in the box, and no deletion unless those count too. */
  isWanted(at: number): boolean {
    const page = this.run.page(at);
    if (page.tombstones[at - page.base] === 1 && !this.#terms.tombstones) return false;
    if (this.#ranges.inside) return true;
    const { min, max } = this.#terms.box;
    const { coordinates } = page;
    const { dims } = this.run.shape;
    for (let axis = 0, place = (at - page.base) * dims; axis < dims; axis++, place++) {
      const value = coordinates[place];
      if (!(value >= min[axis] && value <= max[axis])) return false;
    }
    return true;
  }

  #isSame(at: number): boolean {
    return this.#address !== NONE && this.run.sameAddress(this.#address, at);
  }

  #isVisible(at: number): boolean {
    const { ceiling } = this.#terms;
    return ceiling === undefined || this.run.compareRevision(at, ceiling, 0) <= 0;
  }
}
