import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MemoryStorage, open, type SpatialRecord } from "../../mod.ts";
import { chooseRuns } from "../../lib/store/compaction.ts";
import type { RunRecord } from "../../lib/store/manifest_state.ts";
import { settled } from "../support/database_fixture.ts";
import { errno, FaultStorage } from "../support/fault_storage.ts";

function run(id: number, bytes: number): RunRecord {
  return { id, space: 1, entries: 1, bytes };
}

function lines(records: Iterable<SpatialRecord>): string[] {
  return Array.from(
    records,
    ({ point, revision, data, deleted }) => `${point} ${revision} ${data} ${deleted}`,
  );
}

test("chooseRuns() merges eight of one tier, the lowest tier first, and all when asked for all", () => {
  const small = Array.from({ length: 8 }, (_, i) => run(i, 1000 + i));
  const large = Array.from({ length: 8 }, (_, i) => run(10 + i, 100_000 + i));
  assert.deepEqual(chooseRuns([...large, ...small], false), small);
  assert.deepEqual(chooseRuns(large, false), large);
  assert.deepEqual(chooseRuns([...small.slice(1), ...large.slice(1)], false), []);
  assert.deepEqual(chooseRuns([small[0], large[0]], true), [small[0], large[0]]);
  assert.deepEqual(chooseRuns([small[0]], true), []);
});

test("chooseRuns() gives the largest run all others when they are as much as it, and four", () => {
  const bottom = run(1, 100_000_000);
  const above = (bytes: number, count: number): RunRecord[] =>
    Array.from({ length: count }, (_, i) => run(2 + i, bytes));
  assert.deepEqual(chooseRuns([bottom, ...above(24_900_000, 4)], false), []);
  assert.deepEqual(chooseRuns([bottom, ...above(40_000_000, 3)], false), []);
  assert.deepEqual(chooseRuns([bottom, run(2, 100_000_000)], false), []);
  const all = [...above(25_000_000, 4), bottom];
  assert.deepEqual(chooseRuns(all, false), all);
  assert.deepEqual(chooseRuns(above(1000, 5), false), []); // Not worth a file.
});

test("flushing again and again keeps the number of run files small, and loses no version", async () => {
  const storage = new MemoryStorage();
  let db = await open("/db", { storage });
  await db.createSpace("line", { dims: 1 });
  for (let i = 0; i < 70; i++) {
    await db.write((session) => {
      session.insert("line", [i % 5], i);
      session.insert("line", [100 + i], i);
    });
    await db.flush();
    // Eight are merged in the background: here commits never let it go on by themselves.
    for (let turns = 0; turns < 500 && db.stats().runs > 8; turns++) await settled();
    assert(db.stats().runs <= 8, `${db.stats().runs} runs after ${i}`);
    assert.equal(db.stats().compactionFailure, undefined);
  }
  assert.equal(storage.list("/db/runs").length, db.stats().runs);
  for (let i = 0; i < 2; i++) {
    const space = db.space<number>("line");
    assert.equal(space.count(), 75);
    assert.deepEqual(
      space.history([3]).map(({ data }) => data).toArray(),
      Array.from({ length: 14 }, (_, k) => 68 - 5 * k),
    );
    await db.close();
    db = await open("/db", { storage });
  }
  await db.close();
});

test("whatever is flushed, compacted and reopened, every reader sees the same as before", async () => {
  const step = fc.record({
    points: fc.array(fc.tuple(fc.nat(6), fc.nat(6), fc.boolean()), { maxLength: 12 }),
    then: fc.constantFrom("nothing", "flush", "flush", "compact", "reopen"),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 30 }), async (steps) => {
      const storage = new MemoryStorage();
      const kept = { storage, clock: { nowMs: () => 1_795_000_000_000 }, cacheBytesMax: 0 };
      let db = await open("/db", kept);
      await db.createSpace("plane", { dims: 2, bits: 3 });
      for (const { points, then } of steps) {
        await db.write((session) => {
          for (const [x, y, deletes] of points) {
            if (deletes) session.delete("plane", [x, y]);
            else session.insert("plane", [x, y], x * y);
          }
        });
        const before = lines(db.space("plane").query(undefined, { tombstones: true }));
        const past = lines(db.space("plane").history([3, 3]));
        const snapshot = db.snapshot();
        const half = db.space("plane").query();
        const first = half.next().value;
        if (then === "flush") await db.flush();
        if (then === "compact") await db.compact("plane");
        assert.deepEqual(
          lines(snapshot.space("plane").query(undefined, { tombstones: true })),
          before,
        );
        const rest = lines(half);
        if (first !== undefined) rest.unshift(...lines([first]));
        assert.deepEqual(rest, before.filter((line) => line.endsWith("false")));
        if (then === "reopen") {
          await db.close();
          db = await open("/db", kept);
        }
        if (then === "compact") assert(db.stats().runs <= 1);
        assert.deepEqual(lines(db.space("plane").query(undefined, { tombstones: true })), before);
        assert.deepEqual(lines(db.space("plane").history([3, 3])), past);
        snapshot[Symbol.dispose]();
      }
      await db.close();
    }),
    { numRuns: 40 },
  );
});

