/**
 * Merges run files in the background: one merge at a time, in slices, beside flushes and commits. Each
 * ends in one replacement of the manifest, and that is the moment at which it has happened.
 *
 * @module
 */

import { Revision, REVISION_WORDS, writeRevisionWords } from "../clock/revision.ts";
import { ClosedError, CorruptionError } from "../errors.ts";
import { inAnyOf } from "../session/collision.ts";
import type { Sessions } from "../session/sessions.ts";
import { chooseRuns } from "../store/compaction.ts";
import type { Manifest } from "../store/manifest.ts";
import type { ManifestState, RunRecord, TableNumbers } from "../store/manifest_state.ts";
import { runPath } from "../store/run_files.ts";
import { macrotask } from "../clock/slice.ts";
import type { Merged, MergeLimits } from "../store/run_making.ts";
import type { Store } from "../store/store.ts";

/** What a compactor works on. */
export interface CompactorHost {
  /** The root of the database. */
  readonly root: string;
  /** What is visible. */
  readonly store: Store;
  /** What the database holds. */
  readonly manifest: Manifest;
  /** Who writes. */
  readonly sessions: Sessions;
  /** Nothing will be committed below this. */
  readonly floor: Revision;
  /** A flush that commits wait for; undefined if none do. */
  readonly pressing: Promise<unknown> | undefined;
  /** A number for a run file, never given before. */
  takeRunId(): number;
  /** A state with what every state says. */
  refreshed(state: ManifestState): ManifestState;
}

/** With so many run files a merge waits for nobody any more. */
const RUNS_BEFORE_READERS = 32;

/** Merges what there is to be merged. */
export class Compactor {
  /** Why run files were not merged when it was last tried; undefined if they were, or need not be. */
  failure: unknown;

  readonly #host: CompactorHost;
  /** Runs that do not verify: they are never merged into others. */
  readonly #damaged = new Set<number>();
  #jobs: Promise<unknown> = Promise.resolve();
  #waiting = false;
  /** How many wait for `compact`. */
  #asked = 0;
  #stopped = false;

  /** @param host What it works on */
  constructor(host: CompactorHost) {
    this.#host = host;
  }

  /** Looks in the background whether anything is to be merged; never fails, `failure` tells. */
  begin(): void {
    if (this.#waiting || this.#stopped) return;
    this.#waiting = true;
    void this.#inTurn(async () => {
      this.#waiting = false;
      try {
        await this.#mergeAll(() => true);
        this.failure = undefined;
      } catch (error) {
        if (!this.#stopped) this.failure = error; // All is safe where it is; the next flush tries again.
      }
    });
  }

