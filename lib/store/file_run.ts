/**
 * A run in a file, read page by page through a cache.
 *
 * @module
 */

import {
  asInfiniteDbError,
  CorruptionError,
  type InfiniteDbError,
  NewerFormatError,
  NotFoundError,
} from "../errors.ts";
import { equalBytes } from "../bytes/checksum.ts";
import { REVISION_WORDS } from "../clock/revision.ts";
import { closeQuietly } from "../file/close_quietly.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { blockBytes } from "./page_blocks.ts";
import { BoxTree } from "./box_tree.ts";
import type { Kept, PageCache } from "./page_cache.ts";
import { NOT_LOCATED, type Page, Run, type Values } from "./run.ts";
import { firstNotBefore, firstTrue, keyPrefix, shareOf } from "./sorted_entries.ts";
import {
  decodeTrailer,
  type Footer,
  footerOver,
  footerVerifies,
  TRAILER_BYTES,
} from "./run_footer.ts";
import { PAGE_ENTRIES, pageBytes, pageOver, partVerifies, valuesOver } from "./run_page.ts";
import {
  encodeRunHeader,
  RUN_HEADER_BYTES,
  RUN_VERSION,
  type RunIdentity,
  type WrittenRun,
} from "./run_writer.ts";
import type { Shape } from "./shape.ts";

const VERSION_OFFSET = 8;

/** Closes the files of runs that were merged into others and that nobody reads any more. */
const unused = new FinalizationRegistry<() => void>((close) => close());

/** Of what a processor fetches at once. */
const LINE_BYTES = 64;

/** A run file that is open for reading. */
export class FileRun extends Run {
  /** The id in its name. */
  readonly id: number;
  readonly #file: StorageFile;
  readonly #footer: Footer;
  readonly #cache: PageCache;
  readonly #pages: (Kept<Page> | undefined)[];
  readonly #values: (Kept<Values> | undefined)[];
  /** 1 of each page of which is known that its keys follow each other without gaps, none twice, none deleted. */
  readonly #consecutive: Uint8Array;
  #lastPage: Page | undefined;
  /** What came of fetching is of no use, but without it nothing would be fetched. */
  #fetched = 0;

  private constructor(
    id: number,
    shape: Shape,
    file: StorageFile,
    footer: Footer,
    cache: PageCache,
    tree: BoxTree = treeOf(shape, footer),
  ) {
    const { oldest, newest } = footer;
    super(shape, tree, { oldest, newest });
    this.id = id;
    this.#file = file;
    this.#footer = footer;
    this.#cache = cache;
    this.#pages = new Array(footer.pages).fill(undefined);
    this.#values = new Array(footer.pages).fill(undefined);
    this.#consecutive = new Uint8Array(footer.pages);
  }

  /**
   * Opens a run file and verifies all but its pages.
   *
   * @param storage Where
   * @param path The file
   * @param identity What it should be of
   * @param shape The form of its columns
   * @param cache Keeps its pages
   * @throws {CorruptionError} If it is missing, or is not that run, whole
   * @throws {NewerFormatError} If a later version wrote it
   */
  static open(
    storage: FileStorage,
    path: string,
    identity: RunIdentity,
    shape: Shape,
    cache: PageCache,
  ): FileRun {
    let file: StorageFile | undefined;
    try {
      file = storage.open(path);
      const footer = readFooter(file, path, encodeRunHeader(identity, shape), shape);
      return new FileRun(identity.id, shape, file, footer, cache);
    } catch (error) {
      if (file !== undefined) closeQuietly(file);
      if (!(error instanceof NotFoundError)) throw asInfiniteDbError(error, `read ${path}`, path);
      throw new CorruptionError(`${path} is missing, but the manifest lists it`, {
        file: path,
        cause: error,
      });
    }
  }

  /**
   * Opens a run file that was just written: what its writer knows of it is not read again, nor made.
   *
   * @param storage Where
   * @param path The file
   * @param identity What it is of
   * @param shape The form of its columns
   * @param cache Keeps its pages
   * @param written As it was written
   */
  static ofWritten(
    storage: FileStorage,
    path: string,
    identity: RunIdentity,
    shape: Shape,
    cache: PageCache,
    { footer, tree }: WrittenRun,
  ): FileRun {
    try {
      return new FileRun(identity.id, shape, storage.open(path), footer, cache, tree);
    } catch (error) {
      throw asInfiniteDbError(error, `read ${path}`, path);
    }
  }

