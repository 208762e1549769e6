import assert from "node:assert/strict";
import { test } from "node:test";
import { macrotask } from "../../lib/clock/slice.ts";
import { EntryList } from "../../lib/segment/entry_list.ts";
import { SpaceContent } from "../../lib/store/content.ts";
import { TailChunk } from "../../lib/store/tail_chunk.ts";
import { TailOrdering } from "../../lib/store/tail_ordering.ts";
import { linesOf, pattern, PLANE, sorted, version } from "../support/runs.ts";

const ALL = Array.from({ length: 500 }, (_, i) => version([i * 37 % 101, i], i + 1, pattern(9, i)));

function chunkOf(): TailChunk {
  const chunk = new TailChunk(PLANE);
  chunk.take(EntryList.of(ALL), 0, ALL.length);
  return chunk;
}

test("chunks are put in order behind others that wait, one after the other", async () => {
  const chunks = [chunkOf(), chunkOf(), chunkOf()];
  const ordering = new TailOrdering();
  ordering.add(chunks.slice(0, 2));
  assert(!chunks[0].full, "nobody waits for it");
  while (!chunks[0].full) await macrotask();
  assert(!chunks[1].full);
  ordering.add(chunks.slice(2));
  chunks[1].run(); // Somebody reads it meanwhile.
  while (!chunks[2].full) await macrotask();
  assert(!chunks[0].order(), "in order before the next is begun");
  await ordering.stop();
  for (const chunk of chunks) assert.deepEqual(linesOf(chunk.run()), linesOf(sorted(PLANE, ALL)));
});

test("who stops putting chunks in order leaves those that wait as they are", async () => {
  const chunks = [chunkOf(), chunkOf()];
  const ordering = new TailOrdering();
  ordering.add(chunks);
  await ordering.stop();
  for (let i = 0; i < 50; i++) await macrotask();
  assert(!chunks[1].full);
  ordering.add([chunks[1]]);
  while (!chunks[1].full) await macrotask();
  await ordering.stop();
});

test("a chunk that comes as the last of the others is done is put in order, too", async () => {
  const [last, late] = [chunkOf(), chunkOf()];
  const ordering = new TailOrdering();
  last.order = () => {
    const more = TailChunk.prototype.order.call(last);
    if (!more) queueMicrotask(() => ordering.add([late]));
    return more;
  };
  ordering.add([last]);
  for (let i = 0; i < 50; i++) await macrotask();
  assert(late.full);
  await ordering.stop();
});

test("a chunk for whose order is no memory is left to who asks for it, and has lost nothing", async () => {
  let failures = 2;
  const shape = {
    ...PLANE,
    keysOf: (...points: Parameters<typeof PLANE.keysOf>) => {
      if (failures-- > 0) throw new RangeError("Array buffer allocation failed");
      return PLANE.keysOf(...points);
    },
  };
  const [poor, next] = [new TailChunk(shape), chunkOf()];
  poor.take(EntryList.of(ALL), 0, ALL.length);
  const ordering = new TailOrdering();
  ordering.add([poor, next]);
  while (!next.full) await macrotask();
  await ordering.stop();
  assert.equal(failures, 1);
  assert.throws(() => poor.run(), RangeError);
  assert.deepEqual(linesOf(poor.run()), linesOf(sorted(PLANE, ALL)));
});

test("content tells which pieces of its tail are full, each once", () => {
  const content = new SpaceContent(PLANE);
  const list = EntryList.of(
    Array.from({ length: 3 * 64 * 1024 }, (_, i) => version([i, 0], i + 1)),
  );
  assert.deepEqual(content.add(list, 0, 64 * 1024 - 1), []);
  const first = content.add(list, 64 * 1024 - 1, 64 * 1024 + 5);
  assert.deepEqual(first.map(({ count }) => count), [64 * 1024]);
  assert.deepEqual(content.add(list, 64 * 1024 + 5, 64 * 1024 + 9), []);
  assert.equal(content.add(list, 64 * 1024 + 9, list.length).length, 2);
});
