/**
 * A hypergraph in this runtime's SQLite: WAL, synchronous=FULL, one transaction a group, prepared
 * statements.
 *
 * @module
 */

import type { Box } from "../../mod.ts";
import { type GraphEdge, POLARITIES, ROLES, SPACE } from "../support/graph_edge.ts";
import { ENDPOINTS, type GraphColumns, KINDS, tagOf } from "../support/random_graph.ts";
import { DIMS } from "../support/random_points.ts";
import {
  GRAPH_CHECKPOINT,
  GRAPH_COUNT,
  GRAPH_CROSSED,
  GRAPH_DEGREE,
  GRAPH_INCIDENT,
  GRAPH_INSERT_EDGE,
  GRAPH_INSERT_ENDPOINT,
  GRAPH_INSERT_ENDPOINT_AT,
  GRAPH_INSERT_PLACES,
  GRAPH_INSERT_POINT,
  GRAPH_REACH,
  GRAPH_TOUCHING,
  type GraphConnection,
  type GraphStatement,
  type GraphValue,
} from "./graph_connection.ts";

/** An edge with its number. */
export interface NumberedEdge extends GraphEdge {
  /** Its number. */
  id: number;
}

/** A point that was reached. */
export interface ReachedPoint {
  /** Its number. */
  id: number;
  /** Where it is. */
  point: number[];
}

/** An edge and its endpoints, as the statements take them. */
export interface EdgeRows {
  /** Number, kind, directed, weight, properties. */
  edge: [number, number, number, number, string];
  /** Edge, position, point, role, polarity of each; or its two coordinates instead of the point's number. */
  endpoints: number[][];
}

/** How an endpoint names its point. */
export type PointName = "number" | "coordinates";

const TAIL = 0;
const HEAD = 1;

/**
 * Opens a database, and creates it if it is missing.
 *
 * @param path Where
 * @param cacheBytesMax Bytes that SQLite may keep in memory
 */
export async function openSqliteGraph(path: string, cacheBytesMax: number): Promise<SqliteGraph> {
  const connection = await connect(path);
  // A negative size is one in KiB, not in pages.
  connection.execute(`PRAGMA cache_size = ${-Math.floor(cacheBytesMax / 1024)}`);
  return new SqliteGraph(connection);
}

/**
 * The rows of some edges.
 *
 * @param columns Whose
 * @param from The first edge
 * @param to The first that is not wanted
 * @param name How endpoints name their points
 */
export function edgeRows(
  columns: GraphColumns,
  from: number,
  to: number,
  name: PointName,
): EdgeRows[] {
  const { endpoints, kinds, weights, years, coordinates } = columns;
  const named = (point: number): number[] =>
    name === "number" ? [point] : [coordinates[point * DIMS], coordinates[point * DIMS + 1]];
  return Array.from({ length: to - from }, (_, i) => {
    const edge = from + i;
    const properties = JSON.stringify({ since: years[edge], tag: tagOf(columns, edge) });
    return {
      edge: [edge, kinds[edge], 1, weights[edge], properties],
      endpoints: ROLES.map((_, position) => {
        const side = POLARITIES[position] === "tail" ? TAIL : HEAD;
        return [edge, position, ...named(endpoints[edge * ENDPOINTS + position]), position, side];
      }),
    };
  });
}

/** An open database. */
export class SqliteGraph {
  /** The module's name. */
  readonly name: string;
  readonly #connection: GraphConnection;
  readonly #insertEdge: GraphStatement;
  readonly #insertEndpoint: GraphStatement;
  readonly #insertEndpointAt: GraphStatement;
  readonly #degree: GraphStatement;
  readonly #incident: GraphStatement;
  readonly #touching: GraphStatement;
  readonly #reach: GraphStatement;
  readonly #crossed: GraphStatement;

