/**
 * Drives a database through a scenario and keeps the ledger beside it.
 *
 * From a crash on every verb does nothing, and no answer counts any more: nobody is there to hear it.
 *
 * @module
 */

import type { CommitOptions, Database, InterruptedIntent, Session } from "../../mod.ts";
import { checkPast } from "./database_dropped.ts";
import type { CrashStorage } from "../support/crash_storage.ts";
import type { DatabaseLedger, Fate, Part } from "./database_ledger.ts";
import { checkIncidence, entriesIn } from "./database_edges.ts";
import type { Found } from "./database_found.ts";
import { checkFiles, listFiles, look } from "./database_look.ts";
import { checkError, checkResult, checkToken, isUnknown } from "./answer.ts";
import { Violation } from "./ledger.ts";
import type { Library } from "./library.ts";
import {
  GRAPH,
  KINDS,
  type Load,
  relateOne,
  type Relation,
  SPACE,
  unrelateOne,
  writeEntries,
  writeMany,
} from "./load.ts";
import { Thrown, type Told, Writer } from "./writer.ts";

const ROOT = "/db";

/** Later processes have earlier clocks, so that only the database itself can order their stamps. */
const BEGIN_MS = 1_700_000_000_000;
const STEP_BACK_MS = 10;
const STAMPS_PER_MS = 3;

/** A deadline that always passes while a sync is held, and seldom before. */
export const SHORT_MS = 5;

/** A deadline longer than any run takes. */
export const LONG_MS = 600_000;

/** How a database is opened. */
export interface Opening {
  fastPathMs?: number;
  tailBytesMax?: number;
}

/** One process's dealings with one database. */
export class DatabaseRun {
  readonly storage: CrashStorage;
  readonly ledger: DatabaseLedger;
  readonly #library: Library;
  #db: Database | undefined;
  #writers = new Map<string, Writer>();
  /** Ids of sessions that `db.write` may use again. */
  #pooled = new Set<number>();
  /** Ids of sessions that are open. */
  #openIds = new Set<number>();

  constructor(storage: CrashStorage, ledger: DatabaseLedger, library: Library) {
    this.storage = storage;
    this.ledger = ledger;
    this.#library = library;
  }

  /** Opens the database, and judges what it shows. */
  async open({ fastPathMs, tailBytesMax }: Opening = {}): Promise<void> {
    if (this.storage.crashed) return;
    this.#writers = new Map();
    this.#pooled = new Set();
    this.#openIds = new Set();
    const begin = BEGIN_MS - STEP_BACK_MS * this.ledger.openings++;
    let stamps = 0;
    const options = {
      storage: this.storage,
      clock: { nowMs: () => begin + Math.floor(stamps++ / STAMPS_PER_MS) },
      fastPath: fastPathMs === undefined ? false as const : { deadlineMs: fastPathMs },
      tailBytesMax,
      cacheBytesMax: 0, // So that merges read what was flushed, and what fails there is tried.
    };
    await this.#call(() => this.#library.open(ROOT, options), (db) => {
      this.#db = db;
      const [quarantined] = db.quarantined();
      if (quarantined !== undefined) {
        throw new Violation(`${quarantined.file} was quarantined: ${quarantined.reason}`);
      }
      if (!this.#failed) checkFiles(this.storage.disk, ROOT, db);
      this.ledger.settle(this.#look());
    });
  }

  /** Creates a space. */
  async createSpace(name: string = SPACE, retention: "all" | "latest" = "all"): Promise<void> {
    if (retention === "latest" && !this.#idle) this.ledger.latest.add(name);
    await this.#create(name, (db) => db.createSpace(name, { dims: 2, retention }));
  }

  /** Creates a graph. */
  async createGraph(name: string = GRAPH): Promise<void> {
    await this.#create(name, (db) => db.createGraph(name, { kinds: KINDS }));
  }

  /** Opens a session. */
  session(name: string): void {
    if (this.#idle) return;
    this.#try(() => {
      const session = this.#db!.session();
      this.ledger.takeId(session.id);
      this.#openIds.add(session.id);
      this.#writers.set(name, new Writer(session, this.ledger));
    });
  }

