/**
 * What a traversal reads of a stored graph: rows node by node, all as of the moment of the first one.
 *
 * @module
 */

import { orderByKey } from "../store/key_order.ts";
import type { Run } from "../store/run.ts";
import type { Adjacency } from "./adjacency.ts";
import type { AdjacencyShare } from "./adjacency_cache.ts";
import type { EdgeReader } from "./edge_reader.ts";
import type { Side } from "./hyperedge.ts";
import { KnownRows } from "./known_rows.ts";
import { PointOfRows, PointRows } from "./point_rows.ts";
import type { IncidenceReader, RowCursor } from "./row_source.ts";

/** Where the rows are. */
export interface RowTables {
  /** The rows about the points of a space. */
  rows(space: number): readonly Run[];
}

/** Reads for one traversal. */
export class StoredRows implements IncidenceReader {
  readonly adjacency: Adjacency;
  readonly #share: AdjacencyShare;
  readonly #tables: RowTables;
  readonly #edges: EdgeReader;
  readonly #ceiling: Uint32Array | undefined;
  /** By the number of a space. */
  readonly #spaces = new Map<number, KnownRows>();
  readonly #of = new PointOfRows();
  readonly #rows = new PointRows();

  /**
   * @param tables Where the rows are
   * @param edges Where the edges are
   * @param ceiling Nothing of a higher revision: one revision, as words; undefined for any
   * @param share What was read of the graph before
   */
  constructor(
    tables: RowTables,
    edges: EdgeReader,
    ceiling: Uint32Array | undefined,
    share: AdjacencyShare,
  ) {
    this.adjacency = share.current;
    this.#share = share;
    this.#tables = tables;
    this.#edges = edges;
    this.#ceiling = ceiling;
  }

  rowsAt(space: number, point: readonly number[], side: Side): RowCursor {
    this.#rows.begin(this.#of.reset(this.knownRows(space).runs, point, this.#ceiling), side);
    return this.#rows;
  }

  orderOf(
    space: number,
    count: number,
    pointOf: (index: number) => readonly number[],
  ): Uint32Array {
    const shape = this.knownRows(space).runs.at(0)?.shape;
    const words = shape?.words ?? 0; // Without rows any order will do.
    const keys = new Uint32Array(count * words);
    const key = new Uint32Array(words);
    for (let i = 0, at = 0; i < count; i++) {
      shape?.keyOf(pointOf(i), key);
      for (let word = 0; word < words; word++) keys[at++] = key[word];
    }
    return orderByKey(keys, words, count, (a, b) => a - b);
  }

  edgeOf(high: number, low: number): Uint8Array {
    return this.#edges.bytesOf(high, low);
  }

  knownRows(space: number): KnownRows {
    let rows = this.#spaces.get(space);
    if (rows === undefined) {
      rows = new KnownRows(this.#share, this.adjacency, this.#tables.rows(space), this.#ceiling);
      this.#spaces.set(space, rows);
    }
    return rows;
  }
}
