/**
 * Files on Deno: `Deno.FsFile`, nothing but the standard namespace.
 *
 * @module
 */

import { systemCode, UnsupportedError } from "../errors.ts";
import { attempt, openDirectory, typedError, uninterrupted } from "./attempt.ts";
import type { FileLock, FileStorage, OpenFileOptions, StorageFile } from "./storage.ts";

/** The platform's files, under whatever permissions the process has. */
export const denoStorage: FileStorage = {
  open(path: string, options: OpenFileOptions = {}): StorageFile {
    const { write = false, create = false, exclusive = false } = options;
    return attempt("open", path, () => {
      const createNew = create && exclusive;
      const file = Deno.openSync(path, {
        read: true,
        write,
        create: create && !createNew,
        createNew,
      });
      return new DenoFile(path, file);
    });
  },
  exists(path: string): boolean {
    try {
      Deno.lstatSync(path);
      return true;
    } catch (error) {
      if (systemCode(error) === "ENOENT") return false;
      throw typedError(error, "look at", path);
    }
  },
  list(path: string): string[] {
    try {
      return Array.from(Deno.readDirSync(path), (entry) => entry.name);
    } catch (error) {
      if (systemCode(error) === "ENOENT") return [];
      throw typedError(error, "list", path);
    }
  },
  makeDirectory(path: string): void {
    attempt("create directory", path, () => Deno.mkdirSync(path, { recursive: true }));
  },
  rename(from: string, to: string): void {
    attempt("rename", from, () => Deno.renameSync(from, to));
  },
  remove(path: string): void {
    attempt("remove", path, () => Deno.removeSync(path));
  },
  async removeAsync(path: string): Promise<void> {
    try {
      await Deno.remove(path);
    } catch (error) {
      throw typedError(error, "remove", path);
    }
  },
  link(from: string, to: string): void {
    attempt("link", from, () => Deno.linkSync(from, to));
  },
  syncDirectory(path: string): void {
    if (Deno.build.os === "windows") return; // Directories cannot be synced there; NTFS journals them.
    // Asked before it is tried: a directory that may not be read must not raise a prompt.
    if (Deno.permissions.querySync({ name: "read", path }).state !== "granted") {
      throw new UnsupportedError(`Cannot sync ${path} without permission to read it`, {
        file: path,
      });
    }
    const directory = openDirectory(path, () => Deno.openSync(path, { read: true }));
    try {
      attempt("sync directory", path, () => directory.syncSync());
    } finally {
      directory.close();
    }
  },
  tryLock(path: string): FileLock | undefined {
    const file = attempt(
      "open",
      path,
      () => Deno.openSync(path, { read: true, write: true, create: true }),
    );
    try {
      if (uninterrupted(() => file.tryLockSync(true))) return { release: () => file.close() };
    } catch (error) {
      file.close();
      throw typedError(error, "lock", path);
    }
    file.close();
    return undefined;
  },
};

/** A `Deno.FsFile` with positions: seeks only when the cursor is elsewhere. */
class DenoFile implements StorageFile {
  path: string;
  readonly #file: Deno.FsFile;
  #cursor = 0;

  constructor(path: string, file: Deno.FsFile) {
    this.path = path;
    this.#file = file;
  }

  size(): number {
    // Not statSync(): it wants permission for the resolved path, which below a symbolic link is another.
    return attempt("look at", this.path, () => {
      return this.#cursor = this.#file.seekSync(0, Deno.SeekMode.End);
    });
  }

  truncate(bytes: number): void {
    attempt("truncate", this.path, () => this.#file.truncateSync(bytes));
  }

  readAt(into: Uint8Array, position: number): number {
    try {
      this.#seek(position);
      let done = 0;
      while (done < into.length) {
        const count = uninterrupted(() => this.#file.readSync(into.subarray(done)));
        if (count === null || count === 0) break;
        done += count;
      }
      this.#cursor = position + done;
      return done;
    } catch (error) {
      this.#cursor = -1;
      throw typedError(error, "read", this.path);
    }
  }

  writeAt(bytes: Uint8Array, position: number): void {
    try {
      this.#seek(position);
      let done = 0;
      while (done < bytes.length) {
        const rest = done === 0 ? bytes : bytes.subarray(done);
        const count = uninterrupted(() => this.#file.writeSync(rest));
        if (count === 0) throw new Error("the platform wrote no byte");
        done += count;
      }
      this.#cursor = position + done;
    } catch (error) {
      this.#cursor = -1;
      throw typedError(error, "write", this.path);
    }
  }

  async syncData(): Promise<void> {
    try {
      await this.#file.syncData();
    } catch (error) {
      throw typedError(error, "sync", this.path);
    }
  }

  syncDataSync(): void {
    attempt("sync", this.path, () => this.#file.syncDataSync());
  }

  syncSync(): void {
    attempt("sync", this.path, () => this.#file.syncSync());
  }

  close(): void {
    this.#file.close();
  }

  #seek(position: number): void {
    if (this.#cursor === position) return;
    this.#file.seekSync(position, Deno.SeekMode.Start);
    this.#cursor = position;
  }
}
