import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { encodeRevision, Revision } from "../../lib/clock/revision.ts";
import { isAcyclic } from "../../lib/graph/acyclic.ts";
import { EdgeCursor } from "../../lib/graph/edge_cursor.ts";
import { surelyLasts } from "../../lib/graph/edge_codec.ts";
import { encodeEdge } from "../support/encoded_edge.ts";
import type { CheckedEdge, Side } from "../../lib/graph/hyperedge.ts";
import { HEAD, NEUTRAL, TAIL } from "../../lib/graph/hyperedge.ts";
import { incidenceRows, incidentEndpoints, rowAddress } from "../../lib/graph/incidence.ts";
import { MetGraph } from "../../lib/graph/met_graph.ts";
import { type IncidenceReader, type RowCursor, RowSource } from "../../lib/graph/row_source.ts";
import { checkTraversalSpec, type TraversalSpec, traverse } from "../../lib/graph/traversal.ts";
import { anyEdges, type End, isDirected, TestGraph } from "../support/hypergraphs.ts";

const from = { space: "pumps", point: [0] };
const written = new Revision(1, 0, 1, 1);

/** Rows and edges as they would be stored, and what was read of them. */
class StoredRows implements IncidenceReader {
  readonly #rows = new Map<string, [high: number, low: number, head: Uint8Array][]>();
  readonly edges: Uint8Array[] = [];
  rowsRead = 0;
  edgesRead = 0;

  put(edge: CheckedEdge): void {
    const cursor = new EdgeCursor();
    const id = this.edges.push(encodeEdge(edge)) - 1;
    cursor.takeEdge(this.edges[id]);
    const head = cursor.toHead();
    const endpoints = incidentEndpoints(cursor);
    for (const { endpoint } of incidenceRows({ revision: written, endpoints })) {
      const address = rowAddress(endpoint, 7, id);
      const name = [endpoint.space, ...address.slice(0, -2)].join();
      const rows = this.#rows.get(name) ?? [];
      rows.push([7, id, head]);
      this.#rows.set(name, rows);
    }
  }

  rowsAt(
    space: number,
    point: readonly number[],
    side: Side,
  ): RowCursor {
    const rows = this.#rows.get([space, ...point, side].join()) ?? [];
    let at = 0;
    const cursor = {
      high: 0,
      low: 0,
      bytes: new Uint8Array(0) as Uint8Array,
      from: 0,
      to: 0,
      lasts: false,
      next: () => {
        if (at === rows.length) return false;
        this.rowsRead++;
        [cursor.high, cursor.low, cursor.bytes] = rows[at++];
        cursor.to = cursor.bytes.length;
        cursor.lasts = surelyLasts(cursor.bytes, 0, cursor.to);
        return true;
      },
    };
    return cursor;
  }

  orderOf(_space: number, count: number, pointOf: (i: number) => readonly number[]): Uint32Array {
    const points = Array.from({ length: count }, (_, i) => pointOf(i));
    const order = points.map((_, i) => i).sort((a, b) => points[a][0] - points[b][0]);
    return Uint32Array.from(order);
  }

  edgeOf(high: number, low: number): Uint8Array {
    assert.equal(high, 7);
    this.edgesRead++;
    return this.edges[low];
  }
}

/** Node 5 is the point [5, 1.5] of space 1, odd ones are of space 2. */
function edgeOf(ends: readonly End[], more: Partial<CheckedEdge> = {}): CheckedEdge {
  return {
    id: undefined,
    kind: "feeds",
    directed: isDirected(ends),
    endpoints: ends.map(([node, side], i) => ({
      space: 1 + node % 2,
      point: [node, 1.5],
      role: `role ${i}`,
      side,
    })),
    weight: undefined,
    properties: undefined,
    validTo: undefined,
    ...more,
  };
}

function bytesOf(revision: Revision): Uint8Array {
  const bytes = new Uint8Array(16);
  encodeRevision(revision, bytes, 0);
  return bytes;
}

const ALL = { kinds: undefined, ceiling: bytesOf(written) };

/** What a traversal of stored rows reaches: nodes with levels and arrivals, and ids. */
function walk(source: RowSource, nodes: number[], how: Partial<TraversalSpec> = {}): unknown {
  const starts = nodes.map((node) => source.met.nodes.add(1 + node % 2, [node, 1.5], 0, 2));
  const reached = traverse(source, starts, checkTraversalSpec({ from, ...how }));
  return {
    nodes: [...reached.nodes].map((node, i) => {
      const [number] = source.met.nodes.pointOf(node);
      assert.equal(source.met.nodes.spaceOf(node), 1 + number % 2);
      return `${number}: ${reached.levels[i]} ${reached.arrivals[i]}`;
    }).sort(),
    edges: [...reached.edges].map((edge) => Number(source.met.edges.idOf(edge) & 0xffffffffn))
      .sort((a, b) => a - b),
  };
}

