/**
 * Writes a run file, `runs/{id}.run`, page by page.
 *
 * | offset | bytes | field       | meaning                                             |
 * | ------ | ----- | ----------- | --------------------------------------------------- |
 * | 0      | 8     | magic       | `IDB_RUN\0`                                         |
 * | 8      | 4     | version     | u32 LE, 1                                           |
 * | 12     | 4     | codec       | u32 LE, 0: pages and values as they are; reserved   |
 * | 16     | 8     | run         | u64 LE, the id in the file's name                   |
 * | 24     | 8     | space       | u64 LE, the number of the space                     |
 * | 32     | 4     | dims        | u32 LE, coordinates of a point                      |
 * | 36     | 4     | words       | u32 LE, words of a key                              |
 * | 40     | 4     | coordinates | u32 LE, bytes of one: 4 (u32) or 8 (float64)        |
 * | 44     | 20    | reserved    | zeros                                               |
 * | 64     |       | pages       | each followed by its values (`run_page.ts`)         |
 * |        |       | footer      | and the trailer (`run_footer.ts`)                   |
 *
 * The file is made under its final name: no reader looks for it before the manifest lists it, and that
 * happens after the file and its directory were synced. What a crash leaves is unlisted, and removed.
 *
 * @module
 */

import { monotonicMs } from "../clock/clock.ts";
import { CHECKSUM_BYTES } from "../bytes/checksum.ts";
import { asInfiniteDbError, UnsupportedError } from "../errors.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { U32_MAX, WRITE_BYTES_MAX } from "../limits.ts";
import { clearBox, growByPoint } from "../space/box.ts";
import { LEAF_ENTRIES } from "./box_tree.ts";
import { compareRevisions, REVISION_WORDS } from "./columns.ts";
import type { Run } from "./run.ts";
import { encodeTrailer, type Footer, newFooter, TRAILER_BYTES } from "./run_footer.ts";
import { type FilePage, PAGE_ENTRIES, pageBytes, pageOver, sealPart } from "./run_page.ts";
import type { Shape } from "./shape.ts";

/** Bytes of the header. */
export const RUN_HEADER_BYTES = 64;

const MAGIC = new TextEncoder().encode("IDB_RUN\0");

/** The version that is written. */
export const RUN_VERSION = 1;

/** What a run file is of. */
export interface RunIdentity {
  /** The id in its name. */
  id: number;
  /** The number of its space. */
  space: number;
}

/**
 * The header of a run file.
 *
 * @param identity What it is of
 * @param shape The form of its columns
 */
export function encodeRunHeader({ id, space }: RunIdentity, shape: Shape): Uint8Array {
  const header = new Uint8Array(RUN_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, RUN_VERSION, true);
  view.setBigUint64(16, BigInt(id), true);
  view.setBigUint64(24, BigInt(space), true);
  view.setUint32(32, shape.dims, true);
  view.setUint32(36, shape.words, true);
  view.setUint32(40, shape.coordinateBytes, true);
  return header;
}

/** Entries in the order of a run. */
export interface EntrySource {
  /** The form of their columns. */
  readonly shape: Shape;
  /** How many there are at most, at least one. */
  readonly countMax: number;
  /** Moves to the next: whether there is one. */
  next(): boolean;
  /** After `next` returned true: the run it is in. */
  readonly run: Run | undefined;
  /** After `next` returned true: its place there. */
  readonly at: number;
}

/** How long the writer keeps others waiting before it lets them go on. */
const SLICE_MS = 4;

/**
 * Writes a run into a file and makes its content durable; its name becomes so when the directory is
 * synced. In slices of 4 ms, and with a sync every 4 MiB, so that nobody waits long for it.
 *
 * @param storage Where
 * @param path The file; its directory must exist, and what has the name is removed
 * @param identity What it is of
 * @param source The entries
 * @returns How many entries there are, and how long the file is
 * @throws {InfiniteDbError} If the platform fails; then there is no file
 */
export async function writeRunFile(
  storage: FileStorage,
  path: string,
  identity: RunIdentity,
  source: EntrySource,
): Promise<{ entries: number; bytes: number }> {
  let file: StorageFile | undefined;
  try {
    if (storage.exists(path)) storage.remove(path); // An earlier attempt may have been cut off.
    file = storage.open(path, { write: true, create: true, exclusive: true });
    const writer = new RunWriter(file, identity, source.shape, source.countMax);
    let sliceStartMs = monotonicMs();
    while (source.next()) {
      if (!writer.append(source.run!, source.at)) continue;
      if (writer.unsyncedBytes >= WRITE_BYTES_MAX) await writer.sync();
      else if (monotonicMs() - sliceStartMs < SLICE_MS) continue;
      else await new Promise((resolve) => setTimeout(resolve, 0));
      sliceStartMs = monotonicMs();
    }
    const written = writer.finish();
    await file.syncData();
    file.close();
    return written;
  } catch (error) {
    if (file !== undefined) discard(storage, file);
    throw asInfiniteDbError(error, `write ${path}`, path);
  }
}

