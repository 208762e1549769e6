/**
 * What the entries of a table look like in columns.
 *
 * @module
 */

import { encodeKeys, keyWords } from "../space/hilbert.ts";
import { quantise, quantisePoints } from "../space/quantise.ts";
import type { SpaceInfo } from "./space.ts";

/** Coordinates, row after row. */
export type Coordinates = Uint32Array | Float64Array;

/** The form of a table's columns. */
export interface Shape {
  /** Coordinates of a point. */
  readonly dims: number;
  /** Words of 32 bits in a key. */
  readonly words: number;
  /** Whether the key of a point is of no other: then nobody has to look at points. */
  readonly exact: boolean;
  /** Bytes of a coordinate: 4 (u32) or 8 (float64). */
  readonly coordinateBytes: number;
  /** Lays coordinates over bytes, from an offset on. */
  coordinatesOver(buffer: ArrayBuffer, offset: number, count: number): Coordinates;
  /** Makes room for coordinates. */
  newCoordinates(count: number): Coordinates;
  /** Computes the keys of points. */
  keysOf(coordinates: Coordinates, count: number): Uint32Array;
  /** Computes the key of one point, into room for it. */
  keyOf(point: ArrayLike<number>, into: Uint32Array): void;
}

/**
 * The form of a space's columns.
 *
 * @param info The space
 */
export function shapeOf({ dims, bits, axes }: SpaceInfo): Shape {
  const words = keyWords(dims, bits);
  const isFloat = axes.length > 0;
  const cell = new Uint32Array(dims);
  return {
    dims,
    words,
    exact: false,
    ...(isFloat ? floatColumns(dims) : gridColumns(dims)),
    keysOf(coordinates, count) {
      const keys = new Uint32Array(count * words);
      let cells = coordinates as Uint32Array;
      if (isFloat) {
        cells = new Uint32Array(count * dims);
        quantisePoints(coordinates, count, axes, bits, cells);
      }
      encodeKeys(cells, count, dims, bits, keys);
      return keys;
    },
    keyOf(point, into) {
      for (let axis = 0; axis < dims; axis++) {
        cell[axis] = isFloat ? quantise(point[axis], axes[axis], bits) : point[axis];
      }
      encodeKeys(cell, 1, dims, bits, into);
    },
  };
}

/** The form of a graph's edges: points are the two words of an id, which are their keys as well. */
export const EDGE_SHAPE: Shape = {
  dims: 2,
  words: 2,
  exact: true,
  ...gridColumns(2),
  keysOf: (coordinates, count) => new Uint32Array(coordinates.subarray(0, count * 2)),
  keyOf(id, into) {
    into[0] = id[0];
    into[1] = id[1];
  },
};

/** What a row of an incidence has behind the coordinates of its point: a side, and an id of two words. */
export const ROW_COLUMNS = 3;

/**
 * The form of the incidence rows about the points of a space: they lie along the curve as the points do.
 *
 * @param info The space
 */
export function rowShapeOf(info: SpaceInfo): Shape {
  const points = shapeOf(info);
  const dims = points.dims + ROW_COLUMNS;
  return {
    ...points,
    dims,
    ...(info.axes.length > 0 ? floatColumns(dims) : gridColumns(dims)),
    keysOf(coordinates, count) {
      const own = points.newCoordinates(count);
      for (let row = 0; row < count; row++) {
        for (let axis = 0; axis < points.dims; axis++) {
          own[row * points.dims + axis] = coordinates[row * dims + axis];
        }
      }
      return points.keysOf(own, count);
    },
  };
}

/** How coordinates are laid out. */
type CoordinateColumns = Pick<Shape, "coordinateBytes" | "coordinatesOver" | "newCoordinates">;

/** Each class is named where it is called: engines make small arrays of a class in a variable half as fast. */
function floatColumns(dims: number): CoordinateColumns {
  return {
    coordinateBytes: Float64Array.BYTES_PER_ELEMENT,
    coordinatesOver: (buffer, offset, count) => new Float64Array(buffer, offset, count * dims),
    newCoordinates: (count) => new Float64Array(count * dims),
  };
}

function gridColumns(dims: number): CoordinateColumns {
  return {
    coordinateBytes: Uint32Array.BYTES_PER_ELEMENT,
    coordinatesOver: (buffer, offset, count) => new Uint32Array(buffer, offset, count * dims),
    newCoordinates: (count) => new Uint32Array(count * dims),
  };
}
