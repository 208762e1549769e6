import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, Session } from "../../mod.ts";
import { DatabaseFixture, isPending, seen } from "../support/database_fixture.ts";

async function started(
  count: number,
): Promise<{ fixture: DatabaseFixture; db: Database; sessions: Session[] }> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  return { fixture, db, sessions: Array.from({ length: count }, () => db.session()) };
}

test("a collision has address, sessions and revisions, newest first, one item an address", async () => {
  const { sessions: [mine, one, two] } = await started(3);
  mine.insert("plane", [4, 5], "mine");
  mine.insert("plane", [4, 5], "mine again");
  const first = one.insert("plane", [4, 5], "one");
  const second = two.insert("plane", [4, 5], "two");
  const third = one.delete("plane", [4, 5]);
  await two.commit();
  await one.commit();
  assert.deepEqual((await mine.commit()).collisions, [{
    space: "plane",
    point: [4, 5],
    sessions: [one.id, two.id],
    revisions: [third, second, first],
  }]);
});

test("a commit collides in every space and address of its own, and nowhere else", async () => {
  const { db, sessions: [mine] } = await started(1);
  mine.insert("line", [1], 1);
  mine.delete("plane", [1, 1]);
  mine.insert("line", [2], 2);
  await db.write((other) => {
    for (const x of [1, 3]) other.insert("line", [x], x);
    for (const x of [1, 2]) other.insert("plane", [x, x], x);
  });
  const { collisions } = await mine.commit();
  assert.deepEqual(collisions.map(({ space, point }) => [space, ...point]), [
    ["line", 1],
    ["plane", 1, 1],
  ]);
});

test("a foreign write with a later stamp is found (reference defect D36)", async () => {
  const { sessions: [mine, other] } = await started(2);
  mine.insert("line", [1], "mine");
  const later = other.insert("line", [1], "theirs");
  await other.commit();
  assert.deepEqual((await mine.commit()).collisions[0].revisions, [later]);
});

test("a foreign write with an earlier stamp that was committed meanwhile is found (reference defect D36)", async () => {
  const { sessions: [mine, other] } = await started(2);
  const earlier = other.insert("line", [1], "theirs");
  mine.insert("line", [1], "mine");
  await other.commit();
  assert.deepEqual((await mine.commit()).collisions[0].revisions, [earlier]);
});

test("an own newer version does not hide a foreign one below it (reference defect D36)", async () => {
  const { sessions: [mine, other] } = await started(2);
  mine.insert("line", [1], "first");
  const foreign = other.insert("line", [1], "theirs");
  await other.commit();
  mine.insert("line", [1], "second");
  assert.deepEqual((await mine.commit()).collisions[0].revisions, [foreign]);
});

test("what was committed before the first entry is no collision: its author may have read it (reference defect D36)", async () => {
  const { db, sessions: [mine] } = await started(1);
  await db.write((other) => other.insert("line", [1], "before"));
  mine.insert("line", [1], "mine");
  assert.deepEqual((await mine.commit({ collisions: "refuse" })).collisions, []);
});

test("what was read before the first entry of the next intent is no collision for that one", async () => {
  const { db, sessions: [mine] } = await started(1);
  mine.insert("line", [1], "first");
  await db.write((other) => other.insert("line", [1], "theirs"));
  const committing = mine.commit();
  mine.insert("line", [1], "second");
  assert.equal((await committing).collisions.length, 1);
  assert.deepEqual((await mine.commit()).collisions, []);
});

test("own commits never collide, of whichever intent", async () => {
  const { sessions: [mine] } = await started(1);
  for (let i = 0; i < 3; i++) {
    mine.insert("line", [1], i);
    assert.deepEqual((await mine.commit({ collisions: "refuse" })).collisions, []);
  }
});

test("nothing is read when nobody else has committed since the first entry", async () => {
  const { fixture, db, sessions: [mine] } = await started(1);
  await db.write((other) => other.insert("line", [1], "before"));
  await db.close();
  const again = await fixture.open();
  const session = again.session();
  session.insert("line", [1], "mine");
  const [run] = fixture.files("runs");
  const before = fixture.storage.count("readAt");
  await session.commit({ collisions: "refuse" });
  assert.equal(fixture.storage.count("readAt"), before, run);
  assert.throws(() => mine.insert("line", [1], 1), { code: "closed" });
});

