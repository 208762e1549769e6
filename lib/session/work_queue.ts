/**
 * The queue of one session: what waits to be sealed, committed or abandoned, and who carries it out.
 *
 * The first call that finds nobody at work works the queue off. All that waits goes into one group and
 * one sync (group commit), so a session that does not wait for its calls pays for few syncs. Which file
 * the group goes to is decided in `roads.ts`. State moves only after the sync, and then in one breath:
 * durable, published, answered.
 *
 * @module
 */

import type { HybridClock } from "../clock/hybrid_clock.ts";
import { Revision } from "../clock/revision.ts";
import {
  BusyError,
  CollisionError,
  InfiniteDbError,
  PoisonedError,
  StaleIntentError,
} from "../errors.ts";
import type { FileStorage } from "../file/storage.ts";
import { GroupBuffer } from "../segment/group.ts";
import { Batch, type Operation, refuses, takeBatch } from "./batch.ts";
import {
  type Collisions,
  collisionsWith,
  type CommittedVersions,
  NO_COLLISIONS,
} from "./collision.ts";
import { CommitFlight, type CommitGuard } from "./commit_guard.ts";
import type { CommitHistory } from "./commit_history.ts";
import type { Intent, Medium } from "./intent.ts";
import { type FastPathCounters, Roads } from "./roads.ts";
import { LogThinning, type SettledEnds } from "./log_thinning.ts";
import type { SessionLog } from "./session_log.ts";

/** What all streams of a database share. */
export interface StreamHost {
  /** Where the files are. */
  readonly storage: FileStorage;
  /** The root of the database. */
  readonly root: string;
  /** Gives stamps. */
  readonly clock: HybridClock;
  /** Who committed when. */
  readonly history: CommitHistory;
  /** Keeps refusing commits apart. */
  readonly guard: CommitGuard;
  /** What is committed. */
  readonly committed: CommittedVersions;
  /** How long the fast segment is tried first; undefined if it is not. */
  readonly fastPathDeadlineMs: number | undefined;
  /** How the fast path does. */
  readonly counters: FastPathCounters;
  /** What commits wait for while too much is not flushed; undefined if nothing. */
  room(): Promise<unknown> | undefined;
  /** A file of the stream is about to be created. */
  fileCreated(session: number): void;
  /** An intent is committed, durably: every reader shall see it from here on. */
  publish(session: number, intent: Intent): void;
  /** An intent is abandoned, durably. */
  abandoned(session: number, intent: Intent): void;
}

/** The queue of one session. */
export class WorkQueue {
  /** The way to the files. */
  readonly roads: Roads;
  readonly #id: number;
  readonly #host: StreamHost;
  readonly #logs: Readonly<Record<Medium, SessionLog>>;
  readonly #intents: Intent[];
  readonly #group = new GroupBuffer(4 * 1024);
  readonly #waiting: Operation[] = [];
  readonly #drained: (() => void)[] = [];
  readonly #chores: (() => void)[] = [];
  readonly #settledEnds: SettledEnds = {};
  readonly #thinning: LogThinning;
  #working = false;
  #lastSettled: Revision | undefined;

  /**
   * @param id The id of the session
   * @param host What all sessions share
   * @param logs The files
   * @param intents Those not settled, oldest first; settled ones are taken out here
   */
  constructor(
    id: number,
    host: StreamHost,
    logs: Readonly<Record<Medium, SessionLog>>,
    intents: Intent[],
  ) {
    this.#id = id;
    this.#host = host;
    this.#logs = logs;
    this.#intents = intents;
    this.#thinning = new LogThinning(logs);
    this.roads = new Roads(id, logs, host.fastPathDeadlineMs, host.counters);
  }

  /** Whether something waits or is at work. */
  get busy(): boolean {
    return this.#working;
  }

