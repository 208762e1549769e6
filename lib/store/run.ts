/**
 * A run: entries of one space in the order of the curve, never changed.
 *
 * The order is by Hilbert key, then point, then the newest first. The key only orders: who is who is
 * decided by the exact point. Entries are read by the page; a run in memory is one page.
 *
 * @module
 */

import type { BoxTree } from "./box_tree.ts";
import { compareRevisions } from "./columns.ts";
import type { Coordinates, Shape } from "./shape.ts";
import {
  compareKeys,
  comparePoints,
  firstNotBefore,
  firstTrue,
  keyPrefix,
  lowerBoundIn,
} from "./sorted_entries.ts";

/** So many entries are located together at most. */
export const LOCATED_MAX = 32;

/** Of no entry: runs have fewer. */
export const NOT_LOCATED = 0xffff_ffff;

/** Entries that lie together. */
export interface Page {
  /** The place of the first in the run. */
  readonly base: number;
  /** How many. */
  readonly count: number;
  /** Points, row after row. */
  readonly coordinates: Coordinates;
  /** Hilbert keys, word after word. */
  readonly keys: Uint32Array;
  /** Revisions, four words each. */
  readonly revisions: Uint32Array;
  /** 1 for a deletion. */
  readonly tombstones: Uint8Array;
  /** Bytes of each value; 0 for a deletion. */
  readonly lengths: Uint32Array;
  /** The keys as signed words, which engines copy without making numbers of them. */
  readonly keyBits: Int32Array;
  /** The revisions likewise. */
  readonly revisionBits: Int32Array;
  /** The boxes over its blocks, once somebody looked for them (`page_blocks.ts`). */
  blocks: Float64Array | undefined;
}

/** The values of a page. */
export interface Values {
  /** The MessagePack of the values. */
  readonly bytes: Uint8Array;
  /** Where each begins. */
  readonly starts: Uint32Array;
  /** Where each ends, if they lie one behind the other. */
  readonly ends: Uint32Array | undefined;
  /** What a reader that knows their form has found out about each, once one did. */
  marks: Uint8Array | undefined;
}

/** The lowest and the highest revision of a run, four words each. */
export interface RevisionBounds {
  /** The lowest. */
  readonly oldest: Uint32Array;
  /** The highest. */
  readonly newest: Uint32Array;
}

/** Entries of one space, in order. */
export abstract class Run {
  /** The form of its columns. */
  readonly shape: Shape;
  /** The boxes over the entries. */
  readonly tree: BoxTree;
  /** The lowest and the highest revision. */
  readonly bounds: RevisionBounds;

  /**
   * @param shape The form of the columns
   * @param tree The boxes over the entries
   * @param bounds The lowest and the highest revision
   */
  constructor(shape: Shape, tree: BoxTree, bounds: RevisionBounds) {
    this.shape = shape;
    this.tree = tree;
    this.bounds = bounds;
  }

  /** How many entries. */
  get count(): number {
    return this.tree.count;
  }

  /**
   * The page that an entry is in.
   *
   * @param at The place of the entry
   */
  abstract page(at: number): Page;

  /**
   * The values of the page that an entry is in; not to be changed.
   *
   * @param at The place of the entry
   */
  abstract values(at: number): Values;

  /** How many pages it has. */
  abstract get pages(): number;

  /** Whether it is in a file, and so stays for some time. */
  abstract get inFile(): boolean;

  /**
   * A page with its values, for who reads all of them once: from the cache where they are there, and not
   * into it.
   *
   * @param number Which
   */
  abstract readPage(number: number): { page: Page; values: Values };

  /**
   * A range of places, `low` to `high`, in which lies the first entry that is not before a key and point,
   * and where in it that is if keys are spread evenly. All of it but perhaps its last place is in one page.
   *
   * @param key The key
   * @param point The point
   */
  abstract narrow(
    key: ArrayLike<number>,
    point: ArrayLike<number>,
  ): { low: number; high: number; guess: number };

  /**
   * Finds the entries of some keys as far as that needs no search in a page, and looks at them: the processor
   * fetches them side by side, so that who reads one after the other next does not wait for each. Reads no file.
   *
   * @param _keys The keys, of a space in which no two points have the same
   * @param count How many; at most `LOCATED_MAX`
   * @param places Gets the place of the newest version of each, which is no deletion; or `NOT_LOCATED`
   */
  locate(_keys: Uint32Array, count: number, places: Uint32Array): void {
    places.fill(NOT_LOCATED, 0, count);
  }

  /**
   * Whether two entries are versions of one address.
   *
   * @param a A place
   * @param b Another
   */
  sameAddress(a: number, b: number): boolean {
    const { dims } = this.shape;
    const page = this.page(b);
    return this.comparePoint(a, page.coordinates, (b - page.base) * dims) === 0;
  }

