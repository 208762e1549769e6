/**
 * The edges of a graph as of one moment and one ceiling.
 *
 * @module
 */

import { CorruptionError } from "../errors.ts";
import type { Hyperedge } from "../hyperedge.ts";
import { revisionOf, valueOf } from "../store/history.ts";
import { findVersion, type Neighbour } from "../store/nearest.ts";
import type { Run } from "../store/run.ts";
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
  toHyperedge(version: Neighbour): Hyperedge {
    const { run, at } = version;
    const page = run.page(at);
    const place = at - page.base;
    const { bytes, starts } = run.values(at);
    cursor.takeEdge(bytes, starts[place], starts[place] + page.lengths[place]);
    const id = idOf(page.keys[2 * place], page.keys[2 * place + 1]); // The words of an id are its key.
    return cursor.toHyperedge(id, revisionOf(version), this.#nameOf);
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
