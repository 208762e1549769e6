/**
 * The incidence rows that count: live at a ceiling, of the kinds that are asked for, and of edges that
 * are not past. Rows decide; edges are not looked at.
 *
 * @module
 */

import { U32_MAX } from "../limits.ts";
import type { Run } from "../store/run.ts";
import { Scan } from "../store/scan.ts";
import { ROW_COLUMNS } from "../store/shape.ts";
import type { CheckedBox } from "../store/space_checks.ts";
import { EdgeCursor } from "./edge_cursor.ts";
import { EdgeTable } from "./edge_table.ts";
import { NEUTRAL, type Side, TAIL } from "./hyperedge.ts";
import type { EdgeCondition } from "./edge_condition.ts";
import { lastingOf, PointOfRows, PointRows } from "./point_rows.ts";

const ALL_SIDES = 3;

/** A row: whose edge it is about, and where the head of that edge is. */
export interface LiveRow {
  /** The high 32 bits of the edge's id. */
  readonly high: number;
  /** The low 32 bits. */
  readonly low: number;
  /** Holds the head; not to be changed. */
  readonly bytes: Uint8Array;
  /** Where the head begins. */
  readonly from: number;
  /** Where it ends. */
  readonly to: number;
  /** Whether it tells that the edge takes part for ever; if not, it is to be taken. */
  readonly lasts: boolean;
}

/** The live rows in a box, in the order of the table, one after the other. */
export class RowScan implements LiveRow {
  high = 0;
  low = 0;
  bytes!: Uint8Array;
  from = 0;
  to = 0;
  lasts = false;
  readonly #scan: Scan;
  readonly #dims: number;
  #at = 0;
  #end = 0;

  /**
   * @param runs Of one table of rows
   * @param box Where the points are
   * @param sides On which sides
   * @param ceiling Nothing of a higher revision: one revision, as words; undefined for any
   */
  constructor(
    runs: readonly Run[],
    box: CheckedBox,
    sides: readonly Side[],
    ceiling: Uint32Array | undefined,
  ) {
    this.#dims = box.min.length + ROW_COLUMNS;
    const [least, most] = sides.length === ALL_SIDES ? [TAIL, NEUTRAL] : [sides[0], sides[0]];
    const min = [...box.min, least, 0, 0];
    const max = [...box.max, most, U32_MAX, U32_MAX];
    this.#scan = new Scan(runs, { box: { min, max }, ceiling, tombstones: false });
  }

  /** Moves to the next row: whether there is one. */
  next(): boolean {
    if (++this.#at >= this.#end) {
      if (!this.#scan.next()) return false;
      this.#at = this.#scan.from;
      this.#end = this.#scan.to;
    }
    const run = this.#scan.run!;
    const page = run.page(this.#at);
    const { base, coordinates, lengths } = page;
    const place = this.#at - base;
    this.high = coordinates[(place + 1) * this.#dims - 2];
    this.low = coordinates[(place + 1) * this.#dims - 1];
    const values = run.values(this.#at);
    this.bytes = values.bytes;
    this.from = values.starts[place];
    this.to = this.from + lengths[place];
    this.lasts = lastingOf(page, values)[place] === 1;
    return true;
  }
}

/** The edges of rows that count, each once, in the order of its first row. */
export class EdgesOf {
  /** After `next` returned true: the high 32 bits of the edge's id. */
  high = 0;
  /** After `next` returned true: the low 32 bits. */
  low = 0;
  readonly #rows: RowScan;
  readonly #condition: EdgeCondition;
  readonly #given = new EdgeTable();

  /**
   * @param rows The rows
   * @param condition Which edges count
   */
  constructor(rows: RowScan, condition: EdgeCondition) {
    this.#rows = rows;
    this.#condition = condition;
  }

  /** Moves to the next edge: whether there is one. */
  next(): boolean {
    const rows = this.#rows;
    while (rows.next()) {
      const { high, low } = rows;
      if (this.#given.find(high, low) >= 0 || !counts(rows, this.#condition)) continue;
      this.#given.add(high, low);
      this.high = high;
      this.low = low;
      return true;
    }
    return false;
  }
}

/** The edges around a point that count, each once, in the order of their ids. Can be used again and again. */
export class EdgesAt {
  /** After `next` returned true: the high 32 bits of the edge's id. */
  high = 0;
  /** After `next` returned true: the low 32 bits. */
  low = 0;
  /** Whether all edges so far take part for ever. */
  lasting = true;
  readonly #of = new PointOfRows();
  /** Those that have rows left, and behind them the others. */
  readonly #sides = [new PointRows(), new PointRows(), new PointRows()];
  #count = 0;
  #condition!: EdgeCondition;

  /**
   * Begins with a point.
   *
   * @param runs Of one table of rows
   * @param point The point
   * @param ceiling Nothing of a higher revision: one revision, as words; undefined for any
   * @param sides On which sides of the edges the point is
   * @param condition Which edges count
   * @param first The place of the point's first row, where there is but one run and that is known
   */
  begin(
    runs: readonly Run[],
    point: readonly number[],
    ceiling: Uint32Array | undefined,
    sides: readonly Side[],
    condition: EdgeCondition,
    first?: number,
  ): this {
    this.#condition = condition;
    this.#of.reset(runs, point, ceiling, first);
    this.#count = 0;
    this.lasting = true;
    for (const side of sides) {
      const rows = this.#sides[this.#count];
      rows.begin(this.#of, side);
      if (rows.next()) this.#count++;
    }
    return this;
  }

  /** Lets go of what was read. */
  release(): void {
    this.#of.reset([], [], undefined);
    for (const rows of this.#sides) rows.release();
  }

  /** Moves to the next edge: whether there is one. */
  next(): boolean {
    const sides = this.#sides;
    while (this.#count > 0) {
      let least = sides[0];
      for (let i = 1; i < this.#count; i++) {
        const rows = sides[i];
        if (rows.high < least.high || (rows.high === least.high && rows.low < least.low)) {
          least = rows;
        }
      }
      const { high, low } = least;
      const isCounted = counts(least, this.#condition);
      if (!least.lasts) this.lasting = false;
      for (let i = this.#count - 1; i >= 0; i--) {
        const rows = sides[i];
        if (rows.high !== high || rows.low !== low || rows.next()) continue;
        sides[i] = sides[--this.#count];
        sides[this.#count] = rows;
      }
      if (!isCounted) continue;
      this.high = high;
      this.low = low;
      return true;
    }
    return false;
  }
}

/** What it holds means nothing from one call to the next. */
const cursor = new EdgeCursor();

/**
 * Whether a row counts, by what it carries.
 *
 * @param row The row
 * @param condition Which edges count
 * @throws {CorruptionError} If the edge is doubtful
 */
export function counts(row: LiveRow, condition: EdgeCondition): boolean {
  const { kinds } = condition;
  condition.doubts?.check(row.high, row.low);
  if (kinds === undefined && row.lasts) return true;
  cursor.takeHead(row.bytes, row.from, row.to);
  return (kinds === undefined || kinds.has(cursor.kind)) && !cursor.isPast(condition);
}