test("traversing stored rows finds what traversing the graph finds", () => {
  const anyHow = fc.constantFrom<Partial<TraversalSpec>>(
    {},
    { direction: "backward" },
    { direction: "both", depth: 2 },
    { mode: "b-connectivity" },
    { mode: "b-connectivity", direction: "backward" },
  );
  fc.assert(
    fc.property(anyEdges, fc.nat(7), anyHow, (graph, from, how) => {
      const stored = new StoredRows();
      for (const ends of graph.edges) stored.put(edgeOf(ends));
      const start = from % graph.nodeCount;
      const spec = checkTraversalSpec({ from: { space: "pumps", point: [0] }, ...how });
      const source = new TestGraph(graph.nodeCount, graph.edges);
      const expected = traverse(source, [start], spec);
      assert.deepEqual(walk(new RowSource(stored, ALL), [start], how), {
        nodes: [...expected.nodes].map((node, i) =>
          `${node}: ${expected.levels[i]} ${expected.arrivals[i]}`
        ).sort(),
        edges: [...expected.edges].sort((a, b) => a - b),
      });
    }),
    { numRuns: 300 },
  );
});

const CHAIN: End[][] = [[[0, TAIL], [1, HEAD]], [[1, TAIL], [2, HEAD]], [[2, TAIL], [3, HEAD]]];

test("only what is reached is read, and no edge", () => {
  const stored = new StoredRows();
  for (const ends of CHAIN) stored.put(edgeOf(ends));
  walk(new RowSource(stored, ALL), [0], { depth: 2 });
  assert.deepEqual([stored.rowsRead, stored.edgesRead], [2, 0]);
});

test("edges of other kinds and edges that are past take no part", () => {
  const stored = new StoredRows();
  stored.put(edgeOf([[0, TAIL], [1, HEAD]], { kind: "heats" }));
  stored.put(edgeOf([[0, TAIL], [2, HEAD]], { validTo: new Revision(5, 0, 0, 0) }));
  stored.put(edgeOf([[0, TAIL], [3, HEAD]]));
  const edges = (kinds: string[] | undefined, ceiling: Revision): unknown => {
    const condition = { kinds: kinds && new Set(kinds), ceiling: bytesOf(ceiling) };
    const found = walk(new RowSource(stored, condition), [0]) as { edges: number[] };
    const whole = new MetGraph(condition);
    stored.edges.forEach((bytes, id) => whole.meetDirected(7, id, bytes));
    assert.equal(whole.edgeCount, found.edges.length);
    return found.edges;
  };
  assert.deepEqual(edges(undefined, new Revision(5, 0, 0, 0)), [0, 1, 2]);
  assert.deepEqual(edges(undefined, new Revision(5, 0, 0, 1)), [0, 2]);
  assert.deepEqual(edges(["heats"], written), [0]);
  assert.deepEqual(edges([], written), []);
});

test("an edge whose heads do not name its endpoints is read once", () => {
  const stored = new StoredRows();
  const ends = Array.from({ length: 1000 }, (_, i): End => [i, NEUTRAL]);
  stored.put(edgeOf(ends));
  const { nodes } = walk(new RowSource(stored, ALL), [0], { direction: "both" }) as {
    nodes: string[];
  };
  assert.deepEqual([nodes.length, stored.edgesRead], [1000, 1]);
});

test("a neutral endpoint of directed edges meets none of them", () => {
  const stored = new StoredRows();
  stored.put(edgeOf([[0, TAIL], [1, HEAD], [2, NEUTRAL]]));
  const source = new RowSource(stored, ALL);
  walk(source, [2], { direction: "both" });
  assert.deepEqual([source.edgeCount, source.nodeCount], [0, 1]);
});

test("meetDirected() meets directed edges and no other", () => {
  const whole = new MetGraph(ALL);
  for (const ends of CHAIN) {
    whole.meetDirected(0, ends[0][0], encodeEdge(edgeOf(ends)));
  }
  whole.meetDirected(1, 1, encodeEdge(edgeOf([[7, NEUTRAL], [8, NEUTRAL]])));
  assert.deepEqual([whole.edgeCount, whole.nodeCount, isAcyclic(whole)], [3, 4, true]);
  whole.meetDirected(1, 2, encodeEdge(edgeOf([[3, TAIL], [0, HEAD]])));
  assert.equal(isAcyclic(whole), false);
});