  /** Lets go of the file; nothing is owed to one that was only read. */
  close(): void {
    closeQuietly(this.#file);
  }

  /**
   * Lets go of the file when nobody has this run any more: snapshots and iterations may.
   *
   * @param closed Called then; may not refer to this run
   * @returns Lets go of it at once, unless that has happened
   */
  closeWhenUnused(closed: () => void): () => void {
    const file = this.#file;
    let isOpen = true;
    const close = (): void => {
      if (!isOpen) return;
      isOpen = false;
      closeQuietly(file);
      closed();
    };
    unused.register(this, close);
    return close;
  }

  override page(at: number): Page {
    const last = this.#lastPage;
    if (last !== undefined && at >= last.base && at < last.base + last.count) return last;
    return this.#lastPage = this.#pageOf(this.#numberOf(at));
  }

  override values(at: number): Values {
    const number = this.#numberOf(at);
    const kept = this.#values[number];
    if (kept?.value !== undefined) {
      kept.used = true;
      return kept.value;
    }
    const bytes = this.#read(number, 2 * number + 1);
    const values = valuesOver(this.page(at), bytes);
    this.#values[number] = this.#cache.keep(values, bytes.length + 5 * values.starts.length);
    return values;
  }

  /** Bytes of its pages. */
  get bytes(): number {
    const { pages, offsets, valueBytes } = this.#footer;
    return offsets[pages - 1] + pageBytes(this.shape, this.#entriesOf(pages - 1)) +
      valueBytes[pages - 1];
  }

  override get pages(): number {
    return this.#footer.pages;
  }

  override get inFile(): boolean {
    return true;
  }

  /** In one step, so a merge is held by a large value: by one of 64 MiB for some tenths of a second. */
  override readPage(number: number): { page: Page; values: Values } {
    const page = this.#parse(number, this.#read(number, 2 * number));
    const bytes = this.#read(number, 2 * number + 1);
    return { page, values: valuesOver(page, bytes) };
  }

  override narrow(
    key: ArrayLike<number>,
    point: ArrayLike<number>,
  ): { low: number; high: number; guess: number } {
    const { pages, firstKeys, firstPoints } = this.#footer;
    const { words } = this.shape;
    const share = shareOf(key, firstKeys, words, 0, pages - 1);
    const near = Math.ceil(share * (pages - 1));
    // The first page whose first entry is not before; what is looked for may be in the one before it.
    const next = firstNotBefore(firstKeys, firstPoints, this.shape, key, point, 0, pages, near);
    const page = Math.max(0, next - 1);
    const low = this.#baseOf(page);
    if (next === pages) return { low, high: this.count, guess: (low + this.count) >>> 1 };
    const end = this.#baseOf(next);
    const guess = low + Math.floor(shareOf(key, firstKeys, words, page, next) * (end - low));
    return { low, high: end + 1, guess };
  }

  override locate(keys: Uint32Array, count: number, places: Uint32Array): void {
    const { words } = this.shape;
    const key = new Uint32Array(words);
    for (let i = 0; i < count; i++) {
      for (let word = 0; word < words; word++) key[word] = keys[i * words + word];
      places[i] = this.#placeOf(key);
    }
    let sum = 0;
    for (let i = 0; i < count; i++) {
      if (places[i] === NOT_LOCATED) continue;
      const number = this.#numberOf(places[i]);
      const place = places[i] - this.#baseOf(number);
      const page = this.#pages[number]?.value;
      if (page !== undefined) sum += page.revisions[place * REVISION_WORDS];
      const values = this.#values[number]?.value;
      if (values !== undefined) sum += values.starts[place];
    }
    for (let i = 0; i < count; i++) {
      if (places[i] === NOT_LOCATED) continue;
      const number = this.#numberOf(places[i]);
      const values = this.#values[number]?.value;
      if (values === undefined) continue;
      const start = values.starts[places[i] - this.#baseOf(number)];
      sum += values.bytes[start] + values.bytes[start + LINE_BYTES]; // An edge is about two lines.
    }
    this.#fetched = sum;
  }

  /** The place of the newest version of a key, which is no deletion, where that is told by the footer. */
  #placeOf(key: Uint32Array): number {
    const page = this.#numberOf(this.narrow(key, key).low);
    if (this.#consecutive[page] === 0) return NOT_LOCATED;
    const { firstKeys } = this.#footer;
    const last = this.shape.words - 1;
    const first = page * (last + 1);
    for (let word = 0; word < last; word++) {
      if (firstKeys[first + word] !== key[word]) return NOT_LOCATED;
    }
    const place = key[last] - firstKeys[first + last];
    return place >= 0 && place < this.#entriesOf(page) ? this.#baseOf(page) + place : NOT_LOCATED;
  }

  override lowerBound(prefix: number, low: number, high: number): number {
    const page = this.page(low);
    if (high > page.base + page.count) {
      const { pages, firstKeys } = this.#footer;
      const { words } = this.shape;
      const next = this.#numberOf(low) + 1;
      const first = firstTrue(next, pages, (each) => keyPrefix(firstKeys, words, each) >= prefix);
      // It may be in the page before the first that begins no lower, or at its beginning.
      if (first > next) low = Math.min(high, this.#baseOf(first - 1));
      if (low === high) return high;
    }
    return super.lowerBound(prefix, low, high);
  }

  /** The number of the page that an entry is in. */
  #numberOf(at: number): number {
    const { bases, pages } = this.#footer;
    const full = Math.floor(at / PAGE_ENTRIES); // Where all before it are full, as they mostly are.
    if (full < pages && bases[full] === full * PAGE_ENTRIES) {
      if (full + 1 === pages || bases[full + 1] > at) return full;
    }
    return firstTrue(full, pages, (page) => bases[page] > at) - 1;
  }

  #baseOf(page: number): number {
    return this.#footer.bases[page];
  }

  #pageOf(number: number): Page {
    const kept = this.#pages[number];
    if (kept?.value !== undefined) {
      kept.used = true;
      return kept.value;
    }
    const bytes = this.#read(number, 2 * number);
    const page = this.#parse(number, bytes);
    if (this.shape.exact) {
      this.#consecutive[number] = isConsecutive(page, this.shape.words) ? 1 : 0;
    }
    const blocks = blockBytes(this.shape.dims, page.count);
    this.#pages[number] = this.#cache.keep(page, bytes.length + blocks);
    return page;
  }

  #parse(number: number, bytes: Uint8Array): Page {
    const buffer = bytes.buffer as ArrayBuffer;
    return pageOver(this.shape, buffer, 0, this.#baseOf(number), this.#entriesOf(number));
  }

  #entriesOf(page: number): number {
    const { bases, pages, entries } = this.#footer;
    return (page + 1 < pages ? bases[page + 1] : entries) - bases[page];
  }

