import assert from "node:assert/strict";
import { test } from "node:test";
import { FastSegment, MemoryStorage, open, Revision } from "../mod.ts";
import { DatabaseFixture, isPending, ROOT, seen } from "./support/database_fixture.ts";
import { inTempDirectory } from "./support/temp_directory.ts";

test("open() makes a database where there is none, and finds it again", async () => {
  await inTempDirectory(async (directory) => {
    const root = `${directory}/plant`;
    const db = await open(root);
    assert.deepEqual([db.recovery.created, db.path], [true, root]);
    const line = await db.createSpace("line", { dims: 1 });
    await db.write((session) => session.insert(line, [1], "a"));
    await db.close();
    await using again = await open(root);
    assert.deepEqual([again.recovery.created, seen(again)], [false, ["a"]]);
    assert.deepEqual(again.spaces().map(({ name }) => name), ["line"]);
  });
});

test("opening twice is locked, and works after close() (reference defect D25c)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await assert.rejects(fixture.open(), { code: "locked", retryable: true });
  await db.write((session) => session.insert("line", [1], "a"));
  await db.close();
  assert.deepEqual(seen(await fixture.open()), ["a"]);
});

test("of two openings at once one is locked; with time to wait it gets its turn (reference defect D25c)", async () => {
  const fixture = new DatabaseFixture();
  const both = await Promise.allSettled([fixture.open(), fixture.open()]);
  assert.deepEqual(both.map(({ status }) => status).sort(), ["fulfilled", "rejected"]);
  const waiting = fixture.open({ lockTimeoutMs: 60_000 });
  for (const each of both) if (each.status === "fulfilled") await each.value.close();
  await (await waiting).close();
});

test("a FastSegment beside an open database is locked, and so is the reverse (reference defect D25c)", async () => {
  const { storage } = new DatabaseFixture();
  const db = await open(ROOT, { storage });
  await assert.rejects(FastSegment.open(ROOT, 900, { storage }), { code: "locked" });
  await db.close();
  const segment = await FastSegment.open(ROOT, 900, { storage });
  await assert.rejects(open(ROOT, { storage }), { code: "locked" });
  await segment.close();
  await (await open(ROOT, { storage })).close();
});

test("an opening that fails gives the lock back", async () => {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  fixture.storage.failNext("readAt");
  await assert.rejects(fixture.open(), { code: "io" });
  await (await fixture.open()).close();
});

for (const options of [{ create: false }, { readOnly: true }]) {
  test(`open(${JSON.stringify(options)}) of a missing database is not-found and makes nothing`, async () => {
    await inTempDirectory(async (directory) => {
      await assert.rejects(open(`${directory}/none`, options), { code: "not-found" });
      await assert.rejects(open(directory, options), { code: "not-found" });
      const storage = new MemoryStorage();
      await assert.rejects(open("/db", { storage, ...options }), { code: "not-found" });
      assert.deepEqual([storage.list("/"), storage.exists("/db")], [[], false]);
      await (await open(`${directory}/one`)).close();
      await (await open(`${directory}/one`, options)).close();
      await assert.rejects(open(`${directory}/none`, options), { code: "not-found" });
    });
  });
}

test("readOnly sees what is committed beside a live writer, and not what is not", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  for (const [x, value] of ["flushed", "committed", "sealed"].entries()) {
    session.insert("line", [x], value);
    await (value === "sealed" ? session.seal() : session.commit());
    if (value === "flushed") await db.flush();
  }
  const locks = fixture.storage.count("tryLock");
  const before = JSON.stringify([fixture.files(), fixture.files("runs"), fixture.files(".")]);
  const reader = await fixture.open({ readOnly: true });
  assert.deepEqual(seen(reader), ["flushed", "committed"]);
  await session.commit();
  assert.deepEqual(seen(reader), ["flushed", "committed"], "it stays what it was");
  assert.deepEqual(seen(await fixture.open({ readOnly: true })).length, 3);
  await reader.close();
  assert.equal(fixture.storage.count("tryLock"), locks, "no lock was asked for");
  assert.equal(
    JSON.stringify([fixture.files(), fixture.files("runs"), fixture.files(".")]),
    before,
  );
});

test("every writing call of a readOnly database is read-only, and writes nothing", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], "a"));
  await db.close();
  const reader = await fixture.open({ readOnly: true });
  const before = fixture.storage.count("writeAt", "rename", "remove", "truncate", "makeDirectory");
  const refused = { code: "read-only" };
  assert.throws(() => reader.session(), refused);
  assert.throws(() => reader.acknowledgeClockSkew(), refused);
  await assert.rejects(reader.write(() => 1), refused);
  await assert.rejects(reader.flush(), refused);
  await assert.rejects(reader.createSpace("line", { dims: 1 }), refused);
  assert.deepEqual([seen(reader), reader.stats().sessions], [["a"], 0]);
  await reader.close();
  assert.equal(
    fixture.storage.count("writeAt", "rename", "remove", "truncate", "makeDirectory"),
    before,
  );
});

test("close() commits nothing, throws uncommitted once, and has released everything", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const [one, two] = [db.session(), db.session()];
  one.insert("line", [1], "a");
  two.insert("line", [2], "b");
  two.insert("line", [3], "c");
  await assert.rejects(db.close(), { code: "uncommitted", found: 3 });
  await db.close();
  await db[Symbol.asyncDispose]();
  await one.close();
  const again = await fixture.open();
  assert.deepEqual([seen(again), again.interrupted()], [[], []]);
});

test("leaving a scope with unsealed entries throws nothing, and keeps what was sealed", async () => {
  const fixture = new DatabaseFixture();
  {
    await using db = await fixture.start();
    const session = db.session();
    session.insert("line", [1], "a");
    await session.seal();
    session.insert("line", [2], "b");
  }
  const again = await fixture.open();
  assert.deepEqual(again.interrupted().map(({ entries }) => entries), [1]);
});

