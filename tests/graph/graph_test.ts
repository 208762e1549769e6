import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClosedError,
  type Database,
  type EndpointInput,
  type Graph,
  type HyperedgeInput,
  Revision,
} from "../../mod.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";

interface Started {
  fixture: DatabaseFixture;
  db: Database;
  net: Graph;
}

async function started(): Promise<Started> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const net = await db.createGraph("net", {
    kinds: { feeds: "directed", touches: "undirected", nears: "free" },
  });
  return { fixture, db, net };
}

function line(x: number, polarity?: EndpointInput["polarity"], role?: string): EndpointInput {
  return {
    space: "line",
    point: [x],
    ...polarity === undefined ? {} : { polarity },
    ...role === undefined ? {} : { role },
  };
}

function feeds(from: number, to: number, more: Partial<HyperedgeInput> = {}): HyperedgeInput {
  return { kind: "feeds", endpoints: [line(from, "tail"), line(to, "head")], ...more };
}

async function relate(db: Database, ...edges: HyperedgeInput[]): Promise<bigint[]> {
  return await db.write((session) => edges.map((edge) => session.relate("net", edge).id));
}

function idsAt(net: Graph, x: number, direction?: "any" | "outgoing" | "incoming" | "neutral") {
  const filter = direction === undefined ? {} : { direction };
  const ids = net.incident(line(x), filter).toArray().map(({ id }) => id);
  assert.equal(net.degree(line(x), filter), ids.length);
  return ids;
}

test("an edge comes back with everything that was given, and what was left out said", async () => {
  const { db, net } = await started();
  const [id] = await relate(db, {
    kind: "feeds",
    weight: 2.5,
    properties: { bore: 80, tags: ["a", null] },
    validTo: new Date(4e12),
    endpoints: [line(1, "tail", "pump"), {
      space: db.space("plane"),
      point: [2, 3],
      polarity: "head",
    }],
  });
  const edge = net.get(id)!;
  assert.deepEqual(edge, {
    id,
    kind: "feeds",
    directed: true,
    weight: 2.5,
    properties: { bore: 80, tags: ["a", null] },
    endpoints: [
      { space: "line", point: [1], role: "pump", polarity: "tail" },
      { space: "plane", point: [2, 3], role: "member", polarity: "head" },
    ],
    validFrom: edge.revision,
    validTo: new Revision(4e12, 0xffff, 2 ** 32 - 1, 2 ** 32 - 1),
    revision: edge.revision,
  });
  assert.equal(JSON.parse(JSON.stringify(edge)).id, `${id}`);
  assert.equal(JSON.parse(JSON.stringify({ ...edge, id: String(edge!.id) })).id, `${id}`);
  assert.deepEqual(net.incident({ space: "plane", point: [2, 3] }).toArray(), [edge]);
  await db.close();
});

test("an edge and the records it joins become visible in one step", async () => {
  const { db, net } = await started();
  const session = db.session();
  session.insert("line", [1], "pump");
  const { id, revision } = session.relate(net, feeds(1, 2));
  await session.seal();
  assert.deepEqual([net.get(id), db.space("line").get([1]), idsAt(net, 1)], [
    undefined,
    undefined,
    [],
  ]);
  await session.commit();
  assert.deepEqual(net.get(id)?.revision, revision);
  assert.equal(db.space("line").get([1])?.data, "pump");
  assert.deepEqual(idsAt(net, 1), [id]);
  await db.close();
});

test("incidence by direction: a tail goes out, a head comes in, any counts an edge once", async () => {
  const { db, net } = await started();
  const [out, into, loop, beside, undirected] = await relate(
    db,
    feeds(1, 2),
    feeds(3, 1),
    feeds(1, 1),
    { kind: "feeds", endpoints: [line(5, "tail"), line(6, "head"), line(1)] },
    { kind: "touches", endpoints: [line(1), line(1, "neutral", "again"), line(9)] },
  );
  assert.deepEqual(idsAt(net, 1, "outgoing"), [out, loop]);
  assert.deepEqual(idsAt(net, 1, "incoming"), [into, loop]);
  assert.deepEqual(idsAt(net, 1, "neutral"), [beside, undirected]);
  assert.deepEqual(idsAt(net, 1), [out, into, loop, beside, undirected]);
  assert.equal(net.degree(line(1), { kinds: ["touches"] }), 1);
  assert.equal(net.degree(line(1), { kinds: [] }), 0);
  assert.equal(net.degree(line(1), {}, { limit: 2 }), 2);
  assert.equal(net.incident(line(1), {}, { limit: 0 }).toArray().length, 0);
  await db.close();
});

