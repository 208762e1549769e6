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

/** A database that was killed while a session had an intent of three entries sealed. */
async function interrupted(): Promise<{ fixture: DatabaseFixture; db: Database; session: number }> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((other) => other.insert("line", [2], "doomed"));
  const session = db.session();
  session.insert("line", [0], "committed");
  await session.commit();
  session.insert("line", [1], "a");
  session.delete("line", [2]);
  session.insert("plane", [3, 3], { b: [1] });
  await session.seal();
  const killed = fixture.killed();
  return { fixture: killed, db: await killed.open(), session: session.id };
}

test("killed between seal and verdict: the intent is interrupted, and invisible", async () => {
  const { db, session } = await interrupted();
  const [intent, ...others] = db.interrupted();
  assert.deepEqual(others, []);
  assert.deepEqual([seen(db), seen(db, "plane")], [["committed", "doomed"], []]);
  assert.deepEqual([intent.session, intent.entries, intent.medium], [session, 3, "wal"]);
  assert.deepEqual([intent.first.sequence, intent.last.sequence], [2, 4]);
});

test("records() gives what it would make visible and delete, each time anew", async () => {
  const { db } = await interrupted();
  const [intent] = db.interrupted();
  for (let i = 0; i < 2; i++) {
    assert.deepEqual(
      [...intent.records()].map(({ space, point, data, deleted }) => [space, point, data, deleted]),
      [
        ["line", [1], "a", false],
        ["line", [2], undefined, true],
        ["plane", [3, 3], { b: [1] }, false],
      ],
    );
  }
  assert.deepEqual([...intent.records()].map(({ revision }) => revision.sequence), [2, 3, 4]);
});

test("adopt() makes all of it visible, at the revisions it was written with, and for good", async () => {
  const { fixture, db } = await interrupted();
  const [intent] = db.interrupted();
  const result = await intent.adopt();
  assert.deepEqual([result.first, result.last, result.entries], [intent.first, intent.last, 3]);
  assert.deepEqual([result.collisions, result.collisionsUnknown], [[], 0]);
  const killed = await fixture.killed().open();
  for (const each of [db, killed]) {
    assert.deepEqual([seen(each), seen(each, "plane")], [["committed", "a"], [{ b: [1] }]]);
    assert.deepEqual(each.interrupted(), []);
    assert.deepEqual(each.space("line").get([1])?.revision, intent.first);
  }
  assert.deepEqual(fixture.files(), [], "its log is not needed any more");
});

test("adopt() reports what other sessions wrote after its first revision", async () => {
  const { db } = await interrupted();
  const written: unknown[] = [];
  for (const value of ["b", "c"]) {
    await db.write((session) => written.unshift(session.insert("line", [1], value)));
  }
  const { collisions } = await db.interrupted()[0].adopt();
  assert.deepEqual(collisions.map(({ space, point, revisions }) => [space, point, revisions]), [
    ["line", [1], written],
  ]);
  assert.deepEqual(seen(db), ["committed", "c"], "what was written later wins");
});

test("discard() gives it up for good", async () => {
  const { fixture, db } = await interrupted();
  await db.interrupted()[0].discard();
  assert.deepEqual([db.interrupted(), fixture.files()], [[], []]);
  const killed = await fixture.killed().open();
  for (const each of [db, killed]) assert.deepEqual(seen(each), ["committed", "doomed"]);
  assert.deepEqual(killed.interrupted(), []);
});

test("a second decision is stale-intent, also while the first is at work", async () => {
  const { fixture, db } = await interrupted();
  const [intent] = db.interrupted();
  const release = fixture.storage.hold("MANIFEST.tmp");
  const first = intent.adopt();
  assert(await isPending(first));
  await assert.rejects(intent.discard(), { code: "stale-intent" });
  release();
  await first;
  await assert.rejects(intent.adopt(), { code: "stale-intent" });
  await assert.rejects(intent.discard(), { code: "stale-intent" });
});

test("it survives any number of restarts, clean and killed, until it is resolved (reference defect D21)", async () => {
  let { fixture, db } = await interrupted();
  for (let i = 0; i < 4; i++) {
    await db.write((session) => session.insert("line", [100 + i], i));
    if (i % 2) await db.close();
    fixture = fixture.killed();
    db = await fixture.open();
    assert.deepEqual(db.interrupted().map(({ entries }) => entries), [3]);
  }
  assert.equal((await db.interrupted()[0].adopt()).entries, 3);
  assert.deepEqual(seen(db).slice(0, 2), ["committed", "a"]);
});

