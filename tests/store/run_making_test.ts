import assert from "node:assert/strict";
import { test } from "node:test";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { REVISION_WORDS, writeRevisionWords } from "../../lib/clock/revision.ts";
import { type DataEntry, EntryList } from "../../lib/segment/entry_list.ts";
import { SpaceContent } from "../../lib/store/content.ts";
import type { RunRecord, SpaceRecord } from "../../lib/store/manifest_state.ts";
import { PageCache } from "../../lib/store/page_cache.ts";
import { RunFiles } from "../../lib/store/run_files.ts";
import {
  contentOf,
  type Merged,
  type MergeOrder,
  mergeRuns,
  writeLeaving,
} from "../../lib/store/run_making.ts";
import { Table } from "../../lib/store/table.ts";
import { revisionOf } from "../support/entries.ts";
import { errno, FaultStorage } from "../support/fault_storage.ts";
import { idsFrom } from "../support/run_ids.ts";
import { chunksOf, linesOf, pattern, PLANE, sorted, SPACE, version } from "../support/runs.ts";

await loadChecksum();

const RECORD: SpaceRecord = {
  id: SPACE,
  name: "s",
  dims: 2,
  bits: 32,
  axes: [],
  retention: "latest",
};

const NO_LIMITS = { floor: wordsOf(1000), isNews: () => false };

function wordsOf(sequence: number): Uint32Array {
  const words = new Uint32Array(REVISION_WORDS);
  writeRevisionWords(revisionOf(sequence), words, 0);
  return words;
}

/** Run files, each with entries, and the content that lists them. */
async function started(
  cacheBytesMax: number,
  ...parts: DataEntry[][]
): Promise<{ storage: FaultStorage; files: RunFiles; runs: RunRecord[]; content: SpaceContent }> {
  const storage = new FaultStorage();
  const files = new RunFiles(storage, "/db", new PageCache(cacheBytesMax));
  const content = new SpaceContent(PLANE);
  const runs: RunRecord[] = [];
  const takeId = idsFrom(1);
  for (const part of parts) {
    const leaving = [{ table: { space: SPACE }, chunks: chunksOf(PLANE, part) }];
    runs.push(...await writeLeaving(files, takeId, leaving));
  }
  for (const run of runs) content.addFile(run.id, files.open(PLANE, run));
  return { storage, files, runs, content };
}

async function merge(
  { files, runs, content }: Awaited<ReturnType<typeof started>>,
  order: Partial<MergeOrder> = {},
  record = RECORD,
): Promise<Merged> {
  const pause = async (): Promise<void> => {};
  const form = { space: SPACE, shape: PLANE, retention: record.retention };
  const table = new Table(form, { files, check() {}, listed: [] });
  table.content = content;
  return await mergeRuns(
    files,
    { id: 50, runs, limits: NO_LIMITS, pause, ...order },
    table,
  );
}

test("writeLeaving() writes one file a space, which holds what each chunk held, once", async () => {
  const all = Array.from({ length: 700 }, (_, i) => version([i % 50, 1], i + 1, pattern(i % 9)));
  const { files, runs, storage } = await started(1e6, all);
  assert.deepEqual(runs.map(({ id, space, entries }) => [id, space, entries]), [[1, SPACE, 700]]);
  assert.equal(storage.open("/db/runs/1.run").size(), runs[0].bytes);
  assert.deepEqual(linesOf(files.open(PLANE, runs[0])), linesOf(sorted(PLANE, all)));
});

test("what left memory is read and merged without its file, as far as the cache keeps it, and is the same", async () => {
  const part = (from: number): DataEntry[] =>
    Array.from({ length: 900 }, (_, i) => version([i % 60, i], from + i, pattern(i % 9)));
  const parts = [part(1), part(1001), part(2001)];
  for (const [cacheBytesMax, readsMax] of [[1e6, 0], [60_000, 23], [0, 24]]) {
    const world = await started(cacheBytesMax, ...parts);
    const { storage, files, runs } = world;
    let reads = 0;
    storage.before = (operation) => void (reads += operation === "readAt" ? 1 : 0);
    const { run } = await merge(world, {}, { ...RECORD, retention: "all" });
    assert(reads <= readsMax, `${reads} of 12 pages and 12 blocks of values`);
    assert.equal(reads > 0, readsMax > 0);
    storage.before = () => {};
    const again = new RunFiles(storage, "/db", new PageCache(1e6));
    assert.deepEqual(linesOf(again.open(PLANE, run!)), linesOf(sorted(PLANE, parts.flat())));
    for (const [i, record] of runs.entries()) {
      const expected = linesOf(sorted(PLANE, parts[i]));
      for (const each of [files, again]) {
        assert.deepEqual(linesOf(each.open(PLANE, record)), expected);
      }
    }
  }
});

