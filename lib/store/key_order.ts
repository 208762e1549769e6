/**
 * Sorts entries by key: a radix sort, least significant digit first, of the order and not of the entries.
 *
 * @module
 */

/** Fewer than this are sorted by comparison. */
const RADIX_MIN = 256;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;

/** Orders two entries with equal keys. */
export type TieOrder = (a: number, b: number) => number;

/**
 * The order in which entries are sorted by key, and by a further order where keys are equal.
 *
 * @param keys The keys, `words` each
 * @param words Words of a key, most significant first
 * @param count How many
 * @param ties The further order
 * @returns The places of the entries, in order
 */
export function orderByKey(
  keys: Uint32Array,
  words: number,
  count: number,
  ties: TieOrder,
): Uint32Array {
  const order = new Uint32Array(count);
  for (let i = 0; i < count; i++) order[i] = i;
  if (count < RADIX_MIN) {
    return order.sort((a, b) => compareAt(keys, words, a, b) || ties(a, b));
  }
  const sorted = radixSort(keys, words, order);
  sortTies(keys, words, sorted, ties);
  return sorted;
}

function radixSort(keys: Uint32Array, words: number, order: Uint32Array): Uint32Array {
  const count = order.length;
  let from: Uint32Array = order;
  let to: Uint32Array = new Uint32Array(count);
  const starts = new Uint32Array(DIGITS);
  for (let word = words - 1; word >= 0; word--) {
    for (let shift = 0; shift < 32; shift += DIGIT_BITS) {
      starts.fill(0);
      for (let i = 0; i < count; i++) {
        starts[keys[i * words + word] >>> shift & (DIGITS - 1)]++;
      }
      if (starts[keys[word] >>> shift & (DIGITS - 1)] === count) continue; // All alike.
      for (let digit = 0, start = 0; digit < DIGITS; digit++) {
        const next = start + starts[digit];
        starts[digit] = start;
        start = next;
      }
      for (let i = 0; i < count; i++) {
        const place = from[i];
        to[starts[keys[place * words + word] >>> shift & (DIGITS - 1)]++] = place;
      }
      [from, to] = [to, from];
    }
  }
  return from;
}

function sortTies(
  keys: Uint32Array,
  words: number,
  order: Uint32Array,
  ties: TieOrder,
): void {
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && compareAt(keys, words, order[start], order[end]) === 0) end++;
    if (end - start > 1) order.subarray(start, end).sort(ties);
    start = end;
  }
}

function compareAt(keys: Uint32Array, words: number, a: number, b: number): number {
  for (let word = 0; word < words; word++) {
    const difference = keys[a * words + word] - keys[b * words + word];
    if (difference !== 0) return difference;
  }
  return 0;
}
