import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ClosedError,
  type Database,
  type EdgeFault,
  type HyperedgeInput,
  InvalidArgumentError,
  InvalidEdgeError,
  MemoryStorage,
  NotFoundError,
  open,
  Revision,
} from "../../mod.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";

const NOON_MS = Date.UTC(2026, 10, 22, 12);

async function started(): Promise<{ fixture: DatabaseFixture; db: Database }> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.createGraph("net", { kinds: { feeds: "directed" }, unknownKinds: "reject" });
  return { fixture, db };
}

function feeds(from: number, to: number, id?: bigint): HyperedgeInput {
  return {
    kind: "feeds",
    ...id === undefined ? {} : { id },
    endpoints: [
      { space: "line", point: [from], polarity: "tail" },
      { space: "line", point: [to], polarity: "head" },
    ],
  };
}

test("ids are minted from the session and a counter from 1, and skip nothing", async () => {
  const { db } = await started();
  const session = db.session();
  const base = BigInt(session.id) << 32n;
  assert.equal(session.relate("net", feeds(1, 2)).id, base + 1n);
  assert.throws(() => session.relate("net", { ...feeds(1, 2), kind: "other" }), InvalidEdgeError);
  assert.equal(session.relate("net", feeds(1, 2, 77n)).id, 77n);
  assert.equal(session.relate("net", feeds(1, 2)).id, base + 2n);
  const { ids } = session.relateMany("net", [feeds(1, 2), feeds(1, 2, 78n), feeds(1, 2)]);
  assert.deepEqual(ids, [base + 3n, 78n, base + 4n]);
  assert.equal(session.relate("net", feeds(1, 2)).id, base + 5n);
  await session.commit();
  assert.equal(db.graph("net").edges().toArray().length, 7);
  await db.close();
});

test("db.write mints no id twice, though it uses a session again", async () => {
  const { db } = await started();
  const ids = new Set<bigint>();
  for (let i = 0; i < 3; i++) {
    ids.add(await db.write((session) => session.relate("net", feeds(i, 2)).id));
  }
  assert.equal(ids.size, 3);
  assert.equal(db.graph("net").edges().toArray().length, 3);
  await db.close();
});

test("an edge that breaks a rule takes no stamp and leaves nothing pending", async () => {
  const { db } = await started();
  const session = db.session();
  const { revision } = session.relate("net", feeds(1, 2));
  assert.throws(
    () => session.relate("net", { ...feeds(1, 2), endpoints: [] }),
    { code: "invalid-edge", rule: "endpoints" },
  );
  assert.throws(() => session.unrelate("net", -1n), { code: "invalid-edge", rule: "id" });
  assert.throws(() => session.unrelate("net", undefined as never), { rule: "id" });
  assert.equal(session.pending.entries, 1);
  assert.equal(session.unrelate("net", 4n).sequence, revision.sequence + 1);
  await session.abandon();
  await db.close();
});

test("a graph is found by name or handle of this database, and a space is none", async () => {
  const { db } = await started();
  const other = await started();
  const session = db.session();
  session.relate(db.graph("net"), feeds(1, 2));
  assert.throws(() => session.relate("nowhere", feeds(1, 2)), NotFoundError);
  assert.throws(() => session.relate("line", feeds(1, 2)), NotFoundError);
  assert.throws(() => session.insert("net", [1, 2], 0), NotFoundError);
  assert.throws(() => session.relate(other.db.graph("net"), feeds(1, 2)), InvalidArgumentError);
  assert.throws(() => session.relate(undefined as never, feeds(1, 2)), InvalidArgumentError);
  await session.abandon();
  await session.close();
  assert.throws(() => session.relate("net", feeds(1, 2)), ClosedError);
  assert.throws(() => session.relateMany("net", []), ClosedError);
  assert.throws(() => session.unrelate("net", 1n), ClosedError);
  await db.close();
  await other.db.close();
});

const bad = { ...feeds(1, 2, 9n), kind: "other" };

