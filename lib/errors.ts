/**
 * Every error this module throws: one base class, a stable `code` each, and the facts a person needs
 * to act on it. A class of its own exists for each code that a caller would catch.
 *
 * @module
 */

import {
  describe,
  type ErrorCode,
  type ErrorFacts,
  InfiniteDbError,
  systemCode,
} from "./error_base.ts";

export { describe, type ErrorCode, type ErrorFacts, InfiniteDbError, systemCode };

/** Which rule of hyperedges was broken. Rules are never renamed; messages may be. */
export type EdgeRule =
  | "endpoints"
  | "kind"
  | "unknown-kind"
  | "kind-direction"
  | "role"
  | "polarity"
  | "direction"
  | "space"
  | "point"
  | "id"
  | "weight"
  | "properties"
  | "validity";

// At opening -----------------------------------------------------------------------------------

/** Bytes that were once acknowledged no longer verify. Nothing was cut or changed. */
export class CorruptionError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What does not verify
   * @param facts The file and offset
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("corrupt", message, facts);
  }
}

/** The file holds something that only a newer version of this module understands. */
export class NewerFormatError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What is not understood
   * @param facts The file and offset
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("newer-format", message, facts);
  }
}

/** Somebody else has the root, or this segment, open for writing. Retry when they have closed it. */
export class LockedError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message Who holds what
   * @param facts The lock file
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("locked", message, facts);
  }
}

/** There is no such file or name. */
export class NotFoundError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What is missing
   * @param facts The file
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("not-found", message, facts);
  }
}

/** The file or name is taken. */
export class AlreadyExistsError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What exists
   * @param facts The file
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("already-exists", message, facts);
  }
}

/** This platform cannot do what was asked. */
export class UnsupportedError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What is missing and where it works
   * @param facts The file
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("unsupported", message, facts);
  }
}

// At a call ------------------------------------------------------------------------------------

/** An argument is outside what is allowed. Nothing was changed. */
export class InvalidArgumentError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message The value found and the values allowed
   * @param facts The same, as data
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("invalid-argument", message, facts);
  }
}

/** A hyperedge breaks a rule. Nothing was changed, and no stamp was taken. */
export class InvalidEdgeError extends InfiniteDbError {
  /** Which rule. */
  readonly rule: EdgeRule;
  /** The id of the edge, if it gave one. */
  id?: bigint;
  /** Where many edges were given: all that break a rule. */
  readonly errors?: readonly EdgeFault[];

  /**
   * Tells what happened, and where.
   *
   * @param rule Which rule
   * @param message The value found and the values allowed
   * @param facts The same, as data
   * @param errors All that break a rule, where many edges were given
   */
  constructor(
    rule: EdgeRule,
    message: string,
    facts: ErrorFacts = {},
    errors?: readonly EdgeFault[],
  ) {
    super("invalid-edge", message, facts);
    this.rule = rule;
    if (errors !== undefined) this.errors = errors;
  }
}

/** One of many hyperedges that breaks a rule. */
export interface EdgeFault {
  /** Which of those that were given, counted from 0. */
  index: number;
  /** Its id, if it gave one. */
  id?: bigint;
  /** As of the error that it alone would have thrown. */
  code: "invalid-edge";
  /** Which rule. */
  rule: EdgeRule;
  /** The value found and the values allowed. */
  message: string;
}

/** The past that was asked for is no longer kept. A later one is. */
export class PastDroppedError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What was asked for, and since when the past is kept
   * @param facts The two revisions
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("past-dropped", message, facts);
  }
}

/** A write was asked of something opened read-only. */
export class ReadOnlyError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What was asked
   * @param facts The file
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("read-only", message, facts);
  }
}

/** The object was closed before the call. */
export class ClosedError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What was closed
   * @param facts The file
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("closed", message, facts);
  }
}

/** A synchronous call came while an asynchronous one runs. Retry when that one has resolved. */
export class BusyError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What is running
   * @param facts The file
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("busy", message, facts);
  }
}

/** Closing dropped entries that were never made durable. Everything was released first. */
export class UncommittedError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What was dropped
   * @param facts The file
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("uncommitted", message, facts);
  }
}

/** The wall clock is far behind the newest stamp, so no truthful stamp can be given. */
export class ClockSkewError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message How far, and what to do
   * @param facts The two times in ms
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("clock-skew", message, facts);
  }
}

/** A seal or commit was asked of a session that has nothing pending. */
export class NothingToCommitError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What was asked
   * @param facts Nothing more
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("nothing-to-commit", message, facts);
  }
}

/** A token or an intent no longer stands for what is pending. Nothing was changed. */
export class StaleIntentError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What has changed since
   * @param facts The two intents
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("stale-intent", message, facts);
  }
}

/** Another session wrote at the same addresses, and the commit was to be refused then. Nothing was written. */
export class CollisionError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message How many addresses
   * @param facts The collisions as `found`
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("collision", message, facts);
  }
}

/** A limit is reached for now, or, where `retryable` is false, for good. */
export class BudgetExceededError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message Which limit
   * @param facts The limit and the value
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("budget-exceeded", message, facts);
  }
}

// At the device --------------------------------------------------------------------------------

/** The platform reported a failed read, write or sync; `cause` holds its own error. */
export class IoError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What failed
   * @param facts The file and the platform's error as cause
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("io", message, facts);
  }
}

/** The device is full. */
export class NoSpaceError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What failed
   * @param facts The file and the platform's error as cause
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("no-space", message, facts);
  }
}

/** An earlier write or sync failed (`cause`); nothing more is done here until it is opened again. */
export class PoisonedError extends InfiniteDbError {
  /**
   * Tells what happened, and where.
   *
   * @param message What is poisoned
   * @param facts The file and the first failure as cause
   */
  constructor(message: string, facts: ErrorFacts = {}) {
    super("poisoned", message, facts);
  }
}

/**
 * Gives any thrown value the form of this module's errors.
 *
 * @param error What was thrown
 * @param action What was being done, for the message: "Cannot {action}"
 * @param file The file concerned
 * @returns The error itself when it already is one of ours, else an `IoError` or `NoSpaceError`
 */
export function asInfiniteDbError(error: unknown, action: string, file: string): InfiniteDbError {
  if (error instanceof InfiniteDbError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  const message = `Cannot ${action}: ${reason}`;
  return systemCode(error) === "ENOSPC"
    ? new NoSpaceError(message, { file, cause: error })
    : new IoError(message, { file, cause: error });
}
