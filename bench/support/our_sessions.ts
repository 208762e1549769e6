/**
 * Our database as contenders: one session or several that commit at once, by the blocking call or the
 * asynchronous one, with the inserts inside the measured time or outside.
 *
 * @module
 */

import { type Database, type FileStorage, open, type Session, type Space } from "../../mod.ts";
import { checkReadBack, type Contender } from "./contender.ts";
import { EntryMaker, type WriteEntry } from "./entries.ts";
import { Fingerprint } from "./fingerprint.ts";

/** How a database is used. */
export interface SessionsUse {
  /** What the table calls it. */
  name: string;
  /** A directory that is free. */
  root: string;
  /** Sessions that commit in each turn, at once. */
  sessions: number;
  /** Entries of each commit. */
  entries: number;
  /** Whether to use the asynchronous call. */
  waits: boolean;
  /** Whether the inserts count, too. */
  insertsInside: boolean;
  /** Where; the platform's own by default. */
  storage?: FileStorage;
}

const SPACE = "points";
const DIMS = 3;

/** The same entries for every contender, so whose they are said to be does not matter. */
const NOBODY = 0;

/** One database and its sessions. */
export class OurSessions implements Contender {
  readonly name: string;
  readonly #use: SessionsUse;
  readonly #db: Database;
  readonly #space: Space<Uint8Array>;
  readonly #sessions: readonly Session[];
  readonly #maker = new EntryMaker(NOBODY);
  #groups: WriteEntry[][] = [];

  private constructor(use: SessionsUse, db: Database, space: Space<Uint8Array>) {
    this.name = use.name;
    this.#use = use;
    this.#db = db;
    this.#space = space;
    this.#sessions = Array.from({ length: use.sessions }, () => db.session());
  }

  /**
   * Creates the database and commits a first time, which creates the files of the sessions.
   *
   * @param use How
   */
  static async create(use: SessionsUse): Promise<OurSessions> {
    const db = await open(use.root, { storage: use.storage });
    const ours = new OurSessions(use, db, await db.createSpace<Uint8Array>(SPACE, { dims: DIMS }));
    ours.prepare();
    await ours.seal();
    return ours;
  }

  prepare(): void {
    this.#groups = this.#sessions.map(() => this.#maker.next(this.#use.entries));
    if (!this.#use.insertsInside) this.#insert();
  }

  seal(): void | Promise<void> {
    if (this.#use.insertsInside) this.#insert();
    if (this.#use.waits) return this.#commit();
    for (const session of this.#sessions) session.commitSync();
  }

  async finish(): Promise<Fingerprint> {
    await this.#db.close();
    const { root, storage } = this.#use;
    await using db = await open(root, { readOnly: true, storage });
    return checkReadBack(this.name, this.#maker.fingerprint, this.#readBack(db));
  }

  async #commit(): Promise<void> {
    await Promise.all(this.#sessions.map((session) => session.commit()));
  }

  #insert(): void {
    for (let i = 0; i < this.#sessions.length; i++) {
      const session = this.#sessions[i];
      for (const { address, data } of this.#groups[i]) {
        session.insert(this.#space, address.point, data);
      }
    }
  }

  /** In the order in which the entries were made: turn by turn, and in a turn session by session. */
  #readBack(db: Database): Fingerprint {
    const place = new Map(this.#sessions.map(({ id }, i) => [id, i]));
    const { entries, sessions } = this.#use;
    const found = db.space<Uint8Array>(SPACE).query().map(({ point, data, revision }) => {
      const index = revision.sequence - 1;
      const turn = Math.floor(index / entries);
      const session = place.get(revision.session) ?? NaN;
      return { point, data, at: (turn * sessions + session) * entries + index % entries };
    }).toArray();
    found.sort((a, b) => a.at - b.at);
    const fingerprint = new Fingerprint();
    for (const { point, data, at } of found) fingerprint.add(point, at + 1, data);
    return fingerprint;
  }
}
