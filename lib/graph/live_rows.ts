/**
 * The incidence rows that count: live at a ceiling, of the kinds that are asked for, and of edges that
 * are not past. Rows decide; edges are not looked at.
 *
 * @module
 */

import { U32_MAX } from "../limits.ts";
import { valueOf } from "../store/history.ts";
import type { Run } from "../store/run.ts";
import { Scan } from "../store/scan.ts";
import { ROW_COLUMNS } from "../store/shape.ts";
import type { CheckedBox } from "../store/space_checks.ts";
import { EdgeCursor } from "./edge_cursor.ts";
import { NEUTRAL, type Side, TAIL } from "./hyperedge.ts";
import type { EdgeCondition } from "./met_graph.ts";

const ALL_SIDES = 3;

/** Rows in the order of the table, one after the other. */
export class RowScan {
  /** After `next` returned true: the high 32 bits of the edge's id. */
  high = 0;
  /** After `next` returned true: the low 32 bits. */
  low = 0;
  readonly #scan: Scan;
  readonly #dims: number;
  #run!: Run;
  #at = 0;
  #to = 0;

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
    if (this.#at + 1 < this.#to) this.#at++;
    else {
      if (!this.#scan.next()) return false;
      this.#run = this.#scan.run!;
      this.#at = this.#scan.from;
      this.#to = this.#scan.to;
    }
    const { base, coordinates } = this.#run.page(this.#at);
    const end = (this.#at - base + 1) * this.#dims;
    this.high = coordinates[end - 2];
    this.low = coordinates[end - 1];
    return true;
  }

  /** The head of the edge; a view. */
  get head(): Uint8Array {
    return valueOf({ run: this.#run, at: this.#at });
  }
}

/** The edges around a point that count, each once, in the order of their ids. */
export class EdgesAt {
  /** After `next` returned true: the high 32 bits of the edge's id. */
  high = 0;
  /** After `next` returned true: the low 32 bits. */
  low = 0;
  readonly #sides: RowScan[] = [];
  readonly #counts: RowFilter;

  /**
   * @param runs Of one table of rows
   * @param point The point
   * @param sides On which sides of the edges it is
   * @param ceiling Nothing of a higher revision: one revision, as words; undefined for any
   * @param condition Which edges count
   */
  constructor(
    runs: readonly Run[],
    point: readonly number[],
    sides: readonly Side[],
    ceiling: Uint32Array | undefined,
    condition: EdgeCondition,
  ) {
    const bound = [...point];
    this.#counts = new RowFilter(condition);
    for (const side of sides) {
      const rows = new RowScan(runs, { min: bound, max: bound }, [side], ceiling);
      if (rows.next()) this.#sides.push(rows);
    }
  }

  /** Moves to the next edge: whether there is one. */
  next(): boolean {
    const sides = this.#sides;
    while (sides.length > 0) {
      let least = sides[0];
      for (const rows of sides) {
        if (rows.high < least.high || (rows.high === least.high && rows.low < least.low)) {
          least = rows;
        }
      }
      const { high, low } = least;
      const counts = this.#counts.counts(least);
      for (let i = sides.length - 1; i >= 0; i--) {
        const rows = sides[i];
        if (rows.high === high && rows.low === low && !rows.next()) sides.splice(i, 1);
      }
      if (!counts) continue;
      this.high = high;
      this.low = low;
      return true;
    }
    return false;
  }
}

/** Tells which rows count by what they carry. */
export class RowFilter {
  readonly #condition: EdgeCondition;
  readonly #cursor = new EdgeCursor();

  /** @param condition Which edges count */
  constructor(condition: EdgeCondition) {
    this.#condition = condition;
  }

  /**
   * Whether a row counts.
   *
   * @param row Stands at one
   */
  counts(row: RowScan): boolean {
    const { kinds, ceiling } = this.#condition;
    this.#cursor.takeHead(row.head);
    return (kinds === undefined || kinds.has(this.#cursor.kind)) && !this.#cursor.isPast(ceiling);
  }
}
