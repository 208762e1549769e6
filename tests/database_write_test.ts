import assert from "node:assert/strict";
import { test } from "node:test";
import type { CommitResult, Session } from "../mod.ts";
import { DatabaseFixture, isPending, seen, settled } from "./support/database_fixture.ts";

test("write() commits when the operation returns, and gives what it returned", async () => {
  const db = await new DatabaseFixture().start();
  const revision = await db.write((session) => session.insert("line", [1], "a"));
  assert.deepEqual(db.space("line").get([1])?.revision, revision);
  const value = await db.write(async (session) => {
    await Promise.resolve();
    session.insert("line", [2], "b");
    await session.seal();
    return "later";
  });
  assert.deepEqual([value, seen(db)], ["later", ["a", "b"]]);
});

for (const form of ["sync", "async"]) {
  test(`write() abandons when the operation throws, ${form}`, async () => {
    const fixture = new DatabaseFixture();
    const db = await fixture.start();
    const failure = new Error("no");
    const operation = (session: Session): void => {
      session.insert("line", [1], "a");
      throw failure;
    };
    const sealing = async (session: Session): Promise<void> => {
      session.insert("line", [1], "a");
      await session.seal();
      throw failure;
    };
    await assert.rejects(db.write(form === "sync" ? operation : sealing), failure);
    const killed = await fixture.killed().open();
    for (const each of [db, killed]) assert.deepEqual([seen(each), each.interrupted()], [[], []]);
    assert.deepEqual([db.stats().sessions, db.stats().droppedEntries], [0, 0]);
  });
}

test("write() of nothing commits nothing and tells nobody", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const told: CommitResult[] = [];
  const [syncs, { commits }] = [fixture.syncs(), db.stats()];
  const onCommit = (result: CommitResult): void => void told.push(result);
  assert.equal(await db.write(() => 7, { onCommit }), 7);
  assert.deepEqual([told, fixture.syncs(), db.stats().commits], [[], syncs, commits]);
  assert.deepEqual(fixture.files(), []);
});

test("write() calls onCommit with the result before it resolves", async () => {
  const db = await new DatabaseFixture().start();
  let result: CommitResult | undefined;
  await db.write((session) => {
    session.insert("line", [1], "a");
    session.insert("line", [2], "b");
  }, { operation: "import", onCommit: (each) => result = each });
  assert.equal(result?.entries, 2);
});

for (const form of ["sync", "async"]) {
  test(`what onCommit throws is thrown by write(), which is committed all the same, ${form}`, async () => {
    const fixture = new DatabaseFixture();
    const db = await fixture.start();
    const failure = new Error("mine");
    let calls = 0;
    const onCommit = (): unknown => {
      calls++;
      if (form === "async") return settled().then(() => Promise.reject(failure));
      throw failure;
    };
    const ids: number[] = [];
    const writing = db.write((session) => {
      ids.push(session.id);
      session.insert("line", [1], "a");
      session.insert("line", [2], "b");
    }, { onCommit });
    await assert.rejects(writing, (error) => error === failure);
    assert.equal(calls, 1);
    const killed = await fixture.killed().open();
    for (const each of [db, killed]) {
      assert.deepEqual([seen(each), each.interrupted()], [["a", "b"], []]);
    }
    await db.write((session) => ids.push(session.id));
    assert.equal(ids[0], ids[1], "its session is used again");
    await db.close();
  });
}

test("what onCommit throws keeps write() from committing nothing that the operation has left", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const other = db.session();
  other.insert("line", [1], "theirs");
  const told: number[] = [];
  const onCommit = ({ entries }: CommitResult): void => {
    told.push(entries);
    throw new Error(`${told.length}`);
  };
  const writing = db.write(async (session) => {
    session.insert("line", [1], "mine");
    await other.commit();
    await assert.rejects(session.commit({ collisions: "refuse" }), { code: "collision" });
    session.insert("line", [2], "next");
    session.insert("line", [3], "next");
  }, { onCommit });
  await assert.rejects(writing, { message: "1" });
  assert.deepEqual([told, seen(db)], [[1, 2], ["mine", "next", "next"]]);
  await db.close();
});

test("write() checks its options before the operation runs", async () => {
  const db = await new DatabaseFixture().start();
  let ran = false;
  const options = { collisions: "sometimes" as never };
  await assert.rejects(db.write(() => ran = true, options), { code: "invalid-argument" });
  assert.equal(ran, false);
});

test("write() of something that is no function is invalid-argument", async () => {
  const db = await new DatabaseFixture().start();
  await assert.rejects(db.write(undefined as never), { code: "invalid-argument" });
});

