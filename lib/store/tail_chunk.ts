/**
 * A piece of the tail: entries of one space as they were committed, put in order when somebody asks.
 *
 * @module
 */

import { REVISION_WORDS } from "../clock/revision.ts";
import { mergeColumns, sortColumns, type Steps } from "./columns.ts";
import type { CommittedEntries } from "./committed.ts";
import { valueBytesOf } from "./committed.ts";
import { MemoryRun } from "./memory_run.ts";
import type { Coordinates, Shape } from "./shape.ts";

/** A chunk is full at so many coordinates, or entries: to put it in order takes some 10 ms. */
const COORDINATES_MAX = 128 * 1024;
const ENTRIES_MAX = 64 * 1024;

/** And at so many bytes of values, so that they can be told by 32 bits however large the tail is. */
const VALUE_BYTES_MAX = 256 * 1024 * 1024;

/** Not more values than this are expected to come: large ones may be followed by small ones. */
const EXPECTED_VALUE_BYTES_MAX = 4 * 1024 * 1024;

const ENTRIES_MIN = 16;
const VALUE_BYTES_MIN = 256;

/** Up to so many entries a loop copies faster than calls. */
const FEW = 8;

/** Entries in memory: open at first, and taking more; in order once `run` was called, and fixed. */
export class TailChunk {
  readonly #shape: Shape;
  readonly #entriesMax: number;
  #count = 0;
  #valueBytes = 0;
  #coordinates: Coordinates;
  #revisions = new Uint32Array(ENTRIES_MIN * REVISION_WORDS);
  #tombstones = new Uint8Array(ENTRIES_MIN);
  #starts = new Uint32Array(ENTRIES_MIN);
  #lengths = new Uint32Array(ENTRIES_MIN);
  #values: Uint8Array = new Uint8Array(VALUE_BYTES_MIN);
  #ordering: Steps<MemoryRun> | undefined;
  #run: MemoryRun | undefined;

  /**
   * @param shape The form of the columns
   * @param before The one that was full before: as much will come again, and room that grows costs copies
   */
  constructor(shape: Shape, before?: TailChunk) {
    this.#shape = shape;
    this.#entriesMax = Math.min(ENTRIES_MAX, Math.ceil(COORDINATES_MAX / shape.dims));
    this.#coordinates = shape.newCoordinates(ENTRIES_MIN);
    if (before === undefined) return;
    this.#reserve(before.#count, Math.min(before.#valueBytes, EXPECTED_VALUE_BYTES_MAX));
  }

  /**
   * A chunk of several, in order.
   *
   * @param shape The form of the columns
   * @param parts The others
   */
  static merged(shape: Shape, parts: readonly TailChunk[]): TailChunk {
    const chunk = new TailChunk(shape);
    const columns = mergeColumns(shape, parts.map((part) => part.run().columns));
    chunk.#fix(new MemoryRun(shape, columns));
    return chunk;
  }

  /** How many entries. */
  get count(): number {
    return this.#count;
  }

  /** Whether no more entries go in. */
  get full(): boolean {
    return this.#ordering !== undefined || this.#run !== undefined || this.crowded;
  }

  /** Whether there is no room for more. */
  get crowded(): boolean {
    return this.#count >= this.#entriesMax || this.#valueBytes >= VALUE_BYTES_MAX;
  }

  /**
   * Whether chunks fit into one.
   *
   * @param parts The chunks, of one shape
   */
  static fit(parts: readonly TailChunk[]): boolean {
    let count = 0;
    let valueBytes = 0;
    for (const part of parts) {
      count += part.#count;
      valueBytes += part.#valueBytes;
    }
    return count <= parts[0].#entriesMax && valueBytes <= VALUE_BYTES_MAX;
  }

