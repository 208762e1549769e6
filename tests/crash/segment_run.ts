/**
 * Drives a fast segment through a scenario and keeps the ledger beside it.
 *
 * @module
 */

import type { FastSegment } from "../../mod.ts";
import type { CrashStorage } from "../support/crash_storage.ts";
import { type Content, type Ledger, Violation } from "./ledger.ts";
import { entryOf, type Library } from "./library.ts";

const ROOT = "/db";
const SESSION = 7;
const PATH = `${ROOT}/sessions/${SESSION}.fast`;

/** Longer than any run takes. */
const FAR_AHEAD_MS = 600_000;

/** What a caller may be told when a device fails: by code, since a canary has classes of its own. */
const KNOWN_CODES: ReadonlySet<string> = new Set(["io", "no-space", "poisoned"]);

/** One process's dealings with one segment. */
export class SegmentRun {
  readonly storage: CrashStorage;
  readonly ledger: Ledger;
  readonly #library: Library;
  #segment: FastSegment | undefined;
  #pending: number[] = [];
  /** Whether a call on the open segment has failed: then nothing is settled until it is opened again. */
  #failed = false;

  constructor(storage: CrashStorage, ledger: Ledger, library: Library) {
    this.storage = storage;
    this.ledger = ledger;
    this.#library = library;
  }

  /** What the process after a crash does. */
  async goOn(): Promise<void> {
    await this.open();
    await this.seal(2);
    await this.close();
  }

  /** Opens and judges once more. */
  async lookAgain(): Promise<void> {
    await this.open();
    await this.close();
  }

