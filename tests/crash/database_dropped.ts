/**
 * What a space that keeps the latest may have dropped, and what it may still say of the past.
 *
 * | an entry that is not found                                     | may be dropped                     |
 * | --------------------------------------------------------------- | ---------------------------------- |
 * | and a higher version of its address is visible                  | yes                                |
 * | a deletion, and nothing is visible at its address               | yes                                |
 * | below such a deletion that may be committed                     | yes                                |
 * | any other                                                       | no                                 |
 *
 * @module
 */

import type { Database, Revision } from "../../mod.ts";
import type { Part, Written } from "./database_ledger.ts";
import type { Found } from "./database_found.ts";
import { Violation } from "./ledger.ts";

/** Which entries may be gone, at a moment. */
export class Dropped {
  readonly #latest: ReadonlySet<string>;
  /** The highest revision that is visible at each address. */
  readonly #visible = new Map<string, string>();
  /** The highest deletion at each address that is committed, or may be. */
  readonly #deleted = new Map<string, string>();

  /**
   * @param latest The names of the spaces that keep the latest
   * @param found What is visible
   * @param parts All that was written
   */
  constructor(latest: ReadonlySet<string>, found: Found, parts: readonly Part[]) {
    this.#latest = latest;
    if (latest.size === 0) return;
    const raise = (map: Map<string, string>, { space, point }: Address, revision: string): void => {
      const address = `${space} ${point}`;
      if (latest.has(space) && revision > (map.get(address) ?? "")) map.set(address, revision);
    };
    for (const [revision, entry] of found.visible) raise(this.#visible, entry, revision);
    for (const { fate, entries } of parts) {
      if (!["committed", "committing", "adopting"].includes(fate)) continue;
      for (const entry of entries) {
        if (entry.data === undefined) raise(this.#deleted, entry, entry.revision);
      }
    }
  }

  /** Whether an entry that is not found may have been dropped. */
  has({ space, point, revision }: Written): boolean {
    if (!this.#latest.has(space)) return false;
    const visible = this.#visible.get(`${space} ${point}`);
    if (visible !== undefined) return visible > revision;
    return (this.#deleted.get(`${space} ${point}`) ?? "") >= revision;
  }
}

type Address = Pick<Written, "space" | "point">;

/**
 * Asks about the past of the spaces that keep the latest: it is as it was, or refused; and as of the
 * newest commit it is never refused.
 *
 * @param db The database
 * @param latest The names of those spaces
 * @param parts All that was written
 * @param parse Makes a revision
 */
export function checkPast(
  db: Database,
  latest: ReadonlySet<string>,
  parts: readonly Part[],
  parse: (revision: string) => Revision,
): void {
  const known = parts.filter(({ fate }) => fate === "committed").flatMap(({ entries }) => entries)
    .filter(({ space }) => latest.has(space));
  let newest = "";
  for (const { revision } of known) if (revision > newest) newest = revision;
  for (const { space, point, data, revision } of known) {
    const coordinates = point.split(",").map(Number);
    try {
      const found = db.space(space).get(coordinates, { asOf: parse(revision) })?.data;
      if (found === data) continue;
      throw new Violation(`as of ${revision}, ${point} of ${space} is ${found}, not ${data}`);
    } catch (error) {
      const refused = (error as { code?: unknown }).code === "past-dropped";
      if (!refused || revision === newest) throw error;
    }
  }
}
