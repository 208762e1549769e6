/**
 * The part of a graph that was met so far: its points and edges as numbers.
 *
 * @module
 */

import { EdgeCursor } from "./edge_cursor.ts";
import { EdgeTable } from "./edge_table.ts";
import type { EdgeSource, Slice } from "./hyper_source.ts";
import { NodeTable } from "./node_table.ts";

/** Which edges take part. */
export interface EdgeCondition {
  /** Edges of these kinds; undefined: of all. */
  readonly kinds: ReadonlySet<string> | undefined;
  /** The sixteen bytes of the stamp at which edges are looked at: those past by then are left out. */
  readonly ceiling: Uint8Array;
}

/** Edges with their endpoints, by number. */
export class MetGraph implements EdgeSource {
  /** The points. */
  readonly nodes: NodeTable = new NodeTable();
  /** The edges. */
  readonly edges: EdgeTable = new EdgeTable();
  readonly #cursor = new EdgeCursor();
  readonly #condition: EdgeCondition;

  /**
   * Begins with nothing met.
   *
   * @param condition Which edges take part
   */
  constructor(condition: EdgeCondition) {
    this.#condition = condition;
  }

  /** How many nodes were met. */
  get nodeCount(): number {
    return this.nodes.count;
  }

  /** How many edges were met. */
  get edgeCount(): number {
    return this.edges.count;
  }

  /** The endpoints of an edge that was met. */
  endpointsOf(edge: number): Slice {
    return this.edges.endpointsOf(edge);
  }

  /**
   * Meets an edge, if it is directed and takes part: for what looks at all edges.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @param bytes The edge
   */
  meetDirected(high: number, low: number, bytes: Uint8Array): void {
    const cursor = this.#cursor;
    cursor.takeEdge(bytes);
    if (!cursor.directed || !this.takesPart(cursor)) return;
    const edge = this.edges.add(high, low);
    if (!this.edges.isKnown(edge)) this.know(edge, cursor);
  }

  /** Whether an edge that was just taken takes part. */
  takesPart(cursor: EdgeCursor): boolean {
    const { kinds } = this.#condition;
    return (kinds === undefined || kinds.has(cursor.kind)) && !cursor.isPast(this.#condition);
  }

  /**
   * Learns the endpoints of an edge, and meets their nodes.
   *
   * @param edge The number of one whose endpoints are not known
   * @param cursor Has just taken it
   */
  know(edge: number, cursor: EdgeCursor): void {
    const { spaces, sides, starts, coordinates, count } = cursor;
    this.edges.beginEndpoints(edge);
    for (let i = 0; i < count; i++) {
      const node = this.nodes.add(spaces[i], coordinates, starts[i], starts[i + 1] - starts[i]);
      this.edges.addEndpoint(edge, node, sides[i]);
    }
  }
}
