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
 * Orders points by their first coordinate, then the next.
 *
 * @param a One point
 * @param b Another, of as many coordinates
 */
export function comparePoints(a: readonly number[], b: readonly number[]): number {
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return a[i] - b[i];
  }
  return 0;
}
