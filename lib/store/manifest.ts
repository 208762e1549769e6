/**
 * The one reader and the one writer of `MANIFEST`.
 *
 * @module
 */

import { loadChecksum } from "../bytes/checksum.ts";
import {
  asInfiniteDbError,
  CorruptionError,
  type InfiniteDbError,
  NotFoundError,
  PoisonedError,
} from "../errors.ts";
import { closeQuietly } from "../file/close_quietly.ts";
import { joinPath } from "../file/path.ts";
import { replaceFile } from "../file/replace.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { invariant } from "../invariant.ts";
import { decodeManifest, encodeManifest, MANIFEST_BYTES_MAX } from "./manifest_format.ts";
import { faultOf, type ManifestState } from "./manifest_state.ts";

/** The manifest's name in the root. */
export const MANIFEST_NAME = "MANIFEST";

/**
 * Reads the manifest. `loadChecksum()` must have resolved.
 *
 * @param storage Where
 * @param root The root's path
 * @returns What it says, and its bytes; undefined when there is none
 * @throws {CorruptionError} If it is damaged
 * @throws {NewerFormatError} If a later version wrote it
 */
export function readManifest(
  storage: FileStorage,
  root: string,
): { state: ManifestState; bytes: Uint8Array } | undefined {
  const path = joinPath(root, MANIFEST_NAME);
  const bytes = readWhole(storage, path);
  return bytes && { state: decodeManifest(bytes, path), bytes };
}

interface Waiting {
  change: (state: ManifestState) => ManifestState;
  resolve: () => void;
  reject: (error: unknown) => void;
}

/**
 * The manifest of an open database: its newest durable state, and the only way to another.
 *
 * States: *idle*; *writing*, with further changes waiting for the next write; *poisoned*, for good, once
 * a rename or directory sync failed: either manifest may be the true one then, so nothing that depends on
 * it may be decided until the database is opened again. Reading the state is always allowed.
 */
export class Manifest {
  readonly #storage: FileStorage;
  readonly #path: string;
  #state: ManifestState;
  #waiting: Waiting[] = [];
  #writing = false;
  #idle: Promise<void> | undefined;
  #poison: InfiniteDbError | undefined;

  /**
   * Begins with what was read, or with a new state, which the first update makes durable.
   *
   * @param storage Where
   * @param root The root's path
   * @param state What the manifest says
   */
  constructor(storage: FileStorage, root: string, state: ManifestState) {
    this.#storage = storage;
    this.#path = joinPath(root, MANIFEST_NAME);
    this.#state = state;
  }

  /** The newest state that is durable. */
  get state(): ManifestState {
    return this.#state;
  }

  /** Whether nobody can tell which manifest is the true one. */
  get poisoned(): boolean {
    return this.#poison !== undefined;
  }

  /**
   * Throws when nobody can tell which manifest is the true one.
   *
   * @throws {PoisonedError} Until the database is opened again
   */
  checkPoison(): void {
    if (this.#poison !== undefined) throw poisoned(this.#path, this.#poison);
  }

  /**
   * Changes the manifest. Changes are made in the order of the calls, each to the outcome of the one
   * before; those that wait go into one write. Also one that changes nothing is written.
   *
   * @param change Makes the next state; must leave the one it is given alone
   * @returns When the new manifest is durable
   * @throws What `change` threw; then the others go on
   * @throws {InfiniteDbError} If it could not be written: nothing was changed
   * @throws {PoisonedError} If nobody can tell whether it was written, now or earlier
   */
  update(change: (state: ManifestState) => ManifestState): Promise<void> {
    return new Promise((resolve, reject) => {
      this.#waiting.push({ change, resolve, reject });
      if (!this.#writing) this.#idle = this.#writeWaiting();
    });
  }

  /** Resolves when nothing is being written: before that nobody else may have the lock. */
  async idle(): Promise<void> {
    await this.#idle;
  }

  /** Never rejects: every outcome is somebody's. */
  async #writeWaiting(): Promise<void> {
    this.#writing = true;
    while (this.#waiting.length > 0) {
      const changes = this.#waiting;
      this.#waiting = [];
      await this.#write(changes);
    }
    this.#writing = false;
  }

  async #write(changes: readonly Waiting[]): Promise<void> {
    let state = this.#state;
    const joined = changes.filter(({ change, reject }) => {
      try {
        this.checkPoison();
        const changed = change(state);
        const fault = faultOf(changed);
        invariant(fault === undefined, `a manifest makes sense: ${fault}`);
        state = changed;
        return true;
      } catch (error) {
        reject(error);
        return false;
      }
    });
    if (joined.length === 0) return;
    try {
      await this.#replace(state);
      this.#state = state;
      for (const { resolve } of joined) resolve();
    } catch (error) {
      for (const { reject } of joined) reject(error);
    }
  }

  async #replace(state: ManifestState): Promise<void> {
    let renaming = false;
    let file: StorageFile;
    try {
      await loadChecksum();
      const bytes = encodeManifest(state, this.#path);
      file = await replaceFile(
        this.#storage,
        this.#path,
        (into) => into.writeAt(bytes, 0),
        () => renaming = true,
      );
    } catch (error) {
      const cause = asInfiniteDbError(error, `replace ${this.#path}`, this.#path);
      if (!renaming) throw cause;
      this.#poison = cause;
      throw poisoned(this.#path, cause, "unknown");
    }
    closeQuietly(file);
  }
}

function poisoned(file: string, cause: InfiniteDbError, outcome?: "unknown"): PoisonedError {
  return new PoisonedError(
    `Replacing ${file} failed (${cause.message}), and either content may be there; open the database again`,
    { file, cause, outcome },
  );
}

function readWhole(storage: FileStorage, path: string): Uint8Array | undefined {
  try {
    if (!storage.exists(path)) return undefined;
    const file = storage.open(path);
    try {
      return contentOf(file);
    } finally {
      file.close();
    }
  } catch (error) {
    if (error instanceof NotFoundError) return undefined;
    throw asInfiniteDbError(error, `read ${path}`, path);
  }
}

function contentOf(file: StorageFile): Uint8Array {
  const size = file.size();
  if (size > MANIFEST_BYTES_MAX) {
    throw new CorruptionError(
      `${file.path} is ${size} bytes long, a manifest at most ${MANIFEST_BYTES_MAX}`,
      { file: file.path, offset: MANIFEST_BYTES_MAX, expected: MANIFEST_BYTES_MAX, found: size },
    );
  }
  const bytes = new Uint8Array(size);
  return bytes.subarray(0, file.readAt(bytes, 0));
}
