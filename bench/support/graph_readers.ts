/**
 * Who is measured in the graph bench, and what they are asked.
 *
 * @module
 */

import { reachInGraphology } from "../peers/graphology.ts";
import type { Box, EndpointAt, Traversal } from "../../mod.ts";
import { type GraphEdge, SPACE, sumOfEdge } from "./graph_edge.ts";
import type { GraphWorld, OurWorld } from "./graph_world.ts";
import { DIMS } from "./random_points.ts";
import type { Found, Reader } from "./turns.ts";

/** One of ours and the peer that it is compared with. */
export interface ReaderPair {
  /** Ours. */
  ours: Reader;
  /** The peer's. */
  peer: Reader;
}

/** The readers of a traversal. */
export interface TraversalReaders {
  /** Our nodes with their levels. */
  nodes: Reader;
  /** Our nodes with their levels, and every edge that was crossed, in full. */
  edges: Reader;
  /** SQLite's points, without levels. */
  sqlite: Reader;
  /** SQLite's edges that were crossed, in full; their endpoints are the points. */
  sqliteEdges: Reader;
  /** The keys of points in graphology with their levels. */
  graphology: Reader;
}

/** How long it took to ask for degrees the first time. */
export interface FirstDegrees {
  /** Who was asked. */
  name: string;
  /** Milliseconds of the first turn of questions. */
  firstMs: number;
  /** Milliseconds of all points. */
  allMs: number;
}

/**
 * The readers of degrees: of other points each turn, since a processor keeps what was asked last.
 *
 * @param world Who has the graph
 * @param points The numbers of the points that are asked about, one after the other
 * @param count So many each turn
 */
export function degreeReaders(
  world: GraphWorld,
  points: readonly number[],
  count: number,
): ReaderPair {
  const { ours: { graph }, sqlite } = world;
  const ends = points.map((point) => endpointAt(world, point));
  const reader = (name: string, degreeOf: (end: EndpointAt) => number): Reader => ({
    name,
    varies: true,
    read: (turn) => sumUp(ends.slice(turn * count, (turn + 1) * count), degreeOf),
  });
  return {
    ours: reader("degree", (end) => graph.degree(end)),
    peer: reader(sqlite.name, (end) => sqlite.degree(end)),
  };
}

/**
 * Has both read the rows of every point, and then asks them for its degree the first time: ours keeps it.
 *
 * @param world Who has the graph
 * @param points The numbers of all points, in any order
 * @param count So many are the first turn
 */
export function askFirst(
  world: GraphWorld,
  points: readonly number[],
  count: number,
): FirstDegrees[] {
  const { ours: { graph }, sqlite } = world;
  const ends = points.map((point) => endpointAt(world, point));
  for (const end of ends) {
    graph.incident(end, {}, { limit: 1 }).next();
    sqlite.degree(end);
  }
  const asked = (name: string, degreeOf: (end: EndpointAt) => number): FirstDegrees => {
    const start = performance.now();
    sumUp(ends.slice(0, count), degreeOf);
    const firstMs = performance.now() - start;
    sumUp(ends.slice(count), degreeOf);
    return { name, firstMs, allMs: performance.now() - start };
  };
  return [
    asked("ours", (end) => graph.degree(end)),
    asked(sqlite.name, (end) => sqlite.degree(end)),
  ];
}

/**
 * The readers of edges of points.
 *
 * @param world Who has the graph
 * @param points The numbers of the points that are asked about
 */
export function incidentReaders(world: GraphWorld, points: readonly number[]): ReaderPair {
  const { ours: { graph }, sqlite } = world;
  const ends = points.map((point) => endpointAt(world, point));
  return {
    ours: { name: "incident", read: () => readEdges(ends, (end) => graph.incident(end)) },
    peer: { name: sqlite.name, read: () => readEdges(ends, (end) => sqlite.incident(end)) },
  };
}

/**
 * The readers of edges in boxes.
 *
 * @param world Who has the graph
 * @param boxes Where
 */
export function touchingReaders(world: GraphWorld, boxes: readonly Box[]): ReaderPair {
  const { ours: { graph }, sqlite } = world;
  return {
    ours: { name: "touching", read: () => readEdges(boxes, (box) => graph.touching(SPACE, box)) },
    peer: { name: sqlite.name, read: () => readEdges(boxes, (box) => sqlite.touching(box)) },
  };
}

/**
 * The readers of a traversal of the first region.
 *
 * @param world Who has the graph
 */
export function traversalReaders(world: GraphWorld): TraversalReaders {
  const { sqlite, graphology, start } = world;
  return {
    nodes: { name: "traverse, nodes", read: () => readNodes(traverseOurs(world, start)) },
    edges: {
      name: "traverse, nodes and edges",
      read(): Found {
        const traversal = traverseOurs(world, start);
        const { hits, sum } = readEdges([traversal.edges], (edges) => edges);
        return { hits, sum: sum + readNodes(traversal).sum };
      },
    },
    sqlite: { name: `${sqlite.name}, points`, read: () => readPoints(world) },
    sqliteEdges: {
      name: `${sqlite.name}, edges`,
      read: () => readEdges([start], (point) => sqlite.crossed(point)),
    },
    graphology: {
      name: "graphology, keys and levels",
      read(): Found {
        let sum = 0;
        const levels = reachInGraphology(graphology, start);
        for (const level of levels.values()) sum += level;
        return { hits: levels.size, sum };
      },
    },
  };
}

/**
 * A reader of a traversal of the last region, by ours.
 *
 * @param world Who has the graph
 */
export function islandReader(world: OurWorld): Reader {
  const name = `of ${world.plain.columns.edgeCount} edges`;
  return { name, read: () => readNodes(traverseOurs(world, world.islandStart)) };
}

/**
 * Traverses ours forward.
 *
 * @param world Who has the graph
 * @param start The number of the point to start from
 */
export function traverseOurs(world: OurWorld, start: number): Traversal {
  return world.ours.graph.traverse({ from: endpointAt(world, start) });
}

/**
 * A point as ours are asked about it.
 *
 * @param world Who has the graph
 * @param point Its number
 */
export function endpointAt({ plain: { columns } }: OurWorld, point: number): EndpointAt {
  const at = point * DIMS;
  return { space: SPACE, point: [columns.coordinates[at], columns.coordinates[at + 1]] };
}

function sumUp<Question>(questions: readonly Question[], ask: (of: Question) => number): Found {
  let hits = 0;
  for (const question of questions) hits += ask(question);
  return { hits, sum: 0 };
}

function readEdges<Question>(
  questions: readonly Question[],
  ask: (of: Question) => Iterable<GraphEdge>,
): Found {
  let [hits, sum] = [0, 0];
  for (const question of questions) {
    for (const edge of ask(question)) {
      hits++;
      sum += sumOfEdge(edge);
    }
  }
  return { hits, sum };
}

function readNodes({ nodes }: Traversal): Found {
  let sum = 0;
  for (const { point, level } of nodes) sum += point[0] + point[1] + level;
  return { hits: nodes.length, sum };
}

function readPoints({ sqlite, start }: GraphWorld): Found {
  let sum = 0;
  const reached = sqlite.reach(start);
  for (const { point } of reached) sum += point[0] + point[1];
  return { hits: reached.length, sum };
}
