/**
 * A random hypergraph over points of the plane, as plain arrays: one cause and two effects an edge.
 *
 * The plane is cut into upright strips, the regions; no edge leads out of its region, as pipes do not lead
 * out of their plant. So what can be reached from a point is about all of its region: its size is known
 * beforehand, and no depth has to be agreed on. Within a region nineteen of twenty effects are in the same
 * or a neighbouring cell of a grid of about eight points a cell, one is anywhere. Each cause is any point.
 * The endpoints of an edge are three points, none twice.
 *
 * Edges come in an order that mixes the regions, as relations come in time, not in space. A region is
 * decided by its seed, place and size alone: the same one can be part of two graphs.
 *
 * @module
 */

import { Random } from "./random.ts";
import { COORDINATE_LIMIT, DIMS, RandomPoints } from "./random_points.ts";

/** Endpoints of an edge: the cause first, then its effects. */
export const ENDPOINTS = 3;

/** The kinds of edges, by their numbers. */
export const KINDS = ["feeds", "cools", "controls", "signals"] as const;

/** Points for each edge. */
export const POINTS_PER_EDGE = 0.3;

/** A region to be. */
export interface RegionPlan {
  /** Its left and right side. */
  from: number;
  /** The right side. */
  to: number;
  /** How many points it has. */
  points: number;
  /** How many edges. */
  edges: number;
  /** Any integer. */
  seed: number;
}

/** A hypergraph, as columns. */
export interface GraphColumns {
  /** How many points. */
  pointCount: number;
  /** Point after point, region after region. */
  coordinates: Float64Array;
  /** How many edges. */
  edgeCount: number;
  /** `ENDPOINTS` numbers of points an edge. */
  endpoints: Uint32Array;
  /** The number of each edge's kind. */
  kinds: Uint8Array;
  /** Weights; multiples of 1/1024. */
  weights: Float64Array;
  /** Of each edge the property `since`, a year. */
  years: Uint16Array;
  /** The first point of each region. */
  regionStarts: number[];
}

const CELL_POINTS = 8;
const NEIGHBOUR_TRIES_MAX = 8;
const FAR_ONE_IN = 20;
const FIRST_YEAR = 1950;
const YEARS = 80;
const WEIGHT_STEPS = 1024;

/**
 * Makes a hypergraph.
 *
 * @param plans Its regions
 * @param seed Decides the order in which the edges of the regions come
 */
export function randomGraph(plans: readonly RegionPlan[], seed: number): GraphColumns {
  const graph = emptyGraph(plans);
  const regions = plans.map((plan, i) => new Region(plan, graph, graph.regionStarts[i]));
  const order = plans.flatMap(({ edges }, region) => new Array<number>(edges).fill(region));
  new Random(seed).shuffle(order);
  for (let edge = 0; edge < order.length; edge++) regions[order[edge]].addEdge(edge);
  return graph;
}

/**
 * The name of an edge's property `tag`.
 *
 * @param graph Whose edge
 * @param edge Its number
 */
export function tagOf({ endpoints }: GraphColumns, edge: number): string {
  return `line ${endpoints[edge * ENDPOINTS] % 997}`;
}

function emptyGraph(plans: readonly RegionPlan[]): GraphColumns {
  const regionStarts: number[] = [];
  let [pointCount, edgeCount] = [0, 0];
  for (const { points, edges } of plans) {
    regionStarts.push(pointCount);
    pointCount += points;
    edgeCount += edges;
  }
  return {
    pointCount,
    coordinates: new Float64Array(pointCount * DIMS),
    edgeCount,
    endpoints: new Uint32Array(edgeCount * ENDPOINTS),
    kinds: new Uint8Array(edgeCount),
    weights: new Float64Array(edgeCount),
    years: new Uint16Array(edgeCount),
    regionStarts,
  };
}

/** Makes the points of a region at once, and its edges one after the other. */
class Region {
  readonly #plan: RegionPlan;
  readonly #graph: GraphColumns;
  readonly #first: number;
  readonly #random: Random;
  readonly #columns: number;
  readonly #rows: number;
  /** Where the points of each cell begin in `#sorted`; one more for the end. */
  readonly #cellStarts: Uint32Array;
  readonly #sorted: Uint32Array;

