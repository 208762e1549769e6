/**
 * The exact k nearest records of a point, over several runs: one heap of nodes and entries by distance
 * (best first: Hjaltason and Samet, "Distance browsing in spatial databases", 1999).
 *
 * @module
 */

import { squaredDistance, squaredDistanceToBox } from "../space/box.ts";
import { LEAF_ENTRIES, NODE_CHILDREN } from "./box_tree.ts";
import { compareRevisions } from "./columns.ts";
import type { Run } from "./run.ts";

/** One of the nearest. */
export interface Neighbour {
  /** The run. */
  run: Run;
  /** The place in it. */
  at: number;
}

/** What waits in the heap. */
interface Item extends Neighbour {
  /** The square of its distance. */
  distance: number;
  /** The height of a node, of which `at` is the number; -1 for an entry. */
  level: number;
  /** Of an entry: whether nothing but itself stands at its address. */
  plain: boolean;
}

const ENTRY = -1;

/** For more neighbours than this the distance of the last is not followed. */
const FOLLOWED_MAX = 256;

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
  const search = new Search(point, count, runs, ceiling);
  const found: Neighbour[] = [];
  let last: Item | undefined;
  while (found.length < count) {
    const item = search.pop();
    if (item === undefined) break;
    if (item.level !== ENTRY) search.expand(item);
    else if (item.plain) found.push(item);
    else if (last === undefined || !sameAddress(last, item)) {
      last = item; // All versions of an address come one after the other.
      const version = newestOf(runs, item, ceiling);
      if (version !== undefined) found.push(version);
    }
  }
  return found;
}

/** A heap of nodes and entries, the nearest on top. */
class Search {
  readonly #point: readonly number[];
  readonly #heap: Item[] = [];
  readonly #ceiling: Uint32Array | undefined;
  /** Where there is but one run, what a clean leaf holds surely counts. */
  readonly #single: boolean;
  readonly #count: number;
  /** The distances of the nearest entries that surely count, in order; as many as are wanted. */
  readonly #certain: number[] = [];

  constructor(
    point: readonly number[],
    count: number,
    runs: readonly Run[],
    ceiling: Uint32Array | undefined,
  ) {
    this.#point = point;
    this.#count = count;
    this.#ceiling = ceiling;
    this.#single = runs.length === 1;
    for (const run of runs) this.#pushNode(run, run.tree.levels.length - 1, 0);
  }

  pop(): Item | undefined {
    const heap = this.#heap;
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

  expand({ run, level, at }: Item): void {
    if (level === 0) {
      this.#expandLeaf(run, at);
      return;
    }
    const end = Math.min(run.tree.levels[level - 1].clean.length, (at + 1) * NODE_CHILDREN);
    for (let child = at * NODE_CHILDREN; child < end; child++) {
      this.#pushNode(run, level - 1, child);
    }
  }

  #expandLeaf(run: Run, leaf: number): void {
    const { dims } = run.shape;
    const plain = this.#single && run.tree.levels[0].clean[leaf] === 1 &&
      (this.#ceiling === undefined ||
        compareRevisions(run.bounds.newest, 0, this.#ceiling, 0) <= 0);
    const end = Math.min(run.count, (leaf + 1) * LEAF_ENTRIES);
    for (let at = leaf * LEAF_ENTRIES; at < end; at++) {
      const page = run.page(at);
      const distance = squaredDistance(
        this.#point,
        page.coordinates,
        (at - page.base) * dims,
        dims,
      );
      if (this.#isTooFar(distance)) continue;
      if (plain) this.#follow(distance);
      else if (at > 0 && run.sameAddress(at - 1, at)) continue; // Its first version finds it.
      this.#push({ distance, run, level: ENTRY, at, plain });
    }
  }

  #pushNode(run: Run, level: number, at: number): void {
    const { dims } = run.shape;
    const { boxes } = run.tree.levels[level];
    const distance = squaredDistanceToBox(this.#point, boxes, at * 2 * dims, dims);
    if (!this.#isTooFar(distance)) this.#push({ distance, run, level, at, plain: false });
  }

  /** Whether enough that surely counts is nearer. */
  #isTooFar(distance: number): boolean {
    const certain = this.#certain;
    return certain.length === this.#count && distance > certain[certain.length - 1];
  }

  #follow(distance: number): void {
    if (this.#count > FOLLOWED_MAX) return;
    const certain = this.#certain;
    let at = certain.length;
    if (at === this.#count) at--;
    for (; at > 0 && certain[at - 1] > distance; at--) certain[at] = certain[at - 1];
    certain[at] = distance;
  }

  #push(item: Item): void {
    const heap = this.#heap;
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
  const key = page.keys.subarray(place * words, (place + 1) * words);
  const point = page.coordinates.subarray(place * dims, (place + 1) * dims);
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
