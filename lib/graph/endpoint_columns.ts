/**
 * Endpoints of several edges, to be looked up together.
 *
 * @module
 */

import type { EdgeCursor } from "./edge_cursor.ts";
import { hashOf } from "./node_table.ts";

/** A node that was met. */
export interface MetNode {
  /** Its number. */
  readonly node: number;
  /** The number of its space. */
  readonly space: number;
  /** Where in it. */
  readonly point: readonly number[];
}

/** No node. */
export const NOWHERE: MetNode = { node: -1, space: -1, point: [] };

/** Endpoints, one after the other, in columns that are used again. */
export class EndpointColumns {
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
