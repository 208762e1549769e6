/**
 * A hypergraph in plain arrays: decides what the right answers are.
 *
 * @module
 */

import type { Box } from "../../mod.ts";
import { ENDPOINTS, type GraphColumns } from "./random_graph.ts";
import { DIMS } from "./random_points.ts";

/** What can be reached. */
export interface Reach {
  /** Every point once, the nearest first. */
  points: number[];
  /** The level of each point of the graph; -1 where it was not reached. */
  levels: Int32Array;
  /** How many edges were crossed. */
  edges: number;
}

/** The edges of a graph by their points. */
export class PlainGraph {
  /** The graph. */
  readonly columns: GraphColumns;
  /** Where the edges of each point begin in `#edges`; one more for the end. */
  readonly #starts: Uint32Array;
  readonly #edges: Uint32Array;

  /** @param columns The graph */
  constructor(columns: GraphColumns) {
    const { pointCount, endpoints } = columns;
    this.columns = columns;
    this.#starts = new Uint32Array(pointCount + 1);
    for (const point of endpoints) this.#starts[point + 1]++;
    for (let point = 0; point < pointCount; point++) this.#starts[point + 1] += this.#starts[point];
    this.#edges = new Uint32Array(endpoints.length);
    const next = this.#starts.slice();
    for (let i = 0; i < endpoints.length; i++) {
      this.#edges[next[endpoints[i]]++] = Math.floor(i / ENDPOINTS);
    }
  }

  /**
   * The edges of a point, by rising number.
   *
   * @param point Its number
   */
  incident(point: number): Uint32Array {
    return this.#edges.subarray(this.#starts[point], this.#starts[point + 1]);
  }

  /**
   * The edges of which a point is the cause, by rising number.
   *
   * @param point Its number
   */
  leaving(point: number): Uint32Array {
    const { endpoints } = this.columns;
    return this.incident(point).filter((edge) => endpoints[edge * ENDPOINTS] === point);
  }

  /**
   * The edges with an endpoint in a box, by rising number.
   *
   * @param box Where
   */
  touching({ min, max }: Box): number[] {
    const { pointCount, coordinates } = this.columns;
    const edges = new Set<number>();
    for (let point = 0; point < pointCount; point++) {
      const [x, y] = [coordinates[point * DIMS], coordinates[point * DIMS + 1]];
      if (x < min[0] || x > max[0] || y < min[1] || y > max[1]) continue;
      for (const edge of this.incident(point)) edges.add(edge);
    }
    return [...edges].sort((a, b) => a - b);
  }

  /**
   * Everything behind a point, breadth first.
   *
   * @param start The number of the point
   */
  reach(start: number): Reach {
    const { pointCount, endpoints } = this.columns;
    const levels = new Int32Array(pointCount).fill(-1);
    const points = [start];
    let edges = 0;
    levels[start] = 0;
    for (let next = 0; next < points.length; next++) {
      const cause = points[next];
      for (const edge of this.leaving(cause)) {
        edges++;
        for (let i = edge * ENDPOINTS + 1; i < (edge + 1) * ENDPOINTS; i++) {
          if (levels[endpoints[i]] >= 0) continue;
          levels[endpoints[i]] = levels[cause] + 1;
          points.push(endpoints[i]);
        }
      }
    }
    return { points, levels, edges };
  }
}
