/**
 * A graph as its users see it.
 *
 * @module
 */

import type { EndpointAt, Hyperedge, NameOrHandle } from "../hyperedge.ts";
import type { Box, ReadOptions } from "../store/space.ts";
import type { KindDirection } from "./graph_config.ts";
import type { IncidenceFilter } from "./incidence_filter.ts";
import type { Traversal, TraversalSpec } from "./traversal.ts";

/** How a graph was made, everything said. */
export interface GraphInfo {
  /** The kinds of edges it knows, and whether their edges are directed. */
  kinds: Readonly<Record<string, KindDirection>>;
  /** What becomes of an edge of another kind. */
  unknownKinds: "allow" | "reject";
}

/** Which edges are wanted. */
export interface EdgeFilter {
  /** Their kinds; all, unless given, and none where there are none. */
  kinds?: string[];
}

/** A node with its level. */
export interface LevelledNode {
  /** The name of the space. */
  space: string;
  /** Where in it. */
  point: number[];
  /** 0 where no edge leads, else 1 + the highest level of all tails before it. */
  level: number;
}

/** The level of every point, or why there is none. */
export type GraphLevels =
  | {
    /** Nothing depends on itself. */
    kind: "levels";
    /** Every point that is a tail or a head, by rising level. */
    nodes: LevelledNode[];
  }
  | {
    /** Something does. */
    kind: "cycle";
    /** The edges of one cycle: a head of each is a tail of the next, of the last one of the first. */
    edges: Hyperedge[];
  };

/**
 * Reads a graph.
 *
 * Of `ReadOptions`, `asOf` and `limit` count. An edge past its `validTo` is still there for `get` and
 * `edges`, and takes no part in all the rest: past at `asOf`; without one at the time of the call, or
 * when the snapshot was taken.
 */
export interface GraphReader {
  /** The graph's name. */
  readonly name: string;
  /** How the graph was made. */
  readonly config: GraphInfo;
  /**
   * An edge.
   *
   * @param id Its id
   * @param options How to read
   * @returns The edge; undefined when there is none
   * @throws {InvalidArgumentError} Unless the id is a bigint from 0 to 2^64-1
   */
  get(id: bigint, options?: ReadOptions): Hyperedge | undefined;
  /**
   * Every edge, in the order of ids, as they are when the iteration begins.
   *
   * @param filter Which of them
   * @param options How to read
   * @returns An iterator, to be used once
   */
  edges(filter?: EdgeFilter, options?: ReadOptions): IteratorObject<Hyperedge, undefined>;
  /**
   * The edges of which a point is an endpoint, each once, in the order of ids, as they are when the
   * iteration begins.
   *
   * @param endpoint The point
   * @param filter Which of them
   * @param options How to read
   * @returns An iterator, to be used once
   * @throws {NotFoundError} If there is no such space
   * @throws {InvalidArgumentError} If the point is not one of the space
   */
  incident(
    endpoint: EndpointAt,
    filter?: IncidenceFilter,
    options?: ReadOptions,
  ): IteratorObject<Hyperedge, undefined>;
  /**
   * The edges of which an endpoint lies in a box, each once, as they are when the iteration begins.
   *
   * @param space A space of this database, or its name
   * @param box Where in it; everywhere, unless given
   * @param filter Which of them; a direction is that of an endpoint in the box
   * @param options How to read
   * @returns An iterator, to be used once
   * @throws {NotFoundError} If there is no such space
   * @throws {InvalidArgumentError} If the box is inverted or of other dimensions
   */
  touching(
    space: NameOrHandle,
    box?: Box,
    filter?: IncidenceFilter,
    options?: ReadOptions,
  ): IteratorObject<Hyperedge, undefined>;
  /**
   * How many edges `incident` would give; reads no edge.
   *
   * @param endpoint The point
   * @param filter Which of them
   * @param options How to read
   * @throws As `incident`
   */
  degree(endpoint: EndpointAt, filter?: IncidenceFilter, options?: ReadOptions): number;
  /**
   * What can be reached from points, and over which edges. Neutral endpoints of directed edges take no
   * part. The cost grows with what is reached, not with the graph.
   *
   * @param spec From where, and how
   * @param options How to read; `limit` does not matter
   * @throws {InvalidArgumentError} If it is outside what is allowed
   */
  traverse(spec: TraversalSpec, options?: ReadOptions): Traversal;
  /**
   * Whether no way over directed edges, from a tail to a head, leads back to where it began.
   *
   * @param kinds The kinds of the edges that count; all, unless given
   * @param options How to read; `limit` does not matter
   */
  isAcyclic(kinds?: string[], options?: ReadOptions): boolean;
  /**
   * In which order points have to be worked out where heads depend on tails: all of one level at once.
   *
   * @param kinds The kinds of the edges that count; all, unless given
   * @param options How to read; `limit` does not matter
   */
  topologicalLevels(kinds?: string[], options?: ReadOptions): GraphLevels;
}

/**
 * A graph of an open database: reads what is committed at the time of each call.
 *
 * @example
 * ```ts
 * import { MemoryStorage, open } from "@infinite/db";
 * import assert from "node:assert/strict";
 *
 * await using db = await open("/plant", { storage: new MemoryStorage() });
 * const pumps = await db.createSpace("pumps", { dims: 2 });
 * const tanks = await db.createSpace("tanks", { dims: 3 });
 * const pipes = await db.createGraph("pipes", { kinds: { feeds: "directed" } });
 * await db.write((session) => {
 *   session.insert(pumps, [1, 2], { degrees: 81 });
 *   session.relate(pipes, {
 *     kind: "feeds",
 *     endpoints: [
 *       { space: pumps, point: [1, 2], polarity: "tail" },
 *       { space: tanks, point: [7, 7, 7], polarity: "head", role: "inlet" },
 *     ],
 *   });
 * });
 * const [edge] = pipes.incident({ space: pumps, point: [1, 2] }, { direction: "outgoing" });
 * assert.deepEqual(edge.endpoints[1].point, [7, 7, 7]);
 * const reached = pipes.traverse({ from: { space: pumps, point: [1, 2] } });
 * assert.deepEqual(reached.nodes.map(({ space, level }) => [space, level]), [["pumps", 0], ["tanks", 1]]);
 * ```
 */
export interface Graph extends GraphReader {}
