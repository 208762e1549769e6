/**
 * The files in `runs/` of one open database.
 *
 * @module
 */

import { asInfiniteDbError, CorruptionError } from "../errors.ts";
import { joinPath } from "../file/path.ts";
import type { FileStorage } from "../file/storage.ts";
import { FileRun } from "./file_run.ts";
import { KeptPages } from "./kept_pages.ts";
import type { RunRecord, TableNumbers } from "./manifest_state.ts";
import type { PageCache } from "./page_cache.ts";
import type { VersionSource } from "./retention.ts";
import { writeRunFile, type WrittenRun } from "./run_writer.ts";
import type { Shape } from "./shape.ts";

/** The name of the directory of run files. */
export const RUNS_NAME = "runs";

/** To give back a file of so many bytes keeps who does it waiting, and often many go at once. */
const LARGE_BYTES = 1024 * 1024;

/**
 * The path of a run file.
 *
 * @param root The root's path
 * @param id The run's number
 */
export function runPath(root: string, id: number): string {
  return joinPath(joinPath(root, RUNS_NAME), `${id}.run`);
}

/** Writes run files, opens each once, and closes them all. */
export class RunFiles {
  readonly #storage: FileStorage;
  readonly #root: string;
  readonly #cache: PageCache;
  readonly #open = new Map<number, FileRun>();
  /** What was written and not opened yet. */
  readonly #written = new Map<number, WrittenRun>();
  /** What nobody lists any more and somebody may read: each closes it. */
  readonly #retired = new Map<number, () => void>();
  readonly #removals = new Set<Promise<void>>();
  readonly #directory: string;
  #directoryDurable = false;

  /**
   * @param storage Where
   * @param root The root's path
   * @param cache Keeps pages
   */
  constructor(storage: FileStorage, root: string, cache: PageCache) {
    this.#storage = storage;
    this.#root = root;
    this.#cache = cache;
    this.#directory = joinPath(root, RUNS_NAME);
  }

