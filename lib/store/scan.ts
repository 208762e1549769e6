/**
 * Walks what counts in a box over several runs, in the order of the curve, as slices of runs.
 *
 * Each run is a stream with a head. Up to the key of the next head of another run the stream with the
 * lowest head is alone: that part is taken without looking at the others. Where two heads have one key,
 * their addresses are compared, and of one address the newest version of all runs counts.
 *
 * @module
 */

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
  readonly #streams: RunStream[];

  /**
   * @param runs Where
   * @param terms What
   */
  constructor(runs: readonly Run[], terms: ScanTerms) {
    this.#streams = runs.map((run) => new RunStream(run, terms)).filter((each) => each.ready());
  }

  /** Moves to the next slice: whether there is one. */
  next(): boolean {
    while (this.#streams.length > 0) {
      const [least, second] = this.#heads();
      const alone = second === undefined ? least.end : boundBy(least, second);
      const found = alone > least.at ? this.#take(least, alone) : this.#resolve(least);
      this.#drop();
      if (found) return true;
    }
    return false;
  }

  #take(stream: RunStream, limit: number): boolean {
    const found = stream.take(limit);
    if (found) this.#give(stream.run, stream.from, stream.to);
    return found;
  }

  #give(run: Run, from: number, to: number): void {
    this.run = run;
    this.from = from;
    this.to = to;
  }

  /** The stream with the lowest head, and the one with the next. */
  #heads(): [RunStream, RunStream | undefined] {
    let least = this.#streams[0];
    let second: RunStream | undefined;
    for (let i = 1; i < this.#streams.length; i++) {
      const stream = this.#streams[i];
      if (compareHeads(stream, least) < 0) {
        second = least;
        least = stream;
      } else if (second === undefined || compareHeads(stream, second) < 0) second = stream;
    }
    return [least, second];
  }

  /** Several heads have one key: settles the first of their addresses. */
  #resolve(least: RunStream): boolean {
    const rivals = this.#streams.filter((each) =>
      each !== least && compareHeads(each, least) === 0
    );
    let first = least;
    for (const rival of rivals) if (comparePoints(rival, first) < 0) first = rival;
    const same = [
      first,
      ...[least, ...rivals].filter((each) => each !== first && comparePoints(each, first) === 0),
    ];
    let winner: RunStream | undefined;
    let place = 0;
    for (const stream of same) {
      const found = stream.resolve();
      if (found < 0) continue;
      const newer = winner === undefined || compareVersions(stream, found, winner, place) > 0;
      if (!newer) continue;
      winner = stream;
      place = found;
    }
    if (winner === undefined || !winner.isWanted(place)) return false;
    this.#give(winner.run, place, place + 1);
    return true;
  }

  #drop(): void {
    for (let i = this.#streams.length - 1; i >= 0; i--) {
      if (!this.#streams[i].ready()) this.#streams.splice(i, 1);
    }
  }
}

/** Up to where the entries of a stream are before the head of another. */
function boundBy({ run, at, end }: RunStream, other: RunStream): number {
  const page = other.run.page(other.at);
  return run.lowerBound(page.keys, (other.at - page.base) * run.shape.words, at, end);
}

function compareHeads(a: RunStream, b: RunStream): number {
  const page = b.run.page(b.at);
  return a.run.compareKey(a.at, page.keys, (b.at - page.base) * b.run.shape.words);
}

function comparePoints(a: RunStream, b: RunStream): number {
  const page = b.run.page(b.at);
  return a.run.comparePoint(a.at, page.coordinates, (b.at - page.base) * b.run.shape.dims);
}

function compareVersions(a: RunStream, at: number, b: RunStream, place: number): number {
  const page = b.run.page(place);
  return a.run.compareRevision(at, page.revisions, place - page.base);
}
