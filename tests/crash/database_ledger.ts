/**
 * What a database may show, as far as its callers were told: the judge of the crash lab for sessions.
 *
 * The ledger follows *parts*: entries of one session that share one fate. A part begins as an intent.
 * While a call is at work, or has failed with an unknown outcome, its fate is one of the doubtful ones;
 * when the database is opened again, what is found settles it.
 *
 * | fate       | what a caller knows                       | found when opened again                        |
 * | ---------- | ----------------------------------------- | ---------------------------------------------- |
 * | pending    | so many entries are sealed                | these at least interrupted; gone if there are none |
 * | committing | a commit is at work, or may have happened | visible whole, or as pending                   |
 * | committed  | the commit resolved                       | visible whole                                  |
 * | abandoning | an abandonment is at work, or has failed  | gone, or as pending                            |
 * | gone       | it resolved, or nothing was found         | nothing                                        |
 * | interrupted | it was found                             | the same                                       |
 * | adopting   | an adoption is at work, or may have happened | visible whole, or the same                  |
 * | discarding | a discard is at work, or may have happened | gone, or the same                             |
 *
 * @module
 */

import { Dropped } from "./database_dropped.ts";
import type { Found, FoundEntry } from "./database_found.ts";
import { Violation } from "./ledger.ts";

/** One entry that was written. */
export interface Written extends FoundEntry {
  /** Its revision, 32 hexadecimal digits. */
  revision: string;
}

/** What is known of entries that share it. */
export type Fate =
  | "pending"
  | "committing"
  | "committed"
  | "abandoning"
  | "gone"
  | "interrupted"
  | "adopting"
  | "discarding";

/** Entries of one session that share a fate. */
export interface Part {
  session: number;
  /** In the order written. */
  entries: Written[];
  fate: Fate;
  /** So many, from the first on, are known to be durable. */
  durable: number;
  /** So many may be: a file may have been given them. */
  touched: number;
  /** Which interrupted intent it was found in. */
  group?: number;
}

/** What was found of a part: all of it visible, or so many of its entries interrupted. */
type Outcome = "visible" | number;

/** Whether a fate was settled before the newest opening. */
const SETTLED: ReadonlySet<Fate> = new Set(["committed", "gone", "interrupted"]);

/** What a database may show at a moment. */
export class DatabaseLedger {
  /** In the order in which they began. */
  parts: Part[] = [];
  /** Every session id that was ever handed out. */
  ids = new Set<number>();
  /** Whether a space or graph is certainly there, or only perhaps. */
  spaces = new Map<string, "there" | "perhaps">();
  /** The names of the spaces that keep the latest versions only. */
  latest = new Set<string>();
  /** The highest revision that was handed out or found by the process that is at work. */
  highest = "";
  /** How many processes or openings there were. */
  openings = 0;
  /** The number of the next entry. */
  nextNumber = 1;
  #nextGroup = 1;

  clone(): DatabaseLedger {
    const copy = new DatabaseLedger();
    copy.parts = this.parts.map((part) => ({ ...part }));
    copy.ids = new Set(this.ids);
    copy.spaces = new Map(this.spaces);
    copy.latest = new Set(this.latest);
    copy.highest = this.highest;
    copy.openings = this.openings;
    copy.nextNumber = this.nextNumber;
    copy.#nextGroup = this.#nextGroup;
    return copy;
  }

  /** A session id was handed out for the first time. */
  takeId(id: number): void {
    if (this.ids.has(id)) throw new Violation(`the session id ${id} was handed out before`);
    this.ids.add(id);
  }

  /** A stamp was handed out. */
  takeStamp(revision: string): void {
    if (revision <= this.highest) {
      throw new Violation(`the stamp ${revision} is not above ${this.highest}, seen before`);
    }
    this.highest = revision;
  }

