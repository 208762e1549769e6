/**
 * What the holder of one session knows of its intents: which call is about which of them, and what its
 * answer means for the ledger.
 *
 * @module
 */

import type { Session } from "../../mod.ts";
import type { DatabaseLedger, Fate, Part, Written } from "./database_ledger.ts";

/** What an operation of `db.write` throws. */
export class Thrown extends Error {
  static readonly code = "thrown";
  readonly code = Thrown.code;
}

/** What becomes of a call. */
export interface Told {
  /** The intent it is about; undefined if there is none. */
  part: Part | undefined;
  /** It resolved. */
  done(): void;
  /** It failed. */
  failed(error: unknown): void;
}

interface Open {
  part: Part;
  /** No further entry joins it. */
  closed: boolean;
  inFlight: boolean;
}

/** The holder of a session. */
export class Writer {
  readonly session: Session;
  readonly #ledger: DatabaseLedger;
  /** Intents that are not settled, oldest first. */
  #open: Open[] = [];
  /** How many calls are at work. */
  #calls = 0;

  constructor(session: Session, ledger: DatabaseLedger) {
    this.session = session;
    this.#ledger = ledger;
  }

  /** An entry was written. */
  add(entry: Written): void {
    let open = this.#open.at(-1);
    if (open === undefined || open.closed) {
      const part: Part = {
        session: this.session.id,
        entries: [],
        fate: "pending",
        durable: 0,
        touched: 0,
      };
      this.#ledger.parts.push(part);
      this.#open.push(open = { part, closed: false, inFlight: false });
    }
    open.part.entries.push(entry);
    if (this.#calls > 0) this.#touch();
  }

  /** A seal is about to be called: it makes durable what is there now, and perhaps what comes. */
  seal(): Told {
    const sealed = this.#open.map(({ part }) => ({ part, count: part.entries.length }));
    return this.#call(this.#target(), () => {
      for (const { part, count } of sealed) part.durable = Math.max(part.durable, count);
    });
  }

  /** A commit is about to be called. */
  commit(): Told {
    const open = this.#target();
    return this.#settling(open, "committing", () => this.#end(open, "committed"));
  }

  /** An abandonment is about to be called. */
  abandon(): Told {
    const open = this.#target();
    return this.#settling(open, "abandoning", () => this.#end(open, "gone"));
  }

  #target(): Open | undefined {
    return this.#open.find(({ inFlight }) => !inFlight);
  }

  #settling(open: Open | undefined, fate: Fate, done: () => void): Told {
    if (open === undefined) return this.#call(open, done);
    const { part } = open;
    const before = part.fate;
    if (before === "pending") part.fate = fate;
    open.closed = open.inFlight = true;
    return this.#call(open, done, (error) => {
      const { code, outcome } = error as { code?: string; outcome?: string };
      open.inFlight = false;
      if (code === "busy") open.closed = open !== this.#open.at(-1);
      // An abandonment that failed leaves it open whether the verdict is there.
      if (fate === "committing" && outcome !== "unknown") part.fate = before;
    });
  }

  #call(
    open: Open | undefined,
    done: () => void,
    failed: (error: unknown) => void = () => {},
  ): Told {
    this.#calls++;
    this.#touch();
    const end = (): void => {
      this.#touch();
      this.#calls--;
    };
    return {
      part: open?.part,
      done(): void {
        end();
        done();
      },
      failed(error: unknown): void {
        end();
        failed(error);
      },
    };
  }

  #end(open: Open | undefined, fate: Fate): void {
    if (open === undefined) return;
    open.part.fate = fate;
    this.#open = this.#open.filter((each) => each !== open);
  }

  /** Whatever is open may be handed to a file while a call is at work. */
  #touch(): void {
    for (const { part } of this.#open) part.touched = part.entries.length;
  }
}
