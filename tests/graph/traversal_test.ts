import assert from "node:assert/strict";
import { test } from "node:test";
import { HEAD, TAIL } from "../../lib/graph/hyperedge.ts";
import { checkTraversalSpec, type TraversalSpec, traverse } from "../../lib/graph/traversal.ts";
import { foundIn, TestGraph } from "../support/hypergraphs.ts";

const from = { space: "pumps", point: [1, 2] };

test("checkTraversalSpec() goes forward, by reachability, without end, over all kinds by default", () => {
  assert.deepEqual(checkTraversalSpec({ from }), {
    from: [from],
    direction: "forward",
    mode: "reachability",
    depth: Infinity,
    kinds: undefined,
  });
});

test("checkTraversalSpec() keeps what is said", () => {
  const spec: TraversalSpec = {
    from: [from, from],
    direction: "backward",
    mode: "b-connectivity",
    depth: 0,
    kinds: [],
  };
  assert.deepEqual(checkTraversalSpec(spec), { ...spec, kinds: new Set() });
  assert.deepEqual(checkTraversalSpec({ from: [] }).from, []);
});

const INVALID: Record<string, unknown> = {
  "nothing": undefined,
  "no start": {},
  "a start that is a name": { from: "pumps" },
  "a start that is null among others": { from: [from, null] },
  "a direction that is none": { from, direction: "outgoing" },
  "a mode that is none": { from, mode: "f-connectivity" },
  "b-connectivity both ways": { from, mode: "b-connectivity", direction: "both" },
  "a negative depth": { from, depth: -1 },
  "a fractional depth": { from, depth: 1.5 },
  "a depth that is NaN": { from, depth: NaN },
  "a depth that is null": { from, depth: null },
  "kinds that are a text": { from, kinds: "feeds" },
};

for (const [name, spec] of Object.entries(INVALID)) {
  test(`checkTraversalSpec() refuses ${name}`, () => {
    assert.throws(() => checkTraversalSpec(spec as TraversalSpec), { code: "invalid-argument" });
  });
}

test("traverse() goes by the mode and the direction it is told", () => {
  const source = new TestGraph(3, [[[0, TAIL], [1, TAIL], [2, HEAD]]]);
  const nodes = (how: Partial<TraversalSpec>, ...starts: number[]): (string | undefined)[] => {
    const found = foundIn(traverse(source, starts, checkTraversalSpec({ from, ...how })));
    return [0, 1, 2].map((node) => found.nodes.get(node));
  };
  assert.deepEqual(nodes({}, 0), ["0 start", "0 co-cause", "1 expanded"]);
  assert.deepEqual(nodes({ mode: "b-connectivity" }, 0), ["0 start", undefined, undefined]);
  assert.deepEqual(nodes({ mode: "b-connectivity", direction: "backward" }, 2), [
    "1 expanded",
    "1 expanded",
    "0 start",
  ]);
  assert.deepEqual(nodes({ direction: "backward", depth: 0 }, 2)[0], undefined);
});
