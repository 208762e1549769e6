/**
 * One logical operation of a session: the entries from a first to a last revision, visible together or
 * not at all.
 *
 * | state     | how it is entered                             | what may come next                        |
 * | --------- | --------------------------------------------- | ----------------------------------------- |
 * | open      | the first entry                               | more entries, `seal`, `commit`, `abandon` |
 * | in flight | `commit` or `abandon` was called              | settled, or pending again                 |
 * | pending   | that call failed; later entries begin another | `seal`, `commit`, `abandon`               |
 * | settled   | its verdict is durable                        | nothing                                   |
 *
 * However often it was sealed, its entries stay in memory until it is settled: when one file fails, the
 * whole of it can go into the other.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import type { WalEntry } from "../segment/entry.ts";

/** An entry that stands at an address: a write or a tombstone. */
export type DataEntry = Extract<WalEntry, { kind: "write" | "tombstone" }>;

/** One of the two files of a session: `{id}.fast` or `{id}.wal`. */
export type Medium = "fast" | "wal";

/** What an entry takes in memory and in a file beside its data, about. */
const ENTRY_BYTES = 48;

/**
 * What an entry counts for in limits.
 *
 * @param entry The entry
 */
export function entryBytes(entry: DataEntry): number {
  return ENTRY_BYTES + 9 * entry.address.point.length +
    (entry.kind === "write" ? entry.data.length : 0);
}

/** The entries of one intent, and how far each file holds them. */
export class Intent {
  /** The entries, oldest first; at least one. */
  readonly entries: DataEntry[] = [];
  /** What they count for in limits. */
  bytes = 0;
  /** The commit ordinal when the first entry came: what its author can have seen. */
  readonly base: number;
  /** No further entry joins it. */
  closed = false;
  /** It was closed before the commit that waits or is at work was called. */
  closedBefore = false;
  /** A commit or abandon of it waits or is at work. */
  inFlight = false;
  /** How many of the entries, from the first on, each file holds durably. */
  readonly sealed: Record<Medium, number> = { fast: 0, wal: 0 };
  /** A byte of it was handed to a file, so a crash may show it. */
  touched = false;
  /** A committing verdict was handed to a file, so a crash may show it committed. */
  verdictHanded = false;

  /** @param base The commit ordinal of the moment */
  constructor(base: number) {
    this.base = base;
  }

  /** The revision of the first entry. */
  get first(): Revision {
    return this.entries[0].revision;
  }

  /** The revision of the last entry. */
  get last(): Revision {
    return this.entries[this.entries.length - 1].revision;
  }

  /** The file that holds all of it durably, if one does. */
  get medium(): Medium | undefined {
    if (this.sealed.wal === this.entries.length) return "wal";
    return this.sealed.fast === this.entries.length ? "fast" : undefined;
  }

  /** How many of the entries one file or the other holds durably. */
  get durable(): number {
    return Math.max(this.sealed.fast, this.sealed.wal);
  }

  /**
   * Takes an entry.
   *
   * @param entry Nobody changes it any more
   */
  add(entry: DataEntry): void {
    this.entries.push(entry);
    this.bytes += entryBytes(entry);
  }
}
