import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, MemoryStorage, open } from "../../mod.ts";

const CONFIG = { dims: 1, retention: "latest" } as const;

async function start(storage: MemoryStorage = new MemoryStorage()): Promise<Database> {
  const db = await open("/db", { storage });
  await db.createSpace("s", CONFIG);
  return db;
}

async function put(db: Database, data: number | undefined, x = 1): Promise<void> {
  await db.write((session) => {
    if (data === undefined) session.delete("s", [x]);
    else session.insert("s", [x], data);
  });
}

test("what an open intent has not seen is told as a collision, though it was compacted", async () => {
  for (const versions of [[1, 2, 3], [1, undefined], [undefined, 5, undefined]]) {
    const db = await start();
    await put(db, 0);
    const session = db.session();
    session.insert("s", [1], "mine");
    for (const data of versions) {
      await put(db, data);
      await db.flush();
    }
    await db.compact();
    const { collisions } = await session.commit();
    assert.equal(collisions.length, 1);
    assert.equal(collisions[0].revisions.length, versions.length, `${versions}`);
    assert.equal(db.space("s").get([1])?.data, versions.at(-1), "the highest stamp wins");
    await session.close();
    await db.close();
  }
});

test("what was deleted stays deleted when an older intent commits late, or is adopted", async () => {
  const storage = new MemoryStorage();
  let db = await start(storage);
  await put(db, 0);
  const late = db.session();
  late.insert("s", [1], "late");
  const left = db.session();
  left.insert("s", [1], "left");
  await left.seal();
  await left.close();
  await put(db, undefined);
  await db.compact();
  await put(db, 7, 2);
  await db.compact();
  await late.commit();
  assert.equal(db.space("s").get([1]), undefined);
  await late.close();
  await db.compact();
  await db.close();
  db = await start(storage);
  const { collisions } = await db.interrupted()[0].adopt();
  assert.equal(collisions.length, 1, "the deletion came after it began");
  for (let i = 0; i < 3; i++) {
    assert.equal(db.space("s").get([1]), undefined);
    assert.equal(db.space("s").count(), 1);
    const newest = db.space("s").history([1]).next().value;
    assert(newest === undefined || newest.deleted);
    await db.compact();
  }
  await db.close();
});

test("a snapshot keeps the past that a later compaction drops", async () => {
  const db = await start();
  const stamps = [];
  for (let i = 0; i < 5; i++) {
    await put(db, i);
    stamps.push(db.space("s").get([1])!.revision);
    await db.flush();
  }
  const snapshot = db.snapshot();
  const before = stamps.map((asOf) => {
    try {
      return snapshot.space("s").get([1], { asOf })?.data;
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, "past-dropped");
      return "dropped";
    }
  });
  await db.compact();
  await put(db, 9);
  await db.compact();
  for (const [i, asOf] of stamps.entries()) {
    if (before[i] !== "dropped") {
      assert.equal(snapshot.space("s").get([1], { asOf })?.data, i);
    }
    try {
      assert.equal(db.space("s").get([1], { asOf })?.data, i);
    } catch (error) {
      assert.equal((error as { code?: unknown }).code, "past-dropped");
    }
  }
  assert.equal(before.at(-1), 4);
  await db.close();
});
