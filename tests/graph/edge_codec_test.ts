import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "@msgpack/msgpack";
import fc from "fast-check";
import { encodeValue } from "../../lib/bytes/value.ts";
import { encodeRevision, Revision } from "../../lib/clock/revision.ts";
import { CorruptionError } from "../../lib/errors.ts";
import { EdgeCursor } from "../../lib/graph/edge_cursor.ts";
import { encodeEdge } from "../support/encoded_edge.ts";
import { HEAD_ENDPOINTS_BYTES_MAX, surelyLasts } from "../../lib/graph/edge_codec.ts";
import { type CheckedEdge, HEAD, NEUTRAL, POLARITIES, TAIL } from "../../lib/graph/hyperedge.ts";
import type { Hyperedge } from "../../lib/hyperedge.ts";
import { fromHex, toHex, workedExample } from "../support/worked_example.ts";

const cursor = new EdgeCursor();
const written = new Revision(1_763_812_800_000, 2, 7, 1);
const nameOf = (space: number): string => `space ${space}`;

function decoded(bytes: Uint8Array, id = 7n): Hyperedge {
  cursor.takeEdge(bytes);
  return cursor.toHyperedge(id, written, nameOf);
}

/** What a checked edge has to come back as. */
function expectedOf(edge: CheckedEdge, properties?: Record<string, unknown>): Hyperedge {
  return {
    id: 7n,
    kind: edge.kind,
    directed: edge.directed,
    endpoints: edge.endpoints.map(({ space, point, role, side }) => ({
      space: nameOf(space),
      point,
      role,
      polarity: POLARITIES[side],
    })),
    validFrom: written,
    revision: written,
    ...(edge.weight === undefined ? {} : { weight: edge.weight }),
    ...(properties === undefined ? {} : { properties }),
    ...(edge.validTo === undefined ? {} : { validTo: edge.validTo }),
  };
}

const anyLabel = fc.oneof(
  fc.constantFrom("member", "feeds", "k".repeat(31), "k".repeat(32), "\ufefflabel", "\u{1f4a7}"),
  fc.string({ minLength: 1, maxLength: 40, unit: "grapheme" }),
);
const anyCoordinate = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
  fc.constantFrom(0, -0, -1, 2 ** 32, 0.1),
);
const anyRevision = fc.tuple(fc.nat(2 ** 40), fc.nat(65_535), fc.nat(2 ** 31), fc.nat(2 ** 31))
  .map(([ms, logical, session, sequence]) => new Revision(ms, logical, session, sequence));
const anyProperties = fc.dictionary(
  fc.string({ maxLength: 5 }).filter((key) => key !== "__proto__"),
  fc.oneof(fc.integer(), fc.string(), fc.constant(null), fc.array(fc.boolean())),
  { maxKeys: 3, noNullPrototype: true },
);
const anyEdge = fc.record({
  id: fc.constant(undefined),
  kind: anyLabel,
  directed: fc.boolean(),
  endpoints: fc.array(
    fc.record({
      space: fc.oneof(fc.nat(200), fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER })),
      point: fc.array(anyCoordinate, { minLength: 1, maxLength: 16 }),
      role: fc.oneof(fc.constant("member"), anyLabel),
      side: fc.constantFrom<0 | 1 | 2>(TAIL, HEAD, NEUTRAL),
    }, { noNullPrototype: true }),
    { minLength: 2, maxLength: 20 },
  ),
  weight: fc.option(fc.double({ noNaN: true }), { nil: undefined }),
  properties: fc.option(anyProperties, { nil: undefined }),
  validTo: fc.option(anyRevision, { nil: undefined }),
}, { noNullPrototype: true }).map(({ properties, endpoints, ...edge }) => ({
  edge: {
    ...edge,
    endpoints: endpoints.map((endpoint, i) => ({
      ...endpoint,
      side: edge.directed ? (i < 2 ? ([TAIL, HEAD] as const)[i] : endpoint.side) : NEUTRAL,
    })),
    properties: properties && encodeValue(properties),
  },
  properties,
}));

