import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, Revision } from "../../mod.ts";
import { Retirement } from "../../lib/session/retirement.ts";
import { revisionOf } from "../support/entries.ts";
import { DatabaseFixture, isPending, ROOT, seen } from "../support/database_fixture.ts";

const BIG = new Uint8Array(100 * 1024);

function dataOf(db: Database): unknown[] {
  return db.interrupted().flatMap((each) => [...each.records()].map(({ data }) => data));
}

test("after a flush the logs of ended sessions are gone, and their entries are not", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  for (let i = 0; i < 5; i++) {
    await using session = db.session();
    session.insert("line", [i], i);
    await session.commit();
  }
  assert.equal(fixture.files().length, 5);
  await db.flush();
  assert.deepEqual(fixture.files(), []);
  const killed = await fixture.killed().open();
  assert.deepEqual([seen(killed), killed.recovery.sessions], [[0, 1, 2, 3, 4], []]);
});

test("a log is kept as long as something in it is interrupted", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  await session.commit();
  session.insert("line", [2], "b");
  await session.seal();
  await session.close();
  await db.flush();
  await db.flush();
  assert.equal(fixture.files().length, 1);
  const killed = await fixture.killed().open();
  assert.deepEqual([seen(killed), dataOf(killed)], [["a"], ["b"]]);
  await db.interrupted()[0].discard();
  assert.deepEqual(fixture.files(), []);
});

test("a small log of a live session is left alone by a flush", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  await session.commit();
  const renames = fixture.storage.count("rename");
  await db.flush();
  assert.equal(fixture.storage.count("rename"), renames + 1, "only the manifest");
});

test("a live session's log is replaced when more than 64 KiB in it are settled", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], BIG);
  await session.commit();
  await db.flush();
  assert.equal(fixture.end(`sessions/${session.id}.wal`), 9, "nothing but the header");
  session.insert("line", [2], "b");
  await session.commit();
  const killed = await fixture.killed().open();
  for (const each of [db, killed]) assert.deepEqual(seen(each), [BIG, "b"]);
  assert.equal(killed.recovery.sessions[0].committedEntries, 1);
});

test("the log of a sensor stays bounded, whatever it commits", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ tailBytesMax: 100 * 1024 });
  const session = db.session();
  let most = 0;
  for (let i = 0; i < 200; i++) {
    session.insert("line", [i], new Uint8Array(10 * 1024).fill(i));
    await session.commit();
    most = Math.max(most, fixture.bytes(`sessions/${session.id}.wal`).length);
  }
  assert(most < 1536 * 1024, `${most} bytes`);
  assert(fixture.end(`sessions/${session.id}.wal`) < 700 * 1024);
  const killed = await fixture.killed().open();
  for (const each of [db, killed]) {
    assert.equal(each.space("line").count(), 200);
    assert.equal(each.space("line").history([7]).toArray().length, 1);
  }
});

test("a sealed intent survives the thinning of its log", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], BIG);
  await session.commit();
  session.insert("line", [2], "sealed");
  await session.seal();
  await db.flush();
  const killed = await fixture.killed().open();
  assert.deepEqual([seen(killed), dataOf(killed)], [[BIG], ["sealed"]]);
  session.insert("line", [3], "more");
  assert.equal((await session.commit()).entries, 2);
  assert.deepEqual(seen(await fixture.killed().open()), [BIG, "sealed", "more"]);
});

test("a group that is on its way while the log is to be thinned is kept", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], BIG);
  await session.commit();
  const release = fixture.storage.hold(`/${session.id}.wal`);
  session.insert("line", [2], "on its way");
  const sealing = session.seal();
  await db.flush();
  release();
  await sealing;
  assert(fixture.end(`sessions/${session.id}.wal`) < 1024, "it was thinned");
  const killed = await fixture.killed().open();
  assert.deepEqual([seen(killed), dataOf(killed)], [[BIG], ["on its way"]]);
});

for (const how of ["seal", "commit"] as const) {
  test(`a ${how} is not lost when its log is thinned twice, once by offsets of before`, async () => {
    const fixture = new DatabaseFixture();
    const db = await fixture.start();
    const session = db.session();
    session.insert("line", [1], BIG);
    await session.commit();
    const releaseLog = fixture.storage.hold(`/${session.id}.wal`);
    session.insert("line", [2], "on its way");
    const call = session[how]();
    await db.flush(); // The log is to be thinned when the call is through.
    await db.write((other) => other.insert("line", [3], "other"));
    const releaseManifest = fixture.storage.hold("MANIFEST.tmp");
    const flushing = db.flush(); // Plans by the log as it still is ...
    assert(await isPending(flushing));
    releaseLog();
    await call; // ... which is thinned now.
    releaseManifest();
    await flushing;
    assert.deepEqual(db.stats().retirementFailures, []);
    const killed = await fixture.killed().open();
    const own = ["on its way"];
    assert.deepEqual(
      [seen(killed), dataOf(killed)],
      how === "seal" ? [[BIG, "other"], own] : [[BIG, ...own, "other"], []],
    );
    if (how === "seal") await session.commit();
    assert.deepEqual(seen(await fixture.killed().open()), [BIG, "on its way", "other"]);
  });
}

