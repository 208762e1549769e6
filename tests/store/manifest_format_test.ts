import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { CorruptionError, NewerFormatError, Revision } from "../../mod.ts";
import { checksum, CHECKSUM_BYTES, loadChecksum } from "../../lib/bytes/checksum.ts";
import { decodeManifest, encodeManifest } from "../../lib/store/manifest_format.ts";
import {
  type GraphRecord,
  type ManifestState,
  newManifestState,
  type SpaceRecord,
} from "../../lib/store/manifest_state.ts";
import { fromHex, workedExample } from "../support/worked_example.ts";

const FILE = "/db/MANIFEST";
const moment = Date.parse("2026-11-22T12:00:00.000Z");
const last = new Revision(moment, 4, 7, 3);
const example: ManifestState = {
  databaseId: Uint8Array.from({ length: 16 }, (_, i) => i),
  spaces: [{ id: 1, name: "sites", dims: 2, bits: 16, axes: [], retention: "all" }],
  graphs: [{
    id: 2,
    name: "pipes",
    kinds: new Map([["feeds", "directed"], ["nears", "free"]]),
    unknownKinds: "reject",
  }],
  runs: [
    { id: 1, space: 1, entries: 2, bytes: 200 },
    { id: 2, space: 2, entries: 1, bytes: 300 },
    { id: 3, space: 2, of: 1, entries: 2, bytes: 400 },
  ],
  nextSpace: 3,
  nextRun: 4,
  nextSession: 257,
  highest: last,
  sealedThrough: new Map([[7, last]]),
  dropped: new Map(),
};

/** A manifest of any payload, with the checksum right. */
async function framed(payload: Uint8Array, version = 1): Promise<Uint8Array> {
  await loadChecksum();
  const bytes = new Uint8Array(16 + payload.length + CHECKSUM_BYTES);
  bytes.set(new TextEncoder().encode("IDB_MAN\0"));
  const view = new DataView(bytes.buffer);
  view.setUint32(8, version, true);
  view.setUint32(12, payload.length, true);
  bytes.set(payload, 16);
  bytes.set(checksum(bytes.subarray(0, -CHECKSUM_BYTES)), 16 + payload.length);
  return bytes;
}

function isCorrupt(error: unknown): boolean {
  return error instanceof CorruptionError && error.file === FILE && error.offset !== undefined;
}

test("the worked example of a manifest decodes to what it says, and encodes back", async () => {
  await loadChecksum();
  const bytes = workedExample("lib/store/manifest_format.ts");
  assert.deepEqual(decodeManifest(bytes, FILE), example);
  assert.deepEqual(encodeManifest(example, FILE), bytes);
});

/** The worked example of the time before there were graphs. */
const BEFORE_GRAPHS = [
  "4944425f4d414e0001000000550000009ac410000102030405060708090a0b0c0d0e0f0202cd0101",
  "c41001a20320a20000040000000700000003919601a5736974657302100190909194010102ccc891",
  "9207c41001a20320a20000040000000700000003909cc87613d592b5ea457e246d32c7c739ab7a96",
  "f44f4535655fcc8e7458344b79",
].join("");

test("a manifest from before there were graphs has none", async () => {
  await loadChecksum();
  const runs = example.runs.slice(0, 1);
  assert.deepEqual(decodeManifest(fromHex(BEFORE_GRAPHS), FILE), {
    ...example,
    graphs: [],
    runs,
    nextSpace: 2,
    nextRun: 2,
  });
});

const anyRevision = fc.record({
  ms: fc.nat(2 ** 31),
  logical: fc.nat(0xffff),
  session: fc.nat(),
  sequence: fc.nat(),
}).map(({ ms, logical, session, sequence }) => new Revision(ms, logical, session, sequence));

const anyAxis = fc.record({
  name: fc.option(fc.string(), { nil: undefined }),
  min: fc.integer({ min: -1000, max: -1 }),
  extent: fc.double({ min: 0.5, max: 1e6, noNaN: true }),
}).map(({ name, min, extent }) => ({
  ...(name === undefined ? {} : { name }),
  min,
  max: min + extent,
}));

const anySpace = fc.integer({ min: 1, max: 16 }).chain((dims) =>
  fc.record({
    id: fc.integer({ min: 1, max: 2 ** 40 }),
    name: fc.string({ unit: "grapheme", minLength: 1 }),
    dims: fc.constant(dims),
    bits: fc.integer({ min: 1, max: Math.floor(Math.min(32, 128 / dims)) }),
    axes: fc.oneof(
      fc.constant([]),
      fc.array(anyAxis, { minLength: dims, maxLength: dims }),
    ),
    retention: fc.constantFrom("all" as const, "latest" as const),
  }, { noNullPrototype: true })
);

const anyKinds = fc.array(
  fc.tuple(
    fc.string({ minLength: 1 }),
    fc.constantFrom("directed" as const, "undirected" as const, "free" as const),
  ),
  { maxLength: 5 },
).map((kinds) => new Map(kinds));

