/**
 * Who is measured in the space bench.
 *
 * @module
 */

import type Flatbush from "flatbush";
import type { RtreeConnection } from "../peers/rtree_connection.ts";
import type { Box, Space } from "../../mod.ts";
import type { PointWorld } from "./point_world.ts";
import type { Found, Reader } from "./turns.ts";

/** Our readers of a list of boxes. */
export interface OurReaders {
  /** Records: plain objects with their data, one after the other. */
  query: Reader;
  /** Columns. */
  columns: Reader;
  /** Counts. */
  count: Reader;
}

/** All readers of a list of boxes. */
export interface BoxReaders extends OurReaders {
  /** Columns, with the revisions, which are copied when they are asked for. */
  revisions: Reader;
  /** Rows of SQLite: plain objects with their data, all of a box at once. */
  rtree: Reader;
  /** The same with a larger cache. */
  rtreeCached: Reader;
  /** Numbers of points, by flatbush. */
  flatbush: Reader;
}

/**
 * Creates all readers of boxes.
 *
 * @param world Who has the points
 * @param boxes What each asks for in a turn
 */
export function createBoxReaders(world: PointWorld, boxes: readonly Box[]): BoxReaders {
  const { ours: { space }, rtree, rtreeCached, flatbush } = world;
  return {
    ...createOurReaders(space, boxes),
    revisions: { name: "columns, revisions too", read: () => readColumns(space, boxes, true) },
    rtree: { name: rtree.name, read: () => readRows(rtree, boxes) },
    rtreeCached: { name: `${rtree.name}, cache`, read: () => readRows(rtreeCached, boxes) },
    flatbush: { name: "flatbush search", read: () => readNumbers(flatbush, boxes) },
  };
}

/**
 * Creates our readers of boxes.
 *
 * @param space Who has the points
 * @param boxes What each asks for in a turn
 */
export function createOurReaders(space: Space<Uint8Array>, boxes: readonly Box[]): OurReaders {
  return {
    query: { name: "query", read: () => readRecords(space, boxes) },
    columns: { name: "columns", read: () => readColumns(space, boxes, false) },
    count: { name: "count", read: () => readCounts(space, boxes) },
  };
}

/** The readers of what is nearest. */
export interface NearestReaders {
  /** Our records. */
  nearest: Reader;
  /** Numbers of points, by flatbush. */
  flatbush: Reader;
}

/**
 * Creates the readers of what is nearest.
 *
 * @param world Who has the points
 * @param targets Nearest to what
 * @param count How many at each
 */
export function createNearestReaders(
  { ours: { space }, flatbush }: PointWorld,
  targets: readonly number[][],
  count: number,
): NearestReaders {
  return {
    nearest: {
      name: "nearest",
      read(): Found {
        let [hits, sum] = [0, 0];
        for (const target of targets) {
          for (const { point, data } of space.nearest(target, count)) {
            hits++;
            sum += point[0] + data[0];
          }
        }
        return { hits, sum };
      },
    },
    flatbush: {
      name: "flatbush neighbors",
      read(): Found {
        let [hits, sum] = [0, 0];
        for (const [x, y] of targets) {
          const ids = flatbush.neighbors(x, y, count);
          hits += ids.length;
          sum += ids[0];
        }
        return { hits, sum };
      },
    },
  };
}

function readRecords(space: Space<Uint8Array>, boxes: readonly Box[]): Found {
  let [hits, sum] = [0, 0];
  for (const box of boxes) {
    for (const record of space.query(box)) {
      hits++;
      sum += record.point[0] + record.data[0];
    }
  }
  return { hits, sum };
}

function readColumns(
  space: Space<Uint8Array>,
  boxes: readonly Box[],
  withRevisions: boolean,
): Found {
  let [hits, sum] = [0, 0];
  for (const box of boxes) {
    const columns = space.columns(box);
    hits += columns.length;
    sum += columns.coordinates.length;
    if (withRevisions) sum += columns.revisions.length;
  }
  return { hits, sum };
}

function readCounts(space: Space<Uint8Array>, boxes: readonly Box[]): Found {
  let hits = 0;
  for (const box of boxes) hits += space.count(box);
  return { hits, sum: 0 };
}

function readRows(rtree: RtreeConnection, boxes: readonly Box[]): Found {
  let [hits, sum] = [0, 0];
  for (const { min, max } of boxes) {
    for (const row of rtree.search(min[0], min[1], max[0], max[1])) {
      hits++;
      sum += row.x + row.data[0];
    }
  }
  return { hits, sum };
}

function readNumbers(flatbush: Flatbush, boxes: readonly Box[]): Found {
  let [hits, sum] = [0, 0];
  for (const { min, max } of boxes) {
    const ids = flatbush.search(min[0], min[1], max[0], max[1]);
    hits += ids.length;
    sum += ids.length > 0 ? ids[0] : 0;
  }
  return { hits, sum };
}
