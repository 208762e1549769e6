/**
 * Every version in several runs, in the order of a run, each once: what compaction writes.
 *
 * @module
 */

import type { Run } from "./run.ts";

interface Head {
  run: Run;
  at: number;
}

/** After `next` returned true: the next version is at `at` of `run`. */
export class VersionMerge {
  /** The run. */
  run: Run | undefined;
  /** The place in it. */
  at = 0;
  readonly #heads: Head[];

  /** @param runs The runs; few */
  constructor(runs: readonly Run[]) {
    this.#heads = runs.map((run) => ({ run, at: 0 }));
  }

  /** Moves to the next version: whether there is one. */
  next(): boolean {
    const heads = this.#heads;
    if (heads.length === 0) return false;
    let least = heads[0];
    const same: Head[] = [];
    for (let i = 1; i < heads.length; i++) {
      const order = compareHeads(heads[i], least);
      if (order < 0) {
        least = heads[i];
        same.length = 0;
      } else if (order === 0) same.push(heads[i]);
    }
    this.run = least.run;
    this.at = least.at;
    this.#pass(least);
    for (const twin of same) this.#pass(twin);
    return true;
  }

  #pass(head: Head): void {
    if (++head.at === head.run.count) this.#heads.splice(this.#heads.indexOf(head), 1);
  }
}

function compareHeads(a: Head, b: Head): number {
  const page = b.run.page(b.at);
  const place = b.at - page.base;
  const { words, dims } = b.run.shape;
  return a.run.compareKey(a.at, page.keys, place * words) ||
    a.run.comparePoint(a.at, page.coordinates, place * dims) ||
    -a.run.compareRevision(a.at, page.revisions, place);
}
