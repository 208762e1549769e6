/**
 * Every version in several runs, in the order of a run, each once: what flush and compaction write.
 *
 * Each run is read page after page, and not into the cache. Which of them is next is decided by a tournament
 * (Knuth, "The Art of Computer Programming", volume 3, 5.4.1): of a hundred runs seven are asked anew. The
 * first 53 bits of a key, as a float64, almost always decide; where they are equal, everything is compared.
 *
 * @module
 */

import { compareRevisions } from "./columns.ts";
import type { Page, Run, Values } from "./run.ts";
import { keyPrefix } from "./sorted_entries.ts";
import type { Shape } from "./shape.ts";

/** Where a run has been read to. */
interface Head {
  readonly run: Run;
  /** The number of the page. */
  number: number;
  page: Page;
  values: Values;
  /** The place in the page. */
  place: number;
}

/** After `next` returned true: the next versions are at `place` up to `end` (exclusive) of `page`. */
export class VersionMerge {
  /** The form of the columns. */
  readonly shape: Shape;
  /** The page it is in. */
  page!: Page;
  /** The values of the page. */
  values!: Values;
  /** The place of the first in the page. */
  place = 0;
  /** The end of those that follow it before any of another run. */
  end = 0;
  readonly #heads: Head[];
  /** The first 53 bits of each head's key; Infinity at the end of its run. */
  readonly #keys: Float64Array;
  /** At 1 the head that is next of all, at i that of those at 2i and 2i+1; behind, each head itself. */
  readonly #winners: Uint32Array;

  /**
   * @param runs The runs, at least one, of one shape
   * @throws {CorruptionError} If a page does not verify; so does `next`
   */
  constructor(runs: readonly Run[]) {
    const count = runs.length;
    this.shape = runs[0].shape;
    this.#heads = runs.map((run) => ({ run, number: 0, ...run.readPage(0), place: 0 }));
    this.#keys = new Float64Array(count);
    this.#winners = new Uint32Array(2 * count);
    for (let i = 0; i < count; i++) {
      this.#keys[i] = this.#keyOf(this.#heads[i]);
      this.#winners[count + i] = i;
    }
    for (let node = count - 1; node > 0; node--) this.#play(node);
  }

  /** Moves to the next versions: whether there are any. */
  next(): boolean {
    const keys = this.#keys;
    const least = this.#winners[1];
    const key = keys[least];
    if (key === Infinity) return false;
    const bound = this.#boundOf(least);
    const head = this.#heads[least];
    const { page, place } = head;
    this.page = page;
    this.values = head.values;
    this.place = place;
    // Versions of one address may be in several runs: those whose keys begin alike come one by one.
    this.end = this.#before(page, place + 1, bound);
    this.#pass(least, this.end);
    if (bound === key) this.#passTwins(key);
    return true;
  }

  /** The least key of the heads that lost against the first, whom it has met all. */
  #boundOf(least: number): number {
    const keys = this.#keys;
    const winners = this.#winners;
    let bound = Infinity;
    for (let node = keys.length + least; node > 1; node >>>= 1) {
      const key = keys[winners[node ^ 1]];
      if (key < bound) bound = key;
    }
    return bound;
  }

  /** The first place from one on whose key does not begin below a bound. */
  #before({ keys, count }: Page, from: number, bound: number): number {
    const { words } = this.shape;
    if (bound === Infinity) return count;
    while (from < count && keyPrefix(keys, words, from) < bound) from++;
    return from;
  }

  /** Passes what other runs have of the version that was found. */
  #passTwins(key: number): void {
    while (true) {
      const next = this.#winners[1];
      const head = this.#heads[next];
      if (this.#keys[next] !== key || compareHeads(this, head, this.shape) !== 0) return;
      this.#pass(next, head.place + 1);
    }
  }

  #pass(index: number, place: number): void {
    const head = this.#heads[index];
    head.place = place;
    if (place < head.page.count) {
      this.#keys[index] = this.#keyOf(head);
    } else if (++head.number === head.run.pages) {
      this.#keys[index] = Infinity;
    } else {
      const { page, values } = head.run.readPage(head.number);
      head.page = page;
      head.values = values;
      head.place = 0;
      this.#keys[index] = this.#keyOf(head);
    }
    for (let node = (this.#keys.length + index) >>> 1; node > 0; node >>>= 1) this.#play(node);
  }

  #play(node: number): void {
    const keys = this.#keys;
    const winners = this.#winners;
    const a = winners[2 * node];
    const b = winners[2 * node + 1];
    let isFirst = keys[a] < keys[b];
    if (keys[a] === keys[b] && keys[a] !== Infinity) {
      isFirst = compareHeads(this.#heads[a], this.#heads[b], this.shape) < 0;
    }
    winners[node] = isFirst ? a : b;
  }

  #keyOf({ page: { keys }, place }: Head): number {
    return keyPrefix(keys, this.shape.words, place);
  }
}

function compareHeads(
  { page: a, place: i }: Pick<Head, "page" | "place">,
  { page: b, place: j }: Head,
  { words, dims }: Shape,
): number {
  for (let word = 0; word < words; word++) {
    const difference = a.keys[i * words + word] - b.keys[j * words + word];
    if (difference !== 0) return difference;
  }
  for (let axis = 0; axis < dims; axis++) {
    const difference = a.coordinates[i * dims + axis] - b.coordinates[j * dims + axis];
    if (difference !== 0) return difference;
  }
  return compareRevisions(b.revisions, j, a.revisions, i);
}
