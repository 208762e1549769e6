/**
 * Our database with one space of random points.
 *
 * @module
 */

import { type Database, open, type OpenOptions, type Session, type Space } from "../../mod.ts";
import {
  COORDINATE_LIMIT,
  DATA_BYTES,
  dataOf,
  DIMS,
  type PointColumns,
  slicePoints,
} from "./random_points.ts";

const SPACE = "points";

/** Entries of a commit when it does not matter. */
const GROUP_ENTRIES = 20_000;

/** An open database and its space. */
export interface OurPoints {
  /** The database. */
  db: Database;
  /** Its space; data are `DATA_BYTES` bytes. */
  space: Space<Uint8Array>;
}

/**
 * Opens a database, and creates it with its space if it is missing.
 *
 * @param root Where
 * @param options How
 */
export async function openPoints(root: string, options?: OpenOptions): Promise<OurPoints> {
  const db = await open(root, options);
  const axes = Array.from({ length: DIMS }, () => ({ min: 0, max: COORDINATE_LIMIT }));
  return { db, space: await db.createSpace<Uint8Array>(SPACE, { dims: DIMS, axes }) };
}

/**
 * Inserts points in one call.
 *
 * @param session By whom
 * @param space Where
 * @param columns What
 */
export function insertColumns(session: Session, space: Space, columns: PointColumns): void {
  const { coordinates, data } = columns;
  session.insertMany(space, { coordinates, data });
}

/** A point and its data, as objects. */
export interface PointRow {
  /** Its number. */
  id: number;
  /** Where. */
  point: number[];
  /** What. */
  data: Uint8Array;
}

/**
 * Points as objects.
 *
 * @param columns Which
 * @param firstId The number of the first; the others follow
 */
export function rowsOf(columns: PointColumns, firstId = 0): PointRow[] {
  return Array.from({ length: columns.count }, (_, i) => ({
    id: firstId + i,
    point: Array.from(columns.coordinates.subarray(i * DIMS, (i + 1) * DIMS)),
    data: dataOf(columns, i),
  }));
}

/**
 * Commits points, by the quickest way there is.
 *
 * @param ours Where
 * @param columns What
 */
export async function loadPoints({ db, space }: OurPoints, columns: PointColumns): Promise<void> {
  await using session = db.session();
  for (let from = 0; from < columns.count; from += GROUP_ENTRIES) {
    const group = slicePoints(columns, from, Math.min(columns.count, from + GROUP_ENTRIES));
    insertColumns(session, space, group);
    await session.commit();
  }
}

/**
 * A number that depends on every byte of some data, and on nothing of their order.
 *
 * @param data `DATA_BYTES` bytes
 */
export function sumOf(data: Uint8Array): number {
  let sum = 0;
  for (let i = 0; i < DATA_BYTES; i++) sum += data[i] * (i + 1);
  return sum;
}
