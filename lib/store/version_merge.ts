/**
 * Every version in several runs, in the order of a run, each once: what flush and compaction write.
 *
 * Each run is read page after page, past the cache. The first 53 bits of a key, as a float64, decide
 * almost always which run's entry is next; where they are equal, everything is compared.
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

  /**
   * @param runs The runs, at least one, of one shape
   * @throws {CorruptionError} If a page does not verify; so does `next`
   */
  constructor(runs: readonly Run[]) {
    this.shape = runs[0].shape;
    this.#heads = runs.map((run) => ({ run, number: 0, ...run.readPage(0), place: 0 }));
    this.#keys = new Float64Array(runs.length);
    for (let i = 0; i < runs.length; i++) this.#keys[i] = this.#keyOf(this.#heads[i]);
  }

  /** Moves to the next versions: whether there are any. */
  next(): boolean {
    const keys = this.#keys;
    let least = 0;
    let key = keys[0];
    let bound = Infinity;
    for (let i = 1; i < keys.length; i++) {
      const other = keys[i];
      if (other >= key) {
        if (other < bound) bound = other;
        continue;
      }
      bound = key;
      least = i;
      key = other;
    }
    if (key === Infinity) return false;
    if (bound === key) least = this.#settle(key);
    const head = this.#heads[least];
    const { page, place } = head;
    this.page = page;
    this.values = head.values;
    this.place = place;
    // Versions of one address may be in several runs: those with equal keys come one by one.
    this.end = bound === key ? place + 1 : this.#before(page, place + 1, bound);
    this.#pass(least, this.end);
    return true;
  }

  /** The first place from one on whose key does not begin below a bound. */
  #before({ keys, count }: Page, from: number, bound: number): number {
    const { words } = this.shape;
    if (bound === Infinity) return count;
    while (from < count && keyPrefix(keys, words, from) < bound) from++;
    return from;
  }

  /** Which of the heads with such a key is next; passes its twins. */
  #settle(key: number): number {
    const heads = this.#heads;
    let least = -1;
    let twins = false;
    for (let i = 0; i < heads.length; i++) {
      if (this.#keys[i] !== key) continue;
      const order = least < 0 ? -1 : compareHeads(heads[i], heads[least], this.shape);
      if (order === 0) twins = true;
      if (order >= 0) continue;
      least = i;
      twins = false;
    }
    for (let i = least + 1; twins && i < heads.length; i++) {
      if (this.#keys[i] !== key || compareHeads(heads[i], heads[least], this.shape) !== 0) continue;
      this.#pass(i, heads[i].place + 1);
    }
    return least;
  }

  #pass(index: number, place: number): void {
    const head = this.#heads[index];
    head.place = place;
    if (place === head.page.count) {
      if (++head.number === head.run.pages) {
        this.#keys[index] = Infinity;
        return;
      }
      const { page, values } = head.run.readPage(head.number);
      head.page = page;
      head.values = values;
      head.place = 0;
    }
    this.#keys[index] = this.#keyOf(head);
  }

  #keyOf({ page: { keys }, place }: Head): number {
    return keyPrefix(keys, this.shape.words, place);
  }
}

function compareHeads(
  { page: a, place: i }: Head,
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
