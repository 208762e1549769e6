import assert from "node:assert/strict";
import { test } from "node:test";
import {
  AlreadyExistsError,
  CorruptionError,
  type Database,
  type GraphReader,
  type HyperedgeInput,
  InvalidArgumentError,
  NotFoundError,
  ReadOnlyError,
} from "../../mod.ts";
import { macrotask } from "../../lib/clock/slice.ts";
import { DatabaseFixture, groupOf, sessionFile } from "../support/database_fixture.ts";

function edge(id: bigint, ...places: number[]): HyperedgeInput {
  return { id, kind: "nears", endpoints: places.map((x) => ({ space: "line", point: [x] })) };
}

function degrees(graph: GraphReader, ...places: number[]): number[] {
  return places.map((x) => graph.degree({ space: "line", point: [x] }));
}

async function started(): Promise<{ fixture: DatabaseFixture; db: Database }> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.createGraph("net");
  return { fixture, db };
}

/** Leaves an intent that nobody settled: the edge of that id. */
async function interrupt(db: Database, ...edges: HyperedgeInput[]): Promise<void> {
  const session = db.session();
  for (const each of edges) session.relate("net", each);
  await session.seal();
  await session.close();
}

test("createGraph() makes a graph once, and it is there after a kill", async () => {
  const { fixture, db } = await started();
  const config = { kinds: { a: "directed", b: "free" }, unknownKinds: "reject" } as const;
  const made = await Promise.all([
    db.createGraph("other", config),
    db.createGraph("other", config),
  ]);
  assert.equal(made[0], made[1]);
  assert.equal(
    await db.createGraph("other", { ...config, kinds: { b: "free", a: "directed" } }),
    made[0],
  );
  await assert.rejects(db.createGraph("other"), AlreadyExistsError);
  await assert.rejects(db.createGraph(""), InvalidArgumentError);
  await assert.rejects(db.createGraph("x", { unknownKinds: "no" as never }), InvalidArgumentError);
  const again = await fixture.killed().open();
  assert.deepEqual(again.graphs().map(({ name }) => name), ["net", "other"]);
  assert.deepEqual(again.graph("other").config, config);
  assert.equal(await again.createGraph("other", config), again.graph("other"));
  assert.throws(() => again.graph("line"), NotFoundError);
  await again.close();
  await db.close();
});

test("a space and a graph cannot have one name", async () => {
  const { db } = await started();
  await assert.rejects(db.createGraph("line"), AlreadyExistsError);
  await assert.rejects(db.createSpace("net", { dims: 1 }), AlreadyExistsError);
  const both = await Promise.allSettled([
    db.createGraph("new"),
    db.createSpace("new", { dims: 1 }),
  ]);
  assert.deepEqual(both.map(({ status }) => status), ["fulfilled", "rejected"]);
  const later = await db.createSpace("later", { dims: 1 });
  assert.deepEqual(db.spaces().map(({ name }) => name), ["line", "plane", "later"]);
  assert.equal(later, db.space("later"));
  await db.close();
});

test("edges and rows go into one manifest: every kill after a flush or a commit finds both", async () => {
  const { fixture, db } = await started();
  await db.write((session) => session.relate("net", edge(1n, 1, 2)));
  const check = async (expected: number[]): Promise<void> => {
    const killed = fixture.killed();
    for (let i = 0; i < 2; i++) {
      const again = await killed.open();
      assert.deepEqual(degrees(again.graph("net"), 1, 2, 3), expected);
      await again.close();
    }
  };
  await check([1, 1, 0]);
  await db.flush();
  await check([1, 1, 0]);
  await db.write((session) => session.relate("net", edge(1n, 2, 3)));
  await check([0, 1, 1]);
  await db.compact();
  await check([0, 1, 1]);
  await db.close();
});

test("an adopted intent brings edges and rows, and what was committed meanwhile keeps its own", async () => {
  const { fixture, db } = await started();
  await interrupt(db, edge(1n, 1, 2), edge(2n, 5, 6));
  const session = db.session();
  session.relate("net", edge(1n, 2, 3)); // Newer than the interrupted one, and knows nothing of it.
  const adopting = db.interrupted()[0].adopt();
  let committed = false;
  fixture.storage.before = (operation, path) => {
    // While the rows of the adopted edges are on their way to a file, others commit and read.
    if (committed || operation !== "rename" || !path.includes("MANIFEST")) return;
    committed = true;
    session.commitSync();
    assert.deepEqual(degrees(db.graph("net"), 1, 2, 3, 5), [0, 1, 1, 0]);
  };
  await adopting;
  fixture.mend();
  assert(committed);
  assert.deepEqual(degrees(db.graph("net"), 1, 2, 3, 5, 6), [0, 1, 1, 1, 1]);
  await db.flush();
  await db.compact();
  const again = await fixture.killed().open();
  for (const each of [db, again]) {
    assert.deepEqual(degrees(each.graph("net"), 1, 2, 3, 5, 6), [0, 1, 1, 1, 1]);
    await each.close();
  }
});

test("a kill right after an adoption finds the rows in files", async () => {
  const { fixture, db } = await started();
  await interrupt(db, edge(1n, 1, 2));
  await db.interrupted()[0].adopt();
  const again = await fixture.killed().open();
  assert.deepEqual([degrees(again.graph("net"), 1, 2), again.recovery.sessions], [[1, 1], []]);
  await again.close();
  await db.close();
});

