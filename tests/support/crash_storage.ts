/**
 * A storage that runs real code over a `Disk` and stops it dead, or fails it, at any operation.
 *
 * Every operation that changes the disk or asks it for a promise is counted: creations, writes, changes
 * of size, syncs, renames, removals, directory syncs. A crash before operation n is a crash after
 * operation n-1. From the crash on every operation throws, as if the process were gone.
 *
 * @module
 */

import {
  AlreadyExistsError,
  type FileLock,
  type FileStorage,
  IoError,
  NotFoundError,
  type OpenFileOptions,
  type StorageFile,
} from "../../mod.ts";
import type { Disk, Node } from "./crash_disk.ts";
import { errno } from "./fault_storage.ts";

/** What goes wrong when a call is made to fail. */
export type FaultKind = "EIO" | "ENOSPC" | "EINTR" | "short write" | "sync fails, pages clean";

/** When to fail. */
export interface FaultPlan {
  kind: FaultKind;
  /** The operation that fails, counted from 0. */
  at: number;
  /** Whether all later ones fail too. */
  forever: boolean;
}

/** How the storage itself may be broken, for the canaries. */
export type Sabotage = "sync does nothing" | "rename is lost" | "sync answers early";

/** What is to happen. */
export interface CrashPlan {
  /** Crash before this operation, counted from 0. */
  crashAt?: number;
  fault?: FaultPlan;
  sabotage?: Sabotage;
}

/** Thrown from the crash on: nobody is there any more to catch it. */
export class CrashedError extends Error {}

/** Files on a simulated disk. */
export class CrashStorage implements FileStorage {
  /** The disk, which outlives this storage. */
  readonly disk: Disk;
  /** Whether the crash has come. */
  crashed = false;
  /** How many operations there were. */
  operations = 0;
  /** The operations, in words. */
  readonly log: string[] = [];
  /** Whether the fault was met. */
  faulted = false;
  /** Whether a sync failed because of `failSyncs`. */
  broken = false;
  readonly #plan: CrashPlan;
  #gate: { ending: string; open: Promise<void>; release: () => void } | undefined;
  #locked = new Set<string>();
  #owed: Node[] = [];
  #failing: string | undefined;

  constructor(disk: Disk, plan: CrashPlan = {}) {
    this.disk = disk;
    this.#plan = plan;
  }

  /**
   * Holds asynchronous syncs of files whose names end so until the returned function is called. Once a
   * call has failed it holds nothing: what may then have to wait for it would wait for ever.
   */
  hold(ending = ""): () => void {
    let release = (): void => {};
    if (this.crashed || this.faulted || this.broken) return release;
    const open = new Promise<void>((resolve) => {
      release = () => {
        this.#gate = undefined;
        resolve();
      };
    });
    this.#gate = { ending, open, release };
    return release;
  }

  /** From now on syncs of files whose paths begin so fail; undefined ends it. */
  failSyncs(beginning: string | undefined): void {
    this.#failing = beginning;
  }

  /** What a sync of a file waits for. */
  gate(path: string): Promise<void> | undefined {
    return this.#gate !== undefined && path.endsWith(this.#gate.ending)
      ? this.#gate.open
      : undefined;
  }

