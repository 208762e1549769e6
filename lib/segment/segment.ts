/**
 * An open segment file: one thing at a time, in order, and nothing after a failure.
 *
 * States, and what is allowed in each:
 *
 * | state     | how it is entered                             | allowed                                 |
 * | --------- | --------------------------------------------- | --------------------------------------- |
 * | idle      | opening; the end of a call or a roll-back      | everything                              |
 * | at work   | an asynchronous call, until its sync settled   | asynchronous calls wait in line, reading |
 * | rolling back | a deadline passed while the sync ran       | the same                                |
 * | poisoned  | a write or sync failed                         | `close`                                 |
 * | closed    | `close`                                        | `close`                                 |
 *
 * A roll-back removes a group whose call was answered "timed-out": when its sync has settled the file
 * is cut, extended and synced, and only then is the next in line admitted. Until that sync returned, a
 * crash may leave the group whole.
 *
 * @module
 */

import { systemClock } from "../clock/clock.ts";
import { Deadline } from "../clock/deadline.ts";
import {
  asInfiniteDbError,
  BusyError,
  ClosedError,
  CorruptionError,
  describe,
  type InfiniteDbError,
  InvalidArgumentError,
  ReadOnlyError,
} from "../errors.ts";
import { Latch } from "../file/latch.ts";
import type { StorageFile } from "../file/storage.ts";
import type { GroupBuffer } from "./group.ts";
import { GroupScanner } from "./group_scanner.ts";
import {
  type OpenedSegment,
  openToRead,
  openToWrite,
  replaceSegment,
  type SegmentLocation,
  segmentPath,
  type SegmentRecovery,
} from "./opening.ts";
import { type Boundary, firstBoundary } from "./seal.ts";
import { Thinning } from "./thinning.ts";
import { Turnstile } from "./turnstile.ts";
import type { SegmentWriter } from "./writer.ts";

/** What became of a group. */
export type SealOutcome = "sealed" | "timed-out";

/** What a call seals, made when its turn has come. */
export interface PreparedGroup {
  /** The frames; `undefined` when there is nothing to seal. */
  group: GroupBuffer | undefined;
  /** Called when the group is durable, before anybody else can act. */
  sealed(): void;
}

const NEVER = new Deadline(Infinity);

/** One segment file and its one writer, or a reader of it. */
export class Segment {
  /** The path of the file. */
  readonly path: string;
  /** What opening found and did. */
  readonly recovery: SegmentRecovery;

  readonly #location: SegmentLocation;
  readonly #latch = new Latch();
  readonly #turnstile = new Turnstile();
  #file: StorageFile;
  #writer: SegmentWriter | undefined;
  #boundary: Boundary;
  #vouched: Boundary;
  #closed = false;

  private constructor(location: SegmentLocation, opened: OpenedSegment) {
    this.path = segmentPath(location);
    this.recovery = opened.recovery;
    this.#location = location;
    this.#file = opened.file;
    this.#writer = opened.writer;
    this.#boundary = opened.boundary;
    this.#vouched = opened.vouched;
  }

  /**
   * Opens a segment; to write, the caller holds the lock of the root.
   *
   * @param location Which
   * @param readOnly Whether only to read
   */
  static async open(location: SegmentLocation, readOnly: boolean): Promise<Segment> {
    const opened = readOnly
      ? openToRead(location)
      : await openToWrite(location, { clock: systemClock });
    return new Segment(location, opened);
  }

  /**
   * Takes up a segment file that was just opened, or created.
   *
   * @param location Which
   * @param opened As `opening.ts` left it
   */
  static of(location: SegmentLocation, opened: OpenedSegment): Segment {
    return new Segment(location, opened);
  }

  /** The end of the last durable group. */
  get boundary(): Boundary {
    return this.#boundary;
  }

  /** Up to where a reader need not fear that a writer in another process rolls back what it reads. */
  get vouched(): Boundary {
    return this.#writer === undefined ? this.#vouched : this.#boundary;
  }

  /** Whether a write or sync has failed. */
  get poisoned(): boolean {
    return this.#latch.tripped;
  }

  /** Whether a blocking call would be let in. */
  get idle(): boolean {
    return this.#turnstile.free;
  }

  /** The file to read from, as long as `isCurrent` says so. */
  get file(): StorageFile {
    return this.#file;
  }

