/**
 * A committed entry, as the store takes and keeps it.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";

/** One write or deletion. Owned by the store: whoever hands it over leaves it alone from then on. */
export type StoredEntry =
  | {
    /** A write. */
    kind: "write";
    /** Where: the number of a space and a point in it. */
    address: { space: number; point: number[] };
    /** When and by whom. */
    revision: Revision;
    /** The MessagePack of the value. */
    data: Uint8Array;
  }
  | {
    /** A deletion. */
    kind: "tombstone";
    /** Where: the number of a space and a point in it. */
    address: { space: number; point: number[] };
    /** When and by whom. */
    revision: Revision;
  };

/**
 * Entries by the number of their space, each space's in their order.
 *
 * @param lists The entries
 */
export function bySpace(lists: readonly (readonly StoredEntry[])[]): Map<number, StoredEntry[]> {
  const spaces = new Map<number, StoredEntry[]>();
  for (const entries of lists) {
    for (const entry of entries) {
      const { space } = entry.address;
      const list = spaces.get(space);
      if (list === undefined) spaces.set(space, [entry]);
      else list.push(entry);
    }
  }
  return spaces;
}