  /** Counts an operation, and crashes or fails it; `partly` does the part that a fault leaves done. */
  step(action: string, path: string, partly: (kind: FaultKind) => void = () => {}): void {
    if (this.crashed || this.operations === this.#plan.crashAt) {
      this.crashed = true;
      this.#gate?.release();
      throw new CrashedError(`crashed before "${action} ${path}"`);
    }
    for (const node of this.#owed.splice(0)) this.disk.sync(node);
    const index = this.operations++;
    this.log.push(`${action} ${path}`);
    const fault = this.#plan.fault;
    if (fault === undefined || index < fault.at || (index > fault.at && !fault.forever)) return;
    this.faulted = true;
    this.#gate?.release();
    partly(fault.kind);
    throw errno(fault.kind === "ENOSPC" || fault.kind === "EINTR" ? fault.kind : "EIO");
  }

  open(path: string, options: OpenFileOptions = {}): StorageFile {
    let node = this.disk.names.get(path);
    if (node?.directory) throw new IoError(`${path} is a directory`);
    if (node !== undefined && options.exclusive) throw new AlreadyExistsError(path);
    if (node === undefined) {
      if (!options.create) throw new NotFoundError(path);
      this.#parent(path);
      this.step("create", path);
      node = this.disk.add(path, parentOf(path), false);
    }
    return new CrashFile(this, path, node);
  }

  exists(path: string): boolean {
    return this.disk.names.has(path);
  }

  list(path: string): string[] {
    return [...this.disk.names.keys()]
      .filter((each) => each !== "/" && parentOf(each) === path)
      .map((each) => each.slice(each.lastIndexOf("/") + 1));
  }

  makeDirectory(path: string): void {
    if (this.disk.names.has(path)) return;
    this.makeDirectory(parentOf(path));
    this.step("make directory", path);
    this.disk.add(path, parentOf(path), true);
  }

  rename(from: string, to: string): void {
    const node = this.#find(from);
    this.step("rename", `${from} to ${to}`);
    this.disk.rename(from, to, parentOf(to), node);
    if (this.#plan.sabotage === "rename is lost") this.disk.pendingNames.pop();
  }

  remove(path: string): void {
    this.#find(path);
    this.step("remove", path);
    this.disk.remove(path, parentOf(path));
  }

  // deno-lint-ignore require-await -- a rejection, not a throw, is what the callers of a promise expect
  async removeAsync(path: string): Promise<void> {
    this.remove(path);
  }

  link(from: string, to: string): void {
    const node = this.#find(from);
    if (this.disk.names.has(to)) throw new AlreadyExistsError(to);
    this.step("link", `${from} to ${to}`);
    this.disk.link(to, parentOf(to), node);
  }

  syncDirectory(path: string): void {
    this.#find(path);
    this.step("sync directory", path);
    this.disk.syncDirectory(path);
  }

  tryLock(path: string): FileLock | undefined {
    if (this.#locked.has(path)) return undefined;
    this.open(path, { write: true, create: true }).close();
    this.#locked.add(path);
    return { release: () => void this.#locked.delete(path) };
  }

  /** What a sync does, or what the sabotage makes of it. */
  sync(node: Node, path: string): void {
    this.step("sync", path, (kind) => {
      if (kind !== "sync fails, pages clean") return;
      this.disk.failSync(node, (i) => (i * 7 + this.operations) % 3 === 0);
    });
    if (this.#failing !== undefined && path.startsWith(this.#failing)) {
      this.broken = true;
      throw errno("EIO");
    }
    if (this.#plan.sabotage === "sync does nothing") return;
    if (this.#plan.sabotage === "sync answers early") this.#owed.push(node);
    else this.disk.sync(node);
  }

  #find(path: string): Node {
    const node = this.disk.names.get(path);
    if (node === undefined) throw new NotFoundError(path);
    return node;
  }

  #parent(path: string): void {
    if (!this.disk.names.get(parentOf(path))?.directory) throw new NotFoundError(parentOf(path));
  }
}

class CrashFile implements StorageFile {
  readonly path: string;
  readonly #storage: CrashStorage;
  readonly #node: Node;

  constructor(storage: CrashStorage, path: string, node: Node) {
    this.path = path;
    this.#storage = storage;
    this.#node = node;
  }

  size(): number {
    return this.#node.cached.size;
  }

  truncate(bytes: number): void {
    this.#storage.step(`resize to ${bytes}`, this.path);
    this.#storage.disk.resize(this.#node, bytes);
  }

  readAt(into: Uint8Array, position: number): number {
    return this.#node.cached.read(into, position);
  }

  writeAt(bytes: Uint8Array, position: number): void {
    const { disk } = this.#storage;
    this.#storage.step(`write ${bytes.length} bytes at ${position}`, this.path, (kind) => {
      if (kind !== "short write") return;
      disk.write(this.#node, bytes.subarray(0, Math.floor(bytes.length / 2)), position);
    });
    disk.write(this.#node, bytes, position);
  }

  async syncData(): Promise<void> {
    const gate = this.#storage.gate(this.path);
    if (gate !== undefined) await gate;
    this.#storage.sync(this.#node, this.path);
  }

  syncDataSync(): void {
    this.#storage.sync(this.#node, this.path);
  }

  syncSync(): void {
    this.#storage.sync(this.#node, this.path);
  }

  close(): void {
    return; // Nothing is owed at a close.
  }
}

function parentOf(path: string): string {
  return path.slice(0, path.lastIndexOf("/")) || "/";
}
