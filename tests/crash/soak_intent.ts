/**
 * What the database soak writes and what its child reports. Every entry of an intent follows from the
 * intent's number, so that whoever finds one again can tell what it has to be.
 *
 * @module
 */

import { writeSync } from "node:fs";
import type { Hyperedge, SpatialRecord } from "../../mod.ts";
import { type EdgeContent, textOf } from "./database_edges.ts";

/** Where everything stands: each intent has a row of its own in the one, and a place with others in the other. */
export const SPACES: Readonly<Record<"grid" | "hot", number>> = { grid: 2, hot: 1 };

/** Addresses that all intents share. */
export const HOT_POINTS = 5;

/** Where edges are: each intent has one of its own, and writes one that others write, too. */
export const LINKS = "links";

/** Edges that all intents share have ids from here on. */
export const HOT_EDGES_FROM = 2n ** 40n;

/** How many they are. */
export const HOT_EDGES = 3;

/** An entry of a space; no pad is a deletion. */
export interface SoakRecord {
  space: "grid" | "hot";
  point: number[];
  pad: number | undefined;
}

/** An entry of the graph; no edge is a deletion. */
export interface SoakRelation {
  id: bigint;
  edge: EdgeContent | undefined;
}

/** An entry. */
export type SoakEntry = SoakRecord | SoakRelation;

/** An entry that was found; nobody tells the revision of an edge's deletion, which is an intent's last. */
export type FoundEntry =
  | { revision: string; record: SpatialRecord }
  | { revision: string; id: bigint; edge: Hyperedge | undefined };

/** Stands for the revision of an edge's deletion: it comes after all others. */
export const LAST_REVISION: string = "f".repeat(32);

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
 * The entries of an intent: rows, of most intents two edges, what all write, and of some of them the
 * deletion of the edge that is its own.
 *
 * @param number Its number
 */
export function entriesOfIntent(number: number): SoakEntry[] {
  const count = 1 + number % ENTRIES_MAX;
  const pad = number % 11 === 0 ? LARGE_BYTES : 10 + number % 60;
  const rows = Array.from({ length: count }, (_, i): SoakEntry => ({
    space: "grid",
    point: [number, i],
    pad: (number + i) % 9 === 0 ? undefined : pad + i,
  }));
  const hot: SoakRecord = { space: "hot", point: [number % HOT_POINTS], pad };
  if (number % 3 === 0) return [...rows, hot];
  const id = BigInt(number);
  const shared = HOT_EDGES_FROM + BigInt(number % HOT_EDGES);
  const edges = [{ id: shared, edge: edgeOf(number, true) }, { id, edge: edgeOf(number, false) }];
  const deletions = isUnrelated(number) ? [{ id, edge: undefined }] : [];
  return [...rows, ...edges, hot, ...deletions];
}

/** Whether an intent takes the edge that is its own back. */
export function isUnrelated(number: number): boolean {
  return number % 3 !== 0 && number % 4 === 0;
}

function edgeOf(number: number, shared: boolean): EdgeContent {
  const role = "member";
  return {
    kind: shared ? "moves" : "stays",
    directed: !shared,
    properties: { intent: number, pad: "x".repeat(number % 50) },
    endpoints: [
      { space: "grid", point: [number, 0], role, polarity: shared ? "neutral" : "tail" },
      { space: "hot", point: [number % HOT_POINTS], role, polarity: shared ? "neutral" : "head" },
    ],
  };
}

/** The intent that wrote an edge. */
export function intentOf({ properties }: Hyperedge): number {
  return Number(properties?.intent);
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
 * Whether what was found is an entry of an intent, byte for byte.
 *
 * @param found What was found
 * @param number The number of the intent
 * @param entry Which it has to be
 */
export function isEntry(found: FoundEntry, number: number, entry: SoakEntry): boolean {
  if ("id" in found) {
    if (!("id" in entry) || found.id !== entry.id) return false;
    return textIn(found.edge) === textIn(entry.edge);
  }
  const { record } = found;
  if ("id" in entry || record.point.join() !== entry.point.join()) return false;
  if (entry.pad === undefined) return record.deleted;
  if (record.deleted) return false;
  const { intent, pad } = record.data as { intent: number; pad: Uint8Array };
  return intent === number && pad.length === entry.pad &&
    pad.every((byte) => byte === (number & 255));
}

function textIn(edge: EdgeContent | undefined): string | undefined {
  return edge && textOf(edge);
}

/**
 * Reports, past every buffer of the runtime.
 *
 * @param line What
 */
export function reportLine(line: DatabaseLine): void {
  writeSync(STDOUT, `${JSON.stringify(line)}\n`);
}
