import assert from "node:assert/strict";
import { test } from "node:test";
import { ClosedError, CorruptionError, NoSpaceError, NotFoundError } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { encodeValue } from "../../lib/bytes/value.ts";
import {
  type ManifestState,
  newManifestState,
  type RunRecord,
  type SpaceRecord,
} from "../../lib/store/manifest_state.ts";
import { runPath } from "../../lib/store/run_files.ts";
import { Store } from "../../lib/store/store.ts";
import { type DataEntry, EntryList } from "../../lib/segment/entry_list.ts";
import { idsFrom } from "../support/run_ids.ts";
import { revisionOf } from "../support/entries.ts";
import { errno, FaultStorage, type Operation } from "../support/fault_storage.ts";

const ROOT = "/db";
const plane: SpaceRecord = {
  id: 1,
  name: "plane",
  dims: 2,
  bits: 32,
  axes: [],
  retention: "all",
};
const line: SpaceRecord = { ...plane, id: 2, name: "line", dims: 1 };

/** A store that a test flushes and opens again. */
class Fixture {
  readonly storage = new FaultStorage();
  state: ManifestState = { ...newManifestState(), spaces: [plane, line], nextSpace: 3 };
  store: Store;

  constructor() {
    this.storage.makeDirectory(ROOT);
    this.store = this.reopen();
  }

  reopen(): Store {
    return this.store = new Store(this.storage, ROOT, this.state);
  }

  async flush(): Promise<RunRecord[]> {
    const runs = await this.store.writeRuns(idsFrom(this.state.nextRun));
    const nextRun = this.state.nextRun + runs.length;
    this.state = { ...this.state, nextRun, runs: [...this.state.runs, ...runs] };
    this.store.accept(runs);
    return runs;
  }

  flip(run: number, offset: number): void {
    const file = this.storage.open(runPath(ROOT, run), { write: true });
    const byte = new Uint8Array(1);
    file.readAt(byte, offset);
    byte[0] ^= 1;
    file.writeAt(byte, offset);
    file.close();
  }
}

async function fixture(): Promise<Fixture> {
  await loadChecksum();
  return new Fixture();
}

function write(sequence: number, point: number[], value: unknown = sequence): DataEntry {
  const address = { space: point.length === 1 ? line.id : plane.id, point };
  return { kind: "write", address, revision: revisionOf(sequence), data: encodeValue(value) };
}

function tombstone(sequence: number, point: number[]): DataEntry {
  const address = { space: point.length === 1 ? line.id : plane.id, point };
  return { kind: "tombstone", address, revision: revisionOf(sequence) };
}

test("the same address updated across two flushes keeps both versions (reference defect D6)", async () => {
  const db = await fixture();
  db.store.publish(1, EntryList.of([write(1, [7], "first")]));
  await db.flush();
  db.store.publish(2, EntryList.of([write(2, [7], "second")]));
  await db.flush();
  const space = db.reopen().space("line");
  assert.equal(space.get([7])?.data, "second");
  assert.equal(space.get([7], { asOf: revisionOf(1) })?.data, "first");
  assert.deepEqual(space.history([7]).toArray().map(({ data }) => data), ["second", "first"]);
  assert.deepEqual(db.store.revisionsFrom(2, [7], revisionOf(1)), [revisionOf(2), revisionOf(1)]);
  assert.deepEqual(db.store.revisionsFrom(2, [7], revisionOf(2)), [revisionOf(2)]);
  assert.deepEqual(db.store.revisionsFrom(2, [7], revisionOf(3)), []);
});

test("writeRuns() takes what was published before the call, and accept() takes it out of the tail", async () => {
  const db = await fixture();
  const { store } = db;
  store.publish(1, EntryList.of([write(1, [7], "abc"), tombstone(2, [1, 1])]));
  const writing = store.writeRuns(idsFrom(1));
  store.publish(2, EntryList.of([write(3, [8])]));
  assert.deepEqual([store.tailEntries, store.tailBytes], [3, 3 * 48 + 4 + 1]);
  const runs = await writing;
  assert.deepEqual(runs.map(({ id, space, entries }) => [id, space, entries]), [
    [1, 1, 1],
    [2, 2, 1],
  ]);
  db.state = { ...db.state, nextRun: 3, runs };
  assert.equal(store.space("line").count(), 2);
  store.accept(runs);
  assert.deepEqual([store.tailEntries, store.tailBytes], [1, 48 + 1]);
  assert.equal(store.space("line").count(), 2); // Still visible.
  assert.equal(db.reopen().space("line").count(), 1);
});

test("keep() leaves in the tail what the manifest did not list", async () => {
  const db = await fixture();
  const { store } = db;
  store.publish(1, EntryList.of([write(1, [7])]));
  await store.writeRuns(idsFrom(1));
  store.publish(2, EntryList.of([write(2, [8])]));
  store.keep();
  assert.deepEqual([store.tailEntries, store.space("line").count()], [2, 2]);
  await db.flush();
  assert.deepEqual([store.tailEntries, store.space("line").count()], [0, 2]);
  assert.equal(db.reopen().space("line").count(), 2);
});

test("writeEntries() writes exactly the entries it is given, for publishRuns()", async () => {
  const db = await fixture();
  const entries = [write(1, [7])];
  db.store.publish(1, EntryList.of([write(2, [8])]));
  const adopted = await db.store.writeEntries(idsFrom(1), EntryList.of(entries));
  assert.equal(db.store.space("line").count(), 1);
  db.store.publishRuns(2, adopted, EntryList.of(entries));
  db.state = { ...db.state, nextRun: 2, runs: adopted.runs };
  assert.deepEqual([db.store.tailEntries, db.store.ordinal], [1, 2]);
  assert.equal(db.store.space("line").count(), 2);
  assert.equal(db.reopen().space("line").get([7])?.data, 1);
});

