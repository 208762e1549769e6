/**
 * Boxes: what a tree of boxes and a search for the nearest need to know about them.
 *
 * A box of `dims` axes is 2 * dims numbers of an array, from `at` on: the lowest coordinate of each axis,
 * then the highest of each. Both bounds belong to the box. A point is `dims` numbers. Nothing is NaN; the
 * bounds of a box that is asked for may be infinite, fractional and outside the space. One kind of array
 * in one place keeps these functions fast.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { CELL_BITS_MAX } from "./hilbert.ts";

/** Coordinates, boxes, or anything else of numbers. */
export type Numbers = ArrayLike<number>;

/**
 * Whether a point lies in a box.
 *
 * @param box Holds the box
 * @param at Where in `box` it begins
 * @param point Holds the point
 * @param pointAt Where in `point` it begins
 * @param dims How many axes
 */
export function boxHasPoint(
  box: Numbers,
  at: number,
  point: Numbers,
  pointAt: number,
  dims: number,
): boolean {
  for (let i = 0; i < dims; i++) {
    const value = point[pointAt + i];
    if (value < box[at + i] || value > box[at + dims + i]) return false;
  }
  return true;
}

/**
 * Whether all of a box lies in another.
 *
 * @param box Holds the outer box
 * @param at Where in `box` it begins
 * @param inner Holds the inner box
 * @param innerAt Where in `inner` it begins
 * @param dims How many axes
 */
export function boxHasBox(
  box: Numbers,
  at: number,
  inner: Numbers,
  innerAt: number,
  dims: number,
): boolean {
  for (let i = 0; i < dims; i++) {
    if (inner[innerAt + i] < box[at + i]) return false;
    if (inner[innerAt + dims + i] > box[at + dims + i]) return false;
  }
  return true;
}

/**
 * Whether two boxes have a point in common.
 *
 * @param a Holds one
 * @param aAt Where in `a` it begins
 * @param b Holds the other
 * @param bAt Where in `b` it begins
 * @param dims How many axes
 */
export function boxesMeet(
  a: Numbers,
  aAt: number,
  b: Numbers,
  bAt: number,
  dims: number,
): boolean {
  for (let i = 0; i < dims; i++) {
    if (a[aAt + i] > b[bAt + dims + i] || a[aAt + dims + i] < b[bAt + i]) return false;
  }
  return true;
}

/**
 * Makes a box hold nothing: the beginning of one that grows.
 *
 * @param box Holds the box; of a type that knows infinity
 * @param at Where in `box` it begins
 * @param dims How many axes
 */
export function clearBox(box: Float64Array | number[], at: number, dims: number): void {
  box.fill(Infinity, at, at + dims);
  box.fill(-Infinity, at + dims, at + 2 * dims);
}

/**
 * Lets a box grow until it holds a point.
 *
 * @param box Holds the box
 * @param at Where in `box` it begins
 * @param point Holds the point
 * @param pointAt Where in `point` it begins
 * @param dims How many axes
 */
export function growByPoint(
  box: Float64Array | number[],
  at: number,
  point: Numbers,
  pointAt: number,
  dims: number,
): void {
  for (let i = 0; i < dims; i++) {
    const value = point[pointAt + i];
    if (value < box[at + i]) box[at + i] = value;
    if (value > box[at + dims + i]) box[at + dims + i] = value;
  }
}

/**
 * Lets a box grow until it holds another.
 *
 * @param box Holds the box
 * @param at Where in `box` it begins
 * @param inner Holds the other
 * @param innerAt Where in `inner` it begins
 * @param dims How many axes
 */
export function growByBox(
  box: Float64Array | number[],
  at: number,
  inner: Numbers,
  innerAt: number,
  dims: number,
): void {
  for (let i = 0; i < dims; i++) {
    const low = inner[innerAt + i];
    const high = inner[innerAt + dims + i];
    if (low < box[at + i]) box[at + i] = low;
    if (high > box[at + dims + i]) box[at + dims + i] = high;
  }
}

/**
 * The cells of a grid that lie in a box.
 *
 * @param min The lowest coordinate of each axis, as asked for
 * @param max The highest coordinate of each axis
 * @param bits Bits of a coordinate: cells are the integers from 0 to 2^bits-1
 * @param into Gets the lowest and the highest cell of each axis, as a box; no matter what, if there are none
 * @returns Whether there are any
 */
export function clipToGrid(
  min: Numbers,
  max: Numbers,
  bits: number,
  into: Float64Array | Uint32Array | number[],
): boolean {
  invariant(bits >= 1 && bits <= CELL_BITS_MAX, `${bits} bits are from 1 to 32`);
  const dims = min.length;
  const last = 2 ** bits - 1;
  for (let i = 0; i < dims; i++) {
    const low = Math.ceil(Math.max(min[i], 0));
    const high = Math.floor(Math.min(max[i], last));
    if (low > high) return false;
    into[i] = low;
    into[dims + i] = high;
  }
  return true;
}

/**
 * How far a point is from a box, squared: float64 squares, summed in the order of the axes. Every step is
 * monotone, rounding included, so this is never above `squaredDistance` to a point of the box, and a
 * search that takes boxes by this number misses nothing.
 *
 * @param point From where
 * @param box Holds the box
 * @param at Where in `box` it begins
 * @param dims How many axes
 * @returns 0 in the box; Infinity if it is more than a float64 holds
 */
export function squaredDistanceToBox(
  point: Numbers,
  box: Numbers,
  at: number,
  dims: number,
): number {
  let sum = 0;
  for (let i = 0; i < dims; i++) {
    const value = point[i];
    const low = box[at + i];
    const high = box[at + dims + i];
    // Only what is finite is subtracted from what is infinite: the reverse could be NaN.
    const difference = value < low ? low - value : value > high ? value - high : 0;
    sum += difference * difference;
  }
  return sum;
}

/**
 * How far a point is from another, squared: float64 squares, summed in the order of the axes.
 *
 * @param point From where; may be infinite
 * @param other Holds the other point, which is finite
 * @param at Where in `other` it begins
 * @param dims How many axes
 * @returns Infinity if it is more than a float64 holds
 */
export function squaredDistance(
  point: Numbers,
  other: Numbers,
  at: number,
  dims: number,
): number {
  let sum = 0;
  for (let i = 0; i < dims; i++) {
    const difference = point[i] - other[at + i];
    sum += difference * difference;
  }
  return sum;
}
