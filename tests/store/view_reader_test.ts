import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Axis, MemoryStorage, Revision, type SpatialRecord } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { encodeValue } from "../../lib/bytes/value.ts";
import { type ManifestState, newManifestState } from "../../lib/store/manifest_state.ts";
import { shapeOf } from "../../lib/store/shape.ts";
import type { SpaceReader } from "../../lib/store/space.ts";
import { Store } from "../../lib/store/store.ts";
import { type DataEntry, EntryList } from "../../lib/segment/entry_list.ts";
import { idsFrom } from "../support/run_ids.ts";
import { MOMENT_MS, revisionOf } from "../support/entries.ts";
import { makeRandom, type Random } from "../crash/random.ts";

await loadChecksum();

interface Case {
  dims: number;
  bits: number;
  axes: Axis[];
  entries: DataEntry[];
  reader: SpaceReader<number>;
  random: Random;
}

/** A space with many versions over few points, published in parts that some reader has put in order. */
async function makeCase(
  seed: number,
  dims: number,
  count: number,
  isFloat: boolean,
): Promise<Case> {
  const random = makeRandom(seed);
  const axes = isFloat ? Array.from({ length: dims }, () => ({ min: -0.5, max: 11 })) : [];
  const bits = Math.min(1 + Math.floor(random() * 6), Math.floor(128 / dims));
  const side = 2 ** bits;
  const record = { id: 1, name: "s", dims, bits, axes, retention: "all" } as const;
  let state: ManifestState = { ...newManifestState(), spaces: [record], nextSpace: 2 };
  const storage = new MemoryStorage();
  const cacheBytesMax = random() < 0.5 ? 0 : 1e9;
  let store = new Store(storage, "/db", state, cacheBytesMax);
  const entries: DataEntry[] = [];
  let part: DataEntry[] = [];
  for (let i = 0; i < count; i++) {
    const point = Array.from(
      { length: dims },
      () => isFloat ? Math.floor(random() * 30) / 3 : Math.floor(random() * Math.min(side, 9)),
    );
    const revision = revisionOf(1 + Math.floor(random() * count), 1 + i);
    const address = { space: 1, point };
    const entry: DataEntry = random() < 0.2
      ? { kind: "tombstone", address, revision }
      : { kind: "write", address, revision, data: encodeValue(i) };
    entries.push(entry);
    part.push(entry);
    if (random() < 0.02 || i === count - 1) {
      store.publish(entries.length, EntryList.of(part));
      if (random() < 0.1) store.publish(entries.length, EntryList.of(part)); // Twice is once.
      part = [];
      if (random() < 0.7) store.space("s").count();
      if (random() < 0.15) {
        const runs = await store.writeRuns(idsFrom(state.nextRun));
        store.accept(runs);
        const nextRun = state.nextRun + runs.length;
        state = { ...state, nextRun, runs: [...state.runs, ...runs] };
        if (random() < 0.3) store = new Store(storage, "/db", state, cacheBytesMax);
      }
    }
  }
  return { dims, bits, axes, entries, reader: store.space<number>("s"), random };
}

/** The definition: per address the highest revision up to the ceiling, unless it is a deletion. */
function expected(each: Case, asOf: Revision | undefined, tombstones: boolean): DataEntry[] {
  const winners = new Map<string, DataEntry>();
  for (const entry of each.entries) {
    if (asOf !== undefined && Revision.compare(entry.revision, asOf) > 0) continue;
    const key = entry.address.point.join();
    const winner = winners.get(key);
    if (winner === undefined || Revision.compare(entry.revision, winner.revision) > 0) {
      winners.set(key, entry);
    }
  }
  return [...winners.values()].filter(({ kind }) => tombstones || kind === "write");
}

function inBox(point: number[], min: number[], max: number[]): boolean {
  return point.every((value, axis) => value >= min[axis] && value <= max[axis]);
}

function lines(records: Iterable<SpatialRecord>): string[] {
  return Array.from(
    records,
    ({ point, revision, data, deleted }) => `${point} ${revision} ${data} ${deleted}`,
  );
}

