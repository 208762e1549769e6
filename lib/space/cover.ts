/**
 * The cells of a box as ranges of Hilbert keys: never less than the box, and no more ranges than asked for.
 *
 * The cells whose keys begin with the same bits are a *piece*: a box that follows one stretch of the
 * curve, also in the middle of a digit, because the next bit always cuts the piece in two across one axis.
 * Beginning with the whole grid, all pieces that lie partly in the box are cut, again and again; those
 * outside are dropped, those inside are kept. (Cutting axis by axis in a fixed order would not follow the
 * curve, and the corners of a box do not have its lowest and highest key.)
 *
 * What a piece must know to be cut is Skilling's transform (see `hilbert.ts`) one bit of the key at a
 * time, with an order of axes and a mirror for each instead of coordinates that are swapped and inverted:
 *
 * 1. Bit i of a digit, inverted if the piece is walked *backward*, tells with bit i-1 the bit i of what
 *    the paper calls the transpose.
 * 2. That bit, inverted if the axis in place i is mirrored, is the half that is meant.
 * 3. If it is set, the axis in place 0 is mirrored anew; if not, the axes in places 0 and i change places.
 * 4. If the last bit of a digit was set in step 1, the next digit is walked the other way round.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { compareKeys, keyWords } from "./hilbert.ts";

/** Ranges of keys. */
export interface Cover {
  /** Lowest key, highest key of one range after the other, ascending: 2 * `keyWords` words a range. */
  ranges: Uint32Array;
  /** How many ranges: not 0. */
  count: number;
}

/**
 * How many pieces may be partly in the box, for each range asked for. With 2, a cover is exact whenever
 * it can be; with 4, one that cannot be uses its budget, and is tighter by a tenth to a fifth.
 */
const PIECES_PER_RANGE = 4;

/** Bits of the last field of a piece. */
const BACKWARD = 1;
const LAST_BIT = 2;

/** A generation of pieces, all with keys of the same length, ascending. */
interface Pieces {
  /**
   * One piece after the other: the key, the lowest cell of each axis, the axis in each place, a bit for
   * each axis that is mirrored, a bit for each axis on which the piece sticks out of the box, flags.
   */
  rows: Uint32Array;
  count: number;
}

/** What is to be covered. */
interface Task {
  minCell: ArrayLike<number>;
  maxCell: ArrayLike<number>;
  dims: number;
  bits: number;
  words: number;
  /** How many numbers a piece has. */
  stride: number;
  /** Lowest and highest key of one range after the other, unordered. */
  found: number[];
}

/**
 * Covers a box with ranges of keys. The cover is exact if `rangesMax` ranges are enough for that;
 * otherwise it holds other cells, too, those in the smallest gaps between the ranges.
 *
 * Between a cell of the box and one outside, some range of the exact cover begins or ends. A piece
 * that is partly in the box has such a place within, and r ranges have 2 * r of them: if there are more
 * pieces than that, exact is out of reach, and cutting ends soon. So there are at most
 * `PIECES_PER_RANGE * rangesMax` cuts for each bit of a key.
 *
 * @param minCell The lowest cell of each axis: integers from 0 to 2^bits-1
 * @param maxCell The highest cell of each axis: none is below that of `minCell`
 * @param dims How many axes
 * @param bits Bits of a coordinate
 * @param rangesMax The most ranges: 1 or more
 * @returns Ranges of keys, sorted, with a gap between each two; both ends belong to a range
 */
export function coverBox(
  minCell: ArrayLike<number>,
  maxCell: ArrayLike<number>,
  dims: number,
  bits: number,
  rangesMax: number,
): Cover {
  const words = keyWords(dims, bits);
  invariant(rangesMax >= 1, `${rangesMax} ranges are 1 or more`);
  const stride = words + 2 * dims + 3;
  const task: Task = { minCell, maxCell, dims, bits, words, stride, found: [] };
  let pieces: Pieces = { rows: new Uint32Array(stride), count: 1 };
  let spare: Pieces = { rows: new Uint32Array(2 * stride), count: 0 };
  begin(task, pieces);
  let depth = 0;
  // A piece of one cell is in the box or not, so there is none to be cut when the key is complete.
  while (pieces.count > 0 && pieces.count <= PIECES_PER_RANGE * rangesMax) {
    if (spare.rows.length < 2 * pieces.count * stride) {
      spare.rows = new Uint32Array(4 * pieces.count * stride);
    }
    cut(task, pieces, depth++, spare);
    [pieces, spare] = [spare, pieces];
  }
  for (let i = 0; i < pieces.count; i++) keep(task, pieces.rows, i * stride, depth);
  return withinBudget(adjoin(task), words, rangesMax);
}

/** The whole grid; if that is what is asked for, there is nothing to cut. */
function begin(task: Task, pieces: Pieces): void {
  const { minCell, maxCell, dims, bits, words, stride } = task;
  const last = 2 ** bits - 1;
  let outside = 0;
  for (let axis = 0; axis < dims; axis++) {
    const [min, max] = [minCell[axis], maxCell[axis]];
    invariant(0 <= min && min <= max && max <= last, "the cells are of the grid");
    pieces.rows[words + dims + axis] = axis;
    if (min > 0 || max < last) outside |= 1 << axis;
  }
  pieces.rows[stride - 2] = outside;
  if (outside !== 0) return;
  keep(task, pieces.rows, 0, 0);
  pieces.count = 0;
}

