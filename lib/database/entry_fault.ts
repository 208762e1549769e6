/**
 * What is wrong with an entry that a session file brings.
 *
 * @module
 */

import { InfiniteDbError } from "../errors.ts";
import { EdgeCursor } from "../graph/edge_cursor.ts";
import { checkPoint } from "../store/space_checks.ts";
import type { DataEntry } from "../segment/entry_list.ts";
import type { SpaceRecord } from "../store/manifest_state.ts";
import { isGraph } from "../store/names.ts";
import type { Store } from "../store/store.ts";

const cursor = new EdgeCursor();

/**
 * Why an entry cannot be what this database wrote: spaces and graphs are known before anything is written
 * to them.
 *
 * @param store Knows them
 * @param entry The entry
 * @returns The fault in words; undefined if there is none
 */
export function faultOf(store: Store, entry: DataEntry): string | undefined {
  const { space, point } = entry.address;
  const record = store.byId(space);
  if (record === undefined) return `is in space ${space}, which does not exist`;
  if (!isGraph(record)) return faultOfPoint(record, point);
  if (point.length !== 2 || point.some((word) => word >>> 0 !== word)) {
    return `is in graph ${record.name}, at no id`;
  }
  return entry.kind === "tombstone" ? undefined : faultOfEdge(store, entry.data);
}

function faultOfPoint(record: SpaceRecord, point: readonly number[]): string | undefined {
  try {
    checkPoint(record, point);
    return undefined;
  } catch (error) {
    return `is at a point that space ${record.name} does not have: ${(error as Error).message}`;
  }
}

function faultOfEdge(store: Store, data: Uint8Array): string | undefined {
  try {
    cursor.takeEdge(data);
  } catch (error) {
    if (!(error instanceof InfiniteDbError)) throw error;
    return `is no hyperedge: ${error.message}`;
  }
  for (let i = 0; i < cursor.count; i++) {
    const record = store.byId(cursor.spaces[i]);
    if (record === undefined || isGraph(record)) {
      return `relates a point of space ${cursor.spaces[i]}, which does not exist`;
    }
    const fault = faultOfPoint(record, cursor.point(i));
    if (fault !== undefined) return `has an endpoint that ${fault}`;
  }
  return undefined;
}