function linesOf(entries: readonly DataEntry[], each: Case): string[] {
  return entries.map((entry) => {
    const deleted = entry.kind === "tombstone";
    const data = deleted ? undefined : each.entries.indexOf(entry);
    return `${entry.address.point} ${entry.revision} ${data} ${deleted}`;
  });
}

/** Entries in the order of the curve. */
function alongCurve(each: Case, entries: DataEntry[]): DataEntry[] {
  const shape = shapeOf({ dims: each.dims, bits: each.bits, axes: each.axes, retention: "all" });
  const keyOf = ({ address }: DataEntry): Uint32Array => {
    const coordinates = shape.newCoordinates(1);
    coordinates.set(address.point);
    return shape.keysOf(coordinates, 1);
  };
  return entries.map((entry) => ({ entry, key: keyOf(entry) })).sort((a, b) => {
    const word = a.key.findIndex((value, i) => value !== b.key[i]);
    if (word >= 0) return a.key[word] - b.key[word];
    const [p, q] = [a.entry.address.point, b.entry.address.point];
    const axis = p.findIndex((value, i) => value !== q[i]);
    return axis < 0 ? 0 : p[axis] - q[axis];
  }).map(({ entry }) => entry);
}

function someBox({ dims, random }: Case): { min: number[]; max: number[] } {
  const bounds = Array.from({ length: dims }, () => {
    const [a, b] = [random() * 11 - 1, random() * 11 - 1].map((v) =>
      random() < 0.7 ? Math.round(v) : v
    );
    return a < b ? [a, b] : [b, a];
  });
  return { min: bounds.map(([low]) => low), max: bounds.map(([, high]) => high) };
}

const anyCase = fc.record({
  seed: fc.nat(),
  dims: fc.integer({ min: 1, max: 8 }),
  count: fc.constantFrom(1, 3, 60, 200, 1500),
  isFloat: fc.boolean(),
});

for (const tombstones of [false, true]) {
  test(`query, count and columns give what a scan of an array gives, deletions ${tombstones ? "too" : "left out"}`, async () => {
    await fc.assert(
      fc.asyncProperty(anyCase, async ({ seed, dims, count, isFloat }) => {
        const each = await makeCase(seed, dims, count, isFloat);
        for (let i = 0; i < 6; i++) {
          const asOf = i % 2 === 0
            ? undefined
            : revisionOf(Math.floor(each.random() * count), 2 ** 31);
          const { min, max } = someBox(each);
          const limit = i === 5 ? Math.floor(each.random() * 9) : Infinity;
          const options = { asOf, tombstones, limit };
          const winners = expected(each, asOf, tombstones)
            .filter(({ address }) => inBox(address.point, min, max));
          const wanted = linesOf(alongCurve(each, winners), each).slice(0, limit);
          assert.deepEqual(lines(each.reader.query({ min, max }, options)), wanted);
          assert.equal(each.reader.count({ min, max }, options), wanted.length);
          const columns = each.reader.columns({ min, max }, options);
          assert.equal(columns.length, wanted.length);
          const rows = Array.from({ length: columns.length }, (_, row) => {
            const point = Array.from(columns.coordinates.subarray(row * dims, (row + 1) * dims));
            return `${point} ${columns.data(row)}`;
          });
          assert.deepEqual(
            rows,
            wanted.map((line) => line.replace(/ [0-9a-f]{32}/, "").replace(/ (true|false)$/, "")),
          );
        }
      }),
      { numRuns: 60 },
    );
  });
}

test("nearest gives what sorting an array by distance gives, ties in the order of the curve", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ seed, dims, count, isFloat }) => {
      const each = await makeCase(seed, dims, count, isFloat);
      for (let i = 0; i < 4; i++) {
        const asOf = i % 2 === 0
          ? undefined
          : revisionOf(Math.floor(each.random() * count), 2 ** 31);
        const point = Array.from({ length: dims }, () => each.random() * 20 - 5);
        if (i > 1) point.forEach((value, axis) => point[axis] = Math.round(value));
        const wanted = 1 + Math.floor(each.random() * 20);
        const distance = ({ address }: DataEntry): number =>
          address.point.reduce((sum, value, axis) => sum + (value - point[axis]) ** 2, 0);
        const sorted = alongCurve(each, expected(each, asOf, false))
          .sort((a, b) => distance(a) - distance(b)).slice(0, wanted);
        assert.deepEqual(
          lines(each.reader.nearest(point, wanted, { asOf })),
          linesOf(sorted, each),
        );
      }
    }),
    { numRuns: 60 },
  );
});

