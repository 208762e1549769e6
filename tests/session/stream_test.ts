import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, Session } from "../../mod.ts";
import { DatabaseFixture, isPending, seen, settled } from "../support/database_fixture.ts";

async function started(): Promise<{ fixture: DatabaseFixture; db: Database; session: Session }> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [0], "settled");
  await session.commit();
  return { fixture, db, session };
}

/** A pending intent whose commit has failed without any I/O: another session wrote at its address. */
async function refused(): Promise<{ fixture: DatabaseFixture; db: Database; session: Session }> {
  const all = await started();
  const other = all.db.session();
  other.insert("line", [1], "theirs");
  all.session.insert("line", [1], "mine"); // Newer, so it wins once both are committed.
  await other.commit();
  await assert.rejects(all.session.commit({ collisions: "refuse" }), { code: "collision" });
  return all;
}

test("entries after commit() was called belong to the next intent", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  const release = fixture.storage.hold();
  const committing = session.commit();
  session.insert("line", [2], "b");
  assert.equal(session.pending.entries, 2);
  release();
  assert.equal((await committing).entries, 1);
  assert.deepEqual([seen(db), session.pending.entries], [["settled", "a"], 1]);
  await session.commit();
  assert.deepEqual(seen(db), ["settled", "a", "b"]);
});

test("an intent whose commit failed is pending again, and later entries are never merged into it", async () => {
  const { db, session } = await refused();
  session.insert("line", [2], "next");
  assert.equal(session.pending.entries, 2);
  const first = await session.commit();
  assert.deepEqual([first.entries, seen(db)], [1, ["settled", "mine"]]);
  assert.equal((await session.commit()).entries, 1);
  assert.deepEqual(seen(db), ["settled", "mine", "next"]);
});

test("abandon() after a failed commit is about that intent, not the next", async () => {
  const { db, session } = await refused();
  session.insert("line", [2], "next");
  await session.abandon();
  assert.equal(session.pending.entries, 1);
  await session.commit();
  assert.deepEqual(seen(db), ["settled", "theirs", "next"]);
});

test("commits called behind one that then fails are stale-intent, and wait", async () => {
  const { db, session } = await started();
  const other = db.session();
  other.insert("line", [1], "theirs");
  session.insert("line", [1], "mine");
  await other.commit();
  const failing = session.commit({ collisions: "refuse" });
  session.insert("line", [2], "second");
  const behind = session.commit();
  session.insert("line", [3], "third");
  const last = session.commit();
  await assert.rejects(failing, { code: "collision" });
  await assert.rejects(behind, { code: "stale-intent" });
  await assert.rejects(last, { code: "stale-intent" });
  assert.deepEqual([session.pending.entries, seen(db)], [3, ["settled", "theirs"]]);
  for (const value of ["mine", "second", "third"]) {
    assert.equal((await session.commit()).entries, 1, value);
  }
  assert.deepEqual(seen(db), ["settled", "mine", "second", "third"]);
});

test("a token of the second intent does not commit the first", async () => {
  const { db, session } = await refused();
  session.insert("line", [2], "next");
  const { entries, first } = await session.seal();
  const durable = { session: session.id, first, last: first, entries, medium: "wal" as const };
  assert.equal(entries, 1, "the token is about the oldest pending intent");
  assert.equal((await session.commit({ durable })).entries, 1);
  await assert.rejects(session.commit({ durable }), { code: "stale-intent" });
  assert.deepEqual([session.pending.entries, seen(db)], [1, ["settled", "mine"]]);
});

test("a synchronous call during an asynchronous one is busy, changes nothing, and is let in right after", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  const release = fixture.storage.hold();
  const sealing = session.seal();
  session.insert("line", [2], "b");
  const before = fixture.storage.log.length;
  for (const call of [() => session.sealSync(), () => session.commitSync()]) {
    assert.throws(call, { code: "busy", retryable: true });
  }
  assert.deepEqual([fixture.storage.log.length, session.pending.entries], [before, 2]);
  session.insert("line", [3], "c");
  release();
  await sealing;
  assert.equal(session.commitSync().entries, 3);
  assert.deepEqual(seen(db), ["settled", "a", "b", "c"]);
});

test("the very continuation of an asynchronous call may make a synchronous one", async () => {
  const { session } = await started();
  for (let i = 1; i <= 3; i++) {
    session.insert("line", [i], i);
    const entries = await session.seal().then(() => session.commitSync().entries);
    assert.equal(entries, 1);
    session.insert("line", [i], i);
    await session.abandon().then(() =>
      assert.throws(() => session.sealSync(), { code: "nothing-to-commit" })
    );
  }
});

test("an abandoned intent whose commit waits is left to that commit", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  const release = fixture.storage.hold();
  const committing = session.commit();
  await session.abandon();
  release();
  await committing;
  assert.deepEqual(seen(db), ["settled", "a"]);
});

test("a seal behind a commit and an abandon in one queue leaves each intent its own fate", async () => {
  const { fixture, db, session } = await started();
  const release = fixture.storage.hold();
  session.insert("line", [1], "sealed first");
  const calls: Promise<unknown>[] = [session.seal(), session.commit()];
  session.insert("line", [2], "abandoned");
  calls.push(session.seal(), session.abandon());
  session.insert("line", [3], "interrupted");
  calls.push(session.seal());
  release();
  await Promise.all(calls);
  assert.deepEqual(seen(db), ["settled", "sealed first"]);
  const again = await fixture.killed().open();
  assert.deepEqual(seen(again), ["settled", "sealed first"]);
  assert.deepEqual(again.interrupted().flatMap((each) => [...each.records()].map((r) => r.data)), [
    "interrupted",
  ]);
});

test("a call that waits does not keep the process from closing the session in order", async () => {
  const { fixture, session } = await started();
  const release = fixture.storage.hold();
  session.insert("line", [1], "a");
  const calls = [session.commit()];
  session.insert("line", [2], "b");
  calls.push(session.commit());
  const closing = session.close();
  await settled();
  assert(await isPending(closing));
  release();
  await Promise.all([...calls, closing]);
  assert.deepEqual(seen(await fixture.killed().open()), ["settled", "a", "b"]);
});