  /** Opens the segment, and judges what it holds. */
  async open(): Promise<void> {
    await this.#guard(async () => {
      this.#segment = await this.#library.FastSegment.open(ROOT, SESSION, {
        storage: this.storage,
      });
      this.ledger.observe(this.#segment, this.#library);
      this.#failed = false;
    });
  }

  /** Seals new entries with those pending as one group. */
  async seal(count: number): Promise<void> {
    const { group, content } = this.#propose(count);
    await this.#call(async (segment) => {
      const entries = group.slice(-count).map((number) => entryOf(this.#library, number, SESSION));
      const outcome = await segment.trySealEntries(entries, Infinity);
      if (outcome !== "sealed") throw new Violation(`a seal without deadline: ${outcome}`);
      this.#sealed(content);
    });
  }

  /** The same, blocking. */
  async sealSync(count: number): Promise<void> {
    const { group, content } = this.#propose(count);
    await this.#call((segment) => {
      const entries = group.slice(-count).map((number) => entryOf(this.#library, number, SESSION));
      if (segment.trySealEntriesSync(entries, Infinity) !== "sealed") {
        throw new Violation("a blocking seal without deadline timed out");
      }
      this.#sealed(content);
    });
  }

  /** A seal whose deadline lies far ahead: it passes when all is done. */
  async sealInTime(count: number): Promise<void> {
    const { group, content } = this.#propose(count);
    await this.#call(async (segment) => {
      const entries = group.slice(-count).map((number) => entryOf(this.#library, number, SESSION));
      if (await segment.trySealEntries(entries, FAR_AHEAD_MS) !== "sealed") {
        throw new Violation("a seal timed out long before its deadline");
      }
      this.#sealed(content);
    });
  }

  /** Leaves behind the last group what a group cut off by an earlier crash would have left. */
  tear(bytes: number): void {
    if (this.storage.crashed) return;
    try {
      const file = this.storage.open(PATH, { write: true });
      file.writeAt(new Uint8Array(bytes).fill(0xa5), file.size());
    } catch (error) {
      if (!this.storage.crashed && !this.storage.faulted) throw error;
    }
  }

  /** A seal whose deadline has passed before anything could be written. */
  async sealTooEarly(count: number): Promise<void> {
    await this.#call(async (segment) => {
      const entries = this.ledger.mint(count).map((number) =>
        entryOf(this.#library, number, SESSION)
      );
      if (await segment.trySealEntries(entries, 0) !== "timed-out") {
        throw new Violation("a deadline of 0 did not time out");
      }
    });
  }

  /** A seal whose deadline passes while its sync runs, and the roll-back that follows. */
  async sealTooLate(count: number): Promise<void> {
    const pending = this.#pending;
    const { group } = this.#propose(count);
    await this.#call(async (segment) => {
      const release = this.storage.hold();
      const entries = group.slice(-count).map((number) => entryOf(this.#library, number, SESSION));
      try {
        const outcome = await segment.trySealEntries(entries, 1);
        if (outcome !== "timed-out") {
          throw new Violation(`a seal while the sync is held: ${outcome}`);
        }
      } finally {
        release();
      }
      this.#pending = pending;
    });
  }

  /** Waits until whatever runs behind an answer is done. */
  async quiet(): Promise<void> {
    await this.#call(async (segment) => {
      await segment.trySealEntries([], Infinity);
      if (this.#pending.length === 0) this.ledger.settle();
    });
  }

  /** Appends entries, to be sealed with the next group. */
  async append(count: number): Promise<void> {
    await this.#call((segment) => {
      for (const number of this.ledger.mint(count)) {
        segment.appendFrame(entryOf(this.#library, number, SESSION));
        this.#pending.push(number);
      }
    });
  }

  /** Seals what was appended. */
  async sync(): Promise<void> {
    const { content } = this.#propose(0);
    await this.#call(async (segment) => {
      await segment.syncGroup();
      this.#sealed(content);
    });
  }

  /** Keeps the first groups, drops the others. */
  async truncate(groups: number): Promise<void> {
    await this.#call(async (segment) => {
      const bytes = await this.#boundaryAfter(segment, groups);
      const content = this.ledger.current.slice(0, groups);
      this.ledger.propose(content);
      await segment.truncateTo(bytes);
      this.ledger.settle(content);
    });
  }

  /** Drops every group. */
  async reset(): Promise<void> {
    await this.#call(async (segment) => {
      this.ledger.propose([]);
      await segment.reset();
      this.ledger.settle([]);
    });
  }

  /** Closes the segment. */
  async close(): Promise<void> {
    this.#pending = [];
    await this.#call(async (segment) => {
      await segment[Symbol.asyncDispose]();
      if (!this.#failed) this.ledger.settle();
    });
    this.#segment = undefined;
  }

  /** Makes one call on the segment, if it could be opened. */
  async #call(body: (segment: FastSegment) => Promise<void> | void): Promise<void> {
    const segment = this.#segment;
    if (segment !== undefined) await this.#guard(() => body(segment));
  }

  /**
   * After a crash nothing more happens; after an injected fault the error must be one of ours, and all
   * that the ledger allows stays allowed.
   */
  async #guard(body: () => Promise<void> | void): Promise<void> {
    if (this.storage.crashed) return;
    try {
      await body();
    } catch (error) {
      if (this.storage.crashed) return;
      if (error instanceof Violation || !this.storage.faulted) throw error;
      this.#failed = true;
      const code = (error as { code?: unknown }).code;
      if (!(error instanceof Error) || typeof code !== "string" || !KNOWN_CODES.has(code)) {
        throw new Violation(`an error without a code of ours: ${error}`);
      }
    }
  }

  #propose(count: number): { group: number[]; content: Content } {
    const group = [...this.#pending, ...this.ledger.mint(count)];
    const content = [...this.ledger.current, group];
    this.ledger.propose(content);
    return { group, content };
  }

  #sealed(content: Content): void {
    this.#pending = [];
    this.ledger.settle(content);
  }

  /** Finds a boundary as a user would: from the sizes noted while sealing, here from a second reader. */
  async #boundaryAfter(segment: FastSegment, groups: number): Promise<number> {
    let bytes = 16;
    const file = this.storage.open(segment.path);
    for (let seen = 0; seen < groups;) {
      const header = new Uint8Array(12);
      file.readAt(header, bytes);
      const length = Number(new DataView(header.buffer).getBigUint64(0, true));
      if (length === 0) break; // A group is missing that a failed call was to write.
      if (header[8] === 0x95) seen++; // A seal is the only payload of five elements.
      bytes += 40 + length;
    }
    file.close();
    return await Promise.resolve(bytes);
  }
}
