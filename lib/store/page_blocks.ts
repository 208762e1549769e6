/**
 * Which entries of a page lie in a box.
 *
 * A page is looked at in blocks of 16 entries, each with the box over its points: entries lie along the
 * curve, so most of the blocks that a small box leaves over from the tree are outside it, too, and most
 * of those of a large one inside.
 *
 * @module
 */

import { ACROSS, clearBox, growByPoint, INSIDE, relateBox } from "../space/box.ts";
import type { Page } from "./run.ts";
import type { CheckedBox } from "./space_checks.ts";

/** A block has 2^4 entries. */
const BLOCK_BITS = 4;
const BLOCK_ENTRIES = 1 << BLOCK_BITS;

/**
 * Bytes of the boxes over the blocks of a page.
 *
 * @param dims Coordinates of a point
 * @param count Entries of the page
 */
export function blockBytes(dims: number, count: number): number {
  return Math.ceil(count / BLOCK_ENTRIES) * 2 * dims * Float64Array.BYTES_PER_ELEMENT;
}

/**
 * Whether an entry lies in a box.
 *
 * @param page The page
 * @param place The place of the entry in it
 * @param box The box
 */
export function isIn({ coordinates }: Page, place: number, { min, max }: CheckedBox): boolean {
  const dims = min.length;
  for (let axis = 0, at = place * dims; axis < dims; axis++, at++) {
    const value = coordinates[at];
    if (value < min[axis] || value > max[axis]) return false;
  }
  return true;
}

/**
 * The first entry of a range that lies in a box.
 *
 * @param page The page
 * @param from The place of the first entry of the range in it
 * @param to The end of the range
 * @param box The box
 * @returns Its place; `to` if there is none
 */
export function firstInside(page: Page, from: number, to: number, box: CheckedBox): number {
  return firstWanted(page, from, to, box, true);
}

/**
 * The first entry of a range that does not lie in a box.
 *
 * @param page The page
 * @param from The place of the first entry of the range in it
 * @param to The end of the range
 * @param box The box
 * @returns Its place; `to` if there is none
 */
export function firstOutside(page: Page, from: number, to: number, box: CheckedBox): number {
  return firstWanted(page, from, to, box, false);
}

/**
 * How many entries of a range lie in a box.
 *
 * @param page The page
 * @param from The place of the first entry of the range in it
 * @param to The end of the range
 * @param box The box
 */
export function countInside(page: Page, from: number, to: number, box: CheckedBox): number {
  const blocks = blocksOf(page, box.min.length);
  let count = 0;
  while (from < to) {
    const block = from >>> BLOCK_BITS;
    const stop = Math.min(to, (block + 1) << BLOCK_BITS);
    const relation = relateBox(blocks, block * 2 * box.min.length, box);
    if (relation === INSIDE) count += stop - from;
    else if (relation === ACROSS) count += countOf(page, from, stop, box);
    from = stop;
  }
  return count;
}

/** The first entry that lies in the box, or that does not. */
function firstWanted(
  page: Page,
  from: number,
  to: number,
  box: CheckedBox,
  wanted: boolean,
): number {
  const blocks = blocksOf(page, box.min.length);
  while (from < to) {
    const block = from >>> BLOCK_BITS;
    const stop = Math.min(to, (block + 1) << BLOCK_BITS);
    const relation = relateBox(blocks, block * 2 * box.min.length, box);
    if (relation === ACROSS) {
      const found = firstOf(page, from, stop, box, wanted);
      if (found < stop) return found;
    } else if ((relation === INSIDE) === wanted) return from;
    from = stop;
  }
  return to;
}

/** The boxes over the blocks of a page: the lowest and then the highest coordinate on each axis. */
function blocksOf(page: Page, dims: number): Float64Array {
  return page.blocks ??= newBlocks(page, dims);
}

function newBlocks({ coordinates, count }: Page, dims: number): Float64Array {
  const blocks = new Float64Array(Math.ceil(count / BLOCK_ENTRIES) * 2 * dims);
  for (let from = 0, box = 0; from < count; from += BLOCK_ENTRIES, box += 2 * dims) {
    const end = Math.min(count, from + BLOCK_ENTRIES);
    clearBox(blocks, box, dims);
    for (let i = from; i < end; i++) growByPoint(blocks, box, coordinates, i * dims, dims);
  }
  return blocks;
}

/** The first place of a range that is in a box, or is not; the end of the range if there is none. */
function firstOf(
  page: Page,
  from: number,
  to: number,
  box: CheckedBox,
  wanted: boolean,
): number {
  if (box.min.length !== 2) {
    while (from < to && isIn(page, from, box) !== wanted) from++;
    return from;
  }
  const { coordinates } = page;
  const left = box.min[0];
  const bottom = box.min[1];
  const right = box.max[0];
  const top = box.max[1];
  for (; from < to; from++) {
    const x = coordinates[2 * from];
    const y = coordinates[2 * from + 1];
    if ((x >= left && x <= right && y >= bottom && y <= top) === wanted) return from;
  }
  return to;
}

/** How many places of a range are in a box. */
function countOf(page: Page, from: number, to: number, box: CheckedBox): number {
  let count = 0;
  if (box.min.length !== 2) {
    for (; from < to; from++) if (isIn(page, from, box)) count++;
    return count;
  }
  const { coordinates } = page;
  const left = box.min[0];
  const bottom = box.min[1];
  const right = box.max[0];
  const top = box.max[1];
  for (; from < to; from++) {
    const x = coordinates[2 * from];
    if (x < left || x > right) continue;
    const y = coordinates[2 * from + 1];
    if (y >= bottom && y <= top) count++;
  }
  return count;
}
