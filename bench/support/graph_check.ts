/**
 * Whether all who have the hypergraph give the same answers, which plain arrays decide.
 *
 * @module
 */

import { keyOfPoint, reachInGraphology } from "../peers/graphology.ts";
import type { NumberedEdge } from "../peers/sqlite_graph.ts";
import type { Box, Hyperedge, Traversal } from "../../mod.ts";
import { Fingerprint } from "./fingerprint.ts";
import { edgeOf, SPACE, textOfEdge } from "./graph_edge.ts";
import { endpointAt, traverseOurs } from "./graph_readers.ts";
import type { GraphWorld, OurWorld } from "./graph_world.ts";
import type { PlainGraph, Reach } from "./plain_graph.ts";
import { DIMS } from "./random_points.ts";

const encoder = new TextEncoder();

/**
 * Compares degrees and edges of points.
 *
 * @param world Who has the graph
 * @param points The numbers of the points
 * @returns Of all answers
 * @throws If they do not agree
 */
export function checkPoints(world: GraphWorld, points: readonly number[]): Fingerprint {
  const { plain, sqlite, ours: { graph } } = world;
  const all = new Fingerprint();
  for (const point of points) {
    const right = plain.incident(point);
    const end = endpointAt(world, point);
    agree("degree", graph.degree(end), right.length, point);
    agree("SQLite's degree", sqlite.degree(end), right.length, point);
    const print = printOf(plain, right);
    agree("incident", printOfOurs(world, graph.incident(end)), print, point);
    agree("SQLite's incident", printOfSqlite(sqlite.incident(end)), print, point);
    all.add([point], right.length, encoder.encode(print));
  }
  return all;
}

/**
 * Compares edges in boxes.
 *
 * @param world Who has the graph
 * @param boxes Where
 * @returns Of all answers
 * @throws If they do not agree
 */
export function checkBoxes(world: GraphWorld, boxes: readonly Box[]): Fingerprint {
  const { plain, sqlite, ours: { graph } } = world;
  const all = new Fingerprint();
  for (const box of boxes) {
    const print = printOf(plain, plain.touching(box));
    agree("touching", printOfOurs(world, graph.touching(SPACE, box)), print, box);
    agree("SQLite's touching", printOfSqlite(sqlite.touching(box)), print, box);
    all.add([], 0, encoder.encode(print));
  }
  return all;
}

/**
 * Compares what is behind the start in the first region: points, levels and edges.
 *
 * @param world Who has the graph
 * @returns What is right
 * @throws If they do not agree
 */
export function checkTraversal(world: GraphWorld): Reach {
  const { plain, sqlite, graphology, start } = world;
  const reach = checkOurReach(world, start);
  const expected = `${reach.points.length} points`;
  const points = sqlite.reach(start);
  const places = points.every(({ id, point }) => isAt(plain, id, point) && reach.levels[id] >= 0);
  agree("SQLite's points", places ? `${points.length} points` : "others", expected, start);
  agree(
    "SQLite's edges",
    printOfSqlite(sqlite.crossed(start)),
    printOfCrossed(plain, reach),
    start,
  );
  const levels = reachInGraphology(graphology, start);
  const right = reach.points.every((id) => levels.get(keyOfPoint(id)) === reach.levels[id]);
  agree("graphology", right ? `${levels.size} points` : "other levels", expected, start);
  return reach;
}

/**
 * Compares what is on the island of the large and of the small graph.
 *
 * @param world Who has them
 * @returns What is right
 * @throws If they do not agree
 */
export function checkIsland(world: GraphWorld): Reach {
  const { small } = world;
  const reach = checkOurReach(world, world.islandStart);
  const other = checkOurReach(small, small.islandStart);
  const shape = ({ points, levels, edges }: Reach): string =>
    JSON.stringify([points.map((point) => levels[point]), edges]);
  agree("the small island", shape(other), shape(reach), world.islandStart);
  return reach;
}

function checkOurReach(world: OurWorld, start: number): Reach {
  const { plain } = world;
  const reach = plain.reach(start);
  const traversal = traverseOurs(world, start);
  agree("traverse", levelsOfOurs(plain, traversal, reach), `${reach.points.length} right`, start);
  agree("its edges", printOfOurs(world, traversal.edges), printOfCrossed(plain, reach), start);
  return reach;
}

/** How many nodes are as they should be. */
function levelsOfOurs(plain: PlainGraph, { nodes }: Traversal, { points, levels }: Reach): string {
  const { coordinates } = plain.columns;
  const ids = new Map(points.map((id) => [coordinates[id * DIMS], id]));
  for (const { space, point, level, arrival } of nodes) {
    const id = ids.get(point[0]);
    const right = id !== undefined && isAt(plain, id, point) && levels[id] === level;
    if (right && space === SPACE && (arrival === "start") === (level === 0)) continue;
    return `${point} at level ${level}, by ${arrival}`;
  }
  return `${nodes.length} right`;
}

function isAt({ columns: { coordinates } }: PlainGraph, id: number, [x, y]: number[]): boolean {
  return coordinates[id * DIMS] === x && coordinates[id * DIMS + 1] === y;
}

function printOfCrossed(plain: PlainGraph, { points }: Reach): string {
  return printOf(plain, points.flatMap((point) => [...plain.leaving(point)]));
}

function printOf({ columns }: PlainGraph, edges: Iterable<number>): string {
  return printOfTexts(
    Array.from(edges, (edge): [number, string] => [edge, textOfEdge(edgeOf(columns, edge))]),
  );
}

function printOfOurs({ numberOf }: OurWorld, edges: Iterable<Hyperedge>): string {
  return printOfTexts(
    Array.from(edges, (edge): [number, string] => [numberOf(edge.id), textOfEdge(edge)]),
  );
}

function printOfSqlite(edges: readonly NumberedEdge[]): string {
  return printOfTexts(edges.map((edge): [number, string] => [edge.id, textOfEdge(edge)]));
}

/** Of edges in the order of their numbers. */
function printOfTexts(edges: [number, string][]): string {
  const print = new Fingerprint();
  for (const [edge, text] of edges.sort(([a], [b]) => a - b)) {
    print.add([], edge, encoder.encode(text));
  }
  return `${print.entries} edges (${print})`;
}

function agree(who: string, found: unknown, expected: unknown, where: unknown): void {
  if (found === expected) return;
  throw new Error(`${who} found ${found}, not ${expected}, at ${JSON.stringify(where)}`);
}
