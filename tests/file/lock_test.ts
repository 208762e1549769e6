import assert from "node:assert/strict";
import { test } from "node:test";
import { FastSegment, MemoryStorage } from "../../mod.ts";
import { claimRoot, WHOLE_ROOT } from "../../lib/file/lock.ts";
import { platformStorage } from "../../lib/file/platform.ts";
import { otherRuntime, RunningScript, runScript, thisRuntime } from "../support/runtime.ts";
import { inTempDirectory } from "../support/temp_directory.ts";

const HOLDER = "tests/support/lock_holder.ts";

test("claims of one root share its lock, the same claim twice is locked", async () => {
  const storage = new MemoryStorage();
  const one = await claimRoot(storage, "/db", "1.fast");
  const two = await claimRoot(storage, "/db", "2.fast");
  await assert.rejects(claimRoot(storage, "/db", "1.fast"), { code: "locked", retryable: true });
  one.release();
  (await claimRoot(storage, "/db", "1.fast")).release();
  two.release();
  assert(storage.tryLock("/db/LOCK") !== undefined);
});

test("the whole root excludes its parts, and they it", async () => {
  const storage = new MemoryStorage();
  const whole = await claimRoot(storage, "/db", WHOLE_ROOT);
  await assert.rejects(claimRoot(storage, "/db", "1.fast"), { code: "locked" });
  whole.release();
  const part = await claimRoot(storage, "/db", "1.fast");
  await assert.rejects(claimRoot(storage, "/db", WHOLE_ROOT), { code: "locked" });
  part.release();
});

test("releasing twice does not release the claim of the next", async () => {
  const storage = new MemoryStorage();
  const first = await claimRoot(storage, "/db", "1.fast");
  first.release();
  const second = await claimRoot(storage, "/db", "1.fast");
  first.release();
  await assert.rejects(claimRoot(storage, "/db", "1.fast"), { code: "locked" });
  second.release();
});

test("waiting for a claim polls until it is free, or the time is over", async () => {
  const storage = new MemoryStorage();
  const first = await claimRoot(storage, "/db", WHOLE_ROOT);
  await assert.rejects(claimRoot(storage, "/db", WHOLE_ROOT, 30), { code: "locked" });
  setTimeout(() => first.release(), 30);
  (await claimRoot(storage, "/db", WHOLE_ROOT, 10_000)).release();
});

test("two paths to one root do not give two locks", async () => {
  const storage = await platformStorage();
  await inTempDirectory(async (root) => {
    const claim = await claimRoot(storage, root, "1.fast");
    await assert.rejects(claimRoot(storage, `${root}/../${root.split("/").at(-1)}`, "2.fast"), {
      code: "locked",
    });
    claim.release();
  });
});

for (const runtime of [thisRuntime, otherRuntime]) {
  const which = runtime === thisRuntime ? "the same" : "the other";

  test(`a process on ${which} runtime is kept out, and let in afterwards`, async () => {
    await inTempDirectory(async (root) => {
      const segment = await FastSegment.open(root, 1);
      assert.equal(runScript(runtime, HOLDER, [root, "2"]).output.trim(), "locked");
      await segment.close();
      const holder = new RunningScript(runtime, HOLDER, [root, "2"]);
      assert.equal(await holder.line(), "open");
      await assert.rejects(FastSegment.open(root, 1), { code: "locked", file: `${root}/LOCK` });
      await holder.end();
      await (await FastSegment.open(root, 1)).close();
    });
  });

  test(`the lock of a killed holder on ${which} runtime is free at once`, async () => {
    await inTempDirectory(async (root) => {
      const holder = new RunningScript(runtime, HOLDER, [root, "1"]);
      assert.equal(await holder.line(), "open");
      await holder.kill();
      await (await FastSegment.open(root, 1)).close();
    });
  });
}
