/**
 * SQLite by `node:sqlite`, which Deno brings.
 *
 * @module
 */

import { DatabaseSync } from "node:sqlite";
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
export function connectNodeSqlite(path: string): SqliteConnection {
  const database = new DatabaseSync(path);
  for (const statement of SQLITE_SETUP) database.exec(statement);
  const begin = database.prepare("BEGIN IMMEDIATE");
  const insert = database.prepare(SQLITE_INSERT);
  const commit = database.prepare("COMMIT");
  const select = database.prepare(SQLITE_SELECT);
  return {
    name: "node:sqlite",
    execute: (statement) => void database.exec(statement),
    insert(rows: readonly SqliteRow[]): void {
      begin.run();
      for (const [a, b, c, revision, data] of rows) insert.run(a, b, c, revision, data);
      commit.run();
    },
    *rows(): Generator<SqliteRow> {
      for (const row of select.iterate()) {
        const { a, b, c, revision, data } = row as Record<string, unknown>;
        yield [a, b, c, revision, data] as SqliteRow;
      }
    },
    close: () => database.close(),
  };
}
