/**
 * Which of a session's two files a group goes to, and where it goes when that one is late or fails.
 *
 * | fast path | first             | then | then                       |
 * | --------- | ----------------- | ---- | -------------------------- |
 * | off       | wal               | fast |                            |
 * | on        | fast, by deadline | wal  | fast, if it was only late  |
 *
 * An intent that was sealed into one file goes there first: the file with its verdict has to hold every
 * entry of it, so the other would need all of them again. A file that has failed is left out for good;
 * when both have, the session is poisoned.
 *
 * @module
 */

import { Deadline } from "../clock/deadline.ts";
import {
  asInfiniteDbError,
  BusyError,
  describe,
  type InfiniteDbError,
  PoisonedError,
} from "../errors.ts";
import type { GroupBuffer } from "../segment/group.ts";
import type { SealOutcome } from "../segment/segment.ts";
import type { Medium } from "./intent.ts";
import type { SessionLog } from "./session_log.ts";

/** How the fast path has done. */
export interface FastPathCounters {
  /** Groups that the fast segment took in time. */
  sealed: number;
  /** Groups for which it was too late. */
  timedOut: number;
  /** Groups that went to the session log after the fast segment was late or failed. */
  fellBack: number;
  /** Fast segments that failed. */
  failed: number;
}

/** What goes down a road. */
export interface Cargo {
  /** The file that holds the most of it already. */
  readonly prefer: Medium | undefined;
  /** Encodes what a file does not hold yet; undefined when that is nothing. */
  fill(medium: Medium): GroupBuffer | undefined;
  /** A file is about to get the first byte. */
  handed(): void;
}

/** One attempt: this group into this file, until then. */
interface Attempt {
  log: SessionLog;
  group: GroupBuffer;
  deadline: Deadline;
}

type Attempts = Generator<Attempt, Medium, SealOutcome | InfiniteDbError>;

/** The roads of one session. */
export class Roads {
  readonly #session: number;
  readonly #fast: SessionLog;
  readonly #wal: SessionLog;
  readonly #deadlineMs: number | undefined;
  readonly #counters: FastPathCounters;

  /**
   * @param session Whose
   * @param logs Its files
   * @param deadlineMs How long the fast segment is tried first; undefined if it is not
   * @param counters Counted up here
   */
  constructor(
    session: number,
    logs: Readonly<Record<Medium, SessionLog>>,
    deadlineMs: number | undefined,
    counters: FastPathCounters,
  ) {
    this.#session = session;
    this.#fast = logs.fast;
    this.#wal = logs.wal;
    this.#deadlineMs = deadlineMs;
    this.#counters = counters;
  }

  /** The failure of the second file, when both have failed. */
  get blocked(): InfiniteDbError | undefined {
    return this.#fast.failure && this.#wal.failure;
  }

  /**
   * Makes cargo durable.
   *
   * @param cargo What
   * @returns The file that holds it
   * @throws {PoisonedError} If both files have failed
   */
  async travel(cargo: Cargo): Promise<Medium> {
    const attempts = this.#attempts(cargo);
    let next = attempts.next();
    while (!next.done) {
      const { log, group, deadline } = next.value;
      let outcome: SealOutcome | InfiniteDbError;
      try {
        outcome = await log.seal(group, deadline, () => cargo.handed());
      } catch (error) {
        outcome = asInfiniteDbError(error, `seal into the ${log.medium} file`, log.medium);
      }
      next = attempts.next(outcome);
    }
    return next.value;
  }

  /**
   * Makes cargo durable, blocking.
   *
   * @param cargo What
   * @returns The file that holds it
   * @throws {BusyError} If the only file left rolls a group back
   * @throws {PoisonedError} If both files have failed
   */
  travelSync(cargo: Cargo): Medium {
    const attempts = this.#attempts(cargo);
    let next = attempts.next();
    while (!next.done) next = attempts.next(this.#attemptSync(next.value, cargo));
    return next.value;
  }

  #attemptSync({ log, group, deadline }: Attempt, cargo: Cargo): SealOutcome | InfiniteDbError {
    if (!log.idle) {
      if (deadline.isFinite) return "timed-out";
      throw new BusyError(
        `Session ${this.#session} rolls back a group that was late; await an asynchronous call, or try again`,
      );
    }
    try {
      return log.sealSync(group, deadline, () => cargo.handed());
    } catch (error) {
      return asInfiniteDbError(error, `seal into the ${log.medium} file`, log.medium);
    }
  }

  *#attempts(cargo: Cargo): Attempts {
    let wasLate = false;
    for (const { log, deadlineMs } of this.#order(cargo.prefer)) {
      if (log.failure !== undefined) continue;
      const group = cargo.fill(log.medium);
      if (group === undefined) return log.medium;
      if (wasLate && log === this.#wal) this.#counters.fellBack++;
      const outcome = yield { log, group, deadline: new Deadline(deadlineMs) };
      if (log === this.#fast) this.#count(outcome);
      if (outcome === "sealed") return log.medium;
      wasLate = log === this.#fast;
    }
    throw this.poisoned();
  }

  #order(prefer: Medium | undefined): { log: SessionLog; deadlineMs: number }[] {
    const fast = { log: this.#fast, deadlineMs: Infinity };
    const wal = { log: this.#wal, deadlineMs: Infinity };
    if (this.#deadlineMs === undefined) return prefer === "fast" ? [fast, wal] : [wal, fast];
    if (prefer === "wal") return [wal, fast];
    return [{ log: this.#fast, deadlineMs: this.#deadlineMs }, wal, fast];
  }

  #count(outcome: SealOutcome | InfiniteDbError): void {
    if (outcome === "sealed") this.#counters.sealed++;
    else if (outcome === "timed-out") this.#counters.timedOut++;
    else this.#counters.failed++;
  }

  /** What is thrown when both files have failed. */
  poisoned(): PoisonedError {
    const cause = this.blocked;
    return new PoisonedError(
      `Both files of session ${this.#session} have failed (${
        describe(cause?.message)
      }); what was committed is safe, other sessions work on: open another session`,
      { file: cause?.file, cause },
    );
  }
}
