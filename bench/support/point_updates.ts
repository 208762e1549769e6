/**
 * What happens to points after they were loaded: most get other data, some go and others come.
 *
 * @module
 */

import type { OurPoints, PointRow } from "./our_points.ts";
import { Random } from "./random.ts";
import { DATA_BYTES, DIMS, type PointColumns, RandomPoints } from "./random_points.ts";
import type { RtreeConnection } from "../peers/rtree_connection.ts";

/** What happens to one point: its number stays, whatever else changes. */
export interface PointUpdate extends PointRow {
  /** Where it was; undefined if it stays there. */
  from: number[] | undefined;
}

/** Of eight entries two belong to a point that moves: a deletion here, an insertion there. */
const MOVE_EVERY = 7;

const GROUP_ENTRIES = 1000;

/**
 * Decides on updates.
 *
 * @param columns The points; stay as they are
 * @param entries Writes and deletions, about; fewer than half of the points
 * @param seed Any integer
 * @returns The updates, and the points as they are afterwards
 */
export function planUpdates(
  columns: PointColumns,
  entries: number,
  seed: number,
): { updates: PointUpdate[]; after: PointColumns } {
  const random = new Random(seed);
  const points = new RandomPoints(seed);
  const after: PointColumns = {
    ...columns,
    coordinates: columns.coordinates.slice(),
    data: { ...columns.data, bytes: columns.data.bytes.slice() },
  };
  const updates: PointUpdate[] = [];
  const chosen = new Set<number>();
  for (let made = 0; made < entries; made++) {
    let id = random.below(columns.count);
    while (chosen.has(id)) id = random.below(columns.count);
    chosen.add(id);
    const place = after.coordinates.subarray(id * DIMS, (id + 1) * DIMS);
    let from: number[] | undefined;
    if (updates.length % MOVE_EVERY === 0) {
      from = Array.from(place);
      for (let axis = 0; axis < DIMS; axis++) place[axis] = points.coordinate();
      made++;
    }
    const data = after.data.bytes.subarray(id * DATA_BYTES, (id + 1) * DATA_BYTES);
    random.fill(data);
    updates.push({ id, from, point: Array.from(place), data });
  }
  return { updates, after };
}

/**
 * Commits updates to ours, group after group; nothing is flushed here.
 *
 * @param ours Where
 * @param updates What
 */
export async function updateOurs(
  { db, space }: OurPoints,
  updates: readonly PointUpdate[],
): Promise<void> {
  await using session = db.session();
  for (const { from, point, data } of updates) {
    if (from !== undefined) session.delete(space, from);
    session.insert(space, point, data);
    if (session.pending.entries >= GROUP_ENTRIES) await session.commit();
  }
  if (session.pending.entries > 0) await session.commit();
}

/**
 * Does the same to an R*Tree.
 *
 * @param rtree Where
 * @param updates What
 */
export function updateRtree(rtree: RtreeConnection, updates: readonly PointUpdate[]): void {
  rtree.remove(updates.map(({ id }) => id));
  rtree.insert(updates);
}
