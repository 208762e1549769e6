/**
 * The names in `sessions/` and `quarantine/`, and which session each belongs to.
 *
 * @module
 */

import { joinPath } from "../file/path.ts";
import { TEMPORARY_SUFFIX } from "../file/replace.ts";
import type { FileStorage } from "../file/storage.ts";
import { U32_MAX } from "../limits.ts";
import { SESSIONS_DIRECTORY } from "../segment/opening.ts";
import { QUARANTINE_DIRECTORY } from "../segment/torn_tail.ts";
import type { Medium } from "./intent.ts";

const LOG_NAME = /^(0|[1-9][0-9]{0,9})\.(fast|wal)$/;
const SET_ASIDE_NAME = /^(0|[1-9][0-9]{0,9})\.(fast|wal|mark)$/;
const TORN_NAME = /^\d{13}\.(0|[1-9][0-9]{0,9})\.(?:fast|wal)\./;

/**
 * The sessions that have files, and which.
 *
 * @param storage Where
 * @param root The root of the database
 * @returns Ascending by id
 */
export function listSessions(storage: FileStorage, root: string): Map<number, Medium[]> {
  return listFiles(storage, joinPath(root, SESSIONS_DIRECTORY));
}

/**
 * The sessions whose files were set aside, and which.
 *
 * @param storage Where
 * @param root The root of the database
 * @returns Ascending by id
 */
export function listSetAside(storage: FileStorage, root: string): Map<number, Medium[]> {
  return listFiles(storage, joinPath(root, QUARANTINE_DIRECTORY));
}

/**
 * The highest id of a session of which anything is left, wherever: no id up to it may be minted.
 *
 * @param storage Where
 * @param root The root of the database
 * @returns The id; -1 when nothing is left of any
 */
export function highestSession(storage: FileStorage, root: string): number {
  let highest = -1;
  const see = (text: string | undefined): void => {
    const id = Number(text ?? -1);
    if (id <= U32_MAX) highest = Math.max(highest, id);
  };
  for (const name of storage.list(joinPath(root, SESSIONS_DIRECTORY))) {
    see(LOG_NAME.exec(name)?.[1]);
  }
  for (const name of storage.list(joinPath(root, QUARANTINE_DIRECTORY))) {
    see((SET_ASIDE_NAME.exec(name) ?? TORN_NAME.exec(name))?.[1]);
  }
  return highest;
}

/**
 * Removes what an unfinished creation or replacement has left.
 *
 * @param storage Where
 * @param directory The directory
 */
export function removeUnfinished(storage: FileStorage, directory: string): void {
  for (const name of storage.list(directory)) {
    if (name.endsWith(TEMPORARY_SUFFIX)) storage.remove(joinPath(directory, name));
  }
}

function listFiles(storage: FileStorage, directory: string): Map<number, Medium[]> {
  const found: [number, Medium][] = [];
  for (const name of storage.list(directory)) {
    const [, id, medium] = LOG_NAME.exec(name) ?? [];
    if (id !== undefined && Number(id) <= U32_MAX) found.push([Number(id), medium as Medium]);
  }
  found.sort(([a, first], [b, second]) => a - b || (first < second ? -1 : 1));
  const sessions = new Map<number, Medium[]>();
  for (const [id, medium] of found) sessions.set(id, [...sessions.get(id) ?? [], medium]);
  return sessions;
}
