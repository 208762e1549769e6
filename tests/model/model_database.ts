/**
 * A database as a model test handles it: opens it, lets what is in the background go on, fails it, kills
 * it, and knows what its sessions have pending and what they left.
 *
 * @module
 */

import type {
  Database,
  FileStorage,
  InfiniteDbError,
  OpenOptions,
  Session,
  Snapshot,
} from "../../mod.ts";
import { type ModelLibrary, type Tally, Violation } from "./history.ts";
import { ModelStorage } from "./model_storage.ts";
import { ModelTime, settle } from "./model_time.ts";
import type { DiskStorage } from "./space_disk.ts";
import type { Draw } from "./space_draw.ts";

/** Something written; its revision is in hex, which sorts as revisions do. */
export interface Stamped {
  readonly revision: string;
}

/** What a session has written and not settled. */
export interface Intent<Entry> {
  session: number;
  entries: Entry[];
  /** So many of them are durable. */
  sealed: number;
  /** How many commits there were at its first entry. */
  base: number;
}

/** An open session. */
export interface Writer<Entry> {
  id: number;
  handle: Session;
  intent: Intent<Entry> | undefined;
}

/** What may have been dropped where only the latest is kept. */
export interface Past {
  /** Whether anything was merged so far. */
  merged: boolean;
  /** A deletion up to here may be gone. */
  settled: string;
}

/** A snapshot, and what it sees. */
export interface Pinned {
  snapshot: Snapshot;
  /** The last commit before it. */
  through: number;
  past: Past;
  /** When it was taken. */
  takenMs: number;
}

/** Something half read, to be read on later. */
export interface Cursor {
  /** Reads some more, or all: whether there is more. Throws at a wrong answer. */
  readOn(all: boolean): boolean;
  snapshot: Pinned | undefined;
}

/** How a call ended. */
export type Outcome<T> = { value: T } | { error: InfiniteDbError };

const ROOT = "/db";
const TURNS_MAX = 3000;
/** So long a call may wait for what is held before that is let go. */
const TURNS_HELD = 3;

/** One database through all its openings. */
export class ModelDatabase<Entry extends Stamped> {
  readonly library: ModelLibrary;
  readonly tally: Tally;
  readonly time: ModelTime = new ModelTime();
  readonly trace: string[] = [];
  /** Where things are, if they are in real files. */
  disk: DiskStorage | undefined;
  storage: ModelStorage;
  db!: Database;
  /** Draws for the step that is being made. */
  draw!: Draw;
  weights: readonly number[] = [];
  /** Whether intents of hundreds of entries are written. */
  bulk = false;
  writers: Writer<Entry>[] = [];
  interrupted: Intent<Entry>[] = [];
  snapshots: Pinned[] = [];
  cursors: Cursor[] = [];
  /** How many commits there were. */
  ordinal = 0;
  /** What `stats().settledThrough` said at most, and since it was opened: a kill forgets the latest stamps. */
  settled = "";
  settledNow = "";
  merged = false;
  /** Stamps of all kinds, to ask about. */
  readonly stamps: string[] = [];
  lastStamp = "";
  #lastValue = 0;
  #closing = false;
  #broken: { error: unknown } | undefined;

  /**
   * @param library The code under test
   * @param tally Counts what happened
   * @param disk Real files, if it is to be in such
   */
  constructor(library: ModelLibrary, tally: Tally, disk?: DiskStorage) {
    this.library = library;
    this.tally = tally;
    this.disk = disk;
    this.storage = this.#storageOn(disk ?? new library.MemoryStorage());
  }

  count(what: string, by = 1): void {
    this.tally[what] = (this.tally[what] ?? 0) + by;
  }

  note(line: string): void {
    this.trace.push(line);
  }

  /** A number that no other value has. */
  nextValue(): number {
    return ++this.#lastValue;
  }

  /** What may have been dropped until now. */
  past(): Past {
    const { runs, flushes, settledThrough } = this.db.stats();
    if (runs > 0 || flushes > 0) this.merged = true;
    return { merged: this.merged, settled: settledThrough.toString() };
  }

