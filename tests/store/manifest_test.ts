import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CorruptionError,
  type InfiniteDbError,
  IoError,
  MemoryStorage,
  NoSpaceError,
  PoisonedError,
} from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { Manifest, readManifest } from "../../lib/store/manifest.ts";
import { MANIFEST_BYTES_MAX } from "../../lib/store/manifest_format.ts";
import { type ManifestState, newManifestState } from "../../lib/store/manifest_state.ts";
import { errno, FaultStorage, type Operation } from "../support/fault_storage.ts";

const ROOT = "/db";
const PATH = "/db/MANIFEST";

async function fixture(): Promise<{ storage: FaultStorage; manifest: Manifest }> {
  await loadChecksum();
  const storage = new FaultStorage();
  storage.makeDirectory(ROOT);
  const manifest = new Manifest(storage, ROOT, newManifestState());
  await manifest.update((state) => state);
  storage.log.length = 0;
  return { storage, manifest };
}

const addSession = (state: ManifestState): ManifestState => ({
  ...state,
  nextSession: state.nextSession + 1,
});

test("readManifest() finds none where there is none", async () => {
  await loadChecksum();
  assert.equal(readManifest(new MemoryStorage(), ROOT), undefined);
});

test("readManifest() gives what update() made durable, and its bytes", async () => {
  const { storage, manifest } = await fixture();
  const before = readManifest(storage, ROOT);
  await manifest.update(addSession);
  const after = readManifest(storage, ROOT);
  assert.deepEqual(after?.state, manifest.state);
  assert.equal(after?.state.nextSession, 2);
  assert.notDeepEqual(after?.bytes, before?.bytes);
});

test("a damaged manifest is an error, not a new database", async () => {
  const { storage } = await fixture();
  const file = storage.open(PATH, { write: true });
  file.writeAt(Uint8Array.of(0xff), 16);
  assert.throws(() => readManifest(storage, ROOT), CorruptionError);
  file.truncate(0);
  assert.throws(() => readManifest(storage, ROOT), CorruptionError);
  file.close();
});

test("readManifest() refuses a file too large before it holds any of it", async () => {
  await loadChecksum();
  const storage = new MemoryStorage();
  const open = storage.open.bind(storage);
  storage.makeDirectory(ROOT);
  storage.open(PATH, { write: true, create: true }).close();
  storage.open = (path, options) =>
    Object.assign(open(path, options), {
      size: () => MANIFEST_BYTES_MAX + 1,
      readAt: () => assert.fail("nothing is read"),
    });
  assert.throws(() => readManifest(storage, ROOT), CorruptionError);
});

test("readManifest() tells a failing disk from a damaged file", async () => {
  const { storage } = await fixture();
  storage.failNext("readAt");
  assert.throws(() => readManifest(storage, ROOT), IoError);
});

test("update() applies changes in order and joins those that wait into one write", async () => {
  const { storage, manifest } = await fixture();
  const seen: number[] = [];
  const release = storage.hold();
  const updates = Array.from({ length: 10 }, () =>
    manifest.update((state) => {
      seen.push(state.nextSession);
      return addSession(state);
    }));
  await Promise.resolve();
  assert.equal(manifest.state.nextSession, 1); // Nothing is durable yet.
  release();
  await Promise.all(updates);
  assert.deepEqual(seen, [1, 2, 3, 4, 5, 6, 7, 8, 9, 10]);
  assert.equal(storage.count("rename"), 2); // The first alone, the others together.
  assert.equal(readManifest(storage, ROOT)?.state.nextSession, 11);
});

test("update() has closed every file it opened", async () => {
  const { storage, manifest } = await fixture();
  await manifest.update(addSession);
  assert.equal(storage.count("close"), storage.count("open"));
});

test("a change that throws, or makes no sense, rejects its own caller only", async () => {
  const { manifest } = await fixture();
  const failure = new RangeError("no");
  const outcomes = await Promise.allSettled([
    manifest.update(addSession),
    manifest.update(() => {
      throw failure;
    }),
    manifest.update((state) => ({ ...state, runs: [{ id: 1, space: 9, entries: 1, bytes: 1 }] })),
    manifest.update(addSession),
  ]);
  assert.deepEqual(outcomes.map(({ status }) => status), [
    "fulfilled",
    "rejected",
    "rejected",
    "fulfilled",
  ]);
  assert.equal((outcomes[1] as PromiseRejectedResult).reason, failure);
  assert.equal(manifest.state.nextSession, 3);
});

for (const operation of ["open", "truncate", "writeAt", "syncData"] as Operation[]) {
  test(`update() changes nothing when ${operation} fails, and a later one succeeds`, async () => {
    const { storage, manifest } = await fixture();
    storage.failNext(operation, errno("ENOSPC"));
    await assert.rejects(manifest.update(addSession), NoSpaceError);
    assert.equal(manifest.poisoned, false);
    assert.equal(manifest.state.nextSession, 1);
    assert.equal(readManifest(storage, ROOT)?.state.nextSession, 1);
    await manifest.update(addSession);
    assert.equal(readManifest(storage, ROOT)?.state.nextSession, 2);
  });
}

for (const operation of ["rename", "syncDirectory"] as Operation[]) {
  test(`update() is poisoned for good when ${operation} fails`, async () => {
    const { storage, manifest } = await fixture();
    storage.failNext(operation);
    const failed = manifest.update(addSession);
    const waiting = manifest.update(addSession);
    const isPoisoned = (outcome?: "unknown") => (error: InfiniteDbError): boolean =>
      error instanceof PoisonedError && error.outcome === outcome && error.cause instanceof IoError;
    await assert.rejects(failed, isPoisoned("unknown"));
    await assert.rejects(waiting, isPoisoned());
    await assert.rejects(manifest.update(addSession), isPoisoned());
    assert.equal(manifest.poisoned, true);
    assert.equal(manifest.state.nextSession, 1);
    assert.equal(storage.count("rename"), 1);
  });
}

test("update() succeeds although closing the new manifest fails", async () => {
  const { storage, manifest } = await fixture();
  storage.failNext("close");
  await manifest.update(addSession);
  assert.equal(readManifest(storage, ROOT)?.state.nextSession, 2);
});