test("a newer version with other endpoints or directions leaves nothing where the older one was", async () => {
  const { db, net } = await started();
  const [id] = await relate(db, feeds(1, 2));
  assert.deepEqual(idsAt(net, 1, "outgoing"), [id]);
  await relate(db, feeds(2, 3, { id }));
  assert.deepEqual([idsAt(net, 1), idsAt(net, 2, "outgoing"), idsAt(net, 2, "incoming")], [
    [],
    [id],
    [],
  ]);
  await db.flush();
  await relate(db, feeds(4, 5, { id }), feeds(6, 7, { id }));
  assert.deepEqual([2, 3, 4, 5, 6, 7].map((x) => idsAt(net, x).length), [0, 0, 0, 0, 1, 1]);
  await db.compact("net");
  assert.deepEqual([2, 3, 4, 5, 6, 7].map((x) => idsAt(net, x).length), [0, 0, 0, 0, 1, 1]);
  await db.close();
});

test("unrelated and related again; each moment of the past is still there", async () => {
  const { db, net } = await started();
  const stamps: Revision[] = [];
  const session = db.session();
  stamps.push(session.relate("net", feeds(1, 2, { id: 7n })).revision);
  await session.commit();
  stamps.push(session.unrelate(net, 7n));
  await session.commit();
  stamps.push(session.relate("net", feeds(1, 3, { id: 7n })).revision);
  await session.commit();
  for (const after of [async () => {}, () => db.flush(), () => db.compact()]) {
    await after();
    assert.deepEqual(
      stamps.map((asOf) => [1, 2, 3].map((x) => net.degree(line(x), {}, { asOf }))),
      [[1, 1, 0], [0, 0, 0], [1, 0, 1]],
    );
    assert.deepEqual(stamps.map((asOf) => net.get(7n, { asOf })?.endpoints[1].point), [
      [2],
      undefined,
      [3],
    ]);
  }
  await db.close();
});

test("unrelating what never was is no error, and stays a deletion", async () => {
  const { db, net } = await started();
  await db.write((session) => session.unrelate(net, 99n));
  assert.equal(net.get(99n), undefined);
  assert.deepEqual(net.edges().toArray(), []);
  await db.close();
});

test("endpoints need no record, and deleting a record leaves its relations", async () => {
  const { db, net } = await started();
  const [id] = await relate(db, feeds(1, 2));
  await db.write((session) => session.insert("line", [1], "pump"));
  await db.write((session) => session.delete("line", [1]));
  assert.deepEqual(idsAt(net, 1), [id]);
  await db.close();
});

test("touching() gives each edge once, whatever of it lies in the box", async () => {
  const { db, net } = await started();
  const [a, b, c] = await relate(
    db,
    { kind: "touches", endpoints: [1, 2, 3, 4].map((x) => line(x)) },
    feeds(2, 20),
    feeds(20, 3),
  );
  const ids = (min: number, max: number, direction: "any" | "outgoing" | "incoming" = "any") =>
    net.touching("line", { min: [min], max: [max] }, { direction }).toArray().map(({ id }) => id)
      .sort();
  assert.deepEqual(ids(1, 4), [a, b, c].sort());
  assert.deepEqual(ids(4, 9), [a]);
  assert.deepEqual(ids(2, 3, "outgoing"), [b]);
  assert.deepEqual(ids(2, 3, "incoming"), [c]);
  assert.deepEqual(ids(5, 9), []);
  assert.equal(net.touching(db.space("line")).toArray().length, 3);
  assert.equal(net.touching("line", undefined, {}, { limit: 2 }).toArray().length, 2);
  assert.deepEqual(net.touching("plane").toArray(), []);
  await db.close();
});

test("an edge past its validTo stays readable and takes no part; the past and snapshots have their own now", async () => {
  const { fixture, db, net } = await started();
  const [id] = await relate(db, feeds(1, 2, { validTo: new Date(fixture.clock.ms + 5) }));
  const { revision } = net.get(id)!;
  const snapshot = db.snapshot();
  fixture.clock.ms += 5;
  assert.deepEqual(idsAt(net, 1), [id]);
  fixture.clock.ms += 1;
  assert.deepEqual(idsAt(net, 1), []);
  assert.equal(net.get(id)?.id, id);
  assert.equal(net.edges().toArray().length, 1);
  assert.equal(net.traverse({ from: line(1) }).nodes.length, 1);
  assert.equal(snapshot.graph("net").degree(line(1)), 1);
  assert.equal(net.degree(line(1), {}, { asOf: revision }), 1);
  assert.equal(net.degree(line(1), {}, { asOf: new Date(fixture.clock.ms) }), 0);
  await db.close();
});

