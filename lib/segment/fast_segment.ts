/**
 * The fast durability segment of one session, `sessions/{id}.fast`, usable on its own: groups of
 * entries, each made durable by one sync within a deadline.
 *
 * @module
 */

import { loadChecksum } from "../bytes/checksum.ts";
import { Deadline } from "../clock/deadline.ts";
import { asInfiniteDbError, describe, InvalidArgumentError, UncommittedError } from "../errors.ts";
import { claimRoot, type RootClaim } from "../file/lock.ts";
import { joinPath } from "../file/path.ts";
import { locateRoot } from "../file/platform.ts";
import type { FileStorage } from "../file/storage.ts";
import { U32_MAX } from "../limits.ts";
import { committedEntriesOf } from "./committed_entries.ts";
import type { WalEntry } from "./entry.ts";
import { GroupBuffer } from "./group.ts";
import { FAST_MAGIC, HEADER_BYTES } from "./header.ts";
import {
  type SegmentLocation,
  segmentPath,
  type SegmentRecovery,
  SESSIONS_DIRECTORY,
} from "./opening.ts";
import { PendingFrames } from "./pending_frames.ts";
import { Segment } from "./segment.ts";

/** How a segment is opened. */
export interface FastSegmentOptions {
  /** Where the root is; the platform's files by default. */
  storage?: FileStorage;
  /** Open without write permission and without a lock, perhaps beside the writer. */
  readOnly?: boolean;
}

const FILE_SUFFIX = ".fast";
const FILE_NAME = /^(0|[1-9][0-9]{0,9})\.fast$/;

/** Room in the buffer that calls reuse. */
const SPARE_BYTES = 16 * 1024;

/** While encoding, the deadline is looked at after so many entries, or so many bytes. */
const ENTRIES_BETWEEN_LOOKS = 64;
const BYTES_BETWEEN_LOOKS = 256 * 1024;

/**
 * An append-only file in which a session seals groups of entries.
 *
 * A group is durable, whole, when the call that sealed it has resolved, and survives a kill, a crash of
 * the system and a power loss. One group costs one fdatasync. A segment does one thing at a time: calls
 * wait for each other in order, and a synchronous one that would have to wait throws `busy`. After a
 * failed write or sync everything but `close` throws `poisoned`; opening again recovers every
 * acknowledged group.
 *
 * @example
 * ```ts
 * import { FastSegment, MemoryStorage, Revision } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * const storage = new MemoryStorage(); // Leave it out to use real files.
 * await using segment = await FastSegment.open("/plant", 7, { storage });
 * const outcome = await segment.trySealEntries([{
 *   kind: "write",
 *   address: { space: 1, point: [120, 45, 3] },
 *   revision: new Revision(1_795_000_000_000, 0, 7, 1),
 *   data: new TextEncoder().encode("pump 4: 81 degrees"),
 * }], 1_000);
 * assert.equal(outcome, "sealed");
 * assert.equal(segment.readCommittedEntries().length, 1);
 * ```
 */
export class FastSegment implements AsyncDisposable {
  /** The path of the file. */
  readonly path: string;
  /** The session whose entries it holds: 0 to 2^32-1. */
  readonly session: number;
  /** What opening found and did. */
  readonly recovery: SegmentRecovery;

  readonly #segment: Segment;
  readonly #claim: RootClaim | undefined;
  readonly #pending = new PendingFrames();
  #spare: GroupBuffer | undefined = new GroupBuffer(SPARE_BYTES);
  #closing: Promise<void> | undefined;

  private constructor(segment: Segment, session: number, claim: RootClaim | undefined) {
    this.path = segment.path;
    this.session = session;
    this.recovery = segment.recovery;
    this.#segment = segment;
    this.#claim = claim;
  }

  /**
   * Opens the segment of a session; to write, creates root and file if they are missing and makes
   * durable whatever is found.
   *
   * @param root The directory of the database, as a path or `file:` URL
   * @param session The session's id, 0 to 2^32-1
   * @param options Where, and whether only to read
   * @returns The segment; `recovery` says what was found
   * @throws {InvalidArgumentError} If root or session are not as above
   * @throws {LockedError} If the segment or the database is open for writing, here or elsewhere
   * @throws {CorruptionError} If acknowledged bytes no longer verify; the file is untouched
   * @throws {NewerFormatError} If a newer version wrote the file; it is untouched
   * @throws {NotFoundError} If `readOnly` and there is no such file
   * @throws {BusyError} If `readOnly` and the writer is too quick to be followed; try again
   * @throws {UnsupportedError} If the platform has no lock
   */
  static async open(
    root: string | URL,
    session: number,
    options: FastSegmentOptions = {},
  ): Promise<FastSegment> {
    checkSession(session);
    const { storage, path } = await locateRoot(root, options?.storage);
    const name = `${session}${FILE_SUFFIX}`;
    const location = { storage, root: path, name, identity: { magic: FAST_MAGIC, session } };
    await loadChecksum();
    try {
      return await FastSegment.#open(location, options?.readOnly ?? false);
    } catch (error) {
      throw asInfiniteDbError(error, `open ${segmentPath(location)}`, segmentPath(location));
    }
  }