  /**
   * Throws when a run file is missing.
   *
   * @param run As the manifest lists it
   * @throws {CorruptionError} Then
   */
  checkThere({ id }: RunRecord): void {
    const file = runPath(this.#root, id);
    if (this.#storage.exists(file)) return;
    throw new CorruptionError(`${file} is missing, but the manifest lists it`, { file });
  }

  /**
   * A run file, opened at the first call.
   *
   * @param shape The form of its columns
   * @param run As the manifest lists it
   * @throws {CorruptionError} If it does not verify, or is another than the manifest says
   */
  open(shape: Shape, run: RunRecord): FileRun {
    const already = this.#open.get(run.id);
    if (already !== undefined) return already;
    const path = runPath(this.#root, run.id);
    const written = this.#written.get(run.id);
    this.#written.delete(run.id);
    const file = written === undefined
      ? FileRun.open(this.#storage, path, run, shape, this.#cache)
      : FileRun.ofWritten(this.#storage, path, run, shape, this.#cache, written);
    if (file.count === run.entries) {
      this.#open.set(run.id, file);
      return file;
    }
    file.close();
    throw new CorruptionError(
      `${path} is corrupt: it has ${file.count} entries, the manifest says ${run.entries}`,
      { file: path, expected: run.entries, found: file.count },
    );
  }

  /**
   * The same, or nothing: what was just written and cannot be opened is in memory still.
   *
   * @param shape The form of its columns
   * @param run As the manifest lists it
   */
  tryOpen(shape: Shape, run: RunRecord): FileRun | undefined {
    try {
      return this.open(shape, run);
    } catch {
      return undefined; // The next opening tells.
    }
  }

  /**
   * Opens a run for whoever reads it later; one that does not verify is told then.
   *
   * @param shape The form of its columns
   * @param run As the manifest lists it
   * @throws {CorruptionError} If it is missing
   * @throws {InfiniteDbError} If the platform fails
   */
  hold(shape: Shape, run: RunRecord): void {
    this.checkThere(run);
    try {
      this.open(shape, run);
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      this.checkThere(run); // Its writer may have removed it just now.
    }
  }

  /**
   * Writes a run, and makes its content durable; its name is so after `syncNames`.
   *
   * @param id The number of the new file
   * @param table What it is of
   * @param source The entries
   * @param order Whether its pages stay in the cache, and what is called between slices; it may throw to give up
   * @returns The run, for the manifest; undefined if there are no entries
   * @throws {CorruptionError} If the source does not verify; nothing is left of the new file
   * @throws {InfiniteDbError} If the platform fails; nothing is left of the new file
   */
  async write(
    id: number,
    { space, of }: TableNumbers,
    source: VersionSource,
    { keep = false, pause }: { keep?: boolean; pause?: () => Promise<void> } = {},
  ): Promise<RunRecord | undefined> {
    this.#makeDirectory();
    const path = runPath(this.#root, id);
    const kept = keep ? new KeptPages(this.#cache, source.shape) : undefined;
    const order = { pause, kept };
    const written = await writeRunFile(this.#storage, path, { id, space, of }, source, order);
    if (written === undefined) return undefined;
    const { entries, bytes } = written;
    this.#written.set(id, written);
    return of === undefined ? { id, space, entries, bytes } : { id, space, of, entries, bytes };
  }

  /**
   * Makes the names of written files durable.
   *
   * @throws {InfiniteDbError} If the platform fails
   */
  syncNames(): void {
    try {
      this.#storage.syncDirectory(this.#directory);
    } catch (error) {
      throw asInfiniteDbError(error, `sync ${this.#directory}`, this.#directory);
    }
  }

  /**
   * The manifest lists a run no more: its name goes, and whoever reads it still may go on.
   *
   * The platform gives back what is in a file when its last name and descriptor are gone, and whoever
   * takes away the last waits for it. So the name of a large file stays until nobody here reads it, and
   * then goes in the background. Other processes may read it on, so it is not made smaller before.
   *
   * @param id The run's number
   */
  retire(id: number): void {
    const run = this.#open.get(id);
    this.#open.delete(id);
    const isLarge = run !== undefined && run.bytes >= LARGE_BYTES;
    const close = run?.closeWhenUnused(() => {
      this.#retired.delete(id);
      if (!isLarge) return;
      const removal = this.#removeAsync(id).finally(() => this.#removals.delete(removal));
      this.#removals.add(removal);
    });
    if (close !== undefined) this.#retired.set(id, close);
    if (!isLarge) this.remove(id);
  }

  /** Lets go of all of them, at once; resolves when the names of those that were retired are gone. */
  async close(): Promise<void> {
    for (const run of this.#open.values()) run.close();
    this.#open.clear();
    for (const close of [...this.#retired.values()]) close();
    await Promise.all(this.#removals);
  }

  /**
   * A run that was made is not listed after all: its file goes.
   *
   * @param id The run's number
   */
  forget(id: number): void {
    this.#open.get(id)?.close();
    this.#open.delete(id);
    this.remove(id);
  }

  /**
   * Removes a run file, as far as the platform lets us: the next opening removes what is not listed.
   *
   * @param id The run's number
   */
  remove(id: number): void {
    this.#written.get(id)?.kept?.drop();
    this.#written.delete(id);
    try {
      this.#storage.remove(runPath(this.#root, id));
    } catch {
      return;
    }
  }

  /** The same, while others go on. */
  async #removeAsync(id: number): Promise<void> {
    try {
      const path = runPath(this.#root, id);
      if (this.#storage.removeAsync === undefined) this.#storage.remove(path);
      else await this.#storage.removeAsync(path);
    } catch {
      return;
    }
  }

  /** A run is no more durable than the name of the directory it is in. */
  #makeDirectory(): void {
    if (this.#directoryDurable) return;
    try {
      this.#storage.makeDirectory(this.#directory);
      this.#storage.syncDirectory(this.#root);
    } catch (error) {
      throw asInfiniteDbError(error, `create ${this.#directory}`, this.#directory);
    }
    this.#directoryDurable = true;
  }
}