/**
 * The entries of one run.
 *
 * @param run The run
 */
export function entriesOf(run: Run): EntrySource {
  let at = -1;
  return {
    shape: run.shape,
    countMax: run.count,
    run,
    next: () => ++at < run.count,
    get at() {
      return at;
    },
  };
}

/** Takes entries in the order of a run, and writes them. */
export class RunWriter {
  /** Bytes written since the last sync. */
  unsyncedBytes = 0;

  readonly #file: StorageFile;
  readonly #id: number;
  readonly #shape: Shape;
  readonly #header: Uint8Array;
  #footerBytes: Uint8Array;
  #footer: Footer;
  #offset = RUN_HEADER_BYTES;
  #written = 0;
  #bytes: Uint8Array;
  #page: FilePage;
  #values: Uint8Array[] = [];
  #valueBytes = 0;

  /**
   * @param file Where to; empty
   * @param identity What it is of
   * @param shape The form of its columns
   * @param countMax How many entries will come at most, at least one
   */
  constructor(file: StorageFile, identity: RunIdentity, shape: Shape, countMax: number) {
    this.#file = file;
    this.#id = identity.id;
    this.#shape = shape;
    this.#header = encodeRunHeader(identity, shape);
    const { bytes, footer } = newFooter(shape, countMax);
    this.#footerBytes = bytes;
    this.#footer = footer;
    footer.clean.fill(1);
    for (let leaf = 0; leaf < footer.clean.length; leaf++) {
      clearBox(footer.boxes, leaf * 2 * shape.dims, shape.dims);
    }
    file.writeAt(this.#header, 0);
    this.#bytes = new Uint8Array(0);
    this.#page = this.#newPage();
  }

  /**
   * Takes the next entry.
   *
   * @param run A run that has it
   * @param at Its place there
   * @returns Whether it filled a page
   */
  append(run: Run, at: number): boolean {
    const { dims, words } = this.#shape;
    const from = run.page(at);
    const place = at - from.base;
    const to = this.#page;
    const index = this.#written - to.base;
    for (let axis = 0; axis < dims; axis++) {
      to.coordinates[index * dims + axis] = from.coordinates[place * dims + axis];
    }
    for (let word = 0; word < words; word++) {
      to.keys[index * words + word] = from.keys[place * words + word];
    }
    for (let word = 0; word < REVISION_WORDS; word++) {
      to.revisions[index * REVISION_WORDS + word] = from.revisions[place * REVISION_WORDS + word];
    }
    const tombstone = from.tombstones[place];
    to.tombstones[index] = tombstone;
    if (tombstone === 0) {
      const value = run.value(at);
      to.lengths[index] = value.length;
      this.#values.push(value);
      this.#valueBytes += value.length;
    }
    this.#describe(to, index);
    this.#written++;
    if (index + 1 < to.count) return false;
    this.#writePage();
    return true;
  }

  /** Makes durable what was written so far. */
  async sync(): Promise<void> {
    this.unsyncedBytes = 0;
    await this.#file.syncData();
  }

  /**
   * Writes what is left after the last entry; the sync is the caller's.
   *
   * @returns How many entries there are, and how long the file is
   */
  finish(): { entries: number; bytes: number } {
    const entries = this.#written;
    if (entries < this.#footer.entries) this.#cutShort();
    this.#file.writeAt(this.#footerBytes, this.#offset);
    const trailer = encodeTrailer(this.#header, this.#footerBytes, this.#offset);
    const end = this.#offset + this.#footerBytes.length;
    this.#file.writeAt(trailer, end);
    return { entries, bytes: end + TRAILER_BYTES };
  }

  /** Fewer entries came than might have: the last page and the footer are made for those that did. */
  #cutShort(): void {
    const entries = this.#written;
    const { bytes, footer } = newFooter(this.#shape, entries);
    const long = this.#footer;
    footer.newest.set(long.newest);
    footer.offsets.set(long.offsets.subarray(0, footer.offsets.length));
    footer.valueBytes.set(long.valueBytes.subarray(0, footer.valueBytes.length));
    footer.firstKeys.set(long.firstKeys.subarray(0, footer.firstKeys.length));
    footer.firstPoints.set(long.firstPoints.subarray(0, footer.firstPoints.length));
    footer.boxes.set(long.boxes.subarray(0, footer.boxes.length));
    footer.clean.set(long.clean.subarray(0, footer.clean.length));
    this.#footer = footer;
    this.#footerBytes = bytes;
    const { base, coordinates, keys, revisions, lengths, tombstones } = this.#page;
    const count = entries - base;
    if (count <= 0) return;
    const { dims, words } = this.#shape;
    this.#bytes = new Uint8Array(pageBytes(this.#shape, count));
    const page = pageOver(this.#shape, this.#bytes, base, count);
    page.coordinates.set(coordinates.subarray(0, count * dims));
    page.keys.set(keys.subarray(0, count * words));
    page.revisions.set(revisions.subarray(0, count * REVISION_WORDS));
    page.lengths.set(lengths.subarray(0, count));
    page.tombstones.set(tombstones.subarray(0, count));
    this.#page = page;
    this.#writePage();
  }

  /** What the footer says of an entry, and of the one before it. */
  #describe(page: FilePage, index: number): void {
    const { dims, words } = this.#shape;
    const { boxes, clean, newest, firstKeys, firstPoints } = this.#footer;
    const leaf = Math.floor(this.#written / LEAF_ENTRIES);
    growByPoint(boxes, leaf * 2 * dims, page.coordinates, index * dims, dims);
    if (compareRevisions(page.revisions, index, newest, 0) > 0) {
      newest.set(page.revisions.subarray(index * REVISION_WORDS, (index + 1) * REVISION_WORDS));
    }
    if (page.tombstones[index] === 1) clean[leaf] = 0;
    if (this.#repeats(page, index)) {
      clean[leaf] = 0;
      clean[Math.floor((this.#written - 1) / LEAF_ENTRIES)] = 0;
    }
    if (index > 0) return;
    const number = page.base / PAGE_ENTRIES;
    firstKeys.set(page.keys.subarray(0, words), number * words);
    firstPoints.set(page.coordinates.subarray(0, dims), number * dims);
  }

  /** Whether an entry is of the same address as the one before it. */
  #repeats(page: FilePage, index: number): boolean {
    const { dims } = this.#shape;
    if (this.#written === 0) return false;
    const before = index > 0 ? page.coordinates : this.#lastPoint;
    const at = index > 0 ? (index - 1) * dims : 0;
    for (let axis = 0; axis < dims; axis++) {
      if (before[at + axis] !== page.coordinates[index * dims + axis]) return false;
    }
    return true;
  }

  #lastPoint: ArrayLike<number> = [];

  #writePage(): void {
    const page = this.#page;
    const { dims } = this.#shape;
    const number = page.base / PAGE_ENTRIES;
    sealPart(this.#bytes, this.#id, 2 * number);
    const values = this.#sealedValues(2 * number + 1);
    this.#footer.offsets[number] = this.#offset;
    this.#footer.valueBytes[number] = values.length;
    this.#file.writeAt(this.#bytes, this.#offset);
    this.#file.writeAt(values, this.#offset + this.#bytes.length);
    const bytes = this.#bytes.length + values.length;
    this.#offset += bytes;
    this.unsyncedBytes += bytes;
    this.#lastPoint = page.coordinates.slice((page.count - 1) * dims);
    if (this.#written < this.#footer.entries) this.#page = this.#newPage();
  }

  #sealedValues(part: number): Uint8Array {
    if (this.#valueBytes + CHECKSUM_BYTES > U32_MAX) {
      throw new UnsupportedError(
        `A page of ${PAGE_ENTRIES} entries holds up to 4 GiB of values, and these have ${this.#valueBytes} bytes; they stay in the log`,
        { expected: U32_MAX, found: this.#valueBytes },
      );
    }
    const bytes = new Uint8Array(this.#valueBytes + CHECKSUM_BYTES);
    let at = 0;
    for (const value of this.#values) {
      bytes.set(value, at);
      at += value.length;
    }
    sealPart(bytes, this.#id, part);
    this.#values = [];
    this.#valueBytes = 0;
    return bytes;
  }

  #newPage(): FilePage {
    const count = Math.min(PAGE_ENTRIES, this.#footer.entries - this.#written);
    this.#bytes = new Uint8Array(pageBytes(this.#shape, count));
    return pageOver(this.#shape, this.#bytes, this.#written, count);
  }
}

/** Cleans up as far as the platform lets us; the first error is the one to tell. */
function discard(storage: FileStorage, file: StorageFile): void {
  for (const step of [() => file.close(), () => storage.remove(file.path)]) {
    try {
      step();
    } catch {
      continue; // The next opening removes it.
    }
  }
}
