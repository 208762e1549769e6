import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, MemoryStorage, type SpatialRecord } from "../../mod.ts";
import { makeRandom } from "../crash/random.ts";
import { DatabaseFixture, groupOf, seen, sessionFile } from "../support/database_fixture.ts";

/** Everything about every version in the database, and what is interrupted. */
function everything(db: Database): unknown {
  const versions: string[] = [];
  for (const space of db.spaces()) {
    for (const { point } of space.query(undefined, { tombstones: true })) {
      space.history(point).forEach(({ revision, data, deleted }: SpatialRecord) => {
        versions.push(`${space.name} ${point} ${revision} ${JSON.stringify(data)} ${deleted}`);
      });
    }
  }
  const interrupted = db.interrupted().map(({ session, first, last, entries, medium }) =>
    [session, first, last, entries, medium].join(" ")
  );
  return { versions, interrupted };
}

/** Several sessions that wrote over one another, some through both of their files. */
async function busy(seed: number): Promise<DatabaseFixture> {
  const random = makeRandom(seed);
  const fixture = new DatabaseFixture();
  const db = await fixture.start({ fastPath: { deadlineMs: 60_000 } });
  const sessions = Array.from({ length: 5 }, () => db.session());
  for (let i = 0; i < 80; i++) {
    const session = sessions[Math.floor(random() * sessions.length)];
    const x = Math.floor(random() * 6);
    if (random() < 0.2) session.delete("line", [x]);
    else session.insert(x > 3 ? "plane" : "line", x > 3 ? [x, x] : [x], i);
    fixture.clock.ms += Math.floor(random() * 5);
    const what = random();
    if (what < 0.1) fixture.fail(["writeAt"], `/${session.id}.fast`);
    if (what < 0.4) await session.commit();
    else if (what < 0.6) await session.seal();
    else if (what < 0.65) await session.abandon();
    fixture.mend();
  }
  return fixture.killed();
}

class UnorderedStorage extends MemoryStorage {
  order: (names: string[]) => string[] = (names) => names;
  override list(path: string): string[] {
    return this.order(super.list(path));
  }
}

for (const seed of [1, 2, 3]) {
  test(`what replay makes of the files does not depend on their order, seed ${seed}`, async () => {
    const random = makeRandom(seed);
    const left = await busy(seed);
    const expected = everything(await left.killed().open());
    const orders: ((names: string[]) => string[])[] = [
      (names) => names.reverse(),
      (names) => names.toSorted(() => random() - 0.5),
      (names) => names.toSorted((a, b) => a.split(".")[1] < b.split(".")[1] ? -1 : 1),
    ];
    for (const order of orders) {
      const storage = new UnorderedStorage();
      storage.makeDirectory("/db/sessions");
      const fixture = new DatabaseFixture(storage);
      for (const name of left.files()) {
        fixture.put(`sessions/${name}`, left.bytes(`sessions/${name}`));
      }
      fixture.put("MANIFEST", left.bytes("MANIFEST"));
      storage.order = order;
      assert.deepEqual(everything(await fixture.open()), expected);
    }
  });

  test(`a second and a third opening change nothing, seed ${seed} (reference defects D3, D7 and D11)`, async () => {
    let fixture = await busy(seed);
    let db = await fixture.open();
    const expected = everything(db);
    for (let i = 0; i < 4; i++) {
      if (i % 2) await db.close();
      fixture = fixture.killed();
      db = await fixture.open();
      assert.deepEqual(everything(db), expected, `opening ${i + 2}`);
      assert.deepEqual(
        db.recovery.sessions.map((each) => each.committedIntents).filter(Boolean),
        [],
      );
    }
  });
}

test("a revision keeps its time, session and sequence through log, run file and reopening (reference defect D3)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "before");
  fixture.clock.ms += 5;
  const revision = session.insert("line", [2], "a");
  await session.commit();
  let life = fixture.killed();
  for (let i = 0; i < 3; i++) {
    const again = await life.open();
    assert.deepEqual(again.space("line").get([2])?.revision, revision);
    await again.close();
    life = life.killed();
  }
  assert.deepEqual([revision.physicalMs, revision.session, revision.sequence], [
    fixture.clock.ms,
    session.id,
    2,
  ]);
});

