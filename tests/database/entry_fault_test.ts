import assert from "node:assert/strict";
import { test } from "node:test";
import { faultOf } from "../../lib/database/entry_fault.ts";
import { encodeEdge } from "../support/encoded_edge.ts";
import { NEUTRAL } from "../../lib/graph/hyperedge.ts";
import type { DataEntry } from "../../lib/segment/entry_list.ts";
import { newManifestState } from "../../lib/store/manifest_state.ts";
import { Store } from "../../lib/store/store.ts";
import { revisionOf } from "../support/entries.ts";
import { FaultStorage } from "../support/fault_storage.ts";

const store = new Store(new FaultStorage(), "/db", {
  ...newManifestState(),
  spaces: [{ id: 1, name: "line", dims: 1, bits: 8, axes: [], retention: "all" }],
  graphs: [{ id: 2, name: "net", kinds: new Map(), unknownKinds: "allow" }],
});

function edge(space: number, ...points: number[][]): Uint8Array {
  return encodeEdge({
    id: undefined,
    kind: "nears",
    directed: false,
    endpoints: points.map((point) => ({ space, point, role: "member", side: NEUTRAL })),
    weight: undefined,
    properties: undefined,
    validTo: undefined,
  });
}

function entry(space: number, point: number[], data?: Uint8Array): DataEntry {
  const at = { address: { space, point }, revision: revisionOf(1) };
  return data === undefined ? { kind: "tombstone", ...at } : { kind: "write", ...at, data };
}

const bytes = edge(1, [1], [2]);

test("faultOf() finds nothing wrong with what a database writes", () => {
  const sound = [
    entry(1, [255], new Uint8Array([1])),
    entry(1, [0]),
    entry(2, [0, 2 ** 32 - 1], bytes),
    entry(2, [5, 5]),
  ];
  for (const each of sound) assert.equal(faultOf(store, each), undefined);
});

const FAULTS: [RegExp, DataEntry][] = [
  [/space 3, which does not exist/, entry(3, [1])],
  [/space line does not have/, entry(1, [256])],
  [/graph net, at no id/, entry(2, [1], bytes)],
  [/graph net, at no id/, entry(2, [1, 2, 3])],
  [/graph net, at no id/, entry(2, [0.5, 2], bytes)],
  [/graph net, at no id/, entry(2, [2 ** 32, 2])],
  [/no hyperedge/, entry(2, [1, 2], bytes.subarray(0, -1))],
  [/no hyperedge/, entry(2, [1, 2], new Uint8Array(0))],
  [/space 7, which does not exist/, entry(2, [1, 2], edge(7, [1], [2]))],
  [/space 2, which does not exist/, entry(2, [1, 2], edge(2, [1], [2]))],
  [/endpoint that is at a point that space line/, entry(2, [1, 2], edge(1, [1], [256]))],
];

for (const [i, [reason, each]] of FAULTS.entries()) {
  test(`faultOf() says ${reason.source} of fault ${i}`, () => {
    assert.match(faultOf(store, each)!, reason);
  });
}
