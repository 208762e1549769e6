/**
 * What a writer holds: one stream of entries, durable on its own, visible intent by intent.
 *
 * @module
 */

import { encodeBinaries, encodeShared, encodeValues } from "../bytes/value.ts";
import type { Revision } from "../clock/revision.ts";
import { ClosedError, describe, InvalidArgumentError, UncommittedError } from "../errors.ts";
import type { HyperedgeInput, NameOrHandle } from "../hyperedge.ts";
import { VALUE_BYTES_MAX } from "../limits.ts";
import type { CommitResult, DurableIntent } from "./batch.ts";
import type { CommitOptions } from "./commit_options.ts";
import {
  checkEdges,
  type EdgeBook,
  type RelatedEdge,
  type RelatedEdges,
  type RelateManyOptions,
} from "./relating.ts";
import type { SessionStream } from "./stream.ts";

/** A space, by its handle or its name. */
export type SpaceReference = NameOrHandle;

/** A graph, by its handle or its name. */
export type GraphReference = NameOrHandle;

/** Many records, for `insertMany`. */
export interface RecordBatch {
  /** The points, row after row: as many numbers for each as the space has dimensions. */
  coordinates: ArrayLike<number>;
  /**
   * The value of each record: a function of its index, called once for each in order; or bytes, of which
   * the i-th record gets `bytes[offsets[i]]` up to `bytes[offsets[i + 1]]`, exclusive, as a `Uint8Array`.
   */
  data: ((index: number) => unknown) | { bytes: Uint8Array; offsets: ArrayLike<number> };
}

/** What `insertMany` wrote. */
export interface InsertedRange {
  /** The stamp of the first record. */
  first: Revision;
  /** The stamp of the last; between them, only the sequence differs. */
  last: Revision;
  /** How many records. */
  entries: number;
}

/** Where entries may go. */
export interface AddressBook {
  /**
   * Finds a space and checks a point in it.
   *
   * @returns The number of the space, and the point as a fresh array
   */
  locate(space: SpaceReference, point: ArrayLike<number>): { space: number; point: number[] };
  /**
   * Finds a space and checks many points in it.
   *
   * @returns The number of the space, how many points there are, and their coordinates in an array of
   * their own, row after row
   */
  locateMany(
    space: SpaceReference,
    coordinates: ArrayLike<number>,
  ): { space: number; count: number; coordinates: Float64Array };
  /** Finds a graph. */
  graph(graph: GraphReference): EdgeBook;
}

/** Gives a session up; called once. */
export type Release = () => Promise<{ dropped: number; error: unknown }>;

/**
 * One writer's stream. What is inserted is in memory; what is sealed is durable and invisible; what is
 * committed is durable and visible, all of it at once.
 *
 * A session has one intent open at a time: it begins with the first entry and closes when `commit` or
 * `abandon` is called. Later entries begin the next. When a commit fails its intent is pending again, and
 * is what the next `commit` or `abandon` is about; those behind it wait.
 *
 * @example
 * ```ts
 * import { MemoryStorage, open } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * await using db = await open("/plant", { storage: new MemoryStorage() });
 * const pumps = await db.createSpace("pumps", { dims: 3 });
 * await using session = db.session();
 * session.insert(pumps, [120, 45, 3], { degrees: 81 });
 * await session.seal(); // Survives a power loss; nobody sees it.
 * assert.equal(pumps.get([120, 45, 3]), undefined);
 * await session.commit();
 * assert.deepEqual(pumps.get([120, 45, 3])?.data, { degrees: 81 });
 * ```
 */
export class Session implements AsyncDisposable {
  /** The id: never given to another session of this database. */
  readonly id: number;
  readonly #stream: SessionStream;
  readonly #book: AddressBook;
  readonly #release: Release;
  #closing: ReturnType<Release> | undefined;

  /**
   * Sessions are made by `db.session()`.
   *
   * @param stream What it writes to
   * @param book Where entries may go
   * @param release Gives the stream up
   */
  constructor(stream: SessionStream, book: AddressBook, release: Release) {
    this.id = stream.id;
    this.#stream = stream;
    this.#book = book;
    this.#release = release;
  }

  /** What is in memory and neither committed nor abandoned. */
  get pending(): { entries: number; bytes: number } {
    return this.#closing === undefined ? this.#stream.pending : { entries: 0, bytes: 0 };
  }

