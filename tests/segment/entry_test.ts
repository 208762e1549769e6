import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { Revision, type WalEntry } from "../../mod.ts";
import { MalformedPack, PackReader, PackWriter } from "../../lib/bytes/codec.ts";
import { EntryCursor, putEntry, UnknownKind } from "../../lib/segment/entry.ts";
import { revisionOf, write } from "../support/entries.ts";
import { fromHex, workedExample } from "../support/worked_example.ts";

function encoded(entry: WalEntry, session = 7): Uint8Array {
  const out = new PackWriter(1);
  putEntry(out, entry, session);
  return out.bytes.slice(0, out.length);
}

function decoded(bytes: Uint8Array, session = 7): WalEntry {
  const reader = new PackReader();
  const cursor = new EntryCursor(reader);
  reader.reset(bytes);
  cursor.next(session);
  reader.takeEnd();
  return cursor.toEntry();
}

const anyInteger = fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER });
const anyCoordinate = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, -1, 2 ** 32, 0.5),
);
const anyAddress = fc.record({
  space: anyInteger,
  point: fc.array(anyCoordinate, { minLength: 1, maxLength: 16 }),
}, { noNullPrototype: true });
const anyRevision = fc.tuple(fc.nat(2 ** 40), fc.nat(65_535), fc.nat(2 ** 31))
  .map(([ms, logical, sequence]) => new Revision(ms, logical, 7, sequence));
const anyEntry: fc.Arbitrary<WalEntry> = fc.oneof(
  fc.record({
    kind: fc.constant("write" as const),
    address: anyAddress,
    revision: anyRevision,
    data: fc.uint8Array({ maxLength: 300 }),
  }),
  fc.record({
    kind: fc.constant("tombstone" as const),
    address: anyAddress,
    revision: anyRevision,
  }),
  fc.record({
    kind: fc.constant("block-sealed" as const),
    block: anyInteger,
    space: anyInteger,
    snapshot: anyInteger,
  }),
  fc.record({ kind: fc.constant("checkpoint" as const), revision: anyRevision }),
);

test("every entry comes back as it went in", () => {
  fc.assert(fc.property(anyEntry, (entry) => {
    const back = decoded(encoded(entry));
    const plain = (each: WalEntry): unknown =>
      each.kind === "write" ? { ...each, data: [...each.data] } : { ...each };
    assert.deepEqual(plain(back), plain(entry));
  }));
});

test("an entry is the MessagePack that any library reads", () => {
  fc.assert(fc.property(anyEntry, (entry) => {
    const bytes = encoded(entry);
    const value = decode(bytes) as unknown[];
    const integersOnly = !("address" in entry) ||
      entry.address.point.every((each) => each >>> 0 === each && !Object.is(each, -0));
    // @msgpack/msgpack writes a whole float as an integer, so only integer points compare in bytes.
    if (integersOnly) assert.deepEqual(bytes, encode(value));
    if ("address" in entry) assert.deepEqual(value[2], entry.address.point);
  }));
});

test("the worked example of a data frame decodes to what it says", () => {
  const reader = new PackReader();
  reader.reset(workedExample("lib/segment/entry.ts"));
  assert.deepEqual([reader.takeArray(), reader.takeUint(), reader.takeArray()], [2, 1, 1]);
  const cursor = new EntryCursor(reader);
  cursor.next(7);
  reader.takeEnd();
  assert.deepEqual(cursor.toEntry(), {
    kind: "write",
    address: { space: 5, point: [300, 1.5] },
    revision: new Revision(Date.parse("2026-11-22T12:00:00.000Z"), 2, 7, 1),
    data: new TextEncoder().encode("hi"),
  });
});

test("decoded data shares no bytes with what it was read from", () => {
  const bytes = encoded(write(1));
  const back = decoded(bytes);
  bytes.fill(0);
  assert.deepEqual(back, write(1));
});

