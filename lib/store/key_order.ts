/**
 * Sorts entries by key: a radix sort of the first word, least significant digit first, then of the next
 * word among those that it does not tell apart. What is sorted is the order and not the entries.
 *
 * @module
 */

/** Fewer than this are sorted by comparison. */
const RADIX_MIN = 64;
const DIGIT_BITS = 11;
const DIGITS = 1 << DIGIT_BITS;
const PASSES = 3;

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
  sortFrom(keys, words, 0, order, ties);
  return order;
}

/** Sorts entries whose keys are equal before a word. */
function sortFrom(
  keys: Uint32Array,
  words: number,
  word: number,
  order: Uint32Array,
  ties: TieOrder,
): void {
  if (word === words) {
    order.sort(ties);
    return;
  }
  if (order.length < RADIX_MIN) {
    order.sort((a, b) => compareFrom(keys, words, word, a, b) || ties(a, b));
    return;
  }
  const sorted = sortByWord(keys, words, word, order);
  for (let start = 0; start < order.length;) {
    let end = start + 1;
    while (end < order.length && sorted[end] === sorted[start]) end++;
    if (end - start > 1) sortFrom(keys, words, word + 1, order.subarray(start, end), ties);
    start = end;
  }
}

/** Sorts by one word of the keys: that word of each, in the order found. */
function sortByWord(
  keys: Uint32Array,
  words: number,
  word: number,
  order: Uint32Array,
): Uint32Array {
  const count = order.length;
  const starts = new Uint32Array(PASSES * DIGITS);
  let values: Uint32Array = new Uint32Array(count);
  for (let i = 0; i < count; i++) {
    const value = keys[order[i] * words + word];
    values[i] = value;
    starts[value & (DIGITS - 1)]++;
    starts[DIGITS + (value >>> DIGIT_BITS & (DIGITS - 1))]++;
    starts[2 * DIGITS + (value >>> 2 * DIGIT_BITS)]++;
  }
  let places: Uint32Array = order;
  let nextPlaces: Uint32Array = new Uint32Array(count);
  let nextValues: Uint32Array = new Uint32Array(count);
  for (let pass = 0; pass < PASSES; pass++) {
    const shift = pass * DIGIT_BITS;
    const digits = starts.subarray(pass * DIGITS, (pass + 1) * DIGITS);
    if (digits[values[0] >>> shift & (DIGITS - 1)] === count) continue; // All alike.
    for (let digit = 0, start = 0; digit < DIGITS; digit++) {
      const next = start + digits[digit];
      digits[digit] = start;
      start = next;
    }
    for (let i = 0; i < count; i++) {
      const value = values[i];
      const to = digits[value >>> shift & (DIGITS - 1)]++;
      nextValues[to] = value;
      nextPlaces[to] = places[i];
    }
    [values, nextValues] = [nextValues, values];
    [places, nextPlaces] = [nextPlaces, places];
  }
  if (places !== order) order.set(places);
  return values;
}

function compareFrom(keys: Uint32Array, words: number, word: number, a: number, b: number): number {
  for (; word < words; word++) {
    const difference = keys[a * words + word] - keys[b * words + word];
    if (difference !== 0) return difference;
  }
  return 0;
}
