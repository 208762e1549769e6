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

/** What a page takes beside its bytes, and its values likewise: objects, and views of memory. */
const OBJECT_BYTES = 800;

/** Pages of one run. */
export class KeptPages {
  /** By number; undefined where none was kept yet, without a value where it is in the cache no more. */
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
   * Keeps a page that was read.
   *
   * @param number Which
   * @param page The page
   */
  keepPage(number: number, page: Page): void {
    this.pages[number] = this.#cache.keep(page, this.#pageBytes(page.count));
  }

  /**
   * Keeps the values of a page that were read.
   *
   * @param number Which
   * @param values The values
   */
  keepValues(number: number, values: Values): void {
    this.values[number] = this.#cache.keep(values, valuesBytes(values.bytes.length, values.starts));
  }

  /**
   * Keeps the page that is written next, if there is room.
   *
   * @param count How many entries
   * @param valueBytes Bytes of their values
   * @param make Makes it
   */
  keepWritten(count: number, valueBytes: number, make: () => { page: Page; values: Values }): void {
    const ofPage = this.#pageBytes(count);
    const ofValues = valuesBytes(valueBytes, { length: count + 1 });
    const hasRoom = this.#cache.hasRoom(ofPage + ofValues);
    const made = hasRoom ? make() : undefined;
    this.pages.push(made && this.#cache.keepUnasked(made.page, ofPage));
    this.values.push(made && this.#cache.keepUnasked(made.values, ofValues));
  }

  /** Drops all: nobody will read this run any more, but who has begun. */
  drop(): void {
    for (const kept of this.pages) if (kept !== undefined) this.#cache.drop(kept);
    for (const kept of this.values) if (kept !== undefined) this.#cache.drop(kept);
  }

  #pageBytes(count: number): number {
    return OBJECT_BYTES + columnsBytes(this.#shape, count) + blockBytes(this.#shape.dims, count);
  }
}

function valuesBytes(bytes: number, starts: { length: number }): number {
  return OBJECT_BYTES + bytes + VALUE_NOTE_BYTES * starts.length;
}
