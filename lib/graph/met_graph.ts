/**
 * The part of a graph that was met so far: its points and edges as numbers.
 *
 * @module
 */

import type { Adjacency } from "./adjacency.ts";
import type { EdgeCondition } from "./edge_condition.ts";
import { EdgeCursor } from "./edge_cursor.ts";
import { EdgeTable } from "./edge_table.ts";
import { EndpointColumns, type MetNode, NOWHERE } from "./endpoint_columns.ts";
import type { EdgeSource, Slice } from "./hyper_source.ts";
import { MetNodes } from "./met_nodes.ts";

/** Edges with their endpoints, by number. */
export class MetGraph implements EdgeSource {
  /** The points. */
  readonly nodes: MetNodes;
  /** The edges. */
  readonly edges: EdgeTable = new EdgeTable();
  readonly #cursor = new EdgeCursor();
  readonly #expected = new EndpointColumns();
  readonly #condition: EdgeCondition;

  /**
   * Begins with nothing met.
   *
   * @param condition Which edges take part
   * @param known What was read of the graph before
   */
  constructor(condition: EdgeCondition, known?: Adjacency) {
    this.#condition = condition;
    this.nodes = new MetNodes(known);
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
    this.expect(this.edges.append(high, low), cursor);
    this.meetExpected();
  }

  /** Whether an edge that was just taken takes part. */
  takesPart(cursor: EdgeCursor): boolean {
    const { kinds } = this.#condition;
    return (kinds === undefined || kinds.has(cursor.kind)) && !cursor.isPast(this.#condition);
  }

  /**
   * Learns the endpoints of an edge; their nodes are met by the next `meetExpected`.
   *
   * @param edge The number of one whose endpoints are not known
   * @param cursor Has just taken it
   * @param here A node that is probably among them
   */
  expect(edge: number, cursor: EdgeCursor, here: MetNode = NOWHERE): void {
    this.#expected.add(edge, cursor, here);
  }

  /** Meets the nodes of all edges that were expected: together, which takes less than one by one. */
  meetExpected(): void {
    const { count, edges, nodes, spaces, sides, starts, coordinates, hashes } = this.#expected;
    this.nodes.fetch(hashes, count);
    let last = -1;
    for (let i = 0; i < count; i++) {
      if (edges[i] !== last) this.edges.beginEndpoints(last = edges[i]);
      const from = starts[i];
      const node = nodes[i] !== NOWHERE.node
        ? nodes[i]
        : this.nodes.addHashed(hashes[i], spaces[i], coordinates, from, starts[i + 1] - from);
      this.edges.addEndpoint(last, node, sides[i]);
    }
    this.#expected.count = 0;
  }
}
