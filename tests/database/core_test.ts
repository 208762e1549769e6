import assert from "node:assert/strict";
import { test } from "node:test";
import { slowingMs } from "../../lib/database/core.ts";
import { Revision } from "../../mod.ts";
import { openCore } from "../../lib/database/opening.ts";
import { checkOpenOptions } from "../../lib/database/options.ts";
import { EntryList } from "../../lib/segment/entry_list.ts";
import { MOMENT_MS } from "../support/entries.ts";
import { version } from "../support/runs.ts";
import { DatabaseFixture, isPending, ROOT, seen, WRITING } from "../support/database_fixture.ts";

const MINUTE_MS = 60_000;

test("a clock far behind refuses stamps and uses no sequence number, until acknowledged (reference defect D4)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  const before = session.insert("line", [1], "a");
  fixture.clock.ms -= 6 * MINUTE_MS;
  for (let i = 0; i < 3; i++) {
    assert.throws(() => session.insert("line", [1], "b"), { code: "clock-skew" });
    assert.throws(() => session.delete("line", [1]), { code: "clock-skew" });
  }
  assert.equal(session.pending.entries, 1);
  db.acknowledgeClockSkew();
  const after = session.insert("line", [1], "c");
  assert.equal(after.sequence, before.sequence + 1);
  assert(Revision.compare(before, after) < 0);
  await session.commit();
  assert.deepEqual(seen(db), ["c"]);
});

test("stamps tell the time of the wall clock, from the first of a session on (reference defect D4)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  for (const jumpMs of [0, 5, 10 * MINUTE_MS]) {
    fixture.clock.ms += jumpMs;
    const stamp = db.session().insert("line", [1], 1);
    assert.equal(stamp.physicalMs, fixture.clock.ms);
  }
});

test("a hundred thousand stamps in one millisecond never go back (reference defect D4)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const [one, two] = [db.session(), db.session()];
  let last = one.insert("line", [0], 0);
  for (let i = 0; i < 100_000; i++) {
    const next = (i % 2 ? one : two).delete("line", [i]);
    assert(Revision.compare(last, next) < 0);
    last = next;
  }
  assert.equal(last.physicalMs, MOMENT_MS + 1);
  await db[Symbol.asyncDispose]();
});

test("after a restart with an older clock new writes still win (reference defects D7 and D11)", async () => {
  let fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], "old"));
  await db.close();
  for (const value of ["new", "newer"]) {
    fixture.clock.ms -= 2 * MINUTE_MS;
    fixture = fixture.killed();
    const again = await fixture.open();
    await again.write((session) => session.insert("line", [1], value));
    assert.deepEqual(seen(again), [value]);
  }
});

test("after a restart with a much older clock opening works, and writing asks first", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], "old"));
  await db.close();
  fixture.clock.ms -= 24 * 60 * MINUTE_MS;
  const again = await fixture.open();
  assert.deepEqual(seen(again), ["old"]);
  const write = (): Promise<Revision> =>
    again.write((session) => session.insert("line", [1], "new"));
  await assert.rejects(write(), { code: "clock-skew" });
  again.acknowledgeClockSkew();
  await write();
  assert.deepEqual(seen(again), ["new"]);
});

test("stamps of interrupted and abandoned entries count, whatever the clock shows next (reference defect D11)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  fixture.clock.ms += 3 * MINUTE_MS;
  const abandoned = session.insert("line", [1], "a");
  await session.seal();
  await session.abandon();
  await db.flush();
  const sealed = session.insert("line", [1], "b");
  await session.seal();
  fixture.clock.ms -= 3 * MINUTE_MS;
  const life = fixture.killed();
  for (let i = 0; i < 2; i++) {
    const again = await life.open();
    const next = again.session().insert("line", [1], "c");
    assert(Revision.compare(next, sealed) > 0 && Revision.compare(sealed, abandoned) > 0);
    await again[Symbol.asyncDispose]();
  }
});

test("a failed commit keeps its entries and its revisions to be committed again (reference defect D23)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const [session, other] = [db.session(), db.session()];
  other.insert("line", [1], "theirs");
  const revision = session.insert("line", [1], "mine");
  await other.commit();
  for (let i = 0; i < 3; i++) {
    await assert.rejects(session.commit({ collisions: "refuse" }), { code: "collision" });
    assert(Revision.compare(db.stats().settledThrough, revision) < 0);
  }
  const { first, last } = await session.commit();
  assert.deepEqual([first, last, seen(db)], [revision, revision, ["mine"]]);
});

test("createSpace() is durable, gives the same space for the same config, and refuses another", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const line = db.space("line");
  assert.equal(await db.createSpace("line", { dims: 1 }), line);
  await assert.rejects(db.createSpace("line", { dims: 2 }), { code: "already-exists" });
  await assert.rejects(db.createSpace("", { dims: 1 }), { code: "invalid-argument" });
  assert.throws(() => db.space("none"), { code: "not-found" });
  const both = await Promise.all([1, 2].map(() => db.createSpace("new", { dims: 1 })));
  assert.equal(both[0], both[1]);
  const again = await fixture.killed().open();
  assert.deepEqual(again.spaces().map(({ name }) => name), ["line", "plane", "new"]);
});

