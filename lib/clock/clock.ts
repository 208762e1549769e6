/**
 * The two clocks of the platform, and the only places that read them.
 *
 * @module
 */

/** A wall clock. */
export interface Clock {
  /** Milliseconds since 1970-01-01T00:00:00Z; may jump either way. */
  nowMs(): number;
}

/** The wall clock of the platform. */
export const systemClock: Clock = { nowMs: () => Date.now() };

/** Milliseconds since some fixed moment; never goes back. For durations, not for dates. */
export function monotonicMs(): number {
  return performance.now();
}
