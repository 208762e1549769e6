/**
 * The hybrid logical clock: stamps that follow the wall clock and still never go back.
 *
 * The algorithm is that of Kulkarni, Demirbas, Madappa, Avva and Leone, "Logical Physical Clocks",
 * OPODIS 2014. What differs:
 *
 * - One clock serves all sessions of a database and starts from the highest stamp the database
 *   holds, so a write made after another was seen wins over it even across restarts.
 * - A stamp carries session and sequence behind its time; they order nothing here, since no two
 *   stamps of one clock share both physical and logical time.
 * - The logical part has 16 bits. Past its end it carries into the millisecond, where wrapping
 *   would go back.
 * - A wall clock far behind the newest stamp refuses stamps until somebody says that this is known.
 *   The paper bounds the distance by resetting the logical part, which needs clocks that are kept in
 *   step; a single machine has no others to ask. A wall clock that jumps forward is trusted.
 *
 * | wall clock against the newest stamp                | the next stamp                     |
 * | -------------------------------------------------- | ---------------------------------- |
 * | ahead, by however much                             | the wall's millisecond, logical 0  |
 * | in the same millisecond                            | the newest stamp's, logical + 1    |
 * | behind by at most `CLOCK_SKEW_MS_MAX`              | the newest stamp's, logical + 1    |
 * | behind by more, and acknowledged                   | the newest stamp's, logical + 1    |
 * | behind by more                                     | none: `ClockSkewError`             |
 * | no time at all                                     | none: `InvalidArgumentError`       |
 *
 * @module
 */

import { BudgetExceededError, ClockSkewError, describe, InvalidArgumentError } from "../errors.ts";
import { CLOCK_SKEW_MS_MAX } from "../limits.ts";
import type { Clock } from "./clock.ts";
import { Revision } from "./revision.ts";

const { physicalMs: PHYSICAL_MS_MAX, logical: LOGICAL_MAX } = Revision.parse("f".repeat(32));

/**
 * Whether somebody's clock is asked for the time. Who asks is in the middle of a write, and what it has
 * encoded lies in buffers of all databases: to write from within would take its place.
 */
let isReading = false;

/**
 * Gives the stamps of one open database.
 *
 * Either the wall clock is *trusted*, or its skew is *acknowledged*: from `acknowledgeSkew()` until a
 * stamp finds that the wall has caught up. A call that throws changes nothing.
 */
export class HybridClock {
  readonly #wall: Clock;
  // The newest stamp, field by field: the revision itself is in the hands of callers who could change
  // it. Before the first stamp every time is newer than this one.
  #physicalMs = -1;
  #logical = 0;
  #session = 0;
  #sequence = 0;
  #acknowledged = false;

  /**
   * Starts where the last clock of the database ended.
   *
   * @param wall The wall clock
   * @param highest The highest stamp the database holds, if it holds any
   */
  constructor(wall: Clock, highest?: Revision) {
    this.#wall = wall;
    if (highest !== undefined) this.observe(highest);
  }

  /** The highest stamp given or observed. */
  get last(): Revision | undefined {
    if (this.#physicalMs < 0) return undefined;
    return new Revision(this.#physicalMs, this.#logical, this.#session, this.#sequence);
  }

  /**
   * Gives a stamp above every stamp given or observed before, of whatever session.
   *
   * @param session Who writes
   * @param sequence Which of their writes
   * @param count How many writes share the stamp's time: theirs differ in the sequence, counted on
   * @returns The stamp of the first
   * @throws {ClockSkewError} If the newest stamp is more than `CLOCK_SKEW_MS_MAX` ahead of the wall
   * clock and nobody has acknowledged it: a later stamp would have to lie about the time
   * @throws {InvalidArgumentError} If the wall clock gives no time, or an argument has not 32 bits
   * @throws {BudgetExceededError} If no later stamp exists, in the year 10889
   */
  stamp(session: number, sequence: number, count: number = 1): Revision {
    const wallMs = this.#readWallMs();
    let physicalMs = this.#physicalMs;
    let logical = 0;
    if (wallMs > physicalMs) {
      physicalMs = wallMs;
    } else {
      if (physicalMs - wallMs > CLOCK_SKEW_MS_MAX && !this.#acknowledged) {
        throw skewed(physicalMs, wallMs);
      }
      logical = this.#logical + 1;
      if (logical > LOGICAL_MAX) {
        if (physicalMs === PHYSICAL_MS_MAX) throw exhausted(physicalMs);
        physicalMs++;
        logical = 0;
      }
    }
    const revision = new Revision(physicalMs, logical, session, sequence);
    if (wallMs >= this.#physicalMs) this.#acknowledged = false;
    this.#physicalMs = physicalMs;
    this.#logical = logical;
    this.#session = session;
    this.#sequence = sequence + count - 1;
    return revision;
  }

  /**
   * Moves past a stamp that was seen, so that every later one is above it.
   *
   * @param revision The stamp; older ones change nothing
   */
  observe(revision: Revision): void {
    const { physicalMs, logical, session, sequence } = revision;
    const ahead = physicalMs - this.#physicalMs || logical - this.#logical ||
      session - this.#session || sequence - this.#sequence;
    if (ahead <= 0) return;
    this.#physicalMs = physicalMs;
    this.#logical = logical;
    this.#session = session;
    this.#sequence = sequence;
  }

  /**
   * Lets stamps go on from the newest one although the wall clock is far behind it, until the wall has
   * caught up. Does nothing where no stamp would be refused: a skew to come is not acknowledged.
   *
   * @throws {InvalidArgumentError} If the wall clock gives no time
   */
  acknowledgeSkew(): void {
    if (this.#physicalMs - this.#readWallMs() > CLOCK_SKEW_MS_MAX) this.#acknowledged = true;
  }

  #readWallMs(): number {
    if (isReading) {
      throw new InvalidArgumentError("A clock's nowMs() tells the time and does nothing else", {});
    }
    isReading = true;
    let nowMs: number;
    try {
      nowMs = this.#wall.nowMs();
    } finally {
      isReading = false;
    }
    if (typeof nowMs === "number") {
      const wallMs = Math.floor(nowMs);
      if (wallMs >= 0 && wallMs <= PHYSICAL_MS_MAX) return wallMs;
    }
    throw new InvalidArgumentError(
      `A clock's nowMs() returns milliseconds since 1970, 0 to ${PHYSICAL_MS_MAX}, not ${
        describe(nowMs)
      }`,
      { expected: `0 to ${PHYSICAL_MS_MAX}`, found: nowMs },
    );
  }
}

function skewed(newestMs: number, wallMs: number): ClockSkewError {
  return new ClockSkewError(
    `The wall clock is ${newestMs - wallMs} ms behind the newest stamp, at most ` +
      `${CLOCK_SKEW_MS_MAX} are allowed: set the clock, or call db.acknowledgeClockSkew() to go on ` +
      `from the newest stamp`,
    { expected: newestMs, found: wallMs },
  );
}

function exhausted(newestMs: number): BudgetExceededError {
  return new BudgetExceededError(
    `The newest stamp is the last one there is, ${newestMs} ms after 1970: no later stamp fits 48 bits`,
    { expected: `below ${PHYSICAL_MS_MAX}`, found: newestMs, retryable: false },
  );
}