test("a tail that is full is flushed in the background", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ tailBytesMax: 64 * 1024 });
  const session = db.session();
  for (let i = 0; i < 40; i++) {
    session.insert("line", [i], new Uint8Array(8 * 1024));
    await session.commit();
  }
  assert(db.stats().flushes > 1 && db.stats().tailBytes < 256 * 1024);
  assert.equal(db.space("line").count(), 40);
});

test("commits wait while the tail is four times too full, and go on when it is flushed", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ tailBytesMax: 64 * 1024 });
  const session = db.session();
  const release = fixture.storage.hold(".run");
  session.insert("line", [1], new Uint8Array(300 * 1024));
  await session.commit();
  session.insert("line", [2], "waits");
  const waiting = session.commit();
  assert(await isPending(waiting));
  assert.equal(db.space("line").count(), 1);
  release();
  await waiting;
  assert.equal(db.space("line").count(), 2);
});

test("a commit waits for the longer the fuller the tail is", () => {
  assert.deepEqual([2, 3, 4].map(slowingMs), [2, 8.5, 15]);
});

test("a tail that may have no byte is flushed behind each commit", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ tailBytesMax: 0 });
  const session = db.session();
  for (let i = 0; i < 9; i++) {
    session.insert("line", [i], i);
    await session.commit();
  }
  await db.flush();
  assert(db.stats().flushes >= 8);
  assert.equal(db.space("line").count(), 9);
});

test("where flushing fails commits go on, and a flush that works again mends it", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ tailBytesMax: 1024 });
  fixture.fail(["writeAt"], ".run");
  const session = db.session();
  for (let i = 0; i < 20; i++) {
    session.insert("line", [i], new Uint8Array(1024));
    await session.commit();
  }
  assert.match(db.stats().flushFailure ?? "", /EIO/);
  await assert.rejects(db.flush(), { code: "io" });
  fixture.mend();
  await db.flush();
  const { flushFailure, tailEntries } = db.stats();
  assert.deepEqual([flushFailure, tailEntries], [undefined, 0]);
  assert.equal((await fixture.killed().open()).space("line").count(), 20);
});

test("a manifest of unknown outcome stops flushing, and neither committing nor reading", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  await session.commit();
  fixture.fail(["rename"], "/MANIFEST");
  await assert.rejects(db.flush(), { code: "poisoned", outcome: "unknown" });
  fixture.mend();
  await assert.rejects(db.flush(), { code: "poisoned" });
  session.insert("line", [2], "b");
  await session.commit();
  const killed = await fixture.killed().open();
  for (const each of [db, killed]) assert.deepEqual(seen(each), ["a", "b"]);
});

test("a log goes only after a durable manifest lists the run that holds what it held (reference defect D25e)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], 1);
  await session.commit();
  await session.close();
  fixture.storage.log.length = 0;
  await db.flush();
  const steps = fixture.storage.log.map(({ operation, path }) => `${operation} ${path}`);
  const order = [
    "syncData /db/runs/1.run",
    "syncDirectory /db/runs",
    "syncData /db/MANIFEST.tmp",
    "rename /db/MANIFEST",
    "syncDirectory /db",
    `remove /db/sessions/${session.id}.wal`,
    "syncDirectory /db/sessions",
  ].map((step) => steps.lastIndexOf(step));
  assert(!order.includes(-1), steps.join("\n"));
  assert.deepEqual(order, order.toSorted((a, b) => a - b));
  await db.close();
});

test("runs of a flush that cannot be listed are forgotten, with all that is known of them", async () => {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  const { storage, clock } = fixture;
  const { core } = await openCore(ROOT, checkOpenOptions({ storage, clock }));
  const plane = core.store.byName("plane")!.id;
  const { address, ...rest } = version([1, 2], 1);
  core.store.publish(1, EntryList.of([{ ...rest, address: { ...address, space: plane } }]));
  const forgotten: number[] = [];
  const forget = core.store.forget.bind(core.store);
  core.store.forget = (run) => {
    forgotten.push(run.id);
    forget(run);
  };
  const first = core.manifest.state.nextRun;
  fixture.fail(WRITING, "/MANIFEST.tmp");
  for (let i = 0; i < 3; i++) await assert.rejects(core.flushNow(), { code: "io" });
  assert.deepEqual([forgotten, fixture.files("runs")], [[first, first + 1, first + 2], []]);
  fixture.mend();
  await core.flushNow();
  assert.deepEqual([forgotten.length, fixture.files("runs")], [3, [`${first + 3}.run`]]);
});
