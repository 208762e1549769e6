/**
 * What every error of this module has in common.
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
