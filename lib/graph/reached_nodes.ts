/**
 * What a traversal knows about the nodes it met, and the order in which it expands them.
 *
 * @module
 */

import { grown, NumberList } from "./number_list.ts";

/** The numbers of "start", "expanded" and "co-cause"; 0 is a node that was not met. */
export const ARRIVAL_START = 1;
/** The number of "expanded". */
export const ARRIVAL_EXPANDED = 2;
/** The number of "co-cause". */
export const ARRIVAL_CO_CAUSE = 3;

/** What a traversal reached, as numbers of its source. */
export interface Reached {
  /** Each node once, by rising level; at one level co-causes come last. */
  nodes: Uint32Array;
  /** The level of each of `nodes`. */
  levels: Uint32Array;
  /** The arrival of each of `nodes`, as a number. */
  arrivals: Uint8Array;
  /** Each edge that was crossed, once, in the order in which they were. */
  edges: Uint32Array;
}

/** Nodes are added by rising level, so the queue and the co-causes are each in the order of levels. */
export class ReachedNodes {
  /** Starts and expanded nodes, each once, in the order in which they were reached. */
  readonly queue: NumberList = new NumberList();
  /** Of each node how it was reached; 0 when it was not met. */
  #arrivals = new Uint8Array(64);
  #levels: Uint32Array = new Uint32Array(64);
  /** Nodes that were co-causes when first met; some were expanded later. */
  readonly #coCauses = new NumberList();

  /**
   * Makes room.
   *
   * @param nodeCount How many nodes the source has met
   */
  reserve(nodeCount: number): void {
    if (nodeCount <= this.#arrivals.length) return;
    this.#levels = grown(this.#levels, nodeCount);
    const arrivals = new Uint8Array(this.#levels.length);
    arrivals.set(this.#arrivals);
    this.#arrivals = arrivals;
  }

  /** Each a start, unless it is one. Room must be there. */
  start(node: number): void {
    if (this.#arrivals[node] !== 0) return;
    this.#arrivals[node] = ARRIVAL_START;
    this.queue.push(node);
  }

  /** Reaches a node, unless it is a start or was reached. Room must be there. */
  expand(node: number, level: number): void {
    const arrival = this.#arrivals[node];
    if (arrival !== 0 && arrival !== ARRIVAL_CO_CAUSE) return;
    this.#arrivals[node] = ARRIVAL_EXPANDED;
    this.#levels[node] = level;
    this.queue.push(node);
  }

  /** Meets a node on the near side of an edge, unless it was met. Room must be there. */
  coCause(node: number, level: number): void {
    if (this.#arrivals[node] !== 0) return;
    this.#arrivals[node] = ARRIVAL_CO_CAUSE;
    this.#levels[node] = level;
    this.#coCauses.push(node);
  }

  /** The level of a node that was met. */
  levelOf(node: number): number {
    return this.#levels[node];
  }

  /**
   * Everything, merged by level.
   *
   * @param edges The edges that were crossed
   */
  toReached(edges: NumberList): Reached {
    const { queue } = this;
    const nodes = new NumberList();
    let next = 0;
    for (let i = 0; i < this.#coCauses.length; i++) {
      const node = this.#coCauses.items[i];
      if (this.#arrivals[node] !== ARRIVAL_CO_CAUSE) continue;
      while (next < queue.length && this.#levels[queue.items[next]] <= this.#levels[node]) {
        nodes.push(queue.items[next++]);
      }
      nodes.push(node);
    }
    while (next < queue.length) nodes.push(queue.items[next++]);
    const reached = nodes.toArray();
    return {
      nodes: reached,
      levels: reached.map((node) => this.#levels[node]),
      arrivals: Uint8Array.from(reached, (node) => this.#arrivals[node]),
      edges: edges.toArray(),
    };
  }
}
