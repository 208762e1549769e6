/**
 * Closing a file to which nothing is owed: it was only read, is durable already, or another failure is
 * the one to tell.
 *
 * @module
 */

import type { StorageFile } from "./storage.ts";

/**
 * Releases a descriptor, whatever the platform says to it.
 *
 * @param file The file
 */
export function closeQuietly(file: StorageFile): void {
  try {
    file.close();
  } catch {
    return;
  }
}
