/**
 * The process of the soak that is killed: works on one segment until then, and reports every call
 * before it is made and after it has resolved.
 *
 * Arguments: the root, the session, the number of the first entry to write, the seed.
 *
 * @module
 */

import process from "node:process";
import { FastSegment, HEADER_BYTES, InfiniteDbError, type WalEntry } from "../../mod.ts";
import { makeRandom, type Random } from "./random.ts";
import { entriesOf, LARGE_BYTES, type Run } from "./soak_entry.ts";
import { type Call, type Outcome, report } from "./soak_report.ts";

const ENTRIES_MAX = 400;
const SMALL_BYTES_MAX = 120;

/** So many large entries are 5 to 11 MiB: a group that takes two or three writes. */
const LARGE_ENTRIES_MIN = 20;
const LARGE_ENTRIES_MAX = 44;

const APPENDED_MAX = 3;
const REST_MS_MAX = 5;

/** A segment that has grown beyond this is soon cut, so that checking it stays quick. */
const SEGMENT_BYTES_TARGET = 12 * 1024 * 1024;

/** From one that passes while encoding to one that a large group may pass while it is synced. */
const DEADLINES_MS: readonly number[] = [0.05, 0.3, 1, 4, 10];

/** How often the child does what, of 100 calls. */
const WEIGHTS: readonly (readonly [number, (child: SoakChild) => Promise<void>])[] = [
  [44, (child) => child.seal(child.smallRun(), Infinity)],
  [3, (child) => child.seal(child.largeRun(), Infinity)],
  [14, (child) => child.seal(child.smallRun(), child.deadlineMs())],
  [3, (child) => child.seal(child.largeRun(), child.deadlineMs())],
  [10, (child) => child.sealSync(child.smallRun(), Infinity)],
  [4, (child) => child.sealSync(child.smallRun(), child.deadlineMs())],
  [2, (child) => child.sealSync(child.largeRun(), child.deadlineMs())],
  [8, (child) => child.append()],
  [3, (child) => child.syncGroup()],
  [4, (child) => child.rest()],
  [3, (child) => child.truncate()],
  [2, (child) => child.openAgain()],
];

/** One life with one segment. */
class SoakChild {
  readonly #root: string;
  readonly #session: number;
  readonly #random: Random;
  #nextNumber: number;
  #segment!: FastSegment;
  /** How many groups were there when it was opened. */
  #groupsBefore = 0;
  /** Where the last of them ends, and each group since. */
  #ends: number[] = [];

  constructor(root: string, session: number, first: number, random: Random) {
    this.#root = root;
    this.#session = session;
    this.#nextNumber = first;
    this.#random = random;
  }

  async open(): Promise<void> {
    report({ at: "opening" });
    this.#segment = await FastSegment.open(this.#root, this.#session);
    report({ at: "open", recovery: this.#segment.recovery });
    this.#groupsBefore = this.#segment.recovery.groups;
    this.#ends = [this.#segment.committedBytes];
  }

  /** Makes one call, whichever chance picks. */
  async step(): Promise<void> {
    if (this.#segment.committedBytes > SEGMENT_BYTES_TARGET && this.#below(2) === 0) {
      return await this.truncate();
    }
    let left = this.#below(WEIGHTS.reduce((sum, [weight]) => sum + weight, 0));
    for (const [weight, act] of WEIGHTS) {
      if (left < weight) return await act(this);
      left -= weight;
    }
  }

  smallRun(): Run {
    const count = 1 + Math.floor(this.#random() ** 2 * ENTRIES_MAX);
    return this.#mint(count, this.#below(SMALL_BYTES_MAX));
  }

  largeRun(): Run {
    const more = this.#below(LARGE_ENTRIES_MAX - LARGE_ENTRIES_MIN + 1);
    return this.#mint(LARGE_ENTRIES_MIN + more, LARGE_BYTES);
  }

  deadlineMs(): number {
    return DEADLINES_MS[this.#below(DEADLINES_MS.length)];
  }

  async seal(run: Run, deadlineMs: number): Promise<void> {
    const entries = entriesOf(run, this.#session);
    await this.#call(
      { does: "seal", run },
      () => this.#segment.trySealEntries(entries, deadlineMs),
    );
  }

  async sealSync(run: Run, deadlineMs: number): Promise<void> {
    const entries = entriesOf(run, this.#session);
    await this.#call({ does: "seal-sync", run }, () => this.#sealSync(entries, deadlineMs));
  }

  async append(): Promise<void> {
    const run = this.#mint(1 + this.#below(APPENDED_MAX), this.#below(SMALL_BYTES_MAX));
    await this.#call({ does: "append", run }, () => {
      for (const entry of entriesOf(run, this.#session)) this.#segment.appendFrame(entry);
      return "done";
    });
  }

  async syncGroup(): Promise<void> {
    await this.#call({ does: "sync-group" }, async (): Promise<Outcome> => {
      await this.#segment.syncGroup();
      return "sealed";
    });
  }

  /** Waits for what is at work and does nothing for a while, so that a kill may come after a roll-back. */
  async rest(): Promise<void> {
    await this.syncGroup();
    await new Promise((resolve) => setTimeout(resolve, this.#random() * REST_MS_MAX));
  }

  /** Keeps the groups up to one that this process knows the end of, or none. */
  async truncate(): Promise<void> {
    const kept = this.#below(2) === 0 ? -1 : this.#below(this.#ends.length);
    const groups = kept < 0 ? 0 : this.#groupsBefore + kept;
    const end = kept < 0 ? HEADER_BYTES : this.#ends[kept];
    await this.#call({ does: "truncate", groups }, async (): Promise<Outcome> => {
      if (kept < 0) await this.#segment.reset();
      else await this.#segment.truncateTo(end);
      return "done";
    });
    if (kept < 0) this.#groupsBefore = 0;
    this.#ends = [...this.#ends.slice(0, Math.max(0, kept)), end];
  }

  async openAgain(): Promise<void> {
    await this.#call({ does: "close" }, async (): Promise<Outcome> => {
      await this.#segment[Symbol.asyncDispose]();
      return "done";
    });
    await this.open();
  }

  async #call(call: Call, act: () => Promise<Outcome> | Outcome): Promise<void> {
    report({ at: "call", call });
    const outcome = await act();
    report({ at: "resolved", outcome });
    const end = this.#segment.committedBytes;
    if (outcome === "sealed" && end !== this.#ends.at(-1)) this.#ends.push(end);
  }

  #sealSync(entries: WalEntry[], deadlineMs: number): Outcome {
    try {
      return this.#segment.trySealEntriesSync(entries, deadlineMs);
    } catch (error) {
      if (error instanceof InfiniteDbError && error.code === "busy") return "busy";
      throw error;
    }
  }

  #mint(count: number, dataBytes: number): Run {
    const first = this.#nextNumber;
    this.#nextNumber += count;
    return { first, count, dataBytes };
  }

  /** An integer from 0 to below a limit. */
  #below(limit: number): number {
    return Math.floor(this.#random() * limit);
  }
}

if (import.meta.main) await main(process.argv.slice(2));

async function main([root, session, first, seed]: string[]): Promise<void> {
  const child = new SoakChild(root, Number(session), Number(first), makeRandom(Number(seed)));
  await child.open();
  while (true) await child.step(); // Until it is killed; without a parent the next report fails.
}
