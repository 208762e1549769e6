/**
 * An R*Tree by `node:sqlite`, which Deno brings.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
import {
  RTREE_COUNT,
  RTREE_INSERT,
  RTREE_REMOVE,
  RTREE_SEARCH,
  RTREE_SETUP,
  type RtreeConnection,
  type RtreeRow,
} from "./rtree_connection.ts";

/**
 * Opens a database, and creates it if it is missing.
 *
 * @param path Where
 */
export function connectNodeRtree(path: string): RtreeConnection {
  const database = new DatabaseSync(path);
  for (const statement of RTREE_SETUP) database.exec(statement);
  const begin = database.prepare("BEGIN IMMEDIATE");
  const insert = database.prepare(RTREE_INSERT);
  const remove = database.prepare(RTREE_REMOVE);
  const commit = database.prepare("COMMIT");
  const search = database.prepare(RTREE_SEARCH);
  const count = database.prepare(RTREE_COUNT);
  return {
    name: "node:sqlite R*Tree",
    execute: (statement) => void database.exec(statement),
    insert(rows): void {
      begin.run();
      for (const { id, point: [x, y], data } of rows) insert.run(id, x, x, y, y, data);
      commit.run();
    },
    remove(ids): void {
      begin.run();
      for (const id of ids) remove.run(id);
      commit.run();
    },
    search: (...bounds) => search.all(...bounds) as unknown as RtreeRow[],
    count: () => (count.get() as unknown as { rows: number }).rows,
    close: () => database.close(),
  };
}
