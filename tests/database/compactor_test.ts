import assert from "node:assert/strict";
import { test } from "node:test";
import { type Database, type OpenOptions, Revision } from "../../mod.ts";
import { openCore } from "../../lib/database/opening.ts";
import { checkOpenOptions } from "../../lib/database/options.ts";
import { EntryList } from "../../lib/segment/entry_list.ts";
import { aligned } from "../../lib/store/page_columns.ts";
import { TRAILER_BYTES } from "../../lib/store/run_footer.ts";
import { DatabaseFixture, ROOT, settled } from "../support/database_fixture.ts";
import { version } from "../support/runs.ts";

const LATEST = { dims: 1, retention: "latest" } as const;

async function started(
  options: OpenOptions = {},
): Promise<{ fixture: DatabaseFixture; db: Database }> {
  const fixture = new DatabaseFixture();
  const db = await fixture.open(options);
  await db.createSpace("all", { dims: 1 });
  await db.createSpace("latest", LATEST);
  return { fixture, db };
}

/** Commits values at places 0, 1, 2 ...; undefined deletes. */
async function put(db: Database, space: string, values: readonly unknown[]): Promise<Revision> {
  let last: Revision | undefined;
  await db.write((session) => {
    values.forEach((value, x) => {
      last = value === undefined ? session.delete(space, [x]) : session.insert(space, [x], value);
    });
  });
  return last!;
}

/** So many run files, each of a commit of 600 entries. */
async function runs(db: Database, count: number): Promise<void> {
  for (let i = 0; i < count; i++) {
    await put(db, "all", Array.from({ length: 600 }, (_, x) => x + i));
    await db.flush();
  }
}

async function until(holds: () => boolean): Promise<void> {
  for (let turns = 0; turns < 500 && !holds(); turns++) await settled();
  assert(holds());
}

function contentOf(db: Database, space: string): string[] {
  return db.space(space).query(undefined, { tombstones: true })
    .map(({ point, revision, data }) => `${point} ${revision} ${data}`).toArray();
}

function justBelow({ physicalMs, logical, session, sequence }: Revision): Revision {
  return new Revision(physicalMs, logical, session, sequence - 1);
}

test("eight runs become one in the background, without a call", async () => {
  const { fixture, db } = await started();
  await runs(db, 8);
  await until(() => db.stats().runs === 1);
  assert.deepEqual(fixture.files("runs").length, 1);
  assert.equal(db.space("all").history([5]).toArray().length, 8);
  assert.equal(db.stats().compactionFailure, undefined);
  await db.close();
});

test("compact() makes one of what was there, and leaves what was flushed meanwhile beside it", async () => {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  const { storage, clock } = fixture;
  const { core } = await openCore(ROOT, checkOpenOptions({ storage, clock }));
  const [one, two] = ["line", "plane"].map((name) => core.store.byName(name)!.id);
  let sequence = 0;
  const flushed = async (): Promise<number> => {
    const entry = version([7, 7], ++sequence);
    const line = { ...entry, address: { space: one, point: [7] } };
    const plane = { ...entry, address: { space: two, point: [7, 7] } };
    core.store.publish(sequence, EntryList.of([line, plane]));
    await core.flushNow();
    return core.manifest.state.runs.length;
  };
  while (await flushed() < 6);
  const merge = core.store.merge.bind(core.store);
  const merged: number[] = [];
  core.store.merge = async (...order) => {
    assert(merged.push(order[1].length) < 9, "it merges again and again");
    await flushed(); // Somebody writes beside each merge.
    return await merge(...order);
  };
  await core.compact("line");
  assert.deepEqual(merged, [3]);
  await core.compact(undefined);
  assert.deepEqual(merged, [3, 4, 2], "all that was flushed before the second call");
  assert.equal(core.store.space("line").history([7]).toArray().length, sequence);
});

test("a merge of which nothing is kept leaves no run file, and the past is refused", async () => {
  const { fixture, db } = await started();
  await put(db, "latest", [1, 2, 3]);
  await db.flush();
  const deleted = await put(db, "latest", [undefined, undefined, undefined]);
  await put(db, "all", [1]); // So that the deletion is below the clock's last stamp.
  await db.compact();
  assert.deepEqual([db.stats().runs, fixture.files("runs").length], [1, 1]);
  assert.deepEqual(contentOf(db, "latest"), []);
  await db.close();
  const again = await fixture.open();
  const space = again.space("latest");
  assert.deepEqual([again.stats().runs, space.count(), contentOf(again, "latest")], [1, 0, []]);
  assert.equal(space.count(undefined, { asOf: deleted }), 0);
  assert.throws(() => space.count(undefined, { asOf: justBelow(deleted) }), {
    code: "past-dropped",
  });
  await put(again, "latest", ["new"]);
  assert.equal(space.get([0])?.data, "new");
  await again.close();
});

