import assert from "node:assert/strict";
import { test } from "node:test";
import { type DataEntry, EntryList } from "../../lib/segment/entry_list.ts";
import { shapeOf } from "../../lib/store/shape.ts";
import { TailChunk } from "../../lib/store/tail_chunk.ts";
import { lineOf, linesOf, pattern, PLANE, sorted, version } from "../support/runs.ts";

function entry(i: number): DataEntry {
  const data = i % 5 === 0 ? undefined : pattern(i % 40 === 7 ? 3000 : i % 13, i);
  return version([(i * 37) % 101, i % 50], i + 1, data);
}

function entries(count: number): DataEntry[] {
  return Array.from({ length: count }, (_, i) => entry(i));
}

for (const sizes of [[1], [8], [9], [1, 8, 9, 100], [100, 1, 1, 9], [500, 8, 7]]) {
  test(`a chunk that takes ${sizes} entries at a time holds all of them`, () => {
    const all = entries(700);
    const list = EntryList.of(all);
    const chunk = new TailChunk(PLANE);
    for (let at = 0, turn = 0; at < all.length; turn++) {
      const to = Math.min(all.length, at + sizes[turn % sizes.length]);
      assert.equal(chunk.take(list, at, to), to);
      at = to;
      assert.equal(chunk.count, at);
    }
    assert.deepEqual(linesOf(chunk.run()), linesOf(sorted(PLANE, all)));
  });
}

for (const few of [3, 20]) {
  test(`a chunk takes ${few} entries from the middle of a list, whatever is before and behind them`, () => {
    const other = { ...version([1, 2, 3], 900, pattern(77)), address: { space: 9, point: [1] } };
    const own = entries(few);
    const list = EntryList.of([other, other, ...own, other]);
    const chunk = new TailChunk(PLANE);
    chunk.take(list, 2, 2 + few);
    assert.deepEqual(linesOf(chunk.run()), linesOf(sorted(PLANE, own)));
  });
}

test("a chunk copies what it takes", () => {
  const list = EntryList.of([version([1, 2], 1, pattern(5))]);
  const chunk = new TailChunk(PLANE);
  chunk.take(list, 0, 1);
  list.coordinates.fill(9);
  list.values.fill(9);
  list.revisions.fill(9);
  assert.deepEqual(linesOf(chunk.run()), [lineOf(version([1, 2], 1, pattern(5)))]);
});

test("a chunk is full at 128 Ki coordinates or 64 Ki entries, and says how far it came; ordered, it takes no more", () => {
  for (const dims of [1, 3, 16]) {
    const shape = shapeOf({ dims, bits: 8, axes: [], retention: "all" });
    const count = Math.min(64 * 1024, Math.ceil(128 * 1024 / dims));
    const point = Array.from({ length: dims }, () => 5);
    const list = EntryList.of(
      Array.from({ length: count + 10 }, (_, i) => version(point, i + 1)),
    );
    const chunk = new TailChunk(shape);
    assert.equal(chunk.take(list, 0, 1), 1);
    assert(!chunk.full);
    assert.equal(chunk.take(list, 1, count + 10), count);
    assert(chunk.full);
    assert.equal(chunk.run().count, count);
  }
  const small = new TailChunk(PLANE);
  small.take(EntryList.of(entries(3)), 0, 3);
  assert(!small.full);
  while (small.order()) assert(small.full);
  assert(small.full);
  assert.equal(small.run(), small.run());
});

test("chunks fit into one up to 128 Ki coordinates, and merged they hold what each held, once", () => {
  const chunkOf = (all: readonly DataEntry[]): TailChunk => {
    const chunk = new TailChunk(PLANE);
    chunk.take(EntryList.of(all), 0, all.length);
    return chunk;
  };
  const all = entries(900);
  const parts = [all.slice(0, 300), all.slice(200, 500), all.slice(500)].map(chunkOf);
  assert(TailChunk.fit(parts));
  const merged = TailChunk.merged(PLANE, parts);
  assert.deepEqual(linesOf(merged.run()), linesOf(sorted(PLANE, all)));
  assert.equal(merged.count, all.length);
  assert(merged.full);
  const large = chunkOf(Array.from({ length: 32 * 1024 }, (_, i) => version([i, 0], i + 1)));
  assert(TailChunk.fit([large, large]));
  assert(!TailChunk.fit([large, large, parts[0]]));
});