  static async #open(location: SegmentLocation, readOnly: boolean): Promise<FastSegment> {
    const { storage, root, name, identity } = location;
    const claim = readOnly ? undefined : await claimRoot(storage, root, name);
    try {
      const segment = await Segment.open(location, readOnly);
      return new FastSegment(segment, identity.session, claim);
    } catch (error) {
      claim?.release();
      throw error;
    }
  }

  /** The offset behind the last durable group (for a reader: the last whole one it found); at least 16. */
  get committedBytes(): number {
    return this.#segment.boundary.bytes;
  }

  /**
   * Encodes an entry into a frame of its own and keeps it in memory until a group is sealed, where it
   * goes first. Always allowed, also while another call is at work.
   *
   * @param entry An entry of this session; later changes to the object do not matter
   * @returns The bytes of the frame: its payload and 40 more
   * @throws {InvalidArgumentError} If the entry is invalid or does not fit a frame
   */
  appendFrame(entry: WalEntry): number {
    this.#segment.checkWritable();
    const buffer = this.#takeSpare();
    try {
      buffer.addEntry(entry, this.session);
      buffer.endFrame();
      const frame = buffer.bytes.slice();
      this.#pending.append(frame);
      return frame.length;
    } finally {
      this.#giveBack(buffer);
    }
  }

  /**
   * Seals the frames of `appendFrame` as one group; does nothing when there are none.
   *
   * @throws An I/O error; everything later then throws `poisoned`
   */
  async syncGroup(): Promise<void> {
    await this.#segment.seal(this.#pending.prepare(this.#pending.end), new Deadline(Infinity));
  }

  /**
   * Seals the frames of `appendFrame` as one group, blocking.
   *
   * @throws {BusyError} If an asynchronous call or a roll-back is at work; nothing was changed
   */
  syncGroupSync(): void {
    this.#segment.sealSync(this.#pending.prepare(this.#pending.end), new Deadline(Infinity));
  }

  /**
   * Seals entries as one group, unless a deadline passes first. Frames pending from `appendFrame` go
   * before them into the same group.
   *
   * When the deadline passes while the sync runs, the answer comes at once and the group is rolled back
   * when the sync has settled; until then a crash may leave it whole, so remove duplicates by revision.
   *
   * @param entries Entries of this session, taken before the call returns; none is a group of the
   * pending frames, or nothing at all
   * @param deadlineMs Milliseconds from the call; 0 always times out, Infinity never does
   * @returns "sealed" when durable; "timed-out" when nothing of it will stay
   * @throws {InvalidArgumentError} If an entry or the deadline is invalid; nothing was written
   * @throws An I/O error; everything later then throws `poisoned`
   */
  async trySealEntries(
    entries: Iterable<WalEntry>,
    deadlineMs: number,
  ): Promise<"sealed" | "timed-out"> {
    const deadline = new Deadline(deadlineMs);
    checkIterable(entries);
    this.#segment.checkWritable();
    if (deadlineMs === 0) return "timed-out";
    const buffer = this.#takeSpare();
    try {
      if (!this.#encode(buffer, entries, deadline)) return "timed-out";
      return await this.#segment.seal(this.#pending.prepare(this.#pending.end, buffer), deadline);
    } finally {
      this.#giveBack(buffer);
    }
  }

  /**
   * Seals entries as one group, blocking. The deadline is looked at until the sync begins; a sync that
   * ends late is "sealed".
   *
   * @param entries As for `trySealEntries`
   * @param deadlineMs As for `trySealEntries`
   * @returns As `trySealEntries`
   * @throws {BusyError} If an asynchronous call or a roll-back is at work; nothing was changed
   * @throws {InvalidArgumentError} If an entry or the deadline is invalid; nothing was written
   */
  trySealEntriesSync(entries: Iterable<WalEntry>, deadlineMs: number): "sealed" | "timed-out" {
    const deadline = new Deadline(deadlineMs);
    checkIterable(entries);
    this.#segment.checkIdle(); // Before an entry is taken: whoever is told "busy" calls again with them.
    if (deadlineMs === 0) return "timed-out";
    const buffer = this.#takeSpare();
    try {
      if (!this.#encode(buffer, entries, deadline)) return "timed-out";
      return this.#segment.sealSync(this.#pending.prepare(this.#pending.end, buffer), deadline);
    } finally {
      this.#giveBack(buffer);
    }
  }

  /**
   * Drops every group behind a boundary, by replacing the file. Frames pending from `appendFrame` stay.
   *
   * @param bytes 16, or a `committedBytes` of earlier
   * @throws {InvalidArgumentError} If no group ends there; nothing was changed
   */
  async truncateTo(bytes: number): Promise<void> {
    await this.#segment.cutTo(bytes);
  }

  /** Drops every group, by replacing the file. Frames pending from `appendFrame` stay. */
  async reset(): Promise<void> {
    await this.#segment.cutTo(HEADER_BYTES);
  }

  /**
   * Every durable entry, in the order written.
   *
   * @returns All of them at once; `committedEntries` takes them one by one
   * @throws {CorruptionError} If acknowledged bytes no longer verify
   */
  readCommittedEntries(): WalEntry[] {
    return Array.from(this.committedEntries());
  }

  /**
   * Every durable entry, in the order written, read as they are asked for. The end is that of the first
   * `next()`; groups sealed later are not in it.
   *
   * @returns A single-use iterator
   * @throws {CorruptionError} From `next()`, if acknowledged bytes no longer verify
   * @throws {ClosedError} From `next()`, if the segment was cut, reset or closed meanwhile
   * @throws {BusyError} From `next()`, on a read-only segment whose writer has rolled back a group that
   * was not acknowledged when it was opened; open it again
   */
  committedEntries(): IteratorObject<WalEntry> {
    this.#segment.checkReadable();
    return committedEntriesOf(this.#segment, this.session);
  }

  /**
   * Waits for what is at work, closes the file and gives up the lock. Closing twice is closing once.
   *
   * @throws {UncommittedError} If frames of `appendFrame` were never sealed; all is released first
   * @throws An I/O error that no call has thrown yet; all is released first
   */
  async close(): Promise<void> {
    const first = await this.#closeOnce();
    if (first && this.#pending.count > 0 && !this.#segment.poisoned) {
      throw new UncommittedError(
        `${this.#pending.count} appended frames of ${this.path} were never sealed and are gone; call syncGroup() before close()`,
        { file: this.path, found: this.#pending.count },
      );
    }
  }

  /** Closes as `close` does, but drops unsealed frames silently, as leaving a scope rolls back. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#closeOnce();
  }

  /** Releases everything; a later call waits for the first, which alone throws what went wrong. */
  async #closeOnce(): Promise<boolean> {
    const first = this.#closing === undefined;
    this.#closing ??= this.#release();
    await (first ? this.#closing : this.#closing.catch(() => {}));
    return first;
  }

  async #release(): Promise<void> {
    try {
      await this.#segment.close();
    } finally {
      this.#claim?.release();
    }
  }

  /** Encodes before anything waits, so that later changes to the caller's objects do not matter. */
  #encode(buffer: GroupBuffer, entries: Iterable<WalEntry>, deadline: Deadline): boolean {
    let entriesLeft = ENTRIES_BETWEEN_LOOKS;
    let bytesAtLook = 0;
    for (const entry of entries) {
      buffer.addEntry(entry, this.session);
      if (--entriesLeft > 0 && buffer.length - bytesAtLook < BYTES_BETWEEN_LOOKS) continue;
      if (deadline.passed()) return false;
      entriesLeft = ENTRIES_BETWEEN_LOOKS;
      bytesAtLook = buffer.length;
    }
    buffer.endFrame();
    return !deadline.passed();
  }

  /** One buffer is reused; a call that comes while it is in use gets one of its own. */
  #takeSpare(): GroupBuffer {
    const buffer = this.#spare ?? new GroupBuffer();
    this.#spare = undefined;
    return buffer;
  }

  #giveBack(buffer: GroupBuffer): void {
    buffer.clear();
    this.#spare ??= buffer;
  }
}