test("an interrupted intent tells records and relations apart", async () => {
  const { fixture, db } = await started();
  const session = db.session();
  session.insert("line", [4], "pump");
  session.relate("net", edge(1n, 4, 5));
  session.unrelate("net", 2n ** 32n + 9n);
  await session.seal();
  await session.close();
  const again = await fixture.killed().open();
  const [intent] = again.interrupted();
  assert.equal(intent.entries, 3);
  assert.deepEqual(Array.from(intent.records(), ({ space, data }) => [space, data]), [[
    "line",
    "pump",
  ]]);
  const [related, unrelated] = intent.edges();
  assert.deepEqual([related.graph, related.id, related.edge?.endpoints.length], ["net", 1n, 2]);
  assert.deepEqual(unrelated, { graph: "net", id: 2n ** 32n + 9n });
  await intent.discard();
  assert.deepEqual(degrees(again.graph("net"), 4), [0]);
  await again.close();
  await db.close();
});

test("a reader beside the writer sees edges and rows, and changes nothing", async () => {
  const { fixture, db } = await started();
  await db.write((session) => session.relate("net", edge(1n, 1, 2)));
  await db.flush();
  await db.write((session) => session.relate("net", edge(1n, 2, 3)));
  const reader = await fixture.open({ readOnly: true });
  await db.write((session) => session.unrelate("net", 1n));
  await db.flush();
  await db.compact();
  assert.deepEqual(degrees(reader.graph("net"), 1, 2, 3), [0, 1, 1]);
  await assert.rejects(reader.createGraph("new"), ReadOnlyError);
  await reader.close();
  await db.close();
});

/** A database in whose file of edges a byte of the first page is flipped: run 1 has edges, run 2 rows. */
async function damaged(): Promise<{ fixture: DatabaseFixture; before: DatabaseFixture }> {
  const { fixture, db } = await started();
  await db.write((session) => {
    session.insert("line", [9], "pump");
    session.relate("net", edge(1n, 1, 2));
  });
  await db.close();
  const before = fixture.killed();
  for (const name of fixture.files("runs")) {
    const isEdges = new DataView(fixture.bytes(`runs/${name}`).buffer).getUint32(24, true) === 3;
    const isRows = new DataView(fixture.bytes(`runs/${name}`).buffer).getUint32(48, true) === 1;
    if (isEdges && !isRows) fixture.flip(`runs/${name}`, 70);
  }
  return { fixture, before };
}

test("rows that cannot be derived fail who asks for them, nobody else, and are derived later", async () => {
  const { fixture, before } = await damaged();
  const db = await fixture.open();
  const net = db.graph("net");
  assert.deepEqual(degrees(net, 1, 2), [1, 1]); // Rows are whole.
  assert.throws(() => net.get(1n), CorruptionError);
  await db.write((session) => {
    session.insert("line", [8], "tank");
    session.relate("net", edge(1n, 2, 3));
  });
  assert.throws(() => degrees(net, 1), CorruptionError);
  assert.throws(() => net.touching("line").toArray(), CorruptionError);
  await assert.rejects(db.flush(), CorruptionError);
  const snapshot = db.snapshot();
  assert.equal(snapshot.space("line").count(), 2);
  assert.throws(() => degrees(snapshot.graph("net"), 1), CorruptionError);
  const again = await fixture.killed().open(); // Opens, though it cannot flush.
  assert.equal(again.space("line").count(), 2);
  assert.match(again.stats().flushFailure!, /corrupt/);
  assert.throws(() => degrees(again.graph("net"), 1), CorruptionError);
  await assert.rejects(again.close(), CorruptionError);
  for (const name of before.files("runs")) {
    fixture.put(`runs/${name}`, before.bytes(`runs/${name}`));
  }
  assert.deepEqual(degrees(net, 1, 2, 3), [0, 1, 1]);
  await db.flush();
  await db.close();
});

test("what could not be flushed at opening is there at the next, corrupt session files included", async () => {
  const { fixture, before } = await damaged();
  const db = await fixture.open();
  await db.write((session) => session.relate("net", edge(1n, 2, 3)));
  await db.close().catch(() => {});
  const file = await sessionFile(
    700,
    "wal",
    groupOf(1, 2, "commits", 700),
    groupOf(3, 4, "commits", 700),
  );
  file[file.length - 70] ^= 1;
  const killed = fixture.killed();
  killed.put("sessions/700.wal", file);
  for (let i = 0; i < 2; i++) {
    const again = await killed.open();
    assert.deepEqual(again.space("line").query({ min: [1], max: [2] }).toArray().length, 2);
    assert.deepEqual(again.quarantined().map(({ movedTo }) => movedTo), ["sessions/700.wal"]);
    await assert.rejects(again.close(), CorruptionError);
  }
  for (const name of before.files("runs")) killed.put(`runs/${name}`, before.bytes(`runs/${name}`));
  const mended = await killed.open();
  assert.equal(mended.space("line").query({ min: [1], max: [2] }).toArray().length, 2);
  assert.deepEqual(degrees(mended.graph("net"), 1, 2, 3), [0, 1, 1]);
  assert.deepEqual(mended.quarantined().map(({ movedTo }) => movedTo), ["quarantine/700.wal"]);
  await mended.close();
});

test("what is committed while a flush derives rows of another graph goes to files with its rows", async () => {
  const { fixture, db } = await started(); // "net" is derived first.
  await db.createGraph("large");
  await db.write((session) => {
    const edges = Array.from({ length: 20_000 }, (_, i) => edge(BigInt(i), i, i + 1));
    session.relateMany("large", edges);
  });
  let flushed = false;
  const flushing = db.flush().then(() => flushed = true);
  const session = db.session();
  let commits = 0;
  for (; !flushed; commits++) {
    await macrotask();
    session.relate("net", edge(BigInt(commits), 1, 2));
    session.commitSync();
  }
  await flushing;
  assert(commits > 2, "the flush was over at once");
  const again = await fixture.killed().open();
  assert.deepEqual(degrees(again.graph("net"), 1, 2, 3), [commits, commits, 0]);
  await again.close();
  await session.close();
  await db.close();
});
