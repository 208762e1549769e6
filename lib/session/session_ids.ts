/**
 * Mints session ids, never one twice. Ids come from a range that the manifest says is taken: a crash
 * loses the rest of the range, and no id. When half of a range is gone the next is reserved.
 *
 * @module
 */

import { BudgetExceededError, type InfiniteDbError } from "../errors.ts";
import { SESSION_IDS_RESERVED, U32_MAX } from "../limits.ts";

/** The ids of one open database. */
export class SessionIds {
  readonly #reserve: (end: number) => Promise<void>;
  #next: number;
  #end: number;
  #reserving: Promise<void> | undefined;
  #failure: InfiniteDbError | undefined;

  /**
   * @param next The first id to mint
   * @param end The end of the reserved range, exclusive
   * @param reserve Makes it durable that all ids below a number are taken
   */
  constructor(next: number, end: number, reserve: (end: number) => Promise<void>) {
    this.#next = next;
    this.#end = end;
    this.#reserve = reserve;
  }

  /** The first id that was not minted. */
  get next(): number {
    return this.#next;
  }

  /** All ids below are reserved. */
  get end(): number {
    return this.#end;
  }

  /**
   * A new id.
   *
   * @throws {BudgetExceededError} If the reserved ids are used up; more are on the way
   */
  mint(): number {
    if (this.#next > U32_MAX) {
      throw new BudgetExceededError(
        `All ${U32_MAX} session ids of this database have been used`,
        { expected: U32_MAX, retryable: false },
      );
    }
    if (this.#end - this.#next <= SESSION_IDS_RESERVED / 2) this.#refill();
    if (this.#next < this.#end) return this.#next++;
    throw new BudgetExceededError(
      `The ${SESSION_IDS_RESERVED} session ids reserved at once are used up, and more are being reserved; await something, and try again`,
      { expected: SESSION_IDS_RESERVED, cause: this.#failure },
    );
  }

  /** Waits for a reservation that is under way. */
  async settled(): Promise<void> {
    await this.#reserving;
  }

  #refill(): void {
    if (this.#reserving !== undefined || this.#end > U32_MAX) return;
    const end = Math.min(this.#end + SESSION_IDS_RESERVED, U32_MAX + 1);
    this.#reserving = this.#reserve(end).then(
      () => {
        this.#end = end;
        this.#failure = undefined;
      },
      (error) => this.#failure = error,
    ).finally(() => this.#reserving = undefined);
  }
}