  /** Judges what an opening found, and settles on it. */
  settle(found: Found): void {
    for (const name of this.spaces.keys()) {
      if (found.spaces.has(name)) this.spaces.set(name, "there");
      else if (this.spaces.get(name) === "perhaps") this.spaces.delete(name);
    }
    const outcomes = this.#judge(found, () => false);
    this.#checkOrder(outcomes);
    const groups = this.#groupsOf(found, outcomes);
    this.parts.forEach((part, i) => {
      const outcome = outcomes[i];
      if (outcome === "visible") part.fate = "committed";
      else if (outcome === 0) part.fate = "gone";
      else {
        part.fate = "interrupted";
        part.entries = part.entries.slice(0, outcome);
        part.durable = part.touched = outcome;
        part.group = groups.get(part);
      }
    });
    this.highest = "";
    for (const revision of [...found.visible.keys(), ...found.interrupted.keys()]) {
      if (revision > this.highest) this.highest = revision;
    }
  }

  /**
   * Judges what an open database shows, and leaves all doubts as they are. What a session has pending
   * is hidden while it is open, and behind an intent that may be committed.
   *
   * @param found What it shows
   * @param isOpen Whether a session is open
   */
  check(found: Found, isOpen: (session: number) => boolean): void {
    this.#judge(found, isOpen, true);
  }

  /** The parts of an interrupted intent; what was never found of them becomes a part of its own. */
  cut(revisions: readonly string[]): Part[] {
    const wanted = new Set(revisions);
    const group = this.#nextGroup++;
    const parts: Part[] = [];
    for (const part of [...this.parts]) {
      const count = part.entries.filter(({ revision }) => wanted.has(revision)).length;
      if (count === 0) continue;
      if (count < part.entries.length) {
        const touched = Math.max(0, part.touched - count);
        const rest = { ...part, entries: part.entries.slice(count), durable: 0, touched };
        this.parts.splice(this.parts.indexOf(part) + 1, 0, rest);
        part.entries = part.entries.slice(0, count);
      }
      part.group ??= group;
      parts.push(part);
    }
    return parts;
  }

  #judge(found: Found, isOpen: (session: number) => boolean, live = false): Outcome[] {
    for (const [name, certainty] of this.spaces) {
      if (certainty === "there" && !found.spaces.has(name)) {
        throw new Violation(`no space or graph ${name}`);
      }
    }
    for (const name of found.spaces) {
      if (!this.spaces.has(name)) {
        throw new Violation(`nobody has created the space or graph ${name}`);
      }
    }
    const known = new Map<string, Written>();
    for (const { entries } of this.parts) {
      for (const entry of entries) known.set(entry.revision, entry);
    }
    for (const place of [found.visible, found.interrupted]) {
      for (const [revision, entry] of place) checkContent(revision, entry, known.get(revision));
    }
    const doubtful = new Set<number>();
    const dropped = new Dropped(this.latest, found, this.parts);
    return this.parts.map((part) => {
      const { session, fate } = part;
      const outcome = outcomeOf(part, found, dropped);
      if (fate === "committing") doubtful.add(session);
      const hidden = isOpen(session) || doubtful.has(session);
      if (live && hidden && isMine(part) && outcome === 0) return outcome;
      if (allows(part, outcome) && !(isOpen(session) && isMine(part) && outcome !== "visible")) {
        return outcome;
      }
      throw new Violation(
        `${describePart(part)} is ${
          outcome === "visible" ? outcome : `${outcome} times interrupted and not visible`
        }`,
      );
    });
  }

  /** A session's file is written in order: nothing of a later intent without all of an earlier one. */
  #checkOrder(outcomes: readonly Outcome[]): void {
    const holes = new Map<number, Part>();
    const invisible = new Map<number, Part>();
    this.parts.forEach((part, i) => {
      const { session, fate, entries } = part;
      const outcome = outcomes[i];
      if (SETTLED.has(fate) || fate === "adopting" || fate === "discarding") return;
      const hole = outcome === 0 ? undefined : holes.get(session);
      const before = outcome === "visible" ? invisible.get(session) : undefined;
      if (hole !== undefined || before !== undefined) {
        throw new Violation(`${describePart(part)} without ${describePart((hole ?? before)!)}`);
      }
      if (outcome === "visible" || fate === "abandoning" && outcome === 0) return;
      if (outcome < entries.length) holes.set(session, part);
      invisible.set(session, part);
    });
  }

  /** Interrupted intents keep together what they held, and hold all between two verdicts. */
  #groupsOf(found: Found, outcomes: readonly Outcome[]): Map<Part, number> {
    const groups = new Map<Part, number>();
    const labels = new Map<number, number>();
    const last = new Map<number, { part: Part; place: number | undefined }>();
    const together = new Map<number, Outcome>();
    this.parts.forEach((part, i) => {
      const outcome = outcomes[i];
      const { session, fate, group } = part;
      if (fate === "gone" || fate === "committed") return void last.delete(session);
      if (group !== undefined) {
        const kind = outcome === "visible" ? outcome : Math.sign(outcome);
        if ((together.get(group) ?? kind) !== kind) {
          throw new Violation(`${describePart(part)} was resolved without the rest of its intent`);
        }
        together.set(group, kind);
      }
      const place = outcome === "visible" || outcome === 0
        ? undefined
        : placeOf(part, outcome, found);
      if (place !== undefined) {
        const label = labels.get(place) ?? group ?? this.#nextGroup++;
        labels.set(place, label);
        if (group !== undefined && group !== label) {
          throw new Violation(`${describePart(part)} was in another interrupted intent before`);
        }
        const before = last.get(session);
        const between = before?.place !== undefined && before.place !== place;
        if (between && before.part.group === undefined && group === undefined) {
          throw new Violation(`${describePart(part)} is apart from what came before it`);
        }
        groups.set(part, label);
      }
      last.set(session, { part, place });
    });
    return groups;
  }
}

