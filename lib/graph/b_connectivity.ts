/**
 * Forward over hyperedges of which every tail was reached (Gallo, Longo, Pallottino and Nguyen,
 * "Directed hypergraphs and applications", 1993, B-visit): a slab stands if all its columns do.
 *
 * Nodes leave the queue by rising level, and an edge is crossed when the last of its tails leaves it: the
 * highest of them. So its heads get 1 + the highest level of its tails, edges are crossed by rising
 * level, and the first to reach a head gives it the lowest level: in whatever order the source has them.
 *
 * @module
 */

import { HEAD, type Side, TAIL } from "./hyperedge.ts";
import { type HyperSource, nodeOf, sideOf, type Slice } from "./hyper_source.ts";
import { grown, NumberList } from "./number_list.ts";
import { type Reached, ReachedNodes } from "./reached_nodes.ts";

/**
 * Traverses edges of which every node on the near side was reached.
 *
 * @param source What to walk over
 * @param starts The numbers of the nodes to start from
 * @param backward Whether tails and heads are swapped
 * @param depth The highest level
 * @returns Every node within `depth`, and every edge that was crossed; no co-causes
 */
export function bConnectivity(
  source: HyperSource,
  starts: Iterable<number>,
  backward: boolean,
  depth: number,
): Reached {
  const near: Side = backward ? HEAD : TAIL;
  const far: Side = backward ? TAIL : HEAD;
  const nodes = new ReachedNodes();
  const waiting = new WaitingEdges();
  const crossed = new NumberList();
  nodes.reserve(source.nodeCount);
  for (const node of starts) nodes.start(node);
  const { queue } = nodes;
  let levelEnd = 0;
  for (let next = 0; next < queue.length; next++) {
    const level = nodes.levelOf(queue.items[next]);
    if (level >= depth) break; // So are all behind it.
    if (next === levelEnd) {
      levelEnd = queue.length;
      source.arrange?.(queue.items.subarray(next, levelEnd));
    }
    const node = queue.items[next];
    const { items, from, to } = source.edgesAt(node, near);
    waiting.reserve(source.edgeCount);
    for (let i = from; i < to; i++) {
      const edge = items[i];
      if (!waiting.isKnown(edge)) waiting.know(edge, near, source);
      if (!waiting.arrive(edge)) continue;
      crossed.push(edge);
      const { items: endpoints, from: first, to: end } = source.endpointsOf(edge);
      nodes.reserve(source.nodeCount);
      for (let j = first; j < end; j++) {
        if (sideOf(endpoints[j]) === far) nodes.expand(nodeOf(endpoints[j]), level + 1);
      }
    }
  }
  return nodes.toReached(crossed);
}

/** How many nodes each edge still waits for. */
class WaitingEdges {
  /** Of each edge that many; 0 while it is not known. */
  #left: Uint32Array = new Uint32Array(64);
  /** Of each node the last edge it was counted for, plus one. */
  #countedFor: Uint32Array = new Uint32Array(64);

  /** Makes room for as many edges as the source has met. */
  reserve(edgeCount: number): void {
    if (edgeCount > this.#left.length) this.#left = grown(this.#left, edgeCount);
  }

  isKnown(edge: number): boolean {
    return this.#left[edge] !== 0;
  }

  /** Counts the nodes on the near side of an edge: one that is there in two roles is one. */
  know(edge: number, near: Side, source: HyperSource): void {
    const { items, from, to }: Slice = source.endpointsOf(edge);
    if (source.nodeCount > this.#countedFor.length) {
      this.#countedFor = grown(this.#countedFor, source.nodeCount);
    }
    const countedFor = this.#countedFor;
    let count = 0;
    for (let i = from; i < to; i++) {
      const node = nodeOf(items[i]);
      if (sideOf(items[i]) !== near || countedFor[node] === edge + 1) continue;
      countedFor[node] = edge + 1;
      count++;
    }
    this.#left[edge] = count;
  }

  /**
   * A node on the near side was reached. The source gives each node an edge once, so this is called at
   * most as often as there are nodes, and never again for one that waits for none.
   *
   * @returns Whether it was the last
   */
  arrive(edge: number): boolean {
    return --this.#left[edge] === 0;
  }
}