/** Graphs beside spaces: no number and no name is there twice. */
function anyGraphs(spaces: readonly SpaceRecord[]): fc.Arbitrary<GraphRecord[]> {
  const graph = fc.record({
    id: fc.integer({ min: 1, max: 2 ** 40 }),
    name: fc.string({ unit: "grapheme", minLength: 1 }),
    kinds: anyKinds,
    unknownKinds: fc.constantFrom("allow" as const, "reject" as const),
  }, { noNullPrototype: true });
  return fc.uniqueArray(graph, {
    comparator: (a, b) => a.id === b.id || a.name === b.name,
    maxLength: 5,
  }).map((graphs) =>
    graphs.filter(({ id, name }) => !spaces.some((each) => each.id === id || each.name === name))
  );
}

const anyState = fc.uniqueArray(anySpace, {
  comparator: (a, b) => a.id === b.id || a.name === b.name,
  maxLength: 20,
}).chain((spaces) =>
  fc.record<ManifestState>({
    databaseId: fc.uint8Array({ minLength: 16, maxLength: 16 }),
    spaces: fc.constant(spaces),
    graphs: anyGraphs(spaces),
    runs: spaces.length === 0 ? fc.constant([]) : fc.uniqueArray(
      fc.record({
        id: fc.integer({ min: 1, max: 1e6 }),
        space: fc.constantFrom(...spaces.map(({ id }) => id)),
        entries: fc.maxSafeNat(),
        bytes: fc.maxSafeNat(),
      }, { noNullPrototype: true }),
      { selector: ({ id }) => id, maxLength: 40 },
    ),
    nextSpace: fc.constant(2 ** 40 + 1),
    nextRun: fc.constant(1e6 + 1),
    nextSession: fc.integer({ min: 1, max: 2 ** 32 }),
    highest: fc.option(anyRevision, { nil: undefined }),
    sealedThrough: fc.array(fc.tuple(fc.nat(), anyRevision)).map((each) => new Map(each)),
    dropped: fc.array(fc.tuple(fc.nat(), anyRevision)).map((each) => new Map(each)),
  }, { noNullPrototype: true })
);

test("every state comes back as it was", async () => {
  await loadChecksum();
  fc.assert(fc.property(anyState, (state) => {
    assert.deepEqual(decodeManifest(encodeManifest(state, FILE), FILE), state);
  }));
});

test("a graph of every kind of kind, and its runs, come back", async () => {
  await loadChecksum();
  const state: ManifestState = {
    ...example,
    graphs: [{
      id: 2,
      name: "feeds",
      kinds: new Map([["pipe", "directed"], ["wall", "undirected"], ["note", "free"]]),
      unknownKinds: "allow",
    }],
    runs: [
      { id: 1, space: 2, entries: 3, bytes: 300 },
      { id: 2, space: 2, of: 1, entries: 6, bytes: 600 },
    ],
  };
  assert.deepEqual(decodeManifest(encodeManifest(state, FILE), FILE), state);
});

test("a new state comes back as it was, and each has an id of its own", async () => {
  await loadChecksum();
  const state = newManifestState();
  assert.deepEqual(decodeManifest(encodeManifest(state, FILE), FILE), state);
  assert.notDeepEqual(newManifestState().databaseId, state.databaseId);
});

test("a manifest with any byte changed is corrupt", async () => {
  await loadChecksum();
  const bytes = encodeManifest(example, FILE);
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [0, 7]) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << bit;
      assert.throws(() => decodeManifest(damaged, FILE), isCorrupt, `byte ${at}`);
    }
  }
});

test("a manifest of any other length is corrupt", async () => {
  await loadChecksum();
  const bytes = encodeManifest(example, FILE);
  for (let length = 0; length < bytes.length; length++) {
    assert.throws(() => decodeManifest(bytes.slice(0, length), FILE), isCorrupt, `${length}`);
  }
  const longer = new Uint8Array(bytes.length + 1);
  longer.set(bytes);
  assert.throws(() => decodeManifest(longer, FILE), isCorrupt);
});

test("a whole manifest of a later version is newer, a damaged one corrupt", async () => {
  const newer = await framed(encode("whatever comes"), 2);
  assert.throws(() => decodeManifest(newer, FILE), NewerFormatError);
  newer[20] ^= 1;
  assert.throws(() => decodeManifest(newer, FILE), isCorrupt);
  const zero = await framed(encode("nothing"), 0);
  assert.throws(() => decodeManifest(zero, FILE), isCorrupt);
});