  /** @param connection To it */
  constructor(connection: GraphConnection) {
    this.name = connection.name;
    this.#connection = connection;
    this.#insertEdge = connection.prepare(GRAPH_INSERT_EDGE);
    this.#insertEndpoint = connection.prepare(GRAPH_INSERT_ENDPOINT);
    this.#insertEndpointAt = connection.prepare(GRAPH_INSERT_ENDPOINT_AT);
    this.#degree = connection.prepare(GRAPH_DEGREE);
    this.#incident = connection.prepare(GRAPH_INCIDENT);
    this.#touching = connection.prepare(GRAPH_TOUCHING);
    this.#reach = connection.prepare(GRAPH_REACH);
    this.#crossed = connection.prepare(GRAPH_CROSSED);
  }

  /** Inserts all points, in one transaction. */
  insertPoints({ pointCount, coordinates }: GraphColumns): void {
    const insert = this.#connection.prepare(GRAPH_INSERT_POINT);
    this.#transact(() => {
      for (let i = 0; i < pointCount; i++) {
        insert.run(i, coordinates[i * DIMS], coordinates[i * DIMS + 1]);
      }
      this.#connection.execute(GRAPH_INSERT_PLACES);
    });
    this.checkpoint();
  }

  /**
   * Inserts edges, in one transaction.
   *
   * @param rows What `edgeRows` gave
   * @param name How endpoints name their points in them
   */
  insertEdges(rows: readonly EdgeRows[], name: PointName): void {
    const insert = name === "number" ? this.#insertEndpoint : this.#insertEndpointAt;
    this.#transact(() => {
      for (const { edge, endpoints } of rows) {
        this.#insertEdge.run(...edge);
        for (const endpoint of endpoints) insert.run(...endpoint);
      }
    });
  }

  /** Empties the log. */
  checkpoint(): void {
    this.#connection.execute(GRAPH_CHECKPOINT);
  }

  /** How many endpoints all edges have. */
  endpointCount(): number {
    return this.#connection.prepare(GRAPH_COUNT).rows()[0][0] as number;
  }

  /** How many edges a point has. */
  degree({ point }: { point: ArrayLike<number> }): number {
    return this.#degree.rows(point[0], point[1])[0][0] as number;
  }

  /** The edges of a point. */
  incident({ point }: { point: ArrayLike<number> }): NumberedEdge[] {
    return edgesOf(this.#incident.rows(point[0], point[1]));
  }

  /** The edges in a box, each once. */
  touching({ min, max }: Box): NumberedEdge[] {
    return edgesOf(this.#touching.rows(min[0], min[1], max[0], max[1]));
  }

  /** All points behind a point, and itself. */
  reach(point: number): ReachedPoint[] {
    return this.#reach.rows(point).map(([id, x, y]) => ({
      id: id as number,
      point: [x as number, y as number],
    }));
  }

  /** All edges that lead on from what is behind a point, and from itself. */
  crossed(point: number): NumberedEdge[] {
    return edgesOf(this.#crossed.rows(point));
  }

  /** Closes it. */
  close(): void {
    this.#connection.close();
  }

  #transact(work: () => void): void {
    this.#connection.execute("BEGIN IMMEDIATE");
    work();
    this.#connection.execute("COMMIT");
  }
}

async function connect(path: string): Promise<GraphConnection> {
  const runtime = globalThis as { Bun?: unknown };
  if (runtime.Bun !== undefined) return (await import("./bun_graph.ts")).connectBunGraph(path);
  return (await import("./node_graph.ts")).connectNodeGraph(path);
}

/** Edges of rows; those of an edge follow one another, by rising position. */
function edgesOf(rows: readonly GraphValue[][]): NumberedEdge[] {
  const edges: NumberedEdge[] = [];
  let edge: NumberedEdge | undefined;
  for (const row of rows) {
    if (edge?.id !== row[0]) edges.push(edge = edgeOfRow(row));
    const point = [row[7] as number, row[8] as number];
    const polarity = row[6] === TAIL ? "tail" : "head";
    edge.endpoints.push({ space: SPACE, point, role: ROLES[row[5] as number], polarity });
  }
  return edges;
}

function edgeOfRow([id, kind, directed, weight, properties]: GraphValue[]): NumberedEdge {
  return {
    id: id as number,
    kind: KINDS[kind as number],
    directed: directed === 1,
    weight: weight as number,
    properties: JSON.parse(properties as string),
    endpoints: [],
  };
}
