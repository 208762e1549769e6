/**
 * The same points in ours, in an R*Tree and in flatbush, and whether all three agree on them.
 *
 * @module
 */

import type Flatbush from "flatbush";
import { buildFlatbush } from "../peers/flatbush.ts";
import { openRtree, RTREE_CHECKPOINT } from "../peers/rtree.ts";
import type { RtreeConnection } from "../peers/rtree_connection.ts";
import type { Box } from "../../mod.ts";
import { loadPoints, openPoints, type OurPoints, rowsOf, sumOf } from "./our_points.ts";
import { planUpdates, updateOurs, updateRtree } from "./point_updates.ts";
import { COORDINATE_LIMIT, dataOf, DIMS, type PointColumns, slicePoints } from "./random_points.ts";

/** All who have the points. */
export interface PointWorld {
  /** The points, as all of them shall have them. */
  columns: PointColumns;
  /** Ours. */
  ours: OurPoints;
  /** SQLite's. */
  rtree: RtreeConnection;
  /** The same file, through as large a cache as ours has. */
  rtreeCached: RtreeConnection;
  /** In memory. */
  flatbush: Flatbush;
}

/** Bytes that ours may keep in memory: more than all of it. */
const CACHE_BYTES_MAX = 256 * 2 ** 20;

/** More than the updates take, so that they stay where they are. */
const TAIL_BYTES_MAX = 64 * 2 ** 20;

/** Rows of a transaction of the R*Tree when it does not matter. */
const GROUP_ROWS = 20_000;

/** An R*Tree rounds outward to 32 bits; this is a little more. */
const ROUNDING = COORDINATE_LIMIT * 2 ** -22;

/**
 * Loads points everywhere: ours into one run file, opened anew.
 *
 * @param directory One that is free
 * @param columns Which points
 */
export async function createWorld(directory: string, columns: PointColumns): Promise<PointWorld> {
  const root = `${directory}/ours`;
  const loading = await openPoints(root);
  await loadPoints(loading, columns);
  await loading.db.flush();
  await loading.db.compact();
  await loading.db.close();
  const path = `${directory}/rtree.db`;
  const rtree = await openRtree(path);
  for (let from = 0; from < columns.count; from += GROUP_ROWS) {
    const to = Math.min(columns.count, from + GROUP_ROWS);
    rtree.insert(rowsOf(slicePoints(columns, from, to), from));
  }
  rtree.execute(RTREE_CHECKPOINT);
  return {
    columns,
    ours: await openPoints(root, {
      cacheBytesMax: CACHE_BYTES_MAX,
      tailBytesMax: TAIL_BYTES_MAX,
    }),
    rtree,
    rtreeCached: await openRtree(path, { cacheBytesMax: CACHE_BYTES_MAX }),
    flatbush: buildFlatbush(columns),
  };
}

/**
 * Updates points everywhere: in ours the updates stay in memory, over the run file.
 *
 * @param world Where; what it has of flatbush is left as it was
 * @param entries How many writes and deletions
 * @param seed Any integer
 * @returns The world as it is now
 */
export async function updateWorld(
  world: PointWorld,
  entries: number,
  seed: number,
): Promise<PointWorld> {
  const { updates, after } = planUpdates(world.columns, entries, seed);
  await updateOurs(world.ours, updates);
  updateRtree(world.rtree, updates);
  world.rtree.execute(RTREE_CHECKPOINT);
  return { ...world, columns: after, flatbush: buildFlatbush(after) };
}

/**
 * Closes all files.
 *
 * @param world Whose
 */
export async function closeWorld({ ours, rtree, rtreeCached }: PointWorld): Promise<void> {
  rtreeCached.close();
  rtree.close();
  await ours.db.close();
}

/**
 * Compares what all find in boxes: how many, and their data.
 *
 * @param world Who
 * @param boxes Where
 * @returns How many records the boxes hold
 * @throws If they do not agree
 */
export function checkBoxes(world: PointWorld, boxes: readonly Box[]): number {
  let hits = 0;
  for (const box of boxes) {
    const ids = searchFlatbush(world.flatbush, box, 0);
    const sum = ids.reduce((total, id) => total + sumOf(dataOf(world.columns, id)), 0);
    const expected = `${ids.length} records (${sum})`;
    checkOurs(world.ours, box, ids.length, expected);
    checkRtree(world, box, ids.length, expected);
    hits += ids.length;
  }
  return hits;
}

/** Ours has to find exactly the same, by each call. */
function checkOurs({ space }: OurPoints, box: Box, count: number, expected: string): void {
  let [records, sum] = [0, 0];
  for (const { data } of space.query(box)) {
    records++;
    sum += sumOf(data);
  }
  const columns = space.columns(box);
  let columnsSum = 0;
  for (let i = 0; i < columns.length; i++) columnsSum += sumOf(columns.data(i));
  agree("query", `${records} records (${sum})`, expected, box);
  agree("columns", `${columns.length} records (${columnsSum})`, expected, box);
  agree("count", String(space.count(box)), String(count), box);
}

/** An R*Tree may find what lies just outside, and nothing beyond that. */
function checkRtree(world: PointWorld, box: Box, count: number, expected: string): void {
  const [minX, minY, maxX, maxY] = boundsOf(box, 0);
  const rows = world.rtree.search(minX, minY, maxX, maxY);
  if (rows.length > count) {
    const most = searchFlatbush(world.flatbush, box, ROUNDING).length;
    if (rows.length <= most) return;
  }
  const sum = rows.reduce((total, { data }) => total + sumOf(data), 0);
  agree("R*Tree", `${rows.length} records (${sum})`, expected, box);
}

/**
 * Compares what ours and flatbush find nearest to points.
 *
 * @param world Who
 * @param targets Where
 * @param count How many at each
 * @throws If they do not agree
 */
export function checkNearest(
  { ours, flatbush, columns }: PointWorld,
  targets: readonly number[][],
  count: number,
): void {
  const pointOf = (id: number): number[] =>
    Array.from(columns.coordinates.subarray(id * DIMS, (id + 1) * DIMS));
  for (const target of targets) {
    const found = ours.space.nearest(target, count).map(({ point }) => point);
    const expected = flatbush.neighbors(target[0], target[1], count).map(pointOf);
    agree("nearest", JSON.stringify(found), JSON.stringify(expected), target);
  }
}

/** Least x, least y, most x, most y. */
function boundsOf({ min, max }: Box, margin: number): [number, number, number, number] {
  return [min[0] - margin, min[1] - margin, max[0] + margin, max[1] + margin];
}

function searchFlatbush(flatbush: Flatbush, box: Box, margin: number): number[] {
  return flatbush.search(...boundsOf(box, margin));
}

function agree(who: string, found: string, expected: string, where: unknown): void {
  if (found === expected) return;
  throw new Error(`${who} found ${found}, not ${expected}, at ${JSON.stringify(where)}`);
}
