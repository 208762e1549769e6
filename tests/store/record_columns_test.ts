import assert from "node:assert/strict";
import { test } from "node:test";
import type { RecordColumns } from "../../mod.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";

/** The sequence numbers of the revisions, one after the other. */
function sequencesOf({ revisions, length }: RecordColumns): number[] {
  return Array.from({ length }, (_, row) => revisions[4 * row + 3]);
}

test("the revisions and values of columns are those of their moment, whenever they are asked for", async () => {
  for (const count of [3, 1000]) {
    const fixture = new DatabaseFixture();
    const db = await fixture.start();
    const line = db.space<string>("line");
    const session = db.session();
    const places = Array.from({ length: count }, (_, i) => i + 1);
    for (const place of places) session.insert(line, [place], `old ${place}`);
    await session.commit();
    await db.flush();
    session.insert(line, [2], "newer");
    await session.commit();
    const columns = line.columns();
    const late = line.columns();
    for (const place of places) session.insert(line, [place], "changed");
    await session.commit();
    session.delete(line, [3]);
    await session.commit();
    await db.compact();
    const sequences = places.map((place) => place === 2 ? count + 1 : place);
    const values = places.map((place) => place === 2 ? "newer" : `old ${place}`);
    assert.deepEqual(sequencesOf(columns), sequences);
    assert.equal(columns.revisions, columns.revisions);
    assert.deepEqual(places.map((_, row) => columns.data(row)), values);
    assert.deepEqual([-1, count, 0.5].map((row) => columns.data(row)), [
      undefined,
      undefined,
      undefined,
    ]);
    await db.close();
    assert.throws(() => late.revisions, { code: "closed" });
    assert.deepEqual(sequencesOf(columns), sequences);
    assert.throws(() => columns.data(0), { code: "closed" });
  }
});
