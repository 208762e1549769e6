/**
 * The entries of the soak: every byte follows from the session, the number and the size of its run, so
 * that whoever finds one again can tell what it has to be.
 *
 * @module
 */

import { Revision, type WalEntry } from "../../mod.ts";
import { equalBytes } from "../../lib/bytes/checksum.ts";
import { MOMENT_MS } from "../support/entries.ts";

/** Consecutive entries of about one size. */
export interface Run {
  /** The number of the first; no number is used twice in a session. */
  first: number;
  /** How many. */
  count: number;
  /** The least data an entry carries, in bytes. */
  dataBytes: number;
}

/** The size of entries of which a few make a group that takes several writes. */
export const LARGE_BYTES: number = 256 * 1024;

const WORD_BYTES = 4;

/** Sizes differ within a run, so that an entry in the place of another is noticed by its length too. */
const SIZES = 61;

/** A tombstone now and then, which carries no data. */
const NUMBERS_BETWEEN_TOMBSTONES = 17;

/**
 * The entries of a run.
 *
 * @param run Which
 * @param session Whose they are
 */
export function entriesOf(run: Run, session: number): WalEntry[] {
  return Array.from({ length: run.count }, (_, i) => soakEntry(run.first + i, run, session));
}

/**
 * Whether an entry that was found is, byte for byte, the one of a number.
 *
 * @param found What was found
 * @param number The number
 * @param run The run it belongs to
 * @param session Whose it has to be
 */
export function isSoakEntry(
  found: WalEntry,
  number: number,
  run: Run,
  session: number,
): boolean {
  if (found.kind !== "write" && found.kind !== "tombstone") return false;
  const wanted = soakEntry(number, run, session);
  const { address, revision } = found;
  return found.kind === wanted.kind && revision.equals(wanted.revision) &&
    address.space === wanted.address.space &&
    address.point.length === wanted.address.point.length &&
    address.point.every((coordinate, i) => coordinate === wanted.address.point[i]) &&
    (found.kind !== "write" || wanted.kind !== "write" || equalBytes(found.data, wanted.data));
}

function soakEntry(
  number: number,
  run: Run,
  session: number,
): WalEntry & { kind: "write" | "tombstone" } {
  const address = { space: number % 5, point: [number, 2 ** 32 - number, number / 3] };
  const revision = new Revision(MOMENT_MS + number, number & 0xffff, session, number);
  if (number % NUMBERS_BETWEEN_TOMBSTONES === 0) return { kind: "tombstone", address, revision };
  return {
    kind: "write",
    address,
    revision,
    data: dataOf(number, session, run.dataBytes + number % SIZES),
  };
}

/** Words that differ from entry to entry and from place to place. */
function dataOf(number: number, session: number, bytes: number): Uint8Array {
  const words = new Uint32Array(Math.ceil(bytes / WORD_BYTES));
  const start = Math.imul(number, 0x9e3779b1) ^ session;
  for (let i = 0; i < words.length; i++) words[i] = Math.imul(start + i, 0x85ebca6b);
  return new Uint8Array(words.buffer, 0, bytes);
}
