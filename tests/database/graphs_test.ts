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
import { DatabaseFixture } from "../support/database_fixture.ts";

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

test("edges that are committed while a flush derives others leave with their rows", async () => {
  const { fixture, db } = await started();
  await db.createGraph("mesh");
  await db.write((session) => {
    session.relateMany("mesh", Array.from({ length: 12_000 }, (_, i) => edge(BigInt(i), i, i + 1)));
  });
  const session = db.session();
  let flushed = false;
  const flushing = db.flush().then(() => flushed = true);
  let count = 0;
  for (; !flushed; count++) {
    session.relate("net", edge(BigInt(count), 1, 2));
    session.commitSync();
    await new Promise<void>((resolve) => setImmediate(resolve));
  }
  await flushing;
  assert(count > 2, `${count} commits beside the flush`);
  const again = await fixture.killed().open();
  assert.equal(again.graph("net").edges().toArray().length, count);
  assert.deepEqual(degrees(again.graph("net"), 1, 2), [count, count]);
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

/** A database in whose file of edges a byte of the first of two pages is flipped. */
async function damaged(): Promise<{ fixture: DatabaseFixture; before: DatabaseFixture }> {
  const { fixture, db } = await started();
  await db.write((session) => {
    session.insert("line", [9], "pump");
    session.relate("net", edge(1n, 1, 2));
    for (let i = 0; i < 400; i++) session.relate("net", edge(1000n + BigInt(i), 100 + i, 600));
  });
  await db.close();
  const before = fixture.killed();
  fixture.flip(`runs/${edgesIn(fixture)}`, 70);
  return { fixture, before };
}

/** The run file of the edges; that of rows is about a space. */
function edgesIn(fixture: DatabaseFixture): string {
  return fixture.files("runs").find((name) => {
    const header = new DataView(fixture.bytes(`runs/${name}`).buffer);
    return header.getUint32(24, true) === 3 && header.getUint32(48, true) === 0;
  })!;
}

function mend(fixture: DatabaseFixture, before: DatabaseFixture): void {
  for (const name of before.files("runs")) {
    fixture.put(`runs/${name}`, before.bytes(`runs/${name}`));
  }
}

test("an edge whose past cannot be read fails who meets its rows, and nobody else", async () => {
  const { fixture, before } = await damaged();
  const db = await fixture.open();
  const net = db.graph("net");
  assert.deepEqual(degrees(net, 1, 2), [1, 1]); // Rows are whole.
  assert.throws(() => net.get(1n), CorruptionError);
  await db.write((session) => {
    session.insert("line", [8], "tank");
    session.relate("net", edge(1n, 2, 3));
    session.relate("net", edge(5000n, 4, 5));
  });
  const check = (graph: GraphReader): void => {
    for (const place of [1, 2, 3]) {
      assert.throws(() => degrees(graph, place), CorruptionError, `${place}`);
      const from = { space: "line", point: [place] };
      assert.throws(() => graph.incident(from).toArray(), CorruptionError);
      assert.throws(() => graph.traverse({ from, direction: "both" }), CorruptionError);
    }
    assert.throws(() => graph.touching("line").toArray(), CorruptionError);
    assert.deepEqual(degrees(graph, 4, 5, 6), [1, 1, 0]);
    const far = graph.touching("line", { min: [4], max: [9] }).toArray();
    assert.deepEqual(far.map(({ id }) => id), [5000n]);
  };
  check(net);
  const snapshot = db.snapshot();
  assert.equal(snapshot.space("line").count(), 2);
  check(snapshot.graph("net"));
  await db.flush(); // Everything goes into files; the log stays, to be replayed.
  check(net);
  const logs = fixture.files("sessions");
  await db.close();
  assert.deepEqual(fixture.files("sessions"), logs);
  for (let i = 0; i < 2; i++) {
    const again = await fixture.open();
    assert.match(again.recovery.warnings.join(), /rows of its edges are missing: .*corrupt/);
    check(again.graph("net"));
    await again.write((session) => session.insert("line", [7], i));
    assert.equal(again.space("line").count(), 3);
    await again.compact("line");
    await again.close();
  }
  mend(fixture, before);
  const mended = await fixture.open();
  assert.deepEqual(mended.recovery.warnings, []);
  assert.deepEqual(degrees(mended.graph("net"), 1, 2, 3, 4, 5), [0, 1, 1, 1, 1]);
  assert.equal(mended.graph("net").edges().toArray().length, 402);
  await mended.close();
  assert.deepEqual(fixture.files("sessions"), []);
});

test("edges that are damaged themselves hold back their graph, and no other thing", async () => {
  const { fixture, before } = await damaged();
  fixture.flip(`runs/${edgesIn(fixture)}`, fixture.bytes(`runs/${edgesIn(fixture)}`).length - 1);
  const db = await fixture.open();
  await db.write((session) => session.relate("net", edge(5000n, 4, 5)));
  assert.throws(() => degrees(db.graph("net"), 4), CorruptionError); // Any edge may have a past in the file.
  assert.deepEqual(degrees(db.graph("net"), 1, 2), [1, 1]);
  await db.write((session) => session.insert("line", [8], "tank"));
  await db.flush();
  await db.close();
  mend(fixture, before);
  const mended = await fixture.open();
  assert.deepEqual(degrees(mended.graph("net"), 1, 2, 4, 5), [1, 1, 1, 1]);
  await mended.close();
});

test("an intent of a session with doubtful edges is resolved when they are not any more", async () => {
  const { fixture, before } = await damaged();
  const db = await fixture.open();
  const session = db.session();
  session.relate("net", edge(1n, 2, 3));
  await session.commit();
  session.relate("net", edge(5009n, 6, 7));
  session.insert("line", [6], "sealed");
  await session.seal();
  const killed = fixture.killed();
  const again = await killed.open();
  await assert.rejects(again.interrupted()[0].adopt(), CorruptionError);
  await assert.rejects(again.interrupted()[0].discard(), CorruptionError);
  await again.close();
  mend(killed, before);
  const mended = await killed.open();
  await mended.interrupted()[0].adopt();
  assert.deepEqual(degrees(mended.graph("net"), 1, 2, 3, 6, 7), [0, 1, 1, 1, 1]);
  assert.equal(mended.space("line").get([6])?.data, "sealed");
  await mended.close();
});

test("a corrupt session with doubtful edges stays where it is until they are not any more", async () => {
  const { fixture, before } = await damaged();
  const db = await fixture.open();
  const session = db.session();
  session.relate("net", edge(1n, 2, 3));
  await session.commit();
  for (let i = 0; i < 2; i++) {
    session.insert("line", [10 + i], "x".repeat(100));
    await session.commit();
  }
  const killed = fixture.killed();

  const name = `sessions/${session.id}.wal`;
  const end = killed.bytes(name).findLastIndex((byte) => byte !== 0);
  killed.flip(name, Math.floor(end / 2)); // The last commit follows, and is whole.
  for (let i = 0; i < 2; i++) {
    const again = await killed.open();
    assert.deepEqual(again.quarantined().map(({ movedTo }) => movedTo), [name]);
    assert.match(again.stats().flushFailure!, /corrupt/);
    assert.throws(() => degrees(again.graph("net"), 1), CorruptionError);
    await again.close();
  }
  mend(killed, before);
  const mended = await killed.open();
  assert.deepEqual(degrees(mended.graph("net"), 1, 2, 3), [0, 1, 1]);
  const [{ movedTo }] = mended.quarantined();
  assert.equal(movedTo, `quarantine/${session.id}.wal`);
  await mended.close();
});