test("interrupted intents of sessions that numbered alike are kept apart (reference defect D21)", async () => {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  for (const id of [7, 8, 9]) {
    fixture.put(`sessions/${id}.wal`, await sessionFile(id, "wal", groupOf(1, 2, undefined, id)));
  }
  const db = await fixture.open();
  assert.deepEqual(db.interrupted().map(({ session }) => session), [7, 8, 9]);
  await db.interrupted()[1].discard();
  const killed = await fixture.killed().open();
  assert.deepEqual(killed.interrupted().map(({ session }) => session), [7, 9]);
});

for (const how of ["adopt", "discard"] as const) {
  for (const operation of ["writeAt", "syncData"] as const) {
    test(`${how}() whose ${operation} of the manifest fails leaves it interrupted, to be tried again`, async () => {
      const { fixture, db } = await interrupted();
      const [intent] = db.interrupted();
      fixture.fail([operation], "MANIFEST.tmp");
      await assert.rejects(intent[how](), { code: "io" });
      assert.deepEqual([db.interrupted(), seen(db)], [[intent], ["committed", "doomed"]]);
      assert.equal((await fixture.killed().open()).interrupted().length, 1);
      fixture.mend();
      await intent[how]();
      const expected = how === "adopt" ? ["committed", "a"] : ["committed", "doomed"];
      for (const each of [db, await fixture.killed().open()]) {
        assert.deepEqual([seen(each), each.interrupted()], [expected, []]);
      }
    });
  }

  test(`killed at any step of ${how}(): either it has happened, or it is still interrupted`, async () => {
    const outcomes = new Set<string>();
    for (let step = 1;; step++) {
      const { fixture, db } = await interrupted();
      let steps = 0;
      let corpse: DatabaseFixture | undefined;
      fixture.storage.before = (operation) => {
        if (["rename", "writeAt", "syncData", "remove", "syncDirectory"].includes(operation)) {
          if (++steps === step) corpse = fixture.killed();
        }
      };
      await db.interrupted()[0][how]();
      if (corpse === undefined) break;
      const again = await corpse.open();
      outcomes.add(`${again.interrupted().length} ${seen(again)} ${seen(again, "plane").length}`);
      assert.deepEqual(again.quarantined(), []);
    }
    assert.deepEqual([...outcomes], [
      "1 committed,doomed 0",
      how === "adopt" ? "0 committed,a 1" : "0 committed,doomed 0",
    ]);
  });
}

test("of two interrupted intents of one session the earlier is resolved first", async () => {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  const groups = [groupOf(1, 2), groupOf(3, 3, "abandons"), groupOf(4, 5)];
  fixture.put("sessions/7.wal", await sessionFile(7, "wal", ...groups));
  const db = await fixture.open();
  const [first, second] = db.interrupted();
  await assert.rejects(second.adopt(), { code: "stale-intent" });
  await first.discard();
  await second.adopt();
  assert.deepEqual([seen(db), db.interrupted(), fixture.files()], [[4, 5], [], []]);
});

test("sealed intents become interrupted at once when their session closes, and can be adopted", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  await session.seal();
  session.insert("line", [2], "b");
  assert.deepEqual(db.interrupted(), []);
  await assert.rejects(session.close(), { code: "uncommitted", found: 1 });
  const [intent] = db.interrupted();
  assert.deepEqual([intent.session, intent.entries, db.stats().interrupted], [session.id, 1, 1]);
  await intent.adopt();
  assert.deepEqual(seen(db), ["a"]);
  await db.close();
  assert.deepEqual(seen(await fixture.open()), ["a"]);
});

test("an intent partly sealed when its session closed is the same after the next opening", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const session = db.session();
  session.insert("line", [1], "a");
  session.insert("line", [2], "b");
  await session.seal();
  session.insert("line", [3], "c");
  await session.close().catch(() => {});
  const told = (each: Database): unknown =>
    each.interrupted().map(({ session, first, last, entries, medium }) =>
      [session, first, last, entries, medium].join()
    );
  const before = told(db);
  await db.close();
  assert.deepEqual(told(await fixture.open()), before);
});

test("a decision needs a database that is open and may be written", async () => {
  const { fixture, db } = await interrupted();
  const [intent] = db.interrupted();
  const reader = await fixture.open({ readOnly: true });
  for (const how of ["adopt", "discard"] as const) {
    await assert.rejects(reader.interrupted()[0][how](), { code: "read-only" });
  }
  await db.close();
  const before = fixture.storage.log.length;
  await assert.rejects(intent.adopt(), { code: "closed" });
  await assert.rejects(intent.discard(), { code: "closed" });
  assert.equal(fixture.storage.log.length, before, "nothing was touched without the lock");
  assert.equal((await fixture.open()).interrupted().length, 1);
});