test("the past is refused up to the revision, exact from it on, now and when opened again", async () => {
  const { fixture, db } = await started();
  const stamps: Revision[] = [];
  for (let i = 0; i < 4; i++) {
    stamps.push(await put(db, "latest", [i]));
    await db.flush();
  }
  const beside = await put(db, "latest", ["x", "beside"]);
  await db.compact();
  for (let openings = 0; openings < 3; openings++) {
    const opened = openings === 0 ? db : await fixture.open({ readOnly: openings === 1 });
    const space = opened.space("latest");
    const [dropped] = space.history([0]);
    const at = (asOf: Revision): unknown => space.get([0], { asOf })?.data;
    assert.equal(at(dropped.revision), "x");
    assert.equal(at(beside), "x");
    assert.equal(space.get([1], { asOf: dropped.revision }), undefined);
    for (const asOf of [justBelow(dropped.revision), ...stamps, new Date(0)]) {
      for (
        const ask of [
          () => space.get([0], { asOf }),
          () => space.count(undefined, { asOf }),
          () => space.columns(undefined, { asOf }),
          () => space.nearest([0], 1, { asOf }),
          () => space.query(undefined, { asOf }).next(),
        ]
      ) assert.throws(ask, { code: "past-dropped", retryable: false });
    }
    await opened.close();
  }
});

test("a snapshot and a half read query are what they were, after merges that drop", async () => {
  const { fixture, db } = await started();
  const values = Array.from({ length: 300 }, (_, x) => x);
  const first = await put(db, "latest", values);
  await db.flush();
  const second = await put(db, "latest", values.map((x) => x % 3 === 0 ? undefined : -x));
  await db.flush();
  const snapshot = db.snapshot();
  const before = contentOf(db, "latest");
  const half = db.space("latest").query(undefined, { tombstones: true });
  const read = half.take(5).toArray().length;
  for (let i = 0; i < 3; i++) {
    await put(db, "latest", values.map((x) => x % 2 === 0 ? undefined : x * 10 + i));
    await db.compact();
  }
  assert.equal(fixture.files("runs").length, 1);
  const space = snapshot.space("latest");
  assert.equal(read, 5);
  assert.deepEqual(
    space.query(undefined, { tombstones: true })
      .map(({ point, revision, data }) => `${point} ${revision} ${data}`).toArray(),
    before,
  );
  assert.equal(space.count(undefined, { asOf: first }), 300);
  assert.equal(space.count(undefined, { asOf: second }), 200);
  assert.equal(space.history([3]).toArray().length, 2);
  assert.throws(() => db.space("latest").count(undefined, { asOf: first }), {
    code: "past-dropped",
  });
  await db.close();
});

test("a database that is closed amid a merge gives it up: no file of it is left", async () => {
  const { fixture, db } = await started({ cacheBytesMax: 0 });
  await runs(db, 7);
  let reads = 0;
  fixture.storage.before = (operation, path) => {
    if (operation !== "readAt" || !path.endsWith(".run")) return;
    reads++;
    const end = performance.now() + 5; // So slow that the merge pauses after each page.
    while (performance.now() < end);
  };
  await runs(db, 1);
  await until(() => reads > 8);
  assert.equal(fixture.files("runs").length, 9, "the merge is at work");
  await db.close();
  fixture.mend();
  assert(reads < 8 * 3 * 2, `${reads} pages and values of eight runs were read`);
  assert.deepEqual(fixture.files("runs"), [1, 2, 3, 4, 5, 6, 7, 8].map((id) => `${id}.run`));
  const again = await fixture.open();
  assert.equal(again.stats().runs, 8);
  assert.equal(again.space("all").history([7]).toArray().length, 8);
  await again.close();
});

test("compact() of a database that is closed meanwhile is closed, and leaves no file", async () => {
  const { fixture, db } = await started({ cacheBytesMax: 0 });
  await runs(db, 3);
  fixture.storage.before = (operation, path) => {
    if (operation !== "readAt" || !path.endsWith(".run")) return;
    const end = performance.now() + 5;
    while (performance.now() < end);
  };
  const compacting = assert.rejects(db.compact("all"), { code: "closed" });
  await until(() => fixture.files("runs").length === 4);
  await db.close();
  await compacting;
  assert.equal(fixture.files("runs").length, 3);
});

