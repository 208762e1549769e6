/**
 * What is committed in one table: runs in files, what is on its way to one, and the tail.
 *
 * What is published is only copied behind the last entry of the tail. The first reader that comes after
 * it puts it in order, as one more run, or the background does once a piece is full (`tail_ordering.ts`);
 * runs of like size are merged, eight to one, so that there are few however many commits came, and none
 * is so large that to sort it keeps others waiting for long.
 * Runs never change, so a reader that holds a list of them sees what it saw when it took it.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import { invariant } from "../invariant.ts";
import type { CommittedEntries } from "./committed.ts";
import type { FileRun } from "./file_run.ts";
import type { Run } from "./run.ts";
import type { Shape } from "./shape.ts";
import { TailChunk } from "./tail_chunk.ts";

/** So many runs of like size become one. */
const RUNS_MERGED = 8;

/** The runs of one space, as of one moment. */
export type Runs = readonly Run[];

/** A space as of one moment. */
export interface Pinned {
  /** Its runs. */
  readonly runs: Runs;
  /** What it was as of an earlier revision than this is not known; undefined if all is. */
  readonly dropped: Revision | undefined;
}

/** The committed content of one space. */
export class SpaceContent {
  /** The form of its columns. */
  readonly shape: Shape;
  /** By the number of the file: the file, or what is in it, where it cannot be opened now. */
  readonly #files = new Map<number, Runs>();
  /** What is on its way to a file, and not to be merged with what came after it. */
  #leaving: readonly TailChunk[] = [];
  #tail: TailChunk[] = [];
  /** What `runs` gave, until something changes. */
  #runs: Runs | undefined;

  #dropped: Revision | undefined;

  /**
   * @param shape The form of its columns
   * @param dropped What it was as of an earlier revision is not known
   */
  constructor(shape: Shape, dropped?: Revision) {
    this.shape = shape;
    this.#dropped = dropped;
  }

  /**
   * Takes committed entries of this space.
   *
   * @param entries Copied
   * @param from The first
   * @param to The end, exclusive
   * @returns Pieces of the tail that are full now
   */
  add(entries: CommittedEntries, from: number, to: number): readonly TailChunk[] {
    const full: TailChunk[] = [];
    this.#runs = undefined;
    for (let at = from; at < to;) {
      let last = this.#tail.at(-1);
      if (last === undefined || last.full) {
        last = new TailChunk(this.shape, last?.crowded ? last : undefined);
        this.#tail.push(last);
      }
      at = last.take(entries, at, to);
      if (last.full) full.push(last);
    }
    return full;
  }

  /**
   * Takes a run that is in a file.
   *
   * @param id The number of the file
   * @param runs The file, or what is in it
   */
  addFile(id: number, ...runs: readonly Run[]): void {
    this.#runs = undefined;
    this.#files.set(id, runs);
  }

  /**
   * Takes one run that is in a file for several.
   *
   * @param merged The numbers of those
   * @param file What holds all of it that is kept; undefined if nothing is
   */
  replaceFiles(merged: readonly number[], file: FileRun | undefined): void {
    this.#runs = undefined;
    for (const each of merged) this.#files.delete(each);
    if (file !== undefined) this.addFile(file.id, file);
  }

  /**
   * Versions are left out from now on.
   *
   * @param revision The highest that superseded one of them; undefined if there are none
   */
  drop(revision: Revision | undefined): void {
    if (revision === undefined) return;
    const before = this.#dropped;
    if (before === undefined || Revision.compare(revision, before) > 0) this.#dropped = revision;
  }

  /** Everything committed so far, as of now. */
  pin(): Pinned {
    return { runs: this.runs(), dropped: this.#dropped };
  }

  /** Everything committed so far. */
  runs(): Runs {
    if (this.#runs !== undefined) return this.#runs;
    this.#mergeTail();
    return this.#runs = [...[...this.#files.values()].flat(), ...this.unwritten()];
  }

  /**
   * Does a step towards the order of what is in memory, of a few milliseconds at most.
   *
   * @returns Whether more are needed before it is in order
   */
  order(): boolean {
    return [...this.#leaving, ...this.#tail].some((chunk) => chunk.order());
  }

  /** What is not in a file. */
  unwritten(): Runs {
    return [...this.#leaving, ...this.#tail].map((chunk) => chunk.run());
  }

  /**
   * Everything that is not in a file begins to leave for one.
   *
   * @returns It, in pieces; none when there is nothing
   */
  leave(): readonly TailChunk[] {
    invariant(this.#leaving.length === 0, "one flush at a time");
    this.#leaving = this.#tail;
    this.#tail = [];
    return this.#leaving;
  }

  /**
   * What was to leave is in a file.
   *
   * @param id The number of the file
   * @param run The file; undefined if it cannot be opened now, and memory stands in for it
   */
  left(id: number, run: Run | undefined): void {
    const runs = run === undefined ? this.#leaving.map((chunk) => chunk.run()) : [run];
    this.addFile(id, ...runs);
    this.#leaving = [];
  }

  /** What was to leave stays after all. */
  stay(): void {
    this.#tail = [...this.#leaving, ...this.#tail];
    this.#leaving = [];
  }

  #mergeTail(): void {
    while (this.#tail.length >= RUNS_MERGED) {
      const youngest = this.#tail.slice(-RUNS_MERGED);
      const [oldest, ...others] = youngest.map(({ count }) => tierOf(count));
      if (oldest > Math.max(...others) || !TailChunk.fit(youngest)) return;
      this.#tail.splice(-RUNS_MERGED, RUNS_MERGED, TailChunk.merged(this.shape, youngest));
    }
  }
}

function tierOf(count: number): number {
  return Math.floor(Math.log2(count) / Math.log2(RUNS_MERGED));
}
