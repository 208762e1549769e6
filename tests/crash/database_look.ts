/**
 * Everything an open database shows, read in one go, and everything it has left on the disk.
 *
 * @module
 */

import type { Database, Revision } from "../../mod.ts";
import type { Disk } from "../support/crash_disk.ts";
import { entriesIn, lookAtEdges } from "./database_edges.ts";
import { entryOf, type Found, type FoundEntry } from "./database_found.ts";
import type { Part } from "./database_ledger.ts";
import { Violation } from "./ledger.ts";

/**
 * Reads all of it, but for incidences: they would have rows derived that a flush has to derive.
 *
 * @param db The database
 * @param parts All that was written: edges have no history that could be read, so each is asked for
 * @param parse Makes a revision
 */
export function look(
  db: Database,
  parts: readonly Part[],
  parse: (revision: string) => Revision,
): Found {
  const found: Found = {
    visible: new Map(),
    interrupted: new Map(),
    groups: [],
    spaces: new Set(),
    mute: new Set(),
  };
  for (const space of db.spaces()) {
    found.spaces.add(space.name);
    for (const newest of space.query(undefined, { tombstones: true })) {
      const versions = space.history(newest.point).toArray();
      if (!versions[0].revision.equals(newest.revision)) {
        throw new Violation(`${versions[0].revision} is not what stands at its point`);
      }
      for (const record of versions) {
        addTo(found.visible, `${record.revision}`, entryOf(space.name, record));
      }
    }
  }
  for (const graph of db.graphs()) {
    found.spaces.add(graph.name);
    lookAtEdges(graph, found, parts, parse);
  }
  for (const intent of db.interrupted()) {
    const content = entriesIn(intent, parts);
    for (const [revision, entry] of content) addTo(found.interrupted, revision, entry);
    const revisions = content.map(([revision]) => revision);
    const { session, first, last, entries } = intent;
    const sound = revisions.length === entries && revisions[0] === `${first}` &&
      revisions.at(-1) === `${last}` && revisions.every((each) => parse(each).session === session);
    if (!sound) throw new Violation(`the interrupted intent from ${first} is not as it says`);
    found.groups.push(revisions);
  }
  return found;
}

function addTo(to: Map<string, FoundEntry>, revision: string, entry: FoundEntry): void {
  if (to.has(revision)) throw new Violation(`the entry ${revision} is there twice`);
  to.set(revision, entry);
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
