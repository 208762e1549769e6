/**
 * Files on Bun, through `node:fs` descriptors: positional reads and writes, never append mode.
 * Node itself can read this way too; it has no file lock, so it cannot write.
 *
 * @module
 */

import * as fs from "node:fs";
import process from "node:process";
import { systemCode, UnsupportedError } from "../errors.ts";
import { attempt, openDirectory, typedError, uninterrupted } from "./attempt.ts";
import { type Flock, loadFlock } from "./flock.ts";
import type { FileLock, FileStorage, OpenFileOptions, StorageFile } from "./storage.ts";

/**
 * The platform's files.
 *
 * @returns The storage; its `tryLock` throws `unsupported` where there is no lock to be had
 */
export async function createNodeStorage(): Promise<FileStorage> {
  return new NodeStorage(await loadFlock());
}

/** The descriptor of a file that was closed. */
const CLOSED = -1;

class NodeStorage implements FileStorage {
  readonly #flock: Flock | undefined;

  constructor(flock: Flock | undefined) {
    this.#flock = flock;
  }

  open(path: string, options: OpenFileOptions = {}): StorageFile {
    const { write = false, create = false, exclusive = false } = options;
    const { O_RDONLY, O_RDWR, O_CREAT, O_EXCL } = fs.constants;
    const flags = (write ? O_RDWR : O_RDONLY) | (create ? O_CREAT : 0) |
      (create && exclusive ? O_EXCL : 0);
    return attempt("open", path, () => new NodeFile(path, fs.openSync(path, flags, 0o666)));
  }

  exists(path: string): boolean {
    try {
      fs.lstatSync(path);
      return true;
    } catch (error) {
      if (systemCode(error) === "ENOENT") return false;
      throw typedError(error, "look at", path);
    }
  }

  list(path: string): string[] {
    try {
      return fs.readdirSync(path);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      throw typedError(error, "list", path);
    }
  }

  makeDirectory(path: string): void {
    attempt("create directory", path, () => fs.mkdirSync(path, { recursive: true }));
  }

  rename(from: string, to: string): void {
    attempt("rename", from, () => fs.renameSync(from, to));
  }

  remove(path: string): void {
    attempt("remove", path, () => fs.unlinkSync(path));
  }

  removeAsync(path: string): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.unlink(path, (error) => {
        if (error) reject(typedError(error, "remove", path));
        else resolve();
      });
    });
  }

  link(from: string, to: string): void {
    attempt("link", from, () => fs.linkSync(from, to));
  }

  syncDirectory(path: string): void {
    if (process.platform === "win32") return; // Directories cannot be synced there; NTFS journals them.
    const descriptor = openDirectory(path, () => fs.openSync(path, fs.constants.O_RDONLY));
    try {
      attempt("sync directory", path, () => fs.fsyncSync(descriptor));
    } finally {
      fs.closeSync(descriptor);
    }
  }

  tryLock(path: string): FileLock | undefined {
    const flock = this.#flock;
    if (flock === undefined) {
      throw new UnsupportedError(
        "This runtime has no file lock, and an unlocked database can be destroyed by a second process; open it with Deno, or with Bun on Linux or macOS, or read-only",
        { file: path },
      );
    }
    const { O_RDWR, O_CREAT } = fs.constants;
    const descriptor = attempt("open", path, () => fs.openSync(path, O_RDWR | O_CREAT, 0o666));
    try {
      if (flock(descriptor)) return { release: () => fs.closeSync(descriptor) };
    } catch (error) {
      fs.closeSync(descriptor);
      throw typedError(error, "lock", path);
    }
    fs.closeSync(descriptor);
    return undefined;
  }
}

class NodeFile implements StorageFile {
  path: string;
  #descriptor: number;

  constructor(path: string, descriptor: number) {
    this.path = path;
    this.#descriptor = descriptor;
  }

  size(): number {
    return attempt("look at", this.path, () => fs.fstatSync(this.#descriptor).size);
  }

  truncate(bytes: number): void {
    attempt("truncate", this.path, () => fs.ftruncateSync(this.#descriptor, bytes));
  }

  readAt(into: Uint8Array, position: number): number {
    return attempt("read", this.path, () => {
      let done = 0;
      while (done < into.length) {
        const count = uninterrupted(() =>
          fs.readSync(this.#descriptor, into, done, into.length - done, position + done)
        );
        if (count === 0) break;
        done += count;
      }
      return done;
    });
  }

  writeAt(bytes: Uint8Array, position: number): void {
    attempt("write", this.path, () => {
      let done = 0;
      while (done < bytes.length) {
        const count = uninterrupted(() =>
          fs.writeSync(this.#descriptor, bytes, done, bytes.length - done, position + done)
        );
        if (count === 0) throw new Error("the platform wrote no byte");
        done += count;
      }
    });
  }

  syncData(): Promise<void> {
    return new Promise((resolve, reject) => {
      fs.fdatasync(this.#descriptor, (error) => {
        if (error) reject(typedError(error, "sync", this.path));
        else resolve();
      });
    });
  }

  syncDataSync(): void {
    attempt("sync", this.path, () => fs.fdatasyncSync(this.#descriptor));
  }

  syncSync(): void {
    attempt("sync", this.path, () => fs.fsyncSync(this.#descriptor));
  }

  close(): void {
    const descriptor = this.#descriptor;
    this.#descriptor = CLOSED; // Numbers are used again: nobody may read another's file by ours.
    if (descriptor !== CLOSED) fs.closeSync(descriptor);
  }
}
