/**
 * A storage that counts what passes through it, fails when told to, and lets a test hold a sync.
 *
 * @module
 */

import type { FileLock, FileStorage, OpenFileOptions, StorageFile } from "../../mod.ts";
import { MemoryStorage } from "../../mod.ts";

/** What a storage is asked to do. */
export type Operation =
  | "open"
  | "list"
  | "makeDirectory"
  | "rename"
  | "remove"
  | "removeAsync"
  | "link"
  | "syncDirectory"
  | "tryLock"
  | "size"
  | "truncate"
  | "readAt"
  | "writeAt"
  | "syncData"
  | "syncDataSync"
  | "syncSync"
  | "close";

/** Passes everything on to another storage, watching. */
export class FaultStorage implements FileStorage {
  /** Operations so far, in order, each with its path. */
  readonly log: { operation: Operation; path: string }[] = [];
  /** Called before each operation; may throw, which the caller of the operation sees. */
  before: (operation: Operation, path: string) => void = () => {};
  /** What an asynchronous sync waits for before it settles: of files whose path ends like this. */
  readonly #held = new Map<Promise<void>, string>();
  /** How many asynchronous syncs were held so far. */
  held = 0;
  /** Whether an asynchronous sync that fails throws instead of rejecting, as a careless storage may. */
  throwsAtOnce = false;
  readonly #inner: FileStorage;

  /** @param inner Where things really happen */
  constructor(inner: FileStorage = new MemoryStorage()) {
    this.#inner = inner;
  }

  /** How often an operation was called. */
  count(...operations: Operation[]): number {
    return this.log.filter((each) => operations.includes(each.operation)).length;
  }

  /** Makes the next operations of one kind fail. */
  failNext(operation: Operation, error: unknown = errno("EIO")): void {
    this.before = (each) => {
      if (each !== operation) return;
      this.before = () => {};
      throw error;
    };
  }

  /** Holds asynchronous syncs from now on, of all files or of some; returns what lets them go. */
  hold(suffix = ""): () => void {
    let release = (): void => {};
    const held = new Promise<void>((resolve) => {
      release = () => {
        this.#held.delete(held);
        resolve();
      };
    });
    this.#held.set(held, suffix);
    return release;
  }

  /** What a sync of a file has to wait for. */
  holdOf(path: string): Promise<void> | undefined {
    for (const [held, suffix] of this.#held) if (path.endsWith(suffix)) return held;
    return undefined;
  }

  /** Records an operation, and lets the test interfere. */
  note(operation: Operation, path: string): void {
    this.log.push({ operation, path });
    this.before(operation, path);
  }

  open(path: string, options?: OpenFileOptions): StorageFile {
    this.note("open", path);
    return new FaultFile(this, this.#inner.open(path, options));
  }
  exists(path: string): boolean {
    return this.#inner.exists(path);
  }
  list(path: string): string[] {
    this.note("list", path);
    return this.#inner.list(path);
  }
  makeDirectory(path: string): void {
    this.note("makeDirectory", path);
    this.#inner.makeDirectory(path);
  }
  rename(from: string, to: string): void {
    this.note("rename", to);
    this.#inner.rename(from, to);
  }
  remove(path: string): void {
    this.note("remove", path);
    this.#inner.remove(path);
  }
  async removeAsync(path: string): Promise<void> {
    this.note("removeAsync", path);
    await this.#inner.removeAsync!(path);
  }
  link(from: string, to: string): void {
    this.note("link", to);
    this.#inner.link(from, to);
  }
  syncDirectory(path: string): void {
    this.note("syncDirectory", path);
    this.#inner.syncDirectory(path);
  }
  tryLock(path: string): FileLock | undefined {
    this.note("tryLock", path);
    return this.#inner.tryLock(path);
  }
}

class FaultFile implements StorageFile {
  readonly path: string;
  readonly #storage: FaultStorage;
  readonly #inner: StorageFile;

  constructor(storage: FaultStorage, inner: StorageFile) {
    this.path = inner.path;
    this.#storage = storage;
    this.#inner = inner;
  }

  size(): number {
    this.#storage.note("size", this.path);
    return this.#inner.size();
  }
  truncate(bytes: number): void {
    this.#storage.note("truncate", this.path);
    this.#inner.truncate(bytes);
  }
  readAt(into: Uint8Array, position: number): number {
    this.#storage.note("readAt", this.path);
    return this.#inner.readAt(into, position);
  }
  writeAt(bytes: Uint8Array, position: number): void {
    this.#storage.note("writeAt", this.path);
    this.#inner.writeAt(bytes, position);
  }
  syncData(): Promise<void> {
    if (!this.#storage.throwsAtOnce) return this.#syncData();
    this.#storage.note("syncData", this.path);
    return this.#inner.syncData();
  }
  async #syncData(): Promise<void> {
    const held = this.#storage.holdOf(this.path);
    if (held !== undefined) {
      this.#storage.held++;
      await held;
    }
    this.#storage.note("syncData", this.path);
    await this.#inner.syncData();
  }
  syncDataSync(): void {
    this.#storage.note("syncDataSync", this.path);
    this.#inner.syncDataSync();
  }
  syncSync(): void {
    this.#storage.note("syncSync", this.path);
    this.#inner.syncSync();
  }
  close(): void {
    this.#inner.close();
    this.#storage.note("close", this.path);
  }
}

/**
 * An error as the platforms throw it.
 *
 * @param code The errno name
 */
export function errno(code: string): Error {
  return Object.assign(new Error(`${code}: injected`), { code });
}
