/**
 * The database as its users see it: open, write through sessions, read, close.
 *
 * @module
 */

import type { RootClaim } from "./file/lock.ts";
import { type Revision, revisionBelow } from "./clock/revision.ts";
import { describe, InvalidArgumentError, UncommittedError } from "./errors.ts";
import type { Core } from "./database/core.ts";
import { openCore, type Opened } from "./database/opening.ts";
import { checkOpenOptions, type OpenOptions } from "./database/options.ts";
import { type Snapshot, snapshotOf } from "./database/snapshot.ts";
import type { Graph } from "./graph/graph.ts";
import type { GraphConfig } from "./graph/graph_config.ts";
import type { CommitResult } from "./session/batch.ts";
import { checkCommitOptions, type CommitOptions } from "./session/commit_options.ts";
import type { InterruptedIntent } from "./session/interrupted.ts";
import type { QuarantinedFile } from "./session/quarantine.ts";
import type { RecoveryReport } from "./session/recovery_report.ts";
import type { FastPathCounters } from "./session/roads.ts";
import type { Session } from "./session/session.ts";
import type { Space, SpaceConfig } from "./store/space.ts";

/** How a `db.write` is committed. */
export interface WriteOptions extends CommitOptions {
  /**
   * Called with what the commit brought, before `write` resolves; not if nothing was written. What it
   * throws `write` throws in the end, and a promise that it returns is awaited: the write is committed all
   * the same.
   */
  onCommit?(result: CommitResult): void;
}

/** How a database does. */
export interface DatabaseStats {
  /** Sessions that are open. */
  sessions: number;
  /** Commits since it was opened; what was replayed counts. */
  commits: number;
  /** Entries committed and not yet in a run file. */
  tailEntries: number;
  /** The same in bytes. */
  tailBytes: number;
  /** Run files. */
  runs: number;
  /** Flushes since it was opened. */
  flushes: number;
  /** Why the last flush in the background failed; undefined if it did not. */
  flushFailure?: string;
  /** Why run files were not merged after the last flush; undefined if they were, or need not be. */
  compactionFailure?: string;
  /** Files that could not be removed or made smaller: nothing is lost by them but space. */
  retirementFailures: string[];
  /** Interrupted intents that wait for a decision. */
  interrupted: number;
  /** Files of corrupt sessions. */
  quarantined: number;
  /** Entries that sessions dropped when they ended. */
  droppedEntries: number;
  /** How the fast path has done. */
  fastPath: FastPathCounters;
  /**
   * Nothing will ever be committed at or below this revision. After a kill, if the wall clock was set
   * back as well, that holds up to the highest stamp that was durable: others nobody remembers.
   */
  settledThrough: Revision;
}

/**
 * Opens a database, and creates it if it is missing.
 *
 * Everything that was committed is visible when it resolves. What was sealed and not committed when its
 * session ended waits in `db.interrupted()`; what was found is told in `db.recovery`.
 *
 * @param root The directory of the database, as a path or `file:` URL
 * @param options Where, and how
 * @returns The database
 * @throws {LockedError} If another process, or this one, has it open for writing
 * @throws {CorruptionError} If the manifest does not verify, or is missing though other files are there
 * @throws {NewerFormatError} If a newer version wrote it
 * @throws {NotFoundError} If it is missing and not to be created
 * @throws {InvalidArgumentError} If root or options are not as they must be
 *
 * @example
 * ```ts
 * import { MemoryStorage, open } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * await using db = await open("/plant", { storage: new MemoryStorage() }); // Leave storage out for files.
 * const pumps = await db.createSpace<{ degrees: number }>("pumps", { dims: 3 });
 * await db.write((session) => {
 *   session.insert(pumps, [120, 45, 3], { degrees: 81 });
 *   session.insert(pumps, [121, 45, 3], { degrees: 78 });
 * });
 * const hot = pumps.query({ min: [100, 0, 0], max: [200, 99, 9] }).filter(({ data }) => data.degrees > 80);
 * assert.deepEqual(hot.toArray().map(({ point }) => point), [[120, 45, 3]]);
 * ```
 */
export async function open(root: string | URL, options?: OpenOptions): Promise<Database> {
  const settings = checkOpenOptions(options);
  return new Database(await openCore(root, settings), settings.readOnly);
}

/**
 * An open database.
 *
 * Any number of sessions write at once, each durable on its own; what a session commits becomes visible
 * in one step, in all spaces. Reading never waits. An open database holds no timer and keeps no process
 * alive.
 */
export class Database implements AsyncDisposable {
  /** The root. */
  readonly path: string;
  /** What opening found and did. */
  readonly recovery: RecoveryReport;

