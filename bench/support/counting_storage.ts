/**
 * The platform's storage with counters: how many barriers a commit takes, and how many bytes. Nothing is
 * timed through it.
 *
 * @module
 */

import { platformStorage } from "../../lib/file/platform.ts";
import {
  type FileLock,
  type FileStorage,
  HEADER_BYTES,
  type OpenFileOptions,
  type StorageFile,
} from "../../mod.ts";

/** Passes everything on, and counts. */
export class CountingStorage implements FileStorage {
  /** Syncs of files, of whatever kind. */
  syncs = 0;
  /** Bytes written behind headers, but for zeros that were written ahead. */
  groupBytes = 0;
  readonly #inner: FileStorage;

  private constructor(inner: FileStorage) {
    this.#inner = inner;
  }

  /** Counts what goes to the platform's storage. */
  static async create(): Promise<CountingStorage> {
    return new CountingStorage(await platformStorage());
  }

  /** Counts from 0 again. */
  reset(): void {
    this.syncs = this.groupBytes = 0;
  }

  open(path: string, options?: OpenFileOptions): StorageFile {
    const file = this.#inner.open(path, options);
    return {
      path: file.path,
      size: () => file.size(),
      truncate: (bytes) => file.truncate(bytes),
      readAt: (into, position) => file.readAt(into, position),
      writeAt: (bytes, position) => {
        const isGroup = position >= HEADER_BYTES && bytes.some((byte) => byte !== 0);
        if (isGroup) this.groupBytes += bytes.length;
        file.writeAt(bytes, position);
      },
      syncData: () => {
        this.syncs++;
        return file.syncData();
      },
      syncDataSync: () => {
        this.syncs++;
        file.syncDataSync();
      },
      syncSync: () => {
        this.syncs++;
        file.syncSync();
      },
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

  syncDirectory(path: string): void {
    this.syncs++;
    this.#inner.syncDirectory(path);
  }

  tryLock(path: string): FileLock | undefined {
    return this.#inner.tryLock(path);
  }
}
