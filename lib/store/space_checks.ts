/**
 * The rules that arguments of a space must keep.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import { describe, InvalidArgumentError } from "../errors.ts";
import { INTENT_BYTES_MAX, POINT_COORDINATES_MAX, U32_MAX } from "../limits.ts";
import { checkAxisBounds } from "../space/quantise.ts";
import type { Axis, Box, Point, ReadOptions, SpaceConfig, SpaceInfo } from "./space.ts";

/** The most bits of a coordinate. */
export const SPACE_BITS_MAX = 32;

/** The most bits of all coordinates of a point together. */
export const KEY_BITS_MAX = 128;

/** The longest name of a space, in UTF-16 code units. */
export const SPACE_NAME_LENGTH_MAX = 1024;

const PHYSICAL_MS_MAX = 2 ** 48 - 1;
const LOGICAL_MAX = 0xffff;

/**
 * Checks the name of a space, or of what is named likewise.
 *
 * @param name Not empty, and text that comes back as it was
 * @param what What it is the name of, for the message
 * @throws {InvalidArgumentError} If it is anything else
 */
export function checkSpaceName(name: string, what = "A space"): void {
  const valid = typeof name === "string" && name !== "" && name.length <= SPACE_NAME_LENGTH_MAX &&
    name.isWellFormed();
  if (!valid) {
    throw invalid(`${what}'s name is text of 1 to ${SPACE_NAME_LENGTH_MAX} characters`, name);
  }
}

/**
 * Checks how a space is to be made, and says everything.
 *
 * @param config What the caller said
 * @throws {InvalidArgumentError} If it is outside what is allowed
 */
export function checkSpaceConfig(config: SpaceConfig): SpaceInfo {
  if (typeof config !== "object" || config === null) {
    throw invalid("A space's config is an object", config);
  }
  const { dims, axes = [], retention = "all" } = config;
  checkInteger("A space's dims", dims, 1, POINT_COORDINATES_MAX);
  const bitsMax = Math.min(SPACE_BITS_MAX, Math.floor(KEY_BITS_MAX / dims));
  const { bits = bitsMax } = config;
  checkInteger(`The bits of a space of ${dims} dims`, bits, 1, bitsMax);
  if (retention !== "all" && retention !== "latest") {
    throw invalid('A space\'s retention is "all" or "latest"', retention);
  }
  if (!Array.isArray(axes)) throw invalid("A space's axes are an array", axes);
  return { dims, bits, axes: checkAxes(dims, axes), retention };
}

/** No axes, or one for each dimension. */
function checkAxes(dims: number, axes: readonly Axis[]): Axis[] {
  if (axes.length !== 0 && axes.length !== dims) {
    throw invalid(`A float space of ${dims} dims has ${dims} axes`, axes.length);
  }
  return axes.map((axis) => {
    if (typeof axis !== "object" || axis === null) {
      throw invalid("An axis is an object with min and max", axis);
    }
    const { name, min, max } = axis;
    if (name !== undefined) checkSpaceName(name);
    checkAxisBounds({ min, max });
    return name === undefined ? { min, max } : { name, min, max };
  });
}

/**
 * Checks a point.
 *
 * @param info The space
 * @param point What the caller gave
 * @returns The point as an array of its own, in which -0 has become 0
 * @throws {InvalidArgumentError} If it is not a point of the space
 */
export function checkPoint(info: SpaceInfo, point: Point): number[] {
  const { dims, axes, bits } = info;
  checkLength(dims, "A point", point);
  const isGrid = axes.length === 0;
  const cellMax = 2 ** bits - 1;
  const coordinates: number[] = [];
  for (let axis = 0; axis < dims; axis++) {
    const value: unknown = point[axis]; // Read once: what was checked is what is used.
    const fits = typeof value === "number" &&
      (isGrid
        ? Number.isInteger(value) && value >= 0 && value <= cellMax
        : value >= axes[axis].min && value <= axes[axis].max);
    if (!fits) throw noCoordinate(info, axis, value);
    coordinates.push(value + 0); // -0 becomes 0.
  }
  return coordinates;
}

function noCoordinate({ axes, bits }: SpaceInfo, axis: number, value: unknown): Error {
  const what = `Coordinate ${axis} of a point`;
  if (typeof value !== "number") return invalid(`${what} is a number`, value);
  if (axes.length === 0) return invalid(`${what} is an integer from 0 to ${2 ** bits - 1}`, value);
  return invalid(`${what} is a number from ${axes[axis].min} to ${axes[axis].max}`, value);
}

/**
 * Checks many points.
 *
 * @param info The space
 * @param coordinates What the caller gave: points, row after row
 * @returns The coordinates in an array of their own, in which -0 has become 0
 * @throws {InvalidArgumentError} If they are not points of the space
 */
export function checkPoints(info: SpaceInfo, coordinates: ArrayLike<number>): Float64Array {
  const { dims, axes } = info;
  const length = (coordinates as ArrayLike<number> | null | undefined)?.length ?? NaN;
  const fits = Number.isInteger(length / dims) && length >= 0 && length <= INTENT_BYTES_MAX;
  if (typeof coordinates !== "object" || !fits) {
    throw invalid(`Points are an array of ${dims} numbers each`, coordinates);
  }
  const checked = new Float64Array(length);
  const cellMax = 2 ** info.bits - 1;
  for (let axis = 0; axis < dims; axis++) {
    const { min, max } = axes[axis] ?? { min: 0, max: cellMax };
    const isGrid = axes.length === 0;
    for (let at = axis; at < length; at += dims) {
      const value = coordinates[at];
      if (
        typeof value !== "number" || !(value >= min && value <= max) ||
        (isGrid && Math.floor(value) !== value)
      ) {
        const kind = isGrid ? "an integer" : "a number";
        const point = (at - axis) / dims;
        throw invalid(
          `Coordinate ${axis} of point ${point} is ${kind} from ${min} to ${max}`,
          value,
        );
      }
      checked[at] = value + 0; // -0 becomes 0.
    }
  }
  return checked;
}

