/**
 * The entries of one run that may lie in a box, as a stream with a head, and which of them count as far
 * as this run alone can tell: per address the newest that a ceiling lets through, if it is in the box
 * and no deletion.
 *
 * @module
 */

import { countInside, firstInside, firstOutside, isIn } from "./page_blocks.ts";
import { RangeCursor } from "./box_tree.ts";
import { compareRevisions } from "./columns.ts";
import type { CheckedBox } from "./space_checks.ts";
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
  /** The beginning of the head's key, if there is a head. */
  prefix = 0;
  /** Whether the head was passed since `ready` found it. */
  moved = false;
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
      compareRevisions(run.bounds.newest, 0, terms.ceiling, 0) <= 0;
  }

  /**
   * Goes on to the next range if the present one is used up: whether there is a head.
   *
   * @param alone Whether there is no other stream, to which `prefix` would matter
   */
  ready(alone: boolean): boolean {
    this.moved = false;
    while (true) {
      // Further versions of an address that is done are behind us, whatever range they are in.
      if (this.#resolved && this.#address !== NONE) {
        while (this.at < this.end && this.run.sameAddress(this.#address, this.at)) this.at++;
      }
      // An address outside the box is of no interest, whatever its versions.
      if (!alone && !this.#ranges.inside) this.at = this.#nextInBox(this.at, this.end);
      if (this.at < this.end) break;
      if (!this.#ranges.next()) return false;
      this.at = this.#ranges.from;
      this.end = this.#ranges.to;
    }
    if (!alone) this.prefix = this.run.prefix(this.at);
    return true;
  }

  /**
   * Goes on to the next entries that count.
   *
   * @param limit Where to stop, not beyond `end`
   * @returns Whether there are any before the limit; if not, the head is there
   */
  take(limit: number): boolean {
    if (this.at >= limit) return false;
    if (this.#plain) return this.#takePlain(limit);
    while (this.at < limit) {
      const first = this.#ranges.inside ? this.at : this.#nextInBox(this.at, limit);
      this.at = first + 1;
      if (first === limit || !this.#counts(first)) continue;
      this.from = first;
      while (this.at < limit && this.#counts(this.at)) this.at++;
      this.to = this.at;
      return true;
    }
    this.at = limit;
    return false;
  }

  /**
   * How many entries count up to a limit; passes them.
   *
   * @param limit Where to stop, not beyond `end`
   */
  count(limit: number): number {
    let count = 0;
    if (!this.#plain) {
      while (this.take(limit)) count += this.to - this.from;
      return count;
    }
    this.#address = NONE;
    if (this.#ranges.inside) {
      count = limit - this.at;
      this.at = limit;
      return count;
    }
    while (this.at < limit) {
      const page = this.run.page(this.at);
      const stop = Math.min(limit, page.base + page.count);
      count += countInside(page, this.at - page.base, stop - page.base, this.#terms.box);
      this.at = stop;
    }
    return count;
  }

  /** How many entries count from the head on, to the end; there is no other stream. */
  countRest(): number {
    let count = 0;
    do count += this.count(this.end); while (this.ready(true));
    return count;
  }

  /** The version at the head that counts among all of its address, deletions included; passes all of them. */
  resolve(): number {
    this.moved = true;
    if (this.#plain) {
      this.#address = NONE;
      return this.at++;
    }
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

  /** Whether each entry up to `end` is the only version of its address, no deletion, and visible. */
  get #plain(): boolean {
    return this.#ranges.clean && this.#allVisible;
  }

  /** The first entry of a range that lies in the box; the end of the range if there is none. */
  #nextInBox(from: number, to: number): number {
    while (from < to) {
      const page = this.run.page(from);
      const { base } = page;
      const stop = Math.min(to, base + page.count);
      from = base + firstInside(page, from - base, stop - base, this.#terms.box);
      if (from < stop) return from;
    }
    return to;
  }

  /** The same where nothing but the place decides. */
  #takePlain(limit: number): boolean {
    if (this.#ranges.inside) {
      this.from = this.at;
      this.to = this.at = limit;
      this.#address = NONE; // Of none of these addresses there is more.
      return true;
    }
    this.#address = NONE;
    const first = this.#nextInBox(this.at, limit);
    this.from = this.to = this.at = first;
    if (first === limit) return false;
    const page = this.run.page(first);
    const { base } = page;
    const stop = Math.min(limit, base + page.count);
    this.to = this.at = base + firstOutside(page, first - base, stop - base, this.#terms.box);
    return true;
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
    const place = at - page.base;
    if (page.tombstones[place] === 1 && !this.#terms.tombstones) return false;
    return this.#ranges.inside || isIn(page, place, this.#terms.box);
  }

  #isSame(at: number): boolean {
    return this.#address !== NONE && this.run.sameAddress(this.#address, at);
  }

  #isVisible(at: number): boolean {
    const { ceiling } = this.#terms;
    return ceiling === undefined || this.run.compareRevision(at, ceiling, 0) <= 0;
  }
}
