import assert from "node:assert/strict";
import { test } from "node:test";
import type { Database, RecordBatch, Session, SpaceConfig } from "../../mod.ts";
import { CHECKSUM_BYTES } from "../../lib/bytes/checksum.ts";
import { VALUE_BYTES_MAX } from "../../lib/limits.ts";
import { readFrameLength } from "../../lib/segment/frame.ts";
import { HEADER_BYTES } from "../../lib/segment/header.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";
import { pattern } from "../support/runs.ts";
import { toHex } from "../support/worked_example.ts";

const GRID: SpaceConfig = { dims: 2, bits: 16 };
const FLOATS: SpaceConfig = {
  dims: 3,
  axes: [{ min: -10, max: 10 }, { name: "y", min: 0, max: 1 }, { min: -1e300, max: 1e300 }],
};

interface World {
  fixture: DatabaseFixture;
  db: Database;
  session: Session;
}

async function started(): Promise<World> {
  const fixture = new DatabaseFixture();
  const db = await fixture.open();
  await db.createSpace("grid", GRID);
  await db.createSpace("floats", FLOATS);
  return { fixture, db, session: db.session() };
}

/** What is in a space, stamps aside. */
function contentOf(db: Database, space: string): unknown[] {
  return db.space(space).query()
    .map(({ point, revision, data }) => [point, revision.sequence, data]).toArray();
}

/**
 * The frames of a log in hex, without what follows from stamps: each stamp becomes its sequence, and
 * checksums and chains go.
 */
function framesOf(bytes: Uint8Array, session: number): string[] {
  const frames: string[] = [];
  for (let at = HEADER_BYTES; at + 8 < bytes.length;) {
    const length = readFrameLength(bytes, at);
    if (length === 0) break;
    const payload = toHex(bytes.subarray(at + 8, at + 8 + length));
    const id = session.toString(16).padStart(8, "0");
    const masked = payload.replaceAll(
      new RegExp(`c410[0-9a-f]{16}${id}([0-9a-f]{8})`, "g"),
      "<$1>",
    );
    frames.push(masked.startsWith("9503") ? masked.slice(0, -2 * CHECKSUM_BYTES) : masked);
    at += 8 + length + CHECKSUM_BYTES;
  }
  return frames;
}

interface Case {
  what: string;
  space: string;
  count: number;
  coordinate(i: number): number;
  value(i: number): unknown;
}

const CASES: Case[] = [
  {
    what: "one record",
    space: "grid",
    count: 1,
    coordinate: () => 7,
    value: () => ({ a: [1, null, "é"] }),
  },
  {
    what: "3000 records, many at one address",
    space: "grid",
    count: 3000,
    coordinate: (i) => (i * 37) % 61,
    value: (i) => i % 3 === 0 ? { index: i } : i % 3 === 1 ? `${i}`.repeat(i % 20) : undefined,
  },
  {
    what: "any numbers, -0 among them",
    space: "floats",
    count: 200,
    coordinate: (i) => i % 3 === 1 ? (i % 7) / 7 : i % 5 === 0 ? -0 : (i % 20) - 10,
    value: (i) => -i / 3,
  },
  {
    what: "values near 64 KiB, of 1 MiB and empty ones",
    space: "grid",
    count: 12,
    coordinate: (i) => i,
    value: (i) => pattern([65_530, 65_533, 65_536, 1_048_576, 0, 3][i % 6], i),
  },
];

