/**
 * A hypergraph in graphology: in memory, gone at exit. Points and edges both are nodes, an edge has a
 * neighbour before it and two behind; nodes have no attributes.
 *
 * Keys of nodes are texts that are no numbers, which is as fast as numbers are, or faster. Breadth first
 * goes from point to point: each edge has one cause, so it is met once and nobody has to remember it.
 * Arrays of neighbours are 1.1 to 1.8 x as fast as `forEachOutNeighbor` on Deno, and as often faster as
 * slower on Bun.
 *
 * @module
 */

import { DirectedGraph } from "graphology";
import { ENDPOINTS, type GraphColumns } from "../support/random_graph.ts";

/**
 * Builds the graph of one region. All regions together take 2 GB and more.
 *
 * @param columns Whose
 * @param region Its number
 */
export function buildGraphology(columns: GraphColumns, region: number): DirectedGraph {
  const { regionStarts, pointCount, edgeCount, endpoints } = columns;
  const from = regionStarts[region];
  const to = regionStarts[region + 1] ?? pointCount;
  const graph = new DirectedGraph();
  for (let point = from; point < to; point++) graph.addNode(keyOfPoint(point));
  for (let edge = 0; edge < edgeCount; edge++) {
    const at = edge * ENDPOINTS;
    if (endpoints[at] < from || endpoints[at] >= to) continue;
    const key = `e${edge}`;
    graph.addNode(key);
    graph.addDirectedEdge(keyOfPoint(endpoints[at]), key);
    for (let i = at + 1; i < at + ENDPOINTS; i++) {
      graph.addDirectedEdge(key, keyOfPoint(endpoints[i]));
    }
  }
  return graph;
}

/**
 * Everything behind a point.
 *
 * @param graph In which
 * @param start The number of the point
 * @returns The level of every point, by its key
 */
export function reachInGraphology(graph: DirectedGraph, start: number): Map<string, number> {
  const queue = [keyOfPoint(start)];
  const levels = new Map<string, number>([[queue[0], 0]]);
  for (let next = 0; next < queue.length; next++) {
    const level = levels.get(queue[next])! + 1;
    for (const edge of graph.outNeighbors(queue[next])) {
      for (const point of graph.outNeighbors(edge)) {
        if (levels.has(point)) continue;
        levels.set(point, level);
        queue.push(point);
      }
    }
  }
  return levels;
}

/**
 * The key of a point.
 *
 * @param point Its number
 */
export function keyOfPoint(point: number): string {
  return `p${point}`;
}
