/**
 * Our database with the points and edges of a random hypergraph.
 *
 * @module
 */

import type { Graph, OpenOptions, Session } from "../../mod.ts";
import { edgeOf, type GraphEdge } from "./graph_edge.ts";
import { loadPoints, openPoints, type OurPoints } from "./our_points.ts";
import { type GraphColumns, KINDS } from "./random_graph.ts";
import { DATA_BYTES } from "./random_points.ts";

/** An open database, its space and its graph. */
export interface OurGraph extends OurPoints {
  /** The graph. */
  graph: Graph;
}

/** Edges of a commit when it does not matter. */
const GROUP_EDGES = 20_000;

/**
 * Opens a database, and creates it with its space and graph if it is missing.
 *
 * @param root Where
 * @param options How
 */
export async function openGraph(root: string, options?: OpenOptions): Promise<OurGraph> {
  const points = await openPoints(root, options);
  const kinds = Object.fromEntries(KINDS.map((kind) => [kind, "directed" as const]));
  return { ...points, graph: await points.db.createGraph("relations", { kinds }) };
}

/**
 * Commits a record at each point of a graph, and flushes.
 *
 * @param ours Where
 * @param columns Which points
 */
export async function loadGraphPoints(ours: OurGraph, columns: GraphColumns): Promise<void> {
  const { pointCount: count, coordinates } = columns;
  const bytes = new Uint8Array(count * DATA_BYTES);
  const offsets = Uint32Array.from({ length: count + 1 }, (_, i) => i * DATA_BYTES);
  await loadPoints(ours, { count, coordinates, data: { bytes, offsets } });
  await ours.db.flush();
}

/**
 * Commits all edges, by the quickest way there is, flushes and compacts.
 *
 * @param ours Where
 * @param columns Which edges
 */
export async function loadEdges(ours: OurGraph, columns: GraphColumns): Promise<void> {
  await using session = ours.db.session();
  for (const edges of edgeGroups(columns, GROUP_EDGES)) {
    relateEdges(session, ours.graph, edges, "relateMany");
    await session.commit();
  }
  await ours.db.flush();
  await ours.db.compact();
}

/** By which call edges are given to ours. */
export type RelateCall = "relate" | "relateMany";

/**
 * Relates edges.
 *
 * @param session By whom
 * @param graph Where
 * @param edges What
 * @param call How
 */
export function relateEdges(
  session: Session,
  graph: Graph,
  edges: GraphEdge[],
  call: RelateCall,
): void {
  if (call === "relateMany") session.relateMany(graph, edges);
  else for (const edge of edges) session.relate(graph, edge);
}

/**
 * The edges of columns as objects, in groups.
 *
 * @param columns Which edges
 * @param groupEdges How many in each group
 */
export function* edgeGroups(columns: GraphColumns, groupEdges: number): Generator<GraphEdge[]> {
  for (let from = 0; from < columns.edgeCount; from += groupEdges) {
    const count = Math.min(groupEdges, columns.edgeCount - from);
    yield Array.from({ length: count }, (_, i) => edgeOf(columns, from + i));
  }
}

/**
 * The numbers of edges by their ids, which were minted in the order of the numbers.
 *
 * @param ours Whose
 * @param columns Which edges there are
 * @throws Unless there are as many
 */
export function numbersOf({ graph }: OurGraph, columns: GraphColumns): (id: bigint) => number {
  const [first] = graph.edges({}, { limit: 1 });
  if (first === undefined) throw new Error("Ours has no edges");
  const last = first.id + BigInt(columns.edgeCount - 1);
  if (graph.get(last) === undefined || graph.get(last + 1n) !== undefined) {
    throw new Error(`Ours has ${columns.edgeCount} edges, but not from ${first.id} to ${last}`);
  }
  return (id) => Number(id - first.id);
}
