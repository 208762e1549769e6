import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, MemoryStorage, open, type Session } from "../../mod.ts";
import { DatabaseFixture, seen } from "../support/database_fixture.ts";

async function started(): Promise<{ fixture: DatabaseFixture; db: Database; session: Session }> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  return { fixture, db, session: db.session() };
}

test("nothing is visible after insert() or seal(), everything in every space after commit()", async () => {
  const { db, session } = await started();
  await db.write((other) => other.insert("line", [3], "doomed"));
  session.insert("line", [1], "a");
  session.insert("plane", [2, 2], "b");
  session.delete("line", [3]);
  const before = [["doomed"], []];
  assert.deepEqual([seen(db), seen(db, "plane")], before);
  const { entries, medium, session: id } = await session.seal();
  assert.deepEqual([entries, medium, id], [3, "wal", session.id]);
  assert.deepEqual([seen(db), seen(db, "plane")], before);
  const result = await session.commit();
  assert.deepEqual([seen(db), seen(db, "plane")], [["a"], ["b"]]);
  assert.deepEqual([result.entries, result.collisions, result.collisionsUnknown], [3, [], 0]);
});

test("commit() makes an intent visible in one step, across its spaces", async () => {
  const { db, session } = await started();
  for (let i = 0; i < 100; i++) session.insert(i % 2 ? "line" : "plane", i % 2 ? [i] : [i, i], i);
  const sights = new Set<string>();
  let done = false;
  const committing = session.commit().then(() => done = true);
  while (!done) {
    sights.add(`${db.space("line").count()} ${db.space("plane").count()}`);
    await Promise.resolve();
  }
  await committing;
  sights.add(`${db.space("line").count()} ${db.space("plane").count()}`);
  assert.deepEqual([...sights], ["0 0", "50 50"]);
});

test("sealSync() and commitSync() keep the same promises", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  const durable = session.sealSync();
  assert.deepEqual(seen(db), []);
  assert.equal(session.commitSync({ durable }).entries, 1);
  assert.deepEqual(seen(db), ["a"]);
  assert.deepEqual(seen(await fixture.killed().open()), ["a"]);
});

test("commit() and seal() of nothing are nothing-to-commit, each time", async () => {
  const { db, session } = await started();
  const nothing = { code: "nothing-to-commit" };
  await assert.rejects(session.commit(), nothing);
  await assert.rejects(session.seal(), nothing);
  assert.throws(() => session.commitSync(), nothing);
  assert.throws(() => session.sealSync(), nothing);
  session.insert("line", [1], "a");
  await session.commit();
  await assert.rejects(session.commit(), nothing);
  await session.abandon();
  assert.deepEqual(seen(db), ["a"]);
});

test("a token of another session is stale-intent and changes nothing (reference defect D38)", async () => {
  const { db, session } = await started();
  const other = db.session();
  other.insert("line", [1], "other");
  const foreign = await other.seal();
  session.insert("line", [2], "own");
  const durable = await session.seal();
  await assert.rejects(session.commit({ durable: foreign }), { code: "stale-intent" });
  assert.throws(() => session.commitSync({ durable: foreign }), { code: "stale-intent" });
  assert.deepEqual([session.pending.entries, seen(db)], [1, []]);
  await session.commit({ durable });
  assert.deepEqual(seen(db), ["own"]);
});

test("a token of an earlier intent is stale-intent and changes nothing (reference defect D38)", async () => {
  const { db, session } = await started();
  session.insert("line", [1], "first");
  const earlier = await session.seal();
  await session.commit({ durable: earlier });
  session.insert("line", [2], "second");
  const durable = await session.seal();
  await assert.rejects(session.commit({ durable: earlier }), { code: "stale-intent" });
  assert.deepEqual([session.pending.entries, seen(db)], [1, ["first"]]);
  await session.commit({ durable });
  assert.deepEqual(seen(db), ["first", "second"]);
});

test("a token followed by newer entries is stale-intent, and they still belong together (reference defect D38)", async () => {
  const { db, session } = await started();
  session.insert("line", [1], "a");
  const durable = await session.seal();
  session.insert("line", [2], "b");
  await assert.rejects(session.commit({ durable }), { code: "stale-intent" });
  session.insert("line", [3], "c");
  assert.deepEqual([session.pending.entries, seen(db)], [3, []]);
  assert.equal((await session.commit({ durable: await session.seal() })).entries, 3);
  assert.deepEqual(seen(db), ["a", "b", "c"]);
});

test("a token of a growing intent stands for all of it", async () => {
  const { session } = await started();
  const first = session.insert("line", [1], "a");
  await session.seal();
  const last = session.insert("line", [2], "b");
  const token = await session.seal();
  assert.deepEqual([token.first, token.last, token.entries], [first, last, 2]);
  assert.deepEqual(await session.seal(), token, "sealing again changes nothing");
  assert.equal((await session.commit({ durable: token })).entries, 2);
});

test("commit() refuses options that are none, and the intent stays", async () => {
  const { session } = await started();
  session.insert("line", [1], "a");
  const wrong = [
    null,
    7,
    { durable: {} },
    { durable: null },
    { operation: 7 },
    { label: "\ud800" },
    { label: "x".repeat(5000) },
    { collisions: "ignore" },
  ];
  for (const options of wrong) {
    await assert.rejects(session.commit(options as never), { code: "invalid-argument" });
  }
  assert.equal((await session.commit({ operation: "import", label: "ä" })).entries, 1);
});

