/**
 * Walks what counts in a box over several runs, in the order of the curve, as slices of runs.
 *
 * Each run is a stream with a head. Up to the key of the next head of another run the stream with the
 * lowest head is alone: that part is taken without looking at the others. Where two heads have keys that
 * begin alike, their addresses are compared, and of one address the newest version of all runs counts.
 *
 * @module
 */

import { compareRevisions } from "./columns.ts";
import type { Run } from "./run.ts";
import { RunStream, type ScanTerms } from "./run_stream.ts";

/** After `next` returned true: entries `from` to `to` (exclusive) of `run` are next. */
export class Scan {
  /** The run. */
  run: Run | undefined;
  /** The first entry. */
  from = 0;
  /** The end of the entries, exclusive. */
  to = 0;
  readonly #streams: RunStream[] = [];
  /** The stream with the lowest head. */
  #least!: RunStream;
  /** Up to where its entries are surely before the head of any other. */
  #alone = 0;

  /**
   * @param runs Where
   * @param terms What
   */
  constructor(runs: readonly Run[], terms: ScanTerms) {
    for (const run of runs) {
      const stream = new RunStream(run, terms);
      if (stream.ready(runs.length === 1)) this.#streams.push(stream);
    }
  }

  /** Moves to the next slice: whether there is one. */
  next(): boolean {
    if (this.#streams.length === 1) return this.#nextAlone(this.#streams[0]);
    while (this.#choose()) {
      const least = this.#least;
      if (this.#alone === least.at) {
        if (this.#resolve(least)) return true;
        continue;
      }
      const found = least.take(this.#alone);
      if (found) this.#give(least.run, least.from, least.to);
      this.#forward(least);
      if (found) return true;
    }
    return false;
  }

  /**
   * How many entries are left: what the slices would add up to, at less cost.
   *
   * @param limit Enough; there may be more
   */
  count(limit: number): number {
    let count = 0;
    if (this.#streams.length === 1 && limit === Infinity) return this.#streams[0].countRest();
    while (count < limit && this.#choose()) {
      const least = this.#least;
      if (this.#alone === least.at) {
        if (this.#resolve(least)) count++;
        continue;
      }
      count += least.count(this.#alone);
      this.#forward(least);
    }
    return count;
  }

  /** The next slice where there is but one stream. */
  #nextAlone(stream: RunStream): boolean {
    while (!stream.take(stream.end)) {
      if (stream.ready(true)) continue;
      this.#streams.length = 0;
      return false;
    }
    this.#give(stream.run, stream.from, stream.to);
    return true;
  }

  /** Finds the stream with the lowest head, and how far it is alone: whether there is one. */
  #choose(): boolean {
    const streams = this.#streams;
    if (streams.length === 0) return false;
    let least = streams[0];
    let bound = Infinity;
    for (let i = 1; i < streams.length; i++) {
      const stream = streams[i];
      let higher = stream;
      if (
        stream.prefix < least.prefix ||
        (stream.prefix === least.prefix && compareHeads(stream, least) < 0)
      ) {
        higher = least;
        least = stream;
      }
      if (higher.prefix < bound) bound = higher.prefix;
    }
    this.#least = least;
    if (bound === Infinity) this.#alone = least.end;
    else if (bound === least.prefix) this.#alone = least.at;
    else this.#alone = least.run.lowerBound(bound, least.at, least.end);
    return true;
  }

  #give(run: Run, from: number, to: number): void {
    this.run = run;
    this.from = from;
    this.to = to;
  }

  /** Several heads have keys that begin alike: settles the first of their addresses. */
  #resolve(least: RunStream): boolean {
    const streams = this.#streams;
    let first = least;
    for (const each of streams) {
      if (each === first || each.prefix !== least.prefix) continue;
      if (compareHeads(each, first) === 0 && comparePoints(each, first) < 0) first = each;
    }
    const { run, at } = first;
    let winner: RunStream | undefined;
    let place = 0;
    for (let i = streams.length - 1; i >= 0; i--) {
      const stream = streams[i];
      const isSame = stream === first ||
        (stream.prefix === least.prefix && isOneAddress(stream.run, stream.at, run, at));
      if (!isSame) continue;
      const found = stream.resolve();
      if (
        found >= 0 &&
        (winner === undefined || compareVersions(stream, found, winner, place) > 0)
      ) {
        winner = stream;
        place = found;
      }
    }
    const wanted = winner !== undefined && winner.isWanted(place);
    if (wanted) this.#give(winner!.run, place, place + 1);
    for (let i = streams.length - 1; i >= 0; i--) {
      if (streams[i].moved) this.#forward(streams[i]);
    }
    return wanted;
  }

  /** A stream has moved: finds its new head, or drops it at its end. */
  #forward(stream: RunStream): void {
    const streams = this.#streams;
    if (!stream.ready(streams.length === 1)) streams.splice(streams.indexOf(stream), 1);
  }
}

function compareHeads(a: RunStream, b: RunStream): number {
  const page = b.run.page(b.at);
  return a.run.compareKey(a.at, page.keys, (b.at - page.base) * b.run.shape.words);
}

function comparePoints(a: RunStream, b: RunStream): number {
  const page = b.run.page(b.at);
  return a.run.comparePoint(a.at, page.coordinates, (b.at - page.base) * b.run.shape.dims);
}

function isOneAddress(a: Run, at: number, b: Run, place: number): boolean {
  const page = b.page(place);
  return a.comparePoint(at, page.coordinates, (place - page.base) * b.shape.dims) === 0;
}

function compareVersions(a: RunStream, at: number, b: RunStream, place: number): number {
  // Mostly all of one run is newer than all of the other, and the entries need not be looked at.
  if (compareRevisions(a.run.bounds.oldest, 0, b.run.bounds.newest, 0) > 0) return 1;
  if (compareRevisions(a.run.bounds.newest, 0, b.run.bounds.oldest, 0) < 0) return -1;
  const page = b.run.page(place);
  return a.run.compareRevision(at, page.revisions, place - page.base);
}