test("get and history give every version of an address, at any moment", async () => {
  await fc.assert(
    fc.asyncProperty(anyCase, async ({ seed, dims, count, isFloat }) => {
      const each = await makeCase(seed, dims, count, isFloat);
      for (let i = 0; i < 20; i++) {
        const { point } = each.entries[Math.floor(each.random() * count)].address;
        const asOf = i % 2 === 0
          ? undefined
          : revisionOf(Math.floor(each.random() * count), 2 ** 31);
        const versions = each.entries.filter(({ address }) => `${address.point}` === `${point}`)
          .sort((a, b) => Revision.compare(b.revision, a.revision));
        assert.deepEqual(lines(each.reader.history(point)), linesOf(versions, each));
        const found = each.reader.get(point, { asOf, tombstones: true });
        const wanted = versions.filter(({ revision }) =>
          asOf === undefined || Revision.compare(revision, asOf) <= 0
        ).slice(0, 1);
        assert.deepEqual(lines(found === undefined ? [] : [found]), linesOf(wanted, each));
      }
    }),
    { numRuns: 40 },
  );
});

test("ten thousand versions of one address, and everything in one cell of the curve", () => {
  const record = { id: 1, name: "s", dims: 2, bits: 32, axes: [], retention: "all" } as const;
  const store = new Store(new MemoryStorage(), "/db", {
    ...newManifestState(),
    spaces: [record],
    nextSpace: 2,
  });
  const address = { space: 1, point: [5, 5] };
  for (let part = 0; part < 10; part++) {
    store.publish(
      part + 1,
      EntryList.of(Array.from({ length: 1000 }, (_, i) => {
        const sequence = 1 + part + 10 * i;
        return {
          kind: "write",
          address,
          revision: revisionOf(sequence),
          data: encodeValue(sequence),
        };
      })),
    );
    store.space("s").count();
  }
  const space = store.space<number>("s");
  assert.equal(space.count(), 1);
  assert.equal(space.get([5, 5])?.data, 10_000);
  for (const sequence of [1, 2, 63, 64, 65, 4999, 9999]) {
    const asOf = new Date(MOMENT_MS + sequence);
    assert.equal(space.get([5, 5], { asOf })?.data, sequence);
    assert.equal(space.query(undefined, { asOf }).next().value?.data, sequence);
    assert.equal(space.nearest([0, 0], 3, { asOf })[0].data, sequence);
  }
  assert.equal(space.history([5, 5]).toArray().length, 10_000);
});

test("a float space keeps exact coordinates: neighbours in one cell are two records, -0 is 0", () => {
  const axes = [{ name: "x", min: -1, max: 1 }, { min: 0, max: 1e300 }];
  const record = { id: 1, name: "s", dims: 2, bits: 4, axes, retention: "all" } as const;
  const state = { ...newManifestState(), spaces: [record], nextSpace: 2 };
  const store = new Store(new MemoryStorage(), "/db", state);
  const points = [[0.1, 5], [0.1 + 2 ** -56, 5], [0, 1e300], [-1, 0], [1, 0]];
  store.publish(
    1,
    EntryList.of(points.map((point, i) => {
      const address = { space: 1, point };
      return { kind: "write", address, revision: revisionOf(i + 1), data: encodeValue(i) };
    })),
  );
  const space = store.space<number>("s");
  points.forEach((point, i) => assert.equal(space.get(point)?.data, i));
  assert.equal(space.get([-0, 1e300])?.data, 2);
  assert.equal(space.count({ min: [0.1, 5], max: [0.1, 5] }), 1);
  assert.equal(space.count({ min: [-1, 0], max: [1, 0] }), 2);
  assert(space.columns().coordinates instanceof Float64Array);
});
