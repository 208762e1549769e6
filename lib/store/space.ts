/**
 * A space as its users see it, and the rules its arguments must keep.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import { describe, InvalidArgumentError } from "../errors.ts";
import { checkAxisBounds } from "../space/quantise.ts";
import { POINT_COORDINATES_MAX, U32_MAX } from "../limits.ts";

/** The most bits of a coordinate. */
export const SPACE_BITS_MAX = 32;

/** The most bits of all coordinates of a point together. */
export const KEY_BITS_MAX = 128;

/** The longest name of a space, in UTF-16 code units. */
export const SPACE_NAME_LENGTH_MAX = 1024;

const PHYSICAL_MS_MAX = 2 ** 48 - 1;
const LOGICAL_MAX = 0xffff;

/** One axis of a space of floating-point coordinates. */
export interface Axis {
  /** What the axis is called. */
  name?: string;
  /** The lowest coordinate. */
  min: number;
  /** The highest coordinate. */
  max: number;
}

/** How a space is made. */
export interface SpaceConfig {
  /** How many dimensions: 1 to 16. */
  dims: number;
  /** Bits of a coordinate, 1 to 32, and 128 for all of them at most; as many as fit, unless given. */
  bits?: number;
  /** Reserved for spaces of floating-point coordinates. */
  axes?: readonly Axis[];
  /** Whether every version of a record is kept, or the latest; "all" unless given. */
  retention?: "all" | "latest";
}

/** How a space was made, everything said. */
export interface SpaceInfo {
  /** How many dimensions. */
  dims: number;
  /** Bits of a coordinate: each is an integer from 0 to 2^bits-1. */
  bits: number;
  /** None on an integer grid. */
  axes: readonly Axis[];
  /** Whether every version of a record is kept, or the latest. */
  retention: "all" | "latest";
}

/** One coordinate for each dimension. */
export type Point = ArrayLike<number>;

/** A box with all its faces: both bounds belong to it. They may be fractional, or outside the space. */
export interface Box {
  /** The lowest coordinate of each dimension. */
  min: Point;
  /** The highest coordinate of each dimension. */
  max: Point;
}

/** How to read. */
export interface ReadOptions {
  /** Read as it was then: at a stamp, or at the end of a millisecond. */
  asOf?: Revision | Date;
  /** The most records to give; `get` does not heed it. */
  limit?: number;
  /** Whether deletions are given, too. */
  tombstones?: boolean;
}

/** One version of what stands at a point. */
export interface SpatialRecord<Data = unknown> {
  /** Where. */
  point: number[];
  /** When and by whom it was written. */
  revision: Revision;
  /** What; undefined in a deletion. */
  data: Data;
  /** Whether this is a deletion. */
  deleted: boolean;
}

/** Reads a space. */
export interface SpaceReader<Data = unknown> {
  /** The space's name. */
  readonly name: string;
  /** How the space was made. */
  readonly config: SpaceInfo;
  /**
   * What stands at a point.
   *
   * @param point Where
   * @param options How to read
   * @returns The record; undefined when nothing is there
   * @throws {InvalidArgumentError} If the point is not one of the space
   */
  get(point: Point, options?: ReadOptions): SpatialRecord<Data> | undefined;
  /**
   * What stands in a box, as it is when the iteration begins.
   *
   * @param box Where; everywhere, unless given
   * @param options How to read
   * @returns An iterator, to be used once
   * @throws {InvalidArgumentError} If the box is inverted or of other dimensions
   */
  query(box?: Box, options?: ReadOptions): IteratorObject<SpatialRecord<Data>, undefined>;
  /**
   * How many records `query` would give.
   *
   * @param box Where; everywhere, unless given
   * @param options How to read
   * @throws {InvalidArgumentError} If the box is inverted or of other dimensions
   */
  count(box?: Box, options?: ReadOptions): number;
  /**
   * What `query` would give, as columns: the fast way out for many records.
   *
   * @param box Where; everywhere, unless given
   * @param options How to read
   * @throws {InvalidArgumentError} If the box is inverted or of other dimensions
   */
  columns(box?: Box, options?: ReadOptions): RecordColumns<Data>;
  /**
   * The records nearest to a point, by Euclidean distance, the nearest first; at equal distance in the
   * order of the curve.
   *
   * @param point From where; any numbers, also outside the space
   * @param count How many at most
   * @param options How to read; `limit` and `tombstones` do not matter
   * @throws {InvalidArgumentError} If the point has other dimensions or a coordinate is NaN
   */
  nearest(point: Point, count: number, options?: ReadOptions): SpatialRecord<Data>[];
  /**
   * Every version of what stood at a point, newest first, deletions included.
   *
   * @param point Where
   * @returns An iterator, to be used once
   * @throws {InvalidArgumentError} If the point is not one of the space
   */
  history(point: Point): IteratorObject<SpatialRecord<Data>, undefined>;
}

