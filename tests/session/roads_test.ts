import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database } from "../../mod.ts";
import {
  DatabaseFixture,
  groupOf,
  isPending,
  seen,
  sessionFile,
} from "../support/database_fixture.ts";

/** A deadline that never passes in a test, and one that always does where a sync is held. */
const [IN_TIME, LATE] = [{ deadlineMs: 60_000 }, { deadlineMs: 30 }];

function dataOf(db: Database): unknown[] {
  return db.interrupted().flatMap((each) => [...each.records()].map(({ data }) => data));
}

async function withEmptyDatabase(files: Record<string, Uint8Array>): Promise<DatabaseFixture> {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  for (const [name, bytes] of Object.entries(files)) fixture.put(`sessions/${name}`, bytes);
  return fixture;
}

test("without the fast path the log is used, and no fast segment is made", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  assert.equal((await session.seal()).medium, "wal");
  await session.commit();
  assert.deepEqual(fixture.files(), [`${session.id}.wal`]);
  assert.deepEqual(db.stats().fastPath, { sealed: 0, timedOut: 0, fellBack: 0, failed: 0 });
});

test("with it the fast segment is used, and no log is made", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: IN_TIME });
  const session = db.session();
  session.insert("line", [1], "a");
  assert.equal((await session.seal()).medium, "fast");
  await session.commit();
  session.insert("line", [2], "b");
  session.commitSync();
  assert.deepEqual(fixture.files(), [`${session.id}.fast`]);
  assert.deepEqual(db.stats().fastPath, { sealed: 3, timedOut: 0, fellBack: 0, failed: 0 });
  assert.deepEqual(seen(await fixture.killed().open()), ["a", "b"]);
});

test("a deadline of 0 always falls back, and makes no fast segment", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: { deadlineMs: 0 } });
  const session = db.session();
  session.insert("line", [1], "a");
  assert.equal((await session.seal()).medium, "wal");
  await session.commit();
  session.insert("line", [2], "b");
  await session.commit();
  session.insert("line", [3], "c");
  session.commitSync();
  assert.deepEqual(fixture.files(), [`${session.id}.wal`]);
  assert.deepEqual(db.stats().fastPath, { sealed: 0, timedOut: 3, fellBack: 3, failed: 0 });
  assert.deepEqual(seen(db), ["a", "b", "c"]);
});

test("a sync that is late sends the intent to the log, and medium says so", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: LATE });
  const session = db.session();
  const release = fixture.storage.hold(".fast");
  session.insert("line", [1], "a");
  const { medium } = await session.seal();
  await session.commit();
  assert.deepEqual([medium, seen(db)], ["wal", ["a"]]);
  assert.deepEqual(db.stats().fastPath, { sealed: 0, timedOut: 1, fellBack: 1, failed: 0 });
  release();
  await db.close();
  const again = await fixture.open();
  assert.deepEqual([seen(again), dataOf(again)], [["a"], []]);
});

test("killed while a late group is whole in both files: the intent is there once (reference defect D18)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: LATE });
  const session = db.session();
  const release = fixture.storage.hold(".fast");
  for (let i = 0; i < 3; i++) session.insert("line", [i], i);
  await session.commit();
  const again = await fixture.killed().open();
  assert.deepEqual([seen(again), dataOf(again)], [[0, 1, 2], []]);
  assert.equal(again.space("line").history([1]).toArray().length, 1);
  const [{ duplicateEntries, committedIntents }] = again.recovery.sessions;
  assert.deepEqual([duplicateEntries, committedIntents], [3, 1]);
  release();
  await db.close();
});

test("close() waits for the roll-back of a late group", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: LATE });
  const session = db.session();
  const release = fixture.storage.hold(".fast");
  session.insert("line", [1], "a");
  await session.commit();
  const closing = session.close();
  const waited = await isPending(closing);
  release();
  await closing;
  assert(waited || fixture.files().length === 1, "unless the file was made too late as well");
});