/** Both bounds of a box, checked: arrays of their own. */
export interface CheckedBox {
  /** The lowest coordinate of each dimension. */
  min: number[];
  /** The highest coordinate of each dimension. */
  max: number[];
}

/**
 * Checks a box.
 *
 * @param info The space
 * @param box What the caller gave; undefined for everything
 * @throws {InvalidArgumentError} If it is inverted, of other dimensions, or has a bound that is no number
 */
export function checkBox(info: SpaceInfo, box: Box | undefined): CheckedBox {
  const { dims } = info;
  if (box === undefined) {
    const everywhere = (bound: number): number[] => new Array(dims).fill(bound);
    return { min: everywhere(-Infinity), max: everywhere(Infinity) };
  }
  if (typeof box !== "object" || box === null) {
    throw invalid("A box is an object with min and max", box);
  }
  const min = checkNumbers(dims, "A box's min", box.min);
  const max = checkNumbers(dims, "A box's max", box.max);
  for (let axis = 0; axis < dims; axis++) {
    if (min[axis] <= max[axis]) continue;
    throw invalid(`A box's min is not above its max (${max[axis]}) on axis ${axis}`, min[axis]);
  }
  return { min, max };
}

/**
 * Checks a point from which to measure: any numbers but NaN.
 *
 * @param info The space
 * @param point What the caller gave
 * @throws {InvalidArgumentError} If it has other dimensions, or a coordinate is no number
 */
export function checkTarget(info: SpaceInfo, point: Point): number[] {
  return checkNumbers(info.dims, "A point", point).map((value) => value + 0); // -0 becomes 0.
}

/**
 * Checks how many are wanted.
 *
 * @param count What the caller gave
 * @throws {InvalidArgumentError} Unless it is an integer of 0 or more
 */
export function checkCount(count: number): void {
  if (Number.isInteger(count) && count >= 0) return;
  throw invalid("A count is an integer of 0 or more", count);
}

/** How to read, checked. */
export interface CheckedReadOptions {
  /** Nothing above this is seen; undefined: everything is. */
  ceiling: Revision | undefined;
  /** The most records; Infinity for all. */
  limit: number;
  /** Whether deletions are given, too. */
  tombstones: boolean;
}

/**
 * Checks how to read.
 *
 * @param options What the caller gave
 * @throws {InvalidArgumentError} If it is outside what is allowed
 */
export function checkReadOptions(options: ReadOptions = {}): CheckedReadOptions {
  if (typeof options !== "object" || options === null) {
    throw invalid("Read options are an object", options);
  }
  const { asOf, limit = Infinity, tombstones = false } = options;
  if (!(limit === Infinity || (Number.isInteger(limit) && limit >= 0))) {
    throw invalid("A limit is an integer of 0 or more, or Infinity", limit);
  }
  if (typeof tombstones !== "boolean") throw invalid("tombstones is true or false", tombstones);
  return { ceiling: asOf === undefined ? undefined : ceilingOf(asOf), limit, tombstones };
}

function ceilingOf(asOf: Revision | Date): Revision {
  if (asOf instanceof Revision) return asOf;
  const ms = asOf instanceof Date ? asOf.getTime() : NaN;
  if (Number.isNaN(ms)) throw invalid("asOf is a Revision or a valid Date", asOf);
  // Before 1970 lies the lowest stamp, which no entry bears; far in the future, the highest.
  if (ms < 0) return new Revision(0, 0, 0, 0);
  return new Revision(Math.min(ms, PHYSICAL_MS_MAX), LOGICAL_MAX, U32_MAX, U32_MAX);
}

/** Numbers that may lie anywhere; any but NaN will do. */
function checkNumbers(dims: number, what: string, bound: Point): number[] {
  checkLength(dims, what, bound);
  const coordinates: number[] = []; // To make a typed array would take longer than a small search.
  for (let axis = 0; axis < dims; axis++) {
    const value: unknown = bound[axis];
    if (typeof value !== "number" || Number.isNaN(value)) {
      throw invalid(`Coordinate ${axis} of ${what.toLowerCase()} is a number`, value);
    }
    coordinates.push(value);
  }
  return coordinates;
}

function checkLength(dims: number, what: string, point: Point): void {
  if (typeof point === "object" && point !== null && point.length === dims) return;
  const found = (point as Point | null | undefined)?.length;
  const kind = typeof point === "object" && point !== null
    ? `one of ${describe(found)}`
    : describe(point);
  throw new InvalidArgumentError(`${what} is an array of ${dims} numbers, not ${kind}`, {
    expected: dims,
    found: point,
  });
}

function checkInteger(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(`${what} is an integer from ${min} to ${max}`, value);
}

function invalid(rule: string, found: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${rule}, not ${describe(found)}`, { expected: rule, found });
}
