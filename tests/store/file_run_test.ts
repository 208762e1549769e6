import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { CorruptionError, MemoryStorage, NewerFormatError } from "../../mod.ts";
import { checksum, checksumOf, loadChecksum } from "../../lib/bytes/checksum.ts";
import { encodeValue } from "../../lib/bytes/value.ts";
import { FileRun } from "../../lib/store/file_run.ts";
import { KeptPages } from "../../lib/store/kept_pages.ts";
import type { MemoryRun } from "../../lib/store/memory_run.ts";
import { PageCache } from "../../lib/store/page_cache.ts";
import { NOT_LOCATED, type Run } from "../../lib/store/run.ts";
import { encodeTrailer, footerChecksum, TRAILER_BYTES } from "../../lib/store/run_footer.ts";
import { writeRunFile } from "../../lib/store/run_writer.ts";
import { EDGE_SHAPE, shapeOf } from "../../lib/store/shape.ts";
import { TailChunk } from "../../lib/store/tail_chunk.ts";
import { VersionMerge } from "../../lib/store/version_merge.ts";
import { type DataEntry, EntryList } from "../../lib/segment/entry_list.ts";
import { revisionOf } from "../support/entries.ts";

await loadChecksum();

const PATH = "/db/runs/7.run";
const IDENTITY = { id: 7, space: 3 };
const SHAPE = shapeOf({ dims: 2, bits: 32, axes: [], retention: "all" });

function entry(i: number): DataEntry {
  const address = { space: 3, point: [i % 40, Math.floor(i / 3)] };
  const revision = revisionOf(i + 1);
  if (i % 7 === 0) return { kind: "tombstone", address, revision };
  return { kind: "write", address, revision, data: encodeValue("x".repeat(i % 11)) };
}

function runOf(count: number): MemoryRun {
  const chunk = new TailChunk(SHAPE);
  chunk.take(EntryList.of(Array.from({ length: count }, (_, i) => entry(i))), 0, count);
  return chunk.run();
}

async function fileOf(count: number): Promise<MemoryStorage> {
  const storage = new MemoryStorage();
  storage.makeDirectory("/db/runs");
  await writeRunFile(storage, PATH, IDENTITY, new VersionMerge([runOf(count)]));
  return storage;
}

function openRun(storage: MemoryStorage, cacheBytes = 1e9, identity = IDENTITY): FileRun {
  return FileRun.open(storage, PATH, identity, SHAPE, new PageCache(cacheBytes));
}

function bytesOf(storage: MemoryStorage): Uint8Array {
  const file = storage.open(PATH);
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  return bytes;
}

function replaced(bytes: Uint8Array): MemoryStorage {
  const storage = new MemoryStorage();
  storage.makeDirectory("/db/runs");
  storage.open(PATH, { write: true, create: true }).writeAt(bytes, 0);
  return storage;
}

function valueOf(run: Run, at: number): Uint8Array {
  const page = run.page(at);
  const { bytes, starts } = run.values(at);
  const from = starts[at - page.base];
  return bytes.subarray(from, from + page.lengths[at - page.base]);
}

/** Everything that a run says. */
function contentOf(run: Run): unknown[] {
  return Array.from({ length: run.count }, (_, at) => {
    const page = run.page(at);
    const place = at - page.base;
    return [
      ...page.coordinates.subarray(place * 2, place * 2 + 2),
      ...page.keys.subarray(place * 2, place * 2 + 2),
      ...page.revisions.subarray(place * 4, place * 4 + 4),
      run.isTombstone(at) ? "deleted" : valueOf(run, at).join(),
    ].join();
  });
}

for (const count of [1, 63, 64, 65, 255, 256, 257, 3000]) {
  test(`a run of ${count} entries comes back from its file, with the same boxes`, async () => {
    const written = runOf(count);
    const storage = await fileOf(count);
    for (const cacheBytes of [0, 1e9]) {
      const run = openRun(storage, cacheBytes);
      assert.deepEqual(contentOf(run), contentOf(written));
      assert.deepEqual(run.tree.levels, written.tree.levels);
      assert.deepEqual(run.bounds, written.bounds);
      run.close();
    }
  });
}

