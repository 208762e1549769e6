/**
 * One of the two files of a session, created at its first group, given up at its first failure.
 *
 * @module
 */

import type { Deadline } from "../clock/deadline.ts";
import { asInfiniteDbError, CorruptionError, type InfiniteDbError } from "../errors.ts";
import type { FileStorage } from "../file/storage.ts";
import type { GroupBuffer } from "../segment/group.ts";
import { FAST_MAGIC, LOG_MAGIC } from "../segment/header.ts";
import { createSegment, createSegmentSync, type SegmentLocation } from "../segment/opening.ts";
import { type PreparedGroup, type SealOutcome, Segment } from "../segment/segment.ts";
import type { Boundary } from "../segment/seal.ts";
import type { Thinning } from "../segment/thinning.ts";
import type { Medium } from "./intent.ts";

/** The magic of each kind of file. */
export const MAGIC_OF: Readonly<Record<Medium, Uint8Array>> = { fast: FAST_MAGIC, wal: LOG_MAGIC };

/**
 * The name of a session's file.
 *
 * @param session Whose
 * @param medium Which
 */
export function logName(session: number, medium: Medium): string {
  return `${session}.${medium}`;
}

/**
 * Which file that is.
 *
 * @param storage Where
 * @param root The root of the database
 * @param session Whose
 * @param medium Which
 */
export function logLocation(
  storage: FileStorage,
  root: string,
  session: number,
  medium: Medium,
): SegmentLocation {
  const identity = { magic: MAGIC_OF[medium], session };
  return { storage, root, name: logName(session, medium), identity };
}

/** A file that groups are sealed into. */
export class SessionLog {
  /** Which of the two. */
  readonly medium: Medium;
  readonly #location: SegmentLocation;
  readonly #created: () => void;
  #segment: Segment | undefined;
  #creating: Promise<Segment> | undefined;
  #failure: InfiniteDbError | undefined;

  /**
   * @param location Where it is, or will be
   * @param medium Which of the two
   * @param created Called before the file is created
   */
  constructor(location: SegmentLocation, medium: Medium, created: () => void) {
    this.#location = location;
    this.medium = medium;
    this.#created = created;
  }

  /** The first failure; nothing is written to the file after it. */
  get failure(): InfiniteDbError | undefined {
    return this.#failure;
  }

  /** How often the file was replaced: offsets of before mean nothing in it. */
  replacements = 0;

  /** Whether a blocking call would be let in. */
  get idle(): boolean {
    return this.#creating === undefined && (this.#segment?.idle ?? true);
  }

  /**
   * Makes a group durable.
   *
   * @param group Its frames
   * @param deadline When to give up; creating the file counts
   * @param handed Called when the file is about to get its first byte of it
   * @returns "timed-out" if the deadline passed first; the group is then rolled back
   */
  async seal(group: GroupBuffer, deadline: Deadline, handed: () => void): Promise<SealOutcome> {
    try {
      if (this.#segment === undefined) {
        if (deadline.passed()) return "timed-out";
        this.#creating ??= this.#create();
        if (!await deadline.outlasts(this.#creating)) return "timed-out";
      }
      if (deadline.passed()) return "timed-out";
      return await this.#segment!.seal(() => prepared(group, handed), deadline);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /**
   * Makes a group durable, blocking. Call it only when idle.
   *
   * @param group Its frames
   * @param deadline Looked at until the sync begins
   * @param handed Called when the file is about to get its first byte of it
   */
  sealSync(group: GroupBuffer, deadline: Deadline, handed: () => void): SealOutcome {
    try {
      if (deadline.passed()) return "timed-out";
      if (this.#segment === undefined) {
        this.#created();
        this.#segment = Segment.of(this.#location, createSegmentSync(this.#location));
      }
      return this.#segment.sealSync(() => prepared(group, handed), deadline);
    } catch (error) {
      throw this.#fail(error);
    }
  }

  /** The end of the last group; undefined where there is no file. */
  get boundary(): Boundary | undefined {
    return this.#segment?.boundary;
  }

  /**
   * Begins to drop the groups before a boundary.
   *
   * @param from A boundary of the file as it is
   * @returns To be given to `finishThinning`, or abandoned; undefined where there is nothing to drop
   */
  beginThinning(from: Boundary): Thinning | undefined {
    return this.#failure === undefined ? this.#segment?.beginThinning(from) : undefined;
  }

  /**
   * Drops them, blocking. Call it only when idle.
   *
   * @param thinning What `beginThinning` gave
   * @param replacing Called when offsets of the file are about to mean nothing any more
   * @throws An I/O error: before `replacing` is called the file stays as it is, after it it has failed
   * @throws {CorruptionError} If the file no longer verifies: it has failed, lest more be lost with it
   */
  finishThinning(thinning: Thinning, replacing: () => void): void {
    const segment = this.#segment;
    if (segment === undefined || segment.poisoned || this.#failure !== undefined) {
      return thinning.abandon();
    }
    try {
      segment.finishThinningSync(thinning, () => {
        this.replacements++;
        replacing();
      });
    } catch (error) {
      if (segment.poisoned || error instanceof CorruptionError) throw this.#fail(error);
      throw asInfiniteDbError(error, `copy ${segment.path}`, segment.path);
    }
  }

  /**
   * Waits for what is at work and closes the file.
   *
   * @throws An I/O error that no caller has been given yet
   */
  async close(): Promise<void> {
    await this.#creating?.catch(() => {});
    await this.#segment?.close();
  }

  async #create(): Promise<Segment> {
    try {
      this.#created();
      this.#segment = Segment.of(this.#location, await createSegment(this.#location));
      return this.#segment;
    } catch (error) {
      throw this.#fail(error);
    } finally {
      this.#creating = undefined;
    }
  }

  #fail(error: unknown): InfiniteDbError {
    const path = this.#location.name;
    this.#failure ??= asInfiniteDbError(error, `write sessions/${path}`, path);
    return this.#failure;
  }
}

function prepared(group: GroupBuffer, handed: () => void): PreparedGroup {
  handed();
  return { group, sealed() {} };
}
