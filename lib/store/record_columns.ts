/**
 * Records as columns.
 *
 * @module
 */

import { decodeValue } from "../bytes/value.ts";
import { REVISION_WORDS } from "../clock/revision.ts";
import { signed } from "./columns.ts";
import type { Page, Run } from "./run.ts";
import { firstTrue } from "./sorted_entries.ts";
import type { Coordinates, Shape } from "./shape.ts";
import type { RecordColumns } from "./space.ts";

/** What columns are read from. */
export interface ColumnSource {
  /** The form of the space's columns. */
  readonly shape: Shape;
  /** Throws when it was closed. */
  check(): void;
}

/** Entries `from` to `to` (exclusive) of a run. */
export interface RunSlice {
  /** The run. */
  run: Run;
  /** The first. */
  from: number;
  /** The end, exclusive. */
  to: number;
}

/**
 * Records out of slices, in exact arrays. Revisions and values stay where they are until they are asked
 * for: to make one small array more would take as long as to find the records of a small box.
 */
export class SlicedColumns<Data> implements RecordColumns<Data> {
  readonly length: number;
  readonly dims: number;
  readonly coordinates: Coordinates;
  readonly #source: ColumnSource;
  readonly #slices: readonly RunSlice[];
  #revisions: Uint32Array | undefined;
  /** How many entries there are up to the end of each slice. */
  #ends: number[] | undefined;

  /**
   * @param source What they are read from
   * @param slices What is wanted, in order
   * @param length How many entries that is
   */
  constructor(source: ColumnSource, slices: readonly RunSlice[], length: number) {
    const { dims } = source.shape;
    this.length = length;
    this.dims = dims;
    this.#source = source;
    this.#slices = slices;
    const coordinates = this.coordinates = source.shape.newCoordinates(length);
    forEachPage(slices, (page, from, to, at) => {
      copyColumn(coordinates, at * dims, page.coordinates, from * dims, to * dims);
    });
  }

  get revisions(): Uint32Array {
    if (this.#revisions === undefined) {
      this.#source.check();
      this.#revisions = revisionsIn(this.#slices, this.length);
    }
    return this.#revisions;
  }

  data(index: number): Data {
    this.#source.check();
    if (!(Number.isInteger(index) && index >= 0 && index < this.length)) return undefined as Data;
    const slices = this.#slices;
    const ends = this.#ends ??= endsOf(slices);
    const found = firstTrue(0, ends.length, (slice) => ends[slice] > index);
    const { run, to } = slices[found];
    const at = to - (ends[found] - index);
    return (run.isTombstone(at) ? undefined : valueAt(run, at)) as Data;
  }
}

/** Visits what slices have of each page, and the number of the first of that among all. */
function forEachPage(
  slices: readonly RunSlice[],
  visit: (page: Page, from: number, to: number, at: number) => void,
): void {
  let count = 0;
  for (const { run, from, to } of slices) {
    for (let at = from; at < to;) {
      const page = run.page(at);
      const stop = Math.min(to, page.base + page.count);
      visit(page, at - page.base, stop - page.base, count);
      count += stop - at;
      at = stop;
    }
  }
}

function revisionsIn(slices: readonly RunSlice[], length: number): Uint32Array {
  const revisions = new Uint32Array(length * REVISION_WORDS);
  const bits = signed(revisions);
  forEachPage(slices, (page, from, to, at) => copyWords(bits, at, page.revisionBits, from, to));
  return revisions;
}

/** How many entries there are up to the end of each slice. */
function endsOf(slices: readonly RunSlice[]): number[] {
  let end = 0;
  return slices.map(({ from, to }) => end += to - from);
}

/** Up to so many numbers a loop copies faster than a call. */
const FEW_NUMBERS = 32;

function copyColumn(
  into: Coordinates,
  at: number,
  column: Coordinates,
  from: number,
  to: number,
): void {
  if (to - from > FEW_NUMBERS) into.set(column.subarray(from, to), at);
  else while (from < to) into[at++] = column[from++];
}

/** Revisions, as signed words. */
function copyWords(
  into: Int32Array,
  index: number,
  words: Int32Array,
  from: number,
  to: number,
): void {
  let at = index * REVISION_WORDS;
  const end = to * REVISION_WORDS;
  const start = from * REVISION_WORDS;
  if (end - start > FEW_NUMBERS) into.set(words.subarray(start, end), at);
  else for (let word = start; word < end; word++) into[at++] = words[word];
}

/**
 * The value of an entry, decoded.
 *
 * @param run Where it is
 * @param at Its place; no deletion
 */
export function valueAt(run: Run, at: number): unknown {
  const page = run.page(at);
  const place = at - page.base;
  const { bytes, starts } = run.values(at);
  const from = starts[place];
  return decodeValue(bytes, from, from + page.lengths[place]);
}
