/**
 * The stream of one session: stamps entries, keeps its intents in their order, and checks what is asked
 * of them before anything changes. What becomes of them is carried out by `work_queue.ts`.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import {
  BudgetExceededError,
  BusyError,
  ClosedError,
  NothingToCommitError,
  PoisonedError,
} from "../errors.ts";
import { INTENT_BYTES_MAX, U32_MAX } from "../limits.ts";
import type { CommitResult, DurableIntent } from "./batch.ts";
import { checkCommitOptions, checkToken, type CommitOptions } from "./commit_options.ts";
import type { DataEntry, EncodedValues } from "../segment/entry_list.ts";
import { entryBytes, Intent, type Medium } from "./intent.ts";
import type { RelatedEdge, RelatedEdges } from "./relating.ts";
import { logLocation, SessionLog } from "./session_log.ts";
import { type StreamHost, WorkQueue } from "./work_queue.ts";

/** A stream that has given more of its sequence numbers is not used again: the next might not suffice. */
const SEQUENCES_REUSED_MAX = U32_MAX / 2;

/** What a stream leaves when it is closed. */
export interface Leftovers {
  /** How many entries were never durable, and are gone. */
  dropped: number;
  /** Entries that are durable and settled by no verdict. */
  interrupted: { entries: DataEntry[]; medium: Medium } | undefined;
  /**
   * The first revision of what a file may hold beside that: a group that failed, and may yet be whole.
   */
  uncertain: Revision | undefined;
}

/** The stream of one session. */
export class SessionStream {
  /** The id of the session. */
  readonly id: number;
  readonly #host: StreamHost;
  readonly #logs: Readonly<Record<Medium, SessionLog>>;
  /** Those not settled, oldest first. */
  readonly #intents: Intent[] = [];
  /** What waits to be carried out. */
  readonly queue: WorkQueue;
  #sequence = 0;
  /** How many ids of edges were minted. */
  #edges = 0;
  #closed = false;

