/**
 * The one door to the platform: what the database asks of files, in few verbs.
 *
 * Everything is synchronous but the sync that callers wait for: a write into the page cache takes a
 * microsecond, a barrier takes a hundred or more. What an implementation owes, and all it owes:
 *
 * - a sync that returned has made durable every earlier write and size change of that file;
 * - `syncDirectory` that returned has made durable every earlier creation, rename and removal in it;
 * - `rename` replaces its target in one step;
 * - a lock is exclusive among all processes and is free as soon as its holder is gone.
 *
 * Errors may be of any kind; whatever is not an `InfiniteDbError` is wrapped where it is caught.
 *
 * @module
 */

/** How a file is opened. Without `write` it is opened for reading, and must exist. */
export interface OpenFileOptions {
  /** Open for reading and writing. */
  write?: boolean;
  /** Create the file when it is missing; asks for `write`. */
  create?: boolean;
  /** Fail with `already-exists` when it is there; asks for `create`. */
  exclusive?: boolean;
}

/** A lock that is held until released, or until its process ends. */
export interface FileLock {
  /** Gives the lock back. The file stays. */
  release(): void;
}

/** A tree of files. */
export interface FileStorage {
  /** Opens a file; throws `not-found` when it is missing and not to be created. */
  open(path: string, options?: OpenFileOptions): StorageFile;
  /** Whether a file or directory of that name is there. */
  exists(path: string): boolean;
  /** The names in a directory, in any order; none where there is no directory. */
  list(path: string): string[];
  /** Creates a directory and those above it; one that is there is no error. */
  makeDirectory(path: string): void;
  /** Gives a file another name, replacing what has it. */
  rename(from: string, to: string): void;
  /** Removes the name of a file; open files stay readable. */
  remove(path: string): void;
  /**
   * The same without blocking the event loop, for large files, which take long to be given back. Where it
   * is left out, `remove` does it.
   */
  removeAsync?(path: string): Promise<void>;
  /** Gives a file a second name; throws `already-exists` when that is taken. */
  link(from: string, to: string): void;
  /** Makes creations, renames and removals in a directory durable; `unsupported` where not allowed to. */
  syncDirectory(path: string): void;
  /** Takes the exclusive lock on a file, created if missing; undefined when another holds it. */
  tryLock(path: string): FileLock | undefined;
}

/** An open file. */
export interface StorageFile {
  /** The name it was opened by. */
  path: string;
  /** Its length in bytes. */
  size(): number;
  /** Cuts it to that length, or extends it to it with zeros. */
  truncate(bytes: number): void;
  /** Reads from a position; returns the bytes read, fewer than asked for only at the end of the file. */
  readAt(into: Uint8Array, position: number): number;
  /** Writes all the bytes at a position, or throws. */
  writeAt(bytes: Uint8Array, position: number): void;
  /** Makes content and length durable without blocking the event loop. */
  syncData(): Promise<void>;
  /** The same, blocking. */
  syncDataSync(): void;
  /** Makes content, length and all metadata durable, blocking. */
  syncSync(): void;
  /** Releases the descriptor; syncs nothing. */
  close(): void;
}
