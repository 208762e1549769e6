/**
 * What the SQLite modules of both runtimes have in common when they keep a hypergraph: the connection, and
 * the statements.
 *
 * An edge names points by number, so its rows are short; coordinates are in `points`, for which there is an
 * R*Tree and an index as well. `endpoints` is in the order of edges, and `by_point` covers what `degree` and the steps of
 * a traversal ask. Kinds, roles and sides are numbers, properties JSON. Tried with 200,000 edges, two noisy
 * runs on each runtime:
 *
 * - With coordinates in `endpoints` instead, and an index on them, a traversal takes 1.1 to 2 x as long and a
 *   box 1.8 to 3.2 x; loading took from half to twice as long.
 * - With numbers *and* coordinates in `endpoints`, edges of points and of boxes come 1.2 to 1.7 x as fast,
 *   from a file a third larger. It is not what one would keep: a point that moves is in every row.
 * - A box by the R*Tree is up to 1.8 x as fast as by an index on (x, y).
 * - One row for each endpoint with the fields of its edge, two statements, and endpoints as JSON differ by
 *   less than the runs do. Rows are arrays, which on Deno is 1.2 to 1.6 x as fast as objects.
 * - A recursion that knows points only is 7 to 9 x as fast as one that also finds levels, because with
 *   levels a point comes again at each.
 *
 * @module
 */

/** A value of SQLite. */
export type GraphValue = number | string;

/** A prepared statement. */
export interface GraphStatement {
  /** Runs it. */
  run(...values: GraphValue[]): void;
  /** Every row of its answer, as arrays. */
  rows(...values: GraphValue[]): GraphValue[][];
}

/** An open SQLite database, by whichever module the runtime brings. */
export interface GraphConnection {
  /** The module's name. */
  readonly name: string;
  /** Executes a statement that returns nothing. */
  execute(statement: string): void;
  /** Prepares a statement. */
  prepare(statement: string): GraphStatement;
  /** Closes it. */
  close(): void;
}

/** How to keep a hypergraph. */
export const GRAPH_SETUP = [
  "PRAGMA journal_mode = WAL",
  "PRAGMA synchronous = FULL",
  "CREATE TABLE IF NOT EXISTS points (id INTEGER PRIMARY KEY, x REAL, y REAL)",
  "CREATE UNIQUE INDEX IF NOT EXISTS by_place ON points (x, y)",
  "CREATE VIRTUAL TABLE IF NOT EXISTS places USING rtree(id, minx, maxx, miny, maxy)",
  "CREATE TABLE IF NOT EXISTS edges (id INTEGER PRIMARY KEY, kind INTEGER, directed INTEGER, " +
  "weight REAL, properties TEXT)",
  "CREATE TABLE IF NOT EXISTS endpoints (edge INTEGER, position INTEGER, point INTEGER, role INTEGER, " +
  "polarity INTEGER, PRIMARY KEY (edge, position)) WITHOUT ROWID",
  "CREATE INDEX IF NOT EXISTS by_point ON endpoints (point, polarity, edge)",
] as const;

/** Moves everything from the log into the database file. */
export const GRAPH_CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)";

/** Inserts a point. */
export const GRAPH_INSERT_POINT = "INSERT INTO points VALUES (?, ?, ?)";

/** Copies all points into the R*Tree. */
export const GRAPH_INSERT_PLACES = "INSERT INTO places SELECT id, x, x, y, y FROM points";

/** Inserts an edge. */
export const GRAPH_INSERT_EDGE = "INSERT INTO edges VALUES (?, ?, ?, ?, ?)";

/** Inserts an endpoint: edge, position, number of the point, role, polarity. */
export const GRAPH_INSERT_ENDPOINT = "INSERT INTO endpoints VALUES (?, ?, ?, ?, ?)";

/** Inserts an endpoint at a point (x, y) that is there: edge, position, x, y, role, polarity. */
export const GRAPH_INSERT_ENDPOINT_AT = "INSERT INTO endpoints SELECT ?1, ?2, id, ?5, ?6 " +
  "FROM points WHERE x = ?3 AND y = ?4";

/** How many endpoints there are. */
export const GRAPH_COUNT = "SELECT count(*) FROM endpoints";

/** How many edges a point (x, y) has; no edge of ours names a point twice. */
export const GRAPH_DEGREE = "SELECT count(*) FROM points q JOIN endpoints i ON i.point = q.id " +
  "WHERE q.x = ? AND q.y = ?";

const EDGE_FIELDS =
  "e.id, e.kind, e.directed, e.weight, e.properties, n.role, n.polarity, p.x, p.y";
const EDGE_JOINS = "JOIN endpoints n ON n.edge = e.id JOIN points p ON p.id = n.point";

/** The edges of a point (x, y), a row for each of their endpoints. */
export const GRAPH_INCIDENT =
  `SELECT ${EDGE_FIELDS} FROM points q JOIN endpoints i ON i.point = q.id JOIN edges e ON e.id = i.edge ` +
  `${EDGE_JOINS} WHERE q.x = ? AND q.y = ?`;

/**
 * The edges in a box (least x, least y, most x, most y), a row for each of their endpoints. The R*Tree
 * rounds outward to 32 bits, so the points are asked again; a cross join keeps its tables in this order.
 */
export const GRAPH_TOUCHING = `SELECT ${EDGE_FIELDS} FROM edges e ${EDGE_JOINS} WHERE e.id IN ` +
  "(SELECT edge FROM endpoints WHERE point IN (SELECT q.id FROM places q CROSS JOIN points c ON c.id = q.id " +
  "WHERE q.maxx >= ?1 AND q.maxy >= ?2 AND q.minx <= ?3 AND q.miny <= ?4 " +
  "AND c.x >= ?1 AND c.y >= ?2 AND c.x <= ?3 AND c.y <= ?4))";

const REACHED =
  "WITH RECURSIVE reached(point) AS (VALUES (?) UNION SELECT h.point FROM reached r " +
  "JOIN endpoints t ON t.point = r.point AND t.polarity = 0 " +
  "JOIN endpoints h ON h.edge = t.edge AND h.polarity = 1)";

/** All points behind a point. */
export const GRAPH_REACH =
  `${REACHED} SELECT p.id, p.x, p.y FROM reached r JOIN points p ON p.id = r.point`;

/** All edges that lead on from points behind a point, a row for each of their endpoints. */
export const GRAPH_CROSSED = `${REACHED} SELECT ${EDGE_FIELDS} FROM reached r ` +
  "JOIN endpoints i ON i.point = r.point AND i.polarity = 0 " +
  `JOIN edges e ON e.id = i.edge ${EDGE_JOINS}`;
