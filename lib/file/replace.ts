/**
 * Replaces a file, or creates it, in one step that a crash cannot split: the only way a file of the
 * database comes into being or loses bytes that were acknowledged.
 *
 * 1. Write the new content under a temporary name: a crash leaves a file that nobody reads.
 * 2. Sync it: from here the content is durable, under the wrong name.
 * 3. Rename it over the target: every reader sees the old file or the new one, whole.
 * 4. Sync the directory: from here a power failure cannot bring the old one back.
 *
 * If the power fails between 3 and 4 either file may be there, and each is complete.
 *
 * @module
 */

import { parentPath } from "./path.ts";
import type { FileStorage, StorageFile } from "./storage.ts";

/** How the name of an unfinished replacement ends. Such files are removed at the next opening. */
export const TEMPORARY_SUFFIX = ".tmp";

/**
 * Replaces or creates the file at `path`.
 *
 * @param storage Where
 * @param path The file; its directory must exist
 * @param fill Writes the new content into an empty file
 * @param beforeRename Called when all that can fail without a trace is done
 * @returns The new file, open for writing
 * @throws What the platform threw. The old file is in place if that came before the rename; after a
 * failed rename or directory sync either may be.
 */
export async function replaceFile(
  storage: FileStorage,
  path: string,
  fill: (file: StorageFile) => void,
  beforeRename: () => void = () => {},
): Promise<StorageFile> {
  const file = openTemporary(storage, path);
  try {
    fill(file);
    await file.syncData();
    beforeRename();
    moveInPlace(storage, path, file);
    return file;
  } catch (error) {
    discard(storage, file, path + TEMPORARY_SUFFIX);
    throw error;
  }
}

/**
 * Replaces or creates the file at `path`, blocking.
 *
 * @param storage Where
 * @param path The file; its directory must exist
 * @param fill Writes the new content into an empty file
 * @returns The new file, open for writing
 * @throws As `replaceFile`
 */
export function replaceFileSync(
  storage: FileStorage,
  path: string,
  fill: (file: StorageFile) => void,
): StorageFile {
  const file = beginReplacement(storage, path);
  try {
    fill(file);
    file.syncDataSync();
  } catch (error) {
    abandonReplacement(storage, path, file);
    throw error;
  }
  finishReplacementSync(storage, path, file);
  return file;
}

/**
 * Begins a replacement that takes its time: an empty file under a temporary name.
 *
 * @param storage Where
 * @param path The file; its directory must exist
 * @returns The file, to be filled and synced; then `finishReplacementSync` or `abandonReplacement`
 */
export function beginReplacement(storage: FileStorage, path: string): StorageFile {
  return openTemporary(storage, path);
}

/**
 * Puts a file that was filled and synced in place, blocking.
 *
 * @param storage Where
 * @param path The file that it replaces
 * @param file What `beginReplacement` gave
 * @throws What the platform threw; either file may be in place
 */
export function finishReplacementSync(storage: FileStorage, path: string, file: StorageFile): void {
  try {
    moveInPlace(storage, path, file);
  } catch (error) {
    abandonReplacement(storage, path, file);
    throw error;
  }
}

/**
 * Gives up a replacement; the file is as it was.
 *
 * @param storage Where
 * @param path The file that stays
 * @param file What `beginReplacement` gave
 */
export function abandonReplacement(storage: FileStorage, path: string, file: StorageFile): void {
  discard(storage, file, path + TEMPORARY_SUFFIX);
}

function openTemporary(storage: FileStorage, path: string): StorageFile {
  const file = storage.open(path + TEMPORARY_SUFFIX, { write: true, create: true });
  try {
    file.truncate(0); // An earlier attempt may have been cut off here.
    return file;
  } catch (error) {
    discard(storage, file, path + TEMPORARY_SUFFIX);
    throw error;
  }
}

function moveInPlace(storage: FileStorage, path: string, file: StorageFile): void {
  storage.rename(path + TEMPORARY_SUFFIX, path);
  storage.syncDirectory(parentPath(path));
  Reflect.set(file, "path", path); // Errors of its later life shall name it as it is called now.
}

/** Cleans up as far as the platform lets us; the first error is the one to tell. */
function discard(storage: FileStorage, file: StorageFile, temporary: string): void {
  try {
    file.close();
    if (storage.exists(temporary)) storage.remove(temporary);
  } catch {
    return; // The next opening removes it.
  }
}
