import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, HyperedgeInput, ReadOptions, Revision, Session } from "../../mod.ts";
import { DatabaseFixture, WRITING } from "../support/database_fixture.ts";

const PLACES = [0, 1, 2, 3, 4, 5];

function edge(id: bigint, ...places: number[]): HyperedgeInput {
  return { id, kind: "nears", endpoints: places.map((x) => ({ space: "line", point: [x] })) };
}

/** Rows, as of now and of every version of an edge, say what the edges themselves say. */
function checkRows(db: Database, stamps: readonly Revision[]): number {
  const net = db.graph("net");
  const moments: ReadOptions[] = [{}, ...stamps.map((asOf) => ({ asOf }))];
  for (const options of moments) {
    const edges = net.edges({}, options).toArray();
    for (const x of PLACES) {
      const expected = edges.filter(({ endpoints }) =>
        endpoints.some(({ point }) => point[0] === x)
      );
      const found = net.incident({ space: "line", point: [x] }, {}, options).toArray();
      assert.deepEqual(found, expected, `place ${x} as of ${options.asOf ?? "now"}`);
    }
  }
  return moments.length;
}

test("a kill at any step of flushes, merges and adoptions leaves rows that agree with the edges", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.createGraph("net");
  const killed: DatabaseFixture[] = [];
  fixture.storage.before = (operation) => {
    if (WRITING.includes(operation)) killed.push(fixture.killed());
  };
  const stamps: Revision[] = [];
  const relate = (session: Session, ...edges: HyperedgeInput[]): void => {
    for (const each of edges) stamps.push(session.relate("net", each).revision);
  };
  const late = db.session();
  relate(late, edge(1n, 4, 5)); // Older than all that follows, and adopted last.
  await db.write((session) => relate(session, edge(1n, 0, 1), edge(2n, 0, 2)));
  await db.flush();
  await db.write((session) => relate(session, edge(1n, 1, 3), edge(3n, 0, 3)));
  await late.seal();
  await late.close();
  await db.flush();
  await db.write((session) => stamps.push(session.unrelate("net", 2n)));
  await db.compact();
  await db.interrupted()[0].adopt();
  await db.write((session) => relate(session, edge(2n, 2, 5)));
  await db.close();
  fixture.mend();
  let asked = 0;
  for (const each of killed) {
    const again = await each.open();
    asked += checkRows(again, stamps);
    await again.interrupted()[0]?.adopt();
    asked += checkRows(again, stamps);
    await again.close();
    const third = await each.open();
    asked += checkRows(third, stamps);
    await third.close();
  }
  assert(killed.length > 60 && asked > 300, `${killed.length} kills, ${asked} moments`);
});

test("rows are derived once: what was read, snapshotted or flushed is not derived again", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const net = await db.createGraph("net");
  const bytesOf = (): number => db.stats().tailBytes;
  const relate = (id: bigint) => db.write((session) => session.relate("net", edge(id, 0, 1)));
  await relate(1n);
  const before = bytesOf();
  net.degree({ space: "line", point: [0] });
  const derived = bytesOf();
  assert(derived > before, "rows take room");
  assert.equal(db.stats().tailEntries, 1);
  db.snapshot()[Symbol.dispose]();
  net.degree({ space: "line", point: [1] });
  assert.equal(bytesOf(), derived);
  await relate(2n);
  db.snapshot()[Symbol.dispose]();
  assert.equal(bytesOf(), 2 * derived);
  await db.flush();
  net.degree({ space: "line", point: [0] });
  assert.equal(bytesOf(), 0);
  assert.deepEqual(fixture.files("runs").length, 2);
  await db.close();
});

test("thousands of edges committed without a reader are derived in one flush, beside commits", async () => {
  const db = await new DatabaseFixture().start();
  const net = await db.createGraph("net");
  const many = (from: number) =>
    Array.from({ length: 3000 }, (_, i) => edge(BigInt(from + i), i % 6, (i + 1) % 6));
  await db.write((session) => session.relateMany("net", many(1)));
  const flushing = db.flush();
  await db.write((session) => session.relateMany("net", many(1001)));
  await flushing;
  await db.flush();
  const sum = PLACES.reduce((total, x) => total + net.degree({ space: "line", point: [x] }), 0);
  assert.equal(sum, 2 * 4000);
  await db.close();
});
