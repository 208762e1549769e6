/**
 * Hilbert keys: how far along a Hilbert curve a cell of a grid lies. Cells that follow each other on the
 * curve are neighbours in space, so what is stored in the order of its keys is stored in clusters.
 *
 * A grid has `dims` axes (1 to 16) of 2^`bits` cells each (`bits` 1 to 32), and `dims * bits` is at most
 * 128. A key is `dims * bits` bits in as many words of 32 bits as they need, most significant first:
 *
 * | bits from the top | field | meaning |
 * | --- | --- | --- |
 * | 0 .. dims-1 | first digit | which of the 2^dims parts of the grid, in the order of the curve |
 * | dims .. 2*dims-1 | second digit | which of the 2^dims parts of that part |
 * | ... | one digit for each bit of an axis | |
 * | dims*bits .. | padding | zeros up to the end of the last word |
 *
 * Words compared one by one, as unsigned numbers, give the order of the curve. The first m bits of a key
 * depend on the first ceil(m / dims) bits of each coordinate only: a coarser grid has shorter keys, not
 * other ones. The origin has key 0.
 *
 * The transform is J. Skilling's, "Programming the Hilbert curve", AIP Conference Proceedings 707, 381
 * (2004), with masks instead of branches: a branch on random bits is wrong every other time.
 *
 * Worked example: 3 dims of 11 bits, cell (1000, 20, 2047). Key of two words, one bit in the second:
 *
 * ```hex
 * 2924b2c4 80000000
 * ```
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { POINT_COORDINATES_MAX } from "../limits.ts";
import { learnCurve } from "./hilbert_tables.ts";

/** The most bits of a coordinate of a cell: it fits a word. */
export const CELL_BITS_MAX = 32;

/** The most bits of a key: four words. */
export const KEY_BITS_MAX = 128;

/** How many bits of each coordinate the tables take at once: what measures fastest, and fits a cache. */
const LEVELS_2D = 4;
const LEVELS_3D = 3;

/** The coordinates under transformation. Signed, because that is what engines keep in registers. */
const work = new Int32Array(POINT_COORDINATES_MAX);

let table2d: Uint16Array | undefined;
let table3d: Uint16Array | undefined;

/**
 * How many words a key has.
 *
 * @param dims How many axes: 1 to 16
 * @param bits Bits of a coordinate: 1 to 32, and `dims * bits` at most 128
 * @returns 1 to 4
 */
export function keyWords(dims: number, bits: number): number {
  invariant(dims >= 1 && dims <= POINT_COORDINATES_MAX, "dims are from 1 to 16");
  invariant(bits >= 1 && bits <= CELL_BITS_MAX, "bits are from 1 to 32");
  invariant(dims * bits <= KEY_BITS_MAX, "dims x bits are at most 128");
  return (dims * bits + 31) >>> 5;
}

/**
 * The key of one cell.
 *
 * @param cell `dims` integers from 0 to 2^bits-1
 * @param dims How many axes
 * @param bits Bits of a coordinate
 * @param into Gets the key: `keyWords(dims, bits)` words
 * @param at Where in `into` the key begins
 */
export function encodeKey(
  cell: ArrayLike<number>,
  dims: number,
  bits: number,
  into: Uint32Array,
  at: number,
): void {
  for (let i = 0; i < dims; i++) work[i] = cell[i];
  alongCurve(dims, bits);
  writeDigits(dims, bits, into, at);
}

/**
 * The cell of one key: what `encodeKey` was given.
 *
 * @param key Holds the key
 * @param at Where in `key` it begins
 * @param dims How many axes
 * @param bits Bits of a coordinate
 * @param into Gets `dims` integers from 0 to 2^bits-1
 */
export function decodeKey(
  key: Uint32Array,
  at: number,
  dims: number,
  bits: number,
  into: Uint32Array | number[],
): void {
  readDigits(key, at, dims, bits);
  backFromCurve(dims, bits);
  for (let i = 0; i < dims; i++) into[i] = work[i] >>> 0;
}

/**
 * The keys of many cells: those of `encodeKey`, sooner where `dims` is 2 or 3.
 *
 * @param cells One cell after the other: `count` times `dims` integers from 0 to 2^bits-1
 * @param count How many cells
 * @param dims How many axes
 * @param bits Bits of a coordinate
 * @param into Gets one key after the other: `count` times `keyWords(dims, bits)` words
 */
export function encodeKeys(
  cells: Uint32Array,
  count: number,
  dims: number,
  bits: number,
  into: Uint32Array,
): void {
  const words = keyWords(dims, bits);
  invariant(cells.length >= count * dims, "as many cells are given");
  invariant(into.length >= count * words, "the keys have room");
  if (dims === 2) {
    table2d ??= learnCurve(encodeKey, 2, LEVELS_2D);
    encodePlane(table2d, cells, count, bits, into);
  } else if (dims === 3) {
    table3d ??= learnCurve(encodeKey, 3, LEVELS_3D);
    encodeSolid(table3d, cells, count, bits, into);
  } else {
    for (let cell = 0; cell < count; cell++) {
      for (let i = 0; i < dims; i++) work[i] = cells[cell * dims + i];
      alongCurve(dims, bits);
      writeDigits(dims, bits, into, cell * words);
    }
  }
}

/**
 * Compares two keys along the curve.
 *
 * @param a Holds one
 * @param aAt Where in `a` it begins
 * @param b Holds the other
 * @param bAt Where in `b` it begins
 * @param words How many words each has
 * @returns Below 0 if the first comes first, 0 if they are equal, else above 0
 */