  readonly #core: Core;
  readonly #claim: RootClaim | undefined;
  readonly #quarantined: readonly QuarantinedFile[];
  readonly #readOnly: boolean;
  #closing: Promise<{ dropped: number; error: unknown }> | undefined;

  /**
   * Databases are made by `open`.
   *
   * @param opened What it is made of
   * @param readOnly Whether nothing may be written
   */
  constructor(opened: Opened, readOnly: boolean) {
    this.path = opened.core.root;
    this.recovery = opened.recovery;
    this.#core = opened.core;
    this.#claim = opened.claim;
    this.#quarantined = opened.quarantined;
    this.#readOnly = readOnly;
  }

  /**
   * Creates a space: a named set of points with as many integer coordinates as it has dimensions. One
   * that exists as asked is returned.
   *
   * @param name Its name
   * @param config Its dimensions, the bits of a coordinate, and which versions are kept
   * @returns The space; durable
   * @throws {AlreadyExistsError} If it exists and is different
   * @throws {InvalidArgumentError} If name or config are not as they must be
   */
  async createSpace<Data = unknown>(name: string, config: SpaceConfig): Promise<Space<Data>> {
    this.#core.checkWritable();
    return await this.#core.catalogue.create<Data>(name, config);
  }

  /**
   * A space that exists.
   *
   * @param name Its name
   * @throws {NotFoundError} If there is none of that name
   */
  space<Data = unknown>(name: string): Space<Data> {
    this.#core.checkOpen();
    return this.#core.store.space<Data>(name);
  }

  /** All spaces, in the order in which they were created. */
  spaces(): Space[] {
    this.#core.checkOpen();
    return this.#core.store.spaces();
  }

  /**
   * Creates a graph: a named set of hyperedges between points of any spaces. One that exists as asked is
   * returned.
   *
   * @param name Its name, which no space has
   * @param config The kinds of edges it knows, and whether it takes others
   * @returns The graph; durable
   * @throws {AlreadyExistsError} If it exists and is different, or a space has the name
   * @throws {InvalidArgumentError} If name or config are not as they must be
   */
  async createGraph(name: string, config?: GraphConfig): Promise<Graph> {
    this.#core.checkWritable();
    await this.#core.catalogue.createGraph(name, config);
    return this.#core.graphs.graph(name);
  }

  /**
   * A graph that exists.
   *
   * @param name Its name
   * @throws {NotFoundError} If there is none of that name
   */
  graph(name: string): Graph {
    this.#core.checkOpen();
    return this.#core.graphs.graph(name);
  }

  /** All graphs, in the order in which they were created. */
  graphs(): Graph[] {
    this.#core.checkOpen();
    return this.#core.graphs.all();
  }

  /**
   * Opens a session: one writer's stream. Its files are created when it first seals something.
   *
   * @returns A session with an id that no other ever had
   * @throws {BudgetExceededError} If ids are used up for the moment; await something, and try again
   */
  session(): Session {
    this.#core.checkWritable();
    return this.#core.sessions.begin();
  }

  /**
   * Writes in one line: commits when `operation` returns, abandons when it throws.
   *
   * @param operation Gets a session that is its own until it returns; what it writes is one intent
   * @param options How to commit, and whom to tell
   * @returns What `operation` returned
   * @throws What `operation` threw, or why the commit failed; with `outcome: "unknown"` the commit may
   * yet turn out to have happened when the database is opened again. What `onCommit` threw, as it is: the
   * write is committed then, so do not repeat it
   */
  async write<T>(
    operation: (session: Session) => T | Promise<T>,
    options: WriteOptions = {},
  ): Promise<T> {
    this.#core.checkWritable();
    const how = checkCommitOptions(options);
    if (typeof operation !== "function") {
      throw new InvalidArgumentError(
        `An operation is a function that gets a session, not ${describe(operation)}`,
        { found: operation },
      );
    }
    const { session, drained } = this.#core.sessions.lease();
    const told: Promise<void>[] = [];
    let committing = false;
    let value: T;
    try {
      value = await operation(session);
      await drained(); // What the operation called and did not await is its own.
      while (session.pending.entries > 0) {
        committing = true;
        told.push(tell(await session.commit(how), options));
      }
    } catch (error) {
      const unknown = committing && (error as { outcome?: unknown }).outcome === "unknown";
      if (!unknown) await abandonAll(session);
      throw error;
    } finally {
      await session[Symbol.asyncDispose]();
    }
    for (const each of told) await each; // All is settled: nothing that was thrown takes it back.
    return value;
  }

