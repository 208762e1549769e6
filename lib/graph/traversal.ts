/**
 * What can be reached from some points, and over which edges.
 *
 * | mode             | forward                                                              |
 * | ---------------- | -------------------------------------------------------------------- |
 * | `reachability`   | a head is reached when one tail of the edge is; its other tails are co-causes |
 * | `b-connectivity` | a head is reached when all tails of the edge are                     |
 *
 * Backward, tails and heads swap. `both` crosses directed edges either way, and undirected ones.
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";
import type { EndpointAt, Hyperedge } from "../hyperedge.ts";
import { bConnectivity } from "./b_connectivity.ts";
import type { HyperSource } from "./hyper_source.ts";
import { checkKinds } from "./incidence_filter.ts";
import { reachability } from "./reachability.ts";
import type { Reached } from "./reached_nodes.ts";

/** Which way edges are crossed: tail to head, head to tail, or either. */
export type TraversalDirection = "forward" | "backward" | "both";

/** Whether one tail is enough to reach the heads of an edge, or all are needed. */
export type TraversalMode = "reachability" | "b-connectivity";

/** How a node was reached; a co-cause is on the near side of a crossed edge, and was not reached. */
export type Arrival = "start" | "expanded" | "co-cause";

/** What to traverse. */
export interface TraversalSpec {
  /** From where. */
  from: EndpointAt | EndpointAt[];
  /** Which way; "forward" unless given. */
  direction?: TraversalDirection;
  /** When a node counts as reached; "reachability" unless given. */
  mode?: TraversalMode;
  /** The highest level; nodes of that level are reported and not expanded. All, unless given. */
  depth?: number;
  /** The kinds of edges to cross; all, unless given. */
  kinds?: string[];
}

/** A node of a traversal. */
export interface TraversalNode {
  /** The name of the space. */
  space: string;
  /** Where in it. */
  point: number[];
  /** How many edges away: 0 is a start. */
  level: number;
  /** How it was reached. */
  arrival: Arrival;
}

/** What a traversal reached. */
export interface Traversal {
  /** Each node once, the nearest first. */
  nodes: TraversalNode[];
  /**
   * Each edge that was crossed, once, in the order in which they were. More than a thousand are read when
   * they are first asked for, which has to be before what was traversed is closed.
   */
  edges: Hyperedge[];
}

/** What to traverse, checked; its points are still the caller's. */
export interface CheckedTraversal {
  /** From where: none, one or several. */
  from: EndpointAt[];
  /** Which way. */
  direction: TraversalDirection;
  /** When a node counts as reached. */
  mode: TraversalMode;
  /** The highest level, or Infinity. */
  depth: number;
  /** The kinds of edges to cross; undefined: all. */
  kinds: ReadonlySet<string> | undefined;
}

/**
 * Checks what to traverse.
 *
 * @param spec What the caller gave
 * @returns The same with everything said
 * @throws {InvalidArgumentError} If it is outside what is allowed
 */
export function checkTraversalSpec(spec: TraversalSpec): CheckedTraversal {
  if (typeof spec !== "object" || spec === null) {
    throw invalid("A traversal is an object with from", spec);
  }
  const { from, direction = "forward", mode = "reachability", depth = Infinity, kinds } = spec;
  const starts = Array.isArray(from) ? Array.from(from) : [from];
  for (const start of starts) {
    if (typeof start === "object" && start !== null) continue;
    throw invalid("A traversal starts from endpoints: objects with space and point", start);
  }
  if (direction !== "forward" && direction !== "backward" && direction !== "both") {
    throw invalid('The direction of a traversal is "forward", "backward" or "both"', direction);
  }
  if (mode !== "reachability" && mode !== "b-connectivity") {
    throw invalid('The mode of a traversal is "reachability" or "b-connectivity"', mode);
  }
  if (mode === "b-connectivity" && direction === "both") {
    throw invalid('The direction of b-connectivity is "forward" or "backward"', direction);
  }
  if (!(depth === Infinity || (Number.isInteger(depth) && depth >= 0))) {
    throw invalid("The depth of a traversal is an integer of 0 or more, or Infinity", depth);
  }
  return { from: starts, direction, mode, depth, kinds: checkKinds(kinds) };
}

/**
 * Traverses.
 *
 * @param source What to walk over; it knows the kinds
 * @param starts The numbers of the nodes to start from; one may be named twice
 * @param how Which way, how, and how far
 * @returns What was reached
 */
export function traverse(
  source: HyperSource,
  starts: Iterable<number>,
  how: Pick<CheckedTraversal, "direction" | "mode" | "depth">,
): Reached {
  if (how.mode === "reachability") return reachability(source, starts, how.direction, how.depth);
  return bConnectivity(source, starts, how.direction === "backward", how.depth);
}

function invalid(rule: string, found: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${rule}, not ${describe(found)}`, { expected: rule, found });
}
