/**
 * Makes the files of one session smaller while it goes on writing: what is settled is dropped from them.
 *
 * What is kept is copied in slices, beside commits; only what came meanwhile is copied in one step with
 * the replacement, when the session has nothing at work. A commit waits for that step at most.
 *
 * @module
 */

import { Slice } from "../clock/slice.ts";
import { THINNING_STEP_BYTES, WRITE_BYTES_MAX } from "../limits.ts";
import type { Boundary } from "../segment/seal.ts";
import type { Thinning } from "../segment/thinning.ts";
import type { Medium } from "./intent.ts";
import type { SessionLog } from "./session_log.ts";

/** Up to where a file of a session holds only what is settled, and after how many replacements of it. */
export interface SettledEnd {
  /** Where. */
  at: Boundary;
  /** How many. */
  replacements: number;
}

/** Up to where the files of a session hold only what is settled. */
export type SettledEnds = Partial<Record<Medium, SettledEnd>>;

/** How often what came meanwhile is copied before that step comes in any case. */
const ROUNDS_MAX = 8;

/** No more is copied, for each byte that is dropped: a log has up to five times what comes during a flush. */
const KEPT_SHARE_MAX = 1 / 4;

/** How a file is made smaller. */
export interface ThinningOrder {
  /** Files with less to drop are left alone. */
  bytesMin: number;
  /** Runs something, blocking, at once or as soon as nothing of the session is at work. */
  whenIdle(chore: () => void): void;
  /** A file is about to be replaced: offsets of it mean nothing any more. */
  replacing(medium: Medium): void;
  /** A file could not be replaced; the session goes on. */
  failed(error: unknown): void;
}

/** Thins the files of one session, each once at a time. */
export class LogThinning {
  readonly #logs: Readonly<Record<Medium, SessionLog>>;
  readonly #atWork = new Map<Medium, Promise<void>>();
  #stopped = false;

  /** @param logs The files */
  constructor(logs: Readonly<Record<Medium, SessionLog>>) {
    this.#logs = logs;
  }

  /**
   * Begins to drop what is settled.
   *
   * @param ends Up to where
   * @param order How
   */
  begin(ends: SettledEnds, order: ThinningOrder): void {
    for (const medium of ["fast", "wal"] as const) {
      const end = ends[medium];
      if (end === undefined || end.at.bytes < order.bytesMin || this.#atWork.has(medium)) continue;
      const log = this.#logs[medium];
      if (isMuchKept(log, end.at.bytes)) continue;
      if (isLittle(log, end.at.bytes)) this.#replaceAtOnce(medium, end, order);
      else this.#replaceBeside(medium, end, order);
    }
  }

  /** Gives up what is under way; resolves when nothing touches the files any more. */
  async stop(): Promise<void> {
    this.#stopped = true;
    await Promise.all(this.#atWork.values());
  }

  #replaceAtOnce(medium: Medium, end: SettledEnd, order: ThinningOrder): void {
    const { at, replacements } = end;
    const log = this.#logs[medium];
    order.whenIdle(() => {
      // What was planned by a file that is gone means nothing.
      if (replacements !== log.replacements || !log.idle) return;
      // What it had to wait for may have been large.
      if (!isLittle(log, at.bytes)) return this.#replaceBeside(medium, end, order);
      try {
        const thinning = log.beginThinning(at);
        if (thinning !== undefined) finish(log, medium, thinning, order);
      } catch (error) {
        order.failed(error);
      }
    });
  }

  #replaceBeside(medium: Medium, end: SettledEnd, order: ThinningOrder): void {
    if (this.#stopped || this.#atWork.has(medium)) return;
    const work = this.#replace(medium, end, order).catch((error) => order.failed(error));
    this.#atWork.set(medium, work.finally(() => this.#atWork.delete(medium)));
  }

  async #replace(
    medium: Medium,
    { at, replacements }: SettledEnd,
    order: ThinningOrder,
  ): Promise<void> {
    const log = this.#logs[medium];
    if (replacements !== log.replacements) return;
    const thinning = log.beginThinning(at);
    if (thinning === undefined) return;
    for (let round = 1, done = false; !done; round++) {
      try {
        if (!this.#stopped && !isLittle(log, thinning.copied)) {
          await this.#copy(log, thinning);
          await thinning.sync();
        }
      } catch (error) {
        thinning.abandon();
        throw error;
      }
      done = await new Promise<boolean>((resolve, reject) => {
        order.whenIdle(() => {
          try {
            const isPlanned = replacements === log.replacements;
            if (this.#stopped || !log.idle || !isPlanned) thinning.abandon();
            else if (round < ROUNDS_MAX && !isLittle(log, thinning.copied)) return resolve(false);
            else finish(log, medium, thinning, order);
            resolve(true);
          } catch (error) {
            reject(error);
          }
        });
      });
    }
  }

  async #copy(log: SessionLog, thinning: Thinning): Promise<void> {
    const slice = new Slice();
    const end = log.boundary!.bytes;
    let synced = thinning.copied;
    while (thinning.copied < end && !this.#stopped) {
      thinning.copySome(end);
      if (thinning.copied - synced >= WRITE_BYTES_MAX) {
        synced = thinning.copied;
        await thinning.sync(); // A sync of another file may have to wait for all of it.
      }
      await slice.perhapsPause();
    }
  }
}

/** Of whoever writes so fast that much has come since, more is dropped at a later flush, for one copy. */
function isMuchKept(log: SessionLog, from: number): boolean {
  return (log.boundary?.bytes ?? from) - from > from * KEPT_SHARE_MAX;
}

function isLittle(log: SessionLog, from: number): boolean {
  return (log.boundary?.bytes ?? from) - from <= THINNING_STEP_BYTES;
}

function finish(log: SessionLog, medium: Medium, thinning: Thinning, order: ThinningOrder): void {
  log.finishThinning(thinning, () => order.replacing(medium));
}
