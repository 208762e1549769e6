/**
 * From floating-point coordinates to cells of a grid, which have Hilbert keys.
 *
 * ```text
 * cell(v) = min(2^bits - 1, floor((v - min) / (max - min) * 2^bits))
 * ```
 *
 * Points and boxes go through the same function, and it is monotone: v <= w implies cell(v) <= cell(w).
 * For `v - min` and the quotient are rounded correctly, which keeps the order; the quotient is at most 1,
 * because `v - min` is at most `max - min` once both are rounded; a multiplication by a power of two is
 * exact, or takes a number too small for a normal float to one that is not; and floor keeps the order. So
 * the cells between those of a box's bounds hold all of its points; exact coordinates decide the rest.
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";
import type { Numbers } from "./box.ts";

/** The bounds of an axis, both of which belong to it. */
export interface AxisBounds {
  /** The lowest coordinate. */
  readonly min: number;
  /** The highest coordinate. */
  readonly max: number;
}

/**
 * Checks the bounds of an axis.
 *
 * @param bounds What the caller said
 * @throws {InvalidArgumentError} If they are not finite numbers, or `max - min` is not above 0 and finite
 */
export function checkAxisBounds(bounds: AxisBounds): void {
  const { min, max } = bounds;
  for (const bound of [min, max]) {
    if (Number.isFinite(bound)) continue;
    const rule = "The bounds of an axis are finite numbers";
    throw new InvalidArgumentError(`${rule}, not ${describe(bound)}`, {
      expected: rule,
      found: bound,
    });
  }
  const length = max - min;
  if (length > 0 && length < Infinity) return;
  const rule = "The max of an axis less its min is above 0 and finite";
  throw new InvalidArgumentError(`${rule}, not ${length} (${min} to ${max})`, {
    expected: rule,
    found: length,
  });
}

/**
 * The cell of a coordinate, or the nearest one if it is outside its axis.
 *
 * @param value Any number but NaN; -0 is 0
 * @param bounds Those of the axis, checked
 * @param bits Bits of a cell: 1 to 32
 * @returns An integer from 0 (at `min`, and never -0) to 2^bits-1 (at `max`)
 */
export function quantise(value: number, bounds: AxisBounds, bits: number): number {
  const { min, max } = bounds;
  if (value <= min) return 0;
  const cells = 2 ** bits;
  if (value >= max) return cells - 1;
  return Math.min(cells - 1, Math.floor((value - min) / (max - min) * cells));
}

/**
 * The cells of many points, as `encodeKeys` wants them.
 *
 * @param points One point after the other: `count` times as many numbers as there are axes
 * @param count How many points
 * @param axes The bounds of each axis, checked
 * @param bits Bits of a cell: 1 to 32
 * @param into Gets one cell after the other
 */
export function quantisePoints(
  points: Numbers,
  count: number,
  axes: readonly AxisBounds[],
  bits: number,
  into: Uint32Array,
): void {
  const dims = axes.length;
  for (let axis = 0; axis < dims; axis++) {
    const bounds = axes[axis];
    for (let at = axis; at < count * dims; at += dims) {
      into[at] = quantise(points[at], bounds, bits);
    }
  }
}
