/**
 * Committed entries, as the store takes them.
 *
 * @module
 */

/** Writes and tombstones as columns, of whatever spaces. What they hold is copied, never kept. */
export interface CommittedEntries {
  /** How many. */
  readonly length: number;
  /** The number of each entry's space. */
  readonly spaces: Uint32Array;
  /** Where each entry's coordinates begin, and where the last ends. */
  readonly starts: Uint32Array;
  /** Points, one after the other. */
  readonly coordinates: Float64Array;
  /** Revisions, four words each. */
  readonly revisions: Uint32Array;
  /** 1 for a tombstone. */
  readonly tombstones: Uint8Array;
  /** The MessagePack of the values, one after the other. */
  readonly values: Uint8Array;
  /** Where each value ends; it begins where the one before it ends. */
  readonly ends: Uint32Array;
}

/** Entries that lie together and are of one space. */
export interface EntryRange {
  /** The number of the space. */
  readonly space: number;
  /** The first. */
  readonly from: number;
  /** The end, exclusive. */
  readonly to: number;
}

/**
 * Entries as ranges of one space each, in their order.
 *
 * @param entries The entries
 */
export function* rangesOf({ length, spaces }: CommittedEntries): Generator<EntryRange> {
  for (let from = 0; from < length;) {
    const space = spaces[from];
    let to = from + 1;
    while (to < length && spaces[to] === space) to++;
    yield { space, from, to };
    from = to;
  }
}

/**
 * Bytes of the values of some entries.
 *
 * @param entries The entries
 * @param from The first
 * @param to The end, exclusive
 */
export function valueBytesOf({ ends }: CommittedEntries, from: number, to: number): number {
  return to === 0 ? 0 : ends[to - 1] - (from === 0 ? 0 : ends[from - 1]);
}