/** Records as columns. */
export interface RecordColumns<Data = unknown> {
  /** How many. */
  length: number;
  /** Coordinates of a point. */
  dims: number;
  /** Points, row after row. */
  coordinates: Uint32Array | Float64Array;
  /** Revisions, four words of 32 bits each, that order as revisions do. */
  revisions: Uint32Array;
  /** The value of a record, decoded at the call. */
  data(index: number): Data;
}

/** A space of an open database: reads what is committed at the time of each call. */
export interface Space<Data = unknown> extends SpaceReader<Data> {}

/**
 * Checks the name of a space.
 *
 * @param name Not empty, and text that comes back as it was
 * @throws {InvalidArgumentError} If it is anything else
 */
export function checkSpaceName(name: string): void {
  const valid = typeof name === "string" && name !== "" && name.length <= SPACE_NAME_LENGTH_MAX &&
    name.isWellFormed();
  if (!valid) {
    throw invalid(`A space's name is text of 1 to ${SPACE_NAME_LENGTH_MAX} characters`, name);
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
  const max = 2 ** info.bits - 1;
  const { axes } = info;
  if (axes.length > 0) {
    return checkCoordinates(info, "A point", point, (axis, value) => {
      const { min, max } = axes[axis];
      if (value >= min && value <= max) return;
      throw invalid(`Coordinate ${axis} of a point is a number from ${min} to ${max}`, value);
    });
  }
  return checkCoordinates(info, "A point", point, (axis, value) => {
    if (Number.isInteger(value) && value >= 0 && value <= max) return;
    throw invalid(`Coordinate ${axis} of a point is an integer from 0 to ${max}`, value);
  });
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
  if (box === undefined) {
    const everywhere = (bound: number): number[] => new Array(info.dims).fill(bound);
    return { min: everywhere(-Infinity), max: everywhere(Infinity) };
  }
  if (typeof box !== "object" || box === null) {
    throw invalid("A box is an object with min and max", box);
  }
  const isNumber = (axis: number, value: number): void => {
    if (Number.isNaN(value)) {
      throw invalid(`Coordinate ${axis} of a box's bound is a number`, value);
    }
  };
  const min = checkCoordinates(info, "A box's min", box.min, isNumber);
  const max = checkCoordinates(info, "A box's max", box.max, isNumber);
  const axis = min.findIndex((low, i) => low > max[i]);
  if (axis >= 0) {
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
  return checkCoordinates(info, "A point", point, (axis, value) => {
    if (Number.isNaN(value)) throw invalid(`Coordinate ${axis} of a point is a number`, value);
  });
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

/** Reads every coordinate once: what was checked is what is used. */
function checkCoordinates(
  info: SpaceInfo,
  what: string,
  point: Point,
  check: (axis: number, value: number) => void,
): number[] {
  if (typeof point !== "object" || point === null || point.length !== info.dims) {
    const found = (point as Point | null | undefined)?.length;
    const kind = typeof point === "object" && point !== null
      ? `one of ${describe(found)}`
      : describe(point);
    throw new InvalidArgumentError(`${what} is an array of ${info.dims} numbers, not ${kind}`, {
      expected: info.dims,
      found: point,
    });
  }
  const coordinates: number[] = [];
  for (let axis = 0; axis < info.dims; axis++) {
    const value: unknown = point[axis];
    if (typeof value !== "number") {
      throw invalid(`Coordinate ${axis} of ${what.toLowerCase()} is a number`, value);
    }
    check(axis, value);
    coordinates.push(value + 0); // -0 becomes 0.
  }
  return coordinates;
}

function checkInteger(what: string, value: number, min: number, max: number): void {
  if (Number.isInteger(value) && value >= min && value <= max) return;
  throw invalid(`${what} is an integer from ${min} to ${max}`, value);
}

function invalid(rule: string, found: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${rule}, not ${describe(found)}`, { expected: rule, found });
}
