/**
 * The code under test, as the crash lab sees it: the real module, or a broken copy of it.
 *
 * @module
 */

import type { FastSegment, open, Revision, WalEntry } from "../../mod.ts";
import { write } from "../support/entries.ts";

/** What the lab needs of a module. A copy has classes of its own, so both come from the same place. */
export interface Library {
  FastSegment: Pick<typeof FastSegment, "open">;
  Revision: typeof Revision;
  open: typeof open;
}

/** Every third entry is larger than half a sector, so that groups span several and tear in many places. */
const LARGE_BYTES = 300;
const SMALL_BYTES = 8;

/**
 * The entry of a number: whoever finds it again knows every byte of it.
 *
 * @param library Whose revision it gets
 * @param number 1, 2, 3 ...
 * @param session Whose it is
 */
export function entryOf(library: Library, number: number, session: number): WalEntry {
  const entry = write(number, session, number % 3 === 0 ? LARGE_BYTES : SMALL_BYTES);
  const { physicalMs, logical, sequence } = entry.revision;
  return { ...entry, revision: new library.Revision(physicalMs, logical, session, sequence) };
}
