/**
 * What a traversal walks over: nodes and edges as numbers, met as they are reached.
 *
 * A node is a point of a space; an edge is a hyperedge. Both are numbered 0, 1, 2 ... in the order in
 * which they are first met, so that what a traversal knows about them lies in flat arrays as large as
 * what it reached. Who makes the source decides which edges there are: those of some kinds, live at some
 * ceiling, and not past.
 *
 * @module
 */

import type { Side } from "./hyperedge.ts";

/** Numbers from `from` up to `to`, `to` left out; of somebody else, and only to be read. */
export interface Slice {
  /** Holds the numbers. */
  readonly items: Uint32Array;
  /** The index of the first. */
  readonly from: number;
  /** The index behind the last. */
  readonly to: number;
}

/** Edges by their numbers. */
export interface EdgeSource {
  /** How many nodes were met. */
  readonly nodeCount: number;
  /** How many edges were met. */
  readonly edgeCount: number;
  /**
   * The endpoints of an edge that was met, in any order; meets their nodes.
   *
   * @param edge Its number
   * @returns Made by `packEndpoint`; stays until the next call of this method
   */
  endpointsOf(edge: number): Slice;
}

/** Edges by the nodes around which they are. */
export interface HyperSource extends EdgeSource {
  /**
   * The edges that have a node on a side; meets them. Each once, whatever its roles there.
   *
   * @param node Its number
   * @param side `TAIL` and `HEAD`: of directed edges; `NEUTRAL`: of undirected edges only
   * @returns Their numbers; stays until the next call of this method, whatever the other is asked
   */
  edgesAt(node: number, side: Side): Slice;
  /**
   * Puts nodes into the order in which their edges are soonest found, where there is one.
   *
   * @param nodes Their numbers; sorted in place
   */
  arrange?(nodes: Uint32Array): void;
}

/** Endpoints are packed into a u32, which leaves 30 bits for the node. */
export const NODES_MAX = 2 ** 30;

const SIDE_BITS = 2;
const SIDE_MASK = 3;

/**
 * An endpoint as one number.
 *
 * @param node The number of the node, below `NODES_MAX`
 * @param side On which side of the edge it is
 */
export function packEndpoint(node: number, side: number): number {
  return (node << SIDE_BITS | side) >>> 0;
}

/** The node of a packed endpoint. */
export function nodeOf(packed: number): number {
  return packed >>> SIDE_BITS;
}

/** The side of a packed endpoint. */
export function sideOf(packed: number): number {
  return packed & SIDE_MASK;
}