  /** Up to where each file holds only intents that are settled, and published. */
  get settledEnds(): SettledEnds {
    return { ...this.#settledEnds };
  }

  /** Resolves when nothing waits and nobody is at work. */
  async drained(): Promise<void> {
    if (this.#working) await new Promise<void>((resolve) => this.#drained.push(resolve));
  }

  /**
   * Drops what is settled from the files, in the background. Nobody waits for it: a commit may be waiting
   * for the flush that asks for this.
   *
   * @param ends Up to where; an earlier value of `settledEnds`
   * @param bytesMin Files with less to drop are left alone
   * @param failed Called if a file could not be replaced; the session goes on
   */
  thin(ends: SettledEnds, bytesMin: number, failed: (error: unknown) => void): void {
    this.#thinning.begin(ends, {
      bytesMin,
      failed,
      whenIdle: (chore) => {
        if (this.#working) this.#chores.push(chore);
        else chore();
      },
      replacing: (medium) => delete this.#settledEnds[medium], // Its offsets are of the file as it was.
    });
  }

  /** Waits until nothing is at work, and gives up what was done in the background. */
  async end(): Promise<void> {
    await this.drained();
    await this.#thinning.stop();
  }

  /**
   * Puts an operation in line.
   *
   * @param operation Its `done` or `fail` is called when it is settled
   */
  enqueue(operation: Operation): void {
    this.#waiting.push(operation);
    if (!this.#working) void this.#work();
  }

  async #work(): Promise<void> {
    this.#working = true;
    while (this.#working) {
      const operations = this.#admit(takeBatch(this.#waiting));
      const trip = new Trip(operations);
      if (operations.length > 0) await this.#makeDurable(trip);
      // Nobody is at work any more before the first answer is out: whoever gets it may call again.
      this.#working = this.#waiting.length > 0;
      this.#answer(trip);
      for (const chore of this.#chores.splice(0)) chore();
    }
    for (const resolve of this.#drained.splice(0)) resolve();
  }

  /**
   * Carries out an operation, blocking; nobody may be at work.
   *
   * @param make Makes it
   * @returns What it brought
   */
  runAlone<T>(
    make: (done: (value: T) => void, fail: (error: unknown) => void) => Operation,
  ): T {
    let value: T | undefined;
    let failure: { error: unknown } | undefined;
    const operation = make((each) => value = each, (error) => failure = { error });
    const trip = new Trip(this.#admit([operation]));
    if (trip.operations.length > 0) this.#makeDurableSync(trip);
    this.#answer(trip);
    if (failure !== undefined) throw failure.error;
    return value as T;
  }

  /** Sends away what has to wait for an earlier intent: one that failed after the call was made. */
  #admit(operations: Operation[]): Operation[] {
    const leaving = new Set<Intent>();
    return operations.filter((operation) => {
      if (operation.kind === "seal") return true;
      const earliest = this.#intents.find((each) => !leaving.has(each));
      if (operation.kind === "abandon" || earliest === operation.intent) {
        leaving.add(operation.intent);
        return true;
      }
      operation.intent.inFlight = false;
      operation.fail(
        new StaleIntentError(
          `An earlier intent of session ${this.#id} could not be committed and is pending again; commit or abandon it first`,
        ),
      );
      return false;
    });
  }

  async #makeDurable(trip: Trip): Promise<void> {
    try {
      const { flight } = trip;
      if (flight !== undefined) {
        const room = this.#host.room();
        if (room !== undefined) await room;
        for (let other = this.#host.guard.blocker(flight); other !== undefined;) {
          await other.landed();
          other = this.#host.guard.blocker(flight);
        }
      }
      const batch = this.#depart(trip);
      trip.medium = await this.roads.travel(batch);
      batch.accept(trip.medium);
    } catch (error) {
      trip.error = error;
    }
  }

  #makeDurableSync(trip: Trip): void {
    try {
      if (trip.flight !== undefined && this.#host.guard.blocker(trip.flight) !== undefined) {
        throw new BusyError(
          `Another session is committing at an address of this intent, and one of the two refuses collisions; try again`,
        );
      }
      const batch = this.#depart(trip);
      trip.medium = this.roads.travelSync(batch);
      batch.accept(trip.medium);
    } catch (error) {
      trip.error = error;
    }
  }

  /** From here on nobody commits at an address that this trip guards; so now is the time to look. */
  #depart(trip: Trip): Batch {
    if (trip.flight !== undefined) {
      this.#host.guard.begin(trip.flight);
      trip.begun = true;
    }
    for (const operation of trip.operations) {
      if (!refuses(operation)) continue;
      const { collisions, collisionsUnknown } = this.#collisionsOf(operation.intent);
      if (collisions.length + collisionsUnknown > 0) {
        throw new CollisionError(
          `Other sessions have written at ${collisions.length} addresses of this intent since it began, and ${collisionsUnknown} could not be read; nothing was written: look, then commit with collisions: "report", or abandon`,
          { found: collisions },
        );
      }
    }
    return new Batch(trip.operations, this.#id, this.#intents, this.#group);
  }

  /** Publishes and answers. Nothing here may fail: what is durable is committed. */
  #answer(trip: Trip): void {
    for (const operation of trip.operations) {
      if (trip.error === undefined) this.succeed(operation, trip.medium!);
      else this.#fail(operation, trip.error);
    }
    if (this.#allSettledInOrder()) {
      for (const medium of ["fast", "wal"] as const) {
        const { boundary: at, replacements } = this.#logs[medium];
        if (at !== undefined) this.#settledEnds[medium] = { at, replacements };
      }
    }
    if (trip.begun) this.#host.guard.end(trip.flight!);
  }

