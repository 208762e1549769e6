/**
 * What a database may hold, as far as its killed writers reported: the judge of the database soak.
 *
 * Whatever was at work when the writer was killed may have happened or not, but never in part. What is
 * found after a kill is what every later opening has to find.
 *
 * @module
 */

import type { Database } from "../../mod.ts";
import { checkPlaces, collect, type Found } from "./soak_database_look.ts";
import {
  type DatabaseLine,
  entriesOfIntent,
  type FoundEntry,
  isEntry,
  LAST_REVISION,
} from "./soak_intent.ts";
import { SoakViolation } from "./soak_process.ts";

type Call = Extract<DatabaseLine, { at: "call" }>;
type Resolved = Extract<DatabaseLine, { at: "resolved" }>;

/** What is known of an intent. */
interface Known {
  state: "pending" | "committed" | "interrupted" | "gone";
  /** How many of its entries are durable, or were decided about. */
  entries: number;
  /** What is at work on it. */
  call: Call | undefined;
}

/** The ledger of one database, through all lives of its writers. */
export class DatabaseLedger {
  /** The number of the next intent. */
  nextIntent = 1;
  /** Commits, seals, abandonments and decisions that were acknowledged. */
  acknowledged = 0;
  /** Intents that were interrupted by a kill. */
  interrupted = 0;
  /** Intents found committed though nobody had acknowledged it. */
  foundWhole = 0;

  readonly #intents = new Map<number, Known>();
  readonly #sessions = new Set<number>();
  #highestSession = -1;
  #highestBefore = "";
  #highest = "";
  #spacesExist = false;

  /**
   * Takes note of what the child reported.
   *
   * @param line What it said
   * @throws {SoakViolation} If that cannot be
   */
  hear(line: DatabaseLine): void {
    switch (line.at) {
      case "opening":
        this.#highestBefore = this.#highest;
        this.#highestSession = Math.max(-1, ...this.#sessions);
        return;
      case "open":
        if (line.quarantined > 0) throw new SoakViolation(`${line.quarantined} files set aside`);
        return;
      case "session":
        return this.#newSession(line.id);
      case "call":
        for (const number of line.intents) this.#begin(number, line);
        return;
      case "resolved":
        for (const number of line.intents) this.#end(number, line);
        this.acknowledged++;
    }
  }

  /**
   * The child is gone: checks everything, and allows nothing else from then on.
   *
   * @param db The database, opened to read or to write
   * @returns How many entries were compared, byte for byte
   * @throws {SoakViolation} If something is there that may not be, or is not that must be
   */
  observe(db: Database): number {
    if (db.quarantined().length > 0) {
      throw new SoakViolation(`set aside: ${JSON.stringify(db.quarantined())}`);
    }
    const exist = db.spaces().length === 2 && db.graphs().length === 1;
    if (this.#spacesExist && !exist) throw new SoakViolation("a space or graph is gone");
    this.#spacesExist = exist;
    const found = exist ? collect(db) : new Map<number, Found>();
    let entries = 0;
    for (const [number, each] of found) {
      entries += each.visible.length + each.interrupted.length;
      if (!this.#intents.has(number)) throw new SoakViolation(`intent ${number} was never written`);
    }
    for (const [number, known] of this.#intents) {
      this.#settle(number, known, found.get(number) ?? { visible: [], interrupted: [] });
    }
    if (exist) checkPlaces(db, this.#intents.keys());
    return entries;
  }

  #newSession(id: number): void {
    if (this.#sessions.has(id) || id <= this.#highestSession) {
      throw new SoakViolation(`the session id ${id} was given before`);
    }
    this.#sessions.add(id);
  }

  #begin(number: number, call: Call): void {
    const decides = call.does === "adopt" || call.does === "discard";
    const known = this.#intents.get(number) ?? { state: "pending", entries: 0, call: undefined };
    if (decides) known.state = "interrupted";
    known.call = call;
    this.#intents.set(number, known);
    this.nextIntent = Math.max(this.nextIntent, number + 1);
    this.#sessions.add(call.session); // Those of db.write are not announced.
  }

  #end(number: number, { does, first, last }: Resolved): void {
    const known = this.#intents.get(number);
    if (known?.call?.does !== does) {
      throw new SoakViolation(`${does} of ${number} was never called`);
    }
    if (does === "seal") known.entries = known.call.entries;
    if (does === "commit") {
      known.state = "committed";
      known.entries = entriesOfIntent(number).length;
    }
    if (does === "adopt") known.state = "committed";
    if (does === "abandon" || does === "discard") known.state = "gone";
    known.call = undefined;
    if (first === undefined || last === undefined || does === "adopt") return;
    if (first <= this.#highestBefore) {
      throw new SoakViolation(`${first} of intent ${number} comes after ${this.#highestBefore}`);
    }
    if (last > this.#highest) this.#highest = last;
  }

  #settle(number: number, known: Known, found: Found): void {
    const { state, call } = known;
    const [visible, interrupted] = [found.visible.length, found.interrupted.length];
    const name =
      `intent ${number} (${state}, ${known.entries} entries, ${call?.does ?? "nothing"} ` +
      `at work): ${visible} visible, ${interrupted} interrupted`;
    checkPrefix(name, number, found.visible);
    checkPrefix(name, number, found.interrupted);
    if (!isAllowed(number, known, visible, interrupted)) throw new SoakViolation(name);
    if (state === "pending" && interrupted > 0) this.interrupted++;
    if (state !== "committed" && visible > 0) this.foundWhole++;
    known.state = visible > 0 ? "committed" : interrupted > 0 ? "interrupted" : "gone";
    known.entries = visible + interrupted;
    known.call = undefined;
    for (const { revision } of [...found.visible, ...found.interrupted]) {
      if (revision > this.#highest && revision !== LAST_REVISION) this.#highest = revision;
    }
  }
}

/** Whether so many entries of an intent may be visible, and so many interrupted. */
function isAllowed(number: number, known: Known, visible: number, interrupted: number): boolean {
  const { state, entries, call } = known;
  if (visible > 0 && interrupted > 0) return false;
  switch (state) {
    case "committed":
      return visible === entries;
    case "gone":
      return visible + interrupted === 0;
    case "interrupted":
      if (visible > 0) return call?.does === "adopt" && visible === entries;
      return interrupted === entries || interrupted === 0 && call?.does === "discard";
    case "pending": {
      const all = entriesOfIntent(number).length;
      if (visible > 0) return call?.does === "commit" && visible === all;
      if (interrupted === 0 && call?.does === "abandon") return true;
      const most = call === undefined ? entries : call.does === "seal" ? call.entries : all;
      return interrupted >= entries && interrupted <= most;
    }
  }
}

function checkPrefix(name: string, number: number, found: FoundEntry[]): void {
  found.sort((a, b) => a.revision < b.revision ? -1 : 1);
  const entries = entriesOfIntent(number);
  if (found.every((each, i) => i < entries.length && isEntry(each, number, entries[i]))) return;
  throw new SoakViolation(`${name}; not what was written`);
}