  constructor(plan: RegionPlan, graph: GraphColumns, first: number) {
    this.#plan = plan;
    this.#graph = graph;
    this.#first = first;
    this.#random = new Random(plan.seed);
    const random = new RandomPoints(plan.seed + 1);
    const width = plan.to - plan.from;
    for (let i = first; i < first + plan.points; i++) {
      graph.coordinates[i * DIMS] = plan.from + random.coordinate() / COORDINATE_LIMIT * width;
      graph.coordinates[i * DIMS + 1] = random.coordinate();
    }
    const side = Math.sqrt(width * COORDINATE_LIMIT * CELL_POINTS / plan.points);
    this.#columns = Math.max(1, Math.floor(width / side));
    this.#rows = Math.max(1, Math.floor(COORDINATE_LIMIT / side));
    this.#cellStarts = new Uint32Array(this.#columns * this.#rows + 1);
    this.#sorted = new Uint32Array(plan.points);
    this.#sortPoints();
  }

  /** Makes the next edge, under the number it has in the graph. */
  addEdge(edge: number): void {
    const { endpoints, kinds, weights, years } = this.#graph;
    const at = edge * ENDPOINTS;
    const cause = this.#anyPoint();
    const first = this.#effectOf(cause, cause);
    endpoints[at] = cause;
    endpoints[at + 1] = first;
    endpoints[at + 2] = this.#effectOf(cause, first);
    kinds[edge] = this.#random.below(KINDS.length);
    weights[edge] = this.#random.below(WEIGHT_STEPS) / WEIGHT_STEPS;
    years[edge] = FIRST_YEAR + this.#random.below(YEARS);
  }

  #anyPoint(): number {
    return this.#first + this.#random.below(this.#plan.points);
  }

  /** A point near the cause, or now and then anywhere, that is neither of two. */
  #effectOf(cause: number, other: number): number {
    if (this.#random.below(FAR_ONE_IN) !== 0) {
      for (let tries = 0; tries < NEIGHBOUR_TRIES_MAX; tries++) {
        const point = this.#neighbourOf(cause);
        if (point !== undefined && point !== cause && point !== other) return point;
      }
    }
    while (true) {
      const point = this.#anyPoint();
      if (point !== cause && point !== other) return point;
    }
  }

  /** Some point of the nine cells around one; undefined if the cell chosen is empty, or none. */
  #neighbourOf(point: number): number | undefined {
    const column = this.#columnOf(point) + this.#random.below(3) - 1;
    const row = this.#rowOf(point) + this.#random.below(3) - 1;
    if (column < 0 || column >= this.#columns || row < 0 || row >= this.#rows) return undefined;
    const cell = row * this.#columns + column;
    const [from, to] = [this.#cellStarts[cell], this.#cellStarts[cell + 1]];
    return from === to ? undefined : this.#sorted[from + this.#random.below(to - from)];
  }

  /** Sorts by cells, counting. */
  #sortPoints(): void {
    const { points } = this.#plan;
    const starts = this.#cellStarts;
    for (let i = 0; i < points; i++) starts[this.#cellOf(this.#first + i) + 1]++;
    for (let cell = 1; cell < starts.length; cell++) starts[cell] += starts[cell - 1];
    const next = starts.slice();
    for (let i = 0; i < points; i++) {
      const point = this.#first + i;
      this.#sorted[next[this.#cellOf(point)]++] = point;
    }
  }

  #cellOf(point: number): number {
    return this.#rowOf(point) * this.#columns + this.#columnOf(point);
  }

  #columnOf(point: number): number {
    const { from, to } = this.#plan;
    const place = (this.#graph.coordinates[point * DIMS] - from) / (to - from);
    return Math.min(this.#columns - 1, Math.floor(place * this.#columns));
  }

  #rowOf(point: number): number {
    const place = this.#graph.coordinates[point * DIMS + 1] / COORDINATE_LIMIT;
    return Math.min(this.#rows - 1, Math.floor(place * this.#rows));
  }
}
