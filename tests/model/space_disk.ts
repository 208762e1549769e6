/**
 * Real files under the path of a model's database, and how many of their syncs are under way.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { FileLock, FileStorage, OpenFileOptions, StorageFile } from "../../mod.ts";
import { platformStorage } from "../../lib/file/platform.ts";

/** What all copies of one database have in common. */
interface Shared {
  readonly platform: FileStorage;
  readonly directories: string[];
  readonly open: Set<StorageFile>;
  readonly locks: Set<FileLock>;
}

/** Files in a directory of their own. */
export class DiskStorage implements FileStorage {
  /** Asynchronous syncs that have not ended. */
  syncing = 0;
  readonly #directory = mkdtempSync(join(tmpdir(), "infinite-db-model-"));
  readonly #shared: Shared;

  private constructor(shared: Shared) {
    this.#shared = shared;
    shared.directories.push(this.#directory);
  }

  /** Makes an empty one. */
  static async create(): Promise<DiskStorage> {
    const platform = await platformStorage();
    return new DiskStorage({ platform, directories: [], open: new Set(), locks: new Set() });
  }

  /** Another, for the copy of a database that was killed. */
  another(): DiskStorage {
    return new DiskStorage(this.#shared);
  }

  /** Closes and removes everything, the others too. */
  removeAll(): void {
    const { open, locks, directories } = this.#shared;
    for (const file of open) file.close();
    for (const lock of locks) lock.release();
    for (const directory of directories) rmSync(directory, { recursive: true, force: true });
  }

  open(path: string, options?: OpenFileOptions): StorageFile {
    const { platform, open } = this.#shared;
    const file = platform.open(this.#real(path), options);
    open.add(file);
    return {
      path,
      size: () => file.size(),
      truncate: (bytes) => file.truncate(bytes),
      readAt: (into, position) => file.readAt(into, position),
      writeAt: (bytes, position) => file.writeAt(bytes, position),
      syncData: async () => {
        this.syncing++;
        await file.syncData().finally(() => this.syncing--);
      },
      syncDataSync: () => file.syncDataSync(),
      syncSync: () => file.syncSync(),
      close: () => {
        open.delete(file);
        file.close();
      },
    };
  }
  exists(path: string): boolean {
    return this.#shared.platform.exists(this.#real(path));
  }
  list(path: string): string[] {
    return this.#shared.platform.list(this.#real(path));
  }
  makeDirectory(path: string): void {
    this.#shared.platform.makeDirectory(this.#real(path));
  }
  rename(from: string, to: string): void {
    this.#shared.platform.rename(this.#real(from), this.#real(to));
  }
  remove(path: string): void {
    this.#shared.platform.remove(this.#real(path));
  }
  async removeAsync(path: string): Promise<void> {
    await this.#shared.platform.removeAsync!(this.#real(path));
  }
  link(from: string, to: string): void {
    this.#shared.platform.link(this.#real(from), this.#real(to));
  }
  syncDirectory(path: string): void {
    this.#shared.platform.syncDirectory(this.#real(path));
  }
  tryLock(path: string): FileLock | undefined {
    const { platform, locks } = this.#shared;
    const lock = platform.tryLock(this.#real(path));
    if (lock === undefined) return undefined;
    locks.add(lock);
    return {
      release: () => {
        locks.delete(lock);
        lock.release();
      },
    };
  }

  #real(path: string): string {
    return this.#directory + path;
  }
}