test("a fast segment that fails is left out for good, and counted once", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: IN_TIME });
  const session = db.session();
  session.insert("line", [0], "settled");
  await session.commit();
  fixture.fail(["syncData"], ".fast");
  for (const [i, value] of ["a", "b", "c"].entries()) {
    session.insert("line", [i + 1], value);
    assert.equal((await session.seal()).medium, "wal");
    await session.commit();
  }
  assert.deepEqual(db.stats().fastPath, { sealed: 1, timedOut: 0, fellBack: 1, failed: 1 });
  assert.deepEqual(seen(await fixture.killed().open()), ["settled", "a", "b", "c"]);
});

test("an intent partly sealed in the fast segment moves to the log with all its entries", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: IN_TIME });
  const session = db.session();
  session.insert("line", [1], "a");
  session.insert("line", [2], "b");
  assert.equal((await session.seal()).medium, "fast");
  session.insert("line", [3], "c");
  fixture.fail(["writeAt"], ".fast");
  assert.deepEqual([(await session.seal()).medium, (await session.commit()).entries], ["wal", 3]);
  const killed = fixture.killed();
  const both = await killed.open();
  assert.deepEqual([seen(both), both.recovery.sessions[0].duplicateEntries], [["a", "b", "c"], 2]);
  assert.equal(both.space("line").history([1]).toArray().length, 1);
  const alone = fixture.killed();
  alone.remove(`sessions/${session.id}.fast`);
  assert.deepEqual(seen(await alone.open()), ["a", "b", "c"], "the log holds every entry");
});

test("an intent sealed in the log stays there while the fast path is on", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: LATE });
  const session = db.session();
  const release = fixture.storage.hold(".fast");
  session.insert("line", [1], "a");
  assert.equal((await session.seal()).medium, "wal");
  release();
  await new Promise((resolve) => setTimeout(resolve, 5));
  session.insert("line", [2], "b");
  assert.equal((await session.seal()).medium, "wal");
  assert.equal((await session.commit()).entries, 2);
  assert.deepEqual(seen(await fixture.killed().open()), ["a", "b"]);
});

test("without the fast path the fast segment serves when the log fails, and takes over whole intents", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  await session.seal();
  session.insert("line", [2], "b");
  fixture.fail(["syncData"], ".wal");
  const token = await session.seal();
  assert.deepEqual([token.medium, token.entries], ["fast", 2]);
  await session.commit({ durable: token });
  const killed = fixture.killed();
  killed.remove(`sessions/${session.id}.wal`);
  assert.deepEqual(seen(await killed.open()), ["a", "b"]);
});

test("a committed group in the log does not decide about a later one in the fast segment (reference defect D20)", async () => {
  const fixture = await withEmptyDatabase({
    "7.wal": await sessionFile(7, "wal", groupOf(1, 2, "commits")),
    "7.fast": await sessionFile(7, "fast", groupOf(3, 4)),
  });
  const db = await fixture.open();
  assert.deepEqual([seen(db), dataOf(db)], [[1, 2], [3, 4]]);
  assert.equal(db.interrupted()[0].medium, "fast");
});

test("a committed group in the fast segment is not interrupted because the log has been replayed (reference defect D20)", async () => {
  const fixture = await withEmptyDatabase({
    "7.wal": await sessionFile(7, "wal", groupOf(1, 2, "commits"), groupOf(5, 5)),
    "7.fast": await sessionFile(7, "fast", groupOf(3, 4, "commits")),
  });
  const db = await fixture.open();
  assert.deepEqual([seen(db), dataOf(db)], [[1, 2, 3, 4], [5]]);
  assert.equal(db.interrupted()[0].medium, "wal");
});

test("a verdict in one file settles its entries in the other", async () => {
  const fixture = await withEmptyDatabase({
    "7.fast": await sessionFile(7, "fast", groupOf(1, 3)),
    "7.wal": await sessionFile(7, "wal", groupOf(1, 4, "abandons")),
    "8.fast": await sessionFile(8, "fast", groupOf(1, 3, undefined, 8)),
    "8.wal": await sessionFile(8, "wal", groupOf(1, 4, "commits", 8)),
  });
  const db = await fixture.open();
  assert.deepEqual([seen(db), dataOf(db)], [[1, 2, 3, 4], []]);
  assert.deepEqual(db.recovery.sessions.map((each) => each.abandonedIntents), [1, 0]);
});
