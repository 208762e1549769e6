/**
 * A run: entries of one space in the order of the curve, never changed.
 *
 * The order is by Hilbert key, then point, then the newest first. The key only orders: who is who is
 * decided by the exact point.
 *
 * @module
 */

import { BoxTree } from "./box_tree.ts";
import { type Columns, compareRevisions } from "./columns.ts";
import type { Shape } from "./shape.ts";

/** A run in memory. */
export class Run {
  /** The form of its columns. */
  readonly shape: Shape;
  /** The entries. */
  readonly columns: Columns;
  /** The boxes over them. */
  readonly tree: BoxTree;
  /** The place of the highest revision. */
  readonly newest: number;

  /**
   * @param shape The form of the columns
   * @param columns At least one entry, in order
   */
  constructor(shape: Shape, columns: Columns) {
    this.shape = shape;
    this.columns = columns;
    const { count, coordinates, tombstones, revisions } = columns;
    this.tree = new BoxTree(shape.dims, {
      count,
      coordinates,
      isPlain: (at) =>
        tombstones[at] === 0 && !(at > 0 && this.sameAddress(at - 1, at)) &&
        !(at + 1 < count && this.sameAddress(at, at + 1)),
    });
    let newest = 0;
    for (let i = 1; i < count; i++) {
      if (compareRevisions(revisions, i, revisions, newest) > 0) newest = i;
    }
    this.newest = newest;
  }

  /** How many entries. */
  get count(): number {
    return this.columns.count;
  }

  /**
   * Whether two entries are versions of one address.
   *
   * @param a A place
   * @param b Another
   */
  sameAddress(a: number, b: number): boolean {
    const { dims } = this.shape;
    const { coordinates } = this.columns;
    for (let axis = 0; axis < dims; axis++) {
      if (coordinates[a * dims + axis] !== coordinates[b * dims + axis]) return false;
    }
    return true;
  }

  /**
   * Orders an entry and a point, by key and then by point.
   *
   * @param at The place of the entry
   * @param key The key of the point
   * @param point The point
   */
  compareTo(at: number, key: ArrayLike<number>, point: ArrayLike<number>): number {
    return this.compareKey(at, key, 0) || this.comparePoint(at, point, 0);
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
    const own = this.columns.keys;
    for (let word = 0; word < words; word++) {
      const difference = own[at * words + word] - keys[from + word];
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
    const own = this.columns.coordinates;
    for (let axis = 0; axis < dims; axis++) {
      const difference = own[at * dims + axis] - points[from + axis];
      if (difference !== 0) return difference;
    }
    return 0;
  }

  /**
   * The first place at which an entry is not before a key.
   *
   * @param keys Where the key is
   * @param from Its first word
   * @param low Where to begin
   * @param high Where to end
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
    let end = Math.min(start, high);
    while (low < end) {
      const middle = (low + end) >>> 1;
      if (this.compareKey(middle, keys, from) < 0) low = middle + 1;
      else end = middle;
    }
    return low;
  }

  /**
   * The first place of an address.
   *
   * @param key The key of the point
   * @param point The point
   * @returns The place of its newest version; -1 if there is none
   */
  find(key: ArrayLike<number>, point: ArrayLike<number>): number {
    let low = 0;
    let high = this.count;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.compareTo(middle, key, point) < 0) low = middle + 1;
      else high = middle;
    }
    return low < this.count && this.compareTo(low, key, point) === 0 ? low : -1;
  }

  /**
   * The end of the versions of an address.
   *
   * @param first The place of its newest version
   */
  endOf(first: number): number {
    let low = first + 1;
    let step = 1;
    while (low < this.count && this.sameAddress(first, low)) {
      low += step;
      step *= 2;
    }
    let high = Math.min(low, this.count);
    low = first + 1;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.sameAddress(first, middle)) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The newest version of an address at or below a ceiling.
   *
   * @param first The place of its newest version
   * @param ceiling One revision, as words; undefined for any
   * @returns Its place; -1 if there is none
   */
  visible(first: number, ceiling: Uint32Array | undefined): number {
    const { revisions } = this.columns;
    if (ceiling === undefined || compareRevisions(revisions, first, ceiling, 0) <= 0) return first;
    let low = first + 1;
    let high = this.endOf(first);
    const end = high;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (compareRevisions(revisions, middle, ceiling, 0) > 0) low = middle + 1;
      else high = middle;
    }
    return low < end ? low : -1;
  }
}
