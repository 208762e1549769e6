/**
 * Hypergraphs in memory, arbitrary ones among them, and what a traversal of them must find: worked out
 * by applying the rules over and over until nothing changes.
 *
 * @module
 */

import fc from "fast-check";
import { EdgeTable } from "../../lib/graph/edge_table.ts";
import {
  type EdgeSource,
  type HyperSource,
  sideOf,
  type Slice,
} from "../../lib/graph/hyper_source.ts";
import { HEAD, NEUTRAL, type Side, TAIL } from "../../lib/graph/hyperedge.ts";
import type { Reached } from "../../lib/graph/reached_nodes.ts";
import { type Adjacency, adjacencyOf } from "../../lib/graph/topology.ts";

/** An endpoint: a node and a side. */
export type End = readonly [node: number, side: Side];

/** A hypergraph of numbered nodes; edges are numbered as they are added. */
export class TestGraph implements HyperSource {
  readonly nodeCount: number;
  readonly #edges = new EdgeTable();
  #adjacencies: (Adjacency | undefined)[] = [];

  /**
   * @param nodeCount How many nodes
   * @param edges The endpoints of each edge
   */
  constructor(nodeCount: number, edges: Iterable<readonly End[]> = []) {
    this.nodeCount = nodeCount;
    for (const edge of edges) this.add(edge);
  }

  get edgeCount(): number {
    return this.#edges.count;
  }

  /** Adds an edge. */
  add(ends: readonly End[]): void {
    const edge = this.#edges.add(0, this.#edges.count);
    this.#edges.beginEndpoints(edge);
    for (const [node, side] of ends) this.#edges.addEndpoint(edge, node, side);
    this.#adjacencies = [];
  }

  edgesAt(node: number, side: Side): Slice {
    const { starts, edges } = this.#adjacencies[side] ??= adjacencyOf(this.#of(side), side);
    return { items: edges, from: starts[node], to: starts[node + 1] };
  }

  endpointsOf(edge: number): Slice {
    return this.#edges.endpointsOf(edge);
  }

  /** Where neutral endpoints are asked for, those of directed edges are left out. */
  #of(side: Side): EdgeSource {
    if (side !== NEUTRAL) return this;
    return {
      nodeCount: this.nodeCount,
      edgeCount: this.edgeCount,
      endpointsOf: (edge) => {
        const ends = this.endpointsOf(edge);
        const directed = ends.items.subarray(ends.from, ends.to).some((end) =>
          sideOf(end) !== NEUTRAL
        );
        return directed ? { items: ends.items, from: 0, to: 0 } : ends;
      },
    };
  }
}

/** Edges over a few nodes, so that they meet: parallel ones, self-loops, nodes in several roles. */
export const anyEdges: fc.Arbitrary<{ nodeCount: number; edges: End[][] }> = fc
  .integer({ min: 1, max: 8 })
  .chain((nodeCount) => {
    const node = fc.nat(nodeCount - 1);
    const end = fc.tuple(node, fc.constantFrom<Side>(TAIL, TAIL, HEAD, HEAD, NEUTRAL));
    const directed = fc.tuple(node, node, fc.array(end, { maxLength: 4 }))
      .map(([tail, head, more]): End[] => [[tail, TAIL], [head, HEAD], ...more]);
    const undirected = fc.array(node, { minLength: 2, maxLength: 4 })
      .map((nodes) => nodes.map((each): End => [each, NEUTRAL]));
    const edge = fc.oneof({ weight: 4, arbitrary: directed }, undirected);
    return fc.record({
      nodeCount: fc.constant(nodeCount),
      edges: fc.array(edge, { maxLength: 12 }),
    });
  });

/** Whether an edge is directed. */
export function isDirected(edge: readonly End[]): boolean {
  return edge.some(([, side]) => side !== NEUTRAL);
}

/** The nodes on a side of an edge. */
export function nodesOn(edge: readonly End[], side: Side): number[] {
  return edge.filter((end) => end[1] === side).map(([node]) => node);
}

/** What a traversal found, in a form that does not depend on the order of nodes of a level. */
export interface Found {
  nodes: Map<number, string>;
  edges: number[];
}

/** What a traversal found, for comparison. */
export function foundIn({ nodes, levels, arrivals, edges }: Reached): Found {
  const names = ["", "start", "expanded", "co-cause"];
  const found = new Map<number, string>();
  nodes.forEach((node, i) => found.set(node, `${levels[i]} ${names[arrivals[i]]}`));
  return { nodes: sorted(found), edges: [...edges].sort((a, b) => a - b) };
}

