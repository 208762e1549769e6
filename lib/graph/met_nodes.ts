/**
 * The nodes that a traversal met: found by their points, or by the numbers that their points have among
 * those that were read before.
 *
 * @module
 */

import type { Adjacency } from "./adjacency.ts";
import type { Side } from "./hyperedge.ts";
import { NodeTable } from "./node_table.ts";
import { grown } from "./number_list.ts";

/** Nodes, numbered as they are met. */
export class MetNodes {
  readonly #table = new NodeTable();
  readonly #adjacency: Adjacency | undefined;
  /** Of each node its number in the adjacency, plus one; 0 where it has none, or was not looked for. */
  #known: Uint32Array = new Uint32Array(64);
  readonly #looked = new Uint32Array(64);
  /** Of how many nodes that is known; they are marked there. */
  #knownCount = 0;

  /** @param adjacency What was read of the graph before */
  constructor(adjacency?: Adjacency) {
    this.#adjacency = adjacency;
    adjacency?.beginTraversal();
  }

  /** How many. */
  get count(): number {
    return this.#table.count;
  }

  /**
   * The number of a point, which is met by this; the parameters are those of `NodeTable.add`.
   *
   * @param space The number of its space
   * @param coordinates Hold the point's
   * @param from The index of its first coordinate
   * @param dims How many it has
   */
  add(space: number, coordinates: ArrayLike<number>, from: number, dims: number): number {
    return this.#table.add(space, coordinates, from, dims);
  }

  /** The same for who knows the hash. */
  addHashed(
    hash: number,
    space: number,
    coordinates: ArrayLike<number>,
    from: number,
    dims: number,
  ): number {
    return this.#table.addHashed(hash, space, coordinates, from, dims);
  }

  /** See `NodeTable.fetch`. */
  fetch(hashes: Uint32Array, count: number): void {
    this.#table.fetch(hashes, count);
  }

  /**
   * The number of a point of the adjacency, which is met by this.
   *
   * @param known Its number there
   */
  addKnown(known: number): number {
    const adjacency = this.#adjacency!;
    const marked = adjacency.markOf(known);
    if (marked >= 0) return marked;
    const { nodes } = adjacency;
    // Others may have met it by its point.
    const isNew = this.#knownCount === this.#table.count;
    const node = isNew ? this.#table.appendFrom(nodes, known) : this.#table.addFrom(nodes, known);
    this.#keep(node, known);
    return node;
  }

  /**
   * The number of a node in the adjacency.
   *
   * @param node One that was met
   * @returns -1 if it has none
   */
  knownAs(node: number): number {
    const known = this.#known[node];
    if (known > 0) return known - 1;
    const point = this.pointOf(node);
    const found = this.#adjacency!.nodes.find(this.spaceOf(node), point, 0, point.length);
    if (found < 0) return found;
    this.#keep(node, found);
    return found;
  }

  /** The number of a node's space. */
  spaceOf(node: number): number {
    return this.#table.spaceOf(node);
  }

  /** The point of a node, as an array of its own. */
  pointOf(node: number): number[] {
    return this.#table.pointOf(node);
  }

  /**
   * Looks at the edges of nodes in the adjacency, which takes little longer than to look at those of one.
   *
   * @param nodes Holds the nodes
   * @param from The first
   * @param to Behind the last
   * @param side On which side of the edges they are
   */
  fetchLinks(nodes: Uint32Array, from: number, to: number, side: Side): void {
    const looked = this.#looked;
    const known = this.#known;
    const count = Math.min(to - from, looked.length);
    for (let i = 0; i < count; i++) looked[i] = known[nodes[from + i]];
    this.#adjacency!.fetchLinks(looked, count, side);
  }

  #keep(node: number, known: number): void {
    if (node >= this.#known.length) this.#known = grown(this.#known, node + 1);
    this.#known[node] = known + 1;
    this.#knownCount++;
    this.#adjacency!.mark(known, node);
  }
}