/**
 * The sessions that have a fast segment below a root.
 *
 * @param root The directory of the database, as a path or `file:` URL
 * @param options Where the root is
 * @returns Their ids, ascending; none when there is no such root
 * @throws {InvalidArgumentError} If root is neither path nor `file:` URL
 */
export async function listFastSegmentIds(
  root: string | URL,
  options: { storage?: FileStorage } = {},
): Promise<number[]> {
  const { storage, path } = await locateRoot(root, options?.storage);
  const directory = joinPath(path, SESSIONS_DIRECTORY);
  return listNames(storage, directory)
    .map((name) => Number(FILE_NAME.exec(name)?.[1] ?? NaN))
    .filter((id) => id <= U32_MAX)
    .sort((a, b) => a - b);
}

function listNames(storage: FileStorage, directory: string): string[] {
  try {
    return storage.list(directory);
  } catch (error) {
    throw asInfiniteDbError(error, `list ${directory}`, directory);
  }
}

function checkIterable(entries: Iterable<WalEntry>): void {
  if (typeof entries?.[Symbol.iterator] === "function") return;
  throw new InvalidArgumentError(
    `Entries are an array or another iterable, not ${describe(entries)}`,
    {
      found: entries,
    },
  );
}

function checkSession(session: number): void {
  if (Number.isInteger(session) && session >= 0 && session <= U32_MAX) return;
  throw new InvalidArgumentError(
    `A session id is an integer from 0 to ${U32_MAX}, not ${describe(session)}`,
    { expected: `0 to ${U32_MAX}`, found: session },
  );
}
