/**
 * The incidence rows of one point: they lie together in each run, by the side of the edge and then by its
 * id, so they are found by one search and read in their order.
 *
 * @module
 */

import { U32_MAX } from "../limits.ts";
import { compareRevisions } from "../store/columns.ts";
import { comparePoints } from "../store/sorted_entries.ts";
import type { Page, Run, Values } from "../store/run.ts";
import { ROW_COLUMNS } from "../store/shape.ts";
import { surelyLasts } from "./edge_codec.ts";
import type { Side } from "./hyperedge.ts";

const NOWHERE = -1;
const NO_KEY = new Uint32Array(0);

/** Whose rows, in which runs, and as of when: found once for all sides. Nobody's until `reset`. */
export class PointOfRows {
  /** Of one table of rows. */
  runs: readonly Run[] = [];
  /** Nothing of a higher revision: one revision, as words; undefined for any. */
  ceiling: Uint32Array | undefined;
  /** The coordinates of the point, and behind them a side and two zeros. */
  #row: number[] = [];
  #key = NO_KEY;
  /** In each run the place of the first row that was looked for; `NOWHERE` before. */
  readonly #places: number[] = [];

  /**
   * Begins with a point.
   *
   * @param runs Of one table of rows
   * @param point The point
   * @param ceiling Nothing of a higher revision: one revision, as words; undefined for any
   * @param first The place of its first row, where there is but one run and that is known
   */
  reset(
    runs: readonly Run[],
    point: readonly number[],
    ceiling: Uint32Array | undefined,
    first: number = NOWHERE,
  ): this {
    const dims = point.length;
    const row = this.#row;
    if (row.length !== dims + ROW_COLUMNS) row.length = 0;
    for (let axis = 0; axis < dims; axis++) row[axis] = point[axis];
    for (let i = dims; i < dims + ROW_COLUMNS; i++) row[i] = 0;
    this.runs = runs;
    this.ceiling = ceiling;
    for (let i = 0; i < runs.length; i++) this.#places[i] = first;
    if (runs.length === 0) return this;
    const { shape } = runs[0];
    if (this.#key.length !== shape.words) this.#key = new Uint32Array(shape.words);
    shape.keyOf(point, this.#key);
    return this;
  }

  /**
   * Begins to look for the rows of a side.
   *
   * @param side Which; none lower than one that was looked for before
   * @returns The point, the side until the next call, and zeros
   */
  onSide(side: Side): readonly number[] {
    this.#row[this.#row.length - ROW_COLUMNS] = side;
    return this.#row;
  }

  /** Lets go of the runs. */
  release(): void {
    this.runs = [];
  }

  /** Whether there is any row of the point, live or dead. Before any side was looked for. */
  isThere(): boolean {
    const row = this.#row;
    const dims = row.length - ROW_COLUMNS;
    return this.runs.some((run, index) => {
      const at = this.placeIn(index);
      if (at === run.count) return false;
      const { base, coordinates } = run.page(at);
      return comparePoints(coordinates, (at - base) * row.length, row, dims) === 0;
    });
  }

  /**
   * The place of the first row that is not before the side, or its end.
   *
   * @param index The index of the run
   */
  placeIn(index: number): number {
    const place = this.#places[index];
    const run = this.runs[index];
    return this.#places[index] = place === NOWHERE
      ? run.seek(this.#key, this.#row)
      : run.seekFrom(place, this.#key, this.#row);
  }
}

/**
 * The live rows of one point on one side, one after the other, in the order of ids. Begins with none;
 * can be used again and again.
 */
export class PointRows {
  /** After `next` returned true: the high 32 bits of the edge's id. */
  high = 0;
  /** After `next` returned true: the low 32 bits. */
  low = 0;
  /** After `next` returned true: whether the head tells that the edge takes part for ever. */
  lasts = false;
  /** Where the head is. */
  #page: Page | undefined;
  #values: Values | undefined;
  #place = 0;
  /** One for each run; those behind `#count` are left from before. */
  readonly #heads: RowHead[] = [];
  #count = 0;

  /**
   * Begins with the rows of another point, or side.
   *
   * @param of Whose
   * @param side On which side of the edges it is
   */
  begin(of: PointOfRows, side: Side): void {
    const { runs, ceiling } = of;
    const first = of.onSide(side);
    this.#count = 0;
    for (let i = 0; i < runs.length; i++) {
      const head = this.#heads[this.#count] ??= new RowHead();
      if (head.begin(runs[i], of.placeIn(i), first, ceiling)) this.#count++;
    }
  }

  /** After `next` returned true: holds the head of the edge; not to be changed. */
  get bytes(): Uint8Array {
    return this.#values!.bytes;
  }

  /** After `next` returned true: where the head begins. */
  get from(): number {
    return this.#values!.starts[this.#place];
  }

  /** After `next` returned true: where it ends. */
  get to(): number {
    return this.from + this.#page!.lengths[this.#place];
  }

  /** The row of the edge is there. */
  give(page: Page, values: Values, place: number): void {
    this.#page = page;
    this.#values = values;
    this.#place = place;
    this.lasts = lastingOf(page, values)[place] === 1;
  }

  /** Lets go of what was read. */
  release(): void {
    this.#count = 0;
    this.#page = this.#values = undefined;
    for (const head of this.#heads) head.release();
  }

  /** Moves to the next row: whether there is one. */
  next(): boolean {
    const heads = this.#heads;
    while (this.#count > 0) {
      let newest = heads[0];
      for (let i = 1; i < this.#count; i++) {
        const head = heads[i];
        const order = head.high - newest.high || head.low - newest.low;
        if (order < 0 || (order === 0 && head.isNewer(newest))) newest = head;
      }
      const { high, low, live } = newest;
      if (live) newest.give(this);
      for (let i = this.#count - 1; i >= 0; i--) {
        const head = heads[i];
        if (head.high !== high || head.low !== low || head.next()) continue;
        heads[i] = heads[--this.#count];
        heads[this.#count] = head;
      }
      if (!live) continue;
      this.high = high;
      this.low = low;
      return true;
    }
    return false;
  }
}

/** Where the rows of a run stand: at the newest row below the ceiling of each edge, live or dead. */
class RowHead {
  /** The high 32 bits of the edge's id. */
  high = 0;
  /** The low 32 bits. */
  low = 0;
  /** Whether the row is no deletion. */
  live = false;
  #run: Run | undefined;
  #page: Page | undefined;
  /** Those of the page, once they were asked for. */
  #values: Values | undefined;
  #at = 0;
  #first!: readonly number[];
  #side = 0;
  #ceiling: Uint32Array | undefined;

  /** @returns Whether there is a row */
  begin(
    run: Run,
    at: number,
    first: readonly number[],
    ceiling: Uint32Array | undefined,
  ): boolean {
    if (at === run.count) return false;
    this.#run = run;
    this.#page = run.page(at);
    this.#values = undefined;
    this.#at = at - 1;
    this.#first = first;
    this.#side = first[first.length - ROW_COLUMNS];
    this.#ceiling = ceiling;
    this.high = U32_MAX + 1; // Of no edge.
    return this.next();
  }

  release(): void {
    this.#run = this.#page = this.#values = undefined;
  }

  /** Moves to the next edge: whether there is one. */
  next(): boolean {
    const run = this.#run!;
    const first = this.#first;
    const dims = first.length;
    const end = run.count;
    while (++this.#at < end) {
      const at = this.#at;
      let page = this.#page!;
      if (at >= page.base + page.count) {
        page = this.#page = run.page(at);
        this.#values = undefined;
      }
      const { coordinates, base } = page;
      const row = (at - base) * dims;
      for (let axis = 0; axis < dims - ROW_COLUMNS; axis++) {
        if (coordinates[row + axis] !== first[axis]) return false;
      }
      if (coordinates[row + dims - ROW_COLUMNS] !== this.#side) return false;
      const high = coordinates[row + dims - 2];
      const low = coordinates[row + dims - 1];
      if (low === this.low && high === this.high) continue; // An older version.
      const ceiling = this.#ceiling;
      if (ceiling !== undefined && compareRevisions(page.revisions, at - base, ceiling, 0) > 0) {
        continue;
      }
      this.high = high;
      this.low = low;
      this.live = page.tombstones[at - base] === 0;
      return true;
    }
    return false;
  }

  /** Whether the row here is newer than there. */
  isNewer(other: RowHead): boolean {
    const page = other.#page!;
    return this.#run!.compareRevision(this.#at, page.revisions, other.#at - page.base) > 0;
  }

  /** Gives where the head of the edge is. */
  give(to: PointRows): void {
    const page = this.#page!;
    const values = this.#values ??= this.#run!.values(this.#at);
    to.give(page, values, this.#at - page.base);
  }
}

/**
 * Which rows of a page are of edges that surely take part for ever: found out once, since to look at a
 * head is to fetch it, and most are never asked for more.
 *
 * @param page The page
 * @param values Its heads
 * @returns 1 for each such row
 */
export function lastingOf(page: Page, values: Values): Uint8Array {
  return values.marks ??= newLasting(page, values);
}

function newLasting({ count, lengths }: Page, { bytes, starts }: Values): Uint8Array {
  const lasting = new Uint8Array(count);
  for (let i = 0; i < count; i++) {
    if (surelyLasts(bytes, starts[i], starts[i] + lengths[i])) lasting[i] = 1;
  }
  return lasting;
}