for (const { what, space, count, coordinate, value } of CASES) {
  test(`insertMany() is as many calls of insert(), in the log and in the store: ${what}`, async () => {
    const [one, many] = [await started(), await started()];
    const dims = space === "grid" ? 2 : 3;
    const coordinates = Float64Array.from({ length: count * dims }, (_, i) => coordinate(i));
    for (const { session } of [one, many]) session.insert("grid", [1, 2], "before");
    for (let i = 0; i < count; i++) {
      one.session.insert(space, coordinates.subarray(i * dims, (i + 1) * dims), value(i));
    }
    const range = many.session.insertMany(space, { coordinates, data: value });
    assert.deepEqual([range?.entries, range?.first.sequence, range?.last.sequence], [
      count,
      2,
      count + 1,
    ]);
    for (const { session } of [one, many]) session.delete("grid", [1, 2]);
    assert.deepEqual(many.session.pending, one.session.pending);
    await Promise.all([one.session.commit(), many.session.commit()]);
    const id = one.session.id;
    const [first, second] = [one, many].map(({ fixture }) =>
      framesOf(fixture.bytes(`sessions/${id}.wal`), id)
    );
    assert(first.length >= 3 && first.some((frame) => frame.includes("<00000002>")));
    assert.deepEqual(second, first);
    const expected = contentOf(one.db, space);
    assert.deepEqual(contentOf(many.db, space), expected);
    assert.deepEqual(contentOf(await many.fixture.killed().open(), space), expected);
    await many.db.flush();
    assert.deepEqual(contentOf(many.db, space), expected);
    for (const record of many.db.space(space).query()) {
      assert(record.point.every((each) => !Object.is(each, -0)));
    }
  });
}

test("insertMany() of bytes is insert() of each piece as a Uint8Array", async () => {
  const [one, many] = [await started(), await started()];
  const sizes = [0, 1, 31, 32, 255, 256, 65_535, 65_536, 70_000, 0];
  const bytes = pattern(300_000);
  const offsets = [5];
  sizes.forEach((size, i) => offsets.push(offsets[i] + size));
  const coordinates = sizes.flatMap((_, i) => [i, 2 * i]);
  sizes.forEach((size, i) => {
    one.session.insert("grid", [i, 2 * i], bytes.slice(offsets[i], offsets[i] + size));
  });
  many.session.insertMany("grid", { coordinates, data: { bytes, offsets } });
  bytes.fill(0);
  coordinates.fill(0);
  assert.deepEqual(many.session.pending, one.session.pending);
  await Promise.all([one.session.commit(), many.session.commit()]);
  assert.deepEqual(contentOf(many.db, "grid"), contentOf(one.db, "grid"));
  const id = one.session.id;
  const [first, second] = [one, many].map(({ fixture }) =>
    framesOf(fixture.bytes(`sessions/${id}.wal`), id)
  );
  assert.deepEqual(second, first);
});

test("insertMany() takes points from any array, and gives all records stamps of one time", async () => {
  const { db, session } = await started();
  const numbers = [1, 2, 3, 4, 5, 6];
  const lists: ArrayLike<number>[] = [
    numbers,
    Uint8Array.from(numbers),
    Uint16Array.from(numbers),
    Float32Array.from(numbers),
    Float64Array.from(numbers),
  ];
  for (const coordinates of lists) {
    const { name } = coordinates.constructor;
    const { first, last, entries } = session.insertMany("grid", {
      coordinates,
      data: (index) => `${name} ${index}`,
    })!;
    assert.deepEqual([first.physicalMs, first.logical, first.session], [
      last.physicalMs,
      last.logical,
      session.id,
    ]);
    assert.deepEqual([last.sequence - first.sequence, entries], [2, 3]);
  }
  const before = session.insert("grid", [7, 7], 1);
  const { first, last } = session.insertMany("grid", { coordinates: [9, 9, 8, 8], data: one })!;
  const after = session.insert("grid", [8, 8], 1);
  const stamps = [before, first, last, after].map(String);
  assert.deepEqual(stamps.toSorted(), stamps);
  await session.commit();
  assert.equal(db.space("grid").get([5, 6])?.data, "Float64Array 2");
  assert.equal(db.space("grid").count(), 6);
});

test("insertMany() of nothing is nothing: no stamp, and nothing pending", async () => {
  const { session } = await started();
  const called = (): never => assert.fail("there is no record to ask about");
  for (const coordinates of [[], new Float64Array(0)]) {
    assert.equal(session.insertMany("grid", { coordinates, data: called }), undefined);
    const data = { bytes: new Uint8Array(3), offsets: [2] };
    assert.equal(session.insertMany("grid", { coordinates, data }), undefined);
  }
  assert.equal(session.pending.entries, 0);
  assert.equal(session.insert("grid", [1, 1], 1).sequence, 1);
});

const POINTS = [1, 1, 2, 2];
const BYTES = new Uint8Array(10);
const one = (): number => 1;

