import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Database,
  type EndpointInput,
  type Graph,
  type HyperedgeInput,
  InvalidArgumentError,
  NotFoundError,
} from "../../mod.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";

async function started(): Promise<{ db: Database; net: Graph }> {
  const db = await new DatabaseFixture().start();
  return { db, net: await db.createGraph("net", { kinds: { feeds: "directed" } }) };
}

function line(x: number, polarity: EndpointInput["polarity"] = "neutral"): EndpointInput {
  return { space: "line", point: [x], polarity };
}

function feeds(from: number, to: number, kind = "feeds"): HyperedgeInput {
  return { kind, directed: true, endpoints: [line(from, "tail"), line(to, "head")] };
}

async function relate(db: Database, ...edges: HyperedgeInput[]): Promise<bigint[]> {
  return await db.write((session) => edges.map((edge) => session.relate("net", edge).id));
}

test("traverse() reaches what edges lead to, by level, and gives the edges", async () => {
  const { db, net } = await started();
  const [first, join] = await relate(
    db,
    feeds(1, 2),
    {
      kind: "feeds",
      endpoints: [line(2, "tail"), line(9, "tail"), {
        space: "plane",
        point: [1, 1],
        polarity: "head",
      }],
    },
    { kind: "touches", endpoints: [line(1), line(50)] },
  );
  const reached = net.traverse({ from: line(1) });
  assert.deepEqual(reached.nodes, [
    { space: "line", point: [1], level: 0, arrival: "start" },
    { space: "line", point: [2], level: 1, arrival: "expanded" },
    { space: "line", point: [9], level: 1, arrival: "co-cause" },
    { space: "plane", point: [1, 1], level: 2, arrival: "expanded" },
  ]);
  assert.deepEqual(reached.edges, [net.get(first), net.get(join)]);
  const together = (from: EndpointInput[]) =>
    net.traverse({ from, mode: "b-connectivity" }).nodes.map(({ space }) => space);
  assert.deepEqual(together([line(1)]), ["line", "line"]);
  assert.deepEqual(together([line(1), line(9)]), ["line", "line", "line", "plane"]);
  assert.deepEqual(
    net.traverse({ from: { space: "plane", point: [1, 1] }, direction: "backward", depth: 1 })
      .nodes.map(({ point }) => point),
    [[1, 1], [2], [9]],
  );
  assert.equal(net.traverse({ from: line(50), direction: "both" }).nodes.length, 5);
  await db.close();
});

test("isAcyclic() and topologicalLevels() look at the kinds that count, also in the past", async () => {
  const { db, net } = await started();
  await relate(db, feeds(1, 2), feeds(2, 3), feeds(1, 3));
  const { revision } = net.edges().toArray().at(-1)!;
  assert.equal(net.isAcyclic(), true);
  const levels = net.topologicalLevels();
  assert(levels.kind === "levels");
  assert.deepEqual(levels.nodes.map(({ point, level }) => [point[0], level]), [[1, 0], [2, 1], [
    3,
    2,
  ]]);
  await relate(db, feeds(3, 1, "nears"));
  assert.deepEqual([net.isAcyclic(), net.isAcyclic(["feeds"]), net.isAcyclic([])], [
    false,
    true,
    true,
  ]);
  assert.equal(net.isAcyclic(undefined, { asOf: revision }), true);
  const cycle = net.topologicalLevels();
  assert(cycle.kind === "cycle");
  assert.equal(cycle.edges.at(-1)?.endpoints.length, 2);
  await db.close();
});

test("questions that cannot be answered are refused", async () => {
  const { db, net } = await started();
  const other = await new DatabaseFixture().start();
  const refused: [() => unknown, new (...args: never[]) => Error][] = [
    [() => net.get(-1n), InvalidArgumentError],
    [() => net.get(2n ** 64n), InvalidArgumentError],
    [() => net.get(1 as never), InvalidArgumentError],
    [() => net.incident({ space: "nowhere", point: [1] }), NotFoundError],
    [() => net.incident({ space: "net", point: [1] }), NotFoundError],
    [() => net.incident({ space: "line", point: [1, 2] }), InvalidArgumentError],
    [() => net.incident({ space: other.space("line"), point: [1] }), InvalidArgumentError],
    [() => net.incident(undefined as never), InvalidArgumentError],
    [() => net.degree(line(1), { direction: "up" as never }), InvalidArgumentError],
    [() => net.degree(line(1), {}, { limit: -1 }), InvalidArgumentError],
    [() => net.touching("line", { min: [2], max: [1] }), InvalidArgumentError],
    [() => net.edges({ kinds: "feeds" as never }), InvalidArgumentError],
    [() => net.edges(null as never), InvalidArgumentError],
    [() => net.traverse({ from: { space: "line", point: ["x" as never] } }), InvalidArgumentError],
    [() => net.isAcyclic("feeds" as never), InvalidArgumentError],
  ];
  for (const [ask, expected] of refused) assert.throws(ask, expected, `${ask}`);
  await db.close();
  await other.close();
});

test("a traversal of many edges reads them when they are asked for, as of its moment", async () => {
  const { db, net } = await started();
  const ids = await relate(db, ...Array.from({ length: 1500 }, (_, i) => feeds(i, i + 1)));
  const snapshot = db.snapshot();
  const reached = net.traverse({ from: line(0) });
  const kept = snapshot.graph("net").traverse({ from: line(0) });
  const few = net.traverse({ from: line(0), depth: 1000 });
  const late = net.traverse({ from: line(0) });
  await db.write((session) => ids.forEach((id) => session.unrelate("net", id)));
  await db.compact();
  assert.equal(reached.nodes.length, 1501);
  assert.deepEqual(reached.edges.map(({ id }) => id), ids);
  assert.equal(reached.edges, reached.edges);
  assert.deepEqual(JSON.parse(JSON.stringify(reached)).edges.length, 1500);
  assert.deepEqual({ ...reached }.edges, reached.edges);
  reached.edges = [];
  assert.deepEqual(reached.edges, []);
  snapshot[Symbol.dispose]();
  assert.throws(() => kept.edges, { code: "closed" });
  await db.close();
  assert.throws(() => late.edges, { code: "closed" });
  assert.deepEqual(few.edges.map(({ id }) => id), ids.slice(0, 1000));
});
