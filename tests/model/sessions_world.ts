/**
 * A database under test beside its model: opens it, kills it, waits for it, and compares the two.
 *
 * @module
 */

import type {
  CommitResult,
  Database,
  DurableIntent,
  FileStorage,
  InfiniteDbError,
  OpenOptions,
  Revision,
  Session,
  Snapshot,
} from "../../mod.ts";
import { makeRandom, type Random } from "../crash/random.ts";
import { type ModelLibrary, type Tally, Violation } from "./history.ts";
import { ModelStorage } from "./model_storage.ts";
import { ModelTime, settle } from "./model_time.ts";
import { type ModelCollision, type ModelIntent, SessionsModel } from "./sessions_model.ts";
import { checkReader, POINTS } from "./sessions_reads.ts";
import { compareInterrupted, decide } from "./sessions_undecided.ts";

/** A session, or a `db.write`, that is not settled. */
export interface Writer {
  id: number;
  handle: Session;
  /** Those not settled, oldest first. */
  intents: ModelIntent[];
  /** How many of its calls are at work. */
  calls: number;
  /** What its seals returned. */
  tokens: DurableIntent[];
  closing: boolean;
}

/** A snapshot, and up to which commit it sees. */
export interface Pinned {
  snapshot: Snapshot;
  through: number;
}

const ROOT = "/db";
const DRAINS_MAX = 50;
const NEVER_MS = 2 ** 40;

/** One database, through all its openings, and its model. */
export class World {
  readonly library: ModelLibrary;
  readonly time = new ModelTime();
  readonly model = new SessionsModel();
  readonly tally: Tally;
  readonly trace: string[] = [];
  /** Whether large values are written, too. */
  large = false;
  /** How often what happens. */
  weights: readonly number[] = [];
  /** Draws for the step that is being made. */
  random: Random = makeRandom(0);
  storage: ModelStorage;
  db!: Database;
  writers: Writer[] = [];
  snapshots: Pinned[] = [];
  /** Calls at work, those of the database itself included. */
  inFlight = 0;
  /** Adoptions that were answered since it was last settled: when they were published is not known. */
  adoptions = 0;
  /** Checks that have to wait until it is settled. */
  readonly later: (() => void)[] = [];
  /** Ids ever given to a session, and those given to `db.write` since it was opened. */
  readonly sessionIds = new Set<number>();
  readonly leasedIds = new Set<number>();
  /** Every stamp ever given. */
  readonly stamps = new Set<string>();
  readonly stampsGiven: string[] = [];
  lastStamp = "";
  highestMs = 0;
  acknowledged = false;
  /** Whether the database is being closed: calls of its writers may come too late. */
  closing = false;
  #nextValue = 0;
  #broken: unknown;

  constructor(library: ModelLibrary, tally: Tally) {
    this.library = library;
    this.tally = tally;
    this.storage = this.#storageOn(new library.MemoryStorage());
  }

  /** A number no other value has. */
  nextValue(): number {
    return ++this.#nextValue;
  }

  /** Counts what happened. */
  count(what: string): void {
    this.tally[what] = (this.tally[what] ?? 0) + 1;
  }

  /** Notes what happens, for whoever reads a failure. */
  note(line: string): void {
    this.trace.push(line);
  }

  below(limit: number): number {
    return Math.floor(this.random() * limit);
  }

  chance(share: number): boolean {
    return this.random() < share;
  }

  pick<T>(list: readonly T[]): T | undefined {
    return list[this.below(list.length)];
  }

  /** Follows a call to its end, which may never come if the process is killed. */
  watch<T>(
    promise: Promise<T>,
    done: (value: T) => void,
    failed: (error: InfiniteDbError) => void,
  ): void {
    const { storage } = this;
    this.inFlight++;
    const answer = (act: () => void): void => {
      if (storage.killed || storage !== this.storage) return;
      this.inFlight--;
      try {
        act();
      } catch (error) {
        this.#broken ??= error;
      }
    };
    promise.then((value) => answer(() => done(value)), (error) => answer(() => failed(error)));
  }

  /** Throws unless an error is one of those that may come. */
  expect(error: InfiniteDbError, allowed: readonly string[], what: string): void {
    const code = error?.code as string | undefined;
    if (code !== undefined && allowed.includes(code)) return this.note(`    ${what}: ${code}`);
    const faulty = this.storage.faults > 0 && ["io", "no-space", "poisoned"].includes(code ?? "");
    if (faulty) return this.note(`    ${what}: ${code}, ${error.outcome ?? "not done"}`);
    throw new Violation(`${what} failed: ${error?.stack ?? error}`, { cause: error });
  }

