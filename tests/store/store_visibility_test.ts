import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { ClosedError, MemoryStorage, Revision } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { encodeValue } from "../../lib/bytes/value.ts";
import {
  type ManifestState,
  newManifestState,
  type SpaceRecord,
} from "../../lib/store/manifest_state.ts";
import { Store, type StoreView } from "../../lib/store/store.ts";
import { type DataEntry, EntryList } from "../../lib/segment/entry_list.ts";
import { idsFrom } from "../support/run_ids.ts";
import { MOMENT_MS, revisionOf } from "../support/entries.ts";

const ROOT = "/";
const plane: SpaceRecord = {
  id: 1,
  name: "plane",
  dims: 2,
  bits: 32,
  axes: [],
  retention: "all",
};
const line: SpaceRecord = { ...plane, id: 2, name: "line", dims: 1 };

function emptyState(): ManifestState {
  return { ...newManifestState(), spaces: [plane, line], nextSpace: 3 };
}

function newStore(): Store {
  return new Store(new MemoryStorage(), ROOT, emptyState());
}

function write(sequence: number, point: number[], value: unknown = sequence): DataEntry {
  const address = { space: point.length === 1 ? line.id : plane.id, point };
  return { kind: "write", address, revision: revisionOf(sequence), data: encodeValue(value) };
}

function tombstone(sequence: number, point: number[]): DataEntry {
  const address = { space: point.length === 1 ? line.id : plane.id, point };
  return { kind: "tombstone", address, revision: revisionOf(sequence) };
}

test("what was published is read, and a later revision wins whatever its arrival", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(5, [1, 2], "new"), write(6, [3])]));
  store.publish(2, EntryList.of([write(4, [1, 2], "old")]));
  assert.deepEqual(store.space("plane").get([1, 2]), {
    point: [1, 2],
    revision: revisionOf(5),
    data: "new",
    deleted: false,
  });
  assert.equal(store.space("line").get([3])?.data, 6);
  assert.equal(store.space("plane").get([2, 1]), undefined);
});

test("addresses equal modulo 256 are different records (reference defect D1)", () => {
  const store = newStore();
  const points = [0, 256, 65536, 2 ** 24].flatMap((x) => [[x, 1], [x, 257], [1, x]]);
  store.publish(1, EntryList.of(points.map((point, i) => write(i + 1, point))));
  const space = store.space("plane");
  assert.equal(space.count(), points.length);
  points.forEach((point, i) => assert.equal(space.get(point)?.data, i + 1));
});

test("a tombstone hides what it is newer than, and is shown when asked for", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [7])]));
  store.publish(2, EntryList.of([tombstone(3, [7])]));
  store.publish(3, EntryList.of([write(2, [7])]));
  const space = store.space("line");
  const deletion = { point: [7], revision: revisionOf(3), data: undefined, deleted: true };
  assert.equal(space.get([7]), undefined);
  assert.equal(space.count(), 0);
  assert.deepEqual(space.get([7], { tombstones: true }), deletion);
  assert.deepEqual(space.query(undefined, { tombstones: true }).toArray(), [deletion]);
  assert.equal(space.get([7], { asOf: revisionOf(2) })?.data, 2);
});

test("asOf a date shows all of its millisecond and nothing later", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [7]), write(2, [7])]));
  const space = store.space("line");
  const at = (ms: number): unknown => space.get([7], { asOf: new Date(MOMENT_MS + ms) })?.data;
  assert.deepEqual([at(0), at(1), at(2), at(3)], [undefined, 1, 2, 2]);
});

test("history gives every version once, newest first, deletions included", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [7]), tombstone(2, [7])]));
  store.publish(2, EntryList.of([write(1, [7]), write(3, [7]), write(4, [8])]));
  const history = store.space("line").history([7]).toArray();
  assert.deepEqual(history.map(({ data, deleted }) => [data, deleted]), [
    [3, false],
    [undefined, true],
    [1, false],
  ]);
  assert.deepEqual(store.space("line").history([9]).toArray(), []);
});

test("a record belongs to its owner: changing it changes nothing in the store", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [7], { bytes: Uint8Array.of(1, 2, 3) })]));
  const space = store.space<{ bytes: Uint8Array }>("line");
  const record = space.get([7])!;
  record.point[0] = 9;
  record.data.bytes[0] = 9;
  assert.deepEqual(space.get([7])?.point, [7]);
  assert.deepEqual(space.get([7])?.data, { bytes: Uint8Array.of(1, 2, 3) });
});

test("limit bounds query and count, and 0 gives nothing", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [3]), write(2, [1]), tombstone(3, [2]), write(4, [0])]));
  const space = store.space("line");
  const limited = (limit: number): unknown[] =>
    space.query(undefined, { limit }).map(({ point }) => point[0]).toArray();
  assert.deepEqual([limited(0), limited(2), limited(9)], [[], [0, 1], [0, 1, 3]]);
  assert.deepEqual([0, 2, 9].map((limit) => space.count(undefined, { limit })), [0, 2, 3]);
});

test("query pins what it gives at its first next(), and is used once", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [1]), write(2, [2])]));
  const space = store.space("line");
  const early = space.query();
  const late = space.query();
  assert.equal(early.next().value?.data, 1);
  store.publish(2, EntryList.of([write(3, [2], "changed"), write(4, [3])]));
  assert.deepEqual(early.toArray().map(({ data }) => data), [2]);
  assert.deepEqual(late.toArray().map(({ data }) => data), [1, "changed", 4]);
  assert.deepEqual([early.toArray(), late.toArray()], [[], []]);
});

test("an iteration that is broken off has ended", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [1]), write(2, [2])]));
  const records = store.space("line").query();
  for (const _ of records) break;
  assert.equal(records.next().done, true);
  const disposed = store.space("line").query();
  {
    using _scope = disposed;
  }
  assert.equal(disposed.next().done, true);
});

