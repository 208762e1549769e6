/**
 * An edge of the random hypergraph in full, as all who store it take and give it.
 *
 * @module
 */

import type { HyperedgeEndpoint } from "../../mod.ts";
import { ENDPOINTS, type GraphColumns, KINDS, tagOf } from "./random_graph.ts";
import { DIMS } from "./random_points.ts";

/** The space in which all endpoints are. */
export const SPACE = "points";

/** The role of each endpoint, by its position. */
export const ROLES = ["cause", "effect", "side effect"] as const;

/** The side of each endpoint, by its position. */
export const POLARITIES = ["tail", "head", "head"] as const;

/** An edge, without its id and its stamps; a `Hyperedge` is one. */
export interface GraphEdge {
  /** What the relation is. */
  kind: string;
  /** Always true. */
  directed: boolean;
  /** How strong. */
  weight?: number;
  /** `since`, a year, and `tag`, a text. */
  properties?: Record<string, unknown>;
  /** In the order given. */
  endpoints: HyperedgeEndpoint[];
}

/**
 * An edge of columns.
 *
 * @param columns Whose
 * @param edge Its number
 */
export function edgeOf(columns: GraphColumns, edge: number): GraphEdge {
  const { coordinates, endpoints, kinds, weights, years } = columns;
  return {
    kind: KINDS[kinds[edge]],
    directed: true,
    weight: weights[edge],
    properties: { since: years[edge], tag: tagOf(columns, edge) },
    endpoints: ROLES.map((role, position) => {
      const at = endpoints[edge * ENDPOINTS + position] * DIMS;
      return {
        space: SPACE,
        point: [coordinates[at], coordinates[at + 1]],
        role,
        polarity: POLARITIES[position],
      };
    }),
  };
}

/**
 * A number for which every field and endpoint has to be read.
 *
 * @param edge Which edge
 */
export function sumOfEdge({ kind, directed, weight, properties, endpoints }: GraphEdge): number {
  let sum = kind.length + Number(directed) + weight!;
  sum += properties!.since as number + (properties!.tag as string).length;
  for (const { space, point, role, polarity } of endpoints) {
    sum += space.length + point[0] + point[1] + role.length + polarity.length;
  }
  return sum;
}

/**
 * All that an edge says, as a text to compare.
 *
 * @param edge Which edge
 */
export function textOfEdge(edge: GraphEdge): string {
  const { kind, directed, weight, properties, endpoints } = edge;
  const ends = endpoints.map(({ space, point, role, polarity }) => [space, point, role, polarity]);
  return JSON.stringify([kind, directed, weight, properties?.since, properties?.tag, ends]);
}