  /** Whether a file got from `file` has not been replaced or closed since. */
  isCurrent(file: StorageFile): boolean {
    return this.#file === file && !this.#closed;
  }

  /**
   * Throws unless the segment may be read.
   *
   * @throws {ClosedError} After `close`
   * @throws {PoisonedError} After a failure
   */
  checkReadable(): void {
    if (this.#closed) {
      throw new ClosedError(`${this.path} is closed; open it again`, { file: this.path });
    }
    this.#latch.check(this.path);
  }

  /**
   * Throws unless the segment may be written.
   *
   * @throws {ReadOnlyError} If it was opened to read
   */
  checkWritable(): void {
    this.checkReadable();
    this.#writable();
  }

  /**
   * Throws unless the segment may be written at once.
   *
   * @throws {BusyError} If an asynchronous call or a roll-back is at work
   */
  checkIdle(): void {
    this.checkWritable();
    if (this.#turnstile.free) return;
    throw new BusyError(
      `An asynchronous call or a roll-back is at work on ${this.path}; await it, or call the asynchronous form`,
      { file: this.path },
    );
  }

  /**
   * Makes a group durable.
   *
   * @param prepare Called when the turn has come
   * @param deadline When to give up
   * @returns "timed-out" if the deadline passed first; the group is then rolled back
   */
  async seal(prepare: () => PreparedGroup, deadline: Deadline): Promise<SealOutcome> {
    this.checkWritable();
    if (!this.#turnstile.tryEnter() && !(await this.#turnstile.enter(deadline))) return "timed-out";
    let mine = true;
    try {
      const prepared = this.#prepare(prepare);
      if (prepared.group === undefined) return "sealed";
      if (deadline.passed()) return "timed-out";
      const written = this.#guard(() => this.#writable().write(prepared.group!, deadline));
      const sync = written ? this.#guard(() => this.#file.syncData()) : Promise.resolve();
      if (written && await this.#guardAsync(deadline.outlasts(sync))) {
        this.#accept(prepared);
        return "sealed";
      }
      mine = false;
      void this.#rollBack(sync);
      return "timed-out";
    } finally {
      if (mine) this.#turnstile.leave();
    }
  }

  /**
   * Makes a group durable, blocking. A sync that ends after the deadline still counts.
   *
   * @param prepare Called at once
   * @param deadline Looked at until the sync begins
   * @returns "timed-out" if the deadline passed first; the group is then rolled back
   * @throws {BusyError} If an asynchronous call or a roll-back is at work
   */
  sealSync(prepare: () => PreparedGroup, deadline: Deadline): SealOutcome {
    this.checkIdle();
    this.#turnstile.tryEnter();
    try {
      const prepared = this.#prepare(prepare);
      if (prepared.group === undefined) return "sealed";
      const { group } = prepared;
      const written = this.#guard(() => {
        const inTime = this.#writable().write(group, deadline);
        if (!inTime) this.#writable().cut();
        this.#file.syncDataSync();
        return inTime;
      });
      if (!written) return "timed-out";
      this.#accept(prepared);
      return "sealed";
    } finally {
      this.#turnstile.leave();
    }
  }

