/**
 * Files that a model test can hold, fail, and leave behind as a killed process would.
 *
 * Every operation passes one point. There it may be too late (the process was killed: whatever it still
 * does throws, and changes nothing), the moment of the kill (the files are copied as they are: the page
 * cache outlives a process), or a fault.
 *
 * @module
 */

import type { FileLock, FileStorage, OpenFileOptions, StorageFile } from "../../mod.ts";
import { errno } from "../support/fault_storage.ts";

/** Thrown at whatever a killed process still does. */
export class KilledError extends Error {}

/** Operations that are to fail. */
export interface Fault {
  /** Which paths. */
  where: RegExp;
  /** So many operations on them go well before. */
  after: number;
  /** So many fail. */
  times: number;
  /** Whether nothing, all or half of a failing write happens. */
  done: "nothing" | "all" | "half";
  /** The errno name. */
  code: "EIO" | "ENOSPC";
}

interface Held {
  path: string;
  go(): void;
  die(error: unknown): void;
}

const ROOT = "/db";
const DIRECTORIES = ["sessions", "runs", "quarantine"];

/** One process's view of files. */
export class ModelStorage implements FileStorage {
  /** Whether the process was killed. */
  killed = false;
  /** The files as the kill left them. */
  image: FileStorage | undefined;
  /** How many operations failed. */
  faults = 0;
  /** How many operations until the kill. */
  killAfter = Infinity;
  /** What is to fail. */
  fault: Fault | undefined;
  /** Which asynchronous syncs are held. */
  holds: ((path: string) => boolean) | undefined;
  /** While it is set nothing is counted, fails or is held. */
  quiet = false;
  /** Where things really happen. */
  readonly inner: FileStorage;

  readonly #held: Held[] = [];
  readonly #empty: () => FileStorage;

  /**
   * @param inner Where things really happen
   * @param empty Makes another of the kind
   */
  constructor(inner: FileStorage, empty: () => FileStorage) {
    this.inner = inner;
    this.#empty = empty;
  }

  /** How many syncs are held. */
  get held(): number {
    return this.#held.length;
  }

  /**
   * Lets a held sync go on.
   *
   * @param index Which
   */
  release(index: number): void {
    this.#held.splice(index, 1)[0]?.go();
  }

  /** Lets all go on. */
  releaseAll(): void {
    for (const { go } of this.#held.splice(0)) go();
  }

  /** The process is gone from here on. */
  kill(): void {
    if (this.killed) return;
    this.killed = true;
    this.image = copyOf(this.inner, this.#empty());
    for (const { die } of this.#held.splice(0)) die(new KilledError());
  }

  /** The one point that every operation passes. */
  pass<T>(path: string, changes: boolean, act: () => T, half: () => void = () => {}): T {
    if (this.killed) throw new KilledError();
    if (this.quiet) return act();
    if (changes && --this.killAfter < 0) {
      this.kill();
      throw new KilledError();
    }
    const { fault } = this;
    if (fault === undefined || !fault.where.test(path) || fault.after-- > 0) return act();
    if (--fault.times <= 0) this.fault = undefined;
    this.faults++;
    if (fault.done === "all") act();
    if (fault.done === "half") half();
    throw errno(fault.code);
  }

  /** Waits where syncs of that path are held. */
  async gate(path: string): Promise<void> {
    if (this.quiet || this.killed || this.holds?.(path) !== true) return;
    await new Promise<void>((go, die) => this.#held.push({ path, go, die }));
  }

  open(path: string, options: OpenFileOptions = {}): StorageFile {
    const creates = options.create === true && !this.inner.exists(path);
    return this.pass(path, creates, () => new ModelFile(this, this.inner.open(path, options)));
  }
  exists(path: string): boolean {
    return this.inner.exists(path);
  }
  list(path: string): string[] {
    return this.pass(path, false, () => this.inner.list(path));
  }
  makeDirectory(path: string): void {
    this.pass(path, true, () => this.inner.makeDirectory(path));
  }
  rename(from: string, to: string): void {
    this.pass(to, true, () => this.inner.rename(from, to));
  }
  remove(path: string): void {
    this.pass(path, true, () => this.inner.remove(path));
  }
  // deno-lint-ignore require-await -- a rejection, not a throw, is what the callers of a promise expect
  async removeAsync(path: string): Promise<void> {
    this.remove(path);
  }
  link(from: string, to: string): void {
    this.pass(to, true, () => this.inner.link(from, to));
  }
  syncDirectory(path: string): void {
    this.pass(path, true, () => this.inner.syncDirectory(path));
  }
  tryLock(path: string): FileLock | undefined {
    return this.pass(path, false, () => this.inner.tryLock(path));
  }
}

class ModelFile implements StorageFile {
  path: string;
  readonly #storage: ModelStorage;
  readonly #inner: StorageFile;

  constructor(storage: ModelStorage, inner: StorageFile) {
    this.path = inner.path;
    this.#storage = storage;
    this.#inner = inner;
  }

  size(): number {
    return this.#storage.pass(this.path, false, () => this.#inner.size());
  }
  truncate(bytes: number): void {
    this.#storage.pass(this.path, true, () => this.#inner.truncate(bytes));
  }
  readAt(into: Uint8Array, position: number): number {
    return this.#storage.pass(this.path, false, () => this.#inner.readAt(into, position));
  }
  writeAt(bytes: Uint8Array, position: number): void {
    const half = (): void =>
      this.#inner.writeAt(bytes.subarray(0, Math.floor(bytes.length / 2)), position);
    this.#storage.pass(this.path, true, () => this.#inner.writeAt(bytes, position), half);
  }
  async syncData(): Promise<void> {
    await this.#storage.gate(this.path);
    await this.#storage.pass(this.path, true, () => this.#inner.syncData());
  }
  syncDataSync(): void {
    this.#storage.pass(this.path, true, () => this.#inner.syncDataSync());
  }
  syncSync(): void {
    this.#storage.pass(this.path, true, () => this.#inner.syncSync());
  }
  close(): void {
    this.#inner.close();
    this.#storage.pass(this.path, false, () => {});
  }
}

function copyOf(from: FileStorage, to: FileStorage): FileStorage {
  const paths = [ROOT, ...DIRECTORIES.map((name) => `${ROOT}/${name}`)];
  for (const directory of paths.filter((path) => from.exists(path))) {
    to.makeDirectory(directory);
    for (const name of from.list(directory)) {
      const path = `${directory}/${name}`;
      if (paths.includes(path)) continue;
      const file = from.open(path);
      const bytes = new Uint8Array(file.size());
      file.readAt(bytes, 0);
      file.close();
      const copy = to.open(path, { write: true, create: true });
      copy.writeAt(bytes, 0);
      copy.close();
    }
  }
  return to;
}
