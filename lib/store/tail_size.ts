/**
 * How much is committed and not in a run file yet.
 *
 * @module
 */

import { type CommittedEntries, valueBytesOf } from "./committed.ts";

/** What an entry counts beside its data, in bytes. */
export const TAIL_ENTRY_BYTES = 48;

/** The size of the tail, of which a part may be on its way to a file. */
export class TailSize {
  #bytes = 0;
  #entries = 0;
  #leavingBytes = 0;
  #leavingEntries = 0;

  /** Data, and 48 bytes an entry. */
  get bytes(): number {
    return this.#bytes + this.#leavingBytes;
  }

  /** How many entries. */
  get entries(): number {
    return this.#entries + this.#leavingEntries;
  }

  /**
   * Entries come.
   *
   * @param entries The entries
   */
  add(entries: CommittedEntries): void {
    this.#entries += entries.length;
    this.addRows(entries);
  }

  /**
   * Rows come that were derived from entries: they take room, and nobody committed them.
   *
   * @param rows The rows
   */
  addRows(rows: CommittedEntries): void {
    this.#bytes += rows.length * TAIL_ENTRY_BYTES + valueBytesOf(rows, 0, rows.length);
  }

  /** All there is so far is on its way to a file. */
  leave(): void {
    this.#leavingBytes = this.#bytes;
    this.#leavingEntries = this.#entries;
    this.#bytes = this.#entries = 0;
  }

  /** What was on its way is in a file. */
  left(): void {
    this.#leavingBytes = this.#leavingEntries = 0;
  }

  /** What was on its way stays. */
  stay(): void {
    this.#bytes += this.#leavingBytes;
    this.#entries += this.#leavingEntries;
    this.left();
  }
}
