import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { bConnectivity } from "../../lib/graph/b_connectivity.ts";
import { HEAD, NEUTRAL, TAIL } from "../../lib/graph/hyperedge.ts";
import {
  anyEdges,
  type End,
  type Found,
  foundIn,
  naiveBConnectivity,
  TestGraph,
} from "../support/hypergraphs.ts";

function connect(
  edges: readonly (readonly End[])[],
  starts: number[],
  backward = false,
  depth = Infinity,
): Found {
  const nodeCount = 1 + Math.max(0, ...starts, ...edges.flat().map(([node]) => node));
  return foundIn(bConnectivity(new TestGraph(nodeCount, edges), starts, backward, depth));
}

test("bConnectivity() finds what applying its rule until nothing changes finds", () => {
  const anyStarts = fc.array(fc.nat(7), { maxLength: 4 });
  const anyDepth = fc.oneof(fc.constant(Infinity), fc.nat(4));
  fc.assert(
    fc.property(anyEdges, anyStarts, fc.boolean(), anyDepth, (graph, from, backward, depth) => {
      const starts = from.map((node) => node % graph.nodeCount);
      const source = new TestGraph(graph.nodeCount, graph.edges);
      const reached = bConnectivity(source, starts, backward, depth);
      const direction = backward ? "backward" : "forward";
      assert.deepEqual(
        foundIn(reached),
        naiveBConnectivity(graph.edges, starts, direction, depth),
      );
      assert.equal(new Set(reached.edges).size, reached.edges.length, "each edge once");
      assert.deepEqual([...reached.levels], [...reached.levels].sort((a, b) => a - b));
    }),
    { numRuns: 1000 },
  );
});

/** A slab, 3, on three columns, 0 to 2. */
const SLAB: End[] = [[0, TAIL], [1, TAIL], [2, TAIL], [3, HEAD]];

test("a head is reached when all tails are, from whichever starts", () => {
  assert.deepEqual(connect([SLAB], [0, 1]), {
    nodes: new Map([[0, "0 start"], [1, "0 start"]]),
    edges: [],
  });
  assert.equal(connect([SLAB], [2, 0, 1]).nodes.get(3), "1 expanded");
});

test("a level is 1 + the highest of the tails, whatever the order of edges", () => {
  const edges: End[][] = [[[0, TAIL], [2, TAIL], [3, HEAD]], [[0, TAIL], [1, HEAD]], [[1, TAIL], [
    2,
    HEAD,
  ]]];
  for (const each of [edges, edges.toReversed()]) {
    assert.equal(connect(each, [0]).nodes.get(3), "3 expanded");
  }
});

test("of several edges into a head the lowest level wins, whatever their order", () => {
  const edges: End[][] = [
    [[0, TAIL], [1, HEAD]],
    [[1, TAIL], [2, HEAD]],
    [[0, TAIL], [2, TAIL], [3, HEAD]],
    [[0, TAIL], [1, TAIL], [3, HEAD]],
  ];
  for (const each of [edges, edges.toReversed()]) {
    const { nodes, edges: crossed } = connect(each, [0]);
    assert.equal(nodes.get(3), "2 expanded");
    assert.deepEqual(crossed, [0, 1, 2, 3]);
  }
});

test("backward swaps tails and heads", () => {
  const edge: End[] = [[0, TAIL], [1, HEAD], [2, HEAD]];
  assert.deepEqual(connect([edge], [1], true).edges, []);
  assert.equal(connect([edge], [1, 2], true).nodes.get(0), "1 expanded");
});

test("there are no co-causes, undirected edges are ignored, neutral endpoints take no part", () => {
  const edges: End[][] = [[[0, NEUTRAL], [1, NEUTRAL]], [[0, TAIL], [2, HEAD], [3, NEUTRAL]]];
  assert.deepEqual(connect([SLAB], [0]).nodes, new Map([[0, "0 start"]]));
  assert.deepEqual(connect(edges, [0]), {
    nodes: new Map([[0, "0 start"], [2, "1 expanded"]]),
    edges: [1],
  });
});

test("a tail in two roles is one tail", () => {
  assert.deepEqual(connect([[[0, TAIL], [0, TAIL], [1, TAIL], [2, HEAD]]], [0, 1]).edges, [0]);
  assert.deepEqual(connect([[[0, TAIL], [0, TAIL], [1, TAIL], [2, HEAD]]], [0]).edges, []);
});

test("an edge whose highest tail is at level depth is not crossed", () => {
  const edges: End[][] = [[[0, TAIL], [1, HEAD]], [[0, TAIL], [1, TAIL], [2, HEAD]]];
  assert.deepEqual(connect(edges, [0], false, 1).edges, [0]);
  assert.deepEqual(connect(edges, [0], false, 2).edges, [0, 1]);
});

test("a cycle holds itself up from no start outside it", () => {
  const edges: End[][] = [[[0, TAIL], [1, TAIL], [2, HEAD]], [[2, TAIL], [1, HEAD]]];
  assert.deepEqual(connect(edges, [0]).edges, []);
  assert.deepEqual(connect(edges, [0, 2]).edges, [0, 1]);
});

test("a chain of a million edges is connected to its end", () => {
  const length = 1_000_000;
  const source = new TestGraph(length + 1);
  for (let i = length; i > 0; i--) source.add([[i - 1, TAIL], [i, HEAD]]);
  const { nodes, levels } = bConnectivity(source, [0], false, Infinity);
  assert.deepEqual([nodes.length, levels.at(-1)], [length + 1, length]);
});

test("an edge of 10,000 tails waits for the last", () => {
  const count = 10_000;
  const tails = Array.from({ length: count }, (_, i): End => [i, TAIL]);
  const starts = tails.map(([node]) => node);
  const edge: End[] = [...tails, [count, HEAD]];
  assert.equal(connect([edge], starts).nodes.get(count), "1 expanded");
  assert.deepEqual(connect([edge], starts.slice(1)).edges, []);
});
