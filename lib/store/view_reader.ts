/**
 * Reads one space, live or pinned.
 *
 * @module
 */

import {
  Revision,
  REVISION_WORDS,
  revisionOfWords,
  writeRevisionWords,
} from "../clock/revision.ts";
import { PastDroppedError } from "../errors.ts";
import type { Pinned, Runs } from "./content.ts";
import { findVersion, nearest, type Neighbour } from "./nearest.ts";
import { versionsOf } from "./history.ts";
import { pointAt } from "./point_at.ts";
import { PinnedIterator } from "./pinned_iterator.ts";
import { type RunSlice, SlicedColumns, valueAt } from "./record_columns.ts";
import type { Run } from "./run.ts";
import type { ScanTerms } from "./run_stream.ts";
import { Scan } from "./scan.ts";
import type { Shape } from "./shape.ts";
import type {
  Box,
  Point,
  ReadOptions,
  RecordColumns,
  Space,
  SpaceInfo,
  SpatialRecord,
} from "./space.ts";
import {
  checkBox,
  checkCount,
  type CheckedReadOptions,
  checkPoint,
  checkReadOptions,
  checkTarget,
} from "./space_checks.ts";

/** What a reader reads from. */
export interface ViewSource {
  /** The form of the space's columns. */
  readonly shape: Shape;
  /** What is to be read from now on; throws when it was closed. */
  pin(): Pinned;
  /** Throws when it was closed. */
  check(): void;
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
    const runs = pinAsOf(this.#source, ceiling);
    const key = this.#keyOf(checked);
    const found = findVersion(runs, key, checked, wordsOf(ceiling));
    if (found === undefined) return undefined;
    if (!tombstones && found.run.isTombstone(found.at)) return undefined;
    return toRecord<Data>(found.run, found.at);
  }

