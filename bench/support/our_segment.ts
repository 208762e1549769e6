/**
 * Our segment as contenders: the blocking call and the asynchronous one, a segment each.
 *
 * @module
 */

import { FastSegment } from "../../mod.ts";
import { checkReadBack, type Contender } from "./contender.ts";
import { EntryMaker, type WriteEntry } from "./entries.ts";
import { Fingerprint } from "./fingerprint.ts";

/** One segment, sealed into by one of the two calls. */
export class OurSegment implements Contender {
  readonly name: string;
  readonly #root: string;
  readonly #groupEntries: number;
  readonly #waits: boolean;
  readonly #segment: FastSegment;
  readonly #maker: EntryMaker;
  #group: WriteEntry[] = [];
  #groupStart = 0;

  private constructor(root: string, segment: FastSegment, groupEntries: number, waits: boolean) {
    this.name = waits ? "ours, async" : "ours";
    this.#root = root;
    this.#groupEntries = groupEntries;
    this.#waits = waits;
    this.#segment = segment;
    this.#maker = new EntryMaker(segment.session);
  }

  /**
   * Creates the segment and seals a first group, which tells how many bytes a group takes.
   *
   * @param root The directory
   * @param groupEntries Entries in each group
   * @param waits Whether to use the asynchronous call
   */
  static async create(root: string, groupEntries: number, waits: boolean): Promise<OurSegment> {
    const segment = await FastSegment.open(root, waits ? 2 : 1);
    const ours = new OurSegment(root, segment, groupEntries, waits);
    ours.prepare();
    await ours.seal();
    return ours;
  }

  /** Bytes that the last group took in the file. */
  get groupBytes(): number {
    return this.#segment.committedBytes - this.#groupStart;
  }

  prepare(): void {
    this.#group = this.#maker.next(this.#groupEntries);
    this.#groupStart = this.#segment.committedBytes;
  }

  seal(): void | Promise<void> {
    if (this.#waits) return this.#sealAsync();
    this.#check(this.#segment.trySealEntriesSync(this.#group, Infinity));
  }

  async finish(): Promise<Fingerprint> {
    await this.#segment.close();
    const found = new Fingerprint();
    await using segment = await FastSegment.open(this.#root, this.#segment.session, {
      readOnly: true,
    });
    for (const entry of segment.committedEntries()) {
      if (entry.kind !== "write") throw new Error(`Found a ${entry.kind} where only writes were`);
      found.add(entry.address.point, entry.revision.sequence, entry.data);
    }
    return checkReadBack(this.name, this.#maker.fingerprint, found);
  }

  async #sealAsync(): Promise<void> {
    this.#check(await this.#segment.trySealEntries(this.#group, Infinity));
  }

  #check(outcome: "sealed" | "timed-out"): void {
    if (outcome !== "sealed") throw new Error("A deadline of Infinity passed");
  }
}
