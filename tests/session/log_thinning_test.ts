import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, Session } from "../../mod.ts";
import { DatabaseFixture, seen, WRITING } from "../support/database_fixture.ts";

/** What is settled before the flush, several times what comes during it. */
const SETTLED = "s".repeat(3_000_000);

/** Three of these are more than is copied in one step. */
const LARGE = "x".repeat(200_000);

/** A database whose log is being made smaller: what is kept was copied, and its sync is held. */
interface Thinning {
  fixture: DatabaseFixture;
  db: Database;
  session: Session;
  /** Lets the sync go. */
  letGo(): void;
}

async function write(session: Session, place: number, value: string): Promise<void> {
  session.insert("line", [place], value);
  await session.commit();
}

async function thinning(): Promise<Thinning> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  await write(session, 1, SETTLED);
  const manifest = fixture.storage.hold("MANIFEST.tmp");
  const flushing = db.flush();
  for (const place of [2, 3, 4]) await write(session, place, LARGE);
  const letGo = fixture.storage.hold(".wal.tmp");
  const { held } = fixture.storage;
  manifest();
  await flushing;
  await eventually(() => fixture.storage.held > held);
  assert(fixture.files().includes(`${session.id}.wal.tmp`), "it is under way");
  return { fixture, db, session, letGo };
}

async function eventually(what: () => boolean): Promise<void> {
  for (let i = 0; i < 5000 && !what(); i++) await new Promise((resolve) => setTimeout(resolve, 1));
  assert(what());
}

test("a log is made smaller beside commits, and a kill at any step loses none and doubles none", async () => {
  const { fixture, db, session, letGo } = await thinning();
  const name = `${session.id}.wal`;
  const killed: { fixture: DatabaseFixture; commits: number }[] = [];
  let commits = 4;
  fixture.storage.before = (operation) => {
    if (WRITING.includes(operation)) killed.push({ fixture: fixture.killed(), commits });
  };
  for (; commits < 9; commits++) await write(session, commits + 1, LARGE);
  const letGoAgain = fixture.storage.hold(".wal.tmp");
  const syncs = fixture.storage.count("syncData");
  letGo();
  await eventually(() => fixture.storage.count("syncData") > syncs);
  await write(session, commits + 1, "small"); // What only the last step can copy.
  commits++;
  letGoAgain();
  await eventually(() => !fixture.files().includes(`${name}.tmp`));
  assert(fixture.end(`sessions/${name}`) < 8 * LARGE.length + SETTLED.length, "it is smaller");
  await write(session, commits + 1, "small");
  commits++;
  fixture.mend();
  const all = [SETTLED, ...Array(8).fill(LARGE), "small", "small"];
  assert.deepEqual(seen(db), all);
  for (const each of killed) {
    const again = await each.fixture.open();
    const found = seen(again);
    // A commit at work may have happened; none is missing, and none is there in part.
    assert.deepEqual(found, all.slice(0, found.length));
    assert(found.length >= each.commits, `${found.length} of ${each.commits}`);
    assert.deepEqual(each.fixture.files(), []);
    await again.close();
  }
  assert(killed.length > 30, `${killed.length} kills`);
  await db.close();
});

test("a session that ends meanwhile gives it up, and leaves no file behind", async () => {
  const { fixture, db, session, letGo } = await thinning();
  const closing = session.close();
  letGo();
  await closing;
  assert.deepEqual(fixture.files(), [`${session.id}.wal`]);
  assert.deepEqual(seen(await fixture.killed().open()), [SETTLED, LARGE, LARGE, LARGE]);
  await db.close();
  assert.deepEqual(fixture.files(), []);
});

for (const operation of ["syncData", "syncDataSync", "rename"] as const) {
  test(`a log whose smaller copy fails at ${operation} is told, and loses nothing`, async () => {
    const { fixture, db, session, letGo } = await thinning();
    fixture.fail([operation], ".wal.tmp", ...operation === "rename" ? [`${session.id}.wal`] : []);
    letGo();
    if (operation === "syncData") await write(session, 5, LARGE); // More is copied, and synced.
    await eventually(() => db.stats().retirementFailures.length > 0);
    fixture.mend();
    await write(session, 6, "more");
    const all = operation === "syncData"
      ? [SETTLED, LARGE, LARGE, LARGE, LARGE, "more"]
      : [SETTLED, LARGE, LARGE, LARGE, "more"];
    for (const each of [db, await fixture.killed().open()]) assert.deepEqual(seen(each), all);
    await db.close();
  });
}

