import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HEAD, NEUTRAL, TAIL } from "../../lib/graph/hyperedge.ts";
import { reachability } from "../../lib/graph/reachability.ts";
import { ARRIVAL_CO_CAUSE } from "../../lib/graph/reached_nodes.ts";
import type { TraversalDirection } from "../../lib/graph/traversal.ts";
import {
  anyEdges,
  type End,
  type Found,
  foundIn,
  naiveReachability,
  TestGraph,
} from "../support/hypergraphs.ts";

function reach(
  edges: readonly (readonly End[])[],
  starts: number[],
  direction: TraversalDirection = "forward",
  depth = Infinity,
): Found {
  const nodeCount = 1 + Math.max(0, ...starts, ...edges.flat().map(([node]) => node));
  return foundIn(reachability(new TestGraph(nodeCount, edges), starts, direction, depth));
}

/** 0 -> 1, 1 -> 2, and so on. */
function chain(length: number): End[][] {
  return Array.from({ length }, (_, i): End[] => [[i, TAIL], [i + 1, HEAD]]);
}

const anyDirection = fc.constantFrom<TraversalDirection>("forward", "backward", "both");
const anyDepth = fc.oneof(fc.constant(Infinity), fc.nat(4));

test("reachability() finds what applying its rules until nothing changes finds", () => {
  const anyStarts = fc.array(fc.nat(7), { maxLength: 3 });
  fc.assert(
    fc.property(anyEdges, anyStarts, anyDirection, anyDepth, (graph, from, direction, depth) => {
      const starts = from.map((node) => node % graph.nodeCount);
      const source = new TestGraph(graph.nodeCount, graph.edges);
      const reached = reachability(source, starts, direction, depth);
      assert.deepEqual(
        foundIn(reached),
        naiveReachability(graph.edges, starts, direction, depth),
      );
      assert.equal(new Set(reached.nodes).size, reached.nodes.length, "each node once");
      assert.equal(new Set(reached.edges).size, reached.edges.length, "each edge once");
      const ranks = [...reached.levels].map((level, i) =>
        level * 2 + Number(reached.arrivals[i] === ARRIVAL_CO_CAUSE)
      );
      assert.deepEqual(ranks, ranks.toSorted((a, b) => a - b), "by level, co-causes last");
    }),
    { numRuns: 1000 },
  );
});

test("forward crosses tail to head, backward head to tail, both either way", () => {
  const edges = chain(2);
  const nodes = (direction: TraversalDirection): number[] => [
    ...reach(edges, [1], direction).nodes.keys(),
  ];
  assert.deepEqual(nodes("forward"), [1, 2]);
  assert.deepEqual(nodes("backward"), [0, 1]);
  assert.deepEqual(nodes("both"), [0, 1, 2]);
});

test("other tails of a crossed edge are co-causes at the level it was crossed from, and not expanded", () => {
  const edges: End[][] = [[[0, TAIL], [1, HEAD]], [[1, TAIL], [2, TAIL], [3, HEAD]], [[2, TAIL], [
    4,
    HEAD,
  ]]];
  assert.deepEqual(reach(edges, [0]), {
    nodes: new Map([[0, "0 start"], [1, "1 expanded"], [2, "1 co-cause"], [3, "2 expanded"]]),
    edges: [0, 1],
  });
});

test("a co-cause that is reached later is expanded at that level", () => {
  const edges: End[][] = [[[0, TAIL], [3, TAIL], [1, HEAD]], ...chain(3).slice(1), [[3, TAIL], [
    4,
    HEAD,
  ]]];
  const { nodes } = reach(edges, [0]);
  assert.equal(nodes.get(3), "3 expanded");
  assert.equal(nodes.get(4), "4 expanded");
});

test("undirected edges are crossed under both only, and their endpoints are no co-causes", () => {
  const edges: End[][] = [[[0, NEUTRAL], [1, NEUTRAL], [2, NEUTRAL]]];
  assert.deepEqual(reach(edges, [1], "forward"), { nodes: new Map([[1, "0 start"]]), edges: [] });
  assert.deepEqual(reach(edges, [1], "backward").edges, []);
  assert.deepEqual(reach(edges, [1], "both"), {
    nodes: new Map([[0, "1 expanded"], [1, "0 start"], [2, "1 expanded"]]),
    edges: [0],
  });
});

