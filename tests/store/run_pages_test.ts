import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage, type OpenFileOptions, type StorageFile } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { WRITE_BYTES_MAX } from "../../lib/limits.ts";
import type { DataEntry } from "../../lib/segment/entry_list.ts";
import type { FileRun } from "../../lib/store/file_run.ts";
import type { MemoryRun } from "../../lib/store/memory_run.ts";
import { PAGE_VALUE_BYTES } from "../../lib/store/run_page.ts";
import { RunPages } from "../../lib/store/run_pages.ts";
import { shapeOf } from "../../lib/store/shape.ts";
import { VersionMerge } from "../../lib/store/version_merge.ts";
import {
  COARSE,
  fileOf,
  fileRunOf,
  linesOf,
  pattern,
  PLANE,
  sorted,
  version,
} from "../support/runs.ts";

await loadChecksum();

const MIB = 1024 * 1024;
const LINE_BITS = 32;
const LINE = shapeOf({ dims: 1, bits: LINE_BITS, axes: [], retention: "all" });

/** Entries along a line, a value of such a size each; undefined for a deletion. */
function entriesOf(sizes: readonly (number | undefined)[]): DataEntry[] {
  return sizes.map((size, i) =>
    version([i, 0], i + 1, size === undefined ? undefined : pattern(size, i))
  );
}

/** How many entries each page of a run has. */
function pagesOf(run: FileRun): number[] {
  return Array.from({ length: run.pages }, (_, number) => run.readPage(number).page.count);
}

async function both(
  sizes: readonly (number | undefined)[],
  cacheBytesMax?: number,
): Promise<{ file: FileRun; memory: MemoryRun }> {
  const entries = entriesOf(sizes);
  return { file: await fileOf(PLANE, entries, cacheBytesMax), memory: sorted(PLANE, entries) };
}

const half = PAGE_VALUE_BYTES / 2;

/** Sizes of values, in the order of the run, and what pages they fill. */
const FILLINGS: [string, (number | undefined)[], number[]][] = [
  ["two that are 64 KiB together share a page", [half, half], [2]],
  ["two that are a byte more do not", [half, half + 1], [1, 1]],
  ["one of 64 KiB fills its page, and empty ones still join it", [PAGE_VALUE_BYTES, 0, undefined], [
    3,
  ]],
  ["one of 64 KiB fills its page", [PAGE_VALUE_BYTES, 1], [1, 1]],
  ["one behind a small one begins a page", [1, PAGE_VALUE_BYTES], [1, 1]],
  ["one of 1 MiB has a page of its own", [8, MIB, 8, 8], [1, 1, 2]],
  ["large ones, each a page", [MIB, MIB, PAGE_VALUE_BYTES + 1, MIB], [1, 1, 1, 1]],
  ["nothing but deletions", Array(300).fill(undefined), [256, 44]],
  ["nothing but empty values", Array(257).fill(0), [256, 1]],
  ["256 bytes each are 64 KiB", Array(512).fill(256), [256, 256]],
  ["257 bytes each are more", Array(512).fill(257), [255, 255, 2]],
];

/** Such sizes at places along a line that come in this order in a run, whatever way the curve takes. */
function ordered(sizes: readonly (number | undefined)[]): (number | undefined)[] {
  const run = sorted(PLANE, entriesOf(sizes));
  const placed: (number | undefined)[] = Array(sizes.length);
  for (let at = 0; at < run.count; at++) placed[run.page().coordinates[at * 2]] = sizes[at];
  return placed;
}

for (const [what, sizes, counts] of FILLINGS) {
  test(`a page ends early where its values would pass 64 KiB: ${what}`, async () => {
    const { file, memory } = await both(ordered(sizes));
    assert.deepEqual(pagesOf(file), counts);
    assert.deepEqual(linesOf(file), linesOf(memory));
    assert.deepEqual(file.tree.levels, memory.tree.levels);
    assert.deepEqual(file.bounds, memory.bounds);
  });
}

