import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordColumns } from "../../mod.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";

/** The sequence numbers of the revisions, one after the other. */
function sequencesOf({ revisions, length }: RecordColumns): number[] {
  return Array.from({ length }, (_, row) => revisions[4 * row + 3]);
}

test("the revisions and values of columns are those of their moment, whenever they are asked for", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const line = db.space<string>("line");
  const session = db.session();
  for (const place of [1, 2, 3]) session.insert(line, [place], `old ${place}`);
  await session.commit();
  await db.flush();
  session.insert(line, [2], "newer");
  await session.commit();
  const columns = line.columns();
  const again = line.columns();
  const late = line.columns();
  for (const place of [1, 2, 3]) session.insert(line, [place], "changed");
  await session.commit();
  session.delete(line, [3]);
  await session.commit();
  await db.compact();
  assert.deepEqual(sequencesOf(columns), [1, 4, 3]);
  assert.equal(columns.revisions, columns.revisions);
  assert.deepEqual([0, 1, 2].map((row) => columns.data(row)), ["old 1", "newer", "old 3"]);
  assert.deepEqual([-1, 3, 0.5].map((row) => columns.data(row)), [undefined, undefined, undefined]);
  assert.deepEqual({ ...again }.revisions, columns.revisions);
  again.revisions = new Uint32Array(1);
  assert.deepEqual(again.revisions, new Uint32Array(1));
  await db.close();
  assert.throws(() => late.revisions, { code: "closed" });
  assert.deepEqual(sequencesOf(columns), [1, 4, 3]);
});