  /**
   * @param id Minted for it
   * @param host What all streams share
   */
  constructor(id: number, host: StreamHost) {
    this.id = id;
    this.#host = host;
    const log = (medium: Medium): SessionLog =>
      new SessionLog(
        logLocation(host.storage, host.root, id, medium),
        medium,
        () => host.fileCreated(id),
      );
    this.#logs = { fast: log("fast"), wal: log("wal") };
    this.queue = new WorkQueue(id, host, this.#logs, this.#intents);
  }

  /** What is in memory and not settled. */
  get pending(): { entries: number; bytes: number } {
    const pending = { entries: 0, bytes: 0 };
    for (const intent of this.#intents) {
      pending.entries += intent.entries.length;
      pending.bytes += intent.bytes;
    }
    return pending;
  }

  /** The first revision that is not settled; undefined when all are. */
  get firstPending(): Revision | undefined {
    return this.#intents[0]?.first;
  }

  /** Whether `close` was called. */
  get closed(): boolean {
    return this.#closed;
  }

  /** Whether it may be used again: not closed, nothing failed, sequence numbers left for any writer. */
  get usable(): boolean {
    return !this.#closed && this.queue.roads.blocked === undefined &&
      this.#sequence <= SEQUENCES_REUSED_MAX;
  }

  /**
   * Throws unless an entry may be added.
   *
   * @throws {ClosedError} After `close`
   * @throws {PoisonedError} If both files have failed
   */
  checkOpen(): void {
    if (this.#closed) throw new ClosedError(`Session ${this.id} is closed; open another`);
    if (this.queue.roads.blocked !== undefined) throw this.queue.roads.poisoned();
  }

  /**
   * Stamps an entry and adds it to the open intent, after everything else about it was checked.
   *
   * @param space The number of the space
   * @param point The point; copied
   * @param data The value as bytes; copied; undefined for a tombstone
   * @returns Its revision
   */
  add(space: number, point: ArrayLike<number>, data: Uint8Array | undefined): Revision {
    const open = this.#checkRoom(1, data === undefined ? 0 : data.length);
    const revision = this.#host.clock.stamp(this.id, this.#sequence + 1);
    this.#sequence++;
    (open ?? this.#begin()).entries.add(space, point, revision, data);
    return revision;
  }

  /**
   * Stamps many writes and adds them to the open intent, after everything else about them was checked.
   *
   * @param space The number of the space
   * @param coordinates Points, row after row; copied
   * @param values As many as there are points, at least one; copied
   * @returns The first and the last revision
   */
  addMany(
    space: number,
    coordinates: Float64Array,
    values: EncodedValues,
  ): { first: Revision; last: Revision } {
    const count = values.ends.length;
    const open = this.#checkRoom(count, entryBytes(count, coordinates.length, values.bytes.length));
    const first = this.#host.clock.stamp(this.id, this.#sequence + 1, count);
    this.#sequence += count;
    const { entries } = open ?? this.#begin();
    entries.addMany(space, coordinates, first, values);
    return { first, last: entries.revisionAt(entries.length - 1) };
  }

  /**
   * Adds an entry of a graph, which stands at the two words of an edge's id.
   *
   * @param graph The number of the graph
   * @param id The id; minted unless given
   * @param data The edge as bytes; copied; undefined to take it back
   */
  relate(graph: number, id: bigint | undefined, data: Uint8Array | undefined): RelatedEdge {
    const own = id ?? edgeId(this.id, this.#edges + 1);
    const revision = this.add(graph, wordsOf(own), data);
    if (id === undefined) this.#edges++;
    return { id: own, revision };
  }

  /**
   * Adds many edges.
   *
   * @param graph The number of the graph
   * @param wanted Their ids, or that one is to be minted; undefined stands for none
   * @param values As many as there are edges; copied
   */
  relateMany(
    graph: number,
    wanted: readonly (bigint | "minted" | undefined)[],
    values: EncodedValues,
  ): Pick<RelatedEdges, "ids" | "first" | "last"> {
    let minted = this.#edges;
    const ids = wanted.map((id) => id === "minted" ? edgeId(this.id, ++minted) : id);
    const count = values.ends.length;
    if (count === 0) return { ids, first: undefined, last: undefined };
    const points = new Float64Array(2 * count);
    let at = 0;
    for (const id of ids) {
      if (id !== undefined) [points[at++], points[at++]] = wordsOf(id);
    }
    const range = this.addMany(graph, points, values);
    this.#edges = minted;
    return { ids, ...range };
  }

  /** Makes everything pending durable; nobody sees it yet. */
  async seal(): Promise<DurableIntent> {
    const { intent, token } = this.#toSeal();
    return await new Promise((done, fail) => {
      this.queue.enqueue({ kind: "seal", intent, token, done, fail });
    });
  }

  /** The same, blocking. */
  sealSync(): DurableIntent {
    this.#checkIdle();
    const { intent, token } = this.#toSeal();
    return this.queue.runAlone<DurableIntent>((done, fail) => ({
      kind: "seal",
      intent,
      token,
      done,
      fail,
    }));
  }

  /**
   * Commits the oldest pending intent.
   *
   * @param given How
   */
  async commit(given?: CommitOptions): Promise<CommitResult> {
    const { intent, options } = this.#toCommit(given);
    return await new Promise((done, fail) => {
      this.queue.enqueue({ kind: "commit", intent, options, done, fail });
    });
  }

  /** The same, blocking. */
  commitSync(given?: CommitOptions): CommitResult {
    this.#checkIdle();
    const { intent, options } = this.#toCommit(given);
    return this.queue.runAlone<CommitResult>((done, fail) => ({
      kind: "commit",
      intent,
      options,
      done,
      fail,
    }));
  }

  /** Gives up the oldest pending intent; nothing to give up is no error. */
  async abandon(): Promise<void> {
    const intent = this.#intents.find((each) => !each.inFlight);
    if (intent === undefined) return;
    if (intent.verdictHanded) throw this.#mayBeCommitted(intent);
    intent.closed = true;
    intent.inFlight = true;
    if (!intent.touched && !this.queue.busy) {
      const nothing = { kind: "abandon", intent, done() {}, fail() {} } as const;
      return this.queue.succeed(nothing, "wal");
    }
    await new Promise<void>((done, fail) => {
      this.queue.enqueue({ kind: "abandon", intent, done, fail });
    });
  }

  /**
   * Waits for what is at work and closes the files. Called once.
   *
   * What is left is handed over in the step in which it stops to be pending here: at no moment is an
   * intent that may yet be committed known to nobody, or a merge in the background would leave out what
   * it must find when it is.
   *
   * @param takeOver Takes what is left
   * @returns The first error that nobody has been given
   */
  async close(takeOver: (leftovers: Leftovers) => void): Promise<unknown> {
    this.#closed = true;
    await this.queue.end();
    let error: unknown;
    for (const log of [this.#logs.fast, this.#logs.wal]) {
      await log.close().catch((each) => error ??= each);
    }
    takeOver(this.#leftovers());
    for (const intent of this.#intents.splice(0)) this.#host.history.end(intent.base);
    return error;
  }

  #leftovers(): Leftovers {
    const leftovers: Leftovers = { dropped: 0, interrupted: undefined, uncertain: undefined };
    let settled = true;
    for (const intent of this.#intents) {
      leftovers.dropped += intent.entries.length - intent.durable;
      if (intent.verdictHanded || intent.touched && intent.durable < intent.entries.length) {
        leftovers.uncertain ??= intent.first;
      }
      // Behind one that may be committed nothing is offered: to settle it would settle that one, too.
      if (intent.verdictHanded) settled = false;
      if (intent.durable === 0 || !settled) continue;
      const medium = intent.sealed.wal === intent.durable ? "wal" : "fast";
      leftovers.interrupted ??= { entries: [], medium };
      for (let i = 0; i < intent.durable; i++) {
        leftovers.interrupted.entries.push(intent.entries.at(i));
      }
    }
    return leftovers;
  }

  /** The open intent, if there is one; throws when that, or the session, has no room for so much. */
  #checkRoom(count: number, bytes: number): Intent | undefined {
    const newest = this.#intents.at(-1);
    const open = newest === undefined || newest.closed ? undefined : newest;
    if (this.#sequence + count > U32_MAX) throw sequencesUsedUp(this.id);
    const before = open === undefined ? 0 : open.bytes;
    // The first entry fits whatever its size; a batch is no exception.
    if (before + bytes > INTENT_BYTES_MAX && (open !== undefined || count > 1)) {
      throw tooLarge(this.id, before);
    }
    return open;
  }

  #begin(): Intent {
    const intent = new Intent(this.#host.history.begin());
    this.#intents.push(intent);
    return intent;
  }

  #toSeal(): { intent: Intent; token: Omit<DurableIntent, "medium"> } {
    const intent = this.#target("seal");
    const { first, last, entries } = intent;
    return { intent, token: { session: this.id, first, last, entries: entries.length } };
  }

  /** Nothing changes before everything was checked. */
  #toCommit(given?: CommitOptions): { intent: Intent; options: CommitOptions } {
    const options = checkCommitOptions(given);
    const intent = this.#target("commit");
    if (options.durable !== undefined) checkToken(options.durable, this.id, intent);
    intent.closedBefore = intent.closed;
    intent.closed = true;
    intent.inFlight = true;
    return { intent, options };
  }

  #target(action: string): Intent {
    this.checkOpen();
    const intent = this.#intents.find((each) => !each.inFlight);
    if (intent !== undefined) return intent;
    throw new NothingToCommitError(
      `Session ${this.id} has nothing to ${action}; insert something first`,
    );
  }

  #checkIdle(): void {
    this.checkOpen();
    if (!this.queue.busy) return;
    throw new BusyError(
      `An asynchronous call of session ${this.id} is at work; await it, or call the asynchronous form`,
    );
  }

  #mayBeCommitted(intent: Intent): PoisonedError {
    return new PoisonedError(
      `A commit of this intent (${intent.entries.length} entries) of session ${this.id} failed with unknown outcome; it cannot be abandoned, since it may turn out committed when the database is opened again`,
      { outcome: "unknown", cause: this.queue.roads.blocked },
    );
  }
}

/** Unique as long as nobody gives such an id himself: a session has fewer than 2^32 stamps. */
function edgeId(session: number, count: number): bigint {
  return BigInt(session) << 32n | BigInt(count);
}

function wordsOf(id: bigint): [high: number, low: number] {
  return [Number(id >> 32n), Number(id & 0xffff_ffffn)];
}

function sequencesUsedUp(session: number): BudgetExceededError {
  return new BudgetExceededError(
    `Session ${session} has given all its ${U32_MAX} sequence numbers; open another session`,
    { expected: U32_MAX, retryable: false },
  );
}

function tooLarge(session: number, bytes: number): BudgetExceededError {
  return new BudgetExceededError(
    `The open intent of session ${session} has ${bytes} bytes, and an intent is at most ${INTENT_BYTES_MAX}; commit it first`,
    { expected: INTENT_BYTES_MAX, found: bytes, retryable: false },
  );
}
