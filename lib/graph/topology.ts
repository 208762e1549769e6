/**
 * Nodes in an order in which every edge leads from earlier to later ones (Kahn, "Topological sorting of
 * large networks", 1962), as far as there is one.
 *
 * An edge counts as a node of its own between its tails and its heads: tail-to-head pairs would be as
 * many as tails times heads. Neutral endpoints and undirected edges take no part.
 *
 * Nodes leave the queue by rising level: one enters it when the last of all tails before it leaves, which
 * is the highest of them, so its level is one more than that.
 *
 * @module
 */

import { HEAD, type Side, TAIL } from "./hyperedge.ts";
import { type EdgeSource, nodeOf, sideOf } from "./hyper_source.ts";
import { NumberList } from "./number_list.ts";

/** The edges at which each node is on one side. */
export interface Adjacency {
  /** Where the edges of each node begin, and behind the last where they end. */
  starts: Uint32Array;
  /** The edges of all nodes; each once at a node. */
  edges: Uint32Array;
}

/** What was sorted. */
export interface Topology {
  /** The nodes in order, by rising level; what is on a cycle, or comes after one, is missing. */
  order: NumberList;
  /** Of each node the most edges in a row that lead to it, where it is in `order`. */
  levels: Uint32Array;
  /** Of each node how many edges that lead to it wait for a tail: 0 where it is in `order`. */
  edgesLeft: Uint32Array;
  /** Of each edge how many tails of it are not in `order`. */
  tailsLeft: Uint32Array;
  /** Whether every node that is a tail or head is in `order`. */
  complete: boolean;
}

/**
 * Sorts the nodes that are a tail or a head.
 *
 * @param source All of its edges are looked at
 */
export function sortNodes(source: EdgeSource): Topology {
  const out = adjacencyOf(source, TAIL);
  const { nodeCount, edgeCount } = source;
  const tailsLeft = new Uint32Array(edgeCount);
  for (const edge of out.edges) tailsLeft[edge]++;
  const into = adjacencyOf(source, HEAD).starts;
  const edgesLeft = new Uint32Array(nodeCount);
  const order = new NumberList();
  let wanted = 0;
  for (let node = 0; node < nodeCount; node++) {
    edgesLeft[node] = into[node + 1] - into[node];
    const isTail = out.starts[node + 1] > out.starts[node];
    if (isTail || edgesLeft[node] > 0) wanted++;
    if (isTail && edgesLeft[node] === 0) order.push(node);
  }
  const levels = new Uint32Array(nodeCount);
  const countedFor = new Uint32Array(nodeCount);
  for (let next = 0; next < order.length; next++) {
    const node = order.items[next];
    for (let i = out.starts[node]; i < out.starts[node + 1]; i++) {
      const edge = out.edges[i];
      if (--tailsLeft[edge] > 0) continue;
      const { items, from, to } = source.endpointsOf(edge);
      for (let j = from; j < to; j++) {
        const head = nodeOf(items[j]);
        if (sideOf(items[j]) !== HEAD || countedFor[head] === edge + 1) continue;
        countedFor[head] = edge + 1;
        if (--edgesLeft[head] > 0) continue;
        levels[head] = levels[node] + 1;
        order.push(head);
      }
    }
  }
  return { order, levels, edgesLeft, tailsLeft, complete: order.length === wanted };
}

/**
 * The edges at which each node is on one side.
 *
 * @param source All of its edges are looked at
 * @param side Which
 */
export function adjacencyOf(source: EdgeSource, side: Side): Adjacency {
  const { nodeCount, edgeCount } = source;
  const starts = new Uint32Array(nodeCount + 1);
  const countedFor = new Uint32Array(nodeCount);
  forEachOnce(source, edgeCount, side, countedFor, (node) => starts[node + 1]++);
  for (let node = 0; node < nodeCount; node++) starts[node + 1] += starts[node];
  const edges = new Uint32Array(starts[nodeCount]);
  const ends = starts.slice(0, nodeCount);
  countedFor.fill(0);
  forEachOnce(source, edgeCount, side, countedFor, (node, edge) => edges[ends[node]++] = edge);
  return { starts, edges };
}

/** Each node on a side of each edge: one that is there in two roles once. */
function forEachOnce(
  source: EdgeSource,
  edgeCount: number,
  side: Side,
  countedFor: Uint32Array,
  visit: (node: number, edge: number) => void,
): void {
  for (let edge = 0; edge < edgeCount; edge++) {
    const { items, from, to } = source.endpointsOf(edge);
    for (let i = from; i < to; i++) {
      const node = nodeOf(items[i]);
      if (sideOf(items[i]) !== side || countedFor[node] === edge + 1) continue;
      countedFor[node] = edge + 1;
      visit(node, edge);
    }
  }
}
