/**
 * SQLite of this runtime as a contender: WAL, synchronous=FULL, one transaction a group, prepared
 * statements, checkpoints when SQLite wants them.
 *
 * It has two lives, and both are shown. Until its first checkpoint (after 1000 pages) every commit makes
 * the log longer, which a sync has to make durable too. From then on the log is overwritten in place.
 *
 * It is given each revision as the sixteen bytes it stores; those are made outside the measured time,
 * while ours makes them inside.
 *
 * @module
 */

import { encodeRevision, REVISION_BYTES } from "../../lib/clock/revision.ts";
import { checkReadBack, type Contender } from "../support/contender.ts";
import { EntryMaker } from "../support/entries.ts";
import { Fingerprint } from "../support/fingerprint.ts";

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

/** Inserts a row. */
export const SQLITE_INSERT = "INSERT INTO entry VALUES (?, ?, ?, ?, ?)";

/** Selects every row, in the order inserted. */
export const SQLITE_SELECT = "SELECT a, b, c, revision, data FROM entry ORDER BY rowid";

const SESSION = 3;
const SEQUENCE_OFFSET = 12;

/**
 * Creates a database and the contender that fills it.
 *
 * @param path A name that is free
 * @param groupEntries Entries in each group
 * @param later Whether its first checkpoint is to be behind it
 */
export async function openSqlitePeer(
  path: string,
  groupEntries: number,
  later: boolean,
): Promise<Contender> {
  const connection = await connect(path);
  if (later) { for (const statement of SQLITE_FILL_LOG) connection.execute(statement); }
  return new SqlitePeer(connection, groupEntries, later);
}

async function connect(path: string): Promise<SqliteConnection> {
  const runtime = globalThis as { Bun?: unknown };
  if (runtime.Bun !== undefined) return (await import("./bun_sqlite.ts")).connectBunSqlite(path);
  return (await import("./node_sqlite.ts")).connectNodeSqlite(path);
}

class SqlitePeer implements Contender {
  readonly name: string;
  readonly #connection: SqliteConnection;
  readonly #groupEntries: number;
  readonly #maker = new EntryMaker(SESSION);
  #group: SqliteRow[] = [];

  constructor(connection: SqliteConnection, groupEntries: number, later: boolean) {
    this.name = later ? `${connection.name}, later` : connection.name;
    this.#connection = connection;
    this.#groupEntries = groupEntries;
    this.prepare();
    this.seal(); // As ours does, so that all have stored the same in the end.
  }

  prepare(): void {
    this.#group = this.#maker.next(this.#groupEntries).map(({ address, revision, data }) => {
      const [a, b, c] = address.point;
      const stamp = new Uint8Array(REVISION_BYTES);
      encodeRevision(revision, stamp, 0);
      return [a, b, c, stamp, data];
    });
  }

  seal(): void {
    this.#connection.insert(this.#group);
  }

  finish(): Promise<Fingerprint> {
    const found = new Fingerprint();
    for (const [a, b, c, stamp, data] of this.#connection.rows()) {
      const sequence = new DataView(stamp.buffer, stamp.byteOffset).getUint32(SEQUENCE_OFFSET);
      found.add([a, b, c], sequence, data);
    }
    this.#connection.close();
    return Promise.resolve(checkReadBack(this.name, this.#maker.fingerprint, found));
  }
}
