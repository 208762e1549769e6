/**
 * The same hypergraph in ours, in SQLite, in graphology and in plain arrays, and a tenth of it in ours.
 *
 * @module
 */

import type { DirectedGraph } from "graphology";
import { buildGraphology } from "../peers/graphology.ts";
import { openSqliteGraph, type SqliteGraph } from "../peers/sqlite_graph.ts";
import { loadEdges, loadGraphPoints, numbersOf, openGraph, type OurGraph } from "./our_graph.ts";
import { PlainGraph } from "./plain_graph.ts";
import { Random } from "./random.ts";
import { type GraphColumns, randomGraph, type RegionPlan } from "./random_graph.ts";
import { smallPlans } from "./region_plans.ts";

/** A graph in ours and in plain arrays. */
export interface OurWorld {
  /** Ours. */
  ours: OurGraph;
  /** The numbers of its edges, by their ids. */
  numberOf(id: bigint): number;
  /** The same, and right. */
  plain: PlainGraph;
  /** A point of the last region, behind which nearly all of it is. */
  islandStart: number;
}

/** All who have the graph. */
export interface GraphWorld extends OurWorld {
  /** SQLite's. */
  sqlite: SqliteGraph;
  /** The first region, in memory. */
  graphology: DirectedGraph;
  /** A point of the first region, behind which nearly all of it is. */
  start: number;
  /** A tenth of the graph, in which the last region is the same. */
  small: OurWorld;
}

/** Where the graph lies on disk. */
export interface GraphFiles {
  /** Ours. */
  root: string;
  /** SQLite's. */
  sqlite: string;
  /** Where to put the small graph of ours; free. */
  small: string;
}

/** Bytes that ours, and SQLite, may keep in memory: more than all of it. */
export const CACHE_BYTES_MAX = 2 ** 30;

/** The part of a region that has to be behind a start. */
const REACH_SHARE_MIN = 0.9;
const START_TRIES_MAX = 1000;

/** The region that graphology has. */
const TRAVERSED_REGION = 0;

/**
 * Opens what was loaded, and loads what is missing.
 *
 * @param files Where
 * @param columns Which points and edges were loaded
 * @param seed The one that decided their regions
 */
export async function openWorld(
  files: GraphFiles,
  columns: GraphColumns,
  seed: number,
): Promise<GraphWorld> {
  const world = await openOurs(files.root, columns, seed);
  return {
    ...world,
    sqlite: await openSqliteGraph(files.sqlite, CACHE_BYTES_MAX),
    graphology: buildGraphology(columns, TRAVERSED_REGION),
    start: startIn(world.plain, TRAVERSED_REGION, seed),
    small: await createSmall(files.small, smallPlans(columns.edgeCount, seed), seed),
  };
}

/**
 * Closes all files.
 *
 * @param world Whose
 */
export async function closeWorld({ ours, sqlite, small }: GraphWorld): Promise<void> {
  sqlite.close();
  await small.ours.db.close();
  await ours.db.close();
}

async function createSmall(
  root: string,
  plans: readonly RegionPlan[],
  seed: number,
): Promise<OurWorld> {
  const columns = randomGraph(plans, seed);
  const loading = await openGraph(root);
  await loadGraphPoints(loading, columns);
  await loadEdges(loading, columns);
  await loading.db.close();
  return await openOurs(root, columns, seed);
}

async function openOurs(root: string, columns: GraphColumns, seed: number): Promise<OurWorld> {
  const ours = await openGraph(root, { cacheBytesMax: CACHE_BYTES_MAX });
  const plain = new PlainGraph(columns);
  const islandStart = startIn(plain, columns.regionStarts.length - 1, seed);
  return { ours, plain, numberOf: numbersOf(ours, columns), islandStart };
}

/** Looks for a point behind which nearly all of its region is. */
function startIn(plain: PlainGraph, region: number, seed: number): number {
  const { regionStarts, pointCount } = plain.columns;
  const first = regionStarts[region];
  const points = (regionStarts[region + 1] ?? pointCount) - first;
  const random = new Random(seed);
  for (let tries = 0; tries < START_TRIES_MAX; tries++) {
    const point = first + random.below(points);
    if (plain.reach(point).points.length >= REACH_SHARE_MIN * points) return point;
  }
  throw new Error(`No point of region ${region} has ${REACH_SHARE_MIN} of it behind it`);
}