  /** Waits until nothing can go on, then compares; a kill that has come meanwhile is lived through. */
  async settle(): Promise<void> {
    await settle();
    if (this.#broken !== undefined) throw this.#broken;
    for (const check of this.later.splice(0)) check();
    this.adoptions = 0;
    if (this.storage.killed) await this.reopenAfterKill();
    else this.#quietly(() => this.#compare());
  }

  /** Opens the database, whatever comes between. */
  async open(): Promise<void> {
    const readable = { readOnly: false };
    for (let attempt = 0;; attempt++) {
      if (attempt > DRAINS_MAX) throw new Violation("it cannot be opened");
      if (this.storage.killed) this.storage = this.#storageOn(this.storage.image!);
      const result = await this.#drained(this.library.open(ROOT, this.#options(readable)));
      if ("value" in result) {
        this.db = result.value;
        break;
      }
      if (this.storage.killed) this.count("kills while opening");
      else {
        this.expect(result.error, [], "open");
        this.count("openings that failed");
      }
      this.storage.fault = undefined;
    }
    this.inFlight = 0;
    this.closing = false;
    this.leasedIds.clear();
    this.lastStamp = "";
    this.acknowledged = false;
    await this.#drained(this.db.createSpace("flat", { dims: 2 }));
    if (!this.storage.killed) await this.#drained(this.db.createSpace("deep", { dims: 3 }));
  }

  /** A second reader beside the writer, or an opening to write. */
  #options({ readOnly }: { readOnly: boolean }): OpenOptions {
    const deadlineMs = this.pick([0, 2, 2, NEVER_MS])!;
    const fastPath: OpenOptions["fastPath"] = this.chance(0.5) ? false : { deadlineMs };
    const tailBytesMax = this.pick([0, 150, 400, 2000, 1_000_000])!;
    this.note(`  fast path ${fastPath && deadlineMs}, tail of ${tailBytesMax}`);
    return { storage: this.storage, clock: this.time, fastPath, tailBytesMax, readOnly };
  }

  /** Opens again after a kill, and finds out what became of everything that was undecided. */
  async reopenAfterKill(): Promise<void> {
    for (const check of this.later.splice(0)) check();
    this.note("killed");
    this.count("kills");
    this.time.forgetTimers();
    this.model.forgetStamps();
    for (const writer of this.writers) {
      for (const intent of writer.intents) {
        if (writer.calls > 0) intent.touched = intent.entries.length;
        intent.mayCommit ||= intent.busy === "commit";
        intent.mayVanish ||= intent.busy === "abandon";
      }
      this.leave(writer);
    }
    for (const intent of this.model.ended) {
      intent.mayCommit ||= intent.busy === "commit";
      intent.mayVanish ||= intent.busy === "abandon";
    }
    await this.reopen();
  }

  /** Opens again, and finds out what became of everything that was undecided. */
  async reopen(): Promise<void> {
    this.snapshots = [];
    this.writers = [];
    do {
      await this.open();
    } while (this.storage.killed);
    this.#quietly(() => decide(this.model, this.db, (what) => this.count(what)));
    this.#quietly(() => this.#compare());
  }

