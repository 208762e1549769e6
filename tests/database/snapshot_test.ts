import assert from "node:assert/strict";
import { test } from "node:test";
import { openCore } from "../../lib/database/opening.ts";
import { checkOpenOptions } from "../../lib/database/options.ts";
import { snapshotOf } from "../../lib/database/snapshot.ts";
import { DatabaseFixture, ROOT } from "../support/database_fixture.ts";
import { HandleStorage } from "../support/handle_storage.ts";

test("close() closes run files that were merged into others, whoever still holds a snapshot", async () => {
  const storage = new HandleStorage();
  const db = await new DatabaseFixture(storage).start();
  const commit = async (value: number): Promise<void> => {
    await db.write((session) => session.insert("line", [1], value));
    await db.flush();
  };
  await commit(0);
  await commit(1);
  const snapshot = db.snapshot();
  const before = snapshot.space("line");
  const half = db.space("line").history([1]);
  half.next();
  await commit(2);
  await db.compact();
  assert.equal(before.get([1])?.data, 1);
  assert.equal(storage.handles.filter((path) => path.endsWith(".run")).length, 4);
  await db.close();
  assert.deepEqual(storage.handles, []);
  for (const read of [() => before.get([1]), () => half.next(), () => snapshot.space("line")]) {
    assert.throws(read, { code: "closed" });
  }
});

test("a snapshot that was released holds nothing, nor do its readers", async () => {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  const { storage, clock } = fixture;
  const { core } = await openCore(ROOT, checkOpenOptions({ storage, clock }));
  const view = core.graphs.view();
  core.graphs.view = () => view;
  const snapshot = snapshotOf(core);
  const reader = snapshot.space("line");
  assert.equal(reader.count(), 0);
  assert.equal(view.tables.size, 2);
  snapshot[Symbol.dispose]();
  assert.equal(view.tables.size, 0);
  assert.throws(() => reader.count(), { code: "closed", message: /released/ });
  snapshot[Symbol.dispose]();
});
