/**
 * Remembers the first failure of a file. After a failed write or sync nobody knows what the disk
 * holds (the kernel may have dropped the pages and marked them clean), so nothing is tried again.
 *
 * @module
 */

import { type InfiniteDbError, PoisonedError } from "../errors.ts";

/** Open until tripped; then every check throws. */
export class Latch {
  #first: InfiniteDbError | undefined;
  #told = false;

  /** Whether a failure was remembered. */
  get tripped(): boolean {
    return this.#first !== undefined;
  }

  /** The failure, if no caller has been given it yet. */
  get untold(): InfiniteDbError | undefined {
    return this.#told ? undefined : this.#first;
  }

  /**
   * Remembers a failure; only the first counts.
   *
   * @param error What failed
   * @param told Whether a caller is being given it
   * @returns `error`, to be thrown
   */
  trip(error: InfiniteDbError, told: boolean): InfiniteDbError {
    if (this.#first === undefined) {
      this.#first = error;
      this.#told = told;
    }
    return error;
  }

  /**
   * Throws if a failure was remembered.
   *
   * @param file The file concerned, for the message
   * @throws {PoisonedError} With the first failure as its cause
   */
  check(file: string): void {
    if (this.#first === undefined) return;
    this.#told = true;
    throw new PoisonedError(
      `An earlier write or sync of ${file} failed (${this.#first.message}); close it and open it again: every acknowledged group is recovered`,
      { file, cause: this.#first },
    );
  }
}