test("write() refused for a collision abandons what it wrote", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const writing = db.write(async (session) => {
    session.insert("line", [1], "mine");
    await db.write((other) => other.insert("line", [1], "theirs"));
  }, { collisions: "refuse" });
  await assert.rejects(writing, { code: "collision" });
  assert.deepEqual([seen(db), seen(await fixture.killed().open())], [["theirs"], ["theirs"]]);
  assert.equal(db.stats().droppedEntries, 0);
});

test("concurrent writes are each whole, and reuse few sessions and files", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  for (let round = 0; round < 20; round++) {
    await Promise.all(Array.from({ length: 8 }, (_, i) =>
      db.write(async (session) => {
        session.insert("line", [round * 8 + i], i);
        await Promise.resolve();
        session.insert("plane", [round * 8 + i, 0], i);
      })));
  }
  assert.deepEqual([db.space("line").count(), db.space("plane").count()], [160, 160]);
  assert.equal(fixture.files().length, 8);
  assert.equal(db.stats().sessions, 0);
  await db.close();
  assert.deepEqual(fixture.files(), []);
});

test("a thousand writes one after the other share one session", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const ids = new Set<number>();
  for (let i = 0; i < 1000; i++) {
    await db.write((session) => {
      ids.add(session.id);
      session.insert("line", [i], i);
    });
  }
  assert.deepEqual([ids.size, fixture.files().length], [1, 1]);
  assert.equal((await fixture.killed().open()).space("line").count(), 1000);
});

test("a session is its operation's own until that returns, and closed to it afterwards", async () => {
  const db = await new DatabaseFixture().start();
  let kept: Session | undefined;
  await db.write((session) => kept = session);
  assert.throws(() => kept!.insert("line", [1], "late"), { code: "closed" });
  await db.write((session) => {
    session.insert("line", [2], "b");
    assert.throws(() => kept!.commitSync(), { code: "closed" });
    assert.equal(kept!.pending.entries, 0, "what another writes is not told");
  });
  assert.deepEqual(seen(db), ["b"]);
});

test("an operation that closes its session spoils no other write", async () => {
  const db = await new DatabaseFixture().start();
  let other: Promise<unknown> | undefined;
  await db.write(async (session) => {
    session.insert("line", [1], "a");
    await session.commit();
    await session.close();
    other = db.write(async (next) => {
      next.insert("line", [2], "b");
      await isPending(new Promise(() => {}));
    });
  });
  await other;
  assert.deepEqual([seen(db), db.stats().droppedEntries], [["a", "b"], 0]);
});

test("an operation may commit by itself, whether or not it waits for it", async () => {
  const db = await new DatabaseFixture().start();
  await db.write(async (session) => {
    session.insert("line", [1], "a");
    await session.commit();
    session.insert("line", [2], "b");
    void session.commit();
  });
  assert.deepEqual(seen(db), ["a", "b"]);
});

test("write() abandons every intent that an operation has left when it throws", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const writing = db.write(async (session) => {
    session.insert("line", [1], "first");
    await db.write((other) => other.insert("line", [1], "theirs"));
    await session.commit({ collisions: "refuse" }).catch(() => {});
    session.insert("line", [2], "second");
    await session.seal();
    throw new Error("no");
  });
  await assert.rejects(writing, { message: "no" });
  assert.deepEqual([seen(db), db.interrupted()], [["theirs"], []]);
  assert.deepEqual((await fixture.killed().open()).interrupted(), []);
});

test("write() whose commit has an unknown outcome says so, and abandons nothing", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  let id = 0;
  await db.write((session) => {
    id = session.id;
    session.insert("line", [0], "settled");
  });
  fixture.fail(["syncData"], `/${id}.wal`, `/${id}.fast.tmp`);
  const writing = db.write((session) => session.insert("line", [1], "a"));
  await assert.rejects(writing, { outcome: "unknown" });
  assert.deepEqual([seen(db), db.interrupted()], [["settled"], []]);
  fixture.mend();
  await db.write((session) => session.insert("line", [2], "b"));
  await db.close();
  const again = await fixture.open();
  assert.deepEqual([seen(again), again.interrupted()], [["settled", "a", "b"], []]);
});

test("write() whose session fails tells the operation's own error", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const writing = db.write(async (session) => {
    session.insert("line", [1], "a");
    await session.seal();
    fixture.failSession(session.id);
    throw new Error("mine");
  });
  await assert.rejects(writing, { message: "mine" });
  fixture.mend();
  await db.close();
  const again = await fixture.open();
  assert.deepEqual([seen(again), again.interrupted().length], [[], 1], "it may return");
});
