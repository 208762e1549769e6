/**
 * A run in memory.
 *
 * @module
 */

import { BoxTree } from "./box_tree.ts";
import { REVISION_WORDS } from "../clock/revision.ts";
import { type Columns, compareRevisions, signed, type Steps } from "./columns.ts";
import type { RevisionBounds } from "./run.ts";
import { type Page, Run, type Values } from "./run.ts";
import { shareOf } from "./sorted_entries.ts";
import { isOnePoint } from "./point_at.ts";
import type { Shape } from "./shape.ts";

/** A run in memory: one page. */
export class MemoryRun extends Run {
  /** The entries. */
  readonly columns: Columns;
  readonly #page: Page;
  readonly #values: Values;

  /**
   * @param shape The form of the columns
   * @param columns At least one entry, in order
   * @param tree The boxes over the entries, if they are known
   */
  constructor(shape: Shape, columns: Columns, tree: BoxTree = treeOver(shape, columns)) {
    super(shape, tree, boundsOf(columns.revisions));
    this.columns = columns;
    this.#page = {
      base: 0,
      ...columns,
      keyBits: signed(columns.keys),
      revisionBits: signed(columns.revisions),
      blocks: undefined,
    };
    this.#values = {
      bytes: columns.values,
      starts: columns.starts,
      ends: undefined,
      marks: undefined,
    };
  }

  /**
   * The same in steps.
   *
   * @param shape The form of the columns
   * @param columns At least one entry, in order
   */
  static *inSteps(shape: Shape, columns: Columns): Steps<MemoryRun> {
    const tree = treeOver(shape, columns);
    yield;
    return new MemoryRun(shape, columns, tree);
  }

  override get pages(): number {
    return 1;
  }

  override get inFile(): boolean {
    return false;
  }

  override page(): Page {
    return this.#page;
  }

  override values(): Values {
    return this.#values;
  }

  override readPage(): { page: Page; values: Values } {
    return { page: this.#page, values: this.#values };
  }

  override narrow(
    key: ArrayLike<number>,
    point: ArrayLike<number>,
  ): { low: number; high: number; guess: number } {
    // Many runs in memory are of other keys altogether, as ids are that were minted one after the other.
    const last = this.count - 1;
    const order = this.compareKey(last, key, 0) || this.comparePoint(last, point, 0);
    const share = shareOf(key, this.columns.keys, this.shape.words, 0, last);
    const guess = Math.floor(share * last);
    return { low: order < 0 ? this.count : 0, high: this.count, guess };
  }
}

/**
 * The boxes over entries in order.
 *
 * @param shape The form of the columns
 * @param columns The entries
 */
function treeOver({ dims }: Shape, { count, coordinates, tombstones }: Columns): BoxTree {
  const plain = new Uint8Array(count);
  for (let at = 0; at < count; at++) {
    plain[at] = 1 - tombstones[at];
    if (at === 0 || !isOnePoint(coordinates, (at - 1) * dims, at * dims, dims)) continue;
    plain[at - 1] = plain[at] = 0;
  }
  return BoxTree.over(dims, { count, coordinates, plain });
}

function boundsOf(revisions: Uint32Array): RevisionBounds {
  let oldest = 0;
  let newest = 0;
  for (let i = 1; i * REVISION_WORDS < revisions.length; i++) {
    if (compareRevisions(revisions, i, revisions, newest) > 0) newest = i;
    if (compareRevisions(revisions, i, revisions, oldest) < 0) oldest = i;
  }
  const words = (at: number): Uint32Array =>
    revisions.slice(at * REVISION_WORDS, (at + 1) * REVISION_WORDS);
  return { oldest: words(oldest), newest: words(newest) };
}
