/**
 * The exact k nearest records of a point, over several runs: one heap of nodes and entries by distance
 * (best first: Hjaltason and Samet, "Distance browsing in spatial databases", 1999).
 *
 * @module
 */

import { squaredDistance, squaredDistanceToBox } from "../space/box.ts";
import { LEAF_ENTRIES, NODE_CHILDREN } from "./box_tree.ts";
import type { Run } from "./run.ts";

/** What waits in the heap. */
interface Item {
  /** The square of its distance. */
  distance: number;
  run: Run;
  /** The height of a node; -1 for an entry. */
  level: number;
  /** The number of the node, or the place of the entry. */
  at: number;
}

/** One of the nearest. */
export interface Neighbour {
  /** The run. */
  run: Run;
  /** The place in it. */
  at: number;
}

const ENTRY = -1;

/**
 * Finds the nearest.
 *
 * @param runs Where
 * @param point From where
 * @param count How many
 * @param ceiling Nothing of a higher revision: one revision, as words; undefined for any
 * @returns Nearest first; at equal distance in the order of the curve, then of the points
 */
export function nearest(
  runs: readonly Run[],
  point: readonly number[],
  count: number,
  ceiling: Uint32Array | undefined,
): Neighbour[] {
  const heap: Item[] = [];
  for (const run of runs) {
    const level = run.tree.levels.length - 1;
    push(heap, { distance: distanceToNode(run, level, 0, point), run, level, at: 0 });
  }
  const found: Neighbour[] = [];
  let last: Item | undefined;
  while (found.length < count) {
    const item = pop(heap);
    if (item === undefined) break;
    if (item.level !== ENTRY) expand(heap, item, point);
    else if (last === undefined || !sameAddress(last, item)) {
      last = item; // All versions of an address come one after the other.
      const version = newestOf(runs, item, ceiling);
      if (version !== undefined) found.push(version);
    }
  }
  return found;
}

function expand(heap: Item[], { run, level, at }: Item, point: readonly number[]): void {
  if (level === 0) {
    const end = Math.min(run.count, (at + 1) * LEAF_ENTRIES);
    for (let i = at * LEAF_ENTRIES; i < end; i++) {
      if (i > 0 && run.sameAddress(i - 1, i)) continue; // Its first version is enough to find it by.
      push(heap, { distance: distanceToEntry(run, i, point), run, level: ENTRY, at: i });
    }
    return;
  }
  const end = Math.min(run.tree.levels[level - 1].clean.length, (at + 1) * NODE_CHILDREN);
  for (let child = at * NODE_CHILDREN; child < end; child++) {
    const distance = distanceToNode(run, level - 1, child, point);
    push(heap, { distance, run, level: level - 1, at: child });
  }
}

/** The version of an address that counts, over all runs; undefined if that is a deletion, or none. */
function newestOf(
  runs: readonly Run[],
  { run, at }: Item,
  ceiling: Uint32Array | undefined,
): Neighbour | undefined {
  const { words, dims } = run.shape;
  const page = run.page(at);
  const place = at - page.base;
  const key = page.keys.slice(place * words, (place + 1) * words);
  const point = page.coordinates.slice(place * dims, (place + 1) * dims);
  const version = findVersion(runs, key, point, ceiling);
  return version !== undefined && !version.run.isTombstone(version.at) ? version : undefined;
}

/**
 * The version of an address that counts, deletions included.
 *
 * @param runs Where
 * @param key The key of the point
 * @param point The point
 * @param ceiling Nothing of a higher revision
 */
export function findVersion(
  runs: readonly Run[],
  key: ArrayLike<number>,
  point: ArrayLike<number>,
  ceiling: Uint32Array | undefined,
): Neighbour | undefined {
  let best: Neighbour | undefined;
  for (const run of runs) {
    const first = run.find(key, point);
    const at = first < 0 ? -1 : run.visible(first, ceiling);
    if (at < 0) continue;
    if (best === undefined || compareVersions({ run, at }, best) > 0) best = { run, at };
  }
  return best;
}

function distanceToNode(run: Run, level: number, node: number, point: readonly number[]): number {
  const { dims } = run.shape;
  return squaredDistanceToBox(point, run.tree.levels[level].boxes, node * 2 * dims, dims);
}

function distanceToEntry(run: Run, at: number, point: readonly number[]): number {
  const { dims } = run.shape;
  const page = run.page(at);
  return squaredDistance(point, page.coordinates, (at - page.base) * dims, dims);
}

/** Nodes come before entries at equal distance, or a nearer one in the order might be missed. */
function isBefore(a: Item, b: Item): boolean {
  if (a.distance !== b.distance) return a.distance < b.distance;
  if (a.level !== ENTRY || b.level !== ENTRY) return a.level !== ENTRY && b.level === ENTRY;
  const page = b.run.page(b.at);
  const place = b.at - page.base;
  const { words, dims } = a.run.shape;
  const order = a.run.compareKey(a.at, page.keys, place * words) ||
    a.run.comparePoint(a.at, page.coordinates, place * dims);
  return order < 0;
}

function sameAddress(a: Item, b: Item): boolean {
  const page = b.run.page(b.at);
  return a.run.comparePoint(a.at, page.coordinates, (b.at - page.base) * b.run.shape.dims) === 0;
}

/**
 * Orders two entries by revision.
 *
 * @param a One
 * @param b The other
 */
export function compareVersions(a: Neighbour, b: Neighbour): number {
  const page = b.run.page(b.at);
  return a.run.compareRevision(a.at, page.revisions, b.at - page.base);
}

function push(heap: Item[], item: Item): void {
  let place = heap.length;
  heap.push(item);
  while (place > 0) {
    const parent = (place - 1) >>> 1;
    if (!isBefore(item, heap[parent])) break;
    heap[place] = heap[parent];
    place = parent;
  }
  heap[place] = item;
}

function pop(heap: Item[]): Item | undefined {
  const first = heap[0];
  const item = heap.pop();
  if (item === undefined || heap.length === 0) return first;
  let place = 0;
  while (true) {
    let child = 2 * place + 1;
    if (child >= heap.length) break;
    if (child + 1 < heap.length && isBefore(heap[child + 1], heap[child])) child++;
    if (!isBefore(heap[child], item)) break;
    heap[place] = heap[child];
    place = child;
  }
  heap[place] = item;
  return first;
}
