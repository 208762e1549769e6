/**
 * Sets the files of a session aside when one of them is corrupt: it is never replayed again, every other
 * session opens, and the bytes are kept for whoever can mend them.
 *
 * The mark `quarantine/{id}.mark` comes first and is durable before a file moves: a crash in between
 * leaves files of a marked session in `sessions/`, which the next opening moves. Were a file moved first,
 * the crash would leave half a session to be replayed.
 *
 * | offset | bytes | field    | meaning                                               |
 * | ------ | ----- | -------- | ----------------------------------------------------- |
 * | 0      | 8     | magic    | `IDB_MRK\0`                                           |
 * | 8      |       | payload  | MessagePack `[1, session, [[file, offset, reason]...]]` |
 * |        | 32    | checksum | BLAKE3 of everything before it                        |
 *
 * Valid if and only if it has exactly this shape. A mark that is not valid marks its session all the
 * same: its name says which.
 *
 * ```hex
 * 4944425f4d524b00 | magic
 * 93 01 07         | [1, session 7,
 * 91 93            |   one file: [
 * a5 372e77616c    |     "7.wal",
 * 10               |     offset 16,
 * a4 746f726e      |     "torn"]]
 * 06afd328926371149736dbb0cfc5687d17165348da1d5db48f7a935e2ca15318
 * ```
 *
 * @module
 */

import { checksum, CHECKSUM_BYTES, equalBytes } from "../bytes/checksum.ts";
import { MalformedPack, PackReader, PackWriter } from "../bytes/codec.ts";
import { joinPath } from "../file/path.ts";
import { replaceFile } from "../file/replace.ts";
import type { FileStorage } from "../file/storage.ts";
import { SESSIONS_DIRECTORY } from "../segment/opening.ts";
import { QUARANTINE_DIRECTORY } from "../segment/torn_tail.ts";
import { listSessions, listSetAside } from "./session_files.ts";

/** A file that was set aside. */
export interface QuarantinedFile {
  /** Where it was, relative to the root. */
  file: string;
  /** Where it is now, relative to the root. */
  movedTo: string;
  /** Whose it is. */
  session?: number;
  /** The first byte that does not verify; 0 for a file that is sound itself. */
  offset: number;
  /** What is wrong. */
  reason: string;
}

/** What is wrong with one file. */
export interface Damage {
  /** Its name in `sessions/`. */
  name: string;
  /** The first byte that does not verify. */
  offset: number;
  /** What is wrong. */
  reason: string;
}

const MAGIC = new TextEncoder().encode("IDB_MRK\0");
const VERSION = 1;
const MARK_NAME = /^(0|[1-9][0-9]{0,9})\.mark$/;
/** A mark is small; whatever is larger is none. */
const MARK_BYTES_MAX = 1024 * 1024;

/**
 * The bytes of a mark.
 *
 * @param session Which session
 * @param damages What is wrong with its files
 */
export function encodeMark(session: number, damages: readonly Damage[]): Uint8Array {
  const out = new PackWriter(256);
  out.reserve(MAGIC.length + 64);
  out.bytes.set(MAGIC);
  out.length = MAGIC.length;
  out.putArray(3);
  out.putUint(VERSION);
  out.putUint(session);
  out.putArray(damages.length);
  for (const { name, offset, reason } of damages) {
    out.reserve(1);
    out.putArray(3);
    out.putOptionalString(name);
    out.reserve(9);
    out.putUint(offset);
    out.putOptionalString(reason);
  }
  const content = out.bytes.slice(0, out.length);
  const bytes = new Uint8Array(content.length + CHECKSUM_BYTES);
  bytes.set(content);
  bytes.set(checksum(content), content.length);
  return bytes;
}

/**
 * Reads a mark.
 *
 * @param bytes All of it
 * @returns What is wrong with which file; undefined if the mark is not valid
 */
