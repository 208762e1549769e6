/**
 * Searching entries that are in the order of a run: by key, then point.
 *
 * @module
 */

import type { Coordinates, Shape } from "./shape.ts";

/**
 * The first entry of a range that is not before a key and point: sought from a guess on by steps that
 * double, which takes few of them where the guess is good, and a logarithm of them wherever it is.
 *
 * @param keys The keys of entries in the order of a run, row after row
 * @param points Their points
 * @param shape The form of these columns
 * @param key The key
 * @param point The point
 * @param low The beginning of the range
 * @param high Its end
 * @param guess Where it may be
 * @returns Its place; `high` if all are before
 */
export function firstNotBefore(
  keys: Uint32Array,
  points: Coordinates,
  shape: Shape,
  key: ArrayLike<number>,
  point: ArrayLike<number>,
  low: number,
  high: number,
  guess: number,
): number {
  if (low === high) return low;
  let probe = Math.min(Math.max(guess, low), high - 1);
  if (isBefore(keys, points, probe, shape, key, point)) {
    low = probe + 1;
    for (let step = 1; low < high; step *= 2) {
      probe = Math.min(low + step, high) - 1;
      if (!isBefore(keys, points, probe, shape, key, point)) {
        high = probe;
        break;
      }
      low = probe + 1;
    }
  } else {
    high = probe;
    for (let step = 1; low < high; step *= 2) {
      probe = Math.max(high - step, low);
      if (isBefore(keys, points, probe, shape, key, point)) {
        low = probe + 1;
        break;
      }
      high = probe;
    }
  }
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (isBefore(keys, points, middle, shape, key, point)) low = middle + 1;
    else high = middle;
  }
  return low;
}

function isBefore(
  keys: Uint32Array,
  points: Coordinates,
  place: number,
  { words, dims, exact }: Shape,
  key: ArrayLike<number>,
  point: ArrayLike<number>,
): boolean {
  const order = compareKeys(keys, place * words, key, words);
  if (order !== 0 || exact) return order < 0;
  return comparePoints(points, place * dims, point, dims) < 0;
}

/**
 * Orders a key of several and another.
 *
 * @param keys The keys
 * @param at The first word of the one
 * @param key The other
 * @param words Words of a key
 */
export function compareKeys(
  keys: Uint32Array,
  at: number,
  key: ArrayLike<number>,
  words: number,
): number {
  for (let word = 0; word < words; word++) {
    const difference = keys[at + word] - key[word];
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * Orders a point of several and another.
 *
 * @param points The points
 * @param at The first coordinate of the one
 * @param point The other
 * @param dims Coordinates of a point
 */
export function comparePoints(
  points: Coordinates,
  at: number,
  point: ArrayLike<number>,
  dims: number,
): number {
  for (let axis = 0; axis < dims; axis++) {
    const difference = points[at + axis] - point[axis];
    if (difference !== 0) return difference;
  }
  return 0;
}

/**
 * The first 53 bits of a key, or all of it, as a number: what orders most keys at the cost of one
 * comparison. Keys with equal prefixes may differ.
 *
 * @param keys The keys
 * @param words Words of a key
 * @param index Which
 */
export function keyPrefix(keys: Uint32Array, words: number, index: number): number {
  const at = index * words;
  return words === 1 ? keys[at] : keys[at] * 0x20_0000 + (keys[at + 1] >>> 11);
}

/**
 * Where among several keys one is, if they are spread evenly.
 *
 * @param key The key
 * @param keys The others, rising
 * @param words Words of a key
 * @param first The first that may be meant
 * @param last The last
 * @returns From 0, if it is at the first or before, to 1, if it is at the last or behind
 */
export function shareOf(
  key: ArrayLike<number>,
  keys: Uint32Array,
  words: number,
  first: number,
  last: number,
): number {
  const least = roughly(keys, words, first);
  const share = (roughly(key, words, 0) - least) / (roughly(keys, words, last) - least);
  return share > 0 ? Math.min(share, 1) : 0; // 0 / 0 too.
}

/** The first 64 bits of a key, rounded: ids differ in the last of them. */
function roughly(keys: ArrayLike<number>, words: number, index: number): number {
  const at = index * words;
  return words === 1 ? keys[at] : keys[at] * 0x1_0000_0000 + keys[at + 1];
}

/**
 * The first place of a range of keys that does not begin lower; it is near, mostly.
 *
 * @param keys The keys
 * @param words Words of a key
 * @param prefix Than this
 * @param low The beginning of the range
 * @param high Its end
 */
export function lowerBoundIn(
  keys: Uint32Array,
  words: number,
  prefix: number,
  low: number,
  high: number,
): number {
  let step = 1;
  let probe = low;
  while (probe < high && keyPrefix(keys, words, probe) < prefix) {
    low = probe + 1;
    probe += step;
    step *= 2;
  }
  high = Math.min(probe, high);
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (keyPrefix(keys, words, middle) >= prefix) high = middle;
    else low = middle + 1;
  }
  return low;
}

/**
 * The first place from `low` on of which something is true that stays so up to `high`.
 *
 * @param low The beginning of the range
 * @param high Its end
 * @param is Whether it is true of a place
 * @returns The place; `high` if there is none
 */
export function firstTrue(low: number, high: number, is: (at: number) => boolean): number {
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (is(middle)) high = middle;
    else low = middle + 1;
  }
  return low;
}
