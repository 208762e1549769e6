/**
 * A run in a file, read page by page through a cache.
 *
 * @module
 */

import {
  asInfiniteDbError,
  CorruptionError,
  type InfiniteDbError,
  NotFoundError,
} from "../errors.ts";
import { REVISION_WORDS } from "../clock/revision.ts";
import { closeQuietly } from "../file/close_quietly.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { BoxTree } from "./box_tree.ts";
import { KeptPages } from "./kept_pages.ts";
import type { Kept, PageCache } from "./page_cache.ts";
import { NOT_LOCATED, type Page, Run, type Values } from "./run.ts";
import { firstNotBefore, firstTrue, keyPrefix, shareOf } from "./sorted_entries.ts";
import { corruptRun, placeOfPart, readFacts, type RunFacts } from "./run_facts.ts";
import type { Footer } from "./run_footer.ts";
import { PAGE_ENTRIES, PAGE_VERSIONS, partVerifies, takePage, valuesOver } from "./run_page.ts";
import type { RunIdentity, WrittenRun } from "./run_writer.ts";
import type { Shape } from "./shape.ts";

/** Closes the files of runs that were merged into others and that nobody reads any more. */
const unused = new FinalizationRegistry<() => void>((close) => close());

/** Of what a processor fetches at once. */
const LINE_BYTES = 64;

/** What is known of the keys of a page. */
const UNKNOWN = 0;
const CONSECUTIVE = 1;
const SCATTERED = 2;

/** The bytes of the page that is being read. */
let pageBytes = new Uint8Array(16 * 1024);

/** A run file that is open for reading. */
export class FileRun extends Run {
  /** The id in its name. */
  readonly id: number;
  readonly #file: StorageFile;
  readonly #facts: RunFacts;
  readonly #footer: Footer;
  readonly #kept: KeptPages;
  readonly #pages: readonly (Kept<Page> | undefined)[];
  readonly #values: readonly (Kept<Values> | undefined)[];
  /** Of each page: whether its keys follow each other without gaps, none twice, none deleted, as far as is known. */
  readonly #consecutive: Uint8Array;
  #lastPage: Page | undefined;
  /** What came of fetching is of no use, but without it nothing would be fetched. */
  #fetched = 0;

  private constructor(
    id: number,
    shape: Shape,
    file: StorageFile,
    facts: RunFacts,
    kept: KeptPages,
    tree: BoxTree = treeOf(shape, facts.footer),
  ) {
    const { footer } = facts;
    const { oldest, newest, pages } = footer;
    super(shape, tree, { oldest, newest });
    this.id = id;
    this.#file = file;
    this.#facts = facts;
    this.#footer = footer;
    kept.reserve(pages);
    this.#kept = kept;
    this.#pages = kept.pages;
    this.#values = kept.values;
    this.#consecutive = new Uint8Array(pages);
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
      const facts = readFacts(file, path, identity, shape);
      return new FileRun(identity.id, shape, file, facts, new KeptPages(cache, shape));
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
    { footer, tree, pagesEnd, kept = new KeptPages(cache, shape) }: WrittenRun,
  ): FileRun {
    try {
      const facts = { version: PAGE_VERSIONS.planes, footer, pagesEnd };
      return new FileRun(identity.id, shape, storage.open(path), facts, kept, tree);
    } catch (error) {
      kept.drop();
      throw asInfiniteDbError(error, `read ${path}`, path);
    }
  }

  /** Lets go of the file; nothing is owed to one that was only read. */
  close(): void {
    closeQuietly(this.#file);
    this.#kept.drop();
  }

  /**
   * Lets go of its pages, and of the file when nobody has this run any more: snapshots and iterations may.
   *
   * @param closed Called then; may not refer to this run
   * @returns Lets go of it at once, unless that has happened
   */
  closeWhenUnused(closed: () => void): () => void {
    const file = this.#file;
    this.#kept.drop();
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
    const bytes = this.#read(2 * number + 1);
    const values = valuesOver(this.page(at), bytes);
    this.#kept.keepValues(number, values);
    return values;
  }

  /** Bytes of its pages. */
  get bytes(): number {
    return this.#facts.pagesEnd;
  }

  override get pages(): number {
    return this.#footer.pages;
  }

  override get inFile(): boolean {
    return true;
  }

  /**
   * In one step, so a merge is held by a large value: by one of 64 MiB for some tenths of a second. A page
   * that is damaged in the file and whole in the cache is merged as it was written, and so mended.
   */
  override readPage(number: number): { page: Page; values: Values } {
    const page = this.#pages[number]?.value ?? this.#readPage(number);
    const values = this.#values[number]?.value ??
      valuesOver(page, this.#read(2 * number + 1));
    return { page, values };
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
    if (this.#consecutive[page] === UNKNOWN) this.#look(page); // It may have come from a flush.
    if (this.#consecutive[page] !== CONSECUTIVE) return NOT_LOCATED;
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
    const page = this.#readPage(number);
    this.#kept.keepPage(number, page);
    this.#look(number);
    return page;
  }

  #readPage(number: number): Page {
    const part = 2 * number;
    const { version } = this.#facts;
    const count = this.#entriesOf(number);
    // Columns in planes are copied out of the bytes; others stay where they are.
    const isCopied = version === PAGE_VERSIONS.planes;
    const bytes = this.#read(part, isCopied ? roomFor : newBytes);
    const page = takePage(version, bytes, this.shape, this.#baseOf(number), count);
    if (page === undefined) throw this.#corruption(part);
    return page;
  }

  /** Notes what is asked of a page once it is not there any more. */
  #look(number: number): void {
    const page = this.#pages[number]?.value;
    if (page === undefined || !this.shape.exact) return;
    this.#consecutive[number] = isConsecutive(page, this.shape.words) ? CONSECUTIVE : SCATTERED;
  }

  #entriesOf(page: number): number {
    const { bases, pages, entries } = this.#footer;
    return (page + 1 < pages ? bases[page + 1] : entries) - bases[page];
  }

  /** A page or the block of its values, verified. */
  #read(part: number, make = newBytes): Uint8Array {
    const { path } = this.#file;
    const { offset, length } = placeOfPart(this.#facts, part);
    const bytes = make(length);
    let count: number;
    try {
      count = this.#file.readAt(bytes, offset);
    } catch (error) {
      throw asInfiniteDbError(error, `read ${path}`, path);
    }
    if (count === length && partVerifies(bytes, this.id, part)) return bytes;
    throw this.#corruption(part);
  }

  #corruption(part: number): InfiniteDbError {
    const what = part % 2 === 0 ? "page" : "values of page";
    const { offset } = placeOfPart(this.#facts, part);
    return corruptRun(this.#file.path, `${what} ${part >>> 1} does not verify`, offset);
  }
}

function newBytes(length: number): Uint8Array {
  return new Uint8Array(length);
}

function roomFor(length: number): Uint8Array {
  if (length > pageBytes.length) pageBytes = new Uint8Array(length);
  return pageBytes.subarray(0, length);
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
