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
import { closeQuietly } from "../file/close_quietly.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { BoxTree } from "./box_tree.ts";
import type { PageCache } from "./page_cache.ts";
import { firstTrue, Run } from "./run.ts";
import {
  decodeTrailer,
  type Footer,
  footerOver,
  footerVerifies,
  TRAILER_BYTES,
} from "./run_footer.ts";
import { type FilePage, PAGE_ENTRIES, pageBytes, pageOver, partVerifies } from "./run_page.ts";
import { encodeRunHeader, RUN_HEADER_BYTES, RUN_VERSION, type RunIdentity } from "./run_writer.ts";
import type { Shape } from "./shape.ts";

const VERSION_OFFSET = 8;

/** The values of a page. */
interface Values {
  bytes: Uint8Array;
  /** Where each begins, and where the last ends. */
  offsets: Uint32Array;
}

/** Closes the files of runs that were merged into others and that nobody reads any more. */
const unused = new FinalizationRegistry<StorageFile>(closeQuietly);

/** A run file that is open for reading. */
export class FileRun extends Run {
  /** The id in its name. */
  readonly id: number;
  readonly #file: StorageFile;
  readonly #footer: Footer;
  readonly #cache: PageCache;
  readonly #number: number;
  #lastPage: FilePage | undefined;
  #lastValues: { page: number; values: Values } | undefined;

  private constructor(
    id: number,
    shape: Shape,
    file: StorageFile,
    footer: Footer,
    cache: PageCache,
  ) {
    const { entries, boxes, clean, newest } = footer;
    super(shape, new BoxTree(shape.dims, entries, boxes, clean), newest);
    this.id = id;
    this.#file = file;
    this.#footer = footer;
    this.#cache = cache;
    this.#number = cache.newFile();
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

  /** Lets go of the file; nothing is owed to one that was only read. */
  close(): void {
    closeQuietly(this.#file);
  }

  /** Lets go of the file when nobody has this run any more: snapshots and iterations may. */
  closeWhenUnused(): void {
    unused.register(this, this.#file);
  }

  override page(at: number): FilePage {
    const last = this.#lastPage;
    if (last !== undefined && at >= last.base && at < last.base + last.count) return last;
    const number = Math.floor(at / PAGE_ENTRIES);
    const count = this.#entriesOf(number);
    const bytes = pageBytes(this.shape, count);
    return this.#lastPage = this.#cache.get(this.#number, 2 * number, bytes, () => {
      const part = this.#read(number, 2 * number, this.#footer.offsets[number], bytes);
      return pageOver(this.shape, part, number * PAGE_ENTRIES, count);
    });
  }

  override value(at: number): Uint8Array {
    const number = Math.floor(at / PAGE_ENTRIES);
    const place = at - number * PAGE_ENTRIES;
    const { bytes, offsets } = this.#valuesOf(number);
    return bytes.subarray(offsets[place], offsets[place + 1]);
  }

  override narrow(
    key: ArrayLike<number>,
    from: number,
    point: ArrayLike<number> | undefined,
  ): { low: number; high: number } {
    const { pages } = this.#footer;
    // The first page whose first entry is not before; what is looked for may be in the one before it.
    const page = firstTrue(0, pages, (each) => this.#compareFirst(each, key, from, point) >= 0);
    const low = Math.max(0, (page - 1) * PAGE_ENTRIES);
    return { low, high: Math.min(this.count, page * PAGE_ENTRIES + 1) };
  }

  override lowerBound(
    keys: ArrayLike<number>,
    from: number,
    low: number,
    high: number,
  ): number {
    if (high - low <= PAGE_ENTRIES) return super.lowerBound(keys, from, low, high);
    const range = this.narrow(keys, from, undefined);
    const start = Math.max(low, range.low);
    return super.lowerBound(keys, from, Math.min(start, high), Math.min(high, range.high));
  }

  #compareFirst(
    page: number,
    key: ArrayLike<number>,
    from: number,
    point: ArrayLike<number> | undefined,
  ): number {
    const { dims, words } = this.shape;
    const { firstKeys, firstPoints } = this.#footer;
    for (let word = 0; word < words; word++) {
      const difference = firstKeys[page * words + word] - key[from + word];
      if (difference !== 0) return difference;
    }
    if (point === undefined) return 0;
    for (let axis = 0; axis < dims; axis++) {
      const difference = firstPoints[page * dims + axis] - point[axis];
      if (difference !== 0) return difference;
    }
    return 0;
  }

  #valuesOf(number: number): Values {
    if (this.#lastValues?.page === number) return this.#lastValues.values;
    const count = this.#entriesOf(number);
    const valueBytes = this.#footer.valueBytes[number];
    const values = this.#cache.get(this.#number, 2 * number + 1, valueBytes + 4 * count, () => {
      const { lengths } = this.page(number * PAGE_ENTRIES);
      const offset = this.#footer.offsets[number] + pageBytes(this.shape, count);
      const bytes = this.#read(number, 2 * number + 1, offset, valueBytes);
      const offsets = new Uint32Array(count + 1);
      for (let i = 0; i < count; i++) offsets[i + 1] = offsets[i] + lengths[i];
      return { bytes, offsets };
    });
    this.#lastValues = { page: number, values };
    return values;
  }

  #entriesOf(page: number): number {
    return Math.min(PAGE_ENTRIES, this.count - page * PAGE_ENTRIES);
  }

  /** A part of a page, verified. */
  #read(page: number, part: number, offset: number, length: number): Uint8Array {
    const { path } = this.#file;
    const bytes = new Uint8Array(length);
    let count: number;
    try {
      count = this.#file.readAt(bytes, offset);
    } catch (error) {
      throw asInfiniteDbError(error, `read ${path}`, path);
    }
    if (count === length && partVerifies(bytes, this.id, part)) return bytes;
    const what = part % 2 === 0 ? "page" : "values of page";
    throw corrupt(path, `${what} ${page} does not verify`, offset);
  }
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