test("writeRuns() syncs each file, runs/ and the name of runs/ before it resolves", async () => {
  const db = await fixture();
  db.store.publish(1, EntryList.of([write(1, [7]), write(2, [1, 1])]));
  db.storage.log.length = 0;
  await db.flush();
  const steps = db.storage.log.filter(({ operation }) => /sync|make/i.test(operation));
  assert.deepEqual(steps.map(({ operation, path }) => `${operation} ${path}`), [
    "makeDirectory /db/runs",
    "syncDirectory /db",
    "syncData /db/runs/1.run",
    "syncData /db/runs/2.run",
    "syncDirectory /db/runs",
  ]);
});

for (const operation of ["open", "writeAt", "syncData", "syncDirectory"] as Operation[]) {
  test(`writeRuns() removes what it made when ${operation} fails for the second run`, async () => {
    const db = await fixture();
    db.store.publish(1, EntryList.of([write(1, [7])]));
    await db.flush();
    db.store.publish(2, EntryList.of([write(2, [7]), write(3, [1, 1])]));
    db.storage.before = (each, path) => {
      if (each === operation && /3\.run$|runs$/.test(path)) throw errno("ENOSPC");
    };
    await assert.rejects(db.flush(), NoSpaceError);
    db.storage.before = () => {};
    assert.deepEqual(db.storage.list("/db/runs"), ["1.run"]);
    assert.equal(db.store.tailEntries, 2);
    await db.flush();
    assert.equal(db.reopen().space("line").get([7])?.data, 2);
  });
}

test("exact duplicates in several runs and in the tail count once", async () => {
  const db = await fixture();
  db.store.publish(1, EntryList.of([write(1, [7]), write(2, [8])]));
  await db.flush();
  db.store.publish(2, EntryList.of([write(1, [7])]));
  await db.flush();
  const store = db.reopen();
  store.publish(1, EntryList.of([write(1, [7])]));
  assert.equal(store.space("line").count(), 2);
  assert.equal(store.space("line").history([7]).toArray().length, 1);
  assert.equal(store.readerOf("line", store.view(), () => {}).count(), 2);
  assert.deepEqual(store.revisionsFrom(2, [7], revisionOf(1)), [revisionOf(1)]);
});

test("a missing run file is found at opening", async () => {
  const db = await fixture();
  db.store.publish(1, EntryList.of([write(1, [7])]));
  await db.flush();
  db.storage.remove(runPath(ROOT, 1));
  assert.throws(() => db.reopen(), CorruptionError);
});

test("a damaged run is found at each read of its space, and other spaces answer", async () => {
  const db = await fixture();
  db.store.publish(1, EntryList.of([write(1, [7])]));
  await db.flush();
  db.store.publish(2, EntryList.of([write(2, [7]), write(3, [1, 1])]));
  await db.flush();
  db.flip(3, 90);
  const store = db.reopen();
  for (let i = 0; i < 2; i++) {
    assert.throws(() => store.space("line").get([7]), CorruptionError);
    assert.throws(() => store.space("line").query().toArray(), CorruptionError);
    assert.throws(() => store.revisionsFrom(2, [7], revisionOf(1)), CorruptionError);
  }
  assert.equal(store.space("plane").get([1, 1])?.data, 3);
  store.publish(3, EntryList.of([write(4, [9])])); // Publishing goes on.
  db.flip(3, 90);
  assert.equal(store.space("line").count(), 2); // The disk was mended.
});

test("a run of another length than the manifest says is corrupt", async () => {
  const db = await fixture();
  db.store.publish(1, EntryList.of([write(1, [7])]));
  const [run] = await db.flush();
  db.state = { ...db.state, runs: [{ ...run, entries: 2 }] };
  assert.throws(() => db.reopen().space("line").count(), CorruptionError);
});

test("spaces are found by name and number, and others are not", async () => {
  const { store } = await fixture();
  const added: SpaceRecord = { ...plane, id: 3, name: "added", bits: 8 };
  store.addSpace(added);
  assert.deepEqual(store.spaces().map(({ name }) => name), ["plane", "line", "added"]);
  assert.equal(store.space("added"), store.space("added"));
  assert.deepEqual(store.space("added").config, {
    dims: 2,
    bits: 8,
    axes: [],
    retention: "all",
  });
  assert.equal(store.byId(3), added);
  assert.equal(store.byName("added"), added);
  assert.equal(store.byName("other"), undefined);
  assert.throws(() => store.space("other"), NotFoundError);
  assert.throws(() => store.readerOf("other", store.view(), () => {}), NotFoundError);
});

test("reads after close() throw, also of iterations under way", async () => {
  const { store } = await fixture();
  store.publish(1, EntryList.of([write(1, [1]), write(2, [2])]));
  const space = store.space("line");
  const records = space.query();
  records.next();
  const pinned = store.readerOf("line", store.view(), () => store.view());
  store.close();
  store.close();
  store.publish(2, EntryList.of([write(3, [3])]));
  const reads: (() => unknown)[] = [
    () => records.next(),
    () => space.get([1]),
    () => space.query().next(),
    () => space.count(),
    () => space.history([1]).next(),
    () => store.revisionsFrom(2, [1], revisionOf(1)),
    () => pinned.get([1]),
    () => space.columns(),
    () => space.nearest([1], 1),
    () => store.view(),
  ];
  for (const read of reads) assert.throws(read, ClosedError);
});