  /** What stands in a box; see {@linkcode Space}. */
  query(box?: Box, options?: ReadOptions): IteratorObject<SpatialRecord<Data>, undefined> {
    const { limit, terms, ceiling } = this.#terms(box, options);
    const pin = (): Runs => pinAsOf(this.#source, ceiling);
    return new BoxIterator<Data>(this.#source, pin, terms, limit);
  }

  /** How many records `query` would give; see {@linkcode Space}. */
  count(box?: Box, options?: ReadOptions): number {
    const { limit, terms, ceiling } = this.#terms(box, options);
    const scan = new Scan(pinAsOf(this.#source, ceiling), terms);
    return Math.min(scan.count(limit), limit);
  }

  /** What `query` would give, as columns; see {@linkcode Space}. */
  columns(box?: Box, options?: ReadOptions): RecordColumns<Data> {
    const { limit, terms, ceiling } = this.#terms(box, options);
    const scan = new Scan(pinAsOf(this.#source, ceiling), terms);
    const slices: RunSlice[] = [];
    let length = 0;
    while (length < limit && scan.next()) {
      const to = Math.min(scan.to, scan.from + limit - length);
      slices.push({ run: scan.run!, from: scan.from, to });
      length += to - scan.from;
    }
    return new SlicedColumns<Data>(this.#source, slices, length);
  }

  /** The nearest records to a point; see {@linkcode Space}. */
  nearest(point: Point, count: number, options?: ReadOptions): SpatialRecord<Data>[] {
    const target = checkTarget(this.config, point);
    checkCount(count);
    const { ceiling } = checkReadOptions(options);
    const found = nearest(pinAsOf(this.#source, ceiling), target, count, wordsOf(ceiling));
    return found.map(({ run, at }) => toRecord<Data>(run, at));
  }

  /** Every version of what stood at a point; see {@linkcode Space}. */
  history(point: Point): IteratorObject<SpatialRecord<Data>, undefined> {
    const checked = checkPoint(this.config, point);
    return new HistoryIterator<Data>(this.#source, this.#keyOf(checked), checked);
  }

  #terms(
    box?: Box,
    options?: ReadOptions,
  ): { limit: number; terms: ScanTerms; ceiling: Revision | undefined } {
    const checked = checkBox(this.config, box);
    const { ceiling, limit, tombstones }: CheckedReadOptions = checkReadOptions(options);
    return { limit, terms: { box: checked, ceiling: wordsOf(ceiling), tombstones }, ceiling };
  }

  #keyOf(point: readonly number[]): Uint32Array {
    const { shape } = this.#source;
    const coordinates = shape.newCoordinates(1);
    coordinates.set(point);
    return shape.keysOf(coordinates, 1);
  }
}

/** Walks a box. Pins what it reads at the first `next()`. */
class BoxIterator<Data> extends PinnedIterator<SpatialRecord<Data>> {
  readonly #source: ViewSource;
  readonly #pin: () => Runs;
  readonly #terms: ScanTerms;
  #left: number;
  #scan: Scan | undefined;
  #at = 0;

  constructor(source: ViewSource, pin: () => Runs, terms: ScanTerms, limit: number) {
    super();
    this.#source = source;
    this.#pin = pin;
    this.#terms = terms;
    this.#left = limit;
  }

  override release(): void {
    this.#scan = undefined;
  }

  override nextValue(): SpatialRecord<Data> | undefined {
    this.#source.check();
    if (this.#left <= 0) return undefined;
    let scan = this.#scan;
    if (scan === undefined) {
      scan = this.#scan = new Scan(this.#pin(), this.#terms);
      this.#at = scan.to;
    }
    if (this.#at === scan.to) {
      if (!scan.next()) return undefined;
      this.#at = scan.from;
    }
    this.#left--;
    return toRecord<Data>(scan.run!, this.#at++);
  }
}

class HistoryIterator<Data> extends PinnedIterator<SpatialRecord<Data>> {
  readonly #source: ViewSource;
  readonly #key: Uint32Array;
  readonly #point: readonly number[];
  #versions: Generator<Neighbour, undefined> | undefined;

  constructor(source: ViewSource, key: Uint32Array, point: readonly number[]) {
    super();
    this.#source = source;
    this.#key = key;
    this.#point = point;
  }

  override release(): void {
    this.#versions = undefined;
  }

  override nextValue(): SpatialRecord<Data> | undefined {
    this.#source.check();
    this.#versions ??= versionsOf(this.#source.pin().runs, this.#key, this.#point);
    const version = this.#versions.next().value;
    return version && toRecord<Data>(version.run, version.at);
  }
}

/**
 * What is to be read, as of a ceiling.
 *
 * @throws {PastDroppedError} If what it was then is not known any more
 */
function pinAsOf(source: ViewSource, ceiling: Revision | undefined): Runs {
  const { runs, dropped } = source.pin();
  if (ceiling === undefined || dropped === undefined) return runs;
  if (Revision.compare(ceiling, dropped) >= 0) return runs;
  throw new PastDroppedError(
    `This space keeps the latest versions only, and what it was as of ${ceiling} is not known any more; ask as of ${dropped} or later, or make the space with retention "all"`,
    { expected: `${dropped} or later`, found: `${ceiling}` },
  );
}

/** A record of its own: nothing that its owner does to it reaches the store. */
function toRecord<Data>(run: Run, at: number): SpatialRecord<Data> {
  const page = run.page(at);
  const { dims } = run.shape;
  const place = at - page.base;
  const deleted = page.tombstones[place] === 1;
  const data = (deleted ? undefined : valueAt(run, at)) as Data;
  return {
    point: pointAt(page.coordinates, place * dims, dims),
    revision: revisionOfWords(page.revisions, place * REVISION_WORDS),
    data,
    deleted,
  };
}

/**
 * A revision as words.
 *
 * @param ceiling The revision, if there is one
 */
export function wordsOf(ceiling: Revision | undefined): Uint32Array | undefined {
  if (ceiling === undefined) return undefined;
  const words = new Uint32Array(REVISION_WORDS);
  writeRevisionWords(ceiling, words, 0);
  return words;
}