  /** A page or the block of its values, verified. */
  #read(page: number, part: number): Uint8Array {
    const { path } = this.#file;
    const ofPage = pageBytes(this.shape, this.#entriesOf(page));
    const isPage = part % 2 === 0;
    const offset = this.#footer.offsets[page] + (isPage ? 0 : ofPage);
    const length = isPage ? ofPage : this.#footer.valueBytes[page];
    const bytes = new Uint8Array(length);
    let count: number;
    try {
      count = this.#file.readAt(bytes, offset);
    } catch (error) {
      throw asInfiniteDbError(error, `read ${path}`, path);
    }
    if (count === length && partVerifies(bytes, this.id, part)) return bytes;
    throw corrupt(path, `${isPage ? "page" : "values of page"} ${page} does not verify`, offset);
  }
}

/** Whether the keys of a page follow each other without gaps, none twice, and no entry is a deletion. */
function isConsecutive({ keys, tombstones, count }: Page, words: number): boolean {
  for (let i = 0, at = 0; i < count; i++, at += words) {
    if (tombstones[i] !== 0 || keys[at + words - 1] !== keys[words - 1] + i) return false;
    for (let word = 0; word < words - 1; word++) if (keys[at + word] !== keys[word]) return false;
  }
  return true;
}

function treeOf({ dims }: Shape, { entries, boxes, clean }: Footer): BoxTree {
  return new BoxTree(dims, entries, boxes, clean);
}

function readFooter(file: StorageFile, path: string, wanted: Uint8Array, shape: Shape): Footer {
  const size = file.size();
  if (size < RUN_HEADER_BYTES + TRAILER_BYTES) throw corrupt(path, "it is cut short", size);
  const header = readExactly(file, path, 0, RUN_HEADER_BYTES);
  const trailer = readExactly(file, path, size - TRAILER_BYTES, TRAILER_BYTES);
  const place = decodeTrailer(trailer, size);
  if (place === undefined) throw corrupt(path, "it does not end as a run does", size);
  const bytes = readExactly(file, path, place.offset, place.bytes); // Checked against the file's size.
  if (!footerVerifies(trailer, header, bytes)) {
    throw corrupt(path, "header and footer do not verify", place.offset);
  }
  const version = new DataView(header.buffer).getUint32(VERSION_OFFSET, true);
  if (version !== RUN_VERSION) {
    throw new NewerFormatError(
      `${path} is of version ${version}; this module knows ${RUN_VERSION}`,
      { file: path, offset: VERSION_OFFSET, expected: RUN_VERSION, found: version },
    );
  }
  if (!equalBytes(header, wanted)) throw corrupt(path, "it is of another run or space", 0);
  const footer = footerOver(shape, bytes);
  if (footer === undefined) throw corrupt(path, "the footer's counts do not fit", place.offset);
  return footer;
}

function readExactly(
  file: StorageFile,
  path: string,
  offset: number,
  length: number,
): Uint8Array {
  const bytes = new Uint8Array(length);
  if (file.readAt(bytes, offset) === length) return bytes;
  throw corrupt(path, "it is cut short", offset);
}

function corrupt(path: string, reason: string, offset: number): InfiniteDbError {
  return new CorruptionError(`${path} is corrupt at byte ${offset}: ${reason}`, {
    file: path,
    offset,
  });
}