function checkContent(revision: string, entry: FoundEntry, known: Written | undefined): void {
  if (known === undefined) throw new Violation(`nobody has written the entry ${revision}`);
  for (const field of ["space", "point", "data"] as const) {
    if (entry[field] === known[field]) continue;
    throw new Violation(
      `the entry ${revision} has ${field} ${String(entry[field]).slice(0, 80)}, not ${
        String(known[field]).slice(0, 80)
      }`,
    );
  }
}

/** What was found of a part; never some of it visible, nor some here and some there, nor with gaps. */
function outcomeOf(part: Part, { visible, interrupted, mute }: Found, dropped: Dropped): Outcome {
  const { entries } = part;
  let seen = 0;
  let gone = 0;
  let waiting = 0;
  for (const entry of entries) {
    const { revision } = entry;
    if (visible.has(revision)) seen++;
    if (!interrupted.has(revision)) {
      if (!visible.has(revision) && (dropped.has(entry) || mute.has(revision))) gone++;
      continue;
    }
    if (entries[waiting].revision !== revision) {
      throw new Violation(`${describePart(part)} is interrupted with a gap before ${revision}`);
    }
    waiting++;
  }
  if (seen + gone === entries.length && waiting === 0) {
    return seen > 0 || allows(part, "visible") ? "visible" : 0;
  }
  if (seen === 0) return waiting;
  throw new Violation(
    `${describePart(part)}: ${seen} entries are visible, and ${waiting} are interrupted`,
  );
}

/** What may be found when the database is opened again. */
function allows({ fate, entries, durable, touched }: Part, outcome: Outcome): boolean {
  if (outcome === "visible") return ["committed", "committing", "adopting"].includes(fate);
  switch (fate) {
    case "committed":
      return false;
    case "gone":
      return outcome === 0;
    case "interrupted":
    case "adopting":
      return outcome === entries.length;
    case "discarding":
      return outcome === entries.length || outcome === 0;
    case "abandoning":
      return outcome === 0 || outcome >= durable && outcome <= touched;
    case "pending":
    case "committing":
      return outcome >= durable && outcome <= touched;
  }
}

/** Whether it is for the holder of its session to settle it. */
function isMine({ fate }: Part): boolean {
  return fate === "pending" || fate === "committing" || fate === "abandoning";
}

/** The place, among the interrupted intents, of the one that holds a part. */
function placeOf({ entries }: Part, count: number, { groups }: Found): number {
  const place = groups.findIndex((group) => group.includes(entries[0].revision));
  const all = entries.slice(0, count).every(({ revision }) => groups[place].includes(revision));
  if (!all) throw new Violation(`the intent of ${entries[0].revision} is in several pieces`);
  return place;
}

function describePart({ session, fate, entries, durable, touched }: Part): string {
  return `a part of session ${session} (${entries.length} entries from ${
    entries[0].revision
  }, ${fate}, ${durable} sealed, ${touched} handed over)`;
}
