/**
 * A graph as its incidence rows tell of it: read node by node, as a traversal reaches them.
 *
 * @module
 */

import { type Adjacency, endpointsIn, UNKNOWN } from "./adjacency.ts";
import type { Doubts } from "./doubts.ts";
import { EdgeCursor } from "./edge_cursor.ts";
import { type HyperSource, nodeOf, sideOf, type Slice } from "./hyper_source.ts";
import { NEUTRAL, type Side } from "./hyperedge.ts";
import type { KnownRows } from "./known_rows.ts";
import type { LiveRow } from "./live_rows.ts";
import type { MetNode } from "./endpoint_columns.ts";
import type { EdgeCondition } from "./edge_condition.ts";
import { MetGraph } from "./met_graph.ts";
import { NumberList } from "./number_list.ts";

/** Rows one after the other. */
export interface RowCursor extends LiveRow {
  /** Moves to the next row: whether there is one. */
  next(): boolean;
}

/** Reads what is stored of a graph, as it is at one ceiling. */
export interface IncidenceReader {
  /**
   * The live rows of a point, in the order of edge ids.
   *
   * @param space The number of its space
   * @param point Where in it
   * @param side On which side of its edges
   * @returns The rows, to be used before the next call
   */
  rowsAt(space: number, point: readonly number[], side: Side): RowCursor;
  /** What was read of the graph before, if that is kept. */
  readonly adjacency?: Adjacency;
  /**
   * The rows of a space, where there is an adjacency.
   *
   * @param space The number of the space
   */
  knownRows?(space: number): KnownRows;
  /**
   * The order in which points lie in the table of rows.
   *
   * @param space The number of their space
   * @param count How many points
   * @param pointOf Gives each
   * @returns Their indices, in order
   */
  orderOf(
    space: number,
    count: number,
    pointOf: (index: number) => readonly number[],
  ): Uint32Array;
  /**
   * A stored edge.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @returns The edge of which a row was live
   */
  edgeOf(high: number, low: number): Uint8Array;
}

/** Fewer nodes than this are not worth arranging. */
const ARRANGED_MIN = 64;

/** The edges of so many nodes are looked for together. */
const FETCHED_NODES = 32;

const NO_NODES = new Uint32Array(0);

/** Rows are read when a node is expanded, and edges only where their head does not name endpoints. */
export class RowSource implements HyperSource {
  /** What was met: which points and which ids the numbers stand for. */
  readonly met: MetGraph;
  readonly #reader: IncidenceReader;
  readonly #oneSide: boolean;
  readonly #kinds: ReadonlySet<string> | undefined;
  readonly #doubts: Doubts | undefined;
  readonly #cursor = new EdgeCursor();
  /** The rows of spaces that are all in one run, by its number. */
  readonly #singleRuns = new Map<number, KnownRows>();
  /** The nodes that are asked for next, from `#aheadAt` on. */
  #ahead: Uint32Array = NO_NODES;
  #aheadAt = 0;
  #fetchedTo = 0;
  /** The edges of the node that was asked for last. */
  readonly #found = new NumberList();

  /**
   * Begins with nothing met.
   *
   * @param reader Reads what is stored
   * @param condition Which edges take part
   * @param oneSide Whether edges are asked for by one side only, the same for all nodes
   */
  constructor(reader: IncidenceReader, condition: EdgeCondition, oneSide = false) {
    this.#reader = reader;
    this.#oneSide = oneSide;
    this.#kinds = condition.kinds;
    this.#doubts = condition.doubts;
    this.met = new MetGraph(condition, reader.adjacency);
  }

  /** How many nodes were met. */
  get nodeCount(): number {
    return this.met.nodeCount;
  }

  /** How many edges were met. */
  get edgeCount(): number {
    return this.met.edgeCount;
  }

