/**
 * A fast segment on a storage in memory, with the verbs that tests of its edges need.
 *
 * @module
 */

import { FastSegment, type FileStorage, MemoryStorage } from "../../mod.ts";
import { checksum, loadChecksum } from "../../lib/bytes/checksum.ts";
import { writes } from "./entries.ts";

/** Where the fixture keeps its database. */
export const ROOT = "/db";

/** The fixture's session. */
export const SESSION = 7;

/** The fixture's segment file. */
export const PATH = `${ROOT}/sessions/${SESSION}.fast`;

/** One segment file that a test damages and opens again. */
export class SegmentFixture {
  /** Where the file is. */
  readonly storage: FileStorage;

  /** @param storage Where to keep the file */
  constructor(storage: FileStorage = new MemoryStorage()) {
    this.storage = storage;
  }

  /** Opens the segment to write. */
  async open(): Promise<FastSegment> {
    return await FastSegment.open(ROOT, SESSION, { storage: this.storage });
  }

  /** Opens the segment to read. */
  async openToRead(): Promise<FastSegment> {
    return await FastSegment.open(ROOT, SESSION, { storage: this.storage, readOnly: true });
  }

  /** All bytes of the file. */
  bytes(): Uint8Array {
    const file = this.storage.open(PATH);
    try {
      const bytes = new Uint8Array(file.size());
      file.readAt(bytes, 0);
      return bytes;
    } finally {
      file.close();
    }
  }

  /** Writes bytes at an offset. */
  write(bytes: Uint8Array, offset: number): void {
    this.#change((file) => file.writeAt(bytes, offset));
  }

  /** Makes the file exactly these bytes. */
  replace(bytes: Uint8Array): void {
    this.storage.makeDirectory(`${ROOT}/sessions`);
    this.#change((file) => {
      file.truncate(0);
      file.writeAt(bytes, 0);
    });
  }

  /** Cuts the file, or extends it. */
  cut(length: number): void {
    this.#change((file) => file.truncate(length));
  }

  /** Flips one bit. */
  flip(offset: number, bit = 0): void {
    const byte = this.bytes()[offset];
    this.write(new Uint8Array([byte ^ (1 << bit)]), offset);
  }

  /** Sets the committed length in the header. */
  setHeader(committedBytes: bigint): void {
    const bytes = new Uint8Array(8);
    new DataView(bytes.buffer).setBigUint64(0, committedBytes, true);
    this.write(bytes, 8);
  }

  /** Makes the checksum of the frame at an offset right again. */
  async fixChecksum(offset: number): Promise<void> {
    await loadChecksum();
    const bytes = this.bytes();
    const length = Number(new DataView(bytes.buffer).getBigUint64(offset, true));
    const end = offset + 8 + length;
    this.write(checksum(bytes.subarray(offset + 8, end)), end);
  }

  /** The names in `quarantine/`. */
  quarantined(): string[] {
    return this.storage.list(`${ROOT}/quarantine`);
  }

  #change(change: (file: ReturnType<FileStorage["open"]>) => void): void {
    const file = this.storage.open(PATH, { write: true, create: true });
    change(file);
    file.close();
  }
}

/** A closed segment of three groups of ten entries, and where each ends. */
export async function threeGroups(): Promise<{ fixture: SegmentFixture; ends: number[] }> {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const ends: number[] = [];
  for (const first of [1, 11, 21]) {
    await segment.trySealEntries(writes(first, 10), Infinity);
    ends.push(segment.committedBytes);
  }
  await segment.close();
  return { fixture, ends };
}
