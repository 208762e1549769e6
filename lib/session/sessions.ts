/**
 * All sessions of one open database: those that write, those that ended and left something, and those
 * that wait to be used again by `db.write`.
 *
 * @module
 */

import type { HybridClock } from "../clock/hybrid_clock.ts";
import { Revision } from "../clock/revision.ts";
import type { FileStorage } from "../file/storage.ts";
import type { CommittedVersions } from "./collision.ts";
import { CommitGuard } from "./commit_guard.ts";
import { CommitHistory } from "./commit_history.ts";
import type { DataEntry, EntryList } from "../segment/entry_list.ts";
import type { Intent, Medium } from "./intent.ts";
import { InterruptedIntent, type Resolution } from "./interrupted.ts";
import type { RecoveredSession } from "./recovery.ts";
import { Retirement } from "./retirement.ts";
import type { FastPathCounters } from "./roads.ts";
import { type AddressBook, Session } from "./session.ts";
import type { SessionIds } from "./session_ids.ts";
import { type Leftovers, SessionStream } from "./stream.ts";
import type { StreamHost } from "./work_queue.ts";

/** What sessions need of the database. */
export interface SessionsHost extends AddressBook, CommittedVersions, Resolution {
  /** Where the files are. */
  readonly storage: FileStorage;
  /** The root of the database. */
  readonly root: string;
  /** Gives stamps. */
  readonly clock: HybridClock;
  /** Gives ids. */
  readonly ids: SessionIds;
  /** How long the fast segment is tried first; undefined if it is not. */
  readonly fastPathDeadlineMs: number | undefined;
  /** What commits wait for while too much is not flushed; undefined if nothing. */
  room(): Promise<unknown> | undefined;
  /** Entries are committed, durably: every reader shall see them from here on. */
  publish(ordinal: number, entries: EntryList): void;
  /** A session ended. */
  sessionEnded(): void;
}

/** The sessions of one open database. */
export class Sessions implements StreamHost {
  readonly storage: FileStorage;
  readonly root: string;
  readonly clock: HybridClock;
  readonly fastPathDeadlineMs: number | undefined;
  readonly committed: CommittedVersions;
  readonly history: CommitHistory = new CommitHistory();
  readonly guard: CommitGuard = new CommitGuard();
  readonly counters: FastPathCounters = { sealed: 0, timedOut: 0, fellBack: 0, failed: 0 };
  /** Which files are still needed. */
  readonly retirement: Retirement;
  /** Entries that ended sessions never sealed, and dropped. */
  droppedEntries = 0;

  readonly #host: SessionsHost;
  readonly #streams = new Map<number, SessionStream>();
  readonly #spare: SessionStream[] = [];
  readonly #ending = new WeakMap<SessionStream, ReturnType<Sessions["endAll"]>>();
  #interrupted: InterruptedIntent[] = [];
  /** The first revision that an ended session may yet turn out to have committed. */
  #uncertain: Revision | undefined;

  /** @param host What they need of the database */
  constructor(host: SessionsHost) {
    this.#host = host;
    this.storage = host.storage;
    this.root = host.root;
    this.clock = host.clock;
    this.fastPathDeadlineMs = host.fastPathDeadlineMs;
    this.committed = host;
    this.retirement = new Retirement(host.storage, host.root);
  }

  /** How many sessions are open. */
  get open(): number {
    return this.#streams.size - this.#spare.length;
  }

  /** What no verdict settles, oldest first. */
  get interrupted(): readonly InterruptedIntent[] {
    return this.#interrupted;
  }