test("find(), endOf() and lowerBound() agree with the run in memory, across pages", async () => {
  const written = runOf(3000);
  const run = openRun(await fileOf(3000));
  for (let at = 0; at < run.count; at += 13) {
    const page = written.page();
    const key = page.keys.subarray(at * 2, at * 2 + 2);
    const point = page.coordinates.subarray(at * 2, at * 2 + 2);
    const prefix = written.prefix(at);
    const first = written.find(key, point);
    assert.equal(run.find(key, point), first);
    assert.equal(run.endOf(first), written.endOf(first));
    for (const [low, high] of [[0, 3000], [at, 3000], [0, at + 1], [700, 2500]]) {
      assert.equal(run.lowerBound(prefix, low, high), written.lowerBound(prefix, low, high));
    }
  }
  assert.equal(run.find([0xffff_ffff, 0xffff_ffff], [5, 2 ** 32 - 1]), -1);
});

test("any byte of a run file changed is told, at opening or when its page is read, and no other page suffers", async () => {
  const storage = await fileOf(300);
  const bytes = bytesOf(storage);
  const whole = contentOf(openRun(storage));
  for (let at = 0; at < bytes.length; at += 1 + at % 19) {
    const damaged = bytes.slice();
    damaged[at] ^= 1 << at % 8;
    let run: FileRun;
    try {
      run = openRun(replaced(damaged));
    } catch (error) {
      assert(error instanceof CorruptionError && error.file === PATH, `byte ${at}: ${error}`);
      continue;
    }
    let told = 0;
    for (let page = 0; page < 300; page += 256) {
      try {
        const part = Array.from({ length: Math.min(256, 300 - page) }, (_, i) => page + i)
          .map((place) => contentOf(pick(run, place))[0]);
        assert.deepEqual(part, whole.slice(page, page + 256));
      } catch (error) {
        assert(error instanceof CorruptionError && error.offset !== undefined, `${error}`);
        told++;
      }
    }
    assert.equal(told, 1, `byte ${at}`);
  }
});

/** A run of one entry of another: what `contentOf` needs of it. */
function pick(run: FileRun, at: number): Run {
  return {
    count: 1,
    page: () => {
      const page = run.page(at);
      return { ...page, base: page.base - at, lengths: page.lengths };
    },
    isTombstone: () => run.isTombstone(at),
    values: () => run.values(at),
  } as unknown as Run;
}

test("a run file of any other length is corrupt", async () => {
  const bytes = bytesOf(await fileOf(70));
  for (let length = 0; length < bytes.length; length += 7) {
    assert.throws(() => openRun(replaced(bytes.slice(0, length))), CorruptionError);
  }
  assert.throws(() => openRun(replaced(new Uint8Array([...bytes, 0]))), CorruptionError);
});

test("a run file of another run, space or version is refused", async () => {
  const storage = await fileOf(70);
  assert.throws(() => openRun(storage, 0, { id: 8, space: 3 }), CorruptionError);
  assert.throws(() => openRun(storage, 0, { id: 7, space: 4 }), CorruptionError);
  const bytes = bytesOf(storage);
  bytes[8] = 3;
  const footerAt = Number(
    new DataView(bytes.buffer).getBigUint64(bytes.length - TRAILER_BYTES, true),
  );
  const footer = bytes.slice(footerAt, bytes.length - TRAILER_BYTES);
  const steps = [...footerChecksum(bytes.slice(0, 64), footer)];
  assert.equal(steps.length, 1);
  const sum = checksumOf([bytes.slice(0, 64), checksum(footer)]);
  bytes.set(encodeTrailer(sum, footerAt, footer.length), bytes.length - TRAILER_BYTES);
  assert.throws(() => openRun(replaced(bytes)), NewerFormatError);
});

