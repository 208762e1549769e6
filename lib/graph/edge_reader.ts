/**
 * The edges of a graph as of one moment and one ceiling.
 *
 * @module
 */

import { REVISION_WORDS, revisionOfWords } from "../clock/revision.ts";
import { CorruptionError } from "../errors.ts";
import type { Hyperedge } from "../hyperedge.ts";
import { valueOf } from "../store/history.ts";
import { findVersion, type Neighbour } from "../store/nearest.ts";
import { NOT_LOCATED, type Run } from "../store/run.ts";
import { Scan } from "../store/scan.ts";
import { EdgeCursor } from "./edge_cursor.ts";

const EVERYWHERE = {
  min: [-Infinity, -Infinity],
  max: [Infinity, Infinity],
};

/** What it holds means nothing from one call to the next. */
const cursor = new EdgeCursor();

/** Likewise: the two words of the id that is looked for. */
const sought = new Uint32Array(2);

/** Finds edges by their ids. */
export class EdgeReader {
  readonly #runs: readonly Run[];
  readonly #ceiling: Uint32Array | undefined;
  readonly #nameOf: (space: number) => string;

  /**
   * @param runs Of the table of edges
   * @param ceiling Nothing of a higher revision: one revision, as words; undefined for any
   * @param nameOf The name of a space
   */
  constructor(
    runs: readonly Run[],
    ceiling: Uint32Array | undefined,
    nameOf: (space: number) => string,
  ) {
    this.#runs = runs;
    this.#ceiling = ceiling;
    this.#nameOf = nameOf;
  }

  /**
   * Finds edges as far as they are in memory, which takes little longer for several than for one.
   *
   * @param ids Two words each
   * @param count How many; at most `LOCATED_MAX`
   * @param places Gets what `takeLocated` is given
   */
  locate(ids: Uint32Array, count: number, places: Uint32Array): void {
    // Which of several runs has the newest version is to be found for each.
    if (this.#runs.length === 1) this.#runs[0].locate(ids, count, places);
    else places.fill(NOT_LOCATED, 0, count);
  }

  /**
   * An edge of which a row is live.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @param place What `locate` found
   * @throws {CorruptionError} If there is none
   */
  takeLocated(high: number, low: number, place: number): Hyperedge {
    if (place !== NOT_LOCATED) {
      const run = this.#runs[0];
      const at = run.visible(place, this.#ceiling);
      if (at >= 0) return this.#edgeAt(run, at, high, low);
    }
    return this.toHyperedge(this.get(high, low));
  }

  /**
   * The version of an edge that counts, if there is one and it is no deletion.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   */
  find(high: number, low: number): Neighbour | undefined {
    sought[0] = high;
    sought[1] = low;
    const found = findVersion(this.#runs, sought, sought, this.#ceiling);
    if (found === undefined) return undefined;
    const { base, lengths } = found.run.page(found.at); // Of a deletion it is 0, and who reads on needs it.
    return lengths[found.at - base] === 0 ? undefined : found;
  }

  /**
   * The same of an edge of which a row is live.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @throws {CorruptionError} If there is none
   */
  get(high: number, low: number): Neighbour {
    const found = this.find(high, low);
    if (found !== undefined) return found;
    throw new CorruptionError(`A row tells of edge ${idOf(high, low)}, which is not there`, {
      found: idOf(high, low),
    });
  }

  /**
   * The bytes of the version of an edge that counts.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   */
  bytesOf(high: number, low: number): Uint8Array {
    return valueOf(this.get(high, low));
  }

  /**
   * A version as an object of its own.
   *
   * @param version The version
   */
  toHyperedge({ run, at }: Neighbour): Hyperedge {
    const { base, keys } = run.page(at);
    const place = 2 * (at - base);
    return this.#edgeAt(run, at, keys[place], keys[place + 1]); // The words of an id are its key.
  }

  #edgeAt(run: Run, at: number, high: number, low: number): Hyperedge {
    const page = run.page(at);
    const place = at - page.base;
    const { bytes, starts, ends } = run.values(at);
    const from = starts[place];
    cursor.takeEdge(bytes, from, ends === undefined ? from + page.lengths[place] : ends[place]);
    const revision = revisionOfWords(page.revisions, place * REVISION_WORDS);
    return cursor.toHyperedge(idOf(high, low), revision, this.#nameOf);
  }

  /** Every edge in the order of ids. */
  *all(): Generator<Neighbour, undefined> {
    const scan = new Scan(this.#runs, {
      box: EVERYWHERE,
      ceiling: this.#ceiling,
      tombstones: false,
    });
    while (scan.next()) {
      for (let at = scan.from; at < scan.to; at++) yield { run: scan.run!, at };
    }
  }
}

/**
 * The two words of the id of an edge.
 *
 * @param version A version of it
 */
export function wordsAt({ run, at }: Neighbour): { high: number; low: number } {
  const { base, coordinates } = run.page(at);
  const place = (at - base) * 2;
  return { high: coordinates[place], low: coordinates[place + 1] };
}

function idOf(high: number, low: number): bigint {
  return BigInt(high) << 32n | BigInt(low);
}