test("a snapshot relates what it related, whatever happens later", async () => {
  const { db, net } = await started();
  const [id] = await relate(db, feeds(1, 2));
  const snapshot = db.snapshot();
  await relate(db, feeds(3, 4, { id }), feeds(1, 5));
  await db.flush();
  await db.compact();
  const pinned = snapshot.graph("net");
  assert.deepEqual(pinned.incident(line(1)).toArray().map((edge) => edge.id), [id]);
  assert.deepEqual([pinned.degree(line(3)), net.degree(line(3))], [0, 1]);
  assert.deepEqual(pinned.edges().toArray().length, 1);
  snapshot[Symbol.dispose]();
  assert.throws(() => pinned.degree(line(1)), ClosedError);
  assert.throws(() => snapshot.graph("net"), ClosedError);
  await db.close();
});

test("iterators pin at the first step, stay correct beside commits, flushes and merges, and are used once", async () => {
  const { db, net } = await started();
  await relate(db, ...Array.from({ length: 300 }, (_, i) => feeds(1, i + 2)));
  await db.flush();
  const begun = [net.incident(line(1)), net.touching("line"), net.edges()];
  const firsts = begun.map((each) => each.next().value!.id);
  const fresh = net.incident(line(1));
  await relate(
    db,
    ...Array.from({ length: 300 }, (_, i) => feeds(7, i + 2, { id: firsts[0] + BigInt(i) })),
  );
  await db.flush();
  await db.compact();
  for (const each of begun) {
    const rest = each.toArray();
    assert.equal(rest.length, 299);
    assert(rest.every(({ endpoints }) => endpoints[0].point[0] === 1));
    assert.equal(each.next().done, true);
  }
  assert.deepEqual(fresh.toArray(), []);
  const closed = net.edges();
  closed.next();
  await db.close();
  assert.throws(() => closed.next(), ClosedError);
  assert.throws(() => net.get(1n), ClosedError);
});

test("parallel edges, a self-loop and one point in several roles are what they are", async () => {
  const { db, net } = await started();
  const [a, b, loop, roles] = await relate(
    db,
    feeds(1, 2),
    feeds(1, 2),
    feeds(3, 3),
    { kind: "nears", endpoints: [line(4, "neutral", "north"), line(4, "neutral", "south")] },
  );
  assert.deepEqual(idsAt(net, 1), [a, b]);
  assert.deepEqual(idsAt(net, 3), [loop]);
  assert.deepEqual(idsAt(net, 4), [roles]);
  assert.deepEqual(net.get(roles)?.endpoints.map(({ role }) => role), ["north", "south"]);
  await db.close();
});

test("an edge with 10,000 endpoints is related, found at each of them, changed and taken back", async () => {
  const { fixture, db, net } = await started();
  const many = (from: number): HyperedgeInput => ({
    kind: "touches",
    id: 5n,
    endpoints: Array.from({ length: 10_000 }, (_, i) => line(from + i)),
  });
  await relate(db, many(0));
  assert.equal(net.get(5n)?.endpoints.length, 10_000);
  assert.deepEqual([0, 5_000, 9_999, 10_000].map((x) => net.degree(line(x))), [1, 1, 1, 0]);
  assert.equal(net.touching("line", { min: [10], max: [5_000] }).toArray().length, 1);
  await relate(db, many(9_000));
  assert.deepEqual([0, 8_999, 9_000, 18_999].map((x) => net.degree(line(x))), [0, 0, 1, 1]);
  await db.close();
  const again = await fixture.open();
  assert.equal(again.graph("net").degree(line(9_000)), 1);
  await again.write((session) => session.unrelate("net", 5n));
  assert.equal(again.graph("net").touching("line").toArray().length, 0);
  await again.close();
});

test("a hub of 20,000 edges, in files and in memory, is counted and walked in the order of ids", async () => {
  const { db, net } = await started();
  const batch = (from: number) =>
    Array.from({ length: 10_000 }, (_, i) => feeds(0, from + i, { id: BigInt(from + i) }));
  await db.write((session) => session.relateMany("net", batch(10_001)));
  await db.flush();
  await db.write((session) => session.relateMany("net", batch(1)));
  assert.equal(net.degree(line(0)), 20_000);
  assert.equal(net.degree(line(0), { direction: "incoming" }), 0);
  const ids = net.incident(line(0), { direction: "outgoing" }).take(3).toArray().map(({ id }) =>
    id
  );
  assert.deepEqual(ids, [1n, 2n, 3n]);
  const all = net.incident(line(0)).map(({ id }) => id).toArray();
  assert(all.every((id, i) => id === BigInt(i + 1)));
  await db.close();
});