test("pages exchanged within a file, or taken from another, do not verify", async () => {
  const bytes = bytesOf(await fileOf(600));
  const other = bytesOf(await fileOf(600));
  const second = secondPageOf(bytes);
  const exchanged = bytes.slice();
  exchanged.set(other.subarray(64, 64 + 1000), second);
  const run = openRun(replaced(exchanged));
  assert.throws(() => run.page(256), CorruptionError);
  assert.equal(run.page(0).count, 256);
});

/** Where it begins, as the footer says: behind the counts, the bounds, and where the first begins. */
function secondPageOf(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer);
  const footer = Number(view.getBigUint64(bytes.length - TRAILER_BYTES, true));
  return view.getFloat64(footer + 16 + 2 * 16 + 8, true);
}

test("the cache keeps no more bytes than it may, and a page is read once while it is kept", async () => {
  const storage = await fileOf(3000);
  const cache = new PageCache(42_000);
  const run = FileRun.open(storage, PATH, IDENTITY, SHAPE, cache);
  for (let at = 0; at < 3000; at++) {
    run.page(at);
    if (!run.isTombstone(at)) run.values(at);
    assert(cache.bytes <= 42_000);
  }
  const kept = run.page(2900);
  run.page(0);
  assert.equal(run.page(2900), kept);
});

test("entries that are located without a search are those that a search finds", async () => {
  const anySpan = fc.tuple(fc.nat(1), fc.integer({ min: 1, max: 700 }), fc.nat(2), fc.boolean());
  let located = 0;
  await fc.assert(
    fc.asyncProperty(fc.array(anySpan, { minLength: 1, maxLength: 4 }), async (spans) => {
      const entries: DataEntry[] = [];
      let low = 0;
      for (const [high, length, gap, isDeleted] of spans) {
        low += gap; // 0: another version of the one before.
        for (let i = 0; i < length; i++, low++) {
          const address = { space: 3, point: [high, low] };
          const revision = revisionOf(entries.length + 1);
          if (isDeleted && i === 9) entries.push({ kind: "tombstone", address, revision });
          else entries.push({ kind: "write", address, revision, data: encodeValue(i) });
        }
        low--;
      }
      for (const run of await edgesOf(entries)) {
        const places = new Uint32Array(1);
        for (let time = 0; time < 2; time++) { // No page was read, and then all were.
          for (let i = 0; i <= 2 * low + 3; i++) {
            const key = Uint32Array.of(i % 2, i >>> 1);
            run.locate(key, 1, places);
            const found = run.find(key, key);
            if (places[0] === NOT_LOCATED) continue;
            located++;
            assert.equal(places[0], found);
            assert.equal(run.endOf(found), found + 1);
            assert.equal(run.isTombstone(found), false);
          }
        }
      }
    }),
    { numRuns: 40 },
  );
  assert(located > 1000, `only ${located} were located`);
});

/** A run of edges: opened as a file of before, and with the pages that its writer kept. */
async function edgesOf(entries: readonly DataEntry[]): Promise<FileRun[]> {
  const chunk = new TailChunk(EDGE_SHAPE);
  chunk.take(EntryList.of([...entries]), 0, entries.length);
  const storage = new MemoryStorage();
  storage.makeDirectory("/db/runs");
  const cache = new PageCache(1e9);
  const kept = new KeptPages(cache, EDGE_SHAPE);
  const written = await writeRunFile(storage, PATH, IDENTITY, new VersionMerge([chunk.run()]), {
    kept,
  });
  return [
    FileRun.open(storage, PATH, IDENTITY, EDGE_SHAPE, new PageCache(1e9)),
    FileRun.ofWritten(storage, PATH, IDENTITY, EDGE_SHAPE, cache, written!),
  ];
}
