/**
 * The regions of the graphs of the graph bench: three of about a third each, and an island.
 *
 * The island, a thirtieth, is also part of a graph of a tenth of the edges, there a third of all: the same
 * points and edges, at the same place.
 *
 * @module
 */

import { POINTS_PER_EDGE, type RegionPlan } from "./random_graph.ts";
import { COORDINATE_LIMIT } from "./random_points.ts";

/** How many times as many edges the large graph has. */
export const SCALE = 10;

/** The fewest edges of the large graph: on the island of such a graph there is still something to reach. */
export const EDGES_MIN = 3000;

const ISLAND_SHARE = 1 / 30;
const LARGE_SHARES = [1 / 3, 1 / 3, 3 / 10, ISLAND_SHARE];
const SMALL_SHARES = [1 / 3, 1 / 3, ISLAND_SHARE * SCALE];

/**
 * The regions of the large graph; the island comes last.
 *
 * @param edges How many edges it has
 * @param seed Any integer
 */
export function largePlans(edges: number, seed: number): RegionPlan[] {
  return plansOf(edges, LARGE_SHARES, islandOf(edges, seed), seed + 1);
}

/**
 * The regions of the small graph; the island comes last.
 *
 * @param edges How many edges the large graph has
 * @param seed The same as for the large graph
 */
export function smallPlans(edges: number, seed: number): RegionPlan[] {
  return plansOf(Math.round(edges / SCALE), SMALL_SHARES, islandOf(edges, seed), seed + 2);
}

function islandOf(edges: number, seed: number): RegionPlan {
  const count = Math.round(edges * ISLAND_SHARE);
  return {
    from: COORDINATE_LIMIT * (1 - ISLAND_SHARE),
    to: COORDINATE_LIMIT,
    points: Math.round(count * POINTS_PER_EDGE),
    edges: count,
    seed,
  };
}

/** The first region takes what rounding leaves; all but the island share the rest of the plane. */
function plansOf(
  edges: number,
  shares: readonly number[],
  island: RegionPlan,
  seed: number,
): RegionPlan[] {
  const others = shares.slice(0, -1);
  const land = others.reduce((sum, share) => sum + share, 0);
  const counts = others.map((share) => Math.round(edges * share));
  counts[0] += edges - island.edges - counts.reduce((sum, count) => sum + count, 0);
  let from = 0;
  const plans = others.map((share, i): RegionPlan => {
    const to = from + share / land * island.from;
    const points = Math.round(counts[i] * POINTS_PER_EDGE);
    const plan = { from, to, points, edges: counts[i], seed: seed + SCALE * (i + 1) };
    from = to;
    return plan;
  });
  return [...plans, island];
}