  /**
   * Writes a value at a point, replacing what is there; in memory, until `seal` or `commit`.
   *
   * @param space A space of this database, or its name
   * @param point As many coordinates as the space has dimensions
   * @param data Any value that MessagePack holds; encoded here, so later changes do not matter
   * @returns The stamp of this write
   * @throws {InvalidArgumentError} If the point or the value is not as above; no stamp was taken
   * @throws {NotFoundError} If there is no such space
   * @throws {ClockSkewError} If the wall clock is far behind; see `db.acknowledgeClockSkew()`
   * @throws {BudgetExceededError} If the intent has become too large
   * @throws {PoisonedError} If both files of this session have failed
   * @throws {ClosedError} After `close`
   */
  insert(space: SpaceReference, point: ArrayLike<number>, data: unknown): Revision {
    this.#checkOpen();
    const address = this.#book.locate(space, point);
    const value = encodeShared(data);
    if (value.length > VALUE_BYTES_MAX) throw tooLarge(value.length);
    return this.#stream.add(address.space, address.point, value);
  }

  /**
   * Writes many values at once, as `insert` does one after the other, and several times as fast: the
   * points come as one array, and so may the values. In memory, until `seal` or `commit`.
   *
   * @param space A space of this database, or its name
   * @param batch The records; copied here
   * @returns The first and the last stamp; undefined if there are no records
   * @throws As `insert`; nothing was written and no stamp was taken
   *
   * @example
   * ```ts
   * import { MemoryStorage, open } from "@infinite/db";
   * import assert from "node:assert/strict";
   *
   * await using db = await open("/scan", { storage: new MemoryStorage() });
   * const cloud = await db.createSpace("cloud", { dims: 3 });
   * await db.write((session) => {
   *   const coordinates = new Uint32Array([1, 2, 3, 4, 5, 6]); // Two points.
   *   session.insertMany(cloud, { coordinates, data: (index) => ({ index }) });
   * });
   * assert.deepEqual(cloud.get([4, 5, 6])?.data, { index: 1 });
   * ```
   */
  insertMany(space: SpaceReference, batch: RecordBatch): InsertedRange | undefined {
    this.#checkOpen();
    if (typeof batch !== "object" || batch === null) {
      throw new InvalidArgumentError(
        `A batch is an object with coordinates and data, not ${describe(batch)}`,
        { found: batch },
      );
    }
    const { coordinates, data } = batch;
    const located = this.#book.locateMany(space, coordinates);
    const { count } = located;
    const values = typeof data === "function"
      ? encodeValues(count, data)
      : encodeBinaries(count, data);
    for (let i = 0, from = 0; i < count; from = values.ends[i++]) {
      if (values.ends[i] - from > VALUE_BYTES_MAX) throw tooLarge(values.ends[i] - from);
    }
    this.#checkOpen(); // A callback may have closed it.
    if (count === 0) return undefined;
    return { ...this.#stream.addMany(located.space, located.coordinates, values), entries: count };
  }

  /**
   * Deletes what is at a point; in memory, until `seal` or `commit`. Nothing there is no error.
   *
   * @param space A space of this database, or its name
   * @param point As many coordinates as the space has dimensions
   * @returns The stamp of this deletion
   * @throws As `insert`
   */
  delete(space: SpaceReference, point: ArrayLike<number>): Revision {
    this.#checkOpen();
    const address = this.#book.locate(space, point);
    return this.#stream.add(address.space, address.point, undefined);
  }

  /**
   * Relates points: writes a hyperedge, replacing the one that has its id; in memory, until `seal` or
   * `commit`. With the records of the same intent it becomes visible in one step.
   *
   * Its endpoints need no record to stand there, and deleting one does not delete its relations.
   *
   * @param graph A graph of this database, or its name
   * @param edge What is related, and how; copied
   * @returns Its id, minted unless given, and the stamp of this version
   * @throws {InvalidEdgeError} If it breaks a rule of hyperedges, or of the graph; no stamp was taken
   * @throws {NotFoundError} If there is no such graph
   * @throws As `insert`
   */
  relate(graph: GraphReference, edge: HyperedgeInput): RelatedEdge {
    this.#checkOpen();
    const book = this.#book.graph(graph);
    const { id, data } = book.encode(edge);
    this.#checkOpen(); // A getter may have closed it.
    return this.#stream.relate(book.graph, id, data);
  }

  /**
   * Relates many points at once, as `relate` does one after the other: all edges, or none; or, within a
   * budget, all that keep the rules.
   *
   * @param graph A graph of this database, or its name
   * @param edges What is related, and how; copied
   * @param options How many may break a rule, and are then left out and told of
   * @returns The ids, the stamps, and what was left out
   * @throws {InvalidEdgeError} If more break a rule than the budget allows: the rule is that of the first,
   * `errors` has all of them, nothing was written and no stamp was taken
   * @throws As `relate`; nothing was written and no stamp was taken
   */
  relateMany(
    graph: GraphReference,
    edges: Iterable<HyperedgeInput>,
    options?: RelateManyOptions,
  ): RelatedEdges {
    this.#checkOpen();
    const book = this.#book.graph(graph);
    const { ids, values, errors } = checkEdges(book, edges, options);
    this.#checkOpen(); // What gives the edges may have closed it.
    const entries = values.ends.length;
    return { ...this.#stream.relateMany(book.graph, ids, values), entries, errors };
  }

  /**
   * Takes a relation back: deletes a hyperedge; in memory, until `seal` or `commit`. None there is no
   * error.
   *
   * @param graph A graph of this database, or its name
   * @param id Which
   * @returns The stamp of this deletion
   * @throws {InvalidEdgeError} Unless the id is a bigint from 0 to 2^64-1
   * @throws As `insert`
   */
  unrelate(graph: GraphReference, id: bigint): Revision {
    this.#checkOpen();
    const book = this.#book.graph(graph);
    book.checkId(id);
    return this.#stream.relate(book.graph, id, undefined).revision;
  }

  /**
   * Makes everything pending durable; nobody sees it yet. Calls that wait join in one sync.
   *
   * @returns A token for `commit({ durable })`
   * @throws {NothingToCommitError} If nothing is pending
   * @throws {PoisonedError} If both files of this session have failed; the intent stays pending
   */
  async seal(): Promise<DurableIntent> {
    this.#checkOpen();
    return await this.#stream.seal();
  }

  /**
   * The same, blocking.
   *
   * @returns A token for `commit({ durable })`
   * @throws {BusyError} If an asynchronous call of this session is at work; nothing was changed
   */
  sealSync(): DurableIntent {
    this.#checkOpen();
    return this.#stream.sealSync();
  }

  /**
   * Commits the oldest pending intent: one sync for its unsealed entries and the verdict. When it
   * resolves, every reader sees all of it, and it survives a power loss.
   *
   * @param options What must be durable, what it is called, and what to do about collisions
   * @returns Its revisions, and where other sessions wrote meanwhile
   * @throws {NothingToCommitError} If nothing is pending
   * @throws {StaleIntentError} If `durable` stands for anything else, or an earlier intent is pending
   * @throws {CollisionError} If collisions were to refuse it; nothing was written
   * @throws {PoisonedError} If both files have failed; with `outcome: "unknown"` it may yet turn out
   * committed when the database is opened again
   */
  async commit(options?: CommitOptions): Promise<CommitResult> {
    this.#checkOpen();
    return await this.#stream.commit(options);
  }

  /**
   * The same, blocking. It does not wait for a flush when much is unflushed: it could not.
   *
   * @param options As for `commit`
   * @returns As `commit`
   * @throws {BusyError} If an asynchronous call of this session is at work; nothing was changed
   */
  commitSync(options?: CommitOptions): CommitResult {
    this.#checkOpen();
    return this.#stream.commitSync(options);
  }

  /**
   * Gives up the oldest pending intent; nothing pending is no error. What was handed to a file is
   * given up durably.
   *
   * @throws {PoisonedError} If that is impossible: the intent may return as interrupted
   */
  async abandon(): Promise<void> {
    this.#checkNotClosed();
    await this.#stream.abandon();
  }

  /**
   * Waits for what is at work, and ends the session. Sealed intents stay, as interrupted.
   *
   * @throws {UncommittedError} If entries were never sealed; they are gone, and all is released
   */
  async close(): Promise<void> {
    const first = this.#closing === undefined;
    const { dropped, error } = await (this.#closing ??= this.#release());
    if (!first) return;
    if (error !== undefined) throw error;
    if (dropped === 0) return;
    throw new UncommittedError(
      `${dropped} entries of session ${this.id} were neither sealed nor committed and are gone; commit() or abandon() before close()`,
      { found: dropped },
    );
  }

  /** Ends the session as `close` does, but drops unsealed entries as a rolled-back transaction would. */
  async [Symbol.asyncDispose](): Promise<void> {
    const first = this.#closing === undefined;
    const { error } = await (this.#closing ??= this.#release());
    if (first && error !== undefined) throw error;
  }

  #checkOpen(): void {
    this.#checkNotClosed();
    this.#stream.checkOpen();
  }

  #checkNotClosed(): void {
    if (this.#closing === undefined && !this.#stream.closed) return;
    throw new ClosedError(`Session ${this.id} is closed; open another`);
  }
}

function tooLarge(bytes: number): InvalidArgumentError {
  return new InvalidArgumentError(
    `A value of ${bytes} bytes does not fit; it may have ${VALUE_BYTES_MAX}`,
    { expected: VALUE_BYTES_MAX, found: bytes },
  );
}
