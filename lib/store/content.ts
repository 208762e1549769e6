/**
 * What is committed in one space: runs, and what came after the last of them.
 *
 * What is published is only remembered. The first reader that comes after it puts it in order, as one
 * more run; runs of like size are merged, eight to one, so that there are few however many commits came.
 * Runs never change, so a reader that holds a list of them sees what it saw when it took it.
 *
 * @module
 */

import { columnsOf, mergeColumns } from "./columns.ts";
import { MemoryRun } from "./memory_run.ts";
import type { Run } from "./run.ts";
import type { Shape } from "./shape.ts";
import type { StoredEntry } from "./stored_entry.ts";

/** So many runs of like size become one. */
const RUNS_MERGED = 8;

/** The runs of one space, as of one moment. */
export type Runs = readonly Run[];

/** The committed content of one space. */
export class SpaceContent {
  /** The form of its columns. */
  readonly shape: Shape;
  #runs: readonly MemoryRun[] = [];
  #unordered: (readonly StoredEntry[])[] = [];

  /** @param shape The form of its columns */
  constructor(shape: Shape) {
    this.shape = shape;
  }

  /**
   * Takes committed entries of this space.
   *
   * @param entries Left alone from now on
   */
  add(entries: readonly StoredEntry[]): void {
    this.#unordered.push(entries);
  }

  /** Everything committed so far. */
  runs(): Runs {
    if (this.#unordered.length > 0) {
      const lists = this.#unordered;
      this.#unordered = [];
      this.#runs = this.#merged([
        ...this.#runs,
        new MemoryRun(this.shape, columnsOf(this.shape, lists)),
      ]);
    }
    return this.#runs;
  }

  /** Merges the youngest runs while there are eight of like size. */
  #merged(runs: MemoryRun[]): readonly MemoryRun[] {
    while (runs.length >= RUNS_MERGED) {
      const youngest = runs.slice(-RUNS_MERGED);
      const sizes = youngest.map(({ count }) => tierOf(count));
      if (sizes[0] > Math.max(...sizes.slice(1))) break;
      const columns = mergeColumns(this.shape, youngest.map((run) => run.columns));
      runs = [...runs.slice(0, -RUNS_MERGED), new MemoryRun(this.shape, columns)];
    }
    return runs;
  }
}

function tierOf(count: number): number {
  return Math.floor(Math.log2(count) / Math.log2(RUNS_MERGED));
}
