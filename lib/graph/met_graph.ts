/**
 * The part of a graph that was met so far: its points and edges as numbers.
 *
 * @module
 */

import type { Doubts } from "./doubts.ts";
import { EdgeCursor } from "./edge_cursor.ts";
import { EdgeTable } from "./edge_table.ts";
import type { EdgeSource, Slice } from "./hyper_source.ts";
import { hashOf, NodeTable } from "./node_table.ts";

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
  readonly #expected = new EndpointColumns();
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

/** Endpoints, one after the other, in columns that are used again. */
class EndpointColumns {
  /** How many. */
  count = 0;
  /** Of which edge each is. */
  edges = new Int32Array(64);
  /** Which node each is, or that of `NOWHERE`. */
  nodes = new Int32Array(64);
  /** The number of the space of each. */
  spaces = new Float64Array(64);
  /** The side of each. */
  sides = new Uint8Array(64);
  /** Where the coordinates of each begin, and behind the last where they end. */
  starts = new Uint32Array(65);
  coordinates = new Float64Array(256);
  /** The hash of each whose node is looked for. */
  hashes = new Uint32Array(64);

  /** Takes those of an edge. */
  add(edge: number, cursor: EdgeCursor, here: MetNode): void {
    this.#reserve(this.count + cursor.count);
    const own = this.starts[this.count];
    const added = cursor.starts[cursor.count];
    this.#reserveCoordinates(own + added);
    for (let i = 0; i < added; i++) this.coordinates[own + i] = cursor.coordinates[i];
    for (let i = 0; i < cursor.count; i++) {
      const at = this.count++;
      const space = cursor.spaces[i];
      const from = cursor.starts[i];
      const dims = cursor.starts[i + 1] - from;
      const isHere = space === here.space && isAt(here.point, cursor.coordinates, from, dims);
      this.edges[at] = edge;
      this.nodes[at] = isHere ? here.node : NOWHERE.node;
      this.spaces[at] = space;
      this.sides[at] = cursor.sides[i];
      this.starts[at + 1] = own + from + dims;
      this.hashes[at] = isHere ? 0 : hashOf(space, cursor.coordinates, from, dims);
    }
  }

  #reserve(count: number): void {
    if (count <= this.sides.length) return;
    const room = Math.max(count, 2 * this.sides.length);
    this.edges = enlarged(this.edges, new Int32Array(room));
    this.nodes = enlarged(this.nodes, new Int32Array(room));
    this.spaces = enlarged(this.spaces, new Float64Array(room));
    this.sides = enlarged(this.sides, new Uint8Array(room));
    this.starts = enlarged(this.starts, new Uint32Array(room + 1));
    this.hashes = enlarged(this.hashes, new Uint32Array(room));
  }

  #reserveCoordinates(count: number): void {
    if (count <= this.coordinates.length) return;
    const room = Math.max(count, 2 * this.coordinates.length);
    this.coordinates = enlarged(this.coordinates, new Float64Array(room));
  }
}

function enlarged<T extends { set(from: T): void }>(from: T, into: T): T {
  into.set(from);
  return into;
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
