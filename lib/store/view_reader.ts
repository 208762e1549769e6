/**
 * Reads one space, live or pinned.
 *
 * @module
 */

import { decodeValue } from "../bytes/value.ts";
import {
  type Box,
  checkBox,
  type CheckedBox,
  type CheckedReadOptions,
  checkPoint,
  checkReadOptions,
  type Point,
  type ReadOptions,
  type Space,
  type SpaceInfo,
  type SpatialRecord,
} from "./space.ts";
import type { StoredEntry } from "./stored_entry.ts";
import type { Address, Versions, View } from "./versions.ts";

/** What a reader reads from. Both throw when it was closed. */
export interface ViewSource {
  /** The ordinal up to which is read from now on. */
  pin(): number;
  /** Everything there is. */
  versions(): Versions;
}

/** A reader of one space. */
export class ViewReader<Data = unknown> implements Space<Data> {
  /** The space's name. */
  readonly name: string;
  /** How the space was made. */
  readonly config: SpaceInfo;
  readonly #source: ViewSource;

  /**
   * @param name The space's name
   * @param config How the space was made
   * @param source What to read from
   */
  constructor(name: string, config: SpaceInfo, source: ViewSource) {
    this.name = name;
    this.config = config;
    this.#source = source;
  }

  /** What stands at a point; see {@linkcode Space}. */
  get(point: Point, options?: ReadOptions): SpatialRecord<Data> | undefined {
    const checked = checkPoint(this.config, point);
    const { ceiling, tombstones } = checkReadOptions(options);
    const view = { ordinal: this.#source.pin(), ceiling };
    const entry = this.#source.versions().at(checked)?.find(view);
    if (entry === undefined || (entry.kind === "tombstone" && !tombstones)) return undefined;
    return toRecord<Data>(entry);
  }

  /** What stands in a box; see {@linkcode Space}. */
  query(box?: Box, options?: ReadOptions): IteratorObject<SpatialRecord<Data>, undefined> {
    const checked = checkBox(this.config, box);
    return new BoxIterator<Data>(this.#source, checked, checkReadOptions(options));
  }

  /** How many records `query` would give; see {@linkcode Space}. */
  count(box?: Box, options?: ReadOptions): number {
    const entries = new BoxCursor(
      this.#source,
      checkBox(this.config, box),
      checkReadOptions(options),
    );
    let count = 0;
    while (entries.next() !== undefined) count++;
    return count;
  }

  /** Every version of what stood at a point; see {@linkcode Space}. */
  history(point: Point): IteratorObject<SpatialRecord<Data>, undefined> {
    return new HistoryIterator<Data>(this.#source, checkPoint(this.config, point));
  }
}

/** Walks the entries in a box. Pins what it reads at the first `next()`. */
class BoxCursor {
  readonly #source: ViewSource;
  readonly #box: CheckedBox;
  readonly #options: CheckedReadOptions;
  #view: View | undefined;
  #addresses: readonly Address[] = [];
  #index = 0;
  #given = 0;

  constructor(source: ViewSource, box: CheckedBox, options: CheckedReadOptions) {
    this.#source = source;
    this.#box = box;
    this.#options = options;
  }

  next(): StoredEntry | undefined {
    const { ceiling, limit, tombstones } = this.#options;
    const ordinal = this.#source.pin();
    if (this.#view === undefined) {
      this.#addresses = this.#source.versions().ordered();
      this.#view = { ordinal, ceiling };
    }
    while (this.#given < limit && this.#index < this.#addresses.length) {
      const address = this.#addresses[this.#index++];
      if (!isInside(address.point, this.#box)) continue;
      const entry = address.find(this.#view);
      if (entry === undefined || (entry.kind === "tombstone" && !tombstones)) continue;
      this.#given++;
      return entry;
    }
    return undefined;
  }
}

/** An iterator that makes records of entries. Used once; `return()`, which `break` calls, ends it. */
abstract class RecordIterator<Data> extends Iterator<SpatialRecord<Data>, undefined, unknown> {
  #done = false;

  /** The next entry; undefined at the end. */
  abstract nextEntry(): StoredEntry | undefined;

  override next(): IteratorResult<SpatialRecord<Data>, undefined> {
    const entry = this.#done ? undefined : this.nextEntry();
    if (entry === undefined) return this.return();
    return { done: false, value: toRecord<Data>(entry) };
  }

  override return(): IteratorReturnResult<undefined> {
    this.#done = true;
    return { done: true, value: undefined };
  }

  override [Symbol.dispose](): void {
    this.return();
  }
}

class BoxIterator<Data> extends RecordIterator<Data> {
  readonly #cursor: BoxCursor;

  constructor(source: ViewSource, box: CheckedBox, options: CheckedReadOptions) {
    super();
    this.#cursor = new BoxCursor(source, box, options);
  }

  override nextEntry(): StoredEntry | undefined {
    return this.#cursor.next();
  }
}

class HistoryIterator<Data> extends RecordIterator<Data> {
  readonly #source: ViewSource;
  readonly #point: readonly number[];
  #entries: readonly StoredEntry[] | undefined;
  #index = 0;

  constructor(source: ViewSource, point: readonly number[]) {
    super();
    this.#source = source;
    this.#point = point;
  }

  override nextEntry(): StoredEntry | undefined {
    const ordinal = this.#source.pin();
    this.#entries ??=
      this.#source.versions().at(this.#point)?.all({ ordinal, ceiling: undefined }) ?? [];
    return this.#entries[this.#index++];
  }
}

/** A record of its own: nothing that its owner does to it reaches the store. */
function toRecord<Data>(entry: StoredEntry): SpatialRecord<Data> {
  const deleted = entry.kind === "tombstone";
  const data = (deleted ? undefined : decodeValue(entry.data)) as Data;
  return { point: [...entry.address.point], revision: entry.revision, data, deleted };
}

function isInside(point: readonly number[], { min, max }: CheckedBox): boolean {
  for (let i = 0; i < point.length; i++) {
    if (!(point[i] >= min[i] && point[i] <= max[i])) return false;
  }
  return true;
}