test("a snapshot sees what was published when it was taken, whole or not at all", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [1]), write(2, [1, 1])]));
  const view = store.view();
  store.publish(2, EntryList.of([write(3, [1]), write(4, [1, 1]), write(5, [2])]));
  const pinned = store.readerOf("line", view, () => {});
  assert.equal(pinned.get([1])?.data, 1);
  assert.equal(store.readerOf("plane", view, () => {}).get([1, 1])?.data, 2);
  assert.equal(pinned.count(), 1);
  assert.deepEqual(pinned.history([1]).toArray().map(({ data }) => data), [1]);
  assert.equal(store.space("line").count(), 2);
});

test("a snapshot's check is asked before every read", () => {
  const store = newStore();
  store.publish(1, EntryList.of([write(1, [1]), write(2, [2])]));
  let released = false;
  const pinned = store.readerOf("line", store.view(), () => {
    if (released) throw new ClosedError("The snapshot was released");
  });
  const records = pinned.query();
  records.next();
  released = true;
  assert.throws(() => records.next(), ClosedError);
  assert.throws(() => pinned.get([1]), ClosedError);
});

const anyEntry = fc.record({
  x: fc.integer({ min: 0, max: 5 }),
  y: fc.integer({ min: 0, max: 5 }),
  sequence: fc.integer({ min: 1, max: 12 }),
  deleted: fc.boolean(),
});
const anyStep = fc.oneof(
  { weight: 5, arbitrary: fc.array(anyEntry, { maxLength: 6 }) },
  { weight: 1, arbitrary: fc.constantFrom("flush" as const, "reopen" as const) },
);
const anyBound = fc.constantFrom(-1, 0, 1, 1.5, 2, 3, 4, 5, 6);

/** Whether an entry is a write is part of what its revision says: equal revisions are equal entries. */
function entryOf({ x, y, sequence, deleted }: Record<"x" | "y" | "sequence", number> & {
  deleted: boolean;
}): DataEntry {
  const session = deleted ? 1 : 2;
  const address = { space: plane.id, point: [x, y] };
  const revision = revisionOf(sequence, session);
  return deleted
    ? { kind: "tombstone", address, revision }
    : { kind: "write", address, revision, data: encodeValue([x, y, sequence]) };
}

interface Published {
  ordinal: number;
  entry: DataEntry;
}

/** The definition of visibility, word for word. */
function expected(
  published: readonly Published[],
  ordinal: number,
  asOf: Revision | undefined,
  inBox: (point: number[]) => boolean,
): string[] {
  const winners = new Map<string, DataEntry>();
  for (const { ordinal: each, entry } of published) {
    if (each > ordinal || !inBox(entry.address.point)) continue;
    if (asOf !== undefined && Revision.compare(entry.revision, asOf) > 0) continue;
    const winner = winners.get(`${entry.address.point}`);
    if (winner !== undefined && Revision.compare(winner.revision, entry.revision) > 0) continue;
    winners.set(`${entry.address.point}`, entry);
  }
  return [...winners].filter(([, { kind }]) => kind === "write")
    .map(([point, { revision }]) => `${point} ${revision}`).sort();
}

test("a box loses no rows, in any view of any publications (reference defect D2)", async () => {
  await loadChecksum();
  await fc.assert(fc.asyncProperty(
    fc.array(anyStep, { maxLength: 25 }),
    fc.array(fc.tuple(anyBound, anyBound, anyBound, anyBound), { minLength: 3, maxLength: 3 }),
    fc.option(fc.integer({ min: 0, max: 13 }), { nil: undefined }),
    async (steps, boxes, asOfSequence) => {
      let state = emptyState();
      const storage = new MemoryStorage();
      let store = new Store(storage, ROOT, state);
      let published: Published[] = [];
      let next = 1;
      let views: { ordinal: number; view: StoreView }[] = [];
      for (const step of steps) {
        if (next % 2 === 0) views.push({ ordinal: next - 1, view: store.view() });
        if (Array.isArray(step)) {
          const entries = step.map(entryOf);
          for (const entry of entries) published.push({ ordinal: next, entry });
          store.publish(next++, EntryList.of(entries));
          if (next % 3 === 0) store.space("plane").count(); // Now and then somebody reads.
        } else {
          const runs = await store.writeRuns(idsFrom(state.nextRun));
          store.accept(runs);
          const nextRun = state.nextRun + runs.length;
          state = { ...state, nextRun, runs: [...state.runs, ...runs] };
          if (step !== "reopen") continue;
          store = new Store(storage, ROOT, state);
          published = published.map(({ entry }) => ({ ordinal: 0, entry }));
          views = [];
        }
      }
      const asOf = asOfSequence === undefined ? undefined : revisionOf(asOfSequence, 1);
      for (const [a, b, c, d] of boxes) {
        const min = [Math.min(a, b), Math.min(c, d)];
        const max = [Math.max(a, b), Math.max(c, d)];
        const inBox = ([x, y]: number[]): boolean =>
          x >= min[0] && x <= max[0] && y >= min[1] && y <= max[1];
        for (const { ordinal, view } of [...views, { ordinal: next, view: store.view() }]) {
          const reader = store.readerOf("plane", view, () => {});
          const found = reader.query({ min, max }, { asOf }).toArray();
          const rows = found.map(({ point, revision }) => `${point} ${revision}`).sort();
          assert.deepEqual(rows, expected(published, ordinal, asOf, inBox));
          assert.equal(reader.count({ min, max }, { asOf }), rows.length);
          for (const { point, revision } of found) {
            assert.deepEqual(reader.get(point, { asOf })?.revision, revision);
          }
        }
      }
    },
  ));
});