test("every edge comes back as it went in", () => {
  fc.assert(fc.property(anyEdge, ({ edge, properties }) => {
    assert.deepEqual(decoded(encodeEdge(edge)), expectedOf(edge, properties));
  }));
});

test("an edge is MessagePack that any library reads", () => {
  fc.assert(fc.property(anyEdge, ({ edge }) => {
    const [version, endpoints, directed, kind, validTo, roles, weight, properties, ...more] =
      decode(encodeEdge(edge)) as unknown[];
    assert.deepEqual([version, directed, more], [1, Number(edge.directed), []]);
    assert.deepEqual(
      endpoints,
      edge.endpoints.map(({ space, side, point }) => [space, side, ...point]),
    );
    // Its decoder drops a byte order mark where the text is long.
    if (!edge.kind.startsWith("\ufeff")) assert.equal(kind, edge.kind);
    assert.equal((validTo as Uint8Array | null)?.length, edge.validTo && 16);
    assert.equal(
      (roles as string[] | null)?.length ?? edge.endpoints.length,
      edge.endpoints.length,
    );
    assert.equal(weight, edge.weight ?? null);
    assert.deepEqual(properties ?? undefined, edge.properties);
  }));
});

test("the worked example decodes to what it says, and is what is written", () => {
  const bytes = workedExample("lib/graph/edge_codec.ts");
  const end = new Revision(
    Date.parse("2026-11-22T12:00:00.000Z"),
    0xffff,
    2 ** 32 - 1,
    2 ** 32 - 1,
  );
  const edge: CheckedEdge = {
    id: undefined,
    kind: "feeds",
    directed: true,
    endpoints: [
      { space: 5, point: [10, 300], role: "pump", side: TAIL },
      { space: 6, point: [1.5], role: "tank", side: HEAD },
    ],
    weight: 0.5,
    properties: encodeValue({ bar: 7 }),
    validTo: end,
  };
  assert.deepEqual(decoded(bytes), expectedOf(edge, { bar: 7 }));
  assert.equal(toHex(encodeEdge(edge)), toHex(bytes));
});

test("takeEndpoints() takes what takeEdge() does, and looks at nothing behind it", () => {
  fc.assert(fc.property(anyEdge, ({ edge }) => {
    const bytes = encodeEdge(edge);
    const other = new EdgeCursor();
    other.takeEndpoints(bytes);
    assert.equal(other.count, edge.endpoints.length);
    edge.endpoints.forEach(({ space, side, point }, i) => {
      assert.deepEqual([other.spaces[i], other.sides[i]], [space, side]);
      assert.deepEqual(other.point(i), point);
    });
  }));
  const cut = workedExample("lib/graph/edge_codec.ts").slice(0, 22);
  assert.throws(() => cursor.takeEdge(cut), CorruptionError);
  cursor.takeEndpoints(cut);
  assert.equal(cursor.count, 2);
});

test("a head tells kind, direction, end and, where they are few, endpoints", () => {
  fc.assert(fc.property(anyEdge, ({ edge }) => {
    cursor.takeEdge(encodeEdge(edge));
    const head = cursor.toHead();
    const other = new EdgeCursor();
    const named = other.takeHead(head);
    assert.deepEqual([other.kind, other.directed], [edge.kind, edge.directed]);
    assert.deepEqual(other.validTo, edge.validTo);
    assert(head.length < 220 + edge.kind.length * 4, `${head.length} bytes`);
    assert.equal(other.count, named ? edge.endpoints.length : 0);
    if (edge.endpoints.length * 147 <= HEAD_ENDPOINTS_BYTES_MAX) assert(named);
    for (let i = 0; i < other.count; i++) {
      const { space, side, point } = edge.endpoints[i];
      assert.deepEqual([other.spaces[i], other.sides[i], other.point(i)], [space, side, point]);
    }
  }));
});

test("the heads of an edge of 10,000 endpoints do not name them", () => {
  const endpoints = Array.from({ length: 10_000 }, (_, i) => ({
    space: 1,
    point: [i, i],
    role: i % 2 === 0 ? "member" : "guest",
    side: NEUTRAL as typeof NEUTRAL,
  }));
  const edge: CheckedEdge = { ...PLAIN, endpoints };
  const bytes = encodeEdge(edge);
  assert.deepEqual(decoded(bytes), expectedOf(edge));
  cursor.takeEdge(bytes);
  const head = cursor.toHead();
  assert(head.length < 20);
  assert.equal(cursor.takeHead(head), false);
});

