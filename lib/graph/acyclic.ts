/**
 * Whether edges ever lead back to where they came from.
 *
 * @module
 */

import { invariant } from "../invariant.ts";
import { type EdgeSource, nodeOf, sideOf } from "./hyper_source.ts";
import { HEAD, TAIL } from "./hyperedge.ts";
import { adjacencyOf, sortNodes, type Topology } from "./topology.ts";

/**
 * Whether no way over directed edges, from a tail to a head, leads back to where it began. One edge with
 * a tail and a head at one point is such a way.
 *
 * @param source All of its edges count: it knows the kinds
 */
export function isAcyclic(source: EdgeSource): boolean {
  return sortNodes(source).complete;
}

/**
 * Finds a cycle.
 *
 * @param source Where
 * @param topology What `sortNodes` made of it; not complete
 * @returns The edges of one cycle, each once: a head of each is a tail of the next, of the last one of
 * the first
 */
export function findCycle(source: EdgeSource, topology: Topology): number[] {
  // Walks backwards. A node that was not sorted has an edge to it that waits for a tail, which was not
  // sorted either: the walk has no end, so it comes to an edge or a node a second time.
  const { edgesLeft, tailsLeft } = topology;
  const into = adjacencyOf(source, HEAD);
  const edges: number[] = [];
  const placeOfNode = new Map<number, number>();
  const placeOfEdge = new Map<number, number>();
  let node = edgesLeft.findIndex((left) => left > 0);
  invariant(node >= 0, "nodes are left where sorting was not complete");
  for (;;) {
    const seen = placeOfNode.get(node);
    if (seen !== undefined) return edges.slice(seen).reverse();
    placeOfNode.set(node, edges.length);
    let at = into.starts[node];
    while (tailsLeft[into.edges[at]] === 0) at++;
    const edge = into.edges[at];
    const crossed = placeOfEdge.get(edge);
    if (crossed !== undefined) return edges.slice(crossed).reverse();
    placeOfEdge.set(edge, edges.length);
    edges.push(edge);
    node = tailLeft(source, edge, edgesLeft);
  }
}

/** A tail of an edge that was not sorted; there is one. */
function tailLeft(source: EdgeSource, edge: number, edgesLeft: Uint32Array): number {
  const { items, from } = source.endpointsOf(edge);
  let at = from;
  while (sideOf(items[at]) !== TAIL || edgesLeft[nodeOf(items[at])] === 0) at++;
  return nodeOf(items[at]);
}