/** The ways over an edge: from each of the near nodes to all of the far ones. */
function waysOver(edge: readonly End[], direction: string): { near: number[]; far: number[] }[] {
  const [tails, heads] = [nodesOn(edge, TAIL), nodesOn(edge, HEAD)];
  if (!isDirected(edge)) {
    return direction === "both" ? [{ near: nodesOn(edge, NEUTRAL), far: [] }] : [];
  }
  const forward = { near: tails, far: heads };
  const backward = { near: heads, far: tails };
  if (direction === "both") return [forward, backward];
  return [direction === "forward" ? forward : backward];
}

/** Reachability, by relaxing every edge until nothing changes. */
export function naiveReachability(
  edges: readonly (readonly End[])[],
  starts: readonly number[],
  direction: string,
  depth: number,
): Found {
  const levels = new Map(starts.map((node) => [node, 0]));
  const levelOf = (node: number): number => levels.get(node) ?? Infinity;
  for (let changed = true; changed;) {
    changed = false;
    for (const edge of edges) {
      for (const { near, far } of waysOver(edge, direction)) {
        const level = 1 + Math.min(...near.map(levelOf));
        if (level > depth) continue;
        for (const node of isDirected(edge) ? far : near) {
          if (level >= levelOf(node)) continue;
          levels.set(node, level);
          changed = true;
        }
      }
    }
  }
  const nodes = new Map<number, string>();
  const coCauses = new Map<number, number>();
  const crossed: number[] = [];
  edges.forEach((edge, i) => {
    const ways = waysOver(edge, direction)
      .map((way) => ({ ...way, level: Math.min(...way.near.map(levelOf)) }))
      .filter(({ level }) => level < depth);
    if (ways.length > 0) crossed.push(i);
    for (const { near, level } of ways) {
      for (const node of near) {
        if (level < (coCauses.get(node) ?? Infinity)) coCauses.set(node, level);
      }
    }
  });
  for (const [node, level] of coCauses) nodes.set(node, `${level} co-cause`);
  for (const [node, level] of levels) nodes.set(node, `${level} expanded`);
  for (const node of starts) nodes.set(node, "0 start");
  return { nodes: sorted(nodes), edges: crossed };
}

/** B-connectivity, likewise. */
export function naiveBConnectivity(
  edges: readonly (readonly End[])[],
  starts: readonly number[],
  direction: "forward" | "backward",
  depth: number,
): Found {
  const levels = new Map(starts.map((node) => [node, 0]));
  const levelOf = (node: number): number => levels.get(node) ?? Infinity;
  const levelOver = (edge: readonly End[]): number =>
    Math.max(...waysOver(edge, direction).flatMap(({ near }) => near).map(levelOf));
  for (let changed = true; changed;) {
    changed = false;
    for (const edge of edges.filter(isDirected)) {
      const level = 1 + levelOver(edge);
      if (level > depth) continue;
      for (const node of waysOver(edge, direction)[0].far) {
        if (level >= levelOf(node)) continue;
        levels.set(node, level);
        changed = true;
      }
    }
  }
  const nodes = new Map<number, string>();
  for (const [node, level] of levels) nodes.set(node, `${level} expanded`);
  for (const node of starts) nodes.set(node, "0 start");
  const crossed = edges.flatMap((edge, i) =>
    isDirected(edge) && levelOver(edge) < depth ? [i] : []
  );
  return { nodes: sorted(nodes), edges: crossed };
}

/** The highest level of every tail and head, or undefined where levels never stop to rise. */
export function naiveLevels(
  edges: readonly (readonly End[])[],
  nodeCount: number,
): Map<number, number> | undefined {
  const levels = new Map<number, number>();
  for (const [node, side] of edges.flat()) if (side !== NEUTRAL) levels.set(node, 0);
  for (let round = 0; round <= nodeCount; round++) {
    let changed = false;
    for (const edge of edges) {
      for (const tail of nodesOn(edge, TAIL)) {
        for (const head of nodesOn(edge, HEAD)) {
          if (levels.get(head)! > levels.get(tail)!) continue;
          levels.set(head, levels.get(tail)! + 1);
          changed = true;
        }
      }
    }
    if (!changed) return levels;
  }
  return undefined;
}

function sorted(nodes: Map<number, string>): Map<number, string> {
  return new Map([...nodes].sort(([a], [b]) => a - b));
}