const PLAIN: CheckedEdge = {
  id: undefined,
  kind: "k",
  directed: false,
  endpoints: [
    { space: 1, point: [1], role: "member", side: NEUTRAL },
    { space: 1, point: [2], role: "member", side: NEUTRAL },
  ],
  weight: undefined,
  properties: undefined,
  validTo: undefined,
};

test("isPast() compares the end with a ceiling as revisions compare", () => {
  fc.assert(fc.property(anyRevision, anyRevision, (validTo, ceiling) => {
    const bytes = new Uint8Array(16);
    for (const each of [ceiling, validTo]) {
      encodeRevision(each, bytes, 0);
      cursor.takeEdge(encodeEdge({ ...PLAIN, validTo }));
      assert.equal(cursor.isPast({ ceiling: bytes }), Revision.compare(validTo, each) < 0);
    }
    cursor.takeEdge(encodeEdge(PLAIN));
    assert.equal(cursor.isPast({ ceiling: bytes }), false);
  }));
});

test("surelyLasts() tells heads without an end, wherever they lie, and is never wrong about others", () => {
  fc.assert(fc.property(fc.option(anyRevision, { nil: undefined }), fc.nat(9), (validTo, from) => {
    cursor.takeEdge(encodeEdge({ ...PLAIN, validTo }));
    const head = cursor.toHead();
    const bytes = new Uint8Array(from + head.length + 3).fill(0xc0);
    bytes.set(head, from);
    assert.equal(surelyLasts(bytes, from, from + head.length), validTo === undefined);
    assert.equal(cursor.takeHeadEndpoints(bytes, from, from + head.length), true);
    assert.equal(cursor.isAlone(NEUTRAL), false);
    assert.equal(cursor.isAlone(TAIL), false);
  }));
  cursor.takeEdge(encodeEdge({ ...PLAIN, validTo: new Revision(5, 0, 0x10, 0xc0) }));
  const head = cursor.toHead();
  assert.equal(head.at(-1), 0xc0);
  assert.equal(surelyLasts(head, 0, head.length), false);
  head[1] = 2;
  assert.throws(() => cursor.takeHeadEndpoints(head, 0, head.length), { code: "newer-format" });
});

test("an edge shares no bytes with what it was taken from, and is a plain object", () => {
  const properties = { key: new Uint8Array([1, 2, 3]) };
  const bytes = encodeEdge({ ...PLAIN, properties: encodeValue(properties) });
  const edge = decoded(bytes);
  bytes.fill(0);
  assert.deepEqual(edge.properties, properties);
  assert.equal(Object.getPrototypeOf(edge), Object.prototype);
  assert.deepEqual({ ...edge }, expectedOf(PLAIN, properties));
});

test("an edge has a JSON form, in which its id is a text", () => {
  const edge = decoded(encodeEdge({ ...PLAIN, validTo: written }), 2n ** 64n - 1n);
  const form = JSON.parse(JSON.stringify([edge]))[0];
  assert.equal(form.id, "18446744073709551615");
  assert.deepEqual([form.revision, form.validTo], [written.toString(), written.toString()]);
  assert.deepEqual(form.endpoints, edge.endpoints);
});

test("encodeEdge() refuses what does not fit a frame, by the rule of what is large", () => {
  const properties = new Uint8Array(64 * 1024 * 1024);
  assert.throws(() => encodeEdge({ ...PLAIN, properties }), { rule: "properties" });
  const point = new Array(16).fill(0.5);
  const endpoint = { ...PLAIN.endpoints[0], point };
  const endpoints = new Array(500_000).fill(endpoint);
  assert.throws(() => encodeEdge({ ...PLAIN, endpoints }), { rule: "endpoints" });
});

