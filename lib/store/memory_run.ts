/**
 * A run in memory.
 *
 * @module
 */

import { BoxTree } from "./box_tree.ts";
import type { Columns } from "./columns.ts";
import { newestOf, type Page, Run } from "./run.ts";
import type { Shape } from "./shape.ts";

/** A run in memory: one page. */
export class MemoryRun extends Run {
  /** The entries. */
  readonly columns: Columns;
  readonly #page: Page;

  /**
   * @param shape The form of the columns
   * @param columns At least one entry, in order
   */
  constructor(shape: Shape, columns: Columns) {
    super(shape, treeOver(shape, columns), newestOf(columns.revisions));
    this.columns = columns;
    this.#page = { base: 0, ...columns };
  }

  override page(): Page {
    return this.#page;
  }

  override value(at: number): Uint8Array {
    return this.columns.values[at];
  }

  override narrow(): { low: number; high: number } {
    return { low: 0, high: this.count };
  }
}

/**
 * The boxes over entries in order.
 *
 * @param shape The form of the columns
 * @param columns The entries
 */
function treeOver({ dims }: Shape, { count, coordinates, tombstones }: Columns): BoxTree {
  const isSame = (a: number, b: number): boolean => {
    for (let axis = 0; axis < dims; axis++) {
      if (coordinates[a * dims + axis] !== coordinates[b * dims + axis]) return false;
    }
    return true;
  };
  const isPlain = (at: number): boolean =>
    tombstones[at] === 0 && !(at > 0 && isSame(at - 1, at)) &&
    !(at + 1 < count && isSame(at, at + 1));
  return BoxTree.over(dims, { count, coordinates, isPlain });
}
