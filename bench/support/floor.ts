/**
 * The floor: one write and one fdatasync of as many bytes as our group takes, into a file that was
 * extended by truncate and not written. Nothing that syncs every group into such a file can do less.
 * Beside it, the same with the platform's asynchronous sync: what waiting without blocking costs anybody.
 *
 * @module
 */

import type { Contender } from "./contender.ts";
import { createPlainFile, type PlainFile } from "./plain_file.ts";
import { Random } from "./random.ts";

const EXTENSION_BYTES = 64 * 1024 * 1024;
const SEED = 7;

/** One file that groups of bytes are written to. */
export class Floor implements Contender {
  readonly name: string;
  readonly #file: PlainFile;
  readonly #groupBytes: () => number;
  readonly #waits: boolean;
  #group = new Uint8Array(0);
  #writtenBytes = 0;
  #extendedBytes = 0;

  /**
   * @param path A name that is free
   * @param groupBytes Bytes that our group takes at this moment
   * @param waits Whether to use the asynchronous sync
   */
  constructor(path: string, groupBytes: () => number, waits: boolean) {
    this.name = waits ? "floor, async" : "floor";
    this.#waits = waits;
    this.#file = createPlainFile(path);
    this.#groupBytes = groupBytes;
    this.#extend();
  }

  prepare(): void {
    const bytes = this.#groupBytes();
    if (this.#group.length !== bytes) {
      const words = new Uint8Array(Math.ceil(bytes / 4) * 4);
      new Random(SEED).fill(words);
      this.#group = words.subarray(0, bytes);
    }
    if (this.#writtenBytes + bytes > this.#extendedBytes) this.#extend();
  }

  seal(): void | Promise<void> {
    this.#file.write(this.#group);
    this.#writtenBytes += this.#group.length;
    if (this.#waits) return this.#file.syncData();
    this.#file.syncDataSync();
  }

  finish(): Promise<undefined> {
    this.#file.close();
    return Promise.resolve(undefined);
  }

  /** The new length is made durable here, so that no measured sync pays for it. */
  #extend(): void {
    this.#extendedBytes += EXTENSION_BYTES;
    this.#file.truncate(this.#extendedBytes);
    this.#file.syncDataSync();
  }
}

/** Several files, each written, then all synced at once: what parallel sessions cannot do without. */
export class ParallelFloor implements Contender {
  readonly name: string;
  readonly #floors: readonly Floor[];

  /**
   * @param path The beginning of names that are free
   * @param files How many
   * @param groupBytes Bytes that one group of ours takes at this moment
   */
  constructor(path: string, files: number, groupBytes: () => number) {
    this.name = `floor, ${files} files`;
    this.#floors = Array.from(
      { length: files },
      (_, i) => new Floor(`${path}_${i}`, groupBytes, true),
    );
  }

  prepare(): void {
    for (const floor of this.#floors) floor.prepare();
  }

  async seal(): Promise<void> {
    await Promise.all(this.#floors.map((floor) => floor.seal()));
  }

  async finish(): Promise<undefined> {
    for (const floor of this.#floors) await floor.finish();
  }
}