export function compareKeys(
  a: ArrayLike<number>,
  aAt: number,
  b: ArrayLike<number>,
  bAt: number,
  words: number,
): number {
  for (let i = 0; i < words; i++) {
    const difference = a[aAt + i] - b[bAt + i];
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Skilling's AxesToTranspose: bit q of `work[i]` becomes bit i of digit bits-1-q. */
function alongCurve(dims: number, bits: number): void {
  let first = work[0];
  for (let q = bits - 1; q > 0; q--) {
    const below = ~(-1 << q);
    first ^= below & -((first >>> q) & 1);
    for (let i = 1; i < dims; i++) {
      const other = work[i];
      const inverts = -((other >>> q) & 1);
      const swapped = (first ^ other) & below & ~inverts;
      work[i] = other ^ swapped;
      first ^= swapped | (below & inverts);
    }
  }
  work[0] = first;
  for (let i = 1; i < dims; i++) work[i] ^= work[i - 1];
  // Bit q says whether an odd number of bits above q is set.
  let odd = work[dims - 1] >>> 1;
  odd ^= odd >>> 1;
  odd ^= odd >>> 2;
  odd ^= odd >>> 4;
  odd ^= odd >>> 8;
  odd ^= odd >>> 16;
  for (let i = 0; i < dims; i++) work[i] ^= odd;
}

/** Skilling's TransposeToAxes: undoes `alongCurve`. */
function backFromCurve(dims: number, bits: number): void {
  const odd = work[dims - 1] >>> 1;
  for (let i = dims - 1; i > 0; i--) work[i] ^= work[i - 1];
  let first = work[0] ^ odd;
  for (let q = 1; q < bits; q++) {
    const below = ~(-1 << q);
    for (let i = dims - 1; i > 0; i--) {
      const other = work[i];
      const inverts = -((other >>> q) & 1);
      const swapped = (first ^ other) & below & ~inverts;
      work[i] = other ^ swapped;
      first ^= swapped | (below & inverts);
    }
    first ^= below & -((first >>> q) & 1);
  }
  work[0] = first;
}

function writeDigits(dims: number, bits: number, into: Uint32Array, at: number): void {
  let word = 0;
  let free = 32;
  for (let q = bits - 1; q >= 0; q--) {
    for (let i = 0; i < dims; i++) {
      word = word << 1 | (work[i] >>> q) & 1;
      if (--free > 0) continue;
      into[at++] = word;
      word = 0;
      free = 32;
    }
  }
  if (free < 32) into[at] = word << free;
}

function readDigits(key: Uint32Array, at: number, dims: number, bits: number): void {
  for (let i = 0; i < dims; i++) work[i] = 0;
  let word = key[at] | 0;
  let left = 32;
  for (let q = 0; q < bits; q++) {
    for (let i = 0; i < dims; i++) {
      if (left === 0) {
        word = key[++at] | 0;
        left = 32;
      }
      work[i] = work[i] << 1 | word >>> 31;
      word <<= 1;
      left--;
    }
  }
}

/** `encodeKeys` for 2 dims: a step gives 8 bits of the key, four steps a word. */
function encodePlane(
  table: Uint16Array,
  cells: Uint32Array,
  count: number,
  bits: number,
  into: Uint32Array,
): void {
  const words = keyWords(2, bits);
  const up = CELL_BITS_MAX - bits;
  const padding = words * 32 - 2 * bits;
  for (let cell = 0; cell < count; cell++) {
    const x = cells[2 * cell] << up;
    const y = cells[2 * cell + 1] << up;
    let step = 0;
    for (let half = 0; half < words; half++) {
      let word = 0;
      for (let shift = 28 - 16 * half; shift >= 16 - 16 * half; shift -= 4) {
        step = table[step & 0xff00 | (x >>> shift & 15) << 4 | y >>> shift & 15];
        word = word << 8 | step & 0xff;
      }
      into[words * cell + half] = word;
    }
    // What lies below the last bit of a coordinate has digits, too: they are no part of the key.
    into[words * cell + words - 1] &= -1 << padding;
  }
}

/** `encodeKeys` for 3 dims: a step gives 9 bits of the key, some for this word, some for the next. */
function encodeSolid(
  table: Uint16Array,
  cells: Uint32Array,
  count: number,
  bits: number,
  into: Uint32Array,
): void {
  const words = keyWords(3, bits);
  const up = CELL_BITS_MAX - bits;
  const padding = words * 32 - 3 * bits;
  for (let cell = 0; cell < count; cell++) {
    const x = cells[3 * cell] << up;
    const y = cells[3 * cell + 1] << up;
    const z = cells[3 * cell + 2] << up;
    const end = words * (cell + 1);
    let at = words * cell;
    let step = 0;
    let word = 0;
    let free = 32;
    // 32 bits are ten steps and two bits; the eleventh step takes one zero from below them.
    for (let shift = 29; at < end; shift -= 3) {
      step = shift >= 0
        ? table[step & 0xfe00 | (x >>> shift & 7) << 6 | (y >>> shift & 7) << 3 | z >>> shift & 7]
        : table[step & 0xfe00 | (x << 1 & 7) << 6 | (y << 1 & 7) << 3 | z << 1 & 7];
      const digits = step & 0x1ff;
      free -= 9;
      if (free > 0) {
        word |= digits << free;
      } else {
        into[at++] = word | digits >>> -free;
        free += 32;
        word = digits << free;
      }
    }
    into[end - 1] &= -1 << padding;
  }
}
