/**
 * Reads one graph, live or pinned.
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";
import type { EndpointAt, Hyperedge, NameOrHandle } from "../hyperedge.ts";
import { valueOf } from "../store/history.ts";
import type { Run } from "../store/run.ts";
import type { Box, ReadOptions } from "../store/space.ts";
import {
  type CheckedBox,
  type CheckedReadOptions,
  checkReadOptions,
} from "../store/space_checks.ts";
import { wordsOf } from "../store/view_reader.ts";
import { isAcyclic } from "./acyclic.ts";
import type { AdjacencyShare } from "./adjacency_cache.ts";
import type { Doubts } from "./doubts.ts";
import { ConditionAt, type EdgeCondition } from "./edge_condition.ts";
import { EdgeIterator } from "./edge_iterator.ts";
import { EdgeReader, wordsAt } from "./edge_reader.ts";
import { type EdgeIds, EdgesAhead, ListedIds } from "./edges_ahead.ts";
import type { EdgeFilter, Graph, GraphInfo, GraphLevels } from "./graph.ts";
import { EDGE_ID_MAX, type Side } from "./hyperedge.ts";
import { checkIncidenceFilter, checkKinds, type IncidenceFilter } from "./incidence_filter.ts";
import { KnownRows } from "./known_rows.ts";
import { topologicalLevels } from "./levels.ts";
import { EdgesAt, EdgesOf, RowScan } from "./live_rows.ts";
import { MetGraph } from "./met_graph.ts";
import { RowSource } from "./row_source.ts";
import { StoredRows } from "./stored_rows.ts";
import {
  type Arrival,
  checkTraversalSpec,
  type Traversal,
  type TraversalNode,
  type TraversalSpec,
  traverse,
} from "./traversal.ts";

/** What a reader reads from. */
export interface GraphSource {
  /** Throws when it was closed. */
  check(): void;
  /** The edges to be read from now on. */
  edges(): readonly Run[];
  /** The rows about the points of a space to be read from now on; with edges pinned in one breath, of one moment. */
  rows(space: number): readonly Run[];
  /** When edges must be valid that are read as of now, in milliseconds since 1970. */
  nowMs(): number;
  /** Edges whose rows may be incomplete; undefined where there are none. */
  readonly doubts: Doubts | undefined;
  /** What was read of it before. */
  readonly share: AdjacencyShare;
  /** Finds a space and checks a point in it. */
  locate(space: NameOrHandle, point: ArrayLike<number>): { space: number; point: number[] };
  /** Finds a space and checks a box in it. */
  locateBox(space: NameOrHandle, box: Box | undefined): { space: number; box: CheckedBox };
  /** The name of a space. */
  nameOf(space: number): string;
}

/** The names of arrivals, by their numbers. */
const ARRIVALS: readonly (Arrival | undefined)[] = [undefined, "start", "expanded", "co-cause"];

/** A traversal brings along so many edges; to make them takes some milliseconds. */
const TRAVERSAL_EDGES_READ_MAX = 1000;

const ID_LOW = 0xffff_ffffn;

/** How to read, checked. */
interface Terms {
  ceiling: Uint32Array | undefined;
  limit: number;
  condition: EdgeCondition;
}

/** A reader of one graph. */
export class GraphView implements Graph {
  /** The graph's name. */
  readonly name: string;
  /** How the graph was made. */
  readonly config: GraphInfo;
  readonly #source: GraphSource;
  /** Those that nobody uses: to make them takes as long as to find a few edges. */
  #spareAt: EdgesAt | undefined;
  #spareAhead: EdgesAhead | undefined;

  /**
   * @param name The graph's name
   * @param config How the graph was made
   * @param source What to read from
   */
  constructor(name: string, config: GraphInfo, source: GraphSource) {
    this.name = name;
    this.config = config;
    this.#source = source;
  }

  /** An edge; see {@linkcode Graph}. */
  get(id: bigint, options?: ReadOptions): Hyperedge | undefined {
    if (typeof id !== "bigint" || id < 0n || id > EDGE_ID_MAX) {
      throw new InvalidArgumentError(
        `The id of a hyperedge is a bigint from 0 to 2^64-1, not ${describe(id)}`,
        { found: id },
      );
    }
    const reader = this.#reader(this.#terms(undefined, options));
    const found = reader.find(Number(id >> 32n), Number(id & ID_LOW));
    return found && reader.toHyperedge(found);
  }