  /** Closes the database; everything that is at work is answered before. */
  async close(dispose: boolean): Promise<void> {
    this.note(dispose ? "dispose" : "close");
    this.storage.holds = undefined;
    this.closing = true;
    const { db } = this;
    const countable = !dispose && !this.writers.some(({ closing }) => closing);
    const closing = dispose ? db[Symbol.asyncDispose]() : db.close();
    const result = await this.#drained(closing);
    if (this.storage.killed) return await this.reopenAfterKill();
    if (this.#broken !== undefined) throw this.#broken;
    if (this.inFlight > 0) throw new Violation(`${this.inFlight} calls were never answered`);
    for (const check of this.later.splice(0)) check();
    const before = this.writers.flatMap(({ intents }) => intents);
    const pending = before.reduce((sum, { entries }) => sum + entries.length, 0);
    let dropped = 0;
    if ("error" in result) {
      this.expect(result.error, dispose ? [] : ["uncommitted"], "close");
      if (result.error.code === "uncommitted") dropped = result.error.found as number;
    }
    const exact = this.storage.faults === 0 && countable;
    for (const writer of this.writers) this.leave(writer);
    if (this.storage.faults > 0) this.model.forgetStamps();
    this.storage = this.#storageOn(this.storage.inner);
    await this.reopen();
    const listed = before.filter((intent) => this.model.ended.includes(intent));
    const left = listed.reduce((sum, { entries }) => sum + entries.length, 0);
    if (!exact || dropped === pending - left) return;
    throw new Violation(`close() told of ${dropped} dropped entries, ${pending - left} are gone`);
  }

  /** A session has ended: what it did not settle waits to be found. */
  leave(writer: Writer): void {
    this.writers = this.writers.filter((each) => each !== writer);
    for (const intent of writer.intents) intent.place = "left";
    this.model.ended.push(...writer.intents);
  }

  /** An intent is settled, wherever it was. */
  forget(writer: Writer, intent: ModelIntent): void {
    writer.intents = writer.intents.filter((each) => each !== intent);
    this.model.ended = this.model.ended.filter((each) => each !== intent);
  }

  /** Whatever was sealed or committed until now may have taken these entries along. */
  touch(writer: Writer): void {
    for (const intent of writer.intents) intent.touched = intent.entries.length;
  }

  /** Compares collisions when it is known what was published before. */
  checkCollisions(
    { collisions, collisionsUnknown }: Pick<CommitResult, "collisions" | "collisionsUnknown">,
    expected: () => ModelCollision[],
    least: () => ModelCollision[],
    what: string,
  ): void {
    const { faults } = this.storage;
    const wanted = expected();
    this.later.push(() => {
      const found = collisions.map((each) => describe(each));
      const exact = wanted.map((each) => describe(each));
      if (collisionsUnknown === 0 && found.join() === exact.join()) return;
      if (collisionsUnknown > 0 && faults > 0) return;
      const lower = least().map((each) => describe(each));
      const loose = this.adoptions > 0 && lower.length <= found.length;
      if (loose && collisionsUnknown === 0) return;
      throw new Violation(`${what} collides with [${found}], not with [${exact}]`);
    });
    if (collisions.length > 0) this.count("collisions");
  }

  async #drained<T>(
    promise: Promise<T>,
  ): Promise<{ value: T } | { error: InfiniteDbError }> {
    let result: { value: T } | { error: InfiniteDbError } | undefined;
    promise.then((value) => result = { value }, (error) => result = { error });
    for (let drains = 0; drains < DRAINS_MAX; drains++) {
      await settle();
      if (this.storage.killed) return result ?? { error: new Violation("killed") as never };
      if (result !== undefined) return result;
      this.storage.releaseAll();
    }
    throw new Violation("it hangs: nothing is held, and a call is never answered");
  }

  /** Asks without being disturbed by what is about to go wrong. */
  #quietly(ask: () => void): void {
    this.storage.quiet = true;
    try {
      ask();
    } finally {
      this.storage.quiet = false;
    }
  }

  #compare(): void {
    const { db, model, random } = this;
    const asOf = this.#moment();
    for (const space of Object.keys(POINTS)) {
      checkReader(db.space(space), model, { through: model.ordinal, asOf, random });
      const pinned = this.pick(this.snapshots);
      if (pinned === undefined) continue;
      const { snapshot, through } = pinned;
      checkReader(snapshot.space(space), model, { through, asOf, random });
    }
    for (const { handle, intents, closing, id } of this.writers) {
      const wanted = intents.reduce((sum, { entries }) => sum + entries.length, 0);
      const { entries } = handle.pending;
      if (closing || entries === wanted) continue;
      throw new Violation(`session ${id} has ${entries} entries pending, not ${wanted}`);
    }
    compareInterrupted(model, db.interrupted());
    if (db.quarantined().length > 0) {
      throw new Violation(`quarantined: ${JSON.stringify(db.quarantined())}`);
    }
    const stats = db.stats();
    const settled = stats.settledThrough.toString();
    if (settled > model.settledThrough) model.settledThrough = settled;
    this.tally["most run files"] = Math.max(this.tally["most run files"] ?? 0, stats.runs);
  }

  #moment(): Revision | undefined {
    const stamp = this.pick(this.stampsGiven);
    return stamp === undefined ? undefined : this.library.Revision.parse(stamp);
  }

  #storageOn(files: FileStorage): ModelStorage {
    return new ModelStorage(files, () => new this.library.MemoryStorage());
  }
}

function describe(
  { space, point, sessions, revisions }: {
    space: string;
    point: readonly number[];
    sessions: readonly number[];
    revisions: readonly (Revision | string)[];
  },
): string {
  return `${space} ${point.join()} by ${sessions.join()} at ${revisions.join()}`;
}
