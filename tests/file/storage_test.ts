import assert from "node:assert/strict";
import { test } from "node:test";
import { type FileStorage, MemoryStorage } from "../../mod.ts";
import { platformStorage } from "../../lib/file/platform.ts";
import { inTempDirectory } from "../support/temp_directory.ts";

/** The promises of `FileStorage`, each kept by the platform's files and by those in memory. */
const CONTRACT: Record<string, (storage: FileStorage, root: string) => void | Promise<void>> = {
  "a missing file is not-found, and one to be created in a missing directory too"(storage, root) {
    assert.throws(() => storage.open(`${root}/a`), { code: "not-found" });
    assert.throws(() => storage.open(`${root}/a`, { write: true }), { code: "not-found" });
    assert.throws(() => storage.open(`${root}/no/a`, { write: true, create: true }), {
      code: "not-found",
    });
    assert.throws(() => storage.remove(`${root}/a`), { code: "not-found" });
    assert.throws(() => storage.rename(`${root}/a`, `${root}/b`), { code: "not-found" });
  },
  "exclusive creation refuses a file that exists"(storage, root) {
    const exclusive = { write: true, create: true, exclusive: true };
    storage.open(`${root}/a`, exclusive).close();
    assert.throws(() => storage.open(`${root}/a`, exclusive), { code: "already-exists" });
  },
  "writes land at their position, gaps and extensions read as zeros"(storage, root) {
    const file = storage.open(`${root}/a`, { write: true, create: true });
    file.writeAt(new Uint8Array([1, 2, 3]), 4);
    assert.equal(file.size(), 7);
    file.writeAt(new Uint8Array([9]), 5);
    file.truncate(6);
    file.truncate(9);
    const bytes = new Uint8Array(20).fill(7);
    assert.equal(file.readAt(bytes, 0), 9);
    assert.deepEqual([...bytes.subarray(0, 10)], [0, 0, 0, 0, 1, 9, 0, 0, 0, 7]);
    assert.equal(file.readAt(bytes, 9), 0);
    assert.equal(file.readAt(bytes.subarray(0, 2), 4), 2);
    file.close();
  },
  "reads and writes keep to their positions when mixed"(storage, root) {
    const file = storage.open(`${root}/a`, { write: true, create: true });
    file.writeAt(new Uint8Array([1, 2, 3, 4]), 0);
    const two = new Uint8Array(2);
    file.readAt(two, 0);
    file.writeAt(new Uint8Array([8]), 2);
    file.readAt(two, 2);
    assert.deepEqual([...two], [8, 4]);
    file.writeAt(new Uint8Array(0), 100);
    assert.equal(file.size(), 4);
    file.close();
  },
  "what is written through one opening is read through another"(storage, root) {
    const writer = storage.open(`${root}/a`, { write: true, create: true });
    const reader = storage.open(`${root}/a`);
    writer.writeAt(new Uint8Array([5]), 0);
    const byte = new Uint8Array(1);
    assert.equal(reader.readAt(byte, 0), 1);
    assert.equal(byte[0], 5);
    assert.throws(() => reader.writeAt(byte, 0));
    writer.close();
    reader.close();
  },
  "every kind of sync returns"(storage, root) {
    const file = storage.open(`${root}/a`, { write: true, create: true });
    file.writeAt(new Uint8Array([5]), 0);
    file.syncDataSync();
    file.syncSync();
    storage.syncDirectory(root);
    return file.syncData().then(() => file.close());
  },
  "rename replaces its target, and an open file stays readable"(storage, root) {
    for (const [name, byte] of [["a", 1], ["b", 2]] as const) {
      const file = storage.open(`${root}/${name}`, { write: true, create: true });
      file.writeAt(new Uint8Array([byte]), 0);
      file.close();
    }
    const old = storage.open(`${root}/b`);
    storage.rename(`${root}/a`, `${root}/b`);
    const byte = new Uint8Array(1);
    old.readAt(byte, 0);
    assert.equal(byte[0], 2);
    old.close();
    const renamed = storage.open(`${root}/b`);
    renamed.readAt(byte, 0);
    assert.equal(byte[0], 1);
    renamed.close();
    assert.equal(storage.exists(`${root}/a`), false);
  },
  "link gives a second name, and refuses one that is taken"(storage, root) {
    storage.open(`${root}/a`, { write: true, create: true }).close();
    storage.link(`${root}/a`, `${root}/b`);
    const file = storage.open(`${root}/b`, { write: true });
    file.writeAt(new Uint8Array([3]), 0);
    file.close();
    storage.remove(`${root}/b`);
    assert.equal(storage.exists(`${root}/b`), false);
    const first = storage.open(`${root}/a`);
    assert.equal(first.size(), 1);
    first.close();
    storage.link(`${root}/a`, `${root}/c`);
    assert.throws(() => storage.link(`${root}/a`, `${root}/c`), { code: "already-exists" });
  },
  async "removeAsync removes as remove does, and rejects what it cannot remove"(storage, root) {
    const file = storage.open(`${root}/a`, { write: true, create: true });
    file.writeAt(new Uint8Array([3]), 0);
    await storage.removeAsync!(`${root}/a`);
    assert.equal(storage.exists(`${root}/a`), false);
    const byte = new Uint8Array(1);
    assert.deepEqual([file.readAt(byte, 0), byte[0]], [1, 3]);
    file.close();
    await assert.rejects(storage.removeAsync!(`${root}/a`), { code: "not-found" });
  },
  "directories are made with their parents, and list what is in them"(storage, root) {
    storage.makeDirectory(`${root}/x/y`);
    storage.makeDirectory(`${root}/x/y`);
    storage.open(`${root}/x/f`, { write: true, create: true }).close();
    assert.deepEqual(storage.list(`${root}/x`).sort(), ["f", "y"]);
    assert.deepEqual(storage.list(`${root}/none`), []);
    assert.equal(storage.exists(`${root}/x/y`), true);
  },
  "a directory cannot be made where a file is"(storage, root) {
    storage.open(`${root}/x`, { write: true, create: true }).close();
    assert.throws(() => storage.makeDirectory(`${root}/x`));
  },
  "a lock excludes until it is released, and its file stays"(storage, root) {
    const lock = storage.tryLock(`${root}/LOCK`);
    assert(lock !== undefined);
    assert.equal(storage.tryLock(`${root}/LOCK`), undefined);
    lock.release();
    assert.equal(storage.exists(`${root}/LOCK`), true);
    const again = storage.tryLock(`${root}/LOCK`);
    assert(again !== undefined);
    again.release();
  },
};

