/**
 * The part of a graph that was met so far: its points and edges as numbers.
 *
 * @module
 */

import type { Doubts } from "./doubts.ts";
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
  /** Edges whose rows may be incomplete. */
  readonly doubts?: Doubts;
}

/** A node that was met. */
export interface MetNode {
  /** Its number. */
  readonly node: number;
  /** The number of its space. */
  readonly space: number;
  /** Where in it. */
  readonly point: readonly number[];
}

const NOWHERE: MetNode = { node: -1, space: -1, point: [] };

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
   * Meets an edge, if it is directed and takes part: for what looks at all edges, each once.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @param bytes The edge
   */
  meetDirected(high: number, low: number, bytes: Uint8Array): void {
    const cursor = this.#cursor;
    cursor.takeEdge(bytes);
    if (!cursor.directed || !this.takesPart(cursor)) return;
    this.know(this.edges.append(high, low), cursor);
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
   * @param here A node that is probably among them
   */
  know(edge: number, cursor: EdgeCursor, here: MetNode = NOWHERE): void {
    const { spaces, sides, starts, coordinates, count } = cursor;
    this.edges.beginEndpoints(edge);
    for (let i = 0; i < count; i++) {
      const from = starts[i];
      const dims = starts[i + 1] - from;
      const node = spaces[i] === here.space && isAt(here.point, coordinates, from, dims)
        ? here.node
        : this.nodes.add(spaces[i], coordinates, from, dims);
      this.edges.addEndpoint(edge, node, sides[i]);
    }
  }
}

function isAt(
  point: readonly number[],
  coordinates: Float64Array,
  from: number,
  dims: number,
): boolean {
  for (let axis = 0; axis < dims; axis++) {
    if (coordinates[from + axis] !== point[axis]) return false;
  }
  return dims === point.length;
}