for (const operation of ["writeAt", "syncDataSync", "rename"] as const) {
  const how = operation === "rename" ? "is given up" : "goes on being written";
  test(`a log whose smaller copy fails at ${operation} in the last step ${how}`, async () => {
    const fixture = new DatabaseFixture();
    const db = await fixture.start();
    const session = db.session();
    await write(session, 1, SETTLED);
    fixture.fail([operation], ".wal.tmp", ...operation === "rename" ? [`${session.id}.wal`] : []);
    await db.flush();
    assert.equal(db.stats().retirementFailures.length, 1);
    fixture.mend();
    await write(session, 2, "more");
    const files = operation === "rename" ? ["fast", "wal"] : ["wal"];
    assert.deepEqual(fixture.files(), files.map((medium) => `${session.id}.${medium}`));
    for (const each of [db, await fixture.killed().open()]) {
      assert.deepEqual(seen(each), [SETTLED, "more"]);
    }
    await db.flush();
    if (operation !== "rename") assert(fixture.end(`sessions/${session.id}.wal`) < 1000);
    await db.close();
    assert.deepEqual(fixture.files(), []);
  });
}

test("a log of which much is kept stays as it is until the next flush", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  const log = `sessions/${session.id}.wal`;
  await write(session, 1, LARGE + LARGE + LARGE);
  const manifest = fixture.storage.hold("MANIFEST.tmp");
  const flushing = db.flush();
  for (const place of [2, 3]) await write(session, place, LARGE);
  manifest();
  await flushing;
  await write(session, 4, "small"); // By now a copy would have begun.
  assert(!fixture.files().includes(`${session.id}.wal.tmp`));
  assert(fixture.end(log) > 5 * LARGE.length);
  const all = [LARGE + LARGE + LARGE, LARGE, LARGE, "small"];
  assert.deepEqual(seen(await fixture.killed().open()), all);
  await db.flush();
  assert(fixture.end(log) < 1000);
  await db.close();
});

test("a copy is synced every 4 MiB, and one that fails there leaves the log as it is", async () => {
  for (const isFailing of [false, true]) {
    const fixture = new DatabaseFixture();
    const db = await fixture.start();
    const session = db.session();
    const settled = "s".repeat(50 * 1024 * 1024);
    const kept = "k".repeat(1024 * 1024);
    await write(session, 1, settled);
    const manifest = fixture.storage.hold("MANIFEST.tmp");
    const flushing = db.flush();
    for (let place = 2; place < 12; place++) await write(session, place, kept);
    fixture.storage.log.length = 0;
    if (isFailing) fixture.fail(["syncData"], ".wal.tmp");
    manifest();
    await flushing;
    const name = `${session.id}.wal`;
    if (isFailing) await eventually(() => db.stats().retirementFailures.length > 0);
    else await eventually(() => fixture.end(`sessions/${name}`) < settled.length);
    fixture.mend();
    const syncs = fixture.storage.log.filter(({ path, operation }) =>
      path.endsWith(`${name}.tmp`) && operation === "syncData"
    );
    assert.equal(syncs.length, isFailing ? 1 : 3);
    assert.deepEqual(seen(await fixture.killed().open()), [settled, ...Array(10).fill(kept)]);
    await db.close();
  }
});

test("what a large commit has added meanwhile is copied in slices, not in the step it was waited for", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  const name = `${session.id}.wal`;
  await write(session, 1, SETTLED);
  const letGo = fixture.storage.hold(name);
  const committing = write(session, 2, LARGE + LARGE);
  fixture.storage.log.length = 0;
  await db.flush(); // All that is left to be copied is little, at the moment.
  letGo();
  await committing;
  await eventually(() => fixture.end(`sessions/${name}`) < 2.5 * LARGE.length);
  const synced = fixture.storage.log.filter(({ path }) => path.endsWith(`${name}.tmp`))
    .map(({ operation }) => operation).filter((operation) => operation.startsWith("sync"));
  assert.deepEqual(synced, ["syncData", "syncDataSync"]);
  for (const each of [db, await fixture.killed().open()]) {
    assert.deepEqual(seen(each), [SETTLED, LARGE + LARGE]);
  }
  await db.close();
});
