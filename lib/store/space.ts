/**
 * A space as its users see it.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";

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
  /**
   * The bounds of each coordinate, for floating-point ones: kept exactly as they are. Without axes a
   * coordinate is an integer from 0 to 2^bits-1.
   */
  axes?: readonly Axis[];
  /** Whether every version of a record is kept, or the latest; "all" unless given. */
  retention?: "all" | "latest";
}

/** How a space was made, everything said. */
export interface SpaceInfo {
  /** How many dimensions. */
  dims: number;
  /**
   * Bits of a coordinate: each is an integer from 0 to 2^bits-1. With axes, how finely the curve that
   * orders the points divides each.
   */
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

/** Records as columns, of the moment of the call: what is read later is still as it was then. */
export interface RecordColumns<Data = unknown> {
  /** How many. */
  length: number;
  /** Coordinates of a point. */
  dims: number;
  /** Points, row after row. */
  coordinates: Uint32Array | Float64Array;
  /**
   * Revisions, four words of 32 bits each, that order as revisions do. They are copied when they are first
   * asked for, which has to be before what was read is closed.
   */
  readonly revisions: Uint32Array;
  /** The value of a record, decoded at the call. */
  data(index: number): Data;
}

/** A space of an open database: reads what is committed at the time of each call. */
export interface Space<Data = unknown> extends SpaceReader<Data> {}
