/**
 * What the SQLite modules of both runtimes have in common when they keep points in an R*Tree.
 *
 * An R*Tree keeps coordinates in 32 bits, the lower bound rounded down and the upper up: a box that must
 * overlap finds every point in it, and now and then one that lies just outside.
 *
 * @module
 */

import type { PointRow } from "../support/our_points.ts";

/** A row, as a plain object. */
export interface RtreeRow {
  /** The number of the point. */
  id: number;
  /** The first coordinate, rounded. */
  x: number;
  /** The second. */
  y: number;
  /** What is there. */
  data: Uint8Array;
}

/** An open SQLite database with an R*Tree, by whichever module the runtime brings. */
export interface RtreeConnection {
  /** The module's name. */
  readonly name: string;
  /** Executes a statement that returns nothing. */
  execute(statement: string): void;
  /**
   * Inserts rows in one transaction.
   *
   * @param rows What; none of their numbers is taken
   */
  insert(rows: readonly PointRow[]): void;
  /**
   * Removes rows in one transaction.
   *
   * @param ids Which
   */
  remove(ids: readonly number[]): void;
  /** Every row in a box, all at once. */
  search(minX: number, minY: number, maxX: number, maxY: number): readonly RtreeRow[];
  /** How many rows there are. */
  count(): number;
  /** Closes it. */
  close(): void;
}

/** How to keep and find points. */
export const RTREE_SETUP = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = FULL",
  "CREATE VIRTUAL TABLE IF NOT EXISTS points USING rtree(id, minx, maxx, miny, maxy, +data BLOB)",
] as const;

/** Inserts a row. */
export const RTREE_INSERT = "INSERT INTO points VALUES (?, ?, ?, ?, ?, ?)";

/** Removes a row. */
export const RTREE_REMOVE = "DELETE FROM points WHERE id = ?";

/** Selects what is in a box: least x, least y, most x, most y. */
export const RTREE_SEARCH = "SELECT id, minx AS x, miny AS y, data FROM points " +
  "WHERE maxx >= ? AND maxy >= ? AND minx <= ? AND miny <= ?";

/** Counts all rows. */
export const RTREE_COUNT = "SELECT count(*) AS rows FROM points";
