import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { isAcyclic } from "../../lib/graph/acyclic.ts";
import { HEAD, NEUTRAL, TAIL } from "../../lib/graph/hyperedge.ts";
import { topologicalLevels } from "../../lib/graph/levels.ts";
import { anyEdges, type End, naiveLevels, nodesOn, TestGraph } from "../support/hypergraphs.ts";

test("topologicalLevels() gives the levels that the rule has, or the edges of one cycle", () => {
  let cycles = 0;
  fc.assert(
    fc.property(anyEdges, fc.boolean(), ({ nodeCount, edges: some }, forwardOnly) => {
      const edges = forwardOnly ? withoutWaysBack(some) : some;
      const source = new TestGraph(nodeCount, edges);
      const expected = naiveLevels(edges, nodeCount);
      const found = topologicalLevels(source);
      assert.equal(isAcyclic(source), expected !== undefined);
      if (found.kind === "cycle") {
        cycles++;
        assert.equal(expected, undefined);
        return checkCycle(edges, found.edges);
      }
      assert.deepEqual(
        [...found.nodes].map((node, i) => [node, found.levels[i]]).sort(([a], [b]) => a - b),
        [...expected!].sort(([a], [b]) => a - b),
      );
      assert.deepEqual([...found.levels], [...found.levels].sort((a, b) => a - b));
    }),
    { numRuns: 1000 },
  );
  assert(cycles > 100 && cycles < 900, `${cycles} of 1000 had a cycle`);
});

/** Only what leads from lower to higher numbers. */
function withoutWaysBack(edges: End[][]): End[][] {
  return edges.filter((edge) =>
    Math.max(...nodesOn(edge, TAIL)) < Math.min(...nodesOn(edge, HEAD))
  );
}

function checkCycle(edges: readonly End[][], cycle: number[]): void {
  assert(cycle.length > 0);
  assert.equal(new Set(cycle).size, cycle.length, "each edge once");
  cycle.forEach((edge, i) => {
    const next = edges[cycle[(i + 1) % cycle.length]];
    const heads = nodesOn(edges[edge], HEAD);
    assert(nodesOn(next, TAIL).some((tail) => heads.includes(tail)), `${cycle} at ${i}`);
  });
}

test("an edge with a tail and a head at one point is a cycle", () => {
  const loop = new TestGraph(2, [[[0, TAIL], [1, HEAD]], [[1, TAIL], [1, HEAD]]]);
  assert.equal(isAcyclic(loop), false);
  assert.deepEqual(topologicalLevels(loop), { kind: "cycle", edges: [1] });
});

test("undirected edges and neutral endpoints make no cycle and have no level", () => {
  const source = new TestGraph(4, [
    [[0, TAIL], [1, HEAD], [3, NEUTRAL]],
    [[1, NEUTRAL], [0, NEUTRAL]],
    [[2, NEUTRAL], [2, NEUTRAL]],
  ]);
  assert.equal(isAcyclic(source), true);
  assert.deepEqual(topologicalLevels(source), {
    kind: "levels",
    nodes: Uint32Array.of(0, 1),
    levels: Uint32Array.of(0, 1),
  });
});

test("nothing is acyclic, and has no levels", () => {
  assert.equal(isAcyclic(new TestGraph(0)), true);
  assert.deepEqual(topologicalLevels(new TestGraph(3)), {
    kind: "levels",
    nodes: new Uint32Array(0),
    levels: new Uint32Array(0),
  });
});

test("a ring of a million edges is found whole", () => {
  const length = 1_000_000;
  const source = new TestGraph(length);
  for (let i = 0; i < length - 1; i++) source.add([[i, TAIL], [i + 1, HEAD]]);
  assert.equal(isAcyclic(source), true);
  source.add([[length - 1, TAIL], [0, HEAD]]);
  const found = topologicalLevels(source);
  assert(found.kind === "cycle");
  assert.equal(found.edges.length, length);
});

test("5,000 tails and 5,000 heads of one edge are not taken in pairs", () => {
  const side = (first: number, which: typeof TAIL | typeof HEAD): End[] =>
    Array.from({ length: 5000 }, (_, i): End => [first + i, which]);
  const edge = [...side(0, TAIL), ...side(5000, HEAD)];
  const source = new TestGraph(10_000, Array.from({ length: 20 }, () => edge));
  const found = topologicalLevels(source);
  assert(found.kind === "levels");
  assert.deepEqual([found.nodes.length, found.levels[4999], found.levels[5000]], [10_000, 0, 1]);
});
