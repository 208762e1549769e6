/**
 * Entries for tests: small, distinct, and comparable.
 *
 * @module
 */

import { Revision, type WalEntry } from "../../mod.ts";

/** A fixed moment, so that tests do not depend on the clock. */
export const MOMENT_MS = 1_795_000_000_000;

/**
 * A write whose every field follows from its number.
 *
 * @param sequence Its number: 1, 2, 3 ...
 * @param session Whose it is
 * @param dataBytes How much data it carries
 */
export function write(sequence: number, session = 7, dataBytes = 8): WalEntry & { kind: "write" } {
  const data = new Uint8Array(dataBytes);
  for (let i = 0; i < dataBytes; i++) data[i] = sequence + i;
  return {
    kind: "write",
    address: { space: 1, point: [sequence, 2 ** 32 - sequence, sequence / 3] },
    revision: revisionOf(sequence, session),
    data,
  };
}

/**
 * Consecutive writes.
 *
 * @param first The number of the first
 * @param count How many
 * @param session Whose they are
 */
export function writes(first: number, count: number, session = 7): WalEntry[] {
  return Array.from({ length: count }, (_, i) => write(first + i, session));
}

/**
 * The revision of a number.
 *
 * @param sequence The number
 * @param session Whose it is
 */
export function revisionOf(sequence: number, session = 7): Revision {
  return new Revision(MOMENT_MS + sequence, sequence & 0xff, session, sequence);
}

/**
 * The numbers of entries, which are their sequences.
 *
 * @param entries Entries with revisions
 */
export function sequences(entries: Iterable<WalEntry>): number[] {
  return Array.from(entries, (entry) => "revision" in entry ? entry.revision.sequence : -1);
}
