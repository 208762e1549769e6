/**
 * What is committed in one space: runs in files, runs in memory, and what came after the last of them.
 *
 * What is published is only remembered. The first reader that comes after it puts it in order, as one
 * more run; runs of like size are merged, eight to one, so that there are few however many commits came.
 * Runs never change, so a reader that holds a list of them sees what it saw when it took it.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
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
  #files: readonly Run[] = [];
  /** What is on its way to a file, and not to be merged with what came after it. */
  #leaving: readonly MemoryRun[] = [];
  #tail: readonly MemoryRun[] = [];
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

  /**
   * Takes a run that is in a file.
   *
   * @param run The run
   */
  addFile(run: Run): void {
    this.#files = [...this.#files, run];
  }

  /**
   * Takes one run that is in a file for several.
   *
   * @param merged Those
   * @param run The one that holds what they hold
   */
  replaceFiles(merged: readonly Run[], run: Run): void {
    // What could not be opened when it was flushed is there as it was in memory: it goes as well.
    const stays = (each: Run): boolean => !merged.includes(each) && !(each instanceof MemoryRun);
    this.#files = [run, ...this.#files.filter(stays)];
  }

  /** Everything committed so far. */
  runs(): Runs {
    this.#order();
    return [...this.#files, ...this.#leaving, ...this.#tail];
  }

  /**
   * Everything that is not in a file, as one run, to be written to one.
   *
   * @returns The run; undefined when there is nothing
   */
  leave(): MemoryRun | undefined {
    invariant(this.#leaving.length === 0, "one flush at a time");
    this.#order();
    if (this.#tail.length === 0) return undefined;
    const [first, ...others] = this.#tail;
    const run = others.length === 0 ? first : this.#merge(this.#tail);
    this.#leaving = [run];
    this.#tail = [];
    return run;
  }

  /**
   * What was to leave is in a file, or stays after all.
   *
   * @param run The file, or "as it is" if that cannot be read now; undefined if it stays
   */
  left(run: Run | "as it is" | undefined): void {
    if (run === undefined) this.#tail = [...this.#leaving, ...this.#tail];
    else if (run !== "as it is") this.addFile(run);
    else this.#files = [...this.#files, ...this.#leaving];
    this.#leaving = [];
  }

  #order(): void {
    if (this.#unordered.length === 0) return;
    const ordered = new MemoryRun(this.shape, columnsOf(this.shape, this.#unordered));
    let runs = [...this.#tail, ordered];
    while (runs.length >= RUNS_MERGED) {
      const youngest = runs.slice(-RUNS_MERGED);
      const [oldest, ...others] = youngest.map(({ count }) => tierOf(count));
      if (oldest > Math.max(...others)) break;
      runs = [...runs.slice(0, -RUNS_MERGED), this.#merge(youngest)];
    }
    this.#tail = runs;
    this.#unordered = []; // Last: until then nothing is lost if there is no memory for it.
  }

  #merge(runs: readonly MemoryRun[]): MemoryRun {
    return new MemoryRun(this.shape, mergeColumns(this.shape, runs.map(({ columns }) => columns)));
  }
}

function tierOf(count: number): number {
  return Math.floor(Math.log2(count) / Math.log2(RUNS_MERGED));
}
