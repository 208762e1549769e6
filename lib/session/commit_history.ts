/**
 * Which session committed what, and when as seen from the others.
 *
 * Every commit takes the next *ordinal*. The *base* of an intent is the ordinal at its first entry: its
 * author can have seen the commits up to there, and no later one. So a commit of another session above
 * the base is news to the intent, and an entry of such a commit at one of its addresses is a collision.
 * Only commits above the oldest base of an open intent are kept.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import { EntryAddresses } from "../segment/entry_addresses.ts";
import type { EntryList } from "../segment/entry_list.ts";
import { RECENT_BYTES_MAX } from "../limits.ts";
import { PAIRS_MAX } from "./collision.ts";

/** A range of revisions that a session committed. */
export interface RecentCommit {
  /** When: the ordinal of the last commit in the range. */
  ordinal: number;
  /** Whose. */
  session: number;
  /** The first revision. */
  first: Revision;
  /** The last revision. */
  last: Revision;
  /** Where its entries stand, if it is one commit, small, and there was room for it. */
  addresses: EntryAddresses | undefined;
}

/** Ranges are merged when so many have come together. */
const RANGES_MIN = 1024;

/** Commits in their order, as far as an open intent may need them. */
export class CommitHistory {
  #ordinal = 0;
  #recent: RecentCommit[] = [];
  #rangesMax = RANGES_MIN;
  /** The memory that the addresses in `#recent` keep. */
  #bytes = 0;
  /** How many open intents have a base; in ascending order, since each new one is the highest. */
  readonly #bases = new Map<number, number>();

  /** The ordinal of the last commit; 0 before the first. */
  get ordinal(): number {
    return this.#ordinal;
  }

  /** How many ranges are kept. */
  get ranges(): number {
    return this.#recent.length;
  }

  /** An intent begins: its base, to be given back by `end`. */
  begin(): number {
    this.#bases.set(this.#ordinal, (this.#bases.get(this.#ordinal) ?? 0) + 1);
    return this.#ordinal;
  }

  /**
   * An intent is settled.
   *
   * @param base What `begin` gave
   */
  end(base: number): void {
    const left = (this.#bases.get(base) ?? 0) - 1;
    if (left > 0) this.#bases.set(base, left);
    else this.#bases.delete(base);
    this.#forget();
  }

  /**
   * A commit happens.
   *
   * @param session Whose
   * @param first Its first revision
   * @param last Its last revision
   * @param entries Its entries; they do not change any more
   * @returns Its ordinal
   */
  commit(session: number, first: Revision, last: Revision, entries?: EntryList): number {
    const ordinal = ++this.#ordinal;
    if (this.#bases.size === 0) return ordinal; // It is news to nobody.
    const addresses = entries && this.#addressesOf(entries);
    this.#recent.push({ ordinal, session, first, last, addresses });
    if (this.#recent.length > this.#rangesMax) this.#merge();
    return ordinal;
  }

  /**
   * What other sessions have committed since.
   *
   * @param base The base of an intent that has not ended
   * @param session Its session
   */
  since(base: number, session: number): RecentCommit[] {
    const news: RecentCommit[] = [];
    for (let i = this.#recent.length - 1; i >= 0 && this.#recent[i].ordinal > base; i--) {
      if (this.#recent[i].session !== session) news.push(this.#recent[i]);
    }
    return news;
  }

  /** What is news to some open intent. */
  get recent(): readonly RecentCommit[] {
    return this.#recent;
  }

  /** What collisions are found by without a look at what is committed: never the values. */
  #addressesOf(entries: EntryList): EntryAddresses | undefined {
    if (entries.length > PAIRS_MAX) return undefined; // Too many to be compared one by one.
    const addresses = new EntryAddresses(entries);
    if (this.#bytes + addresses.bytes > RECENT_BYTES_MAX) return undefined;
    this.#bytes += addresses.bytes;
    return addresses;
  }

  /** Drops what is news to nobody. */
  #forget(): void {
    const oldest: number = this.#bases.keys().next().value ?? this.#ordinal;
    let dead = 0;
    for (; dead < this.#recent.length && this.#recent[dead].ordinal <= oldest; dead++) {
      this.#bytes -= this.#recent[dead].addresses?.bytes ?? 0;
    }
    if (dead > 0) this.#recent.splice(0, dead);
  }

  /** Joins ranges of one session between which no open intent has its base: they are news to the same. */
  #merge(): void {
    this.#forget();
    const bases = [...this.#bases.keys()];
    const merged = new Map<string, RecentCommit>();
    let place = 0;
    for (const each of this.#recent) {
      while (place < bases.length && bases[place] < each.ordinal) place++;
      const key = `${each.session}:${place}`;
      const range = merged.get(key);
      if (range === undefined) merged.set(key, { ...each });
      else {
        range.ordinal = each.ordinal;
        this.#bytes -= (range.addresses?.bytes ?? 0) + (each.addresses?.bytes ?? 0);
        range.addresses = undefined;
        if (Revision.compare(each.first, range.first) < 0) range.first = each.first;
        if (Revision.compare(each.last, range.last) > 0) range.last = each.last;
      }
    }
    this.#recent = [...merged.values()].sort((a, b) => a.ordinal - b.ordinal);
    this.#rangesMax = Math.max(RANGES_MIN, 2 * this.#recent.length);
  }
}
