import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Database,
  type DurableIntent,
  InfiniteDbError,
  PoisonedError,
  type Session,
} from "../../mod.ts";
import { DatabaseFixture, seen, WRITING } from "../support/database_fixture.ts";
import type { Operation } from "../support/fault_storage.ts";

async function started(): Promise<{ fixture: DatabaseFixture; db: Database; session: Session }> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [0], "settled");
  await session.commit();
  return { fixture, db, session };
}

function dataOf(db: Database): unknown[] {
  return db.interrupted().flatMap((each) => [...each.records()].map(({ data }) => data));
}

async function errorOf(call: Promise<unknown>): Promise<InfiniteDbError> {
  const error = await call.then(() => undefined, (error) => error);
  assert(error instanceof InfiniteDbError, `${error}`);
  return error;
}

const FORMS: [string, Operation, (session: Session) => Promise<DurableIntent>][] = [
  ["seal()", "syncData", (session) => session.seal()],
  ["seal()", "writeAt", (session) => session.seal()],
  ["sealSync()", "syncDataSync", async (session) => await session.sealSync()],
  ["sealSync()", "writeAt", async (session) => await session.sealSync()],
];

for (const [form, operation, seal] of FORMS) {
  test(`${form} whose ${operation} fails on one file succeeds through the other (reference defect D19)`, async () => {
    const { fixture, db, session } = await started();
    session.insert("line", [1], "a");
    fixture.fail([operation], ".wal");
    const durable = await seal(session);
    assert.deepEqual([durable.medium, durable.entries], ["fast", 1]);
    session.insert("line", [2], "b");
    assert.deepEqual(dataOf(await fixture.killed().open()), ["a"]);
    assert.equal((await session.commit()).entries, 2);
    for (const each of [db, await fixture.killed().open()]) {
      assert.deepEqual(seen(each), ["settled", "a", "b"]);
    }
  });
}

for (const operation of ["writeAt", "syncData"] as const) {
  test(`commit() whose ${operation} fails on one file succeeds through the other, once`, async () => {
    const { fixture, db, session } = await started();
    session.insert("line", [1], "a");
    await session.seal();
    session.insert("line", [2], "b");
    fixture.fail([operation], ".wal");
    assert.equal((await session.commit()).entries, 2);
    const writes = fixture.storage.log.filter(({ path }) => path.endsWith(".wal")).length;
    session.insert("line", [3], "c");
    await session.commit();
    const after = fixture.storage.log.filter(({ path }) => path.endsWith(".wal")).length;
    assert.equal(after, writes, "nothing is tried again on the file that failed");
    const again = await fixture.killed().open();
    for (const each of [db, again]) assert.deepEqual(seen(each), ["settled", "a", "b", "c"]);
    assert.deepEqual([again.quarantined(), again.interrupted()], [[], []]);
  });
}

test("after both files failed the session is poisoned, its intent pending and whole, others work on", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  session.insert("line", [2], "b");
  fixture.failSession(session.id);
  const failure = await errorOf(session.seal());
  assert(failure instanceof PoisonedError);
  assert.equal((failure.cause as InfiniteDbError).code, "io");
  assert.equal(session.pending.entries, 2);
  for (const call of [session.seal(), session.commit()]) {
    assert.equal((await errorOf(call)).code, "poisoned");
  }
  assert.throws(() => session.insert("line", [3], "c"), { code: "poisoned" });
  assert.throws(() => session.commitSync(), { code: "poisoned" });
  assert.equal(session.pending.entries, 2);
  await db.write((other) => other.insert("line", [9], "other"));
  assert.deepEqual(seen(db), ["settled", "other"]);
});

test("abandon() of what no file has seen needs no I/O, even where all of it fails", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  fixture.fail([...WRITING, "open"], "");
  const before = fixture.storage.log.length;
  await session.abandon();
  assert.deepEqual([fixture.storage.log.length, session.pending.entries], [before, 0]);
  assert.deepEqual(seen(db), ["settled"]);
});

