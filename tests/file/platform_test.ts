import assert from "node:assert/strict";
import { mkdirSync, openSync, readFileSync, writeSync } from "node:fs";
import { test } from "node:test";
import { MemoryStorage } from "../../mod.ts";
import process from "node:process";
import { openDirectory } from "../../lib/file/attempt.ts";
import { locateRoot, platformStorage } from "../../lib/file/platform.ts";
import { errno } from "../support/fault_storage.ts";
import { runScript } from "../support/runtime.ts";
import { inTempDirectory } from "../support/temp_directory.ts";

const PROBE = "tests/support/permission_probe.ts";

test("platformStorage() is one object, whoever asks", async () => {
  assert.equal(await platformStorage(), await platformStorage());
});

test("a relative root is made absolute when it is given, but for a storage of the caller's", async () => {
  assert.deepEqual(await locateRoot("db"), {
    storage: await platformStorage(),
    path: `${process.cwd()}/db`,
  });
  const storage = new MemoryStorage();
  assert.deepEqual(await locateRoot("db", storage), { storage, path: "db" });
});

test("a directory that may not be read is unsupported, any other failure is not", () => {
  const opening = (code: string): () => never => () => {
    throw errno(code);
  };
  for (const code of ["EACCES", "EPERM"]) {
    assert.throws(() => openDirectory("/home", opening(code)), { code: "unsupported" });
  }
  assert.throws(() => openDirectory("/home", opening("EIO")), { code: "io" });
});

test("on Deno nothing is needed beyond -R=root -W=root, and -R=root to read", async () => {
  await inTempDirectory((directory) => {
    const root = `${directory}/db`;
    const mayWrite = [`-R=${root}`, `-W=${root}`];
    const written = runScript("deno", PROBE, [root, "write"], mayWrite);
    assert.equal(written.errors, "");
    assert.deepEqual(JSON.parse(written.output), {
      ids: [7],
      sequences: [1, 2, 3, 4],
      state: "created",
      warnings: 1, // The directory above may not be read, so it could not be synced.
    });
    const read = runScript("deno", PROBE, [root, "read"], [`-R=${root}`]);
    assert.equal(read.errors, "");
    assert.deepEqual(JSON.parse(read.output), {
      ids: [7],
      sequences: [1, 2, 3, 4],
      state: "clean",
      warnings: 0,
    });
    return Promise.resolve();
  });
});

test("on Deno a torn tail is kept and cut without any further permission", async () => {
  await inTempDirectory((directory) => {
    const root = `${directory}/db`;
    mkdirSync(root);
    const permissions = [`-R=${root}`, `-W=${root}`];
    runScript("deno", PROBE, [root, "write"], permissions);
    const path = `${root}/sessions/7.fast`;
    const end = readFileSync(path).length;
    writeSync(openSync(path, "r+"), new Uint8Array([1, 2, 3]), 0, 3, end + 100);
    const again = runScript("deno", PROBE, [root, "write"], permissions);
    assert.equal(again.errors, "");
    assert.equal(JSON.parse(again.output).state, "torn-tail");
    return Promise.resolve();
  });
});
