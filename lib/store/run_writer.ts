/**
 * Writes a run file, `runs/{id}.run`, page by page.
 *
 * | offset | bytes | field       | meaning                                             |
 * | ------ | ----- | ----------- | --------------------------------------------------- |
 * | 0      | 8     | magic       | `IDB_RUN\0`                                         |
 * | 8      | 4     | version     | u32 LE, 2; 1 is read, too (`run_page.ts`)           |
 * | 12     | 4     | codec       | u32 LE, 0: nothing is compressed; reserved          |
 * | 16     | 8     | run         | u64 LE, the id in the file's name                   |
 * | 24     | 8     | space       | u64 LE, the number of the space or graph            |
 * | 32     | 4     | dims        | u32 LE, coordinates of a point                      |
 * | 36     | 4     | words       | u32 LE, words of a key                              |
 * | 40     | 4     | coordinates | u32 LE, bytes of one: 4 (u32) or 8 (float64)        |
 * | 44     | 4     | reserved    | zeros                                               |
 * | 48     | 8     | of          | u64 LE, of incidence rows: the endpoint space; or 0 |
 * | 56     | 8     | reserved    | zeros                                               |
 * | 64     |       | pages       | each followed by its values (`run_page.ts`)         |
 * |        |       | footer      | and the trailer (`run_footer.ts`)                   |
 *
 * The file is made under its final name: no reader looks for it before the manifest lists it, and that
 * happens after the file and its directory were synced. What a crash leaves is unlisted, and removed.
 *
 * @module
 */

import { asInfiniteDbError } from "../errors.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { TrailingSync } from "../file/trailing_sync.ts";
import { BoxTree } from "./box_tree.ts";
import type { KeptPages } from "./kept_pages.ts";
import type { VersionSource } from "./retention.ts";
import { encodeTrailer, type Footer, footerChecksum } from "./run_footer.ts";
import { PAGE_VERSIONS } from "./run_page.ts";
import { RunPages } from "./run_pages.ts";
import type { Shape } from "./shape.ts";
import { Slice } from "../clock/slice.ts";

/** Bytes of the header. */
export const RUN_HEADER_BYTES = 64;

const MAGIC = new TextEncoder().encode("IDB_RUN\0");

/** What a run file is of. */
export interface RunIdentity {
  /** The id in its name. */
  id: number;
  /** The number of its space or graph. */
  space: number;
  /** Of incidence rows: the number of the space whose points they are about. */
  of?: number;
}

/**
 * The header of a run file.
 *
 * @param identity What it is of
 * @param shape The form of its columns
 * @param version The version of its pages
 */
export function encodeRunHeader(
  { id, space, of = 0 }: RunIdentity,
  shape: Shape,
  version: number = PAGE_VERSIONS.planes,
): Uint8Array {
  const header = new Uint8Array(RUN_HEADER_BYTES);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(8, version, true);
  view.setBigUint64(16, BigInt(id), true);
  view.setBigUint64(24, BigInt(space), true);
  view.setUint32(32, shape.dims, true);
  view.setUint32(36, shape.words, true);
  view.setUint32(40, shape.coordinateBytes, true);
  view.setBigUint64(48, BigInt(of), true);
  return header;
}

/** Complete pages are gathered up to about so many bytes before they are written. */
const GATHERED_BYTES = 192 * 1024;

/** What became of writing a run. */
export interface WrittenRun {
  /** How many entries. */
  entries: number;
  /** How long the file is. */
  bytes: number;
  /** Where the last page and its values end. */
  pagesEnd: number;
  /** Its footer. */
  footer: Footer;
  /** The boxes over its entries. */
  tree: BoxTree;
  /** Those of its pages that are in memory. */
  kept: KeptPages | undefined;
}

/** How a run is written. */
export interface WritingOrder {
  /** Called between slices; may throw to give up. */
  pause?(): Promise<void>;
  /** Gets its pages as far as there is room, since they may be read soon. */
  kept?: KeptPages;
}