  /** The lowest first revision of any intent that may still be committed; undefined if there is none. */
  get floor(): Revision | undefined {
    let floor = lower(this.#uncertain, this.#interrupted[0]?.first);
    for (const { firstPending } of this.#streams.values()) floor = lower(floor, firstPending);
    return floor;
  }

  /** Opens a session. */
  begin(): Session {
    const stream = this.#mint();
    return new Session(stream, this.#host, () => this.#end(stream));
  }

  /** Opens a session on a stream that an earlier one may have used, and another will. */
  lease(): { session: Session; drained(): Promise<void> } {
    const stream = this.#spare.pop() ?? this.#mint();
    const session = new Session(stream, this.#host, async () => {
      if (stream.pending.entries > 0) return await this.#end(stream);
      if (stream.usable) this.#spare.push(stream);
      else await this.#endSettled(stream);
      return { dropped: 0, error: undefined };
    });
    return { session, drained: () => stream.queue.drained() };
  }

  /** Ends every session that is open: how many entries were dropped, and what went wrong first. */
  async endAll(): Promise<{ dropped: number; error: unknown }> {
    this.#spare.length = 0;
    let dropped = 0;
    let error: unknown;
    for (const stream of [...this.#streams.values()]) {
      const each = await this.#end(stream);
      dropped += each.dropped;
      error ??= each.error;
    }
    return { dropped, error };
  }

  /**
   * Takes up a session that an earlier process has left: its files stay until nothing in them is needed.
   *
   * @param session As it was judged
   */
  takeUp({ id, judgement }: RecoveredSession): void {
    this.retirement.begin(id, undefined, judgement.settled);
    for (const { entries, medium } of judgement.interrupted) {
      this.#interrupt(id, entries, medium);
    }
  }

  /**
   * An interrupted intent was adopted or discarded, durably.
   *
   * @param intent Which
   * @param ordinal The ordinal if it was adopted
   */
  resolved(intent: InterruptedIntent, ordinal = 0): void {
    this.#interrupted = this.#interrupted.filter((each) => each !== intent);
    this.retirement.settle(intent.session, intent.last, ordinal);
    this.retirement.release(intent.session);
  }

  room(): Promise<unknown> | undefined {
    return this.#host.room();
  }

  fileCreated(session: number): void {
    this.retirement.begin(session, this.#streams.get(session));
  }

  publish(session: number, intent: Intent): void {
    const { first, last, entries } = intent;
    const ordinal = this.history.commit(session, first, last, entries);
    this.retirement.settle(session, intent.last, ordinal);
    this.#host.publish(ordinal, intent.entries);
  }

  abandoned(session: number, intent: Intent): void {
    this.retirement.settle(session, intent.last);
  }

  #mint(): SessionStream {
    const id = this.#host.ids.mint();
    const stream = new SessionStream(id, this);
    this.#streams.set(id, stream);
    return stream;
  }

  /** Whoever ends a stream that somebody else is ending waits for that, and is told nothing. */
  async #end(stream: SessionStream): Promise<{ dropped: number; error: unknown }> {
    const ending = this.#ending.get(stream);
    if (ending !== undefined) {
      await ending;
      return { dropped: 0, error: undefined };
    }
    const own = this.#close(stream);
    this.#ending.set(stream, own);
    return await own;
  }

  /** Of a stream that has nothing pending nothing is lost: what its last write has brought stands. */
  async #endSettled(stream: SessionStream): Promise<void> {
    const { error } = await this.#end(stream);
    if (error === undefined) return;
    this.retirement.failures.add(`The files of session ${stream.id} were not closed: ${error}`);
  }

  async #close(stream: SessionStream): Promise<{ dropped: number; error: unknown }> {
    let dropped = 0;
    const error = await stream.close((leftovers) => {
      dropped = leftovers.dropped;
      this.#takeOver(stream.id, leftovers);
    });
    this.#host.sessionEnded();
    return { dropped, error };
  }

  /** In one step, and before the stream forgets them: `floor` covers what is left at every moment. */
  #takeOver(id: number, leftovers: Leftovers): void {
    this.#streams.delete(id);
    this.droppedEntries += leftovers.dropped;
    this.retirement.end(id);
    // A group that failed may yet be whole in the file: only the next opening can tell.
    if (leftovers.uncertain !== undefined) {
      this.retirement.hold(id);
      this.#uncertain = lower(this.#uncertain, leftovers.uncertain);
    }
    const left = leftovers.interrupted;
    if (left !== undefined) this.#interrupt(id, left.entries, left.medium);
  }

  #interrupt(session: number, entries: DataEntry[], medium: Medium): void {
    this.retirement.hold(session);
    this.#interrupted.push(new InterruptedIntent(session, entries, medium, this.#host));
    this.#interrupted.sort((a, b) => Revision.compare(a.first, b.first));
  }
}

function lower(a: Revision | undefined, b: Revision | undefined): Revision | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return Revision.compare(a, b) < 0 ? a : b;
}
