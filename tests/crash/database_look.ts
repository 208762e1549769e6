/**
 * Everything an open database shows, read in one go, and everything it has left on the disk.
 *
 * @module
 */

import type { Database, InterruptedRecord, SpatialRecord } from "../../mod.ts";
import type { Disk } from "../support/crash_disk.ts";
import { Violation } from "./ledger.ts";

/** An entry without its revision, in a form that is quick to compare. */
export interface FoundEntry {
  /** The name of its space. */
  space: string;
  /** Its coordinates, joined. */
  point: string;
  /** Its value; undefined for a deletion. */
  data: string | undefined;
}

/** What a database shows. */
export interface Found {
  /** Every version that is visible, by revision. */
  visible: Map<string, FoundEntry>;
  /** Every entry that waits for a decision, by revision. */
  interrupted: Map<string, FoundEntry>;
  /** The revisions of each interrupted intent. */
  groups: string[][];
  /** The names of the spaces. */
  spaces: Set<string>;
}

/** Reads all of it. */
export function look(db: Database): Found {
  const found: Found = {
    visible: new Map(),
    interrupted: new Map(),
    groups: [],
    spaces: new Set(),
  };
  for (const space of db.spaces()) {
    found.spaces.add(space.name);
    for (const newest of space.query(undefined, { tombstones: true })) {
      const versions = space.history(newest.point).toArray();
      if (!versions[0].revision.equals(newest.revision)) {
        throw new Violation(`${versions[0].revision} is not what stands at its point`);
      }
      for (const record of versions) add(found.visible, space.name, record);
    }
  }
  for (const intent of db.interrupted()) {
    const records = [...intent.records()];
    for (const record of records) add(found.interrupted, record.space, record);
    const revisions = records.map(({ revision }) => `${revision}`);
    const { session, first, last, entries } = intent;
    const sound = records.length === entries && revisions[0] === `${first}` &&
      revisions.at(-1) === `${last}` && records.every((each) => each.revision.session === session);
    if (!sound) throw new Violation(`the interrupted intent from ${first} is not as it says`);
    found.groups.push(revisions);
  }
  return found;
}

function add(
  to: Map<string, FoundEntry>,
  space: string,
  { point, revision, data, deleted }: SpatialRecord | InterruptedRecord,
): void {
  const key = revision.toString();
  if (to.has(key)) throw new Violation(`the entry ${key} is there twice`);
  to.set(key, { space, point: point.join(), data: deleted ? undefined : String(data) });
}

/**
 * Looks for files that nobody needs, right after an opening.
 *
 * @param disk The disk
 * @param root The root of the database
 * @param db The database
 */
export function checkFiles(disk: Disk, root: string, db: Database): void {
  const waiting = new Set(db.interrupted().map(({ session }) => session));
  let runs = 0;
  for (const path of disk.names.keys()) {
    if (!path.startsWith(`${root}/`)) continue;
    const name = path.slice(root.length + 1);
    const session = /^sessions\/(\d+)\.(?:fast|wal)$/.exec(name)?.[1];
    if (/^runs\/\d+\.run$/.test(name)) runs++;
    else if (session !== undefined && waiting.has(Number(session))) continue;
    else if (/^(MANIFEST|LOCK|sessions|runs|quarantine|quarantine\/.*\.torn)$/.test(name)) continue;
    else throw new Violation(`${path} is there, and nobody needs it`);
  }
  if (runs !== db.stats().runs) {
    throw new Violation(`there are ${runs} run files, and ${db.stats().runs} count`);
  }
}

/** The names and sizes of all files. */
export function listFiles(disk: Disk): string {
  return Array.from(disk.names, ([path, { cached }]) => `${path} ${cached.size}`).sort().join("\n");
}
