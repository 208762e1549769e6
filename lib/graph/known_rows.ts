/**
 * The rows of one space, of which the adjacency knows some: what it knows is what one run tells, so it
 * answers for a point of which no other run has rows, deletions included.
 *
 * @module
 */

import { REVISION_BYTES } from "../clock/revision.ts";
import { InfiniteDbError } from "../errors.ts";
import { compareRevisions } from "../store/columns.ts";
import { isOnePoint, pointAt } from "../store/point_at.ts";
import type { Run } from "../store/run.ts";
import { ROW_COLUMNS } from "../store/shape.ts";
import { type Adjacency, UNKNOWN } from "./adjacency.ts";
import type { AdjacencyShare } from "./adjacency_cache.ts";
import type { EdgeCondition } from "./edge_condition.ts";
import { EdgeCursor } from "./edge_cursor.ts";
import type { MetNode } from "./endpoint_columns.ts";
import { NEUTRAL, type Side } from "./hyperedge.ts";
import { EdgesAt } from "./live_rows.ts";
import { PointOfRows, PointRows } from "./point_rows.ts";

/** What they hold means nothing from one call to the next. */
const cursor = new EdgeCursor();
const rows = new PointRows();
const point = new PointOfRows();
const edgesAt = new EdgesAt();

const NOT_BEGUN = -1;

/** Whether an edge that has an end is past does not matter: with one a degree is not kept. */
const ALL: EdgeCondition = { kinds: undefined, ceiling: new Uint8Array(REVISION_BYTES) };

/** Of any revision, as long as somebody has the runs: to find a degree would take a tenth longer with a new one. */
const made = new WeakMap<readonly Run[], KnownRows>();

/** The rows of a space, as of one moment and one ceiling. */
export class KnownRows {
  /** All of them. */
  readonly runs: readonly Run[];
  /** The number that the adjacency has for the run that it knows of; 0 where there is none. */
  readonly run: number;
  /** Whether that is the only run. */
  readonly isAlone: boolean;
  readonly #base: readonly Run[];
  readonly #others: readonly Run[];
  readonly #adjacency: Adjacency;
  readonly #share: AdjacencyShare;
  /** Whether that of the point that was asked about last may be kept. */
  #keepsDegree = false;

  /**
   * @param share What was read of the graph
   * @param adjacency The same, as it was when the reading began
   * @param runs The rows
   * @param ceiling Nothing of a higher revision is asked for: one revision, as words; undefined for any
   */
  constructor(
    share: AdjacencyShare,
    adjacency: Adjacency,
    runs: readonly Run[],
    ceiling: Uint32Array | undefined,
  ) {
    const base = baseOf(runs, ceiling);
    this.runs = runs;
    this.run = base === undefined ? 0 : adjacency.numberOf(base);
    this.isAlone = runs.length === 1;
    this.#base = base === undefined ? [] : [base];
    this.#others = this.isAlone ? [] : runs.filter((run) => run !== base);
    this.#adjacency = adjacency;
    this.#share = share;
  }