/** Batches of which something is wrong, mostly at the end. */
const REFUSED: [string, string, string, unknown][] = [
  ["an unknown space", "not-found", "nowhere", { coordinates: POINTS, data: one }],
  ["no batch", "invalid-argument", "grid", undefined],
  ["null", "invalid-argument", "grid", null],
  ["no coordinates", "invalid-argument", "grid", { data: one }],
  ["text for coordinates", "invalid-argument", "grid", { coordinates: "1122", data: one }],
  ["half a point", "invalid-argument", "grid", { coordinates: [1, 1, 2], data: one }],
  ["a last point out of range", "invalid-argument", "grid", { coordinates: [1, 1, 2, 65_536] }],
  ["a coordinate below 0", "invalid-argument", "grid", { coordinates: [1, 1, 2, -1] }],
  ["a fraction", "invalid-argument", "grid", { coordinates: [1, 1, 2, 0.5] }],
  ["NaN", "invalid-argument", "grid", { coordinates: [1, 1, 2, NaN] }],
  ["NaN in a float space", "invalid-argument", "floats", { coordinates: [1, 1, NaN] }],
  ["Infinity", "invalid-argument", "floats", { coordinates: [1, 1, Infinity] }],
  ["a point beyond its axis", "invalid-argument", "floats", { coordinates: [1, 1.01, 1] }],
  ["a hole", "invalid-argument", "grid", { coordinates: Array(4) }],
  ["a coordinate that is text", "invalid-argument", "grid", { coordinates: [1, 1, 2, "2"] }],
  ["a coordinate that is null", "invalid-argument", "grid", { coordinates: [1, 1, 2, null] }],
  ["no data", "invalid-argument", "grid", { coordinates: POINTS, data: undefined }],
  ["data that is an array", "invalid-argument", "grid", { coordinates: POINTS, data: [1, 2] }],
  ["a last value that is a function", "invalid-argument", "grid", {
    coordinates: POINTS,
    data: (index: number) => index === 1 ? one : 1,
  }],
  ["a last value that is too large", "invalid-argument", "grid", {
    coordinates: POINTS,
    data: (index: number) => index === 1 ? new Uint8Array(VALUE_BYTES_MAX) : 1,
  }],
  ["a piece that is too large", "invalid-argument", "grid", {
    coordinates: POINTS,
    data: { bytes: new Uint8Array(VALUE_BYTES_MAX + 1), offsets: [0, 1, VALUE_BYTES_MAX + 1] },
  }],
  ["no bytes", "invalid-argument", "grid", { coordinates: POINTS, data: { offsets: [0, 1, 2] } }],
  ["bytes that are an array", "invalid-argument", "grid", {
    coordinates: POINTS,
    data: { bytes: [1, 2], offsets: [0, 1, 2] },
  }],
  ...[[0, 5], [0, 1, 2, 3], [0, 5, 4], [0, 5, 11], [-1, 5, 6], [0, 1.5, 3], [0, NaN, 3], [3, 1, 4]]
    .map((offsets): [string, string, string, unknown] => [
      `offsets ${offsets}`,
      "invalid-argument",
      "grid",
      { coordinates: POINTS, data: { bytes: BYTES, offsets } },
    ]),
];

for (const [what, code, space, batch] of REFUSED) {
  test(`insertMany() refuses ${what} before a stamp is taken, and writes nothing`, async () => {
    const { db, session } = await started();
    const { sequence } = session.insert("grid", [9, 9], "before");
    const before = session.pending;
    const whole = typeof batch === "object" && batch !== null ? { data: one, ...batch } : batch;
    assert.throws(() => session.insertMany(space, whole as RecordBatch), { code });
    assert.deepEqual(session.pending, before);
    assert.equal(session.insert("grid", [8, 8], "after").sequence, sequence + 1);
    assert.equal((await session.commit()).entries, 2);
    assert.equal(db.space("grid").count(), 2);
    assert.equal(db.space("floats").count(), 0);
  });
}

test("insertMany() refuses what insert() refuses: coordinates of a float space that are no numbers", async () => {
  const { session } = await started();
  for (const value of ["5", true, null, [5], 5n, new Date(5)]) {
    const point = [value, 0, 0] as number[];
    assert.throws(() => session.insert("floats", point, 1), { code: "invalid-argument" });
    assert.throws(() => session.insertMany("floats", { coordinates: point, data: one }), {
      code: "invalid-argument",
    });
  }
  assert.equal(session.pending.entries, 0);
});