test("abandon() of an intent that no file has seen works on a session whose files cannot be made", async () => {
  const fixture = new DatabaseFixture();
  const session = (await fixture.start()).session();
  session.insert("line", [1], "a");
  fixture.failSession(session.id);
  assert.equal((await errorOf(session.commit())).outcome, undefined, "nothing was handed");
  await session.abandon();
  assert.equal(session.pending.entries, 0);
  await session.close();
});

test("abandon() of a sealed intent resolves when its verdict is durable, not before", async () => {
  const { fixture, session } = await started();
  session.insert("line", [1], "a");
  await session.seal();
  const syncs = fixture.syncs();
  await session.abandon();
  assert.equal(fixture.syncs(), syncs + 1);
  assert.deepEqual(dataOf(await fixture.killed().open()), []);
});

test("abandon() of an intent whose seal failed in one file is written to the other", async () => {
  const { fixture, session } = await started();
  session.insert("line", [1], "a");
  fixture.fail(["syncData"], ".wal");
  await session.seal();
  await session.abandon();
  const again = await fixture.killed().open();
  assert.deepEqual([seen(again), dataOf(again), again.quarantined()], [["settled"], [], []]);
});

test("abandon() that cannot be made durable throws poisoned and says that the intent may return", async () => {
  const { fixture, session } = await started();
  session.insert("line", [1], "a");
  await session.seal();
  fixture.failSession(session.id);
  const promise = { code: "poisoned", message: /may return as interrupted/ };
  await assert.rejects(session.abandon(), promise);
  assert.equal(session.pending.entries, 1);
  await assert.rejects(session.abandon(), promise, "and says so again");
  assert.deepEqual(dataOf(await fixture.killed().open()), ["a"]);
});

test("abandon() after a failed seal throws poisoned and says that the intent may return", async () => {
  const { fixture, session } = await started();
  session.insert("line", [1], "a");
  fixture.fail(["syncData"], ".wal", ".fast", ".fast.tmp");
  assert.equal((await errorOf(session.seal())).code, "poisoned");
  await assert.rejects(session.abandon(), {
    code: "poisoned",
    message: /may return as interrupted/,
  });
  assert.deepEqual(dataOf(await fixture.killed().open()), ["a"]);
});

test("a commit that fails before any byte was handed has no unknown outcome", async () => {
  const { fixture, db, session } = await started();
  const fresh = db.session();
  fresh.insert("line", [1], "a");
  fixture.failSession(fresh.id);
  const failure = await errorOf(fresh.commit());
  assert.deepEqual([failure.code, failure.outcome], ["poisoned", undefined]);
  assert.deepEqual(seen(await fixture.killed().open()), ["settled"]);
  await session.close();
});

test("a commit that fails after its verdict was handed throws poisoned with outcome unknown", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  fixture.fail(["syncData"], ".wal", ".fast", ".fast.tmp");
  const failure = await errorOf(session.commit());
  assert.deepEqual([failure.code, failure.outcome], ["poisoned", "unknown"]);
  assert.deepEqual([seen(db), session.pending.entries], [["settled"], 1]);
  const abandoning = await errorOf(session.abandon());
  assert.deepEqual([abandoning.code, session.pending.entries], ["poisoned", 1]);
  assert.deepEqual(seen(await fixture.killed().open()), ["settled", "a"], "the bytes were there");
});

test("a commit with outcome unknown is a PoisonedError, to be caught by its class", async () => {
  const { fixture, session } = await started();
  session.insert("line", [1], "a");
  fixture.fail(["syncData"], ".wal", ".fast", ".fast.tmp");
  assert(await errorOf(session.commit()) instanceof PoisonedError);
});

test("close() after a commit with outcome unknown keeps the files, and reopening decides", async () => {
  const { fixture, db, session } = await started();
  session.insert("line", [1], "a");
  await session.seal();
  fixture.fail(["syncData"], `/${session.id}.wal`, `/${session.id}.fast.tmp`);
  assert.equal((await errorOf(session.commit())).outcome, "unknown");
  await session.close().catch(() => {});
  fixture.mend();
  assert.deepEqual(dataOf(db), [], "nobody may decide what is decided already, perhaps");
  await db.flush();
  await db.close();
  const again = await fixture.open();
  assert.deepEqual([seen(again), dataOf(again)], [["settled", "a"], []]);
});

