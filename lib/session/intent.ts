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
import { EntryList } from "../segment/entry_list.ts";

/** One of the two files of a session: `{id}.fast` or `{id}.wal`. */
export type Medium = "fast" | "wal";

/** What an entry takes in memory and in a file beside its data, about. */
const ENTRY_BYTES = 48;

/** The most bytes a coordinate takes in a file. */
const COORDINATE_BYTES = 9;

/**
 * What entries count for in limits.
 *
 * @param count How many
 * @param coordinates How many coordinates they have together
 * @param data How many bytes of data
 */
export function entryBytes(count: number, coordinates: number, data: number): number {
  return ENTRY_BYTES * count + COORDINATE_BYTES * coordinates + data;
}

/** The entries of one intent, and how far each file holds them. */
export class Intent {
  /** The entries, oldest first; at least one once it is known to others. */
  readonly entries: EntryList = new EntryList();
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
    return this.entries.revisionAt(0);
  }

  /** The revision of the last entry. */
  get last(): Revision {
    return this.entries.revisionAt(this.entries.length - 1);
  }

  /** What the entries count for in limits. */
  get bytes(): number {
    const { length, starts, valueBytes } = this.entries;
    return entryBytes(length, starts[length], valueBytes);
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
}
