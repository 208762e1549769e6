/**
 * Who is measured in the sessions bench, and what a commit of ours takes.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import { openSqlitePeer } from "../peers/sqlite.ts";
import type { Contender } from "./contender.ts";
import { CountingStorage } from "./counting_storage.ts";
import { Floor, ParallelFloor } from "./floor.ts";
import { OurSessions } from "./our_sessions.ts";

/** What one commit takes, as counted on its way to the platform. */
export interface CommitCost {
  /** Syncs. */
  syncs: number;
  /** Bytes of the group. */
  groupBytes: number;
}

/** The contenders for one size of commit, on files of their own. */
export interface CommitContenders {
  /** One plain write and sync of as many bytes. */
  floor: Contender;
  /** The same, not blocking. */
  floorAsync: Contender;
  /** Our `commitSync()`. */
  ours: Contender;
  /** The same, and the inserts before it. */
  oursInserts: Contender;
  /** Our `commit()`. */
  oursAsync: Contender;
  /** The same, and the inserts before it. */
  oursAsyncInserts: Contender;
  /** The SQLite of this runtime, with a new database. */
  sqlite: Contender;
  /** The same after its first checkpoint. */
  sqliteLater: Contender;
}

/** The contenders for one number of sessions that commit at once. */
export interface ParallelContenders {
  /** As many plain files, synced at once. */
  floor: Contender;
  /** Our sessions. */
  ours: Contender;
  /** SQLite, one transaction after the other, with a log that grows as that of a new database. */
  sqlite: Contender;
  /** The same after its first checkpoint. */
  sqliteLater: Contender;
}

const COUNTED_COMMITS = 20;

/**
 * Counts what a commit takes.
 *
 * @param parent A directory to make a database in
 * @param entries Entries of each commit
 * @param sessions Sessions that commit at once
 * @param waits Whether by the asynchronous call
 * @returns Of one commit, on average
 */
export async function countCommitCost(
  parent: string,
  entries: number,
  sessions: number,
  waits: boolean,
): Promise<CommitCost> {
  const name = `counted, ${entries} entries, ${sessions} sessions, ${waits ? "async" : "blocking"}`;
  const storage = await CountingStorage.create();
  const ours = await OurSessions.create({
    name,
    root: `${parent}/${name.replaceAll(/[, ]+/g, "_")}`,
    sessions,
    entries,
    waits,
    insertsInside: false,
    storage,
  });
  storage.reset();
  for (let i = 0; i < COUNTED_COMMITS; i++) {
    ours.prepare();
    await ours.seal();
  }
  const commits = COUNTED_COMMITS * sessions;
  const cost = {
    syncs: storage.syncs / commits,
    groupBytes: Math.round(storage.groupBytes / commits),
  };
  await ours.finish();
  return cost;
}

/**
 * Creates the contenders for one size of commit.
 *
 * @param parent A directory to make theirs in
 * @param entries Entries of each commit
 * @param groupBytes Bytes that a commit of ours takes
 */
export async function createCommitCase(
  parent: string,
  entries: number,
  groupBytes: number,
): Promise<CommitContenders> {
  const directory = `${parent}/commit_${entries}`;
  mkdirSync(directory);
  const ours = (name: string, waits: boolean, insertsInside: boolean): Promise<Contender> => {
    const root = `${directory}/${name.replaceAll(/\W+/g, "_")}`;
    return OurSessions.create({ name, root, sessions: 1, entries, waits, insertsInside });
  };
  return {
    floor: new Floor(`${directory}/floor`, () => groupBytes, false),
    floorAsync: new Floor(`${directory}/floor_async`, () => groupBytes, true),
    ours: await ours("commitSync", false, false),
    oursInserts: await ours("inserts, commitSync", false, true),
    oursAsync: await ours("commit", true, false),
    oursAsyncInserts: await ours("inserts, commit", true, true),
    sqlite: await openSqlitePeer(`${directory}/sqlite.db`, { entries, later: false }),
    sqliteLater: await openSqlitePeer(`${directory}/sqlite_later.db`, { entries, later: true }),
  };
}

/**
 * Creates the contenders for one number of sessions.
 *
 * @param parent A directory to make theirs in
 * @param sessions How many commit at once, one entry each
 * @param groupBytes Bytes that a commit of ours takes
 */
export async function createParallelCase(
  parent: string,
  sessions: number,
  groupBytes: number,
): Promise<ParallelContenders> {
  const directory = `${parent}/parallel_${sessions}`;
  mkdirSync(directory);
  const sqlite = (later: boolean): Promise<Contender> => {
    const path = `${directory}/sqlite${later ? "_later" : ""}.db`;
    const use = { entries: 1, transactions: sessions, later, staysNew: !later };
    return openSqlitePeer(path, use);
  };
  return {
    floor: new ParallelFloor(`${directory}/floor`, sessions, () => groupBytes),
    ours: await OurSessions.create({
      name: "ours",
      root: `${directory}/ours`,
      sessions,
      entries: 1,
      waits: true,
      insertsInside: false,
    }),
    sqlite: await sqlite(false),
    sqliteLater: await sqlite(true),
  };
}
