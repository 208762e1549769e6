/**
 * Knows which session files are still needed, and up to which revision run files hold everything of a
 * session (`sealedThrough`).
 *
 * The manifest may say that run files hold everything up to a revision only when they do, and only up to
 * the first intent that is not settled. A file goes when nothing in it is needed; the session's entry
 * leaves the manifest only after the file is gone and the directory synced, or a crash would bring the
 * file back and it would be replayed a second time.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import { joinPath } from "../file/path.ts";
import type { FileStorage } from "../file/storage.ts";
import { SESSIONS_DIRECTORY } from "../segment/opening.ts";
import { logName } from "./session_log.ts";
import type { SettledEnds } from "./log_thinning.ts";
import type { SessionStream } from "./stream.ts";

/** A session that has files. */
interface Keeper {
  /** Up to where every intent is settled. */
  settled: Revision | undefined;
  /** The ordinal of its newest commit. */
  newestOrdinal: number;
  /** Its stream, while it is open. */
  stream: SessionStream | undefined;
  /** How many reasons there are to keep its files, beside what is not flushed. */
  holds: number;
  /** Whether nothing more of it counts as being in run files until the next opening. */
  blocked: boolean;
}

/** What is to be said and done when everything committed up to an ordinal is in run files. */
export interface RetirementPlan {
  /** The ordinal. */
  through: number;
  /** For each session with files, up to where run files hold everything then. */
  settled: Map<number, Revision>;
  /** For each open session, up to where its files hold nothing else. */
  ends: { session: number; ends: SettledEnds }[];
}

/** Files with less to drop are left alone. */
const THIN_BYTES_MIN = 64 * 1024;

/** The files of all sessions of one open database. */
export class Retirement {
  readonly #storage: FileStorage;
  readonly #root: string;
  readonly #keepers = new Map<number, Keeper>();
  /** Sessions whose files are gone, durably, and that the manifest may still name. */
  readonly #gone = new Set<number>();
  /** Failures to drop what is not needed: nothing is lost by them but space. */
  readonly failures: Set<string> = new Set();

  /**
   * @param storage Where the files are
   * @param root The root of the database
   */
  constructor(storage: FileStorage, root: string) {
    this.#storage = storage;
    this.#root = root;
  }

  /** How many sessions have ended, and have files that the next flush makes superfluous. */
  get ended(): number {
    let count = 0;
    for (const { stream, holds, blocked } of this.#keepers.values()) {
      if (stream === undefined && holds === 0 && !blocked) count++;
    }
    return count;
  }

