/**
 * What a walk over edges has to find, by applying the rules over and over until nothing changes.
 *
 * @module
 */

import type { TraversalDirection, TraversalMode } from "../../mod.ts";
import { HEAD, NEUTRAL, type Side, TAIL } from "../../lib/graph/hyperedge.ts";
import {
  type End,
  naiveBConnectivity,
  naiveLevels,
  naiveReachability,
  nodesOn,
} from "../support/hypergraphs.ts";
import type { FoundEdge } from "./graph_model.ts";

const SIDES: Record<string, Side> = { tail: TAIL, head: HEAD, neutral: NEUTRAL };

/** What is asked. */
export interface Walk {
  /** Names of points. */
  from: readonly string[];
  direction: TraversalDirection;
  mode: TraversalMode;
  depth: number;
}

/** The name of a point. */
export function nameOf({ space, point }: { space: string; point: ArrayLike<number> }): string {
  return `${space}:${Array.from(point)}`;
}

/** Edges by the numbers of their points. */
export class NaiveWalks {
  readonly #edges: readonly FoundEdge[];
  readonly #numbers = new Map<string, number>();
  readonly #ends: End[][];

  /** @param edges All that take part */
  constructor(edges: readonly FoundEdge[]) {
    this.#edges = edges;
    this.#ends = edges.map(({ edge }) =>
      edge.endpoints.map((each): End => [this.#numberOf(nameOf(each)), SIDES[each.polarity]])
    );
  }

  /** Each node with its level and arrival, sorted, and the ids of the edges that are crossed. */
  reached({ from, direction, mode, depth }: Walk): { nodes: string[]; edges: bigint[] } {
    const starts = from.map((name) => this.#numberOf(name));
    const found = mode === "b-connectivity" && direction !== "both"
      ? naiveBConnectivity(this.#ends, starts, direction, depth)
      : naiveReachability(this.#ends, starts, direction, depth);
    const names = [...this.#numbers.keys()];
    return {
      nodes: Array.from(found.nodes, ([node, how]) => `${names[node]} ${how}`).sort(),
      edges: found.edges.map((edge) => this.#edges[edge].id),
    };
  }

  /** The level of each tail and head, sorted; undefined where there is a cycle. */
  levels(): string[] | undefined {
    const names = [...this.#numbers.keys()];
    const levels = naiveLevels(this.#ends, names.length);
    return levels && Array.from(levels, ([node, level]) => `${names[node]} ${level}`).sort();
  }

  /** Whether edges are a cycle: a head of each is a tail of the next. */
  isCycle(ids: readonly bigint[]): boolean {
    const cycle = ids.map((id) => this.#ends[this.#edges.findIndex((each) => each.id === id)]);
    if (cycle.length === 0 || new Set(cycle).size !== cycle.length) return false;
    return cycle.every((edge, i) => {
      const heads = nodesOn(edge ?? [], HEAD);
      return nodesOn(cycle[(i + 1) % cycle.length] ?? [], TAIL).some((tail) =>
        heads.includes(tail)
      );
    });
  }

  #numberOf(name: string): number {
    const number = this.#numbers.get(name) ?? this.#numbers.size;
    this.#numbers.set(name, number);
    return number;
  }
}