test("relateMany() within the budget relates the good edges and tells of the bad", async () => {
  const { db } = await started();
  const result = await db.write((session) =>
    session.relateMany("net", [bad, feeds(1, 2), { ...feeds(1, 2), endpoints: [] }, feeds(3, 4)], {
      errorBudget: 2,
    })
  );
  const { first, last, ids, entries, errors } = result;
  assert.equal(entries, 2);
  assert.deepEqual(ids.map((id) => id !== undefined), [false, true, false, true]);
  assert.equal(last!.sequence, first!.sequence + 1);
  assert.deepEqual(errors.map(({ index, id, code, rule }) => ({ index, id, code, rule })), [
    { index: 0, id: 9n, code: "invalid-edge", rule: "unknown-kind" },
    { index: 2, id: undefined, code: "invalid-edge", rule: "endpoints" },
  ]);
  assert.match(errors[0].message, /"other"/);
  assert.deepEqual(db.graph("net").edges().toArray().map(({ id }) => id), [ids[1], ids[3]]);
  await db.close();
});

test("relateMany() reads the id of an edge once, also of one that is bad", async () => {
  const { db } = await started();
  const session = db.session();
  const reads = [0, 0, 0];
  const once = (edge: HyperedgeInput, index: number, id: bigint): HyperedgeInput =>
    Object.defineProperty({ ...edge }, "id", {
      get: () => {
        if (reads[index]++ === 0) return id;
        throw new TypeError("read again");
      },
    });
  const tooLarge = { ...feeds(1, 2), properties: { bytes: new Uint8Array(64 * 1024 * 1024) } };
  const edges = [once(bad, 0, 9n), once(bad, 1, -1n), once(tooLarge, 2, 11n)];
  const { errors } = session.relateMany("net", edges, { errorBudget: 3 });
  assert.deepEqual(errors.map(({ id, rule }) => [id, rule]), [
    [9n, "unknown-kind"],
    [-1n, "id"],
    [11n, "properties"],
  ]);
  assert.deepEqual(reads, [1, 1, 1]);
  assert.throws(() => session.relate("net", bad), { rule: "unknown-kind", id: 9n });
  await db.close();
});

test("relateMany() beyond the budget relates nothing, and the error tells of all that are bad", async () => {
  const { db } = await started();
  const session = db.session();
  const edges = [feeds(1, 2), bad, bad, feeds(3, 4)];
  for (const options of [undefined, {}, { errorBudget: 1 }]) {
    assert.throws(() => session.relateMany("net", edges, options), (error) => {
      assert(error instanceof InvalidEdgeError);
      assert.equal(error.rule, "unknown-kind");
      const errors: readonly EdgeFault[] = error.errors!;
      assert.deepEqual(errors.map(({ index }) => index), [1, 2]);
      return true;
    });
  }
  assert.equal(session.pending.entries, 0);
  assert.equal(session.relate("net", feeds(1, 2)).id & 0xffff_ffffn, 1n);
  await session.abandon();
  await db.close();
});

test("relateMany() of nothing, and of nothing good, writes nothing", async () => {
  const { db } = await started();
  const session = db.session();
  for (const edges of [[], [bad]]) {
    const { entries, first, last, ids } = session.relateMany("net", edges, {
      errorBudget: Infinity,
    });
    assert.deepEqual([entries, first, last, ids.length], [0, undefined, undefined, edges.length]);
  }
  assert.equal(session.pending.entries, 0);
  for (const wrong of [null, 7, { length: 1 }]) {
    assert.throws(() => session.relateMany("net", wrong as never), InvalidArgumentError);
  }
  for (const errorBudget of [-1, 0.5, NaN, "1"]) {
    const options = { errorBudget: errorBudget as number };
    assert.throws(() => session.relateMany("net", [], options), InvalidArgumentError);
  }
  await db.close();
});