/** Cuts each piece in two, and sorts out what is no longer partly in the box. */
function cut(task: Task, pieces: Pieces, depth: number, into: Pieces): void {
  const { minCell, maxCell, dims, bits, words, stride } = task;
  const { rows } = pieces;
  const place = depth % dims;
  const size = 2 ** (bits - 1 - (depth - place) / dims);
  into.count = 0;
  for (let row = 0; row < pieces.count * stride; row += stride) {
    const orderAt = row + words + dims;
    const axis = rows[orderAt + place];
    const mirrored = rows[row + stride - 3];
    const flags = rows[row + stride - 1];
    for (let bit = 0; bit < 2; bit++) {
      const decoded = bit ^ flags & BACKWARD;
      const before = place === 0 ? 0 : flags >>> 1 & 1;
      const transposed = decoded ^ before;
      const half = transposed ^ mirrored >>> place & 1;
      const low = rows[row + words + axis] + half * size;
      const high = low + size - 1;
      if (low > maxCell[axis] || high < minCell[axis]) continue;

      const to = into.count * stride;
      for (let i = 0; i < stride; i++) into.rows[to + i] = rows[row + i];
      into.rows[to + (depth >>> 5)] |= bit << (31 - (depth & 31));
      into.rows[to + words + axis] = low;
      turn(into.rows, to + words + dims, to + stride - 3, place, transposed);
      into.rows[to + stride - 1] = place < dims - 1
        ? flags & BACKWARD | decoded * LAST_BIT
        : flags & BACKWARD ^ decoded * BACKWARD;
      const outside = low >= minCell[axis] && high <= maxCell[axis]
        ? rows[row + stride - 2] & ~(1 << axis)
        : rows[row + stride - 2];
      into.rows[to + stride - 2] = outside;
      if (outside === 0) keep(task, into.rows, to, depth + 1);
      else into.count++;
    }
  }
}

/** Step 3 of the transform; mirrors belong to places, as axes do, and change places with them. */
function turn(
  rows: Uint32Array,
  orderAt: number,
  mirroredAt: number,
  place: number,
  transposed: number,
): void {
  if (transposed === 1) {
    rows[mirroredAt] ^= 1;
    return;
  }
  [rows[orderAt], rows[orderAt + place]] = [rows[orderAt + place], rows[orderAt]];
  const differ = (rows[mirroredAt] ^ rows[mirroredAt] >>> place) & 1;
  // In place 0 with itself nothing differs.
  rows[mirroredAt] ^= differ | differ << place;
}

/** All keys that begin with the first `depth` bits of a piece. */
function keep(task: Task, rows: Uint32Array, row: number, depth: number): void {
  const { dims, bits, words, found } = task;
  for (let i = 0; i < words; i++) found.push(rows[row + i]);
  for (let i = 0; i < words; i++) {
    found.push(
      (rows[row + i] | onesBelow(depth - 32 * i) & ~onesBelow(dims * bits - 32 * i)) >>> 0,
    );
  }
}

/** A word whose bits are set, but for so many from the top. */
function onesBelow(bits: number): number {
  return bits >= 32 ? 0 : -1 >>> Math.max(0, bits);
}

/** The ranges, ascending, those without a gap between them in one. */
function adjoin(task: Task): Uint32Array {
  const { found, words, dims, bits } = task;
  const width = 2 * words;
  const order = Array.from({ length: found.length / width }, (_, i) => i * width);
  order.sort((a, b) => compareKeys(found, a, found, b, words));
  const ranges = new Uint32Array(found.length);
  const one = 2 ** (32 * words - dims * bits);
  let end = 0;
  for (const from of order) {
    if (end > 0 && distance(ranges, end - words, found, from, words) === one) end -= words;
    else for (let i = 0; i < words; i++) ranges[end++] = found[from + i];
    for (let i = words; i < width; i++) ranges[end++] = found[from + i];
  }
  return ranges.slice(0, end);
}

/** Closes the smallest gaps until there are few enough ranges. */
function withinBudget(ranges: Uint32Array, words: number, rangesMax: number): Cover {
  const width = 2 * words;
  const count = ranges.length / width;
  if (count <= rangesMax) return { ranges, count };
  const gaps: { before: number; size: number }[] = [];
  for (let before = 1; before < count; before++) {
    const at = before * width;
    gaps.push({ before, size: distance(ranges, at - words, ranges, at, words) });
  }
  gaps.sort((a, b) => b.size - a.size || a.before - b.before);
  const kept = gaps.slice(0, rangesMax - 1).map((gap) => gap.before).sort((a, b) => a - b);
  const fewer = new Uint32Array(rangesMax * width);
  let first = 0;
  for (let i = 0; i < rangesMax; i++) {
    const next = kept[i] ?? count;
    fewer.set(ranges.subarray(first * width, first * width + words), i * width);
    fewer.set(ranges.subarray(next * width - words, next * width), i * width + words);
    first = next;
  }
  return { ranges: fewer, count: rangesMax };
}

/**
 * How far a key is behind a lower one: rounded if it is far, exact if it is near. For as long as the
 * leading words are 0 or 1 apart, nothing is rounded; once they are more, the keys are more than 2^32 apart.
 */
function distance(
  from: ArrayLike<number>,
  fromAt: number,
  to: ArrayLike<number>,
  toAt: number,
  words: number,
): number {
  let sum = 0;
  for (let i = 0; i < words; i++) sum = sum * 2 ** 32 + (to[toAt + i] - from[fromAt + i]);
  return sum;
}
