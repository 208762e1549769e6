/**
 * Which edges touch a point: rows, one for each (space, point, side, edge), as versions like all else.
 *
 * | part of a row | meaning                                                                             |
 * | ------------- | ----------------------------------------------------------------------------------- |
 * | address       | the endpoint's coordinates, the side (0 tail, 1 head, 2 neutral), the id's high and low 32 bits, in one hidden set for each (graph, space) |
 * | revision      | that of a version of the edge                                                       |
 * | value         | live: the head of that version (`lib/graph/edge_codec.ts`); dead: none, a tombstone |
 *
 * In the columns of a page (`lib/store/page_columns.ts`) an address is a row of coordinates, u32 or
 * float64 as those of the space, and a revision is four u32. The row that the worked example of an edge
 * has at its tail, in space 5, a grid, as edge 2^32 + 7, related by sequence 3 of session 7:
 *
 * ```hex
 * 0a000000 2c010000                     | at 10, 300:
 * 00000000                              | tail
 * 01000000 07000000                     | of edge 1, 7
 * 2003a201 040000a2 07000000 03000000   | since 2026-11-22T12:00:00.000Z, 4, session 7, sequence 3
 * 95 01                                 | live: [1,
 * 92                                    |   [
 * 94 05 00 0a cd012c                    |     [space 5, tail, 10, 300],
 * 93 06 01 cb3ff8000000000000           |     [space 6, head, 1.5]],
 * 01 a5 6665656473                      |   directed, kind "feeds",
 * c410 01a20320a200ffffffffffffffffffff |   validTo: the end of that millisecond]
 * ```
 *
 * What holds at every moment, for the versions of an edge that were committed so far: a version has live
 * rows at its endpoints, and dead rows at those of the version just below it that it lacks. So at every
 * ceiling, at every address, the highest row tells whether the version visible there has that endpoint:
 *
 * - it has: its own live row is there, and nothing of the edge lies between it and the ceiling;
 * - it has not: were the highest row live, some version below would have the endpoint, and the next one
 *   after that, which is visible or below, either has it and a live row above, or lacks it and a dead one.
 *
 * Commits do not come in the order of revisions. A version that comes between two makes new neighbours
 * of three: it gets its own rows, and the one above gets dead rows where only the newcomer was. Rows that
 * the two had because they were neighbours stay: they are still true. No two rows of one address and
 * revision ever differ, so writing one again does no harm.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import type { EdgeCursor } from "./edge_cursor.ts";
import type { Side } from "./hyperedge.ts";

/** Where rows are: a point of a space, and a side. */
export interface IncidentEndpoint {
  /** The number of the space. */
  space: number;
  /** Where in it. */
  point: readonly number[];
  /** On which side of the edge. */
  side: Side;
}

/** A version of an edge, as far as rows go. */
export interface EdgeVersion {
  /** When and by whom it was written. */
  revision: Revision;
  /** None when the edge was unrelated. */
  endpoints: readonly IncidentEndpoint[];
}

/** A row to be written. */
export interface IncidenceRow {
  /** Where. */
  endpoint: IncidentEndpoint;
  /** Which version's. */
  revision: Revision;
  /** Whether that version has the endpoint. */
  live: boolean;
}

/** Up to so many endpoints are compared with each other; more get a set of their names. */
const COMPARED_MAX = 16;

/**
 * The rows to be written when a version of an edge is committed.
 *
 * @param version The version
 * @param below The highest version below it that was committed before, if any
 * @param above The lowest version above it that was committed before, if any
 * @returns Rows, each address at most once for each revision
 */
export function incidenceRows(
  version: EdgeVersion,
  below?: EdgeVersion,
  above?: EdgeVersion,
): IncidenceRow[] {
  const { revision } = version;
  const here = new EndpointSet();
  const rows: IncidenceRow[] = [];
  for (const endpoint of version.endpoints) {
    if (here.add(endpoint)) rows.push({ endpoint, revision, live: true });
  }
  if (below !== undefined) putDead(rows, below.endpoints, here, revision);
  if (above === undefined) return rows;
  const next = new EndpointSet();
  for (const endpoint of above.endpoints) next.add(endpoint);
  putDead(rows, version.endpoints, next, above.revision);
  return rows;
}

/** Dead rows where one version is and the next, which knows nothing of it, is not. */
function putDead(
  rows: IncidenceRow[],
  endpoints: readonly IncidentEndpoint[],
  next: EndpointSet,
  revision: Revision,
): void {
  for (const endpoint of endpoints) {
    if (next.add(endpoint)) rows.push({ endpoint, revision, live: false });
  }
}

/**
 * The address of a row, in the set of its space.
 *
 * @param endpoint Where
 * @param high The high 32 bits of the edge's id
 * @param low The low 32 bits
 * @returns The endpoint's coordinates, the side, and the id
 */
export function rowAddress({ point, side }: IncidentEndpoint, high: number, low: number): number[] {
  return [...point, side, high, low];
}

/**
 * The endpoints of an edge that was just taken, as objects of their own.
 *
 * @param cursor Holds it
 */
export function incidentEndpoints(cursor: EdgeCursor): IncidentEndpoint[] {
  const endpoints: IncidentEndpoint[] = [];
  for (let i = 0; i < cursor.count; i++) {
    endpoints.push({
      space: cursor.spaces[i],
      point: cursor.point(i),
      side: cursor.sides[i] as Side,
    });
  }
  return endpoints;
}

/** Endpoints by what they are: several roles at one (space, point, side) are one. */
class EndpointSet {
  readonly #few: IncidentEndpoint[] = [];
  #many: Set<string> | undefined;

  /** @returns Whether it was not there */
  add(endpoint: IncidentEndpoint): boolean {
    if (this.#many === undefined) {
      if (this.#few.some((each) => same(each, endpoint))) return false;
      this.#few.push(endpoint);
      if (this.#few.length > COMPARED_MAX) this.#many = new Set(this.#few.map(nameOf));
      return true;
    }
    const { size } = this.#many;
    return this.#many.add(nameOf(endpoint)).size > size;
  }
}

function same(a: IncidentEndpoint, b: IncidentEndpoint): boolean {
  return a.space === b.space && a.side === b.side && a.point.length === b.point.length &&
    a.point.every((value, i) => value === b.point[i]);
}

function nameOf({ space, side, point }: IncidentEndpoint): string {
  return `${space}/${side}/${point.join()}`;
}
