/**
 * Keeps what a crash left behind a segment's last group. Nobody was promised these bytes; but damage
 * to the newest group looks the same, so they are put aside under `quarantine/` before they are cut.
 *
 * The name is `{ms since 1970, 13 digits}.{file}.{offset}.{hash8}.torn`: when, what, where, and the
 * first four bytes of the BLAKE3 of the content in hex. The newest 64 are kept.
 *
 * @module
 */

import { checksumOf } from "../bytes/checksum.ts";
import type { Clock } from "../clock/clock.ts";
import { joinPath } from "../file/path.ts";
import { replaceFile, TEMPORARY_SUFFIX } from "../file/replace.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { invariant } from "../invariant.ts";
import { READ_WINDOW_BYTES, TORN_FILES_KEPT } from "../limits.ts";

/** The directory for what was put aside, relative to the root. */
export const QUARANTINE_DIRECTORY = "quarantine";

const TORN_SUFFIX = ".torn";
const TORN_NAME = /^\d{13}\..+\.\d+\.[0-9a-f]{8}\.torn$/;

/** Which bytes to keep. */
export interface TornTail {
  /** The file they are in. */
  file: StorageFile;
  /** Its name without directory. */
  name: string;
  /** Where they begin. */
  offset: number;
  /** How many there are. */
  bytes: number;
}

/**
 * Copies a torn tail into `quarantine/` and makes the copy durable.
 *
 * @param storage Where
 * @param root The root
 * @param tail Which bytes
 * @param clock Tells when
 * @returns The copy's path, relative to the root
 */
export async function keepTornTail(
  storage: FileStorage,
  root: string,
  tail: TornTail,
  clock: Clock,
): Promise<string> {
  const directory = joinPath(root, QUARANTINE_DIRECTORY);
  storage.makeDirectory(directory);
  storage.syncDirectory(root);
  const hash = checksumOf(pieces(tail)).subarray(0, 4);
  const hex = Array.from(hash, (byte) => byte.toString(16).padStart(2, "0")).join("");
  const ms = String(Math.max(0, clock.nowMs())).padStart(13, "0");
  const name = `${ms}.${tail.name}.${tail.offset}.${hex}${TORN_SUFFIX}`;
  const copy = await replaceFile(storage, joinPath(directory, name), (into) => {
    let at = 0;
    for (const piece of pieces(tail)) {
      into.writeAt(piece, at);
      at += piece.length;
    }
  });
  copy.close();
  removeOthers(storage, directory, name);
  return `${QUARANTINE_DIRECTORY}/${name}`;
}

function* pieces(tail: TornTail): Generator<Uint8Array> {
  const window = new Uint8Array(Math.min(READ_WINDOW_BYTES, tail.bytes));
  for (let done = 0; done < tail.bytes;) {
    const piece = window.subarray(0, Math.min(window.length, tail.bytes - done));
    const count = tail.file.readAt(piece, tail.offset + done);
    invariant(count > 0, "nobody else cuts a file whose root we have locked");
    yield piece.subarray(0, count);
    done += count;
  }
}

/** Removes unfinished copies, and the oldest. The one just made stays, though a clock may have lied. */
function removeOthers(storage: FileStorage, directory: string, made: string): void {
  const names = storage.list(directory);
  const unfinished = names.filter((name) => name.endsWith(TORN_SUFFIX + TEMPORARY_SUFFIX));
  const finished = names.filter((name) => TORN_NAME.test(name) && name !== made).sort();
  const oldest = finished.slice(0, Math.max(0, finished.length - (TORN_FILES_KEPT - 1)));
  for (const name of [...unfinished, ...oldest]) storage.remove(joinPath(directory, name));
}
