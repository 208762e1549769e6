/**
 * The platform's storage without its barriers, to fill large files quickly. What is measured afterwards
 * goes through the platform's own storage again.
 *
 * @module
 */

import type { FileLock, FileStorage, OpenFileOptions, StorageFile } from "../../mod.ts";

/** Passes everything on but the syncs, which do nothing. */
export class UnsyncedStorage implements FileStorage {
  readonly #inner: FileStorage;

  /** @param inner Where files are */
  constructor(inner: FileStorage) {
    this.#inner = inner;
  }

  open(path: string, options?: OpenFileOptions): StorageFile {
    const file = this.#inner.open(path, options);
    return {
      path: file.path,
      size: () => file.size(),
      truncate: (bytes) => file.truncate(bytes),
      readAt: (into, position) => file.readAt(into, position),
      writeAt: (bytes, position) => file.writeAt(bytes, position),
      syncData: () => Promise.resolve(),
      syncDataSync: () => {},
      syncSync: () => {},
      close: () => file.close(),
    };
  }

  exists(path: string): boolean {
    return this.#inner.exists(path);
  }

  list(path: string): string[] {
    return this.#inner.list(path);
  }

  makeDirectory(path: string): void {
    this.#inner.makeDirectory(path);
  }

  rename(from: string, to: string): void {
    this.#inner.rename(from, to);
  }

  remove(path: string): void {
    this.#inner.remove(path);
  }

  async removeAsync(path: string): Promise<void> {
    await this.#inner.removeAsync!(path);
  }

  link(from: string, to: string): void {
    this.#inner.link(from, to);
  }

  syncDirectory(_path: string): void {}

  tryLock(path: string): FileLock | undefined {
    return this.#inner.tryLock(path);
  }
}
