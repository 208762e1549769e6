import assert from "node:assert/strict";
import { test } from "node:test";
import type { OpenFileOptions, StorageFile } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { macrotask } from "../../lib/clock/slice.ts";
import { PageCache } from "../../lib/store/page_cache.ts";
import { RunFiles, runPath } from "../../lib/store/run_files.ts";
import type { FileRun } from "../../lib/store/file_run.ts";
import { VersionMerge } from "../../lib/store/version_merge.ts";
import { writeRunFile } from "../../lib/store/run_writer.ts";
import { errno, FaultStorage } from "../support/fault_storage.ts";
import { HandleStorage } from "../support/handle_storage.ts";
import { pattern, PLANE, sorted, SPACE, version } from "../support/runs.ts";

await loadChecksum();

const MIB = 1024 * 1024;
const VALUE_BYTES = MIB / 2;
const PATH = runPath("/db", 1);

/** Refuses to open what is there for writing. */
class GuardedStorage extends HandleStorage {
  override open(path: string, options?: OpenFileOptions): StorageFile {
    assert(options?.write !== true || options.exclusive, `${path} is opened to be changed`);
    return super.open(path, options);
  }
}

interface World {
  storage: GuardedStorage;
  files: RunFiles;
  run: FileRun;
}

/** A run of so many MiB of values, half a MiB each, open. */
async function opened(mib: number): Promise<World> {
  const storage = new GuardedStorage();
  storage.makeDirectory("/db");
  const files = new RunFiles(storage, "/db", new PageCache(1e9));
  const value = pattern(VALUE_BYTES);
  const entries = Array.from(
    { length: mib * MIB / VALUE_BYTES },
    (_, i) => version([i, 0], i + 1, value),
  );
  const record = await files.write(1, { space: SPACE }, new VersionMerge([sorted(PLANE, entries)]));
  return { storage, files, run: files.open(PLANE, record!) };
}

for (const [size, mib] of [["small", 0.5], ["large", 2]] as const) {
  test(`a ${size} run that was retired is read on, here and by others, as long as it is open`, async () => {
    const { storage, files, run } = await opened(mib);
    const other = storage.open(PATH);
    const bytes = other.size();
    files.retire(1);
    assert.equal(
      storage.exists(PATH),
      size === "large",
      "who takes the last name of a large one waits",
    );
    const last = run.count - 1;
    const { bytes: read, starts } = run.values(last);
    assert.deepEqual(read.subarray(starts[0], starts[0] + VALUE_BYTES), pattern(VALUE_BYTES));
    await files.close();
    assert.equal(storage.exists(PATH), false);
    assert.deepEqual(storage.handles, [PATH], "only the other has it open");
    assert.equal(other.size(), bytes);
    const tail = new Uint8Array(8);
    other.readAt(tail, bytes - 8);
    assert.equal(new TextDecoder().decode(tail), "IDB_END\0");
    await files.close(); // Once more is no mistake.
  });
}

test("close() resolves though the name of a large run cannot be removed", async () => {
  const { storage, files } = await opened(2);
  let tried = 0;
  storage.removeAsync = async (path) => {
    tried++;
    await Promise.reject(new Error(`EBUSY: ${path}`));
  };
  files.retire(1);
  assert.equal(tried, 0);
  await files.close();
  assert.deepEqual([tried, storage.handles, storage.exists(PATH)], [1, [], true]);
});

test("a run that fails while a sync of it is under way is closed and removed behind the sync", async () => {
  const storage = new FaultStorage();
  const value = pattern(MIB);
  const entries = Array.from({ length: 6 }, (_, i) => version([i, 0], i + 1, value));
  const source = new VersionMerge([sorted(PLANE, entries)]);
  let given = false;
  source.next = () => {
    if (given) throw errno("EIO");
    given = true;
    return VersionMerge.prototype.next.call(source);
  };
  const release = storage.hold(".run");
  const written = writeRunFile(storage, "/1.run", { id: 1, space: SPACE }, source);
  while (storage.held === 0) await macrotask();
  for (let i = 0; i < 50; i++) await macrotask();
  assert.equal(storage.count("close"), 0);
  release();
  await assert.rejects(written, { code: "io" });
  assert.deepEqual(storage.log.slice(-3).map(({ operation }) => operation), [
    "syncData",
    "close",
    "remove",
  ]);
});
