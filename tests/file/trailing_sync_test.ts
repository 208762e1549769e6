import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageFile } from "../../mod.ts";
import { macrotask } from "../../lib/clock/slice.ts";
import { TrailingSync } from "../../lib/file/trailing_sync.ts";
import { errno, FaultStorage } from "../support/fault_storage.ts";

const MIB = 1024 * 1024;

function opened(): { storage: FaultStorage; file: StorageFile; sync: TrailingSync } {
  const storage = new FaultStorage();
  const file = storage.open("/f", { write: true, create: true });
  return { storage, file, sync: new TrailingSync(file) };
}

/** Whether it has settled, once everything that can go on has gone on. */
async function hasSettled(promise: Promise<unknown>): Promise<boolean> {
  let settled = false;
  const note = (): void => void (settled = true);
  promise.then(note, note);
  await macrotask();
  return settled;
}

test("a trailing sync is due with 4 MiB, is not waited for, and the next waits for it", async () => {
  const { storage, sync } = opened();
  const release = storage.hold();
  sync.wrote(4 * MIB - 1);
  assert(!sync.isDue);
  sync.wrote(1);
  assert(sync.isDue);
  await sync.begin();
  assert(!sync.isDue);
  assert.equal(storage.held, 1);
  sync.wrote(5 * MIB);
  const second = sync.begin();
  assert(!await hasSettled(second));
  assert.equal(storage.held, 1, "one at a time");
  release();
  await second;
  await sync.settled();
  assert.equal(storage.count("syncData"), 2);
});

test("the end of trailing syncs makes durable what was written since the last", async () => {
  const { storage, file, sync } = opened();
  sync.wrote(4 * MIB);
  await sync.begin();
  await sync.settled();
  file.writeAt(new Uint8Array(3), 0);
  sync.wrote(3);
  const release = storage.hold();
  const end = sync.end();
  assert(!await hasSettled(end));
  release();
  await end;
  assert.deepEqual(storage.log.slice(-2).map(({ operation }) => operation), [
    "writeAt",
    "syncData",
  ]);
});

for (const throwsAtOnce of [false, true]) {
  test(`a trailing sync that fails is told by whatever comes next, even if it throws at once: ${throwsAtOnce}`, async () => {
    for (const next of ["begin", "end"] as const) {
      const { storage, sync } = opened();
      storage.throwsAtOnce = throwsAtOnce;
      storage.failNext("syncData", errno("EIO"));
      const told = (async () => {
        await sync.begin();
        await sync[next]();
      })();
      await assert.rejects(told, { code: "EIO" });
      await sync.settled();
    }
  });
}