test("stamps are never given again after a restart, and new writes win (reference defects D7 and D11)", async () => {
  let fixture = new DatabaseFixture();
  const revisions = new Set<string>();
  await fixture.start();
  for (let life = 0; life < 6; life++) {
    fixture = fixture.killed();
    const db = await fixture.open();
    await db.write((session) => {
      for (let i = 0; i < 5; i++) {
        revisions.add(String(session.insert("line", [1], `${life}.${i}`)));
      }
    });
    assert.deepEqual(seen(db), [`${life}.4`]);
    if (life % 2) await db.close();
  }
  assert.equal(revisions.size, 30);
  assert.deepEqual([...revisions], [...revisions].sort());
});

test("killed after the sync of the verdict and before anybody was told: it is visible after reopening", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [0], "settled");
  await session.commit();
  session.insert("line", [1], "a");
  session.insert("plane", [1, 1], "b");
  const release = fixture.storage.hold();
  const committing = session.commit();
  const corpse = fixture.killed(); // Every byte is there.
  release();
  await committing;
  const again = await corpse.open();
  assert.deepEqual([seen(again), seen(again, "plane")], [["settled", "a"], ["b"]]);
});

test("killed before the verdict reached the file: nothing of the intent is visible", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [0], "settled");
  await session.commit();
  for (let i = 1; i <= 500; i++) session.insert("line", [i], i);
  const before = fixture.end(`sessions/${session.id}.wal`);
  await session.commit();
  const after = fixture.end(`sessions/${session.id}.wal`);
  for (const cut of [before + 100, (before + after) >> 1, after - 1]) {
    const corpse = fixture.killed();
    corpse.put(
      `sessions/${session.id}.wal`,
      corpse.bytes(`sessions/${session.id}.wal`).fill(0, cut),
    );
    const again = await corpse.open();
    assert.deepEqual([seen(again), again.interrupted(), again.quarantined()], [
      ["settled"],
      [],
      [],
    ]);
    const [{ state, tornBytes, keptIn }] = again.recovery.sessions[0].files;
    assert.equal(state, "torn-tail");
    assert(tornBytes > 0 && keptIn !== undefined && corpse.bytes(keptIn).length === tornBytes);
  }
});

test("entries that run files hold already are dropped, not replayed", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "flushed");
  await session.commit();
  await db.flush();
  session.insert("line", [2], "fresh");
  await session.commit();
  const again = await fixture.killed().open();
  const [{ flushedEntries, committedEntries, decision }] = again.recovery.sessions;
  assert.deepEqual([flushedEntries, committedEntries, decision], [1, 1, "replayed"]);
  assert.deepEqual(seen(again), ["flushed", "fresh"]);
});

test("duplicates are counted once, whichever file they are in", async () => {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  const groups = [groupOf(1, 3), groupOf(2, 3), groupOf(1, 3, "commits"), groupOf(1, 2)];
  fixture.put("sessions/7.wal", await sessionFile(7, "wal", ...groups));
  fixture.put("sessions/7.fast", await sessionFile(7, "fast", groupOf(3, 3)));
  const db = await fixture.open();
  assert.deepEqual([seen(db), db.quarantined()], [[1, 2, 3], []]);
  assert.equal(db.recovery.sessions[0].duplicateEntries, 8);
  assert.equal(db.space("line").history([3]).toArray().length, 1);
});

test("what replay published is in run files before open() resolves, and its logs are gone", async () => {
  const fixture = await busy(7);
  const db = await fixture.open();
  assert.deepEqual([db.stats().tailEntries, db.stats().runs > 0], [0, true]);
  const kept = new Set(db.interrupted().map(({ session }) => session));
  for (const name of fixture.files()) assert(kept.has(Number.parseInt(name)), name);
});

test("killed at any step of an opening: the next one gives the same", async () => {
  const left = await busy(5);
  const expected = everything(await left.killed().open());
  for (let step = 1;; step++) {
    const life = left.killed();
    let steps = 0;
    let corpse: DatabaseFixture | undefined;
    life.storage.before = (operation) => {
      if (/rename|writeAt|truncate|syncData|remove|syncDirectory/.test(operation)) {
        if (++steps === step) corpse = life.killed();
      }
    };
    await life.open();
    if (corpse === undefined) break;
    assert.deepEqual(everything(await corpse.open()), expected, `step ${step}`);
  }
});