for (const [rule, check] of Object.entries(CONTRACT)) {
  test(`on the platform: ${rule}`, async () => {
    await inTempDirectory(async (root) => await check(await platformStorage(), root));
  });
  test(`in memory: ${rule}`, async () => {
    const storage = new MemoryStorage();
    storage.makeDirectory("/root");
    await check(storage, "/root");
  });
}

test("on the platform: a full device is no-space", async () => {
  const storage = await platformStorage();
  if (!storage.exists("/dev/full")) return; // Linux has one; elsewhere there is nothing to try.
  const file = storage.open("/dev/full", { write: true });
  assert.throws(() => file.writeAt(new Uint8Array(1), 0), { code: "no-space", file: "/dev/full" });
  file.close();
});

test("on the platform: other failures are io, with the platform's error as cause", async () => {
  const storage = await platformStorage();
  await inTempDirectory((root) => {
    assert.throws(() => storage.open(root, { write: true }), (error: Error & { code: string }) => {
      assert.equal(error.code, "io");
      assert(error.cause instanceof Error);
      return true;
    });
    assert.throws(() => storage.list("/dev/null"), { code: "io" });
    assert.throws(() => storage.exists("/dev/null/x"), { code: "io" });
    const directory = storage.open(root);
    assert.throws(() => directory.readAt(new Uint8Array(1), 0), { code: "io" });
    directory.close();
    return Promise.resolve();
  });
});

test("on the platform: a sync that fails is io, in every form", async () => {
  const storage = await platformStorage();
  const device = storage.open("/dev/null", { write: true }); // It cannot be synced.
  await assert.rejects(device.syncData(), { code: "io", file: "/dev/null" });
  assert.throws(() => device.syncDataSync(), { code: "io" });
  assert.throws(() => device.syncSync(), { code: "io" });
  device.close();
});

test("in memory: a directory that is missing is not-found", () => {
  const storage = new MemoryStorage();
  storage.open("/a", { write: true, create: true }).close();
  assert.throws(() => storage.rename("/a", "/no/b"), { code: "not-found" });
  assert.throws(() => storage.syncDirectory("/no"), { code: "not-found" });
});

test("in memory: a file used after close() and a position that is none are refused", () => {
  const storage = new MemoryStorage();
  const file = storage.open("/a", { write: true, create: true });
  assert.throws(() => file.writeAt(new Uint8Array(1), -1), { code: "invalid-argument" });
  assert.throws(() => file.readAt(new Uint8Array(1), NaN), { code: "invalid-argument" });
  file.close();
  assert.throws(() => file.size(), { code: "io" });
});
