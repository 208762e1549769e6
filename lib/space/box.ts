/**
 * Boxes: what a tree of boxes and a search for the nearest need to know about them.
 *
 * A box of `dims` axes is 2 * dims numbers of an array, from `at` on: the lowest coordinate of each axis,
 * then the highest of each. Both bounds belong to the box. A point is `dims` numbers. Nothing is NaN. One
 * kind of array in one place keeps these functions fast.
 *
 * @module
 */

/** Coordinates, boxes, or anything else of numbers. */
export type Numbers = ArrayLike<number>;

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

/** A box, or none of it: the lowest and the highest coordinate on each axis. */
export interface Bounds {
  /** The lowest coordinates. */
  readonly min: ArrayLike<number>;
  /** The highest coordinates. */
  readonly max: ArrayLike<number>;
}

/** Two boxes have nothing in common. */
export const OUTSIDE = 0;
/** They have, and neither of them is known to be in the other. */
export const ACROSS = 1;
/** The one is in the other. */
export const INSIDE = 2;

/**
 * How a box lies to another.
 *
 * @param boxes Hold the one
 * @param at Where it begins: the lowest, then the highest coordinate on each axis
 * @param bounds The other
 * @returns `OUTSIDE`, `ACROSS` or `INSIDE`
 */
export function relateBox(boxes: Float64Array, at: number, { min, max }: Bounds): number {
  const dims = min.length;
  if (dims === 2) { // The plane, twice as fast as what holds for any dimensions.
    const left = boxes[at];
    const bottom = boxes[at + 1];
    const right = boxes[at + 2];
    const top = boxes[at + 3];
    if (left > max[0] || right < min[0] || bottom > max[1] || top < min[1]) return OUTSIDE;
    const inside = left >= min[0] && right <= max[0] && bottom >= min[1] && top <= max[1];
    return inside ? INSIDE : ACROSS;
  }
  let relation = INSIDE;
  for (let axis = 0; axis < dims; axis++, at++) {
    const low = boxes[at];
    const high = boxes[at + dims];
    if (low > max[axis] || high < min[axis]) return OUTSIDE;
    if (low < min[axis] || high > max[axis]) relation = ACROSS;
  }
  return relation;
}