test("insertMany() throws what its callback throws, and writes nothing", async () => {
  const { session } = await started();
  const failure = new Error("no such sensor");
  const asked: number[] = [];
  const data = (index: number): number => {
    asked.push(index);
    if (index === 1) throw failure;
    return index;
  };
  assert.throws(
    () => session.insertMany("grid", { coordinates: [1, 1, 2, 2, 3, 3], data }),
    failure,
  );
  assert.deepEqual([asked, session.pending.entries], [[0, 1], 0]);
  assert.equal(session.insert("grid", [1, 1], 1).sequence, 1);
});

test("a callback of insertMany() that closes the session: closed, and nothing is written", async () => {
  const { fixture, db, session } = await started();
  let closing: Promise<void> | undefined;
  const data = (): number => {
    closing ??= session.close();
    return 1;
  };
  assert.throws(() => session.insertMany("grid", { coordinates: POINTS, data }), {
    code: "closed",
  });
  await closing;
  assert.deepEqual([db.stats().sessions, db.stats().droppedEntries, seenIn(db)], [0, 0, 0]);
  assert.deepEqual(fixture.files(), []);
});

test("a callback of insertMany() that inserts itself: its entries come first, then the batch", async () => {
  const { db, session } = await started();
  const inner: number[] = [];
  const coordinates = [1, 1, 2, 2, 3, 3];
  const { first, last } = session.insertMany("grid", {
    coordinates,
    data(index) {
      inner.push(session.insert("grid", [10 + index, 1], { inner: index }).sequence);
      const nested = { coordinates: [20 + index, 1], data: (i: number) => ["nested", index, i] };
      inner.push(session.insertMany("grid", nested)!.first.sequence);
      coordinates.fill(7); // Copied before.
      return { outer: index, text: "é".repeat(index * 100) };
    },
  })!;
  assert.deepEqual(inner, [1, 2, 3, 4, 5, 6]);
  assert.deepEqual([first.sequence, last.sequence, session.pending.entries], [7, 9, 9]);
  assert.equal((await session.commit()).entries, 9);
  const grid = db.space("grid");
  assert.deepEqual(grid.get([3, 3])?.data, { outer: 2, text: "é".repeat(200) });
  assert.deepEqual(grid.get([12, 1])?.data, { inner: 2 });
  assert.deepEqual(grid.get([21, 1])?.data, ["nested", 1, 0]);
  assert.equal(grid.count(), 9);
});

test("a callback of insertMany() that commits: what was pending is committed, the batch comes after", async () => {
  const { db, session } = await started();
  session.insert("grid", [9, 9], "before");
  const data = (index: number): number => {
    if (index === 0) assert.equal(session.commitSync().entries, 1);
    return index;
  };
  session.insertMany("grid", { coordinates: POINTS, data });
  assert.deepEqual([session.pending.entries, seenIn(db)], [2, 1]);
  assert.equal((await session.commit()).entries, 2);
  assert.equal(seenIn(db), 3);
});

test("insertMany() after close() is closed, and its callback is not asked", async () => {
  const { session } = await started();
  await session.close();
  const data = (): never => assert.fail("nothing is to be written");
  assert.throws(() => session.insertMany("grid", { coordinates: POINTS, data }), {
    code: "closed",
  });
});

test("a batch that collides is told address by address", async () => {
  const { db, session } = await started();
  session.insertMany("grid", { coordinates: [1, 1, 2, 2, 3, 3, 2, 2], data: (index) => index });
  await db.write((other) => {
    other.insertMany("grid", { coordinates: [2, 2, 3, 3, 4, 4], data: () => "other" });
  });
  const { collisions, entries } = await session.commit();
  assert.deepEqual(collisions.map(({ point }) => point).sort(), [[2, 2], [3, 3]]);
  assert.equal(entries, 4);
  assert.equal(db.space("grid").get([2, 2])?.data, "other", "the highest stamp wins");
});

function seenIn(db: Database): number {
  return db.space("grid").count();
}
