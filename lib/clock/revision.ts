/**
 * The 128-bit stamp of an entry, and its sixteen bytes.
 *
 * | offset | bytes | field       | meaning                                                     |
 * | ------ | ----- | ----------- | ----------------------------------------------------------- |
 * | 0      | 6     | physical ms | u48 BE, milliseconds since 1970, the highest the writer saw |
 * | 6      | 2     | logical     | u16 BE, orders stamps within one millisecond                |
 * | 8      | 4     | session     | u32 BE, who wrote                                           |
 * | 12     | 4     | sequence    | u32 BE, counts 1, 2, 3 ... within a session                 |
 *
 * Big-endian in this order of fields, so bytes, hex digits and revisions all sort alike. Every
 * sixteen bytes are valid. Kept whole everywhere: a form that drops the time or the session would
 * make old writes win over new ones after a restart.
 *
 * ```hex
 * 01a20320a200 | physical ms: 2026-11-22T12:00:00.000Z
 * 0002         | logical 2
 * 00000007     | session 7
 * 00000001     | sequence 1
 * ```
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";
import { U32_MAX } from "../limits.ts";

/** Bytes of an encoded revision. */
export const REVISION_BYTES = 16;

/** Words of 32 bits in a revision: the same bytes, as numbers that order as revisions do. */
export const REVISION_WORDS = 4;

/** Where the session lies in an encoded revision. */
export const REVISION_SESSION_OFFSET = 8;

const PHYSICAL_MS_MAX = 2 ** 48 - 1;
const LOGICAL_MAX = 0xffff;

/**
 * A hybrid logical clock stamp: when, by whom, and which of their writes.
 *
 * @example
 * ```ts
 * import { Revision } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * const first = new Revision(1_763_812_800_000, 0, 7, 1);
 * const second = new Revision(1_763_812_800_000, 1, 7, 2);
 * assert(Revision.compare(first, second) < 0);
 * assert(Revision.parse(first.toString()).equals(first));
 * ```
 */
export class Revision {
  /** Milliseconds since 1970: 48 bits. */
  readonly physicalMs: number;
  /** Order within one millisecond: 16 bits. */
  readonly logical: number;
  /** The session that wrote: 32 bits. */
  readonly session: number;
  /** Counts the session's stamps from 1: 32 bits. */
  readonly sequence: number;

  /**
   * Makes a stamp of its four fields.
   *
   * @param physicalMs Milliseconds since 1970, 0 to 2^48-1
   * @param logical 0 to 2^16-1
   * @param session 0 to 2^32-1
   * @param sequence 0 to 2^32-1
   * @throws {InvalidArgumentError} If a field is not an integer of its size
   */
  constructor(physicalMs: number, logical: number, session: number, sequence: number) {
    const fits = isU32(session) && isU32(sequence) && isU32(logical) && logical <= LOGICAL_MAX &&
      Number.isInteger(physicalMs) && physicalMs >= 0 && physicalMs <= PHYSICAL_MS_MAX;
    if (!fits) checkFields(physicalMs, logical, session, sequence); // Says which does not.
    this.physicalMs = physicalMs;
    this.logical = logical;
    this.session = session;
    this.sequence = sequence;
  }

  /**
   * Orders by time, then logical, then session, then sequence.
   *
   * @param a One revision
   * @param b The other
   * @returns Below 0 when `a` comes first, 0 when equal, above 0 when `b` comes first
   */
  static compare(a: Revision, b: Revision): number {
    return a.physicalMs - b.physicalMs || a.logical - b.logical ||
      a.session - b.session || a.sequence - b.sequence;
  }

  /**
   * Reads what `toString` wrote.
   *
   * @param text 32 hex digits
   * @returns The revision
   * @throws {InvalidArgumentError} If `text` is anything else
   */
  static parse(text: string): Revision {
    if (typeof text !== "string" || !/^[0-9a-f]{32}$/i.test(text)) {
      throw new InvalidArgumentError(`A revision is 32 hex digits, not ${describe(text)}`, {
        expected: "32 hex digits",
        found: text,
      });
    }
    const field = (from: number, to: number): number => parseInt(text.slice(from, to), 16);
    return new Revision(field(0, 12), field(12, 16), field(16, 24), field(24, 32));
  }

  /**
   * Whether both are the same stamp.
   *
   * @param other Another revision
   */
  equals(other: Revision): boolean {
    return Revision.compare(this, other) === 0;
  }

  /** The JSON form: the same as `toString()`. */
  toJSON(): string {
    return this.toString();
  }