  /**
   * Takes entries of this space until it is full.
   *
   * @param entries Copied
   * @param from The first
   * @param to The end, exclusive
   * @returns The end of those it took
   */
  take(entries: CommittedEntries, from: number, to: number): number {
    const end = Math.min(to, from + this.#entriesMax - this.#count);
    const bytes = valueBytesOf(entries, from, end);
    this.#reserve(end - from, bytes);
    if (end - from <= FEW) { for (let i = from; i < end; i++) this.#copyOne(entries, i); }
    else this.#copyMany(entries, from, end);
    return end;
  }

  /** The entries in order; none is taken any more. */
  run(): MemoryRun {
    while (this.#run === undefined) this.order();
    return this.#run;
  }

  /**
   * Does a step towards the order, of a few milliseconds at most; none is taken any more.
   *
   * @returns Whether more are needed
   * @throws {RangeError} If there is no memory for it; nothing is lost, and the next call begins anew
   */
  order(): boolean {
    if (this.#run !== undefined) return false;
    const ordering = this.#ordering ??= this.#inOrder();
    try {
      const step = ordering.next();
      if (step.done) this.#fix(step.value);
      return !step.done;
    } catch (error) {
      this.#ordering = undefined; // It has ended, and would say so without a run.
      throw error;
    }
  }

  *#inOrder(): Steps<MemoryRun> {
    const columns = yield* sortColumns(this.#shape, {
      count: this.#count,
      coordinates: this.#coordinates,
      revisions: this.#revisions,
      tombstones: this.#tombstones,
      starts: this.#starts,
      lengths: this.#lengths,
      values: this.#values.subarray(0, this.#valueBytes),
    });
    yield;
    return yield* MemoryRun.inSteps(this.#shape, columns);
  }

  #fix(run: MemoryRun): void {
    const { columns } = run;
    this.#run = run;
    this.#ordering = undefined;
    this.#count = columns.count;
    this.#valueBytes = columns.values.length;
    // The run has its own, except for values that are large.
    this.#coordinates = this.#shape.newCoordinates(0);
    this.#revisions = this.#starts = this.#lengths = new Uint32Array(0);
    this.#tombstones = new Uint8Array(0);
    this.#values = columns.values;
  }

  #copyOne(entries: CommittedEntries, from: number): void {
    const { dims } = this.#shape;
    const at = this.#count++;
    const start = entries.starts[from];
    for (let axis = 0; axis < dims; axis++) {
      this.#coordinates[at * dims + axis] = entries.coordinates[start + axis];
    }
    for (let word = 0; word < REVISION_WORDS; word++) {
      this.#revisions[at * REVISION_WORDS + word] = entries.revisions[from * REVISION_WORDS + word];
    }
    this.#tombstones[at] = entries.tombstones[from];
    const valueFrom = from === 0 ? 0 : entries.ends[from - 1];
    const length = entries.ends[from] - valueFrom;
    this.#starts[at] = this.#valueBytes;
    this.#lengths[at] = length;
    for (let i = 0; i < length; i++) {
      this.#values[this.#valueBytes + i] = entries.values[valueFrom + i];
    }
    this.#valueBytes += length;
  }

  #copyMany(entries: CommittedEntries, from: number, to: number): void {
    const { dims } = this.#shape;
    const at = this.#count;
    const valuesFrom = from === 0 ? 0 : entries.ends[from - 1];
    const shift = this.#valueBytes - valuesFrom;
    this.#coordinates.set(
      entries.coordinates.subarray(entries.starts[from], entries.starts[to]),
      at * dims,
    );
    this.#revisions.set(
      entries.revisions.subarray(from * REVISION_WORDS, to * REVISION_WORDS),
      at * REVISION_WORDS,
    );
    this.#tombstones.set(entries.tombstones.subarray(from, to), at);
    this.#values.set(entries.values.subarray(valuesFrom, entries.ends[to - 1]), this.#valueBytes);
    for (let i = from, start = valuesFrom; i < to; i++) {
      const end = entries.ends[i];
      this.#starts[at + i - from] = start + shift;
      this.#lengths[at + i - from] = end - start;
      start = end;
    }
    this.#count += to - from;
    this.#valueBytes += entries.ends[to - 1] - valuesFrom;
  }

  #reserve(count: number, bytes: number): void {
    const { dims } = this.#shape;
    const needed = this.#count + count;
    if (needed > this.#tombstones.length) {
      const room = Math.min(this.#entriesMax, Math.max(needed, 2 * this.#tombstones.length));
      const coordinates = this.#shape.newCoordinates(room);
      coordinates.set(this.#coordinates.subarray(0, this.#count * dims));
      this.#coordinates = coordinates;
      this.#revisions = grown(this.#revisions, room * REVISION_WORDS);
      this.#starts = grown(this.#starts, room);
      this.#lengths = grown(this.#lengths, room);
      const tombstones = new Uint8Array(room);
      tombstones.set(this.#tombstones);
      this.#tombstones = tombstones;
    }
    const bytesNeeded = this.#valueBytes + bytes;
    if (bytesNeeded > this.#values.length) {
      const values = new Uint8Array(Math.max(bytesNeeded, 2 * this.#values.length));
      values.set(this.#values.subarray(0, this.#valueBytes));
      this.#values = values;
    }
  }
}

function grown(words: Uint32Array<ArrayBuffer>, room: number): Uint32Array<ArrayBuffer> {
  const larger = new Uint32Array(room);
  larger.set(words);
  return larger;
}