test("neutral endpoints of a directed edge take no part", () => {
  const edges: End[][] = [[[0, TAIL], [1, HEAD], [2, NEUTRAL]]];
  for (const direction of ["forward", "backward", "both"] as const) {
    assert.deepEqual(reach(edges, [2], direction).edges, []);
    assert(!reach(edges, [0, 1], direction).nodes.has(2));
  }
});

test("a node at level depth is reported and not expanded; at depth 0 only starts are", () => {
  assert.deepEqual([...reach(chain(5), [0], "forward", 2).nodes.keys()], [0, 1, 2]);
  assert.deepEqual(reach(chain(5), [0], "forward", 2).edges, [0, 1]);
  assert.deepEqual(reach(chain(5), [1, 0], "both", 0), {
    nodes: new Map([[0, "0 start"], [1, "0 start"]]),
    edges: [],
  });
});

test("every edge crossed is there once, also one that reached nothing new", () => {
  const parallel: End[][] = [...chain(1), ...chain(1), [[1, TAIL], [0, HEAD]], [[0, TAIL], [
    0,
    HEAD,
  ]]];
  assert.deepEqual(reach(parallel, [0]), {
    nodes: new Map([[0, "0 start"], [1, "1 expanded"]]),
    edges: [0, 1, 2, 3],
  });
  assert.deepEqual(reach(chain(1), [0, 1], "both").edges, [0]);
});

test("a start that no edge has is reported; starts count once", () => {
  assert.deepEqual(reach([], [3, 3]), { nodes: new Map([[3, "0 start"]]), edges: [] });
  assert.deepEqual(reach([], []), { nodes: new Map(), edges: [] });
});

test("one point as tail and head of an edge, in any number of roles, is one node", () => {
  const edges: End[][] = [[[0, TAIL], [0, TAIL], [1, TAIL], [1, HEAD], [1, HEAD], [0, NEUTRAL]]];
  assert.deepEqual(reach(edges, [0]).nodes, new Map([[0, "0 start"], [1, "1 expanded"]]));
});

test("a chain of a million edges is walked to its end", () => {
  const length = 1_000_000;
  const source = new TestGraph(length + 1);
  for (let i = 0; i < length; i++) source.add([[i, TAIL], [i + 1, HEAD]]);
  const { nodes, levels, edges } = reachability(source, [0], "forward", Infinity);
  assert.deepEqual([nodes.length, levels.at(-1), edges.length], [length + 1, length, length]);
});

test("edges of 10,000 endpoints cost their endpoints, not the square", () => {
  const count = 10_000;
  const ends = (side: typeof TAIL | typeof HEAD | typeof NEUTRAL, from: number): End[] =>
    Array.from({ length: count }, (_, i): End => [from + i, side]);
  const inner = new TestGraph(2 * count, [
    ends(NEUTRAL, 0),
    [...ends(TAIL, 0), ...ends(HEAD, count)],
  ]);
  let asked = 0;
  const source = new Proxy(inner, {
    get: (target, key) => {
      if (key === "endpointsOf") asked++;
      const value = Reflect.get(target, key, target);
      return typeof value === "function" ? value.bind(target) : value;
    },
  });
  const { nodes, edges } = reachability(source, [0], "both", Infinity);
  assert.deepEqual([nodes.length, edges.length], [2 * count, 2]);
  assert.equal(asked, 3, "each edge is crossed once from each of its sides");
});

test("a star and a grid have the levels they must", () => {
  const star = Array.from({ length: 1000 }, (_, i): End[] => [[0, TAIL], [i + 1, HEAD]]);
  assert.equal(reach(star, [0]).nodes.size, 1001);
  assert.equal(reach(star, [7], "both").nodes.get(1000), "2 expanded");
  const width = 30;
  const grid: End[][] = [];
  for (let y = 0; y < width; y++) {
    for (let x = 0; x < width; x++) {
      const at = y * width + x;
      if (x + 1 < width) grid.push([[at, TAIL], [at + 1, HEAD]]);
      if (y + 1 < width) grid.push([[at, TAIL], [at + width, HEAD]]);
    }
  }
  const { nodes, edges } = reach(grid, [0]);
  assert.equal(edges.length, grid.length);
  for (let y = 0; y < width; y++) {
    for (let x = 1; x < width; x++) {
      assert.equal(nodes.get(y * width + x), `${x + y} expanded`);
    }
  }
});
