/**
 * The pages of one run file that are in the cache, by their numbers.
 *
 * @module
 */

import { blockBytes } from "./page_blocks.ts";
import type { Kept, PageCache } from "./page_cache.ts";
import { columnsBytes } from "./page_columns.ts";
import type { Page, Values } from "./run.ts";
import type { Shape } from "./shape.ts";

/** Of an entry: where its value begins, and what a reader has found out about it. */
const VALUE_NOTE_BYTES = 5;

/** Pages of one run. */
export class KeptPages {
  /** By number; undefined where none was kept yet, one without a value where it is not in the cache any more. */
  readonly pages: (Kept<Page> | undefined)[] = [];
  /** Their values, likewise. */
  readonly values: (Kept<Values> | undefined)[] = [];
  readonly #cache: PageCache;
  readonly #shape: Shape;

  /**
   * @param cache Keeps them
   * @param shape The form of their columns
   */
  constructor(cache: PageCache, shape: Shape) {
    this.#cache = cache;
    this.#shape = shape;
  }

  /**
   * Makes room for the pages of a run, so that to look for one costs no more than to look into an array.
   *
   * @param pages How many it has
   */
  reserve(pages: number): void {
    while (this.pages.length < pages) this.pages.push(undefined);
    while (this.values.length < pages) this.values.push(undefined);
  }

  /**
   * Keeps a page.
   *
   * @param number Which
   * @param page The page
   * @param used Whether somebody asked for it
   */
  keepPage(number: number, page: Page, used: boolean): void {
    const bytes = columnsBytes(this.#shape, page.count) + blockBytes(this.#shape.dims, page.count);
    this.pages[number] = this.#cache.keep(page, bytes, used);
  }

  /**
   * Keeps the values of a page.
   *
   * @param number Which
   * @param values The values
   * @param used Whether somebody asked for them
   */
  keepValues(number: number, values: Values, used: boolean): void {
    const bytes = values.bytes.length + VALUE_NOTE_BYTES * values.starts.length;
    this.values[number] = this.#cache.keep(values, bytes, used);
  }
}