test("what gives the edges may close the session: then nothing is written", async () => {
  const { db } = await started();
  const session = db.session();
  let closing: Promise<void> | undefined;
  function* edges(): Generator<HyperedgeInput> {
    yield feeds(1, 2);
    closing = session.close();
  }
  assert.throws(() => session.relateMany("net", edges()), ClosedError);
  await closing;
  await db.close();
});

test("the same id twice in one intent: the later wins, and the earlier is the past", async () => {
  const { db } = await started();
  const net = db.graph("net");
  const session = db.session();
  const { revision } = session.relate("net", feeds(1, 2, 5n));
  session.relate("net", feeds(3, 4, 5n));
  await session.commit();
  const degrees = (asOf?: typeof revision) =>
    [1, 3].map((x) => net.degree({ space: "line", point: [x] }, {}, asOf && { asOf }));
  assert.deepEqual(degrees(), [0, 1]);
  assert.deepEqual(degrees(revision), [1, 0]);
  await db.close();
});

test("one edge related by two sessions is a collision that names the graph and the words of the id", async () => {
  const { db } = await started();
  const [a, b] = [db.session(), db.session()];
  const id = 2n ** 32n * 3n + 4n;
  a.relate("net", feeds(1, 2, id));
  b.relate("net", feeds(3, 4, id));
  b.unrelate("net", 8n);
  assert.deepEqual((await a.commit()).collisions, []);
  await assert.rejects(b.commit({ collisions: "refuse" }), { code: "collision" });
  const { collisions } = await b.commit();
  assert.deepEqual(collisions.map(({ space, point, sessions }) => [space, point, sessions]), [
    ["net", [3, 4], [a.id]],
  ]);
  await db.close();
});

test("an edge cannot be valid to what the database's clock has passed, though the wall clock went back", async () => {
  const { fixture, db } = await started();
  await db.write((session) => session.insert("line", [1], "newest"));
  fixture.clock.ms -= 60_000;
  const relate = (validTo: Date): Promise<bigint> =>
    db.write((session) => session.relate("net", { ...feeds(1, 2), validTo }).id);
  await assert.rejects(relate(new Date(fixture.clock.ms + 59_999)), { rule: "validity" });
  const edge = db.graph("net").get(await relate(new Date(fixture.clock.ms + 60_000)))!;
  assert.equal(
    db.graph("net").degree({ space: "line", point: [1] }, {}, { asOf: edge.revision }),
    1,
  );
  await db.close();
});

test("stamps that a property takes while it is read count as passed for validTo, too", async () => {
  const { db } = await started();
  const other = db.session();
  const session = db.session();
  const newest = other.insert("line", [1], "now");
  const { physicalMs, logical } = newest;
  const validTo = new Revision(physicalMs, logical + 3, 0, 0);
  const properties = {
    get busy(): number {
      for (let i = 0; i < 9; i++) other.insert("line", [1], i);
      return 1;
    },
  };
  assert.throws(() => session.relate("net", { ...feeds(1, 2), validTo, properties }), {
    code: "invalid-edge",
    rule: "validity",
  });
  assert.equal(session.pending.entries, 0);
  await other.abandon();
  await db.close();
});

test("a clock that writes is refused, and nothing of either write happens", async () => {
  let write: (() => void) | undefined;
  const storage = new MemoryStorage();
  const clock = {
    nowMs(): number {
      write?.();
      return NOON_MS;
    },
  };
  await using db = await open("/db", { storage, clock });
  await db.createSpace("line", { dims: 1 });
  await db.createGraph("net");
  const session = db.session();
  const other = db.session();
  write = () => other.insert("line", [7], "from within");
  const refused = {
    code: "invalid-argument",
    message: /nowMs\(\) tells the time and does nothing else/,
  };
  assert.throws(() => session.insert("line", [1], "outer"), refused);
  assert.throws(() => other.insert("line", [1], "outer"), refused);
  write = undefined;
  assert.equal(session.pending.entries + other.pending.entries, 0);
  session.insert("line", [1], "later");
  await session.commit();
  assert.equal(db.space("line").count(), 1);
});