test("a commit that refuses throws before anything is written, and leaves the intent pending", async () => {
  const { fixture, db, sessions: [mine] } = await started(1);
  mine.insert("line", [2], "mine");
  await mine.seal();
  await db.write((other) => other.insert("line", [2], "theirs"));
  const [bytes, syncs] = [fixture.bytes(`sessions/${mine.id}.wal`), fixture.syncs()];
  await assert.rejects(mine.commit({ collisions: "refuse" }), {
    code: "collision",
    outcome: undefined,
    retryable: false,
  });
  assert.throws(() => mine.commitSync({ collisions: "refuse" }), { code: "collision" });
  assert.deepEqual([fixture.bytes(`sessions/${mine.id}.wal`), fixture.syncs()], [bytes, syncs]);
  assert.deepEqual([mine.pending.entries, seen(db)], [1, ["theirs"]]);
  assert.equal((await mine.commit()).collisions.length, 1);
});

test("the error of a refused commit tells the collisions", async () => {
  const { db, sessions: [mine] } = await started(1);
  mine.insert("line", [2], "mine");
  await db.write((other) => other.insert("line", [2], "theirs"));
  const error = await mine.commit({ collisions: "refuse" }).catch((each) => each);
  assert.deepEqual(
    error.found.map(({ space, point }: { space: string; point: number[] }) => [
      space,
      point,
    ]),
    [["line", [2]]],
  );
});

test("of two refusing commits at once at one address exactly one wins", async () => {
  for (let round = 0; round < 20; round++) {
    const { db, sessions } = await started(4);
    for (const session of sessions) session.insert("line", [1], session.id);
    const outcomes = await Promise.allSettled(
      sessions.map((session) => session.commit({ collisions: "refuse" })),
    );
    const won = sessions.filter((_, i) => outcomes[i].status === "fulfilled");
    assert.equal(won.length, 1);
    assert.deepEqual(seen(db), [won[0].id]);
  }
});

test("no update is lost between refusing writers that read, add and try again", async () => {
  const { db } = await started(0);
  const add = async (): Promise<void> => {
    while (true) {
      try {
        return await db.write((session) => {
          const before = db.space<number>("line").get([1])?.data ?? 0;
          session.insert("line", [1], before + 1);
        }, { collisions: "refuse" });
      } catch (error) {
        assert.equal((error as { code?: string }).code, "collision");
      }
    }
  };
  await Promise.all(Array.from({ length: 12 }, add));
  assert.deepEqual(seen(db), [12]);
});

test("a reporting commit at an address waits for a refusing one, and then reports it", async () => {
  const { fixture, sessions: [refusing, reporting, elsewhere] } = await started(3);
  for (const session of [refusing, reporting]) session.insert("line", [1], session.id);
  elsewhere.insert("line", [2], 2);
  const release = fixture.storage.hold(`/${refusing.id}.wal`);
  const first = refusing.commit({ collisions: "refuse" });
  await isPending(first);
  const second = reporting.commit();
  await elsewhere.commit();
  assert(await isPending(second), "it waits");
  release();
  assert.deepEqual((await first).collisions, []);
  assert.deepEqual((await second).collisions.map(({ sessions }) => sessions), [[refusing.id]]);
});

test("a refusing commit waits for a reporting one at its address, and is refused", async () => {
  const { fixture, db, sessions: [refusing, reporting] } = await started(2);
  for (const session of [refusing, reporting]) session.insert("line", [1], session.id);
  const release = fixture.storage.hold(`/${reporting.id}.wal`);
  const first = reporting.commit();
  await isPending(first);
  const second = refusing.commit({ collisions: "refuse" });
  assert(await isPending(second));
  release();
  await first;
  await assert.rejects(second, { code: "collision" });
  assert.deepEqual(seen(db), [reporting.id]);
});

test("a refusing commit behind one that fails at its address goes through", async () => {
  const { fixture, db, sessions: [failing, waiting] } = await started(2);
  for (const session of [failing, waiting]) session.insert("line", [1], session.id);
  const release = fixture.storage.hold(`/${failing.id}.wal`);
  const first = failing.commit({ collisions: "refuse" });
  await isPending(first);
  const second = waiting.commit({ collisions: "refuse" });
  fixture.failSession(failing.id);
  release();
  await assert.rejects(first, { code: "poisoned" });
  assert.deepEqual((await second).collisions, []);
  assert.deepEqual(seen(db), [waiting.id]);
});

test("a blocking commit that would have to wait is busy, and its intent stays open", async () => {
  const { fixture, db, sessions: [refusing, blocking] } = await started(2);
  for (const session of [refusing, blocking]) session.insert("line", [1], session.id);
  const release = fixture.storage.hold(`/${refusing.id}.wal`);
  const first = refusing.commit({ collisions: "refuse" });
  await isPending(first);
  assert.throws(() => blocking.commitSync(), { code: "busy", retryable: true });
  blocking.insert("line", [2], "more");
  release();
  await first;
  const { entries, collisions } = blocking.commitSync();
  assert.deepEqual([entries, collisions.length], [2, 1]);
  assert.deepEqual(seen(db), [blocking.id, "more"]);
});
