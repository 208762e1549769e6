/**
 * What the SQLite modules of both runtimes have in common: the connection, and the statements.
 *
 * @module
 */

/** One row, in the order of the columns. */
export type SqliteRow = [a: number, b: number, c: number, revision: Uint8Array, data: Uint8Array];

/** An open SQLite database, by whichever module the runtime brings. */
export interface SqliteConnection {
  /** The module's name. */
  readonly name: string;
  /** Executes a statement that returns nothing. */
  execute(statement: string): void;
  /** Inserts rows in one transaction. */
  insert(rows: readonly SqliteRow[]): void;
  /** Every row, in the order inserted. */
  rows(): Iterable<SqliteRow>;
  /** Closes it. */
  close(): void;
}

/** What is done to a new database. */
export const SQLITE_SETUP = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = FULL",
  "CREATE TABLE entry (a INTEGER, b INTEGER, c INTEGER, revision BLOB, data BLOB)",
] as const;

/** Makes the log so long that SQLite checkpoints it, and overwrites it from then on. */
export const SQLITE_FILL_LOG = [
  "CREATE TABLE filling (data BLOB)",
  "INSERT INTO filling VALUES (zeroblob(6000000))",
] as const;

/** Checkpoints the log and cuts it to nothing, as in a new database. */
export const SQLITE_EMPTY_LOG = "PRAGMA wal_checkpoint(TRUNCATE)";

/** Inserts a row. */
export const SQLITE_INSERT = "INSERT INTO entry VALUES (?, ?, ?, ?, ?)";

/** Selects every row, in the order inserted. */
export const SQLITE_SELECT = "SELECT a, b, c, revision, data FROM entry ORDER BY rowid";
