/**
 * The wiring of an open database: sessions hand committed intents to the store, a flush hands them on to
 * run files, and the manifest says which logs are not needed any more.
 *
 * A flush, an adoption and a discard are one job at a time. Each ends in one replacement of the manifest,
 * and that is the moment at which it has happened.
 *
 * @module
 */

import { Deadline } from "../clock/deadline.ts";
import type { HybridClock } from "../clock/hybrid_clock.ts";
import { Revision } from "../clock/revision.ts";
import { ClosedError, ReadOnlyError, StaleIntentError } from "../errors.ts";
import type { FileStorage } from "../file/storage.ts";
import {
  SESSION_IDS_RESERVED,
  TAIL_LIMITS_BEFORE_SLOWING,
  TAIL_LIMITS_BEFORE_WAITING,
} from "../limits.ts";
import type { CommitResult } from "../session/batch.ts";
import { findCollisions } from "../session/collision.ts";
import { CommitFlight } from "../session/commit_guard.ts";
import { type DataEntry, EntryList } from "../segment/entry_list.ts";
import type { InterruptedEdge, InterruptedIntent } from "../session/interrupted.ts";
import type { RetirementPlan } from "../session/retirement.ts";
import type { EdgeBook } from "../session/relating.ts";
import type { GraphReference, SpaceReference } from "../session/session.ts";
import { SessionIds } from "../session/session_ids.ts";
import { Sessions, type SessionsHost } from "../session/sessions.ts";
import type { Manifest } from "../store/manifest.ts";
import type { ManifestState, RunRecord } from "../store/manifest_state.ts";
import { isGraph } from "../store/names.ts";
import { checkPoint, checkPoints } from "../store/space_checks.ts";
import { Catalogue } from "./catalogue.ts";
import { Graphs } from "./graphs.ts";
import { Compactor, type CompactorHost } from "./compactor.ts";
import type { Store } from "../store/store.ts";
import type { Settings } from "./options.ts";

/** How long a commit waits at most when the tail begins to be too full, and when it is almost full. */
const SLOWING_MS_MIN = 2;
const SLOWING_MS_MAX = 15;

/** So many ended sessions with files make a flush worth while. */
const ENDED_SESSIONS_MAX = 256;

/** What an open database is made of. */
export class Core implements SessionsHost, CompactorHost {
  readonly storage: FileStorage;
  readonly root: string;
  readonly clock: HybridClock;
  readonly ids: SessionIds;
  readonly fastPathDeadlineMs: number | undefined;
  /** What is visible. */
  readonly store: Store;
  /** Which spaces and graphs there are. */
  readonly catalogue: Catalogue;
  /** What is related. */
  readonly graphs: Graphs;
  /** Who writes. */
  readonly sessions: Sessions;
  /** What the database holds. */
  readonly manifest: Manifest;
  /** How many flushes there were. */
  flushes = 0;
  /** Why the last flush in the background failed; undefined if it did not. */
  flushFailure: unknown;
  /** Who merges run files. */
  readonly compactor: Compactor;

  /** Set when it is closed, or being closed. */
  closed = false;

  readonly #readOnly: boolean;
  readonly #tailBytesMax: number;
  /** At so many bytes of tail the next flush begins by itself. */
  #flushAtBytes: number;
  #flushing: Promise<void> | undefined;
  #jobs: Promise<unknown> = Promise.resolve();
  #nextRun = 0;

  /**
   * @param root The root
   * @param storage Where it is
   * @param clock Started from the highest stamp the database holds
   * @param store What is visible
   * @param manifest What the database holds
   * @param nextSession The first session id that was never given
   * @param settings How it was opened
   */
  constructor(
    root: string,
    storage: FileStorage,
    clock: HybridClock,
    store: Store,
    manifest: Manifest,
    nextSession: number,
    settings: Settings,
  ) {
    this.root = root;
    this.storage = storage;
    this.clock = clock;
    this.store = store;
    this.manifest = manifest;
    this.catalogue = new Catalogue(store, manifest);
    this.graphs = new Graphs(store, this.catalogue, settings.clock, clock);
    this.fastPathDeadlineMs = settings.fastPathDeadlineMs;
    this.#readOnly = settings.readOnly;
    this.#tailBytesMax = settings.tailBytesMax;
    this.#flushAtBytes = settings.tailBytesMax;
    const end = nextSession + SESSION_IDS_RESERVED;
    this.ids = new SessionIds(nextSession, end, async (end) => {
      await manifest.update((state) => ({ ...this.refreshed(state), nextSession: end }));
    });
    this.sessions = new Sessions(this);
    this.compactor = new Compactor(this);
  }

  /** Nothing will be committed below this. */
  get floor(): Revision {
    return this.sessions.floor ?? this.clock.last ?? new Revision(0, 0, 0, 0);
  }

