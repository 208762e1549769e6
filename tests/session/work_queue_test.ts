import assert from "node:assert/strict";
import { test } from "node:test";
import { DatabaseFixture, isPending, seen } from "../support/database_fixture.ts";

test("a fresh intent costs one sync to commit, and a seal one of its own", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  const costs: number[] = [];
  const steps = [
    () => session.commit(), // Creates the file.
    () => session.commit(),
    () => session.commitSync(),
    async () => void (await session.seal(), await session.commit()),
    () => void (session.sealSync(), session.commitSync()),
  ];
  for (const [i, step] of steps.entries()) {
    for (let n = 0; n < 100; n++) session.insert("line", [i * 100 + n], n);
    const before = fixture.syncs();
    await step();
    costs.push(fixture.syncs() - before);
  }
  assert.deepEqual(costs.slice(1), [1, 1, 2, 2]);
  const before = fixture.syncs();
  session.insert("line", [1], 1);
  await session.seal();
  assert.equal(fixture.syncs() - before, 1);
});

test("commits called during a running sync share the next one", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [0], 0);
  await session.commit();
  const before = fixture.syncs();
  const release = fixture.storage.hold();
  const commits = Array.from({ length: 20 }, (_, i) => {
    session.insert("line", [i], i);
    return session.commit();
  });
  release();
  assert.deepEqual((await Promise.all(commits)).map(({ entries }) => entries), Array(20).fill(1));
  assert.equal(fixture.syncs() - before, 2);
  assert.equal(seen(db).length, 20);
  assert.equal(seen(await fixture.killed().open()).length, 20);
});

test("seals called during a running sync share the next one, each with its own token", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [0], 0);
  await session.seal();
  const before = fixture.syncs();
  const release = fixture.storage.hold();
  const seals = Array.from({ length: 10 }, (_, i) => {
    session.insert("line", [i + 1], i);
    return session.seal();
  });
  release();
  const tokens = await Promise.all(seals);
  assert.deepEqual(tokens.map(({ entries }) => entries), [2, 3, 4, 5, 6, 7, 8, 9, 10, 11]);
  assert.equal(fixture.syncs() - before, 2);
  await assert.rejects(session.commit({ durable: tokens[3] }), { code: "stale-intent" });
  assert.equal((await session.commit({ durable: tokens[9] })).entries, 11);
});

test("64 sessions commit at once: none waits for the sync of another", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const sessions = Array.from({ length: 64 }, () => db.session());
  for (const session of sessions) {
    session.insert("line", [session.id], "first");
    await session.commit();
  }
  const slow = sessions[17];
  const release = fixture.storage.hold(`/${slow.id}.wal`);
  const calls = sessions.map((session) => {
    session.insert("line", [session.id], "second");
    return session.id % 2 ? session.seal() : session.commit();
  });
  await Promise.all(calls.filter((_, i) => i !== 17));
  assert(await isPending(calls[17]));
  release();
  await calls[17];
});

test("what was committed was synced before anybody saw it", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  const release = fixture.storage.hold();
  const committing = session.commit();
  await isPending(committing);
  assert.deepEqual(seen(db), []);
  release();
  await committing;
  assert.deepEqual(seen(db), ["a"]);
});

test("a large batch is split, and every call in it is answered", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  const release = fixture.storage.hold();
  const commits = Array.from({ length: 12 }, (_, i) => {
    session.insert("line", [i], new Uint8Array(1024 * 1024));
    return session.commit();
  });
  release();
  await Promise.all(commits);
  assert.equal(db.space("line").count(), 12);
  assert.equal((await fixture.killed().open()).space("line").count(), 12);
});
