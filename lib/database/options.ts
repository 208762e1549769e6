/**
 * How a database is opened, and the checks of it.
 *
 * @module
 */

import { type Clock, systemClock } from "../clock/clock.ts";
import { describe, InvalidArgumentError } from "../errors.ts";
import type { FileStorage } from "../file/storage.ts";
import { CACHE_BYTES_MAX, FAST_PATH_DEADLINE_MS, TAIL_BYTES_MAX } from "../limits.ts";

/** How a database is opened. */
export interface OpenOptions {
  /** Create it when it is missing; true by default. */
  create?: boolean;
  /** Open without write permission and without a lock, perhaps beside the writer. */
  readOnly?: boolean;
  /** How long to wait for another process that has it open, in milliseconds; 0 by default. */
  lockTimeoutMs?: number;
  /** Try the fast segment first, for so many milliseconds (2 by default), and then the session log. */
  fastPath?: false | { deadlineMs?: number };
  /** Bytes committed and not flushed at which a flush begins; 16 MiB by default. */
  tailBytesMax?: number;
  /** Bytes of run files that are kept in memory, and of what was read of graphs; 64 MiB by default. */
  cacheBytesMax?: number;
  /** Where the root is; the platform's files by default. */
  storage?: FileStorage;
  /** The wall clock; the platform's by default. */
  clock?: Clock;
}

/** Options, checked and complete. */
export interface Settings {
  /** As in `OpenOptions`. */
  create: boolean;
  /** As in `OpenOptions`. */
  readOnly: boolean;
  /** As in `OpenOptions`. */
  lockTimeoutMs: number;
  /** Undefined when the fast path is off. */
  fastPathDeadlineMs: number | undefined;
  /** As in `OpenOptions`. */
  tailBytesMax: number;
  /** As in `OpenOptions`. */
  cacheBytesMax: number;
  /** As in `OpenOptions`. */
  storage: FileStorage | undefined;
  /** As in `OpenOptions`. */
  clock: Clock;
}

/**
 * Checks options and fills in what is missing.
 *
 * @param options As a caller gave them
 * @throws {InvalidArgumentError} If one is not as it must be
 */
export function checkOpenOptions(options: OpenOptions = {}): Settings {
  if (typeof options !== "object" || options === null) {
    throw invalid("Options are an object", options);
  }
  const { create = true, readOnly = false, lockTimeoutMs = 0, fastPath = false } = options;
  const { tailBytesMax = TAIL_BYTES_MAX, cacheBytesMax = CACHE_BYTES_MAX } = options;
  const { storage, clock = systemClock } = options;
  for (const flag of [create, readOnly]) {
    if (typeof flag !== "boolean") throw invalid("create and readOnly are true or false", flag);
  }
  checkNumber("lockTimeoutMs", lockTimeoutMs);
  checkNumber("tailBytesMax", tailBytesMax);
  checkNumber("cacheBytesMax", cacheBytesMax);
  if (typeof clock?.nowMs !== "function") throw invalid("A clock has nowMs()", clock);
  let fastPathDeadlineMs: number | undefined;
  if (fastPath !== false) {
    if (typeof fastPath !== "object" || fastPath === null) {
      throw invalid("fastPath is false or { deadlineMs }", fastPath);
    }
    fastPathDeadlineMs = fastPath.deadlineMs ?? FAST_PATH_DEADLINE_MS;
    checkNumber("fastPath.deadlineMs", fastPathDeadlineMs);
  }
  const limits = { lockTimeoutMs, fastPathDeadlineMs, tailBytesMax, cacheBytesMax };
  return { create, readOnly, ...limits, storage, clock };
}

function checkNumber(name: string, value: number): void {
  if (typeof value === "number" && value >= 0) return;
  throw invalid(`${name} is a number, 0 or more`, value);
}

function invalid(rule: string, found: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${rule}, not ${describe(found)}`, { expected: rule, found });
}
