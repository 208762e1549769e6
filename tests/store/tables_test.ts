import assert from "node:assert/strict";
import { test } from "node:test";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { EntryList } from "../../lib/segment/entry_list.ts";
import {
  type GraphRecord,
  type ManifestState,
  newManifestState,
  type RunRecord,
  type SpaceRecord,
} from "../../lib/store/manifest_state.ts";
import { EDGE_SHAPE } from "../../lib/store/shape.ts";
import { Store } from "../../lib/store/store.ts";
import type { Table } from "../../lib/store/table.ts";
import { revisionOf } from "../support/entries.ts";
import { FaultStorage } from "../support/fault_storage.ts";
import { idsFrom } from "../support/run_ids.ts";

const line: SpaceRecord = { id: 1, name: "line", dims: 1, bits: 8, axes: [], retention: "latest" };
const hall: SpaceRecord = {
  ...{ id: 2, name: "hall", dims: 2, bits: 16, retention: "all" },
  axes: [{ min: -1, max: 1 }, { min: 0, max: 9 }],
};
const net: GraphRecord = { id: 3, name: "net", kinds: new Map(), unknownKinds: "allow" };

class Fixture {
  readonly storage = new FaultStorage();
  state: ManifestState = {
    ...newManifestState(),
    spaces: [line, hall],
    graphs: [net],
    nextSpace: 4,
  };
  store: Store;

  constructor() {
    this.storage.makeDirectory("/db");
    this.store = this.reopen();
  }

  reopen(): Store {
    return this.store = new Store(this.storage, "/db", this.state);
  }

  async flush(): Promise<RunRecord[]> {
    const runs = await this.store.writeRuns(idsFrom(this.state.nextRun));
    const nextRun = this.state.nextRun + runs.length;
    this.state = { ...this.state, nextRun, runs: [...this.state.runs, ...runs] };
    this.store.accept(runs);
    return runs;
  }

  /** Rows about each space, an edge, and a record. */
  fill(first: number): void {
    const entries = new EntryList();
    entries.add(1, [7], revisionOf(first), new Uint8Array([1]));
    entries.add(3, [2 ** 32 - 1, 5], revisionOf(first + 1), new Uint8Array([2, 2]));
    this.store.publish(first, entries);
    const rows = new EntryList();
    rows.add(1, [7, 0, 2 ** 32 - 1, 5], revisionOf(first + 1), new Uint8Array([3]));
    rows.add(2, [0.25, 8.5, 1, 2 ** 32 - 1, 5], revisionOf(first + 1), undefined);
    this.store.addRows(3, rows);
  }
}

async function fixture(): Promise<Fixture> {
  await loadChecksum();
  return new Fixture();
}

function pointsOf(store: Store, table: Table): number[][] {
  return store.pin(table).runs.flatMap((run) => {
    const { coordinates } = run.page(0);
    const { dims } = table.shape;
    return Array.from(
      { length: run.count },
      (_, i) => [...coordinates.subarray(i * dims, (i + 1) * dims)],
    );
  });
}

test("edges and rows are tables as records are: one flush, a file each, and the same after opening", async () => {
  const db = await fixture();
  db.fill(1);
  const tables = [{ space: 1 }, { space: 3 }, { space: 3, of: 1 }, { space: 3, of: 2 }];
  const expected = [[[7]], [[2 ** 32 - 1, 5]], [[7, 0, 2 ** 32 - 1, 5]], [
    [0.25, 8.5, 1, 2 ** 32 - 1, 5],
  ]];
  const look = (): number[][][] =>
    tables.map((each) => pointsOf(db.store, db.store.tables.of(each)));
  assert.deepEqual(look(), expected);
  const runs = await db.flush();
  assert.deepEqual(runs.map(({ space, of }) => ({ space, ...of && { of } })), tables);
  assert.deepEqual(look(), expected);
  db.reopen();
  assert.deepEqual(look(), expected);
});

test("rows count in the bytes of the tail, not among the entries that were committed", async () => {
  const db = await fixture();
  db.fill(1);
  assert.deepEqual([db.store.tailEntries, db.store.tailBytes], [2, 4 * 48 + 1 + 2 + 1]);
  await db.flush();
  assert.deepEqual([db.store.tailEntries, db.store.tailBytes], [0, 0]);
});

test("what was published of a graph waits to be derived; records and rows do not", async () => {
  const { store, ...db } = await fixture();
  assert.equal(db.state.graphs.length, 1);
  const entries = new EntryList();
  entries.add(3, [9, 8], revisionOf(4), new Uint8Array([1]));
  entries.add(1, [7], revisionOf(5), new Uint8Array([1]));
  entries.add(3, [9, 8], revisionOf(6), undefined);
  store.publish(1, entries);
  const { underived } = store.tables.of({ space: 3 });
  assert.deepEqual([underived.length, underived.added, underived.words[0], underived.words[1]], [
    ...[2, 2, 9, 8],
  ]);
  assert.equal(store.tables.of({ space: 1 }).underived.length, 0);
  underived.drop(1);
  assert.deepEqual([underived.length, underived.words[underived.first + 5]], [1, 6]);
});

test("a view holds no rows about a space that came later", async () => {
  const { store } = await fixture();
  const view = store.view();
  const rows = store.tables.of({ space: 3, of: 1 });
  assert.deepEqual([view.has(store.tables.of({ space: 3 })), view.has(rows)], [true, false]);
  assert.equal(store.view().get(rows)!().runs.length, 0);
});

test("run files of one table merge into one, and no other table's", async () => {
  const db = await fixture();
  for (let i = 0; i < 3; i++) {
    db.fill(1 + 4 * i);
    await db.flush();
  }
  const runs = db.state.runs.filter(({ of }) => of === 1);
  const limits = { floor: new Uint32Array(4), isNews: () => false };
  const merged = await db.store.merge(50, runs, limits, async () => {});
  assert.deepEqual({ ...merged.run, bytes: 0 }, { id: 50, space: 3, of: 1, entries: 3, bytes: 0 });
  db.store.replace(runs, merged);
  const countOf = (of: number): number =>
    db.store.pin(db.store.tables.of({ space: 3, of })).runs.length;
  assert.deepEqual([countOf(1), countOf(2)], [1, 3]);
});

test("the key of a row is that of its point, and of an edge its id", async () => {
  const { store } = await fixture();
  for (const space of [1, 2]) {
    const { shape } = store.tables.of({ space: 3, of: space });
    const points = store.tables.of({ space }).shape;
    const point = space === 1 ? [200] : [0.5, 3.25];
    const row = shape.newCoordinates(2);
    row.set([...point, 1, 77, 88, ...point, 2, 5, 6]);
    const alone = points.newCoordinates(1);
    alone.set(point);
    const key = [...points.keysOf(alone, 1)];
    assert.deepEqual([...shape.keysOf(row, 2)], [...key, ...key]);
    assert.deepEqual([shape.dims, shape.words], [points.dims + 3, points.words]);
  }
  assert.deepEqual([...EDGE_SHAPE.keysOf(Uint32Array.of(7, 8, 9, 10), 1)], [7, 8]);
});