  /**
   * A session has a file from now on.
   *
   * @param session Which
   * @param stream Its stream, if it is open
   * @param settled Up to where it is settled already
   */
  begin(session: number, stream: SessionStream | undefined, settled?: Revision): void {
    if (this.#keepers.has(session)) return;
    const keeper = { settled, newestOrdinal: 0, stream, holds: 0, blocked: false };
    this.#keepers.set(session, keeper);
  }

  /**
   * An intent is settled.
   *
   * @param session Whose
   * @param last Its last revision
   * @param ordinal The ordinal if it was committed
   */
  settle(session: number, last: Revision, ordinal = 0): void {
    const keeper = this.#keepers.get(session);
    if (keeper === undefined) return;
    keeper.newestOrdinal = Math.max(keeper.newestOrdinal, ordinal);
    const pending = keeper.stream?.firstPending;
    // Behind one that is still pending it waits, and is covered when that one is settled.
    if (pending !== undefined && Revision.compare(pending, last) < 0) return;
    if (keeper.settled === undefined || Revision.compare(last, keeper.settled) > 0) {
      keeper.settled = last;
    }
  }

  /**
   * The stream of a session is closed.
   *
   * @param session Which
   */
  end(session: number): void {
    const keeper = this.#keepers.get(session);
    if (keeper !== undefined) keeper.stream = undefined;
  }

  /**
   * Run files do not hold everything that follows from what a session wrote: it has to be replayed at the
   * next opening.
   *
   * @param session Which
   */
  block(session: number): void {
    const keeper = this.#keepers.get(session);
    if (keeper !== undefined) keeper.blocked = true;
  }

  /**
   * There is one more reason to keep the files of a session.
   *
   * @param session Which
   */
  hold(session: number): void {
    const keeper = this.#keepers.get(session);
    if (keeper !== undefined) keeper.holds++;
  }

  /**
   * There is one reason less.
   *
   * @param session Which
   */
  release(session: number): void {
    const keeper = this.#keepers.get(session);
    if (keeper !== undefined) keeper.holds--;
  }

  /**
   * What follows when everything committed until now is in run files.
   *
   * @param through The ordinal of the last commit
   */
  plan(through: number): RetirementPlan {
    const plan: RetirementPlan = { through, settled: new Map(), ends: [] };
    for (const [session, { settled, stream, blocked }] of this.#keepers) {
      if (blocked) continue;
      if (settled !== undefined) plan.settled.set(session, settled);
      if (stream !== undefined) plan.ends.push({ session, ends: stream.queue.settledEnds });
    }
    return plan;
  }

  /**
   * Writes a plan, and which files are gone, into the manifest's map.
   *
   * @param sealedThrough The map as it is
   * @param settled What is in run files now
   * @returns The map as it shall be; the same if nothing changes
   */
  apply(
    sealedThrough: ReadonlyMap<number, Revision>,
    settled: ReadonlyMap<number, Revision> = new Map(),
  ): ReadonlyMap<number, Revision> {
    let changed = false;
    const next = new Map(sealedThrough);
    for (const [session, revision] of settled) {
      const known = next.get(session);
      if (known !== undefined && Revision.compare(known, revision) >= 0) continue;
      next.set(session, revision);
      changed = true;
    }
    for (const session of this.#gone) changed = next.delete(session) || changed;
    return changed ? next : sealedThrough;
  }

  /** The manifest is durable and names none of these any more. */
  forget(sealedThrough: ReadonlyMap<number, Revision>): void {
    for (const session of this.#gone) if (!sealedThrough.has(session)) this.#gone.delete(session);
  }

  /**
   * A plan has come true, durably: drops what nobody needs any more.
   *
   * @param plan Which
   */
  carryOut(plan: RetirementPlan): void {
    for (const { session, ends } of plan.ends) {
      this.#keepers.get(session)?.stream?.queue.thin(ends, THIN_BYTES_MIN, (error) => {
        this.failures.add(`The log of session ${session} was not made smaller: ${error}`);
      });
    }
    this.sweep(plan.through);
  }

  /**
   * Removes the files of ended sessions in which nothing is needed any more.
   *
   * @param through Up to which ordinal run files hold everything
   */
  sweep(through: number): void {
    const finished: number[] = [];
    for (const [session, { stream, holds, newestOrdinal, blocked }] of this.#keepers) {
      if (stream === undefined && holds === 0 && newestOrdinal <= through && !blocked) {
        finished.push(session);
      }
    }
    this.#remove(finished);
  }

  /**
   * The files of sessions are not in `sessions/` any more, durably.
   *
   * @param sessions Which
   */
  gone(sessions: Iterable<number>): void {
    for (const session of sessions) {
      this.#keepers.delete(session);
      this.#gone.add(session);
    }
  }

  #remove(sessions: readonly number[]): void {
    if (sessions.length === 0) return;
    const directory = joinPath(this.#root, SESSIONS_DIRECTORY);
    try {
      for (const session of sessions) {
        for (const medium of ["fast", "wal"] as const) {
          const path = joinPath(directory, logName(session, medium));
          if (this.#storage.exists(path)) this.#storage.remove(path);
        }
      }
      this.#storage.syncDirectory(directory);
    } catch (error) {
      this.failures.add(`Session files were not removed, the next opening will: ${error}`);
      return;
    }
    this.gone(sessions);
  }
}
