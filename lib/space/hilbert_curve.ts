/**
 * The curve that orders points, for who orders, partitions or caches by it outside a database.
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";
import { POINT_COORDINATES_MAX } from "../limits.ts";
import { type Cover, coverBox } from "./cover.ts";
import { CELL_BITS_MAX, decodeKey, encodeKeys, KEY_BITS_MAX, keyWords } from "./hilbert.ts";

/**
 * The Hilbert curve through a grid (J. Skilling, "Programming the Hilbert curve", 2004): cells that follow
 * one another on it are neighbours, so what is near on it is near in space.
 *
 * A key is some words of 32 bits, the most significant first. Keys order as the records of `query` do.
 *
 * @example
 * ```ts
 * import { HilbertCurve } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * const curve = new HilbertCurve(2, 16);
 * const keys = curve.encode([3, 5, 4, 5]); // Two cells.
 * assert.deepEqual([...curve.decode(keys)], [3, 5, 4, 5]);
 * const { ranges, count } = curve.cover([0, 0], [7, 7], 8); // A square of the grid is one range.
 * assert.deepEqual([count, ...ranges], [1, 0, 63]);
 * ```
 */
export class HilbertCurve {
  /** How many axes: 1 to 16. */
  readonly dims: number;
  /** Bits of a coordinate: 1 to 32, and 128 for all of them at most. */
  readonly bits: number;
  /** Words of a key. */
  readonly words: number;

  /**
   * Chooses the grid.
   *
   * @param dims How many axes: 1 to 16
   * @param bits Bits of a coordinate: cells are integers from 0 to 2^bits-1
   * @throws {InvalidArgumentError} If the keys would have more than 128 bits, or there is no such grid
   */
  constructor(dims: number, bits: number) {
    const valid = isInteger(dims, 1, POINT_COORDINATES_MAX) && isInteger(bits, 1, CELL_BITS_MAX) &&
      dims * bits <= KEY_BITS_MAX;
    if (!valid) {
      throw new InvalidArgumentError(
        `A curve has 1 to ${POINT_COORDINATES_MAX} dims of 1 to ${CELL_BITS_MAX} bits, ${KEY_BITS_MAX} bits in all, not ${
          describe(dims)
        } of ${describe(bits)}`,
        { expected: `at most ${KEY_BITS_MAX} bits`, found: [dims, bits] },
      );
    }
    this.dims = dims;
    this.bits = bits;
    this.words = keyWords(dims, bits);
  }

  /**
   * The keys of cells.
   *
   * @param cells One cell after the other, `dims` coordinates each
   * @returns One key after the other, `words` each
   * @throws {InvalidArgumentError} If one is no cell of the grid
   */
  encode(cells: ArrayLike<number>): Uint32Array {
    const checked = this.#check(cells, cells.length / this.dims);
    const count = checked.length / this.dims;
    const keys = new Uint32Array(count * this.words);
    encodeKeys(checked, count, this.dims, this.bits, keys);
    return keys;
  }

  /**
   * The cells of keys.
   *
   * @param keys What `encode` gave
   * @returns One cell after the other
   * @throws {InvalidArgumentError} If they are not whole keys
   */
  decode(keys: Uint32Array): Uint32Array {
    const count = keys.length / this.words;
    if (!Number.isInteger(count)) {
      throw new InvalidArgumentError(`Keys have ${this.words} words each, not ${keys.length}`, {
        expected: this.words,
        found: keys.length,
      });
    }
    const cells = new Uint32Array(count * this.dims);
    const cell = new Uint32Array(this.dims);
    for (let i = 0; i < count; i++) {
      decodeKey(keys, i * this.words, this.dims, this.bits, cell);
      cells.set(cell, i * this.dims);
    }
    return cells;
  }

  /**
   * A box as ranges of keys: every cell of the box is in one of them, and as few others as so many ranges
   * allow.
   *
   * @param min The lowest cell of the box
   * @param max The highest cell
   * @param rangesMax The most ranges: 1 or more
   * @throws {InvalidArgumentError} If there is no such box in the grid
   */
  cover(min: ArrayLike<number>, max: ArrayLike<number>, rangesMax: number): Cover {
    const low = this.#check(min, 1);
    const high = this.#check(max, 1);
    if (
      !isInteger(rangesMax, 1, Number.MAX_SAFE_INTEGER) || low.some((each, i) => each > high[i])
    ) {
      throw new InvalidArgumentError(
        `A cover is of a box whose min is not above its max, by 1 or more ranges`,
        { found: { min, max, rangesMax } },
      );
    }
    return coverBox(low, high, this.dims, this.bits, rangesMax);
  }

  #check(cells: ArrayLike<number>, count: number): Uint32Array {
    const last = 2 ** this.bits - 1;
    const given = Array.from(cells);
    if (Number.isInteger(count) && given.length === count * this.dims) {
      if (given.every((each) => isInteger(each, 0, last))) return Uint32Array.from(given);
    }
    throw new InvalidArgumentError(
      `Cells have ${this.dims} coordinates each, integers from 0 to ${last}`,
      { expected: this.dims, found: cells },
    );
  }
}

function isInteger(value: number, min: number, max: number): boolean {
  return Number.isInteger(value) && value >= min && value <= max;
}