const id = new Uint8Array(16);
const none = new Uint8Array(0);
const stamp = fromHex(last.toString());
const space = (number: number, name: string): unknown[] => [number, name, 2, 16, 1, []];
const MALFORMED: Record<string, unknown[]> = {
  "a field too few": [id, 1, 1, 1, none, [], [], [], []],
  "an id of 15 bytes": [id.subarray(1), 1, 1, 1, none, [], [], [], [], []],
  "a revision of 4 bytes": [id, 1, 1, 1, stamp.subarray(12), [], [], [], [], []],
  "a space twice": [id, 3, 1, 1, none, [space(1, "a"), space(1, "b")], [], [], [], []],
  "a name twice": [id, 3, 1, 1, none, [space(1, "a"), space(2, "a")], [], [], [], []],
  "a space without a name": [id, 3, 1, 1, none, [[1, null, 2, 16, 1, []]], [], [], [], []],
  "a space of 17 dims": [id, 3, 1, 1, none, [[1, "a", 17, 1, 1, []]], [], [], [], []],
  "a space of 129 bits": [id, 3, 1, 1, none, [[1, "a", 5, 26, 1, []]], [], [], [], []],
  "a space of no bits": [id, 3, 1, 1, none, [[1, "a", 5, 0, 1, []]], [], [], [], []],
  "a retention of 3": [id, 3, 1, 1, none, [[1, "a", 2, 16, 3, []]], [], [], [], []],
  "an axis too few": [id, 3, 1, 1, none, [[1, "a", 2, 16, 1, [[null, 0, 1]]]], [], [], [], []],
  "a flat axis": [id, 3, 1, 1, none, [[1, "a", 1, 16, 1, [[null, 1, 1]]]], [], [], [], []],
  "a space that is yet to come": [id, 1, 1, 1, none, [space(1, "a")], [], [], [], []],
  "a graph of two fields": [id, 3, 1, 1, none, [], [[1, "g"]], [], [], []],
  "a graph without a name": [id, 3, 1, 1, none, [], [[1, null, 1, []]], [], [], []],
  "a graph that is yet to come": [id, 1, 1, 1, none, [], [[1, "g", 1, []]], [], [], []],
  "a graph with the number of a space": [
    ...[id, 3, 1, 1, none, [space(1, "a")], [[1, "g", 1, []]], [], [], []],
  ],
  "a graph with the name of a space": [
    ...[id, 3, 1, 1, none, [space(1, "a")], [[2, "a", 1, []]], [], [], []],
  ],
  "unknown kinds of 3": [id, 3, 1, 1, none, [], [[1, "g", 3, []]], [], [], []],
  "a kind of direction 0": [id, 3, 1, 1, none, [], [[1, "g", 1, [["k", 0]]]], [], [], []],
  "a kind of direction 4": [id, 3, 1, 1, none, [], [[1, "g", 1, [["k", 4]]]], [], [], []],
  "a kind without a name": [id, 3, 1, 1, none, [], [[1, "g", 1, [[null, 1]]]], [], [], []],
  "a kind twice": [id, 3, 1, 1, none, [], [[1, "g", 1, [["k", 1], ["k", 2]]]], [], [], []],
  "rows of a space": [id, 3, 3, 1, none, [space(1, "a")], [], [[1, 1, 1, 1, 1]], [], []],
  "rows about no space": [id, 3, 3, 1, none, [], [[1, "g", 1, []]], [[1, 1, 1, 1, 2]], [], []],
  "rows about a graph": [id, 3, 3, 1, none, [], [[1, "g", 1, []]], [[1, 1, 1, 1, 1]], [], []],
  "a run of six fields": [id, 3, 3, 1, none, [space(1, "a")], [], [[1, 1, 1, 1, 1, 1]], [], []],
  "a run twice": [id, 3, 3, 1, none, [space(1, "a")], [], [[1, 1, 1, 1], [1, 1, 1, 1]], [], []],
  "a run of no space": [id, 3, 3, 1, none, [space(1, "a")], [], [[1, 2, 1, 1]], [], []],
  "a run that is yet to come": [id, 3, 1, 1, none, [space(1, "a")], [], [[1, 1, 1, 1]], [], []],
  "a session twice": [id, 1, 1, 9, none, [], [], [], [[7, stamp], [7, stamp]], []],
  "a session without a revision": [id, 1, 1, 9, none, [], [], [], [[7, none]], []],
  "a session above 2^32-1": [id, 1, 1, 9, none, [], [], [], [[2 ** 32, stamp]], []],
};

for (const [name, payload] of Object.entries(MALFORMED)) {
  test(`decodeManifest() refuses ${name}`, async () => {
    const bytes = await framed(encode(payload));
    assert.throws(() => decodeManifest(bytes, FILE), isCorrupt);
  });
}

test("decodeManifest() refuses bytes behind the payload", async () => {
  const whole = encodeManifest(example, FILE).subarray(16, -CHECKSUM_BYTES);
  const bytes = await framed(Uint8Array.of(...whole, 0xc0));
  assert.throws(() => decodeManifest(bytes, FILE), isCorrupt);
});
