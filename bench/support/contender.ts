/**
 * Something that makes groups durable and is measured beside others that do.
 *
 * @module
 */

import type { Fingerprint } from "./fingerprint.ts";

/** One of those measured. */
export interface Contender {
  /** What the table calls it. */
  readonly name: string;
  /** Makes the next group ready, outside the measured time. */
  prepare(): void;
  /** Makes that group durable: the measured time. Returns a promise only if it has to wait. */
  seal(): void | Promise<void>;
  /**
   * Closes, reads everything back and checks it against what was sealed.
   *
   * @returns What was read; undefined when the contender stores no entries
   * @throws If anything is missing or differs
   */
  finish(): Promise<Fingerprint | undefined>;
}

/**
 * Compares what was read back with what was sealed.
 *
 * @param name Whose
 * @param sealed Of the entries made
 * @param found Of the entries read
 * @returns `found`
 * @throws If they differ
 */
export function checkReadBack(name: string, sealed: Fingerprint, found: Fingerprint): Fingerprint {
  if (found.entries === sealed.entries && String(found) === String(sealed)) return found;
  throw new Error(
    `${name} was given ${sealed.entries} entries (${sealed}) and returned ${found.entries} (${found})`,
  );
}
