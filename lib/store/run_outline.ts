/**
 * What the footer of a run file says of its entries, gathered page by page: the boxes of leaves, which
 * leaves are clean, and the bounds of the revisions.
 *
 * @module
 */

import { REVISION_WORDS } from "../clock/revision.ts";
import { LEAF_ENTRIES } from "./box_tree.ts";
import { compareRevisions } from "./columns.ts";
import { isOnePoint } from "./point_at.ts";
import type { Page } from "./run.ts";
import type { Footer } from "./run_footer.ts";
import { comparePoints } from "./sorted_entries.ts";

const LEAVES_MIN = 64;

/** The outline of a run in the making. */
export class RunOutline {
  /** How many entries came. */
  entries = 0;

  readonly #dims: number;
  #boxes: Float64Array;
  #clean = new Uint8Array(LEAVES_MIN).fill(1);
  readonly #newest = new Uint32Array(REVISION_WORDS);
  readonly #oldest = new Uint32Array(REVISION_WORDS).fill(0xffff_ffff);
  readonly #lastPoint: Float64Array;

  /** @param dims Coordinates of a point */
  constructor(dims: number) {
    this.#dims = dims;
    this.#boxes = new Float64Array(LEAVES_MIN * 2 * dims);
    this.#lastPoint = new Float64Array(dims).fill(NaN);
  }

  /**
   * Takes the entries of the next page.
   *
   * @param page The page
   * @param count How many of it, at least one
   */
  add(page: Page, count: number): void {
    for (let from = 0; from < count;) {
      const leaf = Math.floor(this.entries / LEAF_ENTRIES);
      const isNew = this.entries % LEAF_ENTRIES === 0;
      const to = Math.min(count, from + LEAF_ENTRIES - this.entries % LEAF_ENTRIES);
      if (leaf === this.#clean.length) this.#addLeaves();
      this.#growBox(page, from, to, leaf, isNew);
      this.#judge(page, from, to, leaf, isNew);
      this.entries += to - from;
      from = to;
    }
    this.#growBounds(page, count);
    const last = (count - 1) * this.#dims;
    for (let axis = 0; axis < this.#dims; axis++) {
      this.#lastPoint[axis] = page.coordinates[last + axis];
    }
  }

  /**
   * Says all of it.
   *
   * @param footer Gets it
   */
  putInto(footer: Footer): void {
    footer.oldest.set(this.#oldest);
    footer.newest.set(this.#newest);
    footer.boxes.set(this.#boxes.subarray(0, footer.boxes.length));
    footer.clean.set(this.#clean.subarray(0, footer.clean.length));
  }

  #growBox({ coordinates }: Page, from: number, to: number, leaf: number, isNew: boolean): void {
    const dims = this.#dims;
    const boxes = this.#boxes;
    for (let axis = 0, box = leaf * 2 * dims; axis < dims; axis++, box++) {
      let low = isNew ? Infinity : boxes[box];
      let high = isNew ? -Infinity : boxes[box + dims];
      for (let at = from * dims + axis, end = to * dims; at < end; at += dims) {
        const value = coordinates[at];
        if (value < low) low = value;
        if (value > high) high = value;
      }
      boxes[box] = low;
      boxes[box + dims] = high;
    }
  }

  /** A leaf is clean if each entry is the only version of its address, and no deletion. */
  #judge(
    { coordinates, tombstones }: Page,
    from: number,
    to: number,
    leaf: number,
    isNew: boolean,
  ): void {
    const dims = this.#dims;
    for (let i = from; i < to; i++) {
      if (tombstones[i] === 1) this.#clean[leaf] = 0;
      const isSame = i === 0
        ? comparePoints(coordinates, 0, this.#lastPoint, dims) === 0 // Of no point it is NaN.
        : isOnePoint(coordinates, (i - 1) * dims, i * dims, dims);
      if (!isSame) continue;
      this.#clean[leaf] = 0;
      if (i === from && isNew) this.#clean[leaf - 1] = 0; // Where the one before it is.
    }
  }

  #growBounds({ revisions }: Page, count: number): void {
    let oldest = 0;
    let newest = 0;
    for (let i = 1; i < count; i++) {
      if (compareRevisions(revisions, i, revisions, newest) > 0) newest = i;
      else if (compareRevisions(revisions, i, revisions, oldest) < 0) oldest = i;
    }
    if (compareRevisions(revisions, newest, this.#newest, 0) > 0) {
      putRevision(this.#newest, revisions, newest);
    }
    if (compareRevisions(revisions, oldest, this.#oldest, 0) < 0) {
      putRevision(this.#oldest, revisions, oldest);
    }
  }

  #addLeaves(): void {
    const clean = new Uint8Array(2 * this.#clean.length).fill(1);
    clean.set(this.#clean);
    const boxes = new Float64Array(2 * this.#boxes.length);
    boxes.set(this.#boxes);
    this.#clean = clean;
    this.#boxes = boxes;
  }
}

function putRevision(into: Uint32Array, revisions: Uint32Array, index: number): void {
  for (let word = 0; word < REVISION_WORDS; word++) {
    into[word] = revisions[index * REVISION_WORDS + word];
  }
}