  /** What is visible now, and stays so for whoever reads through it. */
  snapshot(): Snapshot {
    return snapshotOf(this.#core);
  }

  /** Intents that were sealed and not settled when their session ended, oldest first. */
  interrupted(): InterruptedIntent[] {
    this.#core.checkOpen();
    return [...this.#core.sessions.interrupted];
  }

  /** The files of sessions that did not verify; nothing in them is visible but what was sound. */
  quarantined(): QuarantinedFile[] {
    this.#core.checkOpen();
    return this.#quarantined.map((each) => ({ ...each }));
  }

  /** Lets stamps run ahead of a wall clock that is far behind, until it has caught up. */
  acknowledgeClockSkew(): void {
    this.#core.checkWritable();
    this.#core.clock.acknowledgeSkew();
  }

  /** Puts everything committed into run files; logs that are not needed any more go. */
  async flush(): Promise<void> {
    this.#core.checkWritable();
    await this.#core.flush();
  }

  /**
   * Merges the run files of a space or graph into one, which reads best. It happens by itself, by and by:
   * call it after a large import. What was committed before the call is in that one; what is flushed
   * while it is at work may be in others beside it, so it ends however much is written meanwhile.
   *
   * @param space The name of the space or graph; all of them, unless given
   * @throws {NotFoundError} If there is neither
   * @throws {CorruptionError} If a run file does not verify; it stays as it is
   */
  async compact(space?: string): Promise<void> {
    this.#core.checkWritable();
    await this.#core.compact(space);
  }

  /** How the database does. */
  stats(): DatabaseStats {
    this.#core.checkOpen();
    const { store, sessions, manifest, flushes } = this.#core;
    const { flushFailure, compactor: { failure: compactionFailure }, floor } = this.#core;
    return {
      sessions: sessions.open,
      commits: sessions.history.ordinal,
      tailEntries: store.tailEntries,
      tailBytes: store.tailBytes,
      runs: manifest.state.runs.length,
      flushes,
      ...flushFailure === undefined ? {} : { flushFailure: String(flushFailure) },
      ...compactionFailure === undefined ? {} : { compactionFailure: String(compactionFailure) },
      retirementFailures: [...sessions.retirement.failures],
      interrupted: sessions.interrupted.length,
      quarantined: this.#quarantined.length,
      droppedEntries: sessions.droppedEntries,
      fastPath: { ...sessions.counters },
      settledThrough: revisionBelow(floor),
    };
  }

  /**
   * Ends every session, flushes, and gives up files and lock. Closing twice is closing once.
   *
   * @throws {UncommittedError} If entries were never sealed; they are gone, and all is released
   * @throws An I/O error; all is released, and what was committed is safe in the logs
   */
  async close(): Promise<void> {
    const first = this.#closing === undefined;
    const { dropped, error } = await (this.#closing ??= this.#release());
    if (!first) return;
    if (error !== undefined) throw error;
    if (dropped === 0) return;
    throw new UncommittedError(
      `${dropped} entries were neither sealed nor committed and are gone; commit() or abandon() before close()`,
      { found: dropped },
    );
  }

  /** Closes as `close` does, but drops unsealed entries as rolled-back transactions would. */
  async [Symbol.asyncDispose](): Promise<void> {
    const first = this.#closing === undefined;
    const { error } = await (this.#closing ??= this.#release());
    if (first && error !== undefined) throw error;
  }

  async #release(): Promise<{ dropped: number; error: unknown }> {
    const { sessions, store, ids } = this.#core;
    this.#core.closed = true;
    this.#core.compactor.stop();
    let dropped = 0;
    let failure: unknown;
    if (!this.#readOnly) {
      try {
        const ended = await sessions.endAll();
        dropped = ended.dropped;
        failure = ended.error;
        await ids.settled();
        await this.#core.flush();
        await this.#core.giveBack();
      } catch (error) {
        failure ??= error;
      }
    }
    await this.#core.idle(); // A write that nobody awaited must not meet the next owner of the lock.
    await store.close();
    this.#claim?.release();
    return { dropped, error: failure };
  }
}

/** Tells at once, and keeps for later what comes of it. */
function tell(result: CommitResult, options: WriteOptions): Promise<void> {
  const telling = (async () => await options.onCommit?.(result))();
  telling.catch(() => {}); // Not unhandled: `write` throws it, unless it has something worse to tell.
  return telling;
}

/** The first error is the one to tell; an intent that cannot be abandoned returns as interrupted. */
async function abandonAll(session: Session): Promise<void> {
  for (let left = Infinity; session.pending.entries < left;) {
    left = session.pending.entries;
    await session.abandon().catch(() => {});
  }
}