  takeRunId(): number {
    const id = Math.max(this.#nextRun, this.manifest.state.nextRun);
    this.#nextRun = id + 1;
    return id;
  }

  /**
   * Throws when it is closed.
   *
   * @throws {ClosedError} Then
   */
  checkOpen(): void {
    if (!this.closed) return;
    throw new ClosedError(`The database ${this.root} is closed; open it again`, {
      file: this.root,
    });
  }

  /**
   * Throws when nothing may be written.
   *
   * @throws {ReadOnlyError} If it was opened to read
   * @throws {ClosedError} When it is closed
   */
  checkWritable(): void {
    this.checkOpen();
    if (!this.#readOnly) return;
    throw new ReadOnlyError(`The database ${this.root} was opened read-only`, { file: this.root });
  }

  locate(reference: SpaceReference, point: ArrayLike<number>): { space: number; point: number[] } {
    const record = this.catalogue.find(reference);
    return { space: record.id, point: checkPoint(record, point) };
  }

  locateMany(
    reference: SpaceReference,
    points: ArrayLike<number>,
  ): { space: number; count: number; coordinates: Float64Array } {
    const record = this.catalogue.find(reference);
    const coordinates = checkPoints(record, points);
    return { space: record.id, count: coordinates.length / record.dims, coordinates };
  }

  revisionsFrom(space: number, point: readonly number[], from: Revision): readonly Revision[] {
    return this.store.revisionsFrom(space, point, from);
  }

  graph(reference: GraphReference): EdgeBook {
    return this.graphs.book(reference);
  }

  nameOf(number: number): string {
    return this.catalogue.nameOf(number);
  }

  isGraph(number: number): boolean {
    const record = this.store.byId(number);
    return record !== undefined && isGraph(record);
  }

  edgeIn(entry: DataEntry): InterruptedEdge {
    return this.graphs.edgeIn(entry);
  }

  room(): Promise<unknown> | undefined {
    const limits = this.store.tailBytes / this.#tailBytesMax;
    if (!(limits >= TAIL_LIMITS_BEFORE_SLOWING)) return undefined; // Not a number where both are 0.
    if (this.manifest.poisoned || this.flushFailure !== undefined) return undefined;
    const flushing = this.#flushing ?? this.flushSoon();
    if (limits >= TAIL_LIMITS_BEFORE_WAITING) return flushing;
    // Many short waits rather than a long one: no longer than it takes the flush to keep up.
    return new Deadline(slowingMs(limits)).outlasts(flushing);
  }

  get pressing(): Promise<unknown> | undefined {
    const limit = TAIL_LIMITS_BEFORE_SLOWING * this.#tailBytesMax;
    return this.store.tailBytes < limit ? undefined : this.#flushing;
  }

  publish(ordinal: number, entries: EntryList): void {
    this.store.publish(ordinal, entries);
    void this.graphs.deriveSoon()?.then(() => this.#flushIfFull()); // Rows take room, too.
    this.#flushIfFull();
  }

  #flushIfFull(): void {
    if (!this.closed && this.store.tailBytes > this.#flushAtBytes) void this.flushSoon();
  }

  sessionEnded(): void {
    if (this.sessions.retirement.ended < ENDED_SESSIONS_MAX) return;
    if (this.flushFailure === undefined) void this.flushSoon();
  }

  /** Begins a flush in the background; never fails, `flushFailure` tells. */
  flushSoon(): Promise<void> {
    return this.#flushing ??= this.flush().catch((error) => {
      this.flushFailure = error;
      this.#flushAtBytes = this.store.tailBytes + this.#tailBytesMax; // Not at every commit again.
    }).finally(() => this.#flushing = undefined);
  }

  /** Puts everything committed into run files, and drops what the logs need not hold any more. */
  async flush(): Promise<void> {
    await this.#inTurn(() => this.flushNow());
    if (!this.closed) this.compactor.begin();
  }

  /**
   * Merges the run files of a space or graph, or of all.
   *
   * @param space The name of either; undefined for all
   */
  async compact(space: string | undefined): Promise<void> {
    const number = space === undefined ? undefined : this.catalogue.numberOf(space);
    await this.#inTurn(() => this.flushNow());
    await this.compactor.compact(number);
  }

  /**
   * The flush itself; only one job at a time may be at work.
   *
   * @param change What else the manifest shall say
   * @returns Up to which commit ordinal run files hold everything now
   */
  async flushNow(change?: (state: ManifestState) => ManifestState): Promise<number> {
    this.manifest.checkPoison(); // What would be written now could never be listed.
    await this.graphs.deriveInSlices();
    const { retirement, history } = this.sessions;
    this.graphs.derive(); // Edges and their rows leave in one breath.
    for (const session of this.graphs.doubtful().keys()) retirement.block(session);
    const plan = retirement.plan(history.ordinal);
    const known = this.manifest.state;
    const runs = await this.store.writeRuns(() => this.takeRunId());
    const settled = retirement.apply(known.sealedThrough, plan.settled);
    if (runs.length > 0 || settled !== known.sealedThrough || change !== undefined) {
      try {
        await this.#list(runs, plan.settled, change);
      } catch (error) {
        this.store.keep();
        throw error;
      }
    }
    this.store.accept(runs);
    this.flushes++;
    this.flushFailure = undefined;
    this.#flushAtBytes = this.#tailBytesMax;
    retirement.carryOut(plan);
    return plan.through;
  }

  async adopt(intent: InterruptedIntent, content: readonly DataEntry[]): Promise<CommitResult> {
    const { session, first, last } = intent;
    this.checkWritable();
    return await this.#inTurn(async () => {
      this.#checkEarliest(intent);
      // An adoption is a commit, too: one that refuses collisions does not go on at its addresses meanwhile.
      return await this.sessions.guard.during(new CommitFlight([content], false), async () => {
        const through = await this.flushNow(); // What its session committed before has to be in files too.
        const entries = EntryList.of(content);
        this.#checkWhole(intent);
        const rows = this.graphs.rowsOf(entries);
        const adopted = await this.store.writeEntries(() => this.takeRunId(), entries, rows);
        await this.#list(adopted.runs, new Map([[session, last]]));
        const ordinal = this.sessions.history.commit(session, first, last, entries);
        this.store.publishRuns(ordinal, adopted, entries);
        this.#resolved(intent, through);
        const collisions = findCollisions(
          content,
          this,
          first,
          (revision) => revision.session !== session && Revision.compare(revision, first) > 0,
        );
        return { first, last, entries: content.length, ...collisions };
      });
    });
  }

