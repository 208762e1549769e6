/**
 * SQLite by `bun:sqlite`.
 *
 * @module
 */

import { Database } from "bun:sqlite";
import {
  SQLITE_INSERT,
  SQLITE_SELECT,
  SQLITE_SETUP,
  type SqliteConnection,
  type SqliteRow,
} from "./sqlite_connection.ts";

/**
 * Creates a database.
 *
 * @param path A name that is free
 */
export function connectBunSqlite(path: string): SqliteConnection {
  const database = new Database(path);
  for (const statement of SQLITE_SETUP) database.run(statement);
  const begin = database.prepare("BEGIN IMMEDIATE");
  const insert = database.prepare(SQLITE_INSERT);
  const commit = database.prepare("COMMIT");
  const select = database.prepare(SQLITE_SELECT);
  return {
    name: "bun:sqlite",
    execute: (statement) => void database.run(statement),
    insert(rows: readonly SqliteRow[]): void {
      begin.run();
      for (const [a, b, c, revision, data] of rows) insert.run(a, b, c, revision, data);
      commit.run();
    },
    rows: () => select.values() as SqliteRow[],
    close: () => database.close(),
  };
}