const TWO = "92" + "93010201" + "93010202";
const REST = "00" + "a16b" + "c0" + "c0" + "c0" + "c0";
const MALFORMED: Record<string, string> = {
  "nothing": "",
  "a number": "01",
  "seven fields": "9701" + TWO + REST.slice(0, -2),
  "a head": "9501" + TWO + "00a16bc0",
  "a byte too many": "9801" + TWO + REST + "c0",
  "a byte too few": "9801" + TWO + REST.slice(0, -2),
  "version 0": "9800" + TWO + REST,
  "nil for endpoints": "9801c0" + REST,
  "one endpoint": "9801" + "91" + "93010201" + REST,
  "more endpoints than bytes": "9801" + "ddffffffff" + REST,
  "an endpoint without coordinates": "9801" + "92" + "93010201" + "920102" + REST,
  "an endpoint of 17 coordinates": "9801" + "92" + "93010201" + "dc00130102" + "01".repeat(17) +
    REST,
  "side 3": "9801" + "92" + "93010201" + "93010302" + REST,
  "a coordinate above 2^32-1": "9801" + "92" + "93010201" + "930102cf0000000100000000" + REST,
  "a coordinate that is NaN": "9801" + "92" + "93010201" + "930102cb7ff8000000000000" + REST,
  "a tail of an undirected edge": "9801" + "92" + "93010001" + "93010202" + REST,
  "a directed edge without a head": "9801" + "92" + "93010001" + "93010202" + "01" + REST.slice(2),
  "directed 2": "9801" + TWO + "02" + REST.slice(2),
  "nil for a kind": "9801" + TWO + "00c0c0c0c0c0",
  "a kind that is not UTF-8": "9801" + TWO + "00a1ffc0c0c0c0",
  "a kind cut short": "9801" + TWO + "00bf61",
  "an end of 15 bytes": "9801" + TWO + "00a16b" + "c40f" + "00".repeat(15) + "c0c0c0",
  "an end that is a text": "9801" + TWO + "00a16b" + "a161" + "c0c0c0",
  "one role for two endpoints": "9801" + TWO + "00a16bc0" + "91a161" + "c0c0",
  "nil for a role": "9801" + TWO + "00a16bc0" + "92a161c0" + "c0c0",
  "a weight that is an integer": "9801" + TWO + "00a16bc0c0" + "01" + "c0",
  "properties cut short": "9801" + TWO + "00a16bc0c0c0" + "c40501",
};

test("the malformed bytes below are those of an edge but for what is wrong with them", () => {
  assert.deepEqual(decoded(fromHex("9801" + TWO + REST)), expectedOf(PLAIN));
});

for (const [name, hex] of Object.entries(MALFORMED)) {
  test(`takeEdge() refuses ${name}`, () => {
    assert.throws(() => cursor.takeEdge(fromHex(hex)), CorruptionError);
  });
}

test("takeEdge() tells a newer version from malformed bytes", () => {
  assert.throws(() => cursor.takeEdge(fromHex("9802" + TWO + REST)), { code: "newer-format" });
  assert.throws(() => cursor.takeHead(fromHex("9102")), { code: "newer-format" });
});

test("a property that does not decode is corruption", () => {
  const bytes = fromHex("9801" + TWO + "00a16bc0c0c0" + "c401c1");
  cursor.takeEdge(bytes);
  assert.throws(() => cursor.toHyperedge(1n, written, nameOf), CorruptionError);
});

test("bytes with faults in them are refused as corrupt, or are those of another edge", () => {
  const anyFault = fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 }));
  fc.assert(
    fc.property(anyEdge, fc.array(anyFault, { minLength: 1, maxLength: 3 }), ({ edge }, faults) => {
      const bytes = encodeEdge(edge);
      for (const [at, flip] of faults) bytes[at % bytes.length] ^= flip;
      for (const take of ["takeEdge", "takeEndpoints", "takeHead"] as const) {
        try {
          cursor[take](bytes);
          if (take === "takeEdge") cursor.toHyperedge(1n, written, nameOf);
        } catch (error) {
          const { code } = error as { code?: string };
          assert(code === "corrupt" || code === "newer-format", String(error));
        }
      }
    }),
    { numRuns: 1000 },
  );
});