  /**
   * The rows as they are known now.
   *
   * @param share What was read of the graph
   * @param runs The rows
   * @param ceiling Nothing of a higher revision is asked for: one revision, as words; undefined for any
   */
  static of(
    share: AdjacencyShare,
    runs: readonly Run[],
    ceiling: Uint32Array | undefined,
  ): KnownRows {
    if (ceiling !== undefined) return new KnownRows(share, share.current, runs, ceiling);
    const { current } = share;
    const before = made.get(runs);
    if (before !== undefined && before.#adjacency === current) return before;
    const known = new KnownRows(share, current, runs, undefined);
    made.set(runs, known);
    return known;
  }

  /**
   * The degree of a point, if it is known, or can be learned.
   *
   * @param space The number of its space
   * @param at Where in it
   * @param sides On which sides of the edges it is
   * @returns It, or `UNKNOWN`
   */
  degreeOf(space: number, at: readonly number[], sides: readonly Side[]): number {
    this.#keepsDegree = false;
    if (!this.tellsAllOf(at)) return UNKNOWN;
    const adjacency = this.#adjacency;
    const which = whichOf(sides);
    const degree = adjacency.degree(this.run, space, at, which);
    if (degree >= 0 || this.#share.roomIn(adjacency) === 0) return degree;
    this.#keepsDegree = true;
    this.#learnDegrees(space, at, sides);
    this.#share.grew();
    return adjacency.degree(this.run, space, at, which);
  }

  /**
   * Keeps the degree of the point that was asked about last, if it may.
   *
   * @param space The number of its space
   * @param at Where in it
   * @param sides On which sides of the edges it is
   * @param degree How many edges of all kinds there are, all of which take part for ever
   */
  keepDegree(
    space: number,
    at: readonly number[],
    sides: readonly Side[],
    degree: number,
  ): void {
    if (!this.#keepsDegree) return;
    this.#keep(space, at, sides, degree);
    this.#share.grew();
  }

  #keep(space: number, at: readonly number[], sides: readonly Side[], degree: number): void {
    this.#adjacency.keepDegree(this.run, space, at, whichOf(sides), degree);
  }

  /**
   * Whether the run that the adjacency knows of tells all of a point.
   *
   * @param at Where
   */
  tellsAllOf(at: readonly number[]): boolean {
    if (this.run === 0) return false;
    if (this.isAlone) return true;
    try {
      return !point.reset(this.#others, at, undefined).isThere();
    } catch (error) {
      if (!(error instanceof InfiniteDbError)) throw error;
      return false; // Perhaps nothing of what is asked is there; if it is, who reads it is told.
    } finally {
      point.release();
    }
  }

  /**
   * Where the edges of a point are in the adjacency; learns them if it may.
   *
   * @param here The point
   * @param side On which side of the edges it is
   * @returns As `Adjacency.linksAt` does
   */
  linksOf(here: MetNode, side: Side): number {
    if (!this.tellsAllOf(here.point)) return UNKNOWN;
    const adjacency = this.#adjacency;
    const { space, point: at } = here;
    const known = adjacency.nodes.find(space, at, 0, at.length);
    const found = known < 0 ? UNKNOWN : adjacency.linksAt(this.run, known, side);
    if (found !== UNKNOWN) return found;
    const room = this.#share.roomIn(adjacency);
    if (room === 0) return found;
    const node = adjacency.nodes.add(space, at, 0, at.length);
    adjacency.begin(room);
    const fit = this.#learn({ node, space, point: at }, side);
    const links = adjacency.keepLinks(this.run, node, side, fit);
    this.#share.grew();
    return links;
  }

  /**
   * Learns the degrees of all points that have their rows in one page, once: the page was fetched for one of
   * them, and who asks for seven of some 25 has spent as much. What cannot be read there may be of others.
   */
  #learnDegrees(space: number, at: readonly number[], sides: readonly Side[]): void {
    const [run] = this.#base;
    const dims = at.length;
    const stride = dims + ROW_COLUMNS;
    try {
      if (!point.reset(this.#base, at, undefined).isThere()) return;
      const page = run.page(point.placeIn(0));
      const { base, count, coordinates } = page;
      if (!this.#adjacency.learnsPage(this.run, base, whichOf(sides))) return;
      // The first and the last point may have rows in the pages beside.
      let begin = base === 0 ? 0 : NOT_BEGUN;
      for (let row = 1; row <= count; row++) {
        const isEnd = row < count
          ? !isOnePoint(coordinates, (row - 1) * stride, row * stride, dims)
          : base + count === run.count;
        if (!isEnd) continue;
        if (begin !== NOT_BEGUN) {
          const own = pointAt(coordinates, begin * stride, dims);
          edgesAt.begin(this.#base, own, undefined, sides, ALL, base + begin);
          let degree = 0;
          while (edgesAt.next()) degree++;
          if (edgesAt.lasting) this.#keep(space, own, sides, degree);
        }
        begin = row;
      }
    } catch (error) {
      if (!(error instanceof InfiniteDbError)) throw error;
    } finally {
      edgesAt.release();
      point.release();
    }
  }

  /** @returns Whether all edges can be kept */
  #learn(here: MetNode, side: Side): boolean {
    const adjacency = this.#adjacency;
    try {
      rows.begin(point.reset(this.#base, here.point, undefined), side);
      let fit = true;
      while (fit && rows.next()) {
        const { bytes, from, to, high, low } = rows;
        fit = rows.lasts && cursor.takeHead(bytes, from, to) &&
          ((side === NEUTRAL && cursor.directed) || adjacency.learn(high, low, cursor, here));
      }
      return fit;
    } finally { // A page may be damaged; then its run is not held on to.
      rows.release();
      point.release();
    }
  }
}

/** Of the four degrees of a point: that of any side, or that of one. */
function whichOf(sides: readonly Side[]): number {
  return sides.length === 1 ? sides[0] + 1 : 0;
}

/** The run that the adjacency may know of: the largest, if it is in a file and all of it is asked for. */
function baseOf(runs: readonly Run[], ceiling: Uint32Array | undefined): Run | undefined {
  let base: Run | undefined;
  for (const run of runs) if (base === undefined || run.count > base.count) base = run;
  if (base === undefined || !base.inFile) return undefined;
  const isWhole = ceiling === undefined || compareRevisions(base.bounds.newest, 0, ceiling, 0) <= 0;
  return isWhole ? base : undefined;
}
