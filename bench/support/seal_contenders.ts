/**
 * Who is measured in the seal benches.
 *
 * @module
 */

import { mkdirSync } from "node:fs";
import { openSqlitePeer } from "../peers/sqlite.ts";
import type { Contender } from "./contender.ts";
import { Floor } from "./floor.ts";
import { OurSegment } from "./our_segment.ts";

/** The named matrix: entries in a group. */
export const GROUP_ENTRIES = [1, 10, 100, 1000] as const;

/** The contenders for one size of group, on files of their own. */
export interface SealContenders {
  /** One plain write and sync of as many bytes. */
  floor: Contender;
  /** The same, not blocking. */
  floorAsync: Contender;
  /** Our blocking call. */
  ours: Contender;
  /** Our asynchronous call. */
  oursAsync: Contender;
  /** The SQLite of this runtime, with a new database. */
  sqlite: Contender;
  /** The same after its first checkpoint. */
  sqliteLater: Contender;
}

/** Contenders, and what they agree on. */
export interface SealCase {
  /** Who. */
  contenders: SealContenders;
  /** Bytes that the last group of `ours` took in its file. */
  groupBytes(): number;
}

/**
 * Creates the contenders.
 *
 * @param parent A directory to make theirs in
 * @param groupEntries Entries in each group
 */
export async function createSealCase(parent: string, groupEntries: number): Promise<SealCase> {
  const directory = `${parent}/${groupEntries}`;
  mkdirSync(directory);
  const ours = await OurSegment.create(`${directory}/ours`, groupEntries, false);
  const groupBytes = (): number => ours.groupBytes;
  return {
    groupBytes,
    contenders: {
      floor: new Floor(`${directory}/floor`, groupBytes, false),
      floorAsync: new Floor(`${directory}/floor_async`, groupBytes, true),
      ours,
      oursAsync: await OurSegment.create(`${directory}/ours`, groupEntries, true),
      sqlite: await openSqlitePeer(`${directory}/sqlite.db`, {
        entries: groupEntries,
        later: false,
      }),
      sqliteLater: await openSqlitePeer(`${directory}/sqlite_later.db`, {
        entries: groupEntries,
        later: true,
      }),
    },
  };
}