  /** Meets the edges that have a node on a side; undirected ones alone where it is neutral. */
  edgesAt(node: number, side: Side): Slice {
    const { met } = this;
    const found = this.#found;
    found.length = 0;
    const links = this.#linksOf(node, side);
    // Whose rows may be incomplete is told row by row.
    if (links >= 0 && this.#doubts?.none !== false) return this.#meetLinks(links, side);
    const here = { node, space: met.nodes.spaceOf(node), point: met.nodes.pointOf(node) };
    const rows = this.#reader.rowsAt(here.space, here.point, side);
    while (rows.next()) {
      const edge = this.#meet(rows, side, here);
      if (edge >= 0) found.push(edge);
    }
    met.meetExpected();
    return { items: found.items, from: 0, to: found.length };
  }

  /** Along the curve, so that what is read for one node is often what the next one needs. */
  arrange(nodes: Uint32Array): void {
    this.#ahead = nodes;
    this.#aheadAt = this.#fetchedTo = 0;
    if (nodes.length < ARRANGED_MIN) return;
    const { nodes: table } = this.met;
    const bySpace = new Map<number, number[]>();
    for (let i = 0; i < nodes.length; i++) {
      const space = table.spaceOf(nodes[i]);
      const own = bySpace.get(space);
      if (own === undefined) bySpace.set(space, [nodes[i]]);
      else own.push(nodes[i]);
    }
    let at = 0;
    for (const [space, own] of bySpace) {
      const order = this.#reader.orderOf(space, own.length, (i) => table.pointOf(own[i]));
      for (let i = 0; i < order.length; i++) nodes[at++] = own[order[i]];
    }
  }

  /** The endpoints of an edge that was met. */
  endpointsOf(edge: number): Slice {
    const { edges } = this.met;
    if (!edges.isKnown(edge)) {
      this.#cursor.takeEndpoints(this.#reader.edgeOf(edges.highOf(edge), edges.lowOf(edge)));
      this.met.expect(edge, this.#cursor);
      this.met.meetExpected();
    }
    return edges.endpointsOf(edge);
  }

  /** Where the edges of a node are in the adjacency; negative if they are not. */
  #linksOf(node: number, side: Side): number {
    const { met } = this;
    const { adjacency } = this.#reader;
    if (adjacency === undefined) return UNKNOWN;
    if (node === this.#ahead[this.#aheadAt]) this.#fetch(side);
    const known = met.nodes.knownAs(node);
    if (known >= 0) {
      const rows = this.#singleRuns.get(adjacency.runOf(known));
      const links = rows === undefined ? UNKNOWN : adjacency.linksAt(rows.run, known, side);
      if (links >= 0) return links;
    }
    const space = met.nodes.spaceOf(node);
    const rows = this.#reader.knownRows!(space);
    if (rows.run > 0 && rows.isAlone) this.#singleRuns.set(rows.run, rows);
    return rows.linksOf({ node, space, point: met.nodes.pointOf(node) }, side);
  }

  /** Every so often: looks at the edges of the nodes that come next. */
  #fetch(side: Side): void {
    if (this.#aheadAt++ < this.#fetchedTo) return;
    const to = Math.min(this.#ahead.length, this.#fetchedTo + FETCHED_NODES);
    this.met.nodes.fetchLinks(this.#ahead, this.#fetchedTo, to, side);
    this.#fetchedTo = to;
  }

  /** Meets edges that are in the adjacency. */
  #meetLinks(links: number, side: Side): Slice {
    const adjacency = this.#reader.adjacency!;
    const { met } = this;
    const { edges } = met;
    const found = this.#found;
    const kinds = this.#kinds;
    adjacency.fetchMarks(links);
    const { items } = adjacency.links;
    let at = links + 1;
    for (let left = items[links]; left > 0; left--) {
      const high = items[at];
      const low = items[at + 1];
      const word = items[at + 2];
      const from = at + 3;
      const to = at = from + endpointsIn(word);
      if (kinds !== undefined && !kinds.has(adjacency.kindIn(word))) continue;
      const edge = this.#isAlone(items, from, to, side)
        ? edges.append(high, low)
        : edges.add(high, low);
      found.push(edge);
      if (edges.isKnown(edge)) continue;
      edges.beginEndpoints(edge);
      for (let i = from; i < to; i++) {
        edges.addEndpoint(edge, met.nodes.addKnown(nodeOf(items[i])), sideOf(items[i]));
      }
    }
    return { items: found.items, from: 0, to: found.length };
  }

  /** Whether an edge is met once, since it has one endpoint on the one side that is asked for. */
  #isAlone(items: Uint32Array, from: number, to: number, side: Side): boolean {
    if (!this.#oneSide) return false;
    let alone = 0;
    for (let i = from; i < to; i++) if (sideOf(items[i]) === side) alone++;
    return alone === 1;
  }

  /** @returns The number of the edge; -1 if it takes no part */
  #meet(row: LiveRow, side: Side, here: MetNode): number {
    const { high, low } = row;
    const { met } = this;
    const { edges } = met;
    this.#doubts?.check(high, low);
    if (side !== NEUTRAL && edges.found > 0) {
      const found = edges.find(high, low); // Only what takes part was met.
      if (found >= 0) return found;
    }
    const cursor = this.#cursor;
    let named: boolean;
    if (this.#kinds === undefined && side !== NEUTRAL && row.lasts) {
      named = cursor.takeHeadEndpoints(row.bytes, row.from, row.to);
    } else {
      named = cursor.takeHead(row.bytes, row.from, row.to);
      if ((side === NEUTRAL && cursor.directed) || !met.takesPart(cursor)) return -1;
    }
    // With one endpoint on the one side that is asked for, it is met once.
    const once = named && this.#oneSide && cursor.isAlone(side);
    const edge = once ? edges.append(high, low) : edges.add(high, low);
    if (named && !edges.isKnown(edge)) met.expect(edge, cursor, here);
    return edge;
  }
}
