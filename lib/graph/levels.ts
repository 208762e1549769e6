/**
 * In which order things have to be worked out where each depends on others.
 *
 * @module
 */

import { findCycle } from "./acyclic.ts";
import type { EdgeSource } from "./hyper_source.ts";
import { sortNodes } from "./topology.ts";

/** The level of every node, or why there is none. */
export type TopologicalLevels =
  | {
    /** Every node that is a tail or a head has a level. */
    kind: "levels";
    /** These nodes, by rising level. */
    nodes: Uint32Array;
    /** The level of each of `nodes`: 0 where no edge leads, else 1 + the highest of all tails before it. */
    levels: Uint32Array;
  }
  | {
    /** There is a cycle. */
    kind: "cycle";
    /** The edges of one: a head of each is a tail of the next, of the last one of the first. */
    edges: number[];
  };

/**
 * The levels of nodes over directed edges: all nodes of a level depend on lower ones only, so each level
 * can be worked out at once.
 *
 * @param source All of its edges count: it knows the kinds
 */
export function topologicalLevels(source: EdgeSource): TopologicalLevels {
  const topology = sortNodes(source);
  if (!topology.complete) return { kind: "cycle", edges: findCycle(source, topology) };
  const { order, levels } = topology;
  const nodes = order.toArray();
  return { kind: "levels", nodes, levels: nodes.map((node) => levels[node]) };
}