test("everything after close() is closed", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const [session, line, snapshot] = [db.session(), db.space("line"), db.snapshot()];
  const reader = snapshot.space("line");
  await db.close();
  const closed = { code: "closed" };
  const calls: (() => unknown)[] = [
    () => db.session(),
    () => db.space("line"),
    () => db.spaces(),
    () => db.snapshot(),
    () => db.interrupted(),
    () => db.quarantined(),
    () => db.stats(),
    () => db.acknowledgeClockSkew(),
    () => line.get([1]),
    () => line.count(),
    () => line.query().toArray(),
    () => line.history([1]).toArray(),
    () => reader.get([1]),
    () => snapshot.space("line"),
    () => session.insert("line", [1], 1),
    () => session.commitSync(),
  ];
  for (const call of calls) assert.throws(call, closed, String(call));
  await assert.rejects(db.write(() => 1), closed);
  await assert.rejects(db.flush(), closed);
  await assert.rejects(db.createSpace("line", { dims: 1 }), closed);
  await assert.rejects(session.commit(), closed);
  await db.close();
});

test("close() waits for commits that are at work, and flushes them", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  const release = fixture.storage.hold(".wal.tmp");
  const committing = session.commit();
  const closing = db.close();
  assert(await isPending(closing));
  assert.throws(() => db.session(), { code: "closed" });
  release();
  await Promise.all([committing, closing]);
  assert.deepEqual([fixture.files(), seen(await fixture.open())], [[], ["a"]]);
});

test("close() whose flush fails throws, has released everything, and has lost nothing", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  await session.commit();
  fixture.fail(["writeAt"], ".run", "MANIFEST.tmp");
  await assert.rejects(db.close(), { code: "io" });
  fixture.mend();
  await db.close();
  assert.deepEqual(seen(await fixture.open()), ["a"]);
});

test("a snapshot sees what was committed when it was taken, in all spaces, until it is released", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], "a"));
  const snapshot = db.snapshot();
  await db.write((session) => {
    session.delete("line", [1]);
    session.insert("plane", [1, 1], "b");
  });
  await db.flush();
  assert.deepEqual(seen(db), []);
  const [line, plane] = [snapshot.space("line"), snapshot.space("plane")];
  assert.deepEqual([line.get([1])?.data, line.count(), plane.count()], ["a", 1, 0]);
  snapshot[Symbol.dispose]();
  snapshot[Symbol.dispose]();
  assert.throws(() => line.get([1]), { code: "closed" });
  assert.throws(() => snapshot.space("line"), { code: "closed" });
});

test("a snapshot begins after every commit that resolved before it (reference defect D5)", async () => {
  const db = await new DatabaseFixture().start();
  const sessions = Array.from({ length: 4 }, () => db.session());
  for (let i = 0; i < 20; i++) {
    const session = sessions[i % 4];
    session.insert("line", [i], i);
    await session.commit();
    using snapshot = db.snapshot();
    assert.equal(snapshot.space("line").count(), i + 1);
    assert.equal(snapshot.space("line").get([i])?.data, i);
  }
});

test("settledThrough lies under the first revision of every intent that is open or interrupted", async () => {
  const db = await new DatabaseFixture().start();
  assert.deepEqual(db.stats().settledThrough, new Revision(0, 0, 0, 0));
  const below = (revision: Revision): void => {
    assert(Revision.compare(db.stats().settledThrough, revision) < 0);
  };
  const [one, two] = [db.session(), db.session()];
  const first = one.insert("line", [1], "a");
  below(first);
  const second = two.insert("line", [2], "b");
  await two.commit();
  below(first);
  await one.seal();
  await one.close();
  below(first);
  await db.interrupted()[0].adopt();
  assert(Revision.compare(db.stats().settledThrough, first) > 0);
  below(second);
  two.insert("line", [3], "c");
  await two.commit();
  assert(Revision.compare(db.stats().settledThrough, second) > 0);
});

test("nothing is ever committed at or below settledThrough", async () => {
  const db = await new DatabaseFixture().start();
  const sessions = Array.from({ length: 5 }, () => db.session());
  for (let i = 0; i < 100; i++) {
    const session = sessions[i * 7 % 5];
    session.insert("line", [i], i);
    if (i % 3 > 0) continue;
    const { settledThrough } = db.stats();
    const { first } = await session.commit();
    assert(Revision.compare(first, settledThrough) > 0);
  }
});

test("stats() counts what there is", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await using session = db.session();
  session.insert("line", [1], "a");
  session.insert("plane", [1, 1], "b");
  await session.commit();
  const { sessions, commits, tailEntries, runs, flushes } = db.stats();
  assert.deepEqual([sessions, commits, tailEntries, runs], [1, 1, 2, 0]);
  await db.flush();
  const after = db.stats();
  assert.deepEqual([after.tailEntries, after.tailBytes, after.runs], [0, 0, 2]);
  assert.equal(after.flushes, flushes + 1);
});

test("close() gives up the lock only when nothing is written any more, also when it fails", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], 1));
  const release = fixture.storage.hold("MANIFEST.tmp");
  const creating = db.createSpace("late", { dims: 1 });
  fixture.fail(["writeAt"], ".run");
  const closing = db.close();
  await new Promise((resolve) => setTimeout(resolve, 20));
  await assert.rejects(fixture.open(), { code: "locked" });
  release();
  await assert.rejects(closing, { code: /io|no-space/ });
  await creating;
  fixture.storage.before = () => {};
  const again = await fixture.open();
  assert.equal(again.space("late").count(), 0);
  await again.close();
});
