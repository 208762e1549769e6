import assert from "node:assert/strict";
import { test } from "node:test";
import { decodeValue } from "../../lib/bytes/value.ts";
import { Revision } from "../../lib/clock/revision.ts";
import { ClosedError, type EdgeRule, InvalidEdgeError, NotFoundError } from "../../lib/errors.ts";
import { checkEdge, type SpaceResolver } from "../../lib/graph/edge_check.ts";
import { checkGraphConfig, type GraphConfig } from "../../lib/graph/graph_config.ts";
import type { HyperedgeInput } from "../../lib/hyperedge.ts";
import { type CheckedEdge, HEAD, NEUTRAL, TAIL } from "../../lib/graph/hyperedge.ts";
import { checkPoint, checkSpaceConfig } from "../../lib/store/space_checks.ts";

const NOW_MS = Date.UTC(2026, 10, 22, 12);

const resolve: SpaceResolver = (space) => {
  const name = typeof space === "string" ? space : space.name;
  if (name === "closed") throw new ClosedError("The database is closed");
  if (name !== "pumps") throw new NotFoundError(`There is no space ${name}`);
  const info = checkSpaceConfig({ dims: 2, axes: [{ min: -9, max: 9 }, { min: -9, max: 9 }] });
  return { id: 5, check: (point) => checkPoint(info, point) };
};

function check(input: unknown, config?: GraphConfig, last?: Revision): CheckedEdge {
  const edge = input as HyperedgeInput;
  return checkEdge(checkGraphConfig(config), edge, resolve, NOW_MS, { last });
}

const a = { space: "pumps", point: [1, 2] };
const b = { space: "pumps", point: [3, 4] };
const tail = { ...a, polarity: "tail" };
const head = { ...b, polarity: "head" };
const edge = { kind: "feeds", endpoints: [a, b] };
const arrow = { kind: "feeds", directed: true, endpoints: [tail, head] };
const DECLARED: GraphConfig = {
  kinds: { feeds: "directed", touches: "undirected", nears: "free" },
  unknownKinds: "reject",
};

const BROKEN: [rule: EdgeRule, name: string, input: unknown, config?: GraphConfig][] = [
  ["endpoints", "no edge", undefined],
  ["endpoints", "null for an edge", null],
  ["endpoints", "no endpoints", { kind: "feeds" }],
  ["endpoints", "one endpoint", { ...edge, endpoints: [a] }],
  ["endpoints", "endpoints that are no array", { ...edge, endpoints: { length: 2, 0: a, 1: b } }],
  ["endpoints", "an endpoint that is undefined", { ...edge, endpoints: [a, undefined] }],
  ["endpoints", "an endpoint that is null", { ...edge, endpoints: [null, a] }],
  ["kind", "no kind", { endpoints: [a, b] }],
  ["kind", "an empty kind", { ...edge, kind: "" }],
  ["kind", "a blank kind", { ...edge, kind: " \n" }],
  ["kind", "a kind that is a number", { ...edge, kind: 7 }],
  ["kind", "a kind with a lone surrogate", { ...edge, kind: "\ud800" }],
  ["kind", "a kind that is too long", { ...edge, kind: "k".repeat(1025) }],
  ["unknown-kind", "a kind not declared", { ...edge, kind: "heats" }, DECLARED],
  ["unknown-kind", "any kind where none is declared", edge, { unknownKinds: "reject" }],
  ["unknown-kind", "a kind that every object has", { ...edge, kind: "toString" }, DECLARED],
  ["kind-direction", "directed: false, declared directed", { ...edge, directed: false }, DECLARED],
  [
    "kind-direction",
    "directed: true, declared undirected",
    { ...arrow, kind: "touches" },
    DECLARED,
  ],
  ["direction", "directed that is no truth value", { ...edge, directed: 1 }],
  ["direction", "directed without a head", { ...arrow, endpoints: [tail, tail, a] }],
  ["direction", "directed without a tail", { ...arrow, endpoints: [a, head] }],
  ["direction", "a kind declared directed, endpoints neutral", edge, DECLARED],
  ["role", "a blank role", { ...edge, endpoints: [a, { ...b, role: " " }] }],
  ["role", "a role that is null", { ...edge, endpoints: [a, { ...b, role: null }] }],
  ["polarity", "a polarity that is none", {
    ...arrow,
    endpoints: [tail, { ...b, polarity: "up" }],
  }],
  ["polarity", "a tail of an undirected edge", { ...edge, endpoints: [tail, b] }],
  ["polarity", "a head of an undirected edge", { ...edge, endpoints: [a, head], directed: false }],
  ["space", "an unknown space", { ...edge, endpoints: [a, { ...b, space: "tanks" }] }],
  ["space", "a space that is a number", { ...edge, endpoints: [a, { ...b, space: 5 }] }],
  ["space", "no space", { ...edge, endpoints: [a, { point: [1, 2] }] }],
  ["point", "a point of three coordinates", {
    ...edge,
    endpoints: [a, { ...b, point: [1, 2, 3] }],
  }],
  ["point", "a coordinate outside", { ...edge, endpoints: [a, { ...b, point: [1, 10] }] }],
  ["point", "a coordinate that is NaN", { ...edge, endpoints: [a, { ...b, point: [1, NaN] }] }],
  ["point", "no point", { ...edge, endpoints: [a, { space: "pumps" }] }],
  ["id", "a negative id", { ...edge, id: -1n }],
  ["id", "an id of 2^64", { ...edge, id: 2n ** 64n }],
  ["id", "an id that is a number", { ...edge, id: 7 }],
  ["id", "an id that is null", { ...edge, id: null }],
  ["weight", "a weight that is NaN", { ...edge, weight: NaN }],
  ["weight", "an infinite weight", { ...edge, weight: Infinity }],
  ["weight", "a weight that is a string", { ...edge, weight: "1" }],
  ["weight", "a weight that is a bigint", { ...edge, weight: 1n }],
  ["properties", "properties that hold a function", { ...edge, properties: { f: () => 1 } }],
  ["properties", "properties that hold a bigint", { ...edge, properties: { big: 1n } }],
  ["properties", "properties that are a Map", { ...edge, properties: new Map() }],
  ["properties", "properties that are an array", { ...edge, properties: [1] }],
  ["properties", "properties that are null", { ...edge, properties: null }],
  ["properties", "properties that are a text", { ...edge, properties: "red" }],
  ["validity", "validTo a millisecond ago", { ...edge, validTo: new Date(NOW_MS - 1) }],
  ["validity", "validTo before 1970", { ...edge, validTo: new Date(-1) }],
  ["validity", "a past stamp", { ...edge, validTo: new Revision(NOW_MS - 1, 0xffff, 7, 7) }],
  ["validity", "a stamp below its own", { ...edge, validTo: new Revision(NOW_MS, 0, 0, 0) }],
  ["validity", "an invalid Date", { ...edge, validTo: new Date(NaN) }],
  ["validity", "validTo in milliseconds", { ...edge, validTo: NOW_MS + 1 }],
  ["validity", "validTo null", { ...edge, validTo: null }],
];