  /** Every edge; see {@linkcode Graph}. */
  edges(filter: EdgeFilter = {}, options?: ReadOptions): IteratorObject<Hyperedge, undefined> {
    if (typeof filter !== "object" || filter === null) {
      throw new InvalidArgumentError(`A filter is an object, not ${describe(filter)}`, {
        found: filter,
      });
    }
    const terms = this.#terms(checkKinds(filter.kinds), options);
    const { kinds } = terms.condition;
    return new EdgeIterator(this.#source, terms.limit, () => {
      const reader = this.#reader(terms);
      const versions = reader.all();
      return () => {
        for (let each = versions.next(); !each.done; each = versions.next()) {
          const edge = reader.toHyperedge(each.value);
          if (kinds === undefined || kinds.has(edge.kind)) return edge;
        }
        return undefined;
      };
    });
  }

  /** The edges of a point; see {@linkcode Graph}. */
  incident(
    endpoint: EndpointAt,
    filter?: IncidenceFilter,
    options?: ReadOptions,
  ): IteratorObject<Hyperedge, undefined> {
    const { space, point, sides, kinds } = this.#around(endpoint, filter);
    const terms = this.#terms(kinds, options);
    return new EdgeIterator(this.#source, terms.limit, () => {
      const runs = this.#source.rows(space);
      const found = this.#takeSpare().begin(runs, point, terms.ceiling, sides, terms.condition);
      const edges = this.#ahead(found, terms);
      return () => {
        const edge = edges.next();
        if (edge === undefined) { // After the last step there is no other.
          this.#giveBack(found);
          this.#giveBackAhead(edges);
        }
        return edge;
      };
    });
  }

  /** The edges in a box; see {@linkcode Graph}. */
  touching(
    space: NameOrHandle,
    box?: Box,
    filter?: IncidenceFilter,
    options?: ReadOptions,
  ): IteratorObject<Hyperedge, undefined> {
    const located = this.#source.locateBox(space, box);
    const { sides, kinds } = checkIncidenceFilter(filter);
    const terms = this.#terms(kinds, options);
    return new EdgeIterator(this.#source, terms.limit, () => {
      const runs = this.#source.rows(located.space);
      const rows = new RowScan(runs, located.box, sides, terms.ceiling);
      const found = new EdgesOf(rows, terms.condition);
      const edges = this.#ahead(found, terms);
      return () => {
        const edge = edges.next();
        if (edge === undefined) this.#giveBackAhead(edges);
        return edge;
      };
    });
  }

  /** How many edges a point has; see {@linkcode Graph}. */
  degree(endpoint: EndpointAt, filter?: IncidenceFilter, options?: ReadOptions): number {
    const { space, point, sides, kinds } = this.#around(endpoint, filter);
    this.#source.check();
    const checked = checkReadOptions(options);
    const { limit } = checked;
    if (limit === 0) return 0;
    const runs = this.#source.rows(space);
    let known: KnownRows | undefined;
    if (kinds === undefined && this.#source.doubts?.none !== false) {
      known = KnownRows.of(this.#source.share, runs, wordsOf(checked.ceiling));
      const degree = known.degreeOf(space, point, sides);
      if (degree >= 0) return Math.min(degree, limit);
    }
    const { ceiling, condition } = this.#termsOf(kinds, checked); // Asks what time it is.
    const found = this.#takeSpare().begin(runs, point, ceiling, sides, condition);
    let count = 0;
    while (count < limit && found.next()) count++;
    if (count < limit && found.lasting) known?.keepDegree(space, point, sides, count);
    this.#giveBack(found);
    return count;
  }

  /** What can be reached; see {@linkcode Graph}. */
  traverse(spec: TraversalSpec, options?: ReadOptions): Traversal {
    const checked = checkTraversalSpec(spec);
    const starts = checked.from.map(({ space, point }) => this.#source.locate(space, point));
    const terms = this.#terms(checked.kinds, options);
    const reader = this.#reader(terms);
    const stored = new StoredRows(this.#source, reader, terms.ceiling, this.#source.share);
    const source = new RowSource(stored, terms.condition, checked.direction !== "both");
    const { met } = source;
    const numbers = starts.map(({ space, point }) => met.nodes.add(space, point, 0, point.length));
    const reached = traverse(source, numbers, checked);
    this.#source.share.grew(); // Marks take room, too.
    const nodes: TraversalNode[] = [];
    for (let i = 0; i < reached.nodes.length; i++) {
      const node = reached.nodes[i];
      nodes.push({
        space: this.#source.nameOf(met.nodes.spaceOf(node)),
        point: met.nodes.pointOf(node),
        level: reached.levels[i],
        arrival: ARRIVALS[reached.arrivals[i]]!,
      });
    }
    return this.#withEdges(nodes, met.edges.idsOf(reached.edges), reader);
  }

  /** Few edges are read at once, many when they are asked for: to make them takes longer than all the rest. */
  #withEdges(nodes: TraversalNode[], ids: Uint32Array, reader: EdgeReader): Traversal {
    const read = (): Hyperedge[] => {
      const edges: Hyperedge[] = [];
      const ahead = new EdgesAhead().begin(new ListedIds(ids), reader, Infinity);
      for (let edge = ahead.next(); edge !== undefined; edge = ahead.next()) edges.push(edge);
      return edges;
    };
    if (ids.length <= 2 * TRAVERSAL_EDGES_READ_MAX) return { nodes, edges: read() };
    const { check } = this.#source;
    let edges: Hyperedge[] | undefined;
    return {
      nodes,
      get edges() {
        if (edges === undefined) {
          check();
          edges = read();
        }
        return edges;
      },
      set edges(others) {
        edges = others;
      },
    };
  }

  /** Whether there is no cycle; see {@linkcode Graph}. */
  isAcyclic(kinds?: string[], options?: ReadOptions): boolean {
    const terms = this.#terms(checkKinds(kinds), options);
    return isAcyclic(this.#met(this.#reader(terms), terms));
  }

  /** The levels of points; see {@linkcode Graph}. */
  topologicalLevels(kinds?: string[], options?: ReadOptions): GraphLevels {
    const terms = this.#terms(checkKinds(kinds), options);
    const reader = this.#reader(terms);
    const met = this.#met(reader, terms);
    const found = topologicalLevels(met);
    if (found.kind === "levels") {
      const nodes = Array.from(found.nodes, (node, i) => ({
        ...this.#placeOf(met, node),
        level: found.levels[i],
      }));
      return { kind: "levels", nodes };
    }
    const edges = found.edges.map((edge) =>
      reader.toHyperedge(reader.get(met.edges.highOf(edge), met.edges.lowOf(edge)))
    );
    return { kind: "cycle", edges };
  }

  #around(
    endpoint: EndpointAt,
    filter?: IncidenceFilter,
  ): { space: number; point: number[]; sides: readonly Side[]; kinds: EdgeCondition["kinds"] } {
    if (typeof endpoint !== "object" || endpoint === null) {
      throw new InvalidArgumentError(
        `An endpoint is an object with space and point, not ${describe(endpoint)}`,
        { found: endpoint },
      );
    }
    const { space, point } = this.#source.locate(endpoint.space, endpoint.point);
    const { sides, kinds } = checkIncidenceFilter(filter);
    return { space, point, sides, kinds };
  }

  #takeSpare(): EdgesAt {
    const spare = this.#spareAt ?? new EdgesAt();
    this.#spareAt = undefined;
    return spare;
  }

  #giveBack(edgesAt: EdgesAt): void {
    edgesAt.release();
    this.#spareAt = edgesAt;
  }

  #ahead(ids: EdgeIds, terms: Terms): EdgesAhead {
    const spare = this.#spareAhead ?? new EdgesAhead();
    this.#spareAhead = undefined;
    return spare.begin(ids, this.#reader(terms), terms.limit);
  }

  #giveBackAhead(edges: EdgesAhead): void {
    edges.release();
    this.#spareAhead = edges;
  }

  #terms(kinds: EdgeCondition["kinds"], options?: ReadOptions): Terms {
    this.#source.check();
    return this.#termsOf(kinds, checkReadOptions(options));
  }

  #termsOf(kinds: EdgeCondition["kinds"], { ceiling, limit }: CheckedReadOptions): Terms {
    const condition = new ConditionAt(kinds, ceiling ?? this.#source.nowMs(), this.#source.doubts);
    return { ceiling: wordsOf(ceiling), limit, condition };
  }

  #reader({ ceiling }: Terms): EdgeReader {
    const { nameOf } = this.#source;
    return new EdgeReader(this.#source.edges(), ceiling, nameOf.bind(this.#source));
  }

  /** All edges that are directed and take part. */
  #met(reader: EdgeReader, { condition }: Terms): MetGraph {
    const met = new MetGraph(condition);
    for (const version of reader.all()) {
      const { high, low } = wordsAt(version);
      met.meetDirected(high, low, valueOf(version));
    }
    return met;
  }

  #placeOf({ nodes }: MetGraph, node: number): { space: string; point: number[] } {
    return { space: this.#source.nameOf(nodes.spaceOf(node)), point: nodes.pointOf(node) };
  }
}
