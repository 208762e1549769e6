/**
 * What a merge leaves out where only the latest version of an address is kept.
 *
 * | a version                                                 | stays or goes                            |
 * | --------------------------------------------------------- | ---------------------------------------- |
 * | the highest of its address in the merge, and a write      | stays                                    |
 * | the highest of its address in the merge, and a deletion   | goes if nothing older can ever come back |
 * | one below a higher one of its address in the merge        | goes                                     |
 * | any of these that an open intent has not seen yet         | stays: it may be a collision             |
 *
 * Nothing older than a deletion can come back when its revision is below the floor (so nothing older will
 * be committed) and below every revision of the runs outside the merge (so nothing older lies there).
 *
 * What was asked for as of a revision is exact from the highest revision on that superseded something
 * left out. (Not from the highest left out: between that and the one above it, it was what stood there.)
 *
 * @module
 */

import { type Revision, REVISION_WORDS, revisionOfWords } from "../clock/revision.ts";
import { compareRevisions } from "./columns.ts";
import type { Page, Values } from "./run.ts";
import type { Shape } from "./shape.ts";

/** Versions in the order of a run. */
export interface VersionSource {
  /** The form of the columns. */
  readonly shape: Shape;
  /** After `next` returned true: the page that the version is in. */
  readonly page: Page;
  /** After `next` returned true: the values of the page. */
  readonly values: Values;
  /** After `next` returned true: the place of the first in the page. */
  readonly place: number;
  /** After `next` returned true: the end, exclusive, of those that follow it. */
  readonly end: number;
  /** Moves to the next versions, perhaps to none as yet: whether it is not at the end. */
  next(): boolean;
}

/** What decides. */
export interface RetentionTerms {
  /** Nothing will be committed below this; four words. */
  readonly floor: Uint32Array;
  /** The lowest revision outside the merge, four words; undefined if there is nothing. */
  readonly outside: Uint32Array | undefined;
  /** Whether an open intent has not seen a version of this revision. */
  isNews(revision: Revision): boolean;
}

/** `next` looks at so many versions before it lets others go on, though it kept none. */
const LOOKED_AT_MAX = 256;

/** A version, held while others are looked at. */
interface Held {
  page: Page;
  values: Values;
  place: number;
}

/** The versions of another source that are kept. */
export class LatestVersions implements VersionSource {
  /** The form of the columns. */
  readonly shape: Shape;
  /** The page that the version is in. */
  page!: Page;
  /** The values of the page. */
  values!: Values;
  /** Its place in the page. */
  place = 0;
  /** The place after it. */
  end = 0;
  /** The highest revision that superseded something left out, four words. */
  superseding: Uint32Array | undefined;

  readonly #source: VersionSource;
  readonly #terms: RetentionTerms;
  /** Which of those that the source gave is next, and their end. */
  #at = 0;
  #end = 0;
  /** The version that was looked at last. */
  #above: Held | undefined;
  /** A deletion that goes unless something below it has to stay. */
  #deletion: Held | undefined;
  /** A version that comes right after the one given last. */
  #next: Held | undefined;

  /**
   * @param source All versions
   * @param terms What decides
   */
  constructor(source: VersionSource, terms: RetentionTerms) {
    this.shape = source.shape;
    this.#source = source;
    this.#terms = terms;
  }

  next(): boolean {
    const waiting = this.#next;
    if (waiting !== undefined) {
      this.#next = undefined;
      return this.#give(waiting);
    }
    for (let looked = 0; looked < LOOKED_AT_MAX; looked++) {
      const version = this.#take();
      if (version === undefined) return false;
      const above = this.#above;
      this.#above = version;
      if (above === undefined || !this.#sameAddress(above, version)) {
        this.#deletion = this.#mayGo(version) ? version : undefined;
        if (this.#deletion === undefined) return this.#give(version);
      } else if (this.#isNews(version)) {
        const deletion = this.#deletion;
        if (deletion === undefined) return this.#give(version);
        this.#deletion = undefined;
        this.#next = version;
        return this.#give(deletion);
      } else this.#leaveOut(above);
    }
    this.end = this.place; // None as yet.
    return true;
  }

  /** The next version of the source, which gives several at a time. */
  #take(): Held | undefined {
    const source = this.#source;
    if (this.#at === this.#end) {
      if (!source.next()) return undefined;
      this.#at = source.place;
      this.#end = source.end;
    }
    return { page: source.page, values: source.values, place: this.#at++ };
  }

  #give({ page, values, place }: Held): true {
    this.page = page;
    this.values = values;
    this.place = place;
    this.end = place + 1;
    return true;
  }

  #leaveOut({ page: { revisions }, place }: Held): void {
    const { superseding } = this;
    if (superseding !== undefined && compareRevisions(revisions, place, superseding, 0) <= 0) {
      return;
    }
    this.superseding = revisions.slice(place * REVISION_WORDS, (place + 1) * REVISION_WORDS);
  }

  /** Whether it is a deletion of which nothing older can ever come back. */
  #mayGo(version: Held): boolean {
    const { page: { tombstones, revisions }, place } = version;
    const { floor, outside } = this.#terms;
    return tombstones[place] === 1 && compareRevisions(revisions, place, floor, 0) < 0 &&
      (outside === undefined || compareRevisions(revisions, place, outside, 0) < 0) &&
      !this.#isNews(version);
  }

  #isNews({ page: { revisions }, place }: Held): boolean {
    return this.#terms.isNews(revisionOfWords(revisions, place * REVISION_WORDS));
  }

  #sameAddress({ page: a, place: i }: Held, { page: b, place: j }: Held): boolean {
    const { dims } = this.shape;
    for (let axis = 0; axis < dims; axis++) {
      if (a.coordinates[i * dims + axis] !== b.coordinates[j * dims + axis]) return false;
    }
    return true;
  }
}