for (const [rule, name, input, config] of BROKEN) {
  test(`checkEdge() refuses ${name}: ${rule}`, () => {
    assert.throws(() => check(input, config), (error) => {
      assert(error instanceof InvalidEdgeError, String(error));
      assert.deepEqual([error.code, error.rule, error.retryable], ["invalid-edge", rule, false]);
      return true;
    });
  });
}

test("every rule has a row above", () => {
  assert.deepEqual([...new Set(BROKEN.map(([rule]) => rule))].sort(), [
    "direction",
    "endpoints",
    "id",
    "kind",
    "kind-direction",
    "point",
    "polarity",
    "properties",
    "role",
    "space",
    "unknown-kind",
    "validity",
    "weight",
  ]);
});

test("what is not said has its default", () => {
  assert.deepEqual(check(edge), {
    id: undefined,
    kind: "feeds",
    directed: false,
    endpoints: [
      { space: 5, point: [1, 2], role: "member", side: NEUTRAL },
      { space: 5, point: [3, 4], role: "member", side: NEUTRAL },
    ],
    weight: undefined,
    properties: undefined,
    validTo: undefined,
  });
});

test("what is said is kept", () => {
  const said = check({
    id: 2n ** 64n - 1n,
    kind: "feeds",
    directed: true,
    endpoints: [{ ...tail, role: "pump" }, head, b, { ...tail, role: "valve" }],
    weight: -1.5,
    properties: { bar: [1, null] },
    validTo: new Revision(NOW_MS, 1, 0, 0),
  });
  assert.equal(said.id, 2n ** 64n - 1n);
  assert.equal(said.directed, true);
  assert.deepEqual(said.endpoints.map(({ role, side }) => [role, side]), [
    ["pump", TAIL],
    ["member", HEAD],
    ["member", NEUTRAL],
    ["valve", TAIL],
  ]);
  assert.equal(said.weight, -1.5);
  assert.deepEqual(decodeValue(said.properties!), { bar: [1, null] });
  assert(said.validTo!.equals(new Revision(NOW_MS, 1, 0, 0)));
});

test("directed is as the kind is declared, unless said where the kind is free or unknown", () => {
  assert.equal(check({ ...arrow, directed: undefined }, DECLARED).directed, true);
  assert.equal(check({ ...edge, kind: "touches" }, DECLARED).directed, false);
  assert.equal(check({ ...edge, kind: "nears" }, DECLARED).directed, false);
  assert.equal(check({ ...arrow, kind: "nears" }, DECLARED).directed, true);
  const open: GraphConfig = { ...DECLARED, unknownKinds: "allow" };
  assert.equal(check({ ...arrow, kind: "heats" }, open).directed, true);
});