const point = [1, 2];
const revision = revisionOf(1);
const data = new Uint8Array(1);
const INVALID: Record<string, unknown> = {
  "undefined": undefined,
  "null": null,
  "a kind that is none": { kind: "judgment", revision },
  "a space above 2^53-1": { kind: "write", address: { space: 2 ** 53, point }, revision, data },
  "a negative space": { kind: "tombstone", address: { space: -1, point }, revision },
  "a fractional space": { kind: "tombstone", address: { space: 0.5, point }, revision },
  "no address": { kind: "tombstone", revision },
  "an empty point": { kind: "tombstone", address: { space: 1, point: [] }, revision },
  "a point of 17": {
    kind: "tombstone",
    address: { space: 1, point: new Array(17).fill(0) },
    revision,
  },
  "a point whose length is no integer": {
    kind: "tombstone",
    address: { space: 1, point: { length: 1.5, 0: 1, 1: 2 } },
    revision,
  },
  "a coordinate that is NaN": { kind: "tombstone", address: { space: 1, point: [NaN] }, revision },
  "a coordinate that is Infinity": {
    kind: "tombstone",
    address: { space: 1, point: [Infinity] },
    revision,
  },
  "a coordinate that is a string": {
    kind: "tombstone",
    address: { space: 1, point: ["1"] },
    revision,
  },
  "a coordinate that is a bigint": {
    kind: "tombstone",
    address: { space: 1, point: [1n] },
    revision,
  },
  "a revision that is none": { kind: "checkpoint", revision: { ...revision } },
  "no revision": { kind: "checkpoint" },
  "a revision of another session": { kind: "checkpoint", revision: revisionOf(1, 8) },
  "data that is a string": { kind: "write", address: { space: 1, point }, revision, data: "x" },
  "data that is an array": { kind: "write", address: { space: 1, point }, revision, data: [1] },
  "no data": { kind: "write", address: { space: 1, point }, revision },
  "a block above 2^53-1": { kind: "block-sealed", block: 2 ** 60, space: 1, snapshot: 1 },
  "a snapshot that is NaN": { kind: "block-sealed", block: 1, space: 1, snapshot: NaN },
};

for (const [name, entry] of Object.entries(INVALID)) {
  test(`putEntry() refuses ${name}, and writes nothing`, () => {
    const out = new PackWriter(1);
    assert.throws(() => putEntry(out, entry as WalEntry, 7), { code: "invalid-argument" });
    assert.equal(out.length, 0);
  });
}

const MALFORMED: Record<string, string> = {
  "an empty entry": "90",
  "a write of four fields": "940005" + "9101" + "c410" + "00".repeat(16),
  "an empty point": "940105" + "90" + "c410" + "00".repeat(16),
  "a point of 17": "940105" + "dc0011" + "01".repeat(17) + "c410" + "00".repeat(16),
  "a coordinate above 2^32-1": "94010591cf0000000100000000" + "c410" + "00".repeat(16),
  "a coordinate that is NaN": "94010591cb7ff8000000000000" + "c410" + "00".repeat(16),
  "a revision of 15 bytes": "9203" + "c40f" + "00".repeat(15),
  "a revision of another session": "9203" + "c410" + "00".repeat(16),
};

for (const [name, hex] of Object.entries(MALFORMED)) {
  test(`EntryCursor refuses ${name}`, () => {
    assert.throws(() => decoded(fromHex(hex)), MalformedPack);
  });
}

test("a property that a getter computes anew is taken once", () => {
  let asked = 0;
  const sly = {
    kind: "write" as const,
    address: { space: 1, point: [1] },
    revision,
    get data(): Uint8Array {
      return new Uint8Array(asked++ === 0 ? 3 : 30_000);
    },
  };
  assert.deepEqual(decoded(encoded(sly)), {
    ...write(1),
    address: sly.address,
    data: new Uint8Array(3),
  });
  assert.equal(asked, 1);
});

test("a revision whose fields were changed to what does not fit is refused", () => {
  const changed = Object.assign(Object.create(Revision.prototype), {
    ...revision,
    physicalMs: 2 ** 60,
  });
  const bare = Object.assign(Object.create(Revision.prototype), { session: 7 });
  for (const each of [changed, bare]) {
    assert.throws(() => encoded({ kind: "checkpoint", revision: each }), {
      code: "invalid-argument",
    });
  }
});

test("an entry of an unknown number is told from a malformed one", () => {
  assert.throws(() => decoded(fromHex("9104")), UnknownKind);
});
