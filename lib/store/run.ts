/**
 * A run: entries of one space in the order of the curve, never changed.
 *
 * The order is by Hilbert key, then point, then the newest first. The key only orders: who is who is
 * decided by the exact point. Entries are read by the page; a run in memory is one page.
 *
 * @module
 */

import type { BoxTree } from "./box_tree.ts";
import { compareRevisions, REVISION_WORDS } from "./columns.ts";
import type { Coordinates, Shape } from "./shape.ts";

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
}

/** Entries of one space, in order. */
export abstract class Run {
  /** The form of its columns. */
  readonly shape: Shape;
  /** The boxes over the entries. */
  readonly tree: BoxTree;
  /** The highest revision, as words. */
  readonly newest: Uint32Array;

  /**
   * @param shape The form of the columns
   * @param tree The boxes over the entries
   * @param newest The highest revision
   */
  constructor(shape: Shape, tree: BoxTree, newest: Uint32Array) {
    this.shape = shape;
    this.tree = tree;
    this.newest = newest;
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
   * The MessagePack of the value of an entry that is no deletion; not to be changed.
   *
   * @param at The place of the entry
   */
  abstract value(at: number): Uint8Array;

  /**
   * A range of places, `low` to `high`, in which lies the first entry that is not before a key and point.
   *
   * @param key Where the key is
   * @param from Its first word
   * @param point The point; undefined for the first of the key
   */
  abstract narrow(
    key: ArrayLike<number>,
    from: number,
    point: ArrayLike<number> | undefined,
  ): { low: number; high: number };

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
   * The first place, in a range, at which an entry is not before a key.
   *
   * @param keys Where the key is
   * @param from Its first word
   * @param low The beginning of the range
   * @param high Its end
   */
  lowerBound(keys: ArrayLike<number>, from: number, low: number, high: number): number {
    // It is near, mostly: double the step until past it.
    let step = 1;
    let start = low;
    while (start < high && this.compareKey(start, keys, from) < 0) {
      low = start + 1;
      start += step;
      step *= 2;
    }
    return firstTrue(low, Math.min(start, high), (at) => this.compareKey(at, keys, from) >= 0);
  }

  /**
   * The first place of an address.
   *
   * @param key The key of the point
   * @param point The point
   * @returns The place of its newest version; -1 if there is none
   */
  find(key: ArrayLike<number>, point: ArrayLike<number>): number {
    const compare = (at: number): number =>
      this.compareKey(at, key, 0) || this.comparePoint(at, point, 0);
    const { low, high } = this.narrow(key, 0, point);
    const at = firstTrue(low, high, (place) => compare(place) >= 0);
    return at < this.count && compare(at) === 0 ? at : -1;
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

/** The first place from `low` on of which something is true that stays so up to `high`; else `high`. */
export function firstTrue(low: number, high: number, is: (at: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}

/** The place of the highest of some revisions, of which there is at least one. */
export function newestOf(revisions: Uint32Array): Uint32Array {
  let newest = 0;
  for (let i = 1; i * REVISION_WORDS < revisions.length; i++) {
    if (compareRevisions(revisions, i, revisions, newest) > 0) newest = i;
  }
  return revisions.slice(newest * REVISION_WORDS, (newest + 1) * REVISION_WORDS);
}