test("a compaction that fails at any operation changes nothing, and nothing is left of it", async () => {
  for (let at = 0;; at++) {
    const storage = new FaultStorage();
    const db = await open("/db", { storage });
    await db.createSpace("line", { dims: 1 });
    for (let i = 0; i < 3; i++) {
      await db.write((session) => session.insert("line", [i], i));
      await db.flush();
    }
    let count = 0;
    let met = false;
    storage.before = (operation) => {
      if (!["open", "writeAt", "syncData", "rename", "syncDirectory"].includes(operation)) return;
      if (count++ !== at) return;
      met = true;
      throw errno("ENOSPC");
    };
    await db.compact().catch((error) => assert.match(error.code, /no-space|poisoned/));
    storage.before = () => {};
    assert.equal(db.space("line").count(), 3, `operation ${at}`);
    await db.write((session) => session.insert("line", [9], 9));
    await db.close().catch((error) => assert.equal(error.code, "poisoned"));
    const again = await open("/db", { storage });
    assert.equal(again.space("line").count(), 4, `operation ${at}`);
    assert.equal(storage.list("/db/runs").length, again.stats().runs, `operation ${at}`);
    await again.close();
    if (!met) break;
  }
});

test("a damaged run is never merged: it stays, and is told", async () => {
  const storage = new MemoryStorage();
  const db = await open("/db", { storage });
  await db.createSpace("line", { dims: 1 });
  for (let i = 0; i < 2; i++) {
    await db.write((session) => session.insert("line", [i], i));
    await db.flush();
  }
  await db.close();
  const file = storage.open("/db/runs/1.run", { write: true });
  file.writeAt(Uint8Array.of(0xa5), 68);
  const again = await open("/db", { storage });
  await assert.rejects(again.compact("line"), { code: "corrupt", file: "/db/runs/1.run" });
  assert.equal(again.stats().runs, 2);
  assert.deepEqual(storage.list("/db/runs").sort(), ["1.run", "2.run"]);
  await again.close();
});

test("a reader beside a writer that compacts starts over when a run file is gone, and keeps those it has", async () => {
  const storage = new FaultStorage();
  const db = await open("/db", { storage });
  await db.createSpace("line", { dims: 1 });
  for (let i = 0; i < 3; i++) {
    await db.write((session) => session.insert("line", [i], i));
    await db.flush();
  }
  const early = await open("/db", { storage, readOnly: true });
  let compacting: Promise<void> | undefined;
  storage.before = (operation, path) => {
    if (operation !== "open" || !path.endsWith("/3.run")) return;
    storage.before = () => {};
    compacting = db.compact(); // While the reader is between the manifest and the files.
  };
  const late = await open("/db", { storage, readOnly: true });
  await compacting;
  for (const reader of [early, late]) {
    assert.equal(reader.space("line").count(), 3);
    await reader.close();
  }
  await db.close();
});

test("a snapshot taken before anybody read its space outlives a compaction", async () => {
  const storage = new MemoryStorage();
  const db = await open("/db", { storage });
  await db.createSpace("line", { dims: 1 });
  for (let i = 0; i < 3; i++) {
    await db.write((session) => session.insert("line", [i], i));
    await db.flush();
  }
  await db.close();
  const again = await open("/db", { storage });
  const snapshot = again.snapshot();
  await again.compact();
  assert.equal(snapshot.space("line").count(), 3);
  assert.equal(again.space("line").count(), 3);
  await again.close();
});

test("a damaged run keeps no other space from being merged, nor its own", async () => {
  const storage = new MemoryStorage();
  let db = await open("/db", { storage });
  for (const name of ["damaged", "whole"]) await db.createSpace(name, { dims: 1 });
  const commit = (): Promise<unknown> =>
    db.write((session) => {
      for (const name of ["damaged", "whole"]) session.insert(name, [1], 1);
    });
  await commit();
  await db.close();
  storage.open("/db/runs/1.run", { write: true }).writeAt(Uint8Array.of(0xa5), 68);
  db = await open("/db", { storage });
  for (let i = 0; i < 40; i++) {
    await commit();
    await db.flush();
  }
  for (let turns = 0; turns < 500 && db.stats().runs > 18; turns++) await settled();
  assert(db.stats().runs <= 18, `${db.stats().runs} runs`);
  assert.throws(() => db.space("damaged").get([1]), { code: "corrupt" });
  assert.equal(db.space("whole").history([1]).toArray().length, 41);
  await db.close();
});

test("an iteration that failed is not gone on with", async () => {
  const storage = new FaultStorage();
  const db = await open("/db", { storage, cacheBytesMax: 0 });
  await db.createSpace("line", { dims: 1 });
  await db.write((session) => {
    for (let i = 0; i < 600; i++) session.insert("line", [i], i);
  });
  await db.flush();
  const records = db.space("line").query();
  records.next();
  storage.failNext("readAt");
  assert.throws(() => records.toArray(), { code: "io" });
  assert.throws(() => records.next(), { code: "io" });
  assert.equal(db.space("line").query().toArray().length, 600);
  await db.close();
});