export function decodeMark(bytes: Uint8Array): Damage[] | undefined {
  const end = bytes.length - CHECKSUM_BYTES;
  if (end < MAGIC.length || !equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) return undefined;
  if (!equalBytes(checksum(bytes.subarray(0, end)), bytes.subarray(end))) return undefined;
  const reader = new PackReader();
  reader.reset(bytes.subarray(MAGIC.length, end));
  try {
    if (reader.takeArray() !== 3 || reader.takeUint() !== VERSION) return undefined;
    reader.takeUint();
    const damages: Damage[] = [];
    for (let left = reader.takeArray(); left > 0; left--) {
      if (reader.takeArray() !== 3) return undefined;
      const name = reader.takeOptionalString();
      const offset = reader.takeUint();
      const reason = reader.takeOptionalString();
      if (name === undefined || reason === undefined) return undefined;
      damages.push({ name, offset, reason });
    }
    reader.takeEnd();
    return damages;
  } catch (error) {
    if (error instanceof MalformedPack) return undefined;
    throw error;
  }
}

/**
 * The sessions that are marked.
 *
 * @param storage Where
 * @param root The root of the database
 */
export function listMarked(storage: FileStorage, root: string): Set<number> {
  const ids = storage.list(joinPath(root, QUARANTINE_DIRECTORY))
    .map((name) => MARK_NAME.exec(name)?.[1])
    .filter((id) => id !== undefined);
  return new Set(ids.map(Number));
}

/**
 * Marks a session, durably.
 *
 * @param storage Where
 * @param root The root of the database
 * @param session Which
 * @param damages What is wrong with its files
 */
export async function mark(
  storage: FileStorage,
  root: string,
  session: number,
  damages: readonly Damage[],
): Promise<void> {
  const directory = joinPath(root, QUARANTINE_DIRECTORY);
  storage.makeDirectory(directory);
  storage.syncDirectory(root);
  const bytes = encodeMark(session, damages);
  const path = joinPath(directory, `${session}.mark`);
  const file = await replaceFile(storage, path, (into) => into.writeAt(bytes, 0));
  file.close();
}

/**
 * Moves what marked sessions still have in `sessions/`, durably.
 *
 * @param storage Where
 * @param root The root of the database
 * @param marked Which sessions
 */
export function moveMarked(storage: FileStorage, root: string, marked: ReadonlySet<number>): void {
  const sessions = joinPath(root, SESSIONS_DIRECTORY);
  const quarantine = joinPath(root, QUARANTINE_DIRECTORY);
  let moved = false;
  for (const [id, media] of listSessions(storage, root)) {
    if (!marked.has(id)) continue;
    for (const medium of media) {
      const name = `${id}.${medium}`;
      storage.rename(joinPath(sessions, name), joinPath(quarantine, name));
      moved = true;
    }
  }
  if (!moved) return;
  storage.syncDirectory(quarantine); // First: a file is in both directories rather than in none.
  storage.syncDirectory(sessions);
}

/**
 * Every file of a marked session.
 *
 * @param storage Where
 * @param root The root of the database
 */
export function listQuarantined(storage: FileStorage, root: string): QuarantinedFile[] {
  const found: QuarantinedFile[] = [];
  const setAside = listSetAside(storage, root);
  const left = listSessions(storage, root);
  for (const session of [...listMarked(storage, root)].sort((a, b) => a - b)) {
    const damages = readMark(storage, joinPath(root, `${QUARANTINE_DIRECTORY}/${session}.mark`));
    for (
      const [directory, sessions] of [[QUARANTINE_DIRECTORY, setAside], [
        SESSIONS_DIRECTORY,
        left,
      ]] as const
    ) {
      for (const medium of sessions.get(session) ?? []) {
        const name = `${session}.${medium}`;
        const damage = damages?.find((each) => each.name === name);
        found.push({
          file: `${SESSIONS_DIRECTORY}/${name}`,
          movedTo: `${directory}/${name}`,
          session,
          offset: damage?.offset ?? 0,
          reason: damage?.reason ??
            (damages === undefined
              ? "its mark does not verify, so what was wrong is not known"
              : "another file of its session is corrupt"),
        });
      }
    }
  }
  return found;
}

function readMark(storage: FileStorage, path: string): Damage[] | undefined {
  const file = storage.open(path);
  try {
    if (file.size() > MARK_BYTES_MAX) return undefined;
    const bytes = new Uint8Array(file.size());
    const count = file.readAt(bytes, 0);
    return decodeMark(bytes.subarray(0, count));
  } finally {
    file.close();
  }
}
