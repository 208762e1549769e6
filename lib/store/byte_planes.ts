/**
 * A column of words as planes of bytes: the lowest bytes of all of them, then the next, up to the highest.
 * A plane whose bytes are all the same is one byte. In a page most planes are: those of lengths, of the
 * session, of the time but for its end; and the highest of keys and coordinates, since what lies side by
 * side along the curve has those in common.
 *
 * | bytes           | field  | meaning                                                                |
 * | --------------- | ------ | ---------------------------------------------------------------------- |
 * | 1               | which  | bit i is 1 if the bytes of plane i differ; plane 0 is of the lowest    |
 * | 4 times n, or 1 | planes | 0 to 3: a byte for each of n words where they differ, else one for all |
 *
 * The words 0x01950007, 0x01950107 and 0x01950207: only plane 1 differs.
 *
 * ```hex
 * 02     | plane 1 differs
 * 07     | plane 0
 * 000102 | plane 1
 * 95     | plane 2
 * 01     | plane 3
 * ```
 *
 * No general compression: to put a byte into its plane and back takes a third of the time that is saved
 * where it need not be hashed, written and read.
 *
 * @module
 */

/** Of a word. */
const PLANES = 4;

/**
 * The most bytes that a column takes.
 *
 * @param count How many words
 */
export function planesBytesMax(count: number): number {
  return 1 + PLANES * count;
}

/**
 * Puts a column of words.
 *
 * @param out Has room for it
 * @param at Where it begins there
 * @param words Rows of words
 * @param column Which word of each row
 * @param width Words of a row
 * @param count How many rows, at least one
 * @returns Where it ends
 */
export function putPlanes(
  out: Uint8Array,
  at: number,
  words: Int32Array,
  column: number,
  width: number,
  count: number,
): number {
  const first = words[column];
  const end = column + count * width;
  let differing = 0;
  for (let from = column + width; from < end; from += width) differing |= words[from] ^ first;
  const step0 = stepOf(differing & 0xff);
  const step1 = stepOf(differing & 0xff00);
  const step2 = stepOf(differing & 0xff_0000);
  const step3 = stepOf(differing & 0xff00_0000);
  out[at++] = step0 | step1 << 1 | step2 << 2 | step3 << 3;
  let at1 = at + lengthOf(step0, count);
  let at2 = at1 + lengthOf(step1, count);
  let at3 = at2 + lengthOf(step2, count);
  const behind = at3 + lengthOf(step3, count);
  // Of a plane of one byte that byte is put again and again: faster than to ask.
  for (let from = column; from < end; from += width) {
    const word = words[from];
    out[at] = word;
    out[at1] = word >>> 8;
    out[at2] = word >>> 16;
    out[at3] = word >>> 24;
    if (differing === 0) break;
    at += step0;
    at1 += step1;
    at2 += step2;
    at3 += step3;
  }
  return behind;
}

/**
 * Takes a column of words.
 *
 * @param bytes It is among these
 * @param at Where it begins
 * @param words Rows of words, into which it goes
 * @param column Which word of each row
 * @param width Words of a row
 * @param count How many rows
 * @returns Where it ends
 */
export function takePlanes(
  bytes: Uint8Array,
  at: number,
  words: Int32Array,
  column: number,
  width: number,
  count: number,
): number {
  const end = column + count * width;
  const which = bytes[at++];
  const step0 = which & 1;
  const step1 = which >>> 1 & 1;
  const step2 = which >>> 2 & 1;
  const step3 = which >>> 3 & 1;
  let at1 = at + lengthOf(step0, count);
  let at2 = at1 + lengthOf(step1, count);
  let at3 = at2 + lengthOf(step2, count);
  const behind = at3 + lengthOf(step3, count);
  if (which === 0) {
    const word = bytes[at] | bytes[at1] << 8 | bytes[at2] << 16 | bytes[at3] << 24;
    for (let to = column; to < end; to += width) words[to] = word;
    return behind;
  }
  for (let to = column; to < end; to += width) {
    words[to] = bytes[at] | bytes[at1] << 8 | bytes[at2] << 16 | bytes[at3] << 24;
    at += step0;
    at1 += step1;
    at2 += step2;
    at3 += step3;
  }
  return behind;
}

/** How far a plane goes on from word to word: not at all where its bytes are the same. */
function stepOf(differing: number): number {
  return differing === 0 ? 0 : 1;
}

function lengthOf(step: number, count: number): number {
  return step === 0 ? 1 : count;
}