test("flushes go on beside a merge that is held, and neither loses what the other did", async () => {
  const { fixture, db } = await started();
  await runs(db, 7);
  const release = fixture.storage.hold("/9.run");
  await runs(db, 1);
  await until(() => fixture.files("runs").includes("9.run"));
  for (let i = 0; i < 3; i++) {
    await put(db, "all", ["beside", i]);
    await db.flush();
  }
  assert.equal(db.stats().runs, 11);
  const snapshot = db.snapshot();
  release();
  await until(() => db.stats().runs === 4);
  assert.deepEqual(fixture.files("runs").sort(), ["10.run", "11.run", "12.run", "9.run"]);
  for (const reader of [db, snapshot]) {
    assert.equal(reader.space("all").history([1]).toArray().length, 11);
    assert.equal(reader.space("all").history([2]).toArray().length, 8);
  }
  await db.close();
  const again = await fixture.open();
  assert.equal(again.space("all").history([1]).toArray().length, 11);
  await again.close();
});

test("what is committed beside a held merge that drops is kept, and asked about rightly", async () => {
  const { fixture, db } = await started();
  await put(db, "latest", [1, 1]);
  await db.flush();
  await put(db, "latest", [2, undefined]);
  const late = db.session();
  const release = fixture.storage.hold("/3.run");
  const compacting = db.compact();
  await until(() => fixture.files("runs").includes("3.run"));
  late.insert("latest", [1], "late");
  await late.commit();
  await put(db, "latest", [3]);
  await db.flush();
  release();
  await compacting;
  const space = db.space("latest");
  assert.deepEqual(space.query().map(({ data }) => data).toArray(), [3, "late"]);
  await db.compact();
  assert.deepEqual(space.query().map(({ data }) => data).toArray(), [3, "late"]);
  await late.close();
  await db.close();
});

/** Versions at place 1, each in a run file of its own, among so many others that nobody compares all. */
async function putBeside(db: Database): Promise<void> {
  for (let i = 0; i < 3; i++) {
    await put(db, "latest", Array.from({ length: 1100 }, (_, x) => x + i));
    await db.flush();
  }
  await db.compact();
}

test("a merge keeps the versions that an open intent has not seen: they may be collisions", async () => {
  const { db } = await started();
  const session = db.session();
  session.insert("latest", [1], "mine");
  await putBeside(db);
  const { collisions } = await session.commit();
  assert.deepEqual(collisions.map(({ revisions }) => revisions.length), [3]);
  await session.close();
  await db.close();
});

test("a merge keeps the versions that came after an interrupted intent began, until it is adopted", async () => {
  const { fixture, db } = await started();
  const session = db.session();
  session.insert("latest", [1], "left");
  await session.seal();
  await session.close();
  await db.close();
  const again = await fixture.open();
  await putBeside(again);
  const { collisions } = await again.interrupted()[0].adopt();
  assert.deepEqual(collisions.map(({ revisions }) => revisions.length), [3]);
  await put(again, "all", [1]);
  await again.compact();
  assert.equal(again.space("latest").history([1]).toArray().length, 1);
  await again.close();
});

/** A byte of each part of a run file: its first page ends where the values of that begin. */
function placesIn(bytes: Uint8Array): { page: number; values: number; footer: number } {
  const view = new DataView(bytes.buffer);
  const footer = Number(view.getBigUint64(bytes.length - TRAILER_BYTES, true));
  const [offsets, pages] = [footer + 48, Number(view.getBigUint64(footer + 8, true))];
  const second = view.getFloat64(offsets + 8, true);
  const valueBytes = view.getUint32(offsets + 8 * pages + aligned(4 * pages), true);
  return { page: 70, values: second - valueBytes, footer: bytes.length - 80 };
}

for (const part of ["page", "values", "footer"] as const) {
  test(`a run of which the ${part} is damaged stays, and the others are merged without it`, async () => {
    const { fixture, db } = await started();
    await runs(db, 4);
    await db.close();
    const bytes = fixture.bytes("runs/2.run");
    fixture.flip("runs/2.run", placesIn(bytes)[part]);
    const again = await fixture.open();
    const told = { code: "corrupt", file: "/db/runs/2.run" };
    await assert.rejects(again.compact("all"), told);
    // A footer is read before the others are opened, so that none of them is merged without it.
    assert.equal(again.stats().runs, part === "footer" ? 4 : 2);
    assert(fixture.files("runs").includes("2.run"));
    assert.throws(() => again.space("all").history([0]).toArray(), told);
    await runsAreKept(again);
    await again.close();
  });
}

/** What is committed later is kept, whatever is damaged. */
async function runsAreKept(db: Database): Promise<void> {
  await put(db, "latest", ["kept"]);
  await db.flush();
  assert.equal(db.space("latest").get([0])?.data, "kept");
}