  /** Lets everything go on that can do so without a held sync. */
  async turn(): Promise<void> {
    this.time.advance(0);
    await settle();
    while (this.disk !== undefined && this.disk.syncing > 0) await settle();
    if (this.#broken !== undefined) throw this.#broken.error;
  }

  /** Waits for a call; what is held is let go when there is no other way. */
  async outcome<T>(promise: Promise<T>): Promise<Outcome<T>> {
    const ends: Outcome<T>[] = [];
    promise.then((value) => ends.push({ value }), (error) => ends.push({ error }));
    for (let turns = 0; turns < TURNS_MAX; turns++) {
      await this.turn();
      if (ends.length > 0) return ends[0];
      if (turns >= TURNS_HELD) this.storage.release(0);
    }
    throw new Violation("it hangs: a call is never answered");
  }

  /** Waits for a call that has to do what it is asked for. */
  async done<T>(what: string, promise: Promise<T>): Promise<T> {
    const outcome = await this.outcome(promise);
    if ("value" in outcome) return outcome.value;
    throw this.failed(what, outcome.error);
  }

  /** Follows a call that nobody waits for. */
  follow(what: string, promise: Promise<unknown>): void {
    const { storage } = this;
    promise.catch((error) => {
      if (storage !== this.storage || storage.killed) return;
      const mayFail = this.isFault(error) || this.#closing && error?.code === "closed";
      if (!mayFail) this.#broken ??= { error: this.failed(what, error) };
    });
  }

  /** Whether an error is one of those that were injected. */
  isFault(error: InfiniteDbError): boolean {
    return this.storage.faults > 0 && ["io", "no-space"].includes(error?.code);
  }

  /** What it means that a call failed that should not have. */
  failed(what: string, error: InfiniteDbError): Violation {
    return new Violation(`${what} failed: ${error?.stack ?? error}`, { cause: error });
  }

  /** Does something while nothing fails, counts or is held. */
  quietly<T>(act: () => T): T {
    this.storage.quiet = true;
    try {
      return act();
    } finally {
      this.storage.quiet = false;
    }
  }

  /** Ends what fails, and holds nothing any more. */
  mend(): void {
    this.storage.fault = undefined;
    this.storage.holds = undefined;
    this.storage.releaseAll();
  }

  /** Opens the database, and finds everything that was committed or sealed. */
  async open(): Promise<void> {
    const { draw } = this;
    const tailBytesMax = draw.pick([0, 300, 2000, 20_000, 1e9]);
    // Pages that go at once are read, and verified, so often that large histories take seconds.
    const smallest = this.bulk && draw.chance(0.8) ? 20_000 : 0;
    const cacheBytesMax = Math.max(smallest, draw.pick([0, 0, 3000, 100_000, 1e9]));
    this.time.tickMs = draw.pick([0, 1, 5]);
    this.note(`open: a tail of ${tailBytesMax}, a cache of ${cacheBytesMax}`);
    this.time.wallMs += 1 + draw.below(3);
    const { storage, time: clock } = this;
    const options: OpenOptions = { storage, clock, tailBytesMax, cacheBytesMax };
    this.db = await this.done("open", this.library.open(ROOT, options));
    this.#closing = false;
    this.settledNow = "";
    this.interrupted.sort((a, b) => a.entries[0].revision < b.entries[0].revision ? -1 : 1);
    if (this.ordinal > 0) this.merged = true; // What was replayed was flushed.
  }

  /** Another process may have a look at the same files. */
  async openBeside(): Promise<Database | undefined> {
    const { storage, time: clock } = this;
    const options = { storage, clock, readOnly: true, cacheBytesMax: 0 };
    const opened = await this.outcome(this.library.open(ROOT, options));
    if ("value" in opened) return opened.value;
    if (opened.error?.code === "busy" || this.isFault(opened.error)) return undefined;
    throw this.failed("open to read", opened.error);
  }

  /** Closes it, or leaves its scope, and opens it again. */
  async reopen(dispose: boolean): Promise<void> {
    this.note(dispose ? "dispose and reopen" : "close and reopen");
    this.mend();
    this.#closing = true;
    const pending = this.writers.reduce((sum, { intent }) => sum + unsealed(intent), 0);
    const closing = dispose ? this.db[Symbol.asyncDispose]() : this.db.close();
    const closed = await this.outcome(closing);
    if ("error" in closed) {
      const { code, found } = closed.error;
      const told = !dispose && code === "uncommitted" && found === pending && pending > 0;
      if (!told && !this.isFault(closed.error)) throw this.failed("close", closed.error);
    } else if (!dispose && pending > 0) throw new Violation(`close() did not tell of ${pending}`);
    this.storage = this.#storageOn(this.storage.inner);
    this.#forget();
    await this.open();
  }

  /** The process is killed; another opens what it left. */
  async kill(): Promise<void> {
    this.note("kill and reopen");
    this.count("kills");
    this.storage.kill();
    this.time.forgetTimers();
    await this.turn();
    if (this.disk !== undefined) this.disk = this.storage.image as DiskStorage;
    this.storage = this.#storageOn(this.storage.image!);
    this.#forget();
    await this.open();
  }

  /** A session has ended: what it sealed waits for a decision. */
  leave(writer: Writer<Entry>): void {
    this.writers = this.writers.filter((each) => each !== writer);
    const { intent } = writer;
    if (intent === undefined || intent.sealed === 0) return;
    this.interrupted.push({ ...intent, entries: intent.entries.slice(0, intent.sealed) });
  }

  /**
   * The ordinal of a commit that has just been made.
   *
   * @param entries What it brought
   */
  commitOf(entries: readonly Entry[]): number {
    const ordinal = ++this.ordinal;
    const [{ revision: first }] = entries;
    if (first <= this.settled) {
      throw new Violation(`${first} was committed, and settledThrough was ${this.settled}`);
    }
    this.count("commits");
    this.count("versions", entries.length);
    return ordinal;
  }

  /** Compares what `stats()` tells with what it may tell. */
  compareStats(): void {
    const { settledThrough, flushFailure, compactionFailure, runs } = this.db.stats();
    const settled = settledThrough.toString();
    if (settled < this.settledNow) throw new Violation(`settledThrough went back to ${settled}`);
    this.settledNow = settled;
    if (settled > this.settled) this.settled = settled;
    const failure = flushFailure ?? compactionFailure;
    if (failure !== undefined && this.storage.faults === 0) throw new Violation(failure);
    this.tally["most run files"] = Math.max(this.tally["most run files"] ?? 0, runs);
  }

  #forget(): void {
    for (const writer of [...this.writers]) this.leave(writer);
    this.snapshots = [];
    this.cursors = [];
  }

  #storageOn(files: FileStorage): ModelStorage {
    return new ModelStorage(files, () => this.disk?.another() ?? new this.library.MemoryStorage());
  }
}

function unsealed(intent: Intent<unknown> | undefined): number {
  return intent === undefined ? 0 : intent.entries.length - intent.sealed;
}
