/**
 * Breadth first over hyperedges: one endpoint on the near side is enough to cross.
 *
 * An edge is crossed once from each side, by the first node that gets there. That is enough: levels
 * only rise, so whatever a later crossing from that side could reach has been reached, no later. So an
 * edge of 10,000 endpoints costs 10,000 steps, not their square.
 *
 * @module
 */

import { HEAD, NEUTRAL, type Side, TAIL } from "./hyperedge.ts";
import type { HyperSource } from "./hyper_source.ts";
import { nodeOf, sideOf } from "./hyper_source.ts";
import { NumberList } from "./number_list.ts";
import { type Reached, ReachedNodes } from "./reached_nodes.ts";
import type { TraversalDirection } from "./traversal.ts";

/** From which sides edges are crossed. */
const NEAR_SIDES: Record<TraversalDirection, readonly Side[]> = {
  forward: [TAIL],
  backward: [HEAD],
  both: [TAIL, HEAD, NEUTRAL],
};

/** Where an edge leads that is crossed from `TAIL`, `HEAD`, `NEUTRAL`. */
const FAR_SIDES: readonly Side[] = [HEAD, TAIL, NEUTRAL];

/**
 * Traverses breadth first.
 *
 * @param source What to walk over
 * @param starts The numbers of the nodes to start from
 * @param direction Which way edges are crossed
 * @param depth The highest level
 * @returns Every node within `depth`, co-causes, and every edge that was crossed
 */
export function reachability(
  source: HyperSource,
  starts: Iterable<number>,
  direction: TraversalDirection,
  depth: number,
): Reached {
  const nodes = new ReachedNodes();
  const edges = new CrossedEdges();
  nodes.reserve(source.nodeCount);
  for (const node of starts) nodes.start(node);
  const { queue } = nodes;
  let level = -1;
  let levelEnd = 0;
  for (let next = 0; next < queue.length; next++) {
    if (next === levelEnd) {
      if (++level >= depth) break; // So are all behind it.
      levelEnd = queue.length;
      source.arrange?.(queue.items.subarray(next, levelEnd));
    }
    const node = queue.items[next];
    for (const side of NEAR_SIDES[direction]) expand(source, node, side, level, nodes, edges);
  }
  return nodes.toReached(edges.list);
}

/** Crosses the edges of which a node is on the near side. */
function expand(
  source: HyperSource,
  node: number,
  near: Side,
  level: number,
  nodes: ReachedNodes,
  edges: CrossedEdges,
): void {
  const far = FAR_SIDES[near];
  const { items, from, to } = source.edgesAt(node, near);
  edges.reserve(source.edgeCount);
  for (let i = from; i < to; i++) {
    const edge = items[i];
    if (!edges.cross(edge, near)) continue;
    const { items: endpoints, from: first, to: end } = source.endpointsOf(edge);
    nodes.reserve(source.nodeCount);
    for (let j = first; j < end; j++) {
      const packed = endpoints[j];
      const side = sideOf(packed);
      if (side === far) nodes.expand(nodeOf(packed), level + 1);
      else if (side === near) nodes.coCause(nodeOf(packed), level);
    }
  }
}

/** The edges that were crossed, and from which sides. */
class CrossedEdges {
  /** Each once, in the order in which they were first crossed. */
  readonly list = new NumberList();
  /** Of each edge a bit for each side. */
  #sides = new Uint8Array(64);

  /** Makes room for as many edges as the source has met. */
  reserve(edgeCount: number): void {
    if (edgeCount <= this.#sides.length) return;
    const sides = new Uint8Array(Math.max(edgeCount, this.#sides.length * 2));
    sides.set(this.#sides);
    this.#sides = sides;
  }

  /** @returns Whether the edge had not been crossed from this side */
  cross(edge: number, side: Side): boolean {
    const crossed = this.#sides[edge];
    const bit = 1 << side;
    if ((crossed & bit) !== 0) return false;
    if (crossed === 0) this.list.push(edge);
    this.#sides[edge] = crossed | bit;
    return true;
  }
}
