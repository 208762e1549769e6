/**
 * What a database has to hold, computed the plain way: a list of commits, searched from end to end.
 *
 * @module
 */

import { Violation } from "./history.ts";

/** What is written: a number that no other write has, and so many bytes beside it. */
export interface Value {
  n: number;
  pad: number;
}

/** An entry as it was written; no value is a deletion. Revisions are in hex: these sort as they should. */
export interface ModelEntry {
  space: string;
  point: readonly number[];
  revision: string;
  value: Value | undefined;
}

/** An entry that was committed. */
export interface ModelVersion {
  entry: ModelEntry;
  session: number;
  ordinal: number;
}

/** A collision as it is reported. */
export interface ModelCollision {
  space: string;
  point: readonly number[];
  sessions: number[];
  revisions: string[];
}

/** An intent, and what may be found of it. */
export interface ModelIntent {
  session: number;
  entries: ModelEntry[];
  /** How many commits there were at its first entry. */
  base: number;
  closed: boolean;
  /** What is at work on it. */
  busy: "commit" | "abandon" | undefined;
  /** So many of its entries were acknowledged durable. */
  durable: number;
  /** No more of its entries than these may have reached a file. */
  touched: number;
  /** Whether it may turn out committed, when the database is opened again. */
  mayCommit: boolean;
  /** Whether it may be gone. */
  mayVanish: boolean;
  /** In a session that is open; left by one that has ended; then listed as interrupted, or not yet. */
  place: "session" | "left" | "listed" | "hidden";
}

/** Everything that was committed, and what is left undecided by sessions that ended. */
export class SessionsModel {
  /** In the order of publication. */
  readonly commits: { session: number; entries: readonly ModelEntry[] }[] = [];
  /** Intents of ended sessions. */
  ended: ModelIntent[] = [];
  /** Nothing at or below this is ever committed again. */
  settledThrough = "";
  /** The highest stamp that the database holds durably. */
  highestHeld = "";
  readonly #versions = new Map<string, ModelVersion[]>();

  /** How many commits there were. */
  get ordinal(): number {
    return this.commits.length;
  }

  /**
   * An intent is visible from here on.
   *
   * @param session Whose
   * @param entries All of it
   */
  commit(session: number, entries: readonly ModelEntry[]): void {
    if (entries[0].revision <= this.settledThrough) {
      throw new Violation(
        `${entries[0].revision} was committed after settledThrough was ${this.settledThrough}`,
      );
    }
    this.commits.push({ session, entries });
    this.hold(entries.at(-1)!.revision);
    for (const entry of entries) {
      const key = addressOf(entry);
      const versions = this.#versions.get(key) ?? [];
      versions.push({ entry, session, ordinal: this.ordinal });
      this.#versions.set(key, versions);
    }
  }

  /** The process was killed: stamps that nothing durable bears are forgotten, and with them the time. */
  forgetStamps(): void {
    if (this.settledThrough > this.highestHeld) this.settledThrough = this.highestHeld;
  }

  /**
   * A stamp is durable.
   *
   * @param revision Which
   */
  hold(revision: string): void {
    if (revision > this.highestHeld) this.highestHeld = revision;
  }

  /**
   * What was committed at an address.
   *
   * @param address Where
   * @param through Up to which commit
   * @param ceiling Up to which revision
   * @returns Newest first
   */
  versionsAt(
    address: Pick<ModelEntry, "space" | "point">,
    through: number = this.ordinal,
    ceiling = "g",
  ): ModelVersion[] {
    const versions = this.#versions.get(addressOf(address)) ?? [];
    return versions
      .filter(({ entry, ordinal }) => ordinal <= through && entry.revision <= ceiling)
      .sort((a, b) => a.entry.revision < b.entry.revision ? 1 : -1);
  }

  /**
   * Where others wrote what the author of an intent cannot have seen: entries of other sessions above
   * what each had committed at the intent's base.
   *
   * @param intent The intent
   * @param through Up to which commit
   */
  collisions(intent: ModelIntent, through: number = this.ordinal): ModelCollision[] {
    const seen = new Map<number, string>();
    for (const { session, entries } of this.commits.slice(0, intent.base)) {
      const last = entries.at(-1)!.revision;
      if (last > (seen.get(session) ?? "")) seen.set(session, last);
    }
    return this.#collide(
      intent.entries,
      through,
      ({ session, entry }) =>
        session !== intent.session && entry.revision > (seen.get(session) ?? ""),
    );
  }

  /**
   * The same for an interrupted intent: whatever others wrote there since it began.
   *
   * @param session Whose
   * @param entries All of it
   * @param through Up to which commit
   */
  collisionsOfAdopted(
    session: number,
    entries: readonly ModelEntry[],
    through: number,
  ): ModelCollision[] {
    return this.#collide(
      entries,
      through,
      (version) => version.session !== session && version.entry.revision > entries[0].revision,
    );
  }

  #collide(
    entries: readonly ModelEntry[],
    through: number,
    isNews: (version: ModelVersion) => boolean,
  ): ModelCollision[] {
    const found = new Map<string, ModelCollision>();
    for (const { space, point } of entries) {
      const news = this.versionsAt({ space, point }, through).filter(isNews);
      if (news.length === 0) continue;
      const sessions = [...new Set(news.map(({ session }) => session))];
      const revisions = news.map(({ entry }) => entry.revision);
      found.set(addressOf({ space, point }), { space, point, sessions, revisions });
    }
    return [...found.values()];
  }
}

/**
 * An address as a key.
 *
 * @param address Where
 */
export function addressOf({ space, point }: Pick<ModelEntry, "space" | "point">): string {
  return `${space} ${point.join()}`;
}

/**
 * An intent before its first entry.
 *
 * @param session Whose
 * @param base How many commits there are
 */
export function newIntent(session: number, base: number): ModelIntent {
  const undecided = { durable: 0, touched: 0, mayCommit: false, mayVanish: false };
  const state = { closed: false, busy: undefined, place: "session" } as const;
  return { session, entries: [], base, ...state, ...undecided };
}
