/**
 * Every version of every record of one space, in memory.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import { comparePoints, type StoredEntry } from "./stored_entry.ts";

/** What a reader may see. */
export interface View {
  /** Nothing that was published later. */
  ordinal: number;
  /** Nothing of a higher revision; undefined: of any. */
  ceiling: Revision | undefined;
}

/** An entry, and when it was published. */
interface Version {
  entry: StoredEntry;
  ordinal: number;
}

/** All versions of what stands, or stood, at one point. */
export class Address {
  /** Where. */
  readonly point: readonly number[];
  #versions: Version[] = [];
  #sorted = true;

  /** @param point Where */
  constructor(point: readonly number[]) {
    this.point = point;
  }

  /** Adds a version, in any order; one that is there already changes nothing. */
  add(entry: StoredEntry, ordinal: number): void {
    this.#versions.push({ entry, ordinal });
    this.#sorted = this.#versions.length === 1;
  }

  /** The version that counts in a view; undefined when there is none yet. A tombstone is one. */
  find(view: View): StoredEntry | undefined {
    return this.#newestFirst().find((version) => isVisible(version, view))?.entry;
  }

  /** All versions in a view, newest first. */
  all(view: View): StoredEntry[] {
    return this.#newestFirst().filter((version) => isVisible(version, view))
      .map(({ entry }) => entry);
  }

  /** Of duplicates the one that was published first stays: it has been seen. */
  #newestFirst(): readonly Version[] {
    if (this.#sorted) return this.#versions;
    const sorted = this.#versions.sort((a, b) =>
      Revision.compare(b.entry.revision, a.entry.revision) || a.ordinal - b.ordinal
    );
    this.#versions = sorted.filter(({ entry }, i) =>
      i === 0 || !entry.revision.equals(sorted[i - 1].entry.revision)
    );
    this.#sorted = true;
    return this.#versions;
  }
}

/** The addresses of one space. Identity is the exact point. */
export class Versions {
  readonly #addresses = new Map<string, Address>();
  #ordered: readonly Address[] = [];

  /** Adds a version of what stands at its point. */
  add(entry: StoredEntry, ordinal: number): void {
    const { point } = entry.address;
    const key = point.join();
    let address = this.#addresses.get(key);
    if (address === undefined) {
      address = new Address([...point]);
      this.#addresses.set(key, address);
    }
    address.add(entry, ordinal);
  }

  /** The address of a point, if anything ever stood there. */
  at(point: readonly number[]): Address | undefined {
    return this.#addresses.get(point.join());
  }

  /** All addresses in the order of their points. What was given out stays as it was. */
  ordered(): readonly Address[] {
    if (this.#ordered.length !== this.#addresses.size) {
      this.#ordered = [...this.#addresses.values()]
        .sort((a, b) => comparePoints(a.point, b.point));
    }
    return this.#ordered;
  }
}

function isVisible({ entry, ordinal }: Version, view: View): boolean {
  return ordinal <= view.ordinal &&
    (view.ceiling === undefined || Revision.compare(entry.revision, view.ceiling) <= 0);
}
