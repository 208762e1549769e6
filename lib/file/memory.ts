/**
 * Files in memory: a storage for tests and for trying things out. Nothing survives the process, and
 * a sync has nothing to do. It behaves as a disk does where it matters: a removed file stays
 * readable for those who have it open, a rename replaces its target, a lock excludes.
 *
 * @module
 */

import {
  AlreadyExistsError,
  InvalidArgumentError,
  IoError,
  NotFoundError,
  ReadOnlyError,
} from "../errors.ts";
import { parentPath } from "./path.ts";
import type { FileLock, FileStorage, OpenFileOptions, StorageFile } from "./storage.ts";

/** The content that one or several names stand for. */
class Inode {
  #bytes = new Uint8Array(0);
  size = 0;

  resize(size: number): void {
    if (size > this.#bytes.length) {
      const grown = new Uint8Array(Math.max(size, this.#bytes.length * 2));
      grown.set(this.#bytes.subarray(0, this.size));
      this.#bytes = grown;
    } else if (size < this.size) {
      this.#bytes.fill(0, size, this.size); // Whoever extends it again reads zeros.
    }
    this.size = size;
  }

  read(into: Uint8Array, position: number): number {
    const count = Math.max(0, Math.min(into.length, this.size - position));
    into.set(this.#bytes.subarray(position, position + count));
    return count;
  }

  write(bytes: Uint8Array, position: number): void {
    if (bytes.length === 0) return;
    if (position + bytes.length > this.size) this.resize(position + bytes.length);
    this.#bytes.set(bytes, position);
  }
}

/**
 * A tree of files in memory.
 *
 * @example
 * ```ts
 * import { FastSegment, MemoryStorage } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * await using segment = await FastSegment.open("/db", 1, { storage: new MemoryStorage() });
 * assert.equal(segment.committedBytes, 16);
 * ```
 */
export class MemoryStorage implements FileStorage {
  readonly #files = new Map<string, Inode>();
  readonly #directories = new Set<string>(["/", "."]);
  readonly #locked = new Set<string>();

  /** Opens a file; see {@linkcode FileStorage.open}. */
  open(path: string, options: OpenFileOptions = {}): StorageFile {
    const { write = false, create = false, exclusive = false } = options;
    let inode = this.#files.get(path);
    if (inode !== undefined && create && exclusive) throw existsError(path);
    if (inode === undefined) {
      if (!create || !this.#directories.has(parentPath(path))) throw missingError(path);
      this.#files.set(path, inode = new Inode());
    }
    return new MemoryFile(path, inode, write);
  }

  /** Whether a file or directory is there. */
  exists(path: string): boolean {
    return this.#files.has(path) || this.#directories.has(path);
  }

  /** The names in a directory. */
  list(path: string): string[] {
    const names: string[] = [];
    for (const known of [...this.#files.keys(), ...this.#directories]) {
      if (known !== path && parentPath(known) === path) {
        names.push(known.slice(known.lastIndexOf("/") + 1));
      }
    }
    return names;
  }

  /** Creates a directory and those above it. */
  makeDirectory(path: string): void {
    if (this.#files.has(path)) throw existsError(path);
    for (let each = path; !this.#directories.has(each); each = parentPath(each)) {
      this.#directories.add(each);
    }
  }

  /** Gives a file another name. */
  rename(from: string, to: string): void {
    const inode = this.#find(from);
    if (!this.#directories.has(parentPath(to))) throw missingError(to);
    this.#files.delete(from);
    this.#files.set(to, inode);
  }

  /** Removes the name of a file. */
  remove(path: string): void {
    this.#find(path);
    this.#files.delete(path);
  }

  /** The same. */
  // deno-lint-ignore require-await -- a rejection, not a throw, is what the callers of a promise expect
  async removeAsync(path: string): Promise<void> {
    this.remove(path);
  }

  /** Gives a file a second name. */
  link(from: string, to: string): void {
    const inode = this.#find(from);
    if (this.exists(to)) throw existsError(to);
    this.#files.set(to, inode);
  }

  /** Has nothing to do, but the directory must be there. */
  syncDirectory(path: string): void {
    if (!this.#directories.has(path)) throw missingError(path);
  }

  /** Takes a lock among the users of this storage. */
  tryLock(path: string): FileLock | undefined {
    if (this.#locked.has(path)) return undefined;
    this.open(path, { write: true, create: true }).close();
    this.#locked.add(path);
    return { release: () => void this.#locked.delete(path) };
  }

  #find(path: string): Inode {
    const inode = this.#files.get(path);
    if (inode === undefined) throw missingError(path);
    return inode;
  }
}

class MemoryFile implements StorageFile {
  path: string;
  readonly #inode: Inode;
  readonly #writable: boolean;
  #closed = false;

  constructor(path: string, inode: Inode, writable: boolean) {
    this.path = path;
    this.#inode = inode;
    this.#writable = writable;
  }

  size(): number {
    this.#check(false);
    return this.#inode.size;
  }

  truncate(bytes: number): void {
    this.#check(true);
    checkPosition(bytes);
    this.#inode.resize(bytes);
  }

  readAt(into: Uint8Array, position: number): number {
    this.#check(false);
    checkPosition(position);
    return this.#inode.read(into, position);
  }

  writeAt(bytes: Uint8Array, position: number): void {
    this.#check(true);
    checkPosition(position);
    this.#inode.write(bytes, position);
  }

  // deno-lint-ignore require-await -- a rejection, not a throw, is what the callers of a promise expect
  async syncData(): Promise<void> {
    this.#check(false);
  }

  syncDataSync(): void {
    this.#check(false);
  }

  syncSync(): void {
    this.#check(false);
  }

  close(): void {
    this.#check(false);
    this.#closed = true;
  }

  #check(writes: boolean): void {
    if (this.#closed) throw new IoError(`${this.path} is used after close()`, { file: this.path });
    if (writes && !this.#writable) {
      throw new ReadOnlyError(`${this.path} was opened without write`, { file: this.path });
    }
  }
}

function checkPosition(position: number): void {
  if (Number.isSafeInteger(position) && position >= 0) return;
  throw new InvalidArgumentError(`A position is an integer of 0 or more, not ${position}`, {
    found: position,
  });
}

function missingError(path: string): NotFoundError {
  return new NotFoundError(`There is no ${path}`, { file: path });
}

function existsError(path: string): AlreadyExistsError {
  return new AlreadyExistsError(`${path} exists`, { file: path });
}