  /** Opens sessions that write nothing, as many as there are ids for. */
  sessions(count: number): void {
    for (let i = 0; i < count && !this.#idle; i++) {
      let more = false;
      this.#try(() => {
        this.ledger.takeId(this.#db!.session().id);
        more = true;
      }, ["budget-exceeded"]);
      if (!more) return;
    }
  }

  /** Writes entries, every fourth of them a deletion. */
  insert(name: string, count: number, load: Load = {}): void {
    this.#by(name, (writer) => writeEntries(writer, this.ledger, count, load));
  }

  /** Writes entries in one call, none of them a deletion. */
  insertMany(name: string, count: number, load: Load = {}): void {
    this.#by(name, (writer) => writeMany(writer, this.ledger, count, load));
  }

  /** Writes an edge. */
  relate(name: string, relation: Relation): void {
    this.#by(name, (writer) => relateOne(writer, this.ledger, relation));
  }

  /** Deletes an edge. */
  unrelate(name: string, id: bigint, graph: string = GRAPH): void {
    this.#by(name, (writer) => unrelateOne(writer, this.ledger, graph, id));
  }

  /** Reads incidences, which has rows derived; they are as the edges say. */
  lookAtIncidence(): void {
    if (this.#idle) return;
    checkIncidence(this.#db!, this.ledger.parts, this.#library.Revision.parse);
  }

  /** Seals what is pending. */
  async seal(name: string): Promise<void> {
    await this.#tell(name, (writer) => writer.seal(), (session) => session.seal(), checkToken);
  }

  /** The same, blocking. */
  async sealSync(name: string): Promise<void> {
    await this.#tell(name, (writer) => writer.seal(), (session) => session.sealSync(), checkToken);
  }

  /** Commits the oldest pending intent. */
  async commit(name: string, options?: CommitOptions): Promise<void> {
    const codes = options?.collisions === "refuse" ? ["collision"] : [];
    await this.#tell(
      name,
      (writer) => writer.commit(),
      (session) => session.commit(options),
      checkResult,
      codes,
    );
  }

  /** The same, blocking. */
  async commitSync(name: string): Promise<void> {
    await this.#tell(
      name,
      (writer) => writer.commit(),
      (session) => session.commitSync(),
      checkResult,
    );
  }

  /** Abandons the oldest pending intent. */
  async abandon(name: string): Promise<void> {
    await this.#tell(name, (writer) => writer.abandon(), (session) => session.abandon());
  }

  /** Closes a session. */
  async closeSession(name: string): Promise<void> {
    const writer = this.#writers.get(name);
    if (this.#idle || writer === undefined) return;
    this.#writers.delete(name);
    const closed = (): void => void this.#openIds.delete(writer.session.id);
    await this.#call(() => writer.session.close(), closed, closed, ["uncommitted"]);
  }

  /** Commits entries through a session of the pool; or throws instead, so that they are abandoned. */
  async write(count: number, throws = false): Promise<void> {
    if (this.#idle) return;
    let writer: Writer | undefined;
    let told: Told | undefined;
    await this.#call(
      () =>
        this.#db!.write((session) => {
          if (!this.#pooled.has(session.id)) this.ledger.takeId(session.id);
          this.#pooled.add(session.id);
          writer = new Writer(session, this.ledger);
          writeEntries(writer, this.ledger, count, {});
          if (throws) throw new Thrown();
          told = writer.commit();
        }),
      () => told?.done(),
      (error) => {
        told?.failed(error);
        if (error instanceof Thrown) writer?.abandon().done();
        else if (!isUnknown(error)) writer?.abandon();
      },
      throws ? [Thrown.code] : [],
    );
  }

  /** Puts everything committed into run files. */
  async flush(): Promise<void> {
    if (!this.#idle) await this.#call(() => this.#db!.flush());
  }

  /** Merges all run files of each space, unless the database is closed meanwhile. */
  async compact(): Promise<void> {
    const done = (): void => {};
    if (!this.#idle) await this.#call(() => this.#db!.compact(), done, done, ["closed"]);
  }

  /** Commits an interrupted intent. */
  async adopt(place = 0): Promise<void> {
    await this.#resolve(place, "adopting", "committed", (intent) => intent.adopt());
  }

  /** Gives an interrupted intent up. */
  async discard(place = 0): Promise<void> {
    await this.#resolve(place, "discarding", "gone", (intent) => intent.discard());
  }

  /** Closes the database. */
  async close(): Promise<void> {
    if (this.#idle) return;
    const db = this.#db!;
    this.#db = undefined; // From now on nobody looks.
    await this.#call(() => db.close(), () => {}, () => {}, ["uncommitted"]);
  }

  /** From now on the files of a session cannot be synced; without a name they can again. */
  breakFiles(name?: string): void {
    const id = name === undefined ? undefined : this.#writers.get(name)?.session.id;
    this.storage.failSyncs(id === undefined ? undefined : `${ROOT}/sessions/${id}.`);
  }

  /**
   * What the process after a crash does; at times it adopts first, at times it discards.
   *
   * @param more What else it writes in its intent
   */
  async goOn(more?: (run: DatabaseRun, name: string) => Promise<void>): Promise<void> {
    await this.open();
    const turn = (this.ledger.openings + this.ledger.nextNumber) % 3;
    if (turn === 1) await this.adopt();
    if (turn === 2) await this.discard();
    await this.createSpace();
    this.session("next");
    this.insert("next", 1);
    await more?.(this, "next");
    await this.commit("next");
    await this.close();
  }

  /** Opens and judges twice more: the second time not even a file changes. */
  async lookAgain(): Promise<void> {
    await this.open();
    this.lookAtIncidence();
    await this.close();
    const files = listFiles(this.storage.disk);
    await this.open();
    await this.close();
    const after = listFiles(this.storage.disk);
    if (files !== after) throw new Violation(`opening changed files:\n${files}\n\n${after}`);
  }

  /** Whether there is nobody to do anything, or nothing to do it to. */
  get #idle(): boolean {
    return this.storage.crashed || this.#db === undefined;
  }

  /** Whether the device has failed, so that calls may. */
  get #failed(): boolean {
    return this.storage.faulted || this.storage.broken;
  }

  #look(): Found {
    return look(this.#db!, this.ledger.parts, this.#library.Revision.parse);
  }

  /** A space or a graph. */
  async #create(name: string, body: (db: Database) => Promise<unknown>): Promise<void> {
    const { spaces } = this.ledger;
    if (this.#idle || spaces.has(name)) return;
    spaces.set(name, "perhaps");
    await this.#call(
      () => body(this.#db!),
      () => spaces.set(name, "there"),
      (error) => {
        if (!isUnknown(error)) spaces.delete(name);
      },
    );
  }

  #by(name: string, body: (writer: Writer) => void): void {
    const writer = this.#writers.get(name);
    if (this.#idle || writer === undefined) return;
    this.#try(() => body(writer));
  }

  async #tell<T>(
    name: string,
    tell: (writer: Writer) => Told,
    body: (session: Session) => T | Promise<T>,
    check: (result: T, part: Part) => void = () => {},
    codes: readonly string[] = [],
  ): Promise<void> {
    const writer = this.#writers.get(name);
    if (this.#idle || writer === undefined) return;
    const told = tell(writer);
    await this.#call(
      () => body(writer.session),
      (result) => {
        told.done();
        if (told.part !== undefined) check(result, told.part);
      },
      (error) => told.failed(error),
      codes,
    );
  }

  async #resolve(
    place: number,
    doubt: Fate,
    settled: Fate,
    body: (intent: InterruptedIntent) => Promise<unknown>,
  ): Promise<void> {
    const intent = this.#idle ? undefined : this.#db!.interrupted()[place];
    if (intent === undefined) return;
    const parts = this.ledger.cut(entriesIn(intent, this.ledger.parts).map(([each]) => each));
    // What failed with an unknown outcome stays in doubt, whatever is tried after it.
    const certain = parts.every(({ fate }) => fate !== "adopting" && fate !== "discarding");
    const become = (fate: Fate): void => parts.forEach((part) => part.fate = fate);
    if (certain) become(doubt);
    await this.#call(
      () => body(intent),
      () => become(settled),
      (error) => {
        if (certain && !isUnknown(error)) become("interrupted");
      },
    );
  }

  /** Makes one call, tells the ledger how it went, and looks whether the database shows just that. */
  async #call<T>(
    body: () => T | Promise<T>,
    done: (value: T) => void = () => {},
    failed: (error: unknown) => void = () => {},
    codes: readonly string[] = [],
  ): Promise<void> {
    let settle: () => void;
    try {
      const value = await body();
      settle = () => done(value);
    } catch (error) {
      settle = () => {
        checkError(error, codes, this.#failed);
        failed(error);
      };
    }
    if (this.storage.crashed) return;
    settle();
    if (this.#db === undefined) return;
    this.ledger.check(this.#look(), (id) => this.#openIds.has(id));
    const { latest, parts } = this.ledger;
    checkPast(this.#db, latest, parts, this.#library.Revision.parse);
  }

  #try(body: () => void, codes: readonly string[] = []): void {
    try {
      body();
    } catch (error) {
      checkError(error, codes, this.#failed);
    }
  }
}