const REFUSED: [string, string, (session: Session, db: Database) => unknown][] = [
  ["an unknown space", "not-found", (session) => session.insert("nowhere", [1], 1)],
  ["no space at all", "invalid-argument", (session) => session.insert(7 as never, [1], 1)],
  ["too few coordinates", "invalid-argument", (session) => session.insert("plane", [1], 1)],
  ["too many coordinates", "invalid-argument", (session) => session.delete("line", [1, 2])],
  ["a coordinate below 0", "invalid-argument", (session) => session.insert("line", [-1], 1)],
  ["a coordinate out of range", "invalid-argument", (session) => session.delete("line", [2 ** 32])],
  ["a fraction", "invalid-argument", (session) => session.insert("line", [0.5], 1)],
  ["NaN", "invalid-argument", (session) => session.insert("line", [NaN], 1)],
  ["a coordinate that is text", "invalid-argument", (s) => s.insert("line", ["1"] as never, 1)],
  ["no point", "invalid-argument", (session) => session.insert("line", undefined as never, 1)],
  ["a function as value", "invalid-argument", (session) => session.insert("line", [1], () => 1)],
  ["a bigint in a value", "invalid-argument", (session) => session.insert("line", [1], { a: 1n })],
];

for (const [what, code, call] of REFUSED) {
  test(`${what} is ${code} before a stamp is taken (reference defects D24 and D39)`, async () => {
    const { db, session } = await started();
    const { sequence } = session.insert("line", [1], "before");
    assert.throws(() => call(session, db), { code });
    assert.equal(session.pending.entries, 1);
    assert.equal(session.insert("line", [2], "after").sequence, sequence + 1);
    assert.equal((await session.commit()).entries, 2);
    assert.deepEqual(seen(db), ["before", "after"]);
  });
}

test("a handle of another database is refused before a stamp is taken (reference defect D39)", async () => {
  const { session } = await started();
  const elsewhere = await open("/other", { storage: new MemoryStorage() });
  const line = await elsewhere.createSpace("line", { dims: 1 });
  assert.throws(() => session.insert(line, [1], 1), { code: "invalid-argument" });
  assert.throws(() => session.delete(line, [1]), { code: "invalid-argument" });
  assert.equal(session.insert("line", [1], 1).sequence, 1);
});

test("-0 is stored as 0", async () => {
  const { db, session } = await started();
  session.insert("plane", [-0, 5], "x");
  await session.commit();
  const [record] = db.space("plane").query().toArray();
  assert(Object.is(record.point[0], 0));
  assert.equal(db.space("plane").get([0, 5])?.data, "x");
});

test("what was inserted stays as it was, whatever happens to the caller's objects", async () => {
  const { db, session } = await started();
  const [point, data] = [[1], { list: [1] }];
  session.insert("line", point, data);
  point[0] = 9;
  data.list.push(2);
  await session.commit();
  assert.deepEqual(db.space("line").get([1])?.data, { list: [1] });
});

test("everything after close() is closed, and takes no stamp", async () => {
  const { session } = await started();
  await session.close();
  const closed = { code: "closed" };
  assert.throws(() => session.insert("line", [1], 1), closed);
  assert.throws(() => session.delete("line", [1]), closed);
  assert.throws(() => session.sealSync(), closed);
  assert.throws(() => session.commitSync(), closed);
  await assert.rejects(session.seal(), closed);
  await assert.rejects(session.commit(), closed);
  await assert.rejects(session.abandon(), closed);
  await session.close();
});

test("close() with unsealed entries throws uncommitted once, after releasing everything", async () => {
  const { db, session } = await started();
  session.insert("line", [1], "a");
  await assert.rejects(session.close(), { code: "uncommitted", found: 1 });
  await session.close();
  await session[Symbol.asyncDispose]();
  assert.deepEqual([db.stats().sessions, db.stats().droppedEntries], [0, 1]);
  assert.deepEqual(seen(db), []);
});

test("leaving a scope drops unsealed entries without an error, and counts them", async () => {
  const db = await new DatabaseFixture().start();
  {
    await using session = db.session();
    session.insert("line", [1], "a");
    await session.seal();
    session.insert("line", [2], "b");
    session.insert("line", [3], "c");
  }
  assert.deepEqual([db.stats().sessions, db.stats().droppedEntries], [0, 2]);
  assert.deepEqual(db.interrupted().map(({ entries }) => entries), [1]);
});

test("close() waits for a commit that is at work, and loses nothing", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  const release = fixture.storage.hold();
  const committing = session.commit();
  const closing = session.close();
  assert.throws(() => session.insert("line", [2], "b"), { code: "closed" });
  release();
  await Promise.all([committing, closing]);
  assert.deepEqual([seen(db), db.interrupted()], [["a"], []]);
});

test("abandon() gives up the pending intent, sealed or not, and nothing of it returns", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  await session.abandon();
  session.insert("line", [2], "b");
  await session.seal();
  session.insert("line", [3], "c");
  await session.abandon();
  assert.deepEqual(session.pending, { entries: 0, bytes: 0 });
  session.insert("line", [4], "d");
  await session.commit();
  const again = await fixture.killed().open();
  assert.deepEqual([seen(db), seen(again), again.interrupted()], [["d"], ["d"], []]);
});