/**
 * Writes a run into a file and makes its content durable; its name becomes so when the directory is
 * synced. In slices of 4 ms, and with a sync every 4 MiB, so that nobody waits long for it.
 *
 * @param storage Where
 * @param path The file; its directory must exist, and what has the name is removed
 * @param identity What it is of
 * @param source The entries
 * @param order How
 * @returns What was written; undefined, and no file, if there were no entries
 * @throws {InfiniteDbError} If the platform fails, or a source does not verify; then there is no file
 */
export async function writeRunFile(
  storage: FileStorage,
  path: string,
  identity: RunIdentity,
  source: VersionSource,
  order: WritingOrder = {},
): Promise<WrittenRun | undefined> {
  let file: StorageFile | undefined;
  let sync: TrailingSync | undefined;
  try {
    if (storage.exists(path)) storage.remove(path); // An earlier attempt may have been cut off.
    file = storage.open(path, { write: true, create: true, exclusive: true });
    sync = new TrailingSync(file);
    const written = await new RunWriter(file, sync, identity, source.shape, order).write(source);
    if (written === undefined) discard(storage, file);
    else file.close();
    return written;
  } catch (error) {
    await sync?.settled();
    if (file !== undefined) discard(storage, file);
    order.kept?.drop();
    throw asInfiniteDbError(error, `write ${path}`, path);
  }
}

/** Writes one run. */
class RunWriter {
  readonly #file: StorageFile;
  readonly #sync: TrailingSync;
  readonly #header: Uint8Array;
  readonly #pages: RunPages;
  readonly #slice: Slice;
  readonly #kept: KeptPages | undefined;
  #offset = RUN_HEADER_BYTES;

  constructor(
    file: StorageFile,
    sync: TrailingSync,
    identity: RunIdentity,
    shape: Shape,
    { pause, kept }: WritingOrder,
  ) {
    this.#file = file;
    this.#sync = sync;
    this.#header = encodeRunHeader(identity, shape);
    this.#pages = new RunPages(identity.id, shape, RUN_HEADER_BYTES, GATHERED_BYTES, kept);
    this.#slice = new Slice(pause);
    this.#kept = kept;
  }

  async write(source: VersionSource): Promise<WrittenRun | undefined> {
    const pages = this.#pages;
    this.#file.writeAt(this.#header, 0);
    while (source.next()) {
      const { page, values, end } = source;
      if (source.place === end) await this.#perhapsPause();
      let place = pages.append(page, values, source.place, end);
      while (place < end) {
        if (pages.full) await this.#putPages();
        else await this.#perhapsPause();
        place = pages.append(page, values, place, end);
      }
    }
    if (pages.isEmpty) return undefined;
    pages.end();
    await this.#putPages();
    const pagesEnd = this.#offset;
    const { bytes, footer } = pages.footer();
    await this.#perhapsPause();
    const { dims } = source.shape;
    const tree = new BoxTree(dims, footer.entries, footer.boxes, footer.clean);
    await this.#perhapsPause();
    for (let from = 0; from < bytes.length; from += GATHERED_BYTES) {
      this.#put(bytes.subarray(from, from + GATHERED_BYTES));
      await this.#perhapsPause();
    }
    const steps = footerChecksum(this.#header, bytes);
    let step = steps.next();
    for (; !step.done; step = steps.next()) await this.#perhapsPause();
    this.#put(encodeTrailer(step.value, this.#offset - bytes.length, bytes.length));
    await this.#sync.end();
    const kept = this.#kept;
    return { entries: pages.entries, bytes: this.#offset, pagesEnd, footer, tree, kept };
  }

  async #putPages(): Promise<void> {
    for (const bytes of this.#pages.take()) {
      this.#put(bytes);
      await this.#perhapsPause();
    }
  }

  #put(bytes: Uint8Array): void {
    this.#file.writeAt(bytes, this.#offset);
    this.#offset += bytes.length;
    this.#sync.wrote(bytes.length);
  }

  async #perhapsPause(): Promise<void> {
    if (this.#sync.isDue) await this.#sync.begin();
    await this.#slice.perhapsPause();
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