test("writeLeaving() leaves no file behind when one of several cannot be written", async () => {
  for (const failing of ["writeAt", "syncData", "syncDirectory"] as const) {
    const storage = new FaultStorage();
    const files = new RunFiles(storage, "/db", new PageCache(1e6));
    const leaving = [1, 2, 3].map((space) => ({
      table: { space },
      chunks: chunksOf(PLANE, [version([1, 1], 1, pattern(3))]),
    }));
    storage.before = (operation, path) => {
      const isLast = failing === "syncDirectory" ? path.endsWith("runs") : path.endsWith("3.run");
      if (operation === failing && isLast) throw errno("ENOSPC");
    };
    await assert.rejects(writeLeaving(files, idsFrom(1), leaving), { code: "no-space" });
    assert.deepEqual(storage.list("/db/runs"), [], failing);
  }
});

test("mergeRuns() keeps every version where all are kept, and exact duplicates once", async () => {
  const parts = [
    [version([1, 1], 1, pattern(3)), version([2, 2], 2)],
    [version([1, 1], 1, pattern(3)), version([1, 1], 3), version([2, 2], 1, pattern(4))],
  ];
  const world = await started(1e6, ...parts);
  const { run, dropped } = await merge(world, {}, { ...RECORD, retention: "all" });
  const merged = world.files.open(PLANE, run!);
  assert.deepEqual(linesOf(merged), linesOf(sorted(PLANE, parts.flat())));
  assert.deepEqual([merged.count, run?.entries, dropped], [4, 4, undefined]);
});

test("mergeRuns() of which nothing is kept makes no file", async () => {
  const world = await started(1e6, [version([1, 1], 1, pattern(3))], [version([1, 1], 2)]);
  const { run, dropped } = await merge(world);
  assert.equal(run, undefined);
  assert.deepEqual(dropped, revisionOf(2));
  assert.deepEqual(world.storage.list("/db/runs").sort(), ["1.run", "2.run"]);
});

test("mergeRuns() heeds what is in other files, leaving, or in the tail", async () => {
  const older = [version([9, 9], 1, pattern(3))];
  const newer = [version([9, 9], 3, pattern(3))];
  const places: [string, (content: SpaceContent, entries: DataEntry[]) => void][] = [
    ["a file", (content, entries) => content.addFile(9, sorted(PLANE, entries))],
    ["the tail", (content, entries) => content.add(EntryList.of(entries), 0, entries.length)],
    ["leaving", (content, entries) => {
      content.add(EntryList.of(entries), 0, entries.length);
      content.leave();
    }],
  ];
  for (const [where, put] of places) {
    for (const [outside, kept] of [[older, 1], [newer, undefined]] as const) {
      const world = await started(1e6, [version([1, 1], 2)], [version([1, 1], 1, pattern(2))]);
      put(world.content, outside);
      const { run } = await merge(world);
      assert.equal(run?.entries, kept, where);
    }
  }
});

test("mergeRuns() that is given up, or fails at any operation, leaves the files it had", async () => {
  const parts = [[version([1, 1], 1, pattern(3))], [version([1, 1], 2, pattern(3))]];
  for (let at = 0;; at++) {
    const world = await started(0, ...parts); // So that pages are read.
    let left = at;
    world.storage.before = (operation) => {
      if (["open", "readAt", "writeAt", "syncData", "syncDirectory"].includes(operation)) {
        if (left-- === 0) throw errno("EIO");
      }
    };
    const failure = await merge(world).then(() => undefined, (error) => error.code);
    world.storage.before = () => {};
    const files = world.storage.list("/db/runs").sort();
    if (failure === undefined) {
      assert.deepEqual(files, ["1.run", "2.run", "50.run"]);
      assert(at > 9);
      return;
    }
    assert.equal(failure, "io");
    assert.deepEqual(files, ["1.run", "2.run"], `operation ${at}`);
  }
});

test("mergeRuns() tells which file does not verify, and makes none", async () => {
  const large = (sequence: number): DataEntry[] =>
    Array.from({ length: 600 }, (_, i) => version([i, i], sequence, pattern(20)));
  const world = await started(1e6, large(1), large(2));
  const { storage, runs } = world;
  const file = storage.open("/db/runs/2.run", { write: true });
  file.writeAt(Uint8Array.of(0xa5), Math.floor(runs[1].bytes / 2));
  const files = new RunFiles(storage, "/db", new PageCache(1e6)); // Those that wrote them have the pages.
  await assert.rejects(merge({ ...world, files }), { code: "corrupt", file: "/db/runs/2.run" });
  assert.deepEqual(storage.list("/db/runs").sort(), ["1.run", "2.run"]);
});

test("contentOf() takes the entries of one space", () => {
  const entries = Array.from({ length: 9 }, (_, i) => {
    const entry = version([i, i], i + 1, pattern(i));
    return { ...entry, address: { ...entry.address, space: i % 3 === 1 ? 4 : SPACE } };
  });
  const [run] = contentOf(PLANE, SPACE, EntryList.of(entries)).unwritten();
  const own = entries.filter(({ address }) => address.space === SPACE);
  assert.deepEqual(linesOf(run), linesOf(sorted(PLANE, own)));
  assert.deepEqual(contentOf(PLANE, 5, EntryList.of(entries)).unwritten(), []);
});