  /**
   * Ends the file at an earlier group boundary, by replacing it.
   *
   * @param bytes 16, or the offset at which a group ends
   * @throws {InvalidArgumentError} If it is no boundary; nothing was changed
   */
  async cutTo(bytes: number): Promise<void> {
    this.checkWritable();
    if (!Number.isSafeInteger(bytes)) throw this.#noBoundary(bytes);
    await this.#turnstile.enter(NEVER);
    try {
      this.#latch.check(this.path);
      if (bytes === this.#boundary.bytes) return;
      const boundary = this.#findBoundary(bytes);
      const old = this.#file;
      const replaced = await this.#guardAsync(replaceSegment(this.#location, boundary, old));
      this.#file = replaced.file;
      this.#writer = replaced.writer;
      this.#boundary = boundary;
      this.#guard(() => old.close());
    } finally {
      this.#turnstile.leave();
    }
  }

  /**
   * Begins to make a file without the groups before a boundary, as a new chain, to take the place of this.
   *
   * @param from A boundary of this file as it is
   * @returns To be given to `finishThinningSync`, or abandoned, before the segment is closed
   */
  beginThinning(from: Boundary): Thinning {
    return new Thinning(this.#location, this.#file, from);
  }

  /**
   * Puts that file in the place of this, with everything that was sealed meanwhile; blocking.
   *
   * @param thinning What `beginThinning` gave, and no replacement since
   * @param replacing Called when offsets of this file are about to mean nothing any more
   * @throws Before that: it is as it was. After that: it is poisoned, and either file is in place, whole
   */
  finishThinningSync(thinning: Thinning, replacing: () => void): void {
    this.checkIdle();
    thinning.prepare(this.#boundary.bytes);
    replacing();
    const thinned = this.#guard(() => thinning.replace());
    this.#file = thinned.file;
    this.#writer = thinned.writer;
    this.#boundary = thinned.writer.boundary;
  }

  /**
   * Waits for what is at work, writes the exact header, gives back preallocated space and closes the
   * file. The caller calls it once.
   *
   * @throws An I/O error that no caller has been given yet; everything is released all the same
   */
  async close(): Promise<void> {
    this.#closed = true;
    await this.#turnstile.enter(NEVER);
    try {
      if (this.#writer !== undefined && !this.#latch.tripped) await this.#finish(this.#writer);
    } catch (error) {
      this.#latch.trip(this.#typed(error), false);
    }
    try {
      this.#file.close();
    } catch (error) {
      this.#latch.trip(this.#typed(error), false);
    }
    this.#turnstile.leave();
    if (this.#latch.untold !== undefined) throw this.#latch.untold;
  }

  /** The header is exact and durable before the space behind it is given back. */
  async #finish(writer: SegmentWriter): Promise<void> {
    if (writer.headerLags) {
      writer.writeHeader();
      await this.#file.syncData();
    }
    writer.trim();
  }

  #prepare(prepare: () => PreparedGroup): PreparedGroup {
    this.#latch.check(this.path); // Whoever was before us in the line may have failed.
    return prepare();
  }

  #accept(prepared: PreparedGroup): void {
    const writer = this.#writable();
    writer.accept();
    this.#boundary = writer.boundary;
    prepared.sealed();
  }

  /** Runs in the place of a call that was already answered, so a failure waits for the next caller. */
  async #rollBack(sync: Promise<void>): Promise<void> {
    try {
      await sync;
      this.#writable().cut();
      await this.#file.syncData();
    } catch (error) {
      this.#latch.trip(this.#typed(error), false);
    } finally {
      this.#turnstile.leave();
    }
  }

  /** Reads up to a boundary for what the next seal is computed from; a failure to read changes nothing. */
  #findBoundary(bytes: number): Boundary {
    if (bytes > this.#boundary.bytes) throw this.#noBoundary(bytes);
    const { magic, session } = this.#location.identity;
    const first = firstBoundary(magic, session);
    const scanner = new GroupScanner(this.#file, session, first, this.#boundary.bytes);
    let whole = true;
    try {
      while (whole && scanner.boundary.bytes < bytes) whole = scanner.next();
    } catch (error) {
      throw asInfiniteDbError(error, `read ${this.path}`, this.path);
    }
    if (scanner.boundary.bytes === bytes) return scanner.boundary;
    if (whole) throw this.#noBoundary(bytes);
    throw new CorruptionError(
      `${this.path} is corrupt at byte ${scanner.stopOffset}: ${scanner.stopReason}, but every byte before ${this.#boundary.bytes} was acknowledged`,
      { file: this.path, offset: scanner.stopOffset },
    );
  }

  #noBoundary(bytes: number): InvalidArgumentError {
    return new InvalidArgumentError(
      `${this.path} has no group that ends at byte ${
        describe(bytes)
      }; cut it to 16, or to a committedBytes of earlier`,
      { file: this.path, expected: `a boundary up to ${this.#boundary.bytes}`, found: bytes },
    );
  }

  #writable(): SegmentWriter {
    if (this.#writer !== undefined) return this.#writer;
    throw new ReadOnlyError(`${this.path} was opened read-only`, { file: this.path });
  }

  #guard<T>(work: () => T): T {
    try {
      return work();
    } catch (error) {
      throw this.#latch.trip(this.#typed(error), true);
    }
  }

  async #guardAsync<T>(work: Promise<T>): Promise<T> {
    try {
      return await work;
    } catch (error) {
      throw this.#latch.trip(this.#typed(error), true);
    }
  }

  #typed(error: unknown): InfiniteDbError {
    return asInfiniteDbError(error, `write ${this.path}`, this.path);
  }
}