test("-0 becomes 0 in points and weights", () => {
  const { endpoints, weight } = check({
    ...edge,
    endpoints: [{ ...a, point: [-0, 1] }, b],
    weight: -0,
  });
  assert(Object.is(endpoints[0].point[0], 0) && Object.is(weight, 0));
});

test("a date of validTo means the highest stamp of its millisecond", () => {
  const { validTo } = check({ ...edge, validTo: new Date(NOW_MS) });
  assert(validTo!.equals(new Revision(NOW_MS, 0xffff, 2 ** 32 - 1, 2 ** 32 - 1)));
  const latest = check({ ...edge, validTo: new Date(8.64e15) }).validTo!;
  assert.equal(latest.physicalMs, 2 ** 48 - 1);
});

test("a revision of validTo whose fields were changed to what does not fit is refused", () => {
  const changed = Object.assign(Object.create(Revision.prototype), {
    ...new Revision(NOW_MS, 0, 0, 0),
    sequence: -1,
  });
  assert.throws(() => check({ ...edge, validTo: changed }), { rule: "validity" });
});

test("what the newest stamp has reached is past, though the wall clock is behind it", () => {
  const newest = new Revision(NOW_MS + 5, 3, 7, 9);
  const valid = (validTo: Revision | Date): CheckedEdge =>
    check({ ...edge, validTo }, undefined, newest);
  for (
    const past of [
      new Date(NOW_MS),
      new Date(NOW_MS + 4),
      new Revision(NOW_MS + 5, 2, 9, 9),
      newest,
      new Revision(NOW_MS + 5, 3, 7, 10),
      new Revision(NOW_MS + 5, 4, 0, 0),
    ]
  ) {
    assert.throws(() => valid(past), { rule: "validity", message: /the newest stamp is/ });
  }
  for (const to of [new Date(NOW_MS + 5), new Revision(NOW_MS + 5, 5, 0, 0)]) {
    assert(Revision.compare(valid(to).validTo!, newest) > 0);
  }
});

test("a stamp of a millisecond that the wall clock has passed does not matter", () => {
  const newest = new Revision(NOW_MS - 1, 9, 7, 9);
  const validTo = new Revision(NOW_MS, 1, 0, 0);
  assert(check({ ...edge, validTo }, undefined, newest).validTo!.equals(validTo));
  assert.throws(() => check({ ...edge, validTo: new Date(NOW_MS - 1) }, undefined, newest), {
    message: /it is 2026/,
  });
});

test("a space may be named by its handle; an error that is no refusal passes as it is", () => {
  const handle = { ...a, space: { name: "pumps" } };
  assert.equal(check({ ...edge, endpoints: [handle, b] }).endpoints[0].space, 5);
  const closed = { ...a, space: "closed" };
  assert.throws(() => check({ ...edge, endpoints: [closed, b] }), { code: "closed" });
});

test("the refusal of a space or point tells which endpoint, and why", () => {
  assert.throws(() => check({ ...edge, endpoints: [a, { ...b, space: "tanks" }] }), (error) => {
    assert(error instanceof InvalidEdgeError && error.cause instanceof NotFoundError);
    assert.match(error.message, /^Endpoint 1: There is no space tanks$/);
    return true;
  });
});

test("every property of the input is read once", () => {
  const reads = new Map<string, number>();
  const counted = <T extends object>(name: string, target: T): T =>
    new Proxy(target, {
      get: (object, key) => {
        const field = `${name}.${String(key)}`;
        reads.set(field, (reads.get(field) ?? 0) + 1);
        return Reflect.get(object, key);
      },
    });
  check(counted("edge", {
    id: 1n,
    kind: "feeds",
    directed: true,
    endpoints: counted("endpoints", [
      counted("tail", { ...tail, role: "pump" }),
      counted("head", head),
    ]),
    weight: 1,
    properties: counted("properties", { bar: 7 }),
    validTo: new Date(NOW_MS),
  }));
  const fields = [...reads].filter(([field]) => !/Symbol|\.(constructor|toJSON)$/.test(field));
  assert.equal(fields.length, 7 + 3 + 4 + 4 + 1);
  assert.deepEqual(fields.filter(([, count]) => count !== 1), []);
});

test("10,000 endpoints are taken in their order", () => {
  const endpoints = Array.from({ length: 10_000 }, (_, i) => ({ ...a, point: [i / 10_000, 0] }));
  const found = check({ ...edge, endpoints }).endpoints;
  assert.deepEqual(found.map(({ point }) => point[0]), endpoints.map(({ point }) => point[0]));
});
