/**
 * What the database soak writes and what its child reports. Every entry of an intent follows from the
 * intent's number, so that whoever finds one again can tell what it has to be.
 *
 * @module
 */

import { writeSync } from "node:fs";
import type { SpatialRecord } from "../../mod.ts";

/** Where everything stands: each intent has a row of its own in the one, and a place with others in the other. */
export const SPACES: Readonly<Record<"grid" | "hot", number>> = { grid: 2, hot: 1 };

/** Addresses that all intents share. */
export const HOT_POINTS = 5;

/** An entry; no pad is a deletion. */
export interface SoakEntry {
  space: "grid" | "hot";
  point: number[];
  pad: number | undefined;
}

/** What a child tries. */
export type Verb = "seal" | "commit" | "abandon" | "adopt" | "discard";

/** A line of the child. */
export type DatabaseLine =
  /** It is about to open the database. */
  | { at: "opening" }
  /** The database is open; so many files were set aside. */
  | { at: "open"; quarantined: number; highest: string }
  /** It has a session. */
  | { at: "session"; id: number }
  /** It is about to call; of each intent that many entries were inserted. */
  | { at: "call"; does: Verb; intents: number[]; entries: number; session: number }
  /** The call has resolved; with the revisions it answered. */
  | { at: "resolved"; does: Verb; intents: number[]; first?: string; last?: string }
  /** It is about to flush, or has. */
  | { at: "flush" | "flushed" };

const STDOUT = 1;
const ENTRIES_MAX = 7;
const LARGE_BYTES = 3000;

/**
 * The entries of an intent.
 *
 * @param number Its number
 */
export function entriesOfIntent(number: number): SoakEntry[] {
  const count = 1 + number % ENTRIES_MAX;
  const pad = number % 11 === 0 ? LARGE_BYTES : 10 + number % 60;
  const entries = Array.from({ length: count }, (_, i): SoakEntry => ({
    space: "grid",
    point: [number, i],
    pad: (number + i) % 9 === 0 ? undefined : pad + i,
  }));
  return [...entries, { space: "hot", point: [number % HOT_POINTS], pad }];
}

/**
 * The value of an entry.
 *
 * @param number The number of its intent
 * @param pad Bytes in it
 */
export function valueOf(number: number, pad: number): { intent: number; pad: Uint8Array } {
  return { intent: number, pad: new Uint8Array(pad).fill(number) };
}

/**
 * Whether a record is an entry of an intent, byte for byte.
 *
 * @param record What was found
 * @param number The number of the intent
 * @param entry Which it has to be
 */
export function isEntry(record: SpatialRecord, number: number, entry: SoakEntry): boolean {
  if (record.point.join() !== entry.point.join()) return false;
  if (entry.pad === undefined) return record.deleted;
  if (record.deleted) return false;
  const { intent, pad } = record.data as { intent: number; pad: Uint8Array };
  return intent === number && pad.length === entry.pad &&
    pad.every((byte) => byte === (number & 255));
}

/**
 * Reports, past every buffer of the runtime.
 *
 * @param line What
 */
export function reportLine(line: DatabaseLine): void {
  writeSync(STDOUT, `${JSON.stringify(line)}\n`);
}
