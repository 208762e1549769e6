import assert from "node:assert/strict";
import { test } from "node:test";
import { findCycle, isAcyclic } from "../../lib/graph/acyclic.ts";
import { HEAD, TAIL } from "../../lib/graph/hyperedge.ts";
import { sortNodes } from "../../lib/graph/topology.ts";
import { type End, TestGraph } from "../support/hypergraphs.ts";

/** 0 -> 1 -> 2 -> 3 -> 1, and on to 4. */
const TAILED_RING: End[][] = [
  [[0, TAIL], [1, HEAD]],
  [[1, TAIL], [2, HEAD]],
  [[2, TAIL], [3, HEAD]],
  [[3, TAIL], [1, HEAD]],
  [[3, TAIL], [4, HEAD]],
];

test("findCycle() names the ring alone, not the ways to and from it, in the order of the way", () => {
  const source = new TestGraph(5, TAILED_RING);
  assert.equal(isAcyclic(source), false);
  const cycle = findCycle(source, sortNodes(source));
  const from = cycle.indexOf(1);
  assert.deepEqual([...cycle.slice(from), ...cycle.slice(0, from)], [1, 2, 3]);
});

test("an edge that leads from two points to the same two is a cycle of itself", () => {
  const source = new TestGraph(2, [[[0, TAIL], [1, TAIL], [0, HEAD], [1, HEAD]]]);
  assert.deepEqual(findCycle(source, sortNodes(source)), [0]);
});

test("isAcyclic() is true of parallel edges and of ways that meet again", () => {
  const diamond: End[][] = [
    [[0, TAIL], [1, HEAD], [2, HEAD]],
    [[1, TAIL], [2, TAIL], [3, HEAD]],
    [[0, TAIL], [3, HEAD]],
    [[0, TAIL], [3, HEAD]],
  ];
  assert.equal(isAcyclic(new TestGraph(4, diamond)), true);
});