  /**
   * An operation is durable: what follows from it happens here, at once.
   *
   * @param operation Which
   * @param medium Where
   */
  succeed(operation: Operation, medium: Medium): void {
    const { kind, intent } = operation;
    if (kind === "seal") {
      operation.done({ ...operation.token, medium: intent.medium ?? medium });
      return;
    }
    this.#intents.splice(this.#intents.indexOf(intent), 1);
    this.#lastSettled = intent.last;
    if (kind === "abandon") {
      this.#host.history.end(intent.base);
      this.#host.abandoned(this.#id, intent);
      operation.done();
      return;
    }
    this.#host.publish(this.#id, intent);
    const collisions = this.#collisionsOf(intent);
    this.#host.history.end(intent.base);
    const { first, last, entries } = intent;
    operation.done({ first, last, entries: entries.length, ...collisions });
  }

  /** Whether what is pending came after all that is settled, and no file has seen any of it. */
  #allSettledInOrder(): boolean {
    const last = this.#lastSettled;
    return last !== undefined &&
      this.#intents.every((each) => !each.touched && Revision.compare(each.first, last) > 0);
  }

  #fail(operation: Operation, error: unknown): void {
    const { kind, intent } = operation;
    if (kind === "abandon" && !intent.touched) return this.succeed(operation, "wal");
    if (kind !== "seal") {
      intent.inFlight = false;
      if (error instanceof BusyError && !intent.verdictHanded) {
        intent.closed = intent.closedBefore || intent !== this.#intents.at(-1);
      }
    }
    if (kind === "commit" && intent.verdictHanded && error instanceof InfiniteDbError) {
      operation.fail(this.#outcomeUnknown(error));
    } else if (kind === "abandon") operation.fail(this.#mayReturn(error));
    else operation.fail(error);
  }

  #collisionsOf(intent: Intent): Collisions {
    const news = this.#host.history.since(intent.base, this.#id);
    if (news.length === 0) return NO_COLLISIONS;
    return collisionsWith(intent.entries, news, this.#host.committed);
  }

  #outcomeUnknown(cause: InfiniteDbError): InfiniteDbError {
    const message =
      `${cause.message}; whether the commit took effect is unknown until the database is opened again`;
    const { file, code, retryable } = cause;
    const facts = { file, cause, outcome: "unknown", retryable } as const;
    return code === "poisoned"
      ? new PoisonedError(message, facts)
      : new InfiniteDbError(code, message, facts);
  }

  #mayReturn(cause: unknown): PoisonedError {
    return new PoisonedError(
      `The intent of session ${this.#id} could not be abandoned durably; it may return as interrupted when the database is opened again, and can be discarded then`,
      { cause },
    );
  }
}

/** Operations on their way to a file, and how it went. */
class Trip {
  readonly operations: readonly Operation[];
  readonly flight: CommitFlight | undefined;
  begun = false;
  medium: Medium | undefined;
  error: unknown;

  constructor(operations: readonly Operation[]) {
    this.operations = operations;
    const commits = operations.filter(({ kind }) => kind === "commit");
    if (commits.length === 0) return;
    const intents = commits.map(({ intent }) => intent.entries);
    this.flight = new CommitFlight(intents, commits.some(refuses));
  }
}