test("an intent sealed behind one of unknown outcome does not take it along when it is adopted", async () => {
  const { fixture, db, session } = await started();
  const other = db.session();
  other.insert("line", [1], "theirs");
  session.insert("line", [1], "mine");
  await other.commit();
  await assert.rejects(session.commit({ collisions: "refuse" }), { code: "collision" });
  session.insert("line", [2], "behind");
  await session.seal(); // Both intents.
  fixture.fail(["syncData"], `/${session.id}.wal`, `/${session.id}.fast.tmp`);
  assert.equal((await errorOf(session.commit())).outcome, "unknown");
  await session.close().catch(() => {});
  fixture.mend();
  for (const each of db.interrupted()) await each.adopt();
  await db.close();
  const again = await fixture.open();
  for (const each of again.interrupted()) await each.adopt();
  assert.deepEqual(seen(again), ["settled", "mine", "behind"]);
});

test("after the sync of the verdict nothing fails the commit", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ tailBytesMax: 1 });
  const session = db.session();
  for (const value of ["a", "b"]) {
    session.insert("line", [value.charCodeAt(0)], value);
    if (value === "b") {
      fixture.fail([...WRITING, "open", "readAt", "list"], "runs", ".run", "MANIFEST.tmp");
    }
    assert.equal((await session.commit()).collisionsUnknown, 0);
  }
  await db.flush().catch(() => {});
  assert.deepEqual(seen(db), ["a", "b"]);
  assert.match(db.stats().flushFailure ?? "", /EIO/);
  assert.deepEqual(seen(await fixture.killed().open()), ["a", "b"]);
});

test("a collision probe that cannot read is reported and not thrown, and refuses if asked to", async () => {
  const { fixture, db } = await started();
  await db.close(); // Now it is in a run file.
  const [run] = fixture.files("runs");
  fixture.flip(`runs/${run}`, fixture.bytes(`runs/${run}`).length - 80);
  const again = await fixture.open();
  const [one, two] = [again.session(), again.session()];
  // So many that they are not compared one by one.
  for (let x = 0; x < 1025; x++) one.insert("line", [x], x);
  two.insert("line", [5], 5);
  await again.write((other) => other.insert("line", [2000], "news"));
  await assert.rejects(one.commit({ collisions: "refuse" }), { code: "collision" });
  const result = await one.commit();
  assert.deepEqual([result.collisions, result.collisionsUnknown], [[], 1025]);
  assert.equal((await two.commit()).collisionsUnknown, 1);
});

test("a busy blocking commit whose verdict was handed takes no further entries into its intent", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: { deadlineMs: 30 } });
  const session = db.session();
  session.insert("line", [0], "settled");
  session.commitSync();
  const release = fixture.storage.hold(".fast");
  session.insert("line", [1], "late");
  await session.commit(); // The fast segment is late, and still rolls back.
  session.insert("line", [2], "handed");
  fixture.fail(["syncDataSync"], ".wal");
  assert.throws(() => session.commitSync(), { outcome: "unknown" });
  session.insert("line", [3], "next");
  release();
  assert.equal((await session.commit()).entries, 1);
  await session.commit();
  const again = await fixture.killed().open();
  assert.deepEqual(again.quarantined(), []);
  for (const each of [db, again]) {
    assert.deepEqual(seen(each), ["settled", "late", "handed", "next"]);
  }
});

for (const operation of ["open", "rename", "syncDirectory"] as const) {
  test(`a file whose creation fails at ${operation} is left out, and the other serves`, async () => {
    const fixture = new DatabaseFixture();
    const db = await fixture.start();
    const session = db.session();
    session.insert("line", [1], "a");
    fixture.storage.failNext(operation);
    const { medium } = await session.seal();
    assert.equal(medium, "fast");
    await session.commit();
    assert.deepEqual(seen(db), ["a"]);
    assert.deepEqual(seen(await fixture.killed().open()), ["a"]);
  });
}