  async discard(intent: InterruptedIntent): Promise<void> {
    this.checkWritable();
    await this.#inTurn(async () => {
      this.#checkEarliest(intent);
      const through = await this.flushNow();
      this.#checkWhole(intent);
      await this.#list([], new Map([[intent.session, intent.last]]));
      this.#resolved(intent, through);
    });
  }

  /** Resolves when nothing is at work: before that nobody else may have the lock. */
  async idle(): Promise<void> {
    await this.#jobs;
    await this.graphs.idle();
    await this.compactor.idle();
    await this.manifest.idle();
  }

  /** Gives back the ids that were not used; the last that is written. */
  async giveBack(): Promise<void> {
    await this.manifest.update((state) => ({
      ...this.refreshed(state),
      nextSession: this.ids.next,
      sealedThrough: this.sessions.retirement.apply(state.sealedThrough),
    }));
  }

  /** Replaces the manifest by one that lists more run files; where that fails they are removed. */
  async #list(
    runs: readonly RunRecord[],
    settled: RetirementPlan["settled"],
    change: (state: ManifestState) => ManifestState = (state) => state,
  ): Promise<void> {
    const { retirement } = this.sessions;
    try {
      await this.manifest.update((state) =>
        change({
          ...this.refreshed(state),
          runs: [...state.runs, ...runs],
          sealedThrough: retirement.apply(state.sealedThrough, settled),
        })
      );
    } catch (error) {
      if (!this.manifest.poisoned) { for (const run of runs) this.store.forget(run); }
      throw error;
    }
    retirement.forget(this.manifest.state.sealedThrough);
  }

  #resolved(intent: InterruptedIntent, through: number): void {
    this.sessions.resolved(intent);
    this.sessions.retirement.sweep(through);
  }

  /** Everything up to a revision is settled in one step, so earlier intents come first. */
  #checkEarliest(intent: InterruptedIntent): void {
    const first = this.sessions.interrupted.find(({ session }) => session === intent.session);
    if (first === intent) return;
    throw new StaleIntentError(
      `An earlier interrupted intent of session ${intent.session} is not resolved yet; adopt or discard that first`,
    );
  }

  /** A session that wrote doubtful edges is replayed at every opening, up to where it is settled. */
  #checkWhole({ session }: InterruptedIntent): void {
    const damage = this.graphs.doubtOf(session);
    if (damage !== undefined) throw damage;
  }

  refreshed(state: ManifestState): ManifestState {
    const nextRun = Math.max(this.#nextRun, state.nextRun);
    return { ...state, nextRun, highest: this.clock.last ?? state.highest };
  }

  async #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#jobs.then(job, job);
    this.#jobs = turn.catch(() => {});
    return await turn;
  }
}

/**
 * How long a commit waits at most for a flush to go on.
 *
 * @param limits How many times over the tail has what begins a flush
 */
export function slowingMs(limits: number): number {
  const share = (limits - TAIL_LIMITS_BEFORE_SLOWING) /
    (TAIL_LIMITS_BEFORE_WAITING - TAIL_LIMITS_BEFORE_SLOWING);
  return SLOWING_MS_MIN + share * (SLOWING_MS_MAX - SLOWING_MS_MIN);
}
