/**
 * Random points of the plane with data, made in chunks: nothing here keeps what it has made.
 *
 * @module
 */

import { Random } from "./random.ts";

/** Coordinates of a point. */
export const DIMS = 2;

/** Every coordinate is at least 0 and below this. */
export const COORDINATE_LIMIT = 1000;

/** Bytes of data at each point. */
export const DATA_BYTES = 16;

/** Bytes of a point as stored, two float64, and of its data. */
export const RAW_BYTES = DIMS * Float64Array.BYTES_PER_ELEMENT + DATA_BYTES;

/** Points and their data, as columns. */
export interface PointColumns {
  /** How many. */
  count: number;
  /** Point after point. */
  coordinates: Float64Array;
  /** The data, one after the other. */
  data: {
    /** Of all points. */
    bytes: Uint8Array;
    /** Where those of each begin; one more for the end. */
    offsets: Uint32Array;
  };
}

const TWO_32 = 2 ** 32;

/** An endless stream of points, the same for the same seed. */
export class RandomPoints {
  readonly #random: Random;

  /** @param seed Any integer */
  constructor(seed: number) {
    this.#random = new Random(seed);
  }

  /**
   * The next points of the stream; no matter how it is cut into chunks, it is the same.
   *
   * @param count How many
   */
  next(count: number): PointColumns {
    const coordinates = new Float64Array(count * DIMS);
    const bytes = new Uint8Array(count * DATA_BYTES);
    const offsets = Uint32Array.from({ length: count + 1 }, (_, i) => i * DATA_BYTES);
    for (let i = 0; i < count; i++) {
      for (let axis = 0; axis < DIMS; axis++) coordinates[i * DIMS + axis] = this.coordinate();
      this.#random.fill(bytes.subarray(offsets[i], offsets[i + 1]));
    }
    return { count, coordinates, data: { bytes, offsets } };
  }

  /** A coordinate, with all the bits that a float64 has there. */
  coordinate(): number {
    const high = this.#random.nextU32();
    return (high + this.#random.nextU32() / TWO_32) / TWO_32 * COORDINATE_LIMIT;
  }
}

/**
 * Takes points out of columns, without a copy.
 *
 * @param columns Of which
 * @param from The first
 * @param to The first that is not wanted
 */
export function slicePoints(columns: PointColumns, from: number, to: number): PointColumns {
  const { coordinates, data: { bytes } } = columns;
  const count = to - from;
  return {
    count,
    coordinates: coordinates.subarray(from * DIMS, to * DIMS),
    data: {
      bytes: bytes.subarray(from * DATA_BYTES, to * DATA_BYTES),
      offsets: Uint32Array.from({ length: count + 1 }, (_, i) => i * DATA_BYTES),
    },
  };
}

/**
 * The data of one point, without a copy.
 *
 * @param columns Of which
 * @param index Which point
 */
export function dataOf({ data: { bytes, offsets } }: PointColumns, index: number): Uint8Array {
  return bytes.subarray(offsets[index], offsets[index + 1]);
}
