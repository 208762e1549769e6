/**
 * SQLite of this runtime as a contender: WAL, synchronous=FULL, one transaction a group, prepared
 * statements, checkpoints when SQLite wants them.
 *
 * It has two lives, and both are shown. Until its first checkpoint (after 1000 pages) every commit makes
 * the log longer, which a sync has to make durable too. From then on the log is overwritten in place.
 *
 * It has one writer: several transactions are one after the other, on one connection.
 *
 * It is given each revision as the sixteen bytes it stores; those are made outside the measured time,
 * while ours makes them inside.
 *
 * @module
 */

import { statSync } from "node:fs";
import { encodeRevision, REVISION_BYTES } from "../../lib/clock/revision.ts";
import { checkReadBack, type Contender } from "../support/contender.ts";
import { EntryMaker, type WriteEntry } from "../support/entries.ts";
import { Fingerprint } from "../support/fingerprint.ts";
import {
  SQLITE_EMPTY_LOG,
  SQLITE_FILL_LOG,
  type SqliteConnection,
  type SqliteRow,
} from "./sqlite_connection.ts";

const SESSION = 3;
const SEQUENCE_OFFSET = 12;

/** About half of the 1000 pages at which SQLite checkpoints. */
const LOG_BYTES_MAX = 2_000_000;

/** How a database is used. */
export interface SqliteUse {
  /** Entries in each transaction. */
  entries: number;
  /** Transactions in each turn; 1 by default. */
  transactions?: number;
  /** Whether its first checkpoint is to be behind it. */
  later: boolean;
  /** Whether its log is emptied, outside the measured time, so often that it always grows. */
  staysNew?: boolean;
}

/**
 * Creates a database and the contender that fills it.
 *
 * @param path A name that is free
 * @param use How
 */
export async function openSqlitePeer(path: string, use: SqliteUse): Promise<Contender> {
  const connection = await connect(path);
  if (use.later) { for (const statement of SQLITE_FILL_LOG) connection.execute(statement); }
  return new SqlitePeer(path, connection, use);
}

async function connect(path: string): Promise<SqliteConnection> {
  const runtime = globalThis as { Bun?: unknown };
  if (runtime.Bun !== undefined) return (await import("./bun_sqlite.ts")).connectBunSqlite(path);
  return (await import("./node_sqlite.ts")).connectNodeSqlite(path);
}

class SqlitePeer implements Contender {
  readonly name: string;
  readonly #path: string;
  readonly #connection: SqliteConnection;
  readonly #staysNew: boolean;
  readonly #entries: number;
  readonly #maker = new EntryMaker(SESSION);
  #groups: SqliteRow[][];

  constructor(path: string, connection: SqliteConnection, use: SqliteUse) {
    const { entries, transactions = 1, later, staysNew = false } = use;
    this.name = later ? `${connection.name}, later` : connection.name;
    this.#path = path;
    this.#connection = connection;
    this.#staysNew = staysNew;
    this.#entries = entries;
    this.#groups = Array.from({ length: transactions }, () => []);
    this.prepare();
    this.seal(); // As ours does, so that all have stored the same in the end.
  }

  prepare(): void {
    if (this.#staysNew && statSync(`${this.#path}-wal`).size > LOG_BYTES_MAX) {
      this.#connection.execute(SQLITE_EMPTY_LOG);
    }
    this.#groups = this.#groups.map(() => this.#maker.next(this.#entries).map(rowOf));
  }

  seal(): void {
    for (const group of this.#groups) this.#connection.insert(group);
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

function rowOf({ address, revision, data }: WriteEntry): SqliteRow {
  const [a, b, c] = address.point;
  const stamp = new Uint8Array(REVISION_BYTES);
  encodeRevision(revision, stamp, 0);
  return [a, b, c, stamp, data];
}