test("a log that cannot be made smaller is told, and costs its session nothing", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], BIG);
  await session.commit();
  session.insert("line", [2], "sealed");
  await session.seal();
  fixture.fail(["rename"], `/${session.id}.wal`);
  await db.flush();
  assert.match(db.stats().retirementFailures[0], /not made smaller.*EIO/);
  session.insert("line", [3], "more");
  assert.equal((await session.commit()).entries, 2);
  const killed = await fixture.killed().open();
  for (const each of [db, killed]) assert.deepEqual(seen(each), [BIG, "sealed", "more"]);
});

test("a log that cannot be removed is told, and removed by the next opening", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], "a"));
  const session = db.session();
  session.insert("line", [2], "b");
  await session.commit();
  await session.close();
  fixture.fail(["remove"], `/${session.id}.wal`);
  await db.flush();
  assert.match(db.stats().retirementFailures[0], /not removed.*EIO/);
  fixture.mend();
  const killed = fixture.killed();
  const again = await killed.open();
  assert.deepEqual([seen(again), killed.files()], [["a", "b"], []]);
  assert.equal(again.recovery.sessions.reduce((sum, each) => sum + each.committedIntents, 0), 0);
});

test("killed at any step of a flush with thinning and removal: everything is there once", async () => {
  for (let step = 1;; step++) {
    const fixture = new DatabaseFixture();
    const db = await fixture.start();
    const [live, ended] = [db.session(), db.session()];
    live.insert("line", [1], BIG);
    await live.commit();
    live.insert("line", [2], "sealed");
    await live.seal();
    ended.insert("line", [3], "ended");
    await ended.commit();
    await ended.close();
    let steps = 0;
    let corpse: DatabaseFixture | undefined;
    fixture.storage.before = (operation) => {
      if (/rename|writeAt|syncData|remove|syncDirectory/.test(operation)) {
        if (++steps === step) corpse = fixture.killed();
      }
    };
    await db.flush();
    if (corpse === undefined) break;
    const again = await corpse.open();
    assert.deepEqual([seen(again), dataOf(again)], [[BIG, "ended"], ["sealed"]], `step ${step}`);
    for (const x of [1, 3]) assert.equal(again.space("line").history([x]).toArray().length, 1);
  }
});

test("settle() advances up to what is settled, and never past what is pending", () => {
  const retirement = new Retirement(new DatabaseFixture().storage, ROOT);
  let pending: Revision | undefined;
  const stream = {
    queue: { settledEnds: {} },
    get firstPending() {
      return pending;
    },
  };
  retirement.begin(7, stream as never);
  retirement.settle(7, revisionOf(3));
  pending = revisionOf(5);
  retirement.settle(7, revisionOf(9), 4);
  assert.deepEqual(retirement.plan(4).settled.get(7), revisionOf(3));
  pending = undefined;
  retirement.settle(7, revisionOf(6));
  assert.deepEqual(retirement.plan(4).settled.get(7), revisionOf(6));
  retirement.settle(7, revisionOf(5));
  assert.deepEqual(retirement.plan(4).settled.get(7), revisionOf(6));
  retirement.settle(8, revisionOf(5));
  assert.equal(
    retirement.plan(4).settled.size,
    1,
    "a session without files is none of its business",
  );
});

test("apply() names a session until its files are gone, and never goes back", () => {
  const retirement = new Retirement(new DatabaseFixture().storage, ROOT);
  const before = new Map([[7, revisionOf(5)], [8, revisionOf(5, 8)]]);
  assert.equal(retirement.apply(before), before);
  assert.equal(retirement.apply(before, new Map([[7, revisionOf(4)]])), before);
  retirement.gone([8]);
  const after = retirement.apply(before, new Map([[7, revisionOf(6)]]));
  assert.deepEqual([...after], [[7, revisionOf(6)]]);
  retirement.forget(after);
  assert.equal(retirement.apply(before), before, "what was forgotten is not removed again");
});