test("a leaf is clean only if no address goes on in it from the one before, or in the next, whatever page that is in", async () => {
  const distinct = Array.from({ length: 700 }, (_, i) => i);
  for (
    const twice of [[63], [64], [127, 128], [255], [256], [319, 320, 640], [511, 575], distinct]
  ) {
    const at = distinct.map((i) => i - twice.filter((each) => each <= i).length);
    for (const values of [3, 1000]) { // Pages are full, or end at 65 entries.
      const entries = at.map((x, i) => version([x], i + 1, pattern(values, i)));
      const memory = sorted(LINE, entries);
      const file = await fileRunOf(new VersionMerge([memory]));
      assert.deepEqual(file.tree.levels, memory.tree.levels, `${twice}`);
      assert.deepEqual(file.bounds, memory.bounds);
    }
  }
});

/** Large and small values by turns, so that pages begin at any place of a leaf; then full pages. */
const MIXED = Array.from(
  { length: 3000 },
  (_, i) => {
    if (i < 1500 && i % 97 === 5) return i % 2 === 0 ? 40_000 : 70_000;
    return i % 11 === 0 ? undefined : i % 30;
  },
);

test("find(), endOf(), lowerBound(), page() and values() are right across pages that ended early", async () => {
  const entries = MIXED.map((size, i) =>
    version([(i >> 2) % 64, i >> 8], i + 1, size === undefined ? undefined : pattern(size, i))
  );
  const memory = sorted(PLANE, entries);
  const file = await fileRunOf(new VersionMerge([memory]), 200_000);
  const counts = pagesOf(file);
  assert(counts.length > 20 && counts.some((each) => each === 256));
  assert.deepEqual(linesOf(file), linesOf(memory));
  const starts = counts.map((_, i) => counts.slice(0, i).reduce((sum, each) => sum + each, 0));
  const edges = starts.flatMap((start) => [start - 1, start, start + 1]);
  for (const at of edges.filter((each) => each >= 0 && each < file.count)) {
    const { keys, coordinates } = memory.page();
    const key = keys.subarray(at * 2, at * 2 + 2);
    const point = coordinates.subarray(at * 2, at * 2 + 2);
    const first = memory.find(key, point);
    assert.equal(file.find(key, point), first);
    assert.equal(file.endOf(first), memory.endOf(first));
    const prefix = memory.prefix(at);
    for (const wanted of [prefix, prefix + 1, 0, 2 ** 53]) {
      for (const [low, high] of [[0, 3000], [at, 3000], [0, at + 1], [at, at + 1]]) {
        const expected = memory.lowerBound(wanted, low, high);
        assert.equal(file.lowerBound(wanted, low, high), expected, `${wanted} ${low} ${high}`);
      }
    }
  }
  assert.equal(file.find([0xffff_ffff, 0xffff_ffff], [2 ** LINE_BITS - 1, 5]), -1);
});

test("leaves that share nothing but one address are not clean, and those beside them are", async () => {
  const single = Array.from({ length: 400 }, (_, i) => version([i, i % 7], i + 2, pattern(3)));
  for (const place of [63, 127, 255]) {
    const { coordinates } = sorted(PLANE, single).page();
    const older = version([...coordinates.subarray(place * 2, place * 2 + 2)], 1, pattern(4));
    const memory = sorted(PLANE, [...single, older]);
    const file = await fileRunOf(new VersionMerge([memory]));
    const found = Array.from(file.tree.levels[0].clean, (each) => each === 1);
    assert.deepEqual(file.tree.levels, memory.tree.levels);
    assert.equal(found.filter((each) => !each).length, 2, `${place}: ${found}`);
    assert.deepEqual([found[(place - 63) / 64], found[(place + 1) / 64]], [false, false]);
  }
});

