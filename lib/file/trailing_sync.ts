/**
 * Makes a large file durable while it is written: each sync is under way while the next bytes are made.
 *
 * @module
 */

import { WRITE_BYTES_MAX } from "../limits.ts";
import type { StorageFile } from "./storage.ts";

/** Syncs one file, a step behind who writes it. */
export class TrailingSync {
  readonly #file: StorageFile;
  #unsynced = 0;
  #underWay: Promise<void> = Promise.resolve();

  /** @param file Nobody else syncs it */
  constructor(file: StorageFile) {
    this.#file = file;
  }

  /** Whether the next sync is to begin: with 4 MiB written, and as many again may be until it has ended. */
  get isDue(): boolean {
    return this.#unsynced >= WRITE_BYTES_MAX;
  }

  /**
   * Tells that more was written.
   *
   * @param bytes How much
   */
  wrote(bytes: number): void {
    this.#unsynced += bytes;
  }

  /**
   * Begins a sync, once the one before it has ended.
   *
   * @throws What that failed with
   */
  async begin(): Promise<void> {
    await this.#underWay;
    this.#unsynced = 0;
    this.#underWay = this.#file.syncData();
    this.#underWay.catch(() => {}); // Told to whoever waits for it, however late.
  }

  /**
   * Makes all durable that was written.
   *
   * @throws What that, or the sync before, failed with
   */
  async end(): Promise<void> {
    await this.begin();
    await this.#underWay;
  }

  /** Resolves when nothing is under way, whatever became of it: the file may be closed then. */
  async settled(): Promise<void> {
    await this.#underWay.catch(() => {});
  }
}