  /**
   * Orders the key of an entry and another key.
   *
   * @param at The place of the entry
   * @param keys Where the other key is
   * @param from Its first word
   */
  compareKey(at: number, keys: ArrayLike<number>, from: number): number {
    const { words } = this.shape;
    const page = this.page(at);
    for (let word = 0, own = (at - page.base) * words; word < words; word++, own++) {
      const difference = page.keys[own] - keys[from + word];
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /**
   * Orders the point of an entry and another point.
   *
   * @param at The place of the entry
   * @param points Where the other point is
   * @param from Its first coordinate
   */
  comparePoint(at: number, points: ArrayLike<number>, from: number): number {
    const { dims } = this.shape;
    const page = this.page(at);
    for (let axis = 0, own = (at - page.base) * dims; axis < dims; axis++, own++) {
      const difference = page.coordinates[own] - points[from + axis];
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /**
   * Orders the revision of an entry and another revision.
   *
   * @param at The place of the entry
   * @param revisions Four words each
   * @param place The place of the other in them
   */
  compareRevision(at: number, revisions: Uint32Array, place: number): number {
    const page = this.page(at);
    return compareRevisions(page.revisions, at - page.base, revisions, place);
  }

  /**
   * Whether an entry is a deletion.
   *
   * @param at The place of the entry
   */
  isTombstone(at: number): boolean {
    const page = this.page(at);
    return page.tombstones[at - page.base] === 1;
  }

  /**
   * The beginning of the key of an entry; see {@linkcode keyPrefix}.
   *
   * @param at The place of the entry
   */
  prefix(at: number): number {
    const page = this.page(at);
    return keyPrefix(page.keys, this.shape.words, at - page.base);
  }

  /**
   * The first place, in a range, at which the key of an entry does not begin lower.
   *
   * @param prefix Than this
   * @param low The beginning of the range
   * @param high Its end, above `low`
   */
  lowerBound(prefix: number, low: number, high: number): number {
    const { words } = this.shape;
    while (true) {
      const { base, count, keys } = this.page(low);
      const end = Math.min(high, base + count);
      if (end === high || keyPrefix(keys, words, end - 1 - base) >= prefix) {
        return base + lowerBoundIn(keys, words, prefix, low - base, end - base);
      }
      low = end;
    }
  }

  /**
   * The first entry that is not before an address.
   *
   * @param key The key of the point
   * @param point The point
   * @returns Its place; the count of entries if all are before
   */
  seek(key: ArrayLike<number>, point: ArrayLike<number>): number {
    const { low, high, guess } = this.narrow(key, point);
    if (low === high) return low;
    // An entry of the range that is in the next page is the first of it, and not before.
    const { base, count, keys, coordinates } = this.page(low);
    const { shape } = this;
    const to = Math.min(high - base, count);
    return base +
      firstNotBefore(keys, coordinates, shape, key, point, low - base, to, guess - base);
  }

  /**
   * The same for an address that is not far behind a place.
   *
   * @param at A place that is not behind it
   * @param key The key of the point
   * @param point The point
   */
  seekFrom(at: number, key: ArrayLike<number>, point: ArrayLike<number>): number {
    const { dims, words } = this.shape;
    const isBefore = (place: number): boolean => {
      const { base, keys, coordinates } = this.page(place);
      const row = place - base;
      return (compareKeys(keys, row * words, key, words) ||
        comparePoints(coordinates, row * dims, point, dims)) < 0;
    };
    let low = at;
    let high = at;
    for (let step = 1; high < this.count && isBefore(high); step *= 2) {
      low = high + 1;
      high = Math.min(this.count, low + step);
    }
    return firstTrue(low, high, (place) => !isBefore(place));
  }

  /**
   * The first place of an address.
   *
   * @param key The key of the point
   * @param point The point
   * @returns The place of its newest version; -1 if there is none
   */
  find(key: ArrayLike<number>, point: ArrayLike<number>): number {
    const at = this.seek(key, point);
    if (at === this.count) return -1;
    const order = this.shape.exact ? this.compareKey(at, key, 0) : this.comparePoint(at, point, 0);
    return order === 0 ? at : -1;
  }

  /**
   * The end of the versions of an address.
   *
   * @param first The place of its newest version
   */
  endOf(first: number): number {
    let last = first;
    let step = 1;
    while (last + step < this.count && this.sameAddress(first, last + step)) {
      last += step;
      step *= 2;
    }
    const high = Math.min(last + step, this.count);
    return firstTrue(last + 1, high, (at) => !this.sameAddress(first, at));
  }

  /**
   * The newest version of an address at or below a ceiling.
   *
   * @param first The place of its newest version
   * @param ceiling One revision, as words; undefined for any
   * @returns Its place; -1 if there is none
   */
  visible(first: number, ceiling: Uint32Array | undefined): number {
    if (ceiling === undefined || this.compareRevision(first, ceiling, 0) <= 0) return first;
    const end = this.endOf(first);
    const at = firstTrue(first + 1, end, (place) => this.compareRevision(place, ceiling, 0) <= 0);
    return at < end ? at : -1;
  }
}