test("versions of one address lie across pages that ended early, and each is found", async () => {
  const entries = Array.from({ length: 900 }, (_, i) => version([3, 3], i + 1, pattern(i * 2, i)));
  entries.push(version([2, 2], 9, pattern(5)), version([4, 4], 9));
  const memory = sorted(PLANE, entries);
  const file = await fileRunOf(new VersionMerge([memory]));
  assert(file.pages > 8);
  const first = memory.find(PLANE.keysOf(Uint32Array.of(3, 3), 1), [3, 3]);
  assert.equal(file.find(PLANE.keysOf(Uint32Array.of(3, 3), 1), [3, 3]), first);
  assert.equal(file.endOf(first), first + 900);
  for (let at = 0; at < 900; at += 7) {
    const { revisions } = memory.page();
    const ceiling = revisions.slice((first + at) * 4, (first + at + 1) * 4);
    assert.equal(file.visible(first, ceiling), first + at);
  }
});

test("pages of float spaces end early, too, and keep every bit of a coordinate", async () => {
  const entries = Array.from(
    { length: 40 },
    (_, i) => version([i / 39 - 5e-324], i + 1, pattern(i % 3 === 0 ? 30_000 : 3, i)),
  );
  const memory = sorted(COARSE, entries);
  const file = await fileOf(COARSE, entries);
  assert(file.pages > 5);
  assert.deepEqual(linesOf(file), linesOf(memory));
});

/** A storage that writes down how much it gets at once, and how much between two syncs. */
class MeasuringStorage extends MemoryStorage {
  largestWrite = 0;
  mostUnsynced = 0;
  #unsynced = 0;

  override open(path: string, options?: OpenFileOptions): StorageFile {
    const file = super.open(path, options);
    const { writeAt, syncData } = file;
    file.writeAt = (bytes, position) => {
      writeAt.call(file, bytes, position);
      this.#unsynced += bytes.length;
      this.largestWrite = Math.max(this.largestWrite, bytes.length);
      this.mostUnsynced = Math.max(this.mostUnsynced, this.#unsynced);
    };
    file.syncData = async () => {
      this.#unsynced = 0;
      await syncData.call(file);
    };
    return file;
  }
}

/** What a chunk of the tail may be: thousands of values of a KiB, and values of many MiB. */
const LARGE: [string, number[]][] = [
  ["12,000 values of 1 KiB", Array(12_000).fill(1024)],
  ["values of 9, 0 and 5 MiB", [9 * MIB, 0, 5 * MIB + 3]],
];

for (const [what, sizes] of LARGE) {
  test(`one source of ${what} is written in small pieces, and synced in between`, async () => {
    const storage = new MeasuringStorage();
    const memory = sorted(PLANE, entriesOf(sizes));
    const file = await fileRunOf(new VersionMerge([memory]), 1e9, undefined, storage);
    assert(storage.largestWrite <= MIB / 2, `${storage.largestWrite}`);
    assert(storage.mostUnsynced <= WRITE_BYTES_MAX + MIB / 2, `${storage.mostUnsynced}`);
    assert.deepEqual([file.count, file.bounds], [memory.count, memory.bounds]);
    for (let at = 0; at < file.count; at += 97) {
      const [page, values] = [file.page(at), file.values(at)];
      const from = values.starts[at - page.base];
      const length = page.lengths[at - page.base];
      const start = memory.values().starts[at];
      assert.equal(length, memory.page().lengths[at]);
      const wanted = memory.values().bytes.subarray(start, start + length);
      assert(Buffer.from(values.bytes.buffer, from, length).equals(wanted));
    }
  });
}

test("append() takes no more than a page at a time, and says how far it came", () => {
  const memory = sorted(PLANE, entriesOf(Array(1000).fill(300)));
  const pages = new RunPages(7, PLANE, 64, MIB);
  const stops: number[] = [];
  for (let place = 0; place < memory.count;) {
    place = pages.append(memory.page(), memory.values(), place, memory.count);
    stops.push(place);
  }
  const ofPage = Math.floor(PAGE_VALUE_BYTES / 300);
  assert.deepEqual(stops, [1, 2, 3, 4].map((page) => page * ofPage).concat(1000));
});