  /** 32 lower-case hex digits that sort as revisions do. */
  toString(): string {
    const hex = (value: number, digits: number): string => value.toString(16).padStart(digits, "0");
    return hex(this.physicalMs, 12) + hex(this.logical, 4) + hex(this.session, 8) +
      hex(this.sequence, 8);
  }
}

/**
 * The revision just below another, as if both were numbers of 128 bits.
 *
 * @param revision Any
 * @returns The one below it; the lowest for the lowest
 */
export function revisionBelow({ physicalMs, logical, session, sequence }: Revision): Revision {
  if (sequence > 0) return new Revision(physicalMs, logical, session, sequence - 1);
  if (session > 0) return new Revision(physicalMs, logical, session - 1, U32_MAX);
  if (logical > 0) return new Revision(physicalMs, logical - 1, U32_MAX, U32_MAX);
  if (physicalMs > 0) return new Revision(physicalMs - 1, LOGICAL_MAX, U32_MAX, U32_MAX);
  return new Revision(0, 0, 0, 0);
}

/**
 * Writes the sixteen bytes of a revision.
 *
 * @param revision The stamp
 * @param into Where to
 * @param at The first byte's index; sixteen bytes must fit
 */
export function encodeRevision(revision: Revision, into: Uint8Array, at: number): void {
  const { physicalMs, logical, session, sequence } = revision;
  const high = Math.floor(physicalMs / 0x1_0000);
  const low = physicalMs - high * 0x1_0000; // Exact, and several times faster than %.
  const fits = high >>> 0 === high && (low & 0xffff) === low && (logical & 0xffff) === logical &&
    session >>> 0 === session && sequence >>> 0 === sequence;
  // Nothing stops a caller from changing the fields of a revision.
  if (!fits) checkFields(physicalMs, logical, session, sequence);
  writeU32(into, at, high);
  writeU32(into, at + 4, low * 0x1_0000 + logical);
  writeU32(into, at + 8, session);
  writeU32(into, at + 12, sequence);
}

/**
 * Reads the sixteen bytes of a revision.
 *
 * @param bytes Where from
 * @param at The first byte's index
 * @returns The stamp; every sixteen bytes are one
 */
export function decodeRevision(bytes: Uint8Array, at: number): Revision {
  const middle = readU32(bytes, at + 4);
  return new Revision(
    readU32(bytes, at) * 0x1_0000 + (middle >>> 16),
    middle & LOGICAL_MAX,
    readU32(bytes, at + 8),
    readU32(bytes, at + 12),
  );
}

/**
 * Writes the four words of a revision.
 *
 * @param revision The stamp
 * @param into Where to
 * @param at The first word's index
 */
export function writeRevisionWords(revision: Revision, into: Uint32Array, at: number): void {
  const { physicalMs, logical, session, sequence } = revision;
  const high = Math.floor(physicalMs / 0x1_0000);
  into[at] = high;
  into[at + 1] = (physicalMs - high * 0x1_0000) * 0x1_0000 + logical;
  into[at + 2] = session;
  into[at + 3] = sequence;
}

/**
 * Reads the four words of a revision.
 *
 * @param words Where from
 * @param at The first word's index
 */
export function revisionOfWords(words: Uint32Array, at: number): Revision {
  const middle = words[at + 1];
  return new Revision(
    words[at] * 0x1_0000 + (middle >>> 16),
    middle & LOGICAL_MAX,
    words[at + 2],
    words[at + 3],
  );
}

function isU32(value: unknown): boolean {
  return typeof value === "number" && value >>> 0 === value;
}

function checkFields(
  physicalMs: number,
  logical: number,
  session: number,
  sequence: number,
): void {
  checkField("physicalMs", physicalMs, PHYSICAL_MS_MAX);
  checkField("logical", logical, LOGICAL_MAX);
  checkField("session", session, U32_MAX);
  checkField("sequence", sequence, U32_MAX);
}

function checkField(name: string, value: number, max: number): void {
  if (Number.isInteger(value) && value >= 0 && value <= max) return;
  throw new InvalidArgumentError(
    `A revision's ${name} is an integer from 0 to ${max}, not ${describe(value)}`,
    { expected: `0 to ${max}`, found: value },
  );
}

function writeU32(into: Uint8Array, at: number, value: number): void {
  into[at] = value >>> 24;
  into[at + 1] = value >>> 16;
  into[at + 2] = value >>> 8;
  into[at + 3] = value;
}

function readU32(bytes: Uint8Array, at: number): number {
  return (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>> 0;
}
