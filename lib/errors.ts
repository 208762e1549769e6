/**
 * Every error this module throws: one base class, a stable `code` each, and the facts a person needs
 * to act on it. A class of its own exists for each code that a caller would catch.
 *
 * @module
 */

/** The stable name of what went wrong. Codes are never renamed; messages may be. */
export type ErrorCode =
  | "corrupt"
  | "locked"
  | "poisoned"
  | "busy"
  | "io"
  | "no-space"
  | "closed"
  | "clock-skew"
  | "uncommitted"
  | "nothing-to-commit"
  | "stale-intent"
  | "collision"
  | "not-found"
  | "already-exists"
  | "invalid-argument"
  | "invalid-edge"
  | "read-only"
  | "past-dropped"
  | "newer-format"
  | "budget-exceeded"
  | "unsupported";

/** What is known about a failure beside its message. */
export interface ErrorFacts {
  /** The file concerned, as it was named to the storage. */
  file?: string;
  /** The byte offset in that file. */
  offset?: number;
  /** What should have been there. */
  expected?: unknown;
  /** What was there. */
  found?: unknown;
  /** Set when nobody can tell whether the operation took effect; opening again tells. */
  outcome?: "unknown";
  /** Whether the same call may succeed later, where the code alone does not decide. */
  retryable?: boolean;
  /** The error that led to this one. */
  cause?: unknown;
}

/** Codes of conditions that pass: the same call may succeed later, and nothing was changed. */
const RETRYABLE: ReadonlySet<ErrorCode> = new Set(["locked", "busy", "budget-exceeded"]);

/**
 * The base class of every error thrown by this module.
 *
 * @example
 * ```ts
 * import { FastSegment, InfiniteDbError, MemoryStorage } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * try {
 *   await FastSegment.open("/db", -1, { storage: new MemoryStorage() });
 * } catch (error) {
 *   assert(error instanceof InfiniteDbError && error.code === "invalid-argument");
 * }
 * ```
 */
export class InfiniteDbError extends Error {
  /** The stable name of what went wrong. */
  readonly code: ErrorCode;
  /** Whether the same call may succeed later; nothing was changed by this one. */
  readonly retryable: boolean;
  /** The file concerned. */
  readonly file?: string;
  /** The byte offset in `file`. */
  readonly offset?: number;
  /** What should have been there. */
  readonly expected?: unknown;
  /** What was there. */
  readonly found?: unknown;
  /** Set when nobody can tell whether the operation took effect; opening again tells. */
  readonly outcome?: "unknown";

  /**
   * Tells what happened, and where.
   *
   * @param code The stable name of what went wrong
   * @param message What was found and what is wanted
   * @param facts The file, the offset and the cause, as far as they are known
   */
  constructor(code: ErrorCode, message: string, facts: ErrorFacts = {}) {
    super(message, "cause" in facts ? { cause: facts.cause } : undefined);
    this.name = new.target.name;
    this.code = code;
    this.retryable = facts.retryable ?? RETRYABLE.has(code);
    if (facts.file !== undefined) this.file = facts.file;
    if (facts.offset !== undefined) this.offset = facts.offset;
    if ("expected" in facts) this.expected = facts.expected;
    if ("found" in facts) this.found = facts.found;
    if (facts.outcome !== undefined) this.outcome = facts.outcome;
  }
}

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

/**
 * Any value in a message: never throws, whatever it is given.
 *
 * @param value Anything
 */
export function describe(value: unknown): string {
  if (typeof value === "string") return JSON.stringify(value);
  if (typeof value === "object" && value !== null) return Object.prototype.toString.call(value);
  return typeof value === "function" ? "a function" : String(value);
}

/** The errno name ("ENOSPC", "EINTR") the platform put on an error, if any. */
export function systemCode(error: unknown): string | undefined {
  if (typeof error !== "object" || error === null || !("code" in error)) return undefined;
  return typeof error.code === "string" ? error.code : undefined;
}
