/**
 * The pages of a run file in the making: entries go in one by one, bytes to be written come out.
 *
 * @module
 */

import { REVISION_WORDS } from "../clock/revision.ts";
import type { KeptPages } from "./kept_pages.ts";
import { copiedPage, newPage } from "./page_columns.ts";
import type { Page, Values } from "./run.ts";
import { type Footer, newFooter } from "./run_footer.ts";
import { RunOutline } from "./run_outline.ts";
import {
  largeValueBlock,
  PAGE_ENTRIES,
  PAGE_VALUE_BYTES,
  pageBytesMax,
  putPage,
  sealPart,
  valueBlockBytes,
  valuesOver,
} from "./run_page.ts";
import type { Shape } from "./shape.ts";

/** What the footer says of the pages: a column a field, since there may be a hundred thousand of them. */
interface PageNotes {
  offsets: number[];
  bases: number[];
  valueBytes: number[];
  firstKeys: number[];
  firstPoints: number[];
}

/** Up to so many bytes a loop copies faster than a call. */
const SHORT_BYTES = 128;

/** Takes entries in the order of a run. */
export class RunPages {
  readonly #run: number;
  readonly #shape: Shape;
  readonly #notes: PageNotes = {
    offsets: [],
    bases: [],
    valueBytes: [],
    firstKeys: [],
    firstPoints: [],
  };
  /** Where the next page will be in the file. */
  #offset: number;
  /** The page in the making, with room for a full one. */
  readonly #page: Page;
  #count = 0;
  readonly #values: Uint8Array = new Uint8Array(PAGE_VALUE_BYTES);
  #valueBytes = 0;
  /** Instead of those: the only value of the page, where it is larger than those of a page may be. */
  #large: Uint8Array | undefined;
  readonly #bytesKept: number;
  readonly #kept: KeptPages | undefined;
  /** Complete pages with their values, not taken yet. */
  #out: Uint8Array<ArrayBuffer>;
  #outBytes = 0;
  /** A large value that follows them. */
  #last: { value: Uint8Array; part: number } | undefined;
  readonly #outline: RunOutline;

  /**
   * @param run The id of the run
   * @param shape The form of its columns
   * @param offset Where the first page will be in the file
   * @param bytesKept So many bytes of complete pages are kept until they are taken
   * @param kept Gets pages in memory
   */
  constructor(
    run: number,
    shape: Shape,
    offset: number,
    bytesKept: number,
    kept?: KeptPages,
  ) {
    this.#run = run;
    this.#shape = shape;
    this.#offset = offset;
    this.#page = newPage(shape, 0, PAGE_ENTRIES);
    this.#bytesKept = bytesKept;
    this.#kept = kept;
    this.#out = new Uint8Array(bytesKept + PAGE_VALUE_BYTES);
    this.#outline = new RunOutline(shape.dims);
  }

  /** Whether no entry came. */
  get isEmpty(): boolean {
    return this.#count === 0 && this.entries === 0;
  }

  /** How many entries are in complete pages. */
  get entries(): number {
    return this.#outline.entries;
  }

  /** Whether the complete pages have to be taken before the next entries come. */
  get full(): boolean {
    return this.#outBytes >= this.#bytesKept || this.#last !== undefined;
  }

  /**
   * Takes entries until a page is complete. Where there are more, call it again, behind a pause perhaps:
   * a tail chunk alone would be hundreds of pages.
   *
   * @param from The page they are in
   * @param values The values of that page; a large one is kept as it is until it is taken
   * @param place The place of the first there
   * @param end The end of them, exclusive
   * @returns The end of those it took
   */
  append(from: Page, values: Values, place: number, end: number): number {
    while (place < end) {
      const stop = this.#fitting(from, place, end);
      if (stop === place) {
        this.#endPage();
        return place;
      }
      this.#copyColumns(from, place, stop);
      this.#copyValues(values, from.lengths, place, stop);
      this.#count += stop - place;
      place = stop;
    }
    return place;
  }

  /**
   * The bytes of complete pages, to be written behind those taken before.
   *
   * @returns Yields pieces of some 256 KiB, each valid until the next entry; all have to be taken first
   */
  *take(): Generator<Uint8Array, void> {
    if (this.#outBytes > 0) yield this.#out.subarray(0, this.#outBytes);
    this.#outBytes = 0;
    const last = this.#last;
    if (last !== undefined) yield* largeValueBlock(last.value, this.#run, last.part);
    this.#last = undefined;
  }

  /** Completes the last page; there is at least one entry. */
  end(): void {
    this.#endPage();
  }

  /** The footer, once the last page is complete. */
  footer(): { bytes: Uint8Array; footer: Footer } {
    const notes = this.#notes;
    const { bytes, footer } = newFooter(this.#shape, this.entries, notes.offsets.length);
    footer.offsets.set(notes.offsets);
    footer.bases.set(notes.bases);
    footer.valueBytes.set(notes.valueBytes);
    footer.firstKeys.set(notes.firstKeys);
    footer.firstPoints.set(notes.firstPoints);
    this.#outline.putInto(footer);
    return { bytes, footer };
  }

  /** The end of those entries that fit the page in the making. */
  #fitting({ lengths }: Page, place: number, end: number): number {
    const last = Math.min(end, place + PAGE_ENTRIES - this.#count);
    let bytes = this.#valueBytes;
    for (let at = place; at < last; at++) {
      bytes += lengths[at];
      const isFirst = this.#count === 0 && at === place;
      if (bytes > PAGE_VALUE_BYTES && !isFirst) return at;
    }
    return last;
  }

  #copyColumns(from: Page, place: number, stop: number): void {
    const { dims, words } = this.#shape;
    const { coordinates, keyBits, revisionBits, tombstones, lengths } = this.#page;
    const index = this.#count;
    for (let at = place * dims, to = index * dims; at < stop * dims;) {
      coordinates[to++] = from.coordinates[at++];
    }
    for (let at = place * words, to = index * words; at < stop * words;) {
      keyBits[to++] = from.keyBits[at++];
    }
    for (
      let at = place * REVISION_WORDS, to = index * REVISION_WORDS;
      at < stop * REVISION_WORDS;
    ) {
      revisionBits[to++] = from.revisionBits[at++];
    }
    for (let at = place, to = index; at < stop; at++, to++) {
      tombstones[to] = from.tombstones[at];
      lengths[to] = from.lengths[at];
    }
  }

  #copyValues(
    { bytes, starts }: Values,
    lengths: Uint32Array,
    place: number,
    stop: number,
  ): void {
    let end = this.#valueBytes;
    for (let i = place; i < stop; i++) end += lengths[i];
    if (end > PAGE_VALUE_BYTES) {
      this.#large = bytes.subarray(starts[place], starts[place] + lengths[place]);
      this.#valueBytes = end;
      return;
    }
    let at = this.#valueBytes;
    for (let i = place; i < stop;) {
      const from = starts[i];
      let to = from + lengths[i++];
      while (i < stop && starts[i] === to) to += lengths[i++]; // Those of a page lie one behind the other.
      this.#putBytes(bytes, from, to, at);
      at += to - from;
    }
    this.#valueBytes = end;
  }

  #putBytes(bytes: Uint8Array, from: number, to: number, at: number): void {
    const values = this.#values;
    if (to - from > SHORT_BYTES) values.set(bytes.subarray(from, to), at);
    else for (let byte = from; byte < to; byte++) values[at++] = bytes[byte];
  }

  #endPage(): void {
    const { words, dims } = this.#shape;
    const count = this.#count;
    const from = this.#page;
    const ofValues = valueBlockBytes(this.#valueBytes);
    const notes = this.#notes;
    const number = notes.offsets.length;
    const base = this.#outline.entries;
    this.#outline.add(from, count);
    const ofPage = this.#putColumns(2 * number);
    this.#keep(base);
    if (this.#large === undefined) this.#putValues(ofValues, 2 * number + 1);
    else this.#last = { value: this.#large, part: 2 * number + 1 };
    notes.offsets.push(this.#offset);
    notes.bases.push(base);
    notes.valueBytes.push(ofValues);
    for (let word = 0; word < words; word++) notes.firstKeys.push(from.keys[word]);
    for (let axis = 0; axis < dims; axis++) notes.firstPoints.push(from.coordinates[axis]);
    this.#offset += ofPage + ofValues;
    this.#count = 0;
    this.#valueBytes = 0;
    this.#large = undefined;
  }

  /** How many bytes it took. */
  #putColumns(part: number): number {
    const at = this.#reserve(pageBytesMax(this.#shape, this.#count));
    const end = putPage(this.#out, at, this.#shape, this.#page, this.#count, this.#run, part);
    this.#outBytes = end;
    return end - at;
  }

  #keep(base: number): void {
    const count = this.#count;
    const valueBytes = this.#large === undefined ? this.#valueBytes : Infinity; // For that is no room.
    this.#kept?.keepWritten(count, valueBytes, () => {
      const page = copiedPage(this.#shape, this.#page, base, count);
      return { page, values: valuesOver(page, this.#values.slice(0, valueBytes)) };
    });
  }

  #putValues(bytes: number, part: number): void {
    const at = this.#reserve(bytes);
    const out = this.#out;
    out.set(this.#values.subarray(0, this.#valueBytes), at);
    out.fill(0, at + this.#valueBytes, at + bytes);
    sealPart(out.subarray(at, at + bytes), this.#run, part);
  }

  /** Room behind what is complete: where it begins. */
  #reserve(bytes: number): number {
    const at = this.#outBytes;
    this.#outBytes += bytes;
    if (this.#outBytes > this.#out.length) {
      const grown = new Uint8Array(Math.max(this.#outBytes, 2 * this.#out.length));
      grown.set(this.#out.subarray(0, at));
      this.#out = grown;
    }
    return at;
  }
}