  /**
   * Merges all run files that a space or graph has when its turn comes, those of each table into one.
   * What is flushed meanwhile stays beside them: beside somebody who writes it would never end.
   *
   * @param space The number of either; undefined for all
   * @throws {CorruptionError} If one does not verify; it stays as it is, and the others are merged
   */
  async compact(space: number | undefined): Promise<void> {
    this.#asked++;
    try {
      await this.#inTurn(async () => {
        const { runs } = this.#host.manifest.state;
        await this.#mergeAll(
          (table) => space === undefined || table.space === space,
          new Set(runs.map(({ id }) => id)),
        );
      });
    } finally {
      this.#asked--;
      this.begin();
    }
  }

  /** Whoever closes does not wait for what can be done later: what is half done is given up. */
  stop(): void {
    this.#stopped = true;
  }

  /** Resolves when nothing is at work. */
  async idle(): Promise<void> {
    await this.#jobs;
  }

  /**
   * A run that does not verify stays as it is and is told; the others go on without it.
   *
   * @param wanted Of which tables
   * @param goal The numbers of runs that are to become one a table; undefined for what is worth while,
   * until somebody asks for more
   */
  async #mergeAll(
    wanted: (table: TableNumbers) => boolean,
    goal?: Set<number>,
  ): Promise<void> {
    let failure: { error: unknown } | undefined;
    for (const table of tablesOf(this.#host.manifest.state.runs).filter(wanted)) {
      for (let more = true; more;) {
        const damaged = this.#damaged.size;
        try {
          more = await this.#mergeSome(table, goal);
        } catch (error) {
          failure ??= { error };
          more = this.#damaged.size > damaged;
        }
      }
    }
    if (failure !== undefined) throw failure.error;
  }

  /** Merges run files of a table: whether there were any to be merged. */
  async #mergeSome({ space, of }: TableNumbers, goal?: Set<number>): Promise<boolean> {
    const { manifest, store } = this.#host;
    this.#checkStopped();
    manifest.checkPoison();
    if (goal === undefined && this.#asked > 0) return false; // It begins again behind who asked.
    const sound = manifest.state.runs.filter((run) =>
      run.space === space && run.of === of && !this.#damaged.has(run.id) &&
      goal?.has(run.id) !== false
    );
    const chosen = chooseRuns(sound, goal !== undefined);
    if (chosen.length === 0) return false;
    const merged = await this.#merge(chosen);
    try {
      await manifest.update((newest) => {
        const { run, dropped } = merged;
        const others = newest.runs.filter(({ id }) => !chosen.some((each) => each.id === id));
        const state = this.#host.refreshed({
          ...newest,
          runs: run === undefined ? others : [...others, run],
        });
        return dropped === undefined ? state : withDropped(state, space, dropped);
      });
    } catch (error) {
      if (!manifest.poisoned && merged.run !== undefined) store.forget(merged.run);
      throw error;
    }
    store.replace(chosen, merged);
    if (merged.run !== undefined) goal?.add(merged.run.id);
    return true;
  }

  async #merge(chosen: readonly RunRecord[]): Promise<Merged> {
    const { root, store } = this.#host;
    try {
      return await store.merge(this.#host.takeRunId(), chosen, this.#limits(), async () => {
        await this.#pause();
        this.#checkStopped();
      });
    } catch (error) {
      const file = error instanceof CorruptionError ? error.file : undefined;
      const bad = chosen.filter(({ id }) => runPath(root, id) === file);
      for (const { id } of bad) this.#damaged.add(id);
      throw error;
    }
  }

  /** A flush that commits wait for goes first, unless so many runs have come that readers suffer. */
  async #pause(): Promise<void> {
    await macrotask();
    const { pressing, manifest } = this.#host;
    if (pressing !== undefined && manifest.state.runs.length < RUNS_BEFORE_READERS) await pressing;
  }

  /** What may still be asked about is not left out: by who writes now, or by who adopts later. */
  #limits(): MergeLimits {
    const { sessions, floor } = this.#host;
    const isRecent = inAnyOf(sessions.history.recent);
    const interrupted = sessions.interrupted[0]?.first;
    const words = new Uint32Array(REVISION_WORDS);
    writeRevisionWords(floor, words, 0);
    return {
      floor: words,
      isNews: (revision) =>
        isRecent(revision) ||
        (interrupted !== undefined && Revision.compare(revision, interrupted) > 0),
    };
  }

  #checkStopped(): void {
    if (!this.#stopped) return;
    throw new ClosedError(`The database ${this.#host.root} was closed before it was compacted`);
  }

  async #inTurn<T>(job: () => Promise<T>): Promise<T> {
    const turn = this.#jobs.then(job, job);
    this.#jobs = turn.catch(() => {});
    return await turn;
  }
}

/** Each table of which there are run files, once. */
function tablesOf(runs: readonly RunRecord[]): TableNumbers[] {
  const tables = new Map<string, TableNumbers>();
  for (const { space, of } of runs) tables.set(`${space}/${of}`, { space, of });
  return [...tables.values()];
}

function withDropped(state: ManifestState, space: number, revision: Revision): ManifestState {
  const before = state.dropped.get(space);
  if (before !== undefined && Revision.compare(before, revision) >= 0) return state;
  return { ...state, dropped: new Map([...state.dropped, [space, revision]]) };
}
