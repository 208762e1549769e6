/**
 * What the entries of a space look like in columns.
 *
 * @module
 */

import { encodeKeys, keyWords } from "../space/hilbert.ts";
import { quantisePoints } from "../space/quantise.ts";
import type { SpaceInfo } from "./space.ts";

/** Coordinates, row after row. */
export type Coordinates = Uint32Array | Float64Array;

/** The form of a space's columns. */
export interface Shape {
  /** Coordinates of a point. */
  readonly dims: number;
  /** Words of 32 bits in a key. */
  readonly words: number;
  /** Bytes of a coordinate: 4 (u32) or 8 (float64). */
  readonly coordinateBytes: number;
  /** Lays coordinates over bytes, from an offset on. */
  coordinatesOver(buffer: ArrayBuffer, offset: number, count: number): Coordinates;
  /** Makes room for coordinates. */
  newCoordinates(count: number): Coordinates;
  /** Computes the keys of points. */
  keysOf(coordinates: Coordinates, count: number): Uint32Array;
}

/**
 * The form of a space's columns.
 *
 * @param info The space
 */
export function shapeOf({ dims, bits, axes }: SpaceInfo): Shape {
  const words = keyWords(dims, bits);
  const isFloat = axes.length > 0;
  const Column = isFloat ? Float64Array : Uint32Array;
  return {
    dims,
    words,
    coordinateBytes: Column.BYTES_PER_ELEMENT,
    coordinatesOver: (buffer, offset, count) => new Column(buffer, offset, count * dims),
    newCoordinates: (count) => new Column(count * dims),
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
  };
}
