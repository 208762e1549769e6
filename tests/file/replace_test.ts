import assert from "node:assert/strict";
import { test } from "node:test";
import { replaceFile } from "../../lib/file/replace.ts";
import { errno, FaultStorage } from "../support/fault_storage.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

function content(storage: FaultStorage, path: string): string {
  const file = storage.open(path);
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  file.close();
  return new TextDecoder().decode(bytes);
}

test("replaceFile() writes, syncs, renames and syncs the directory, in this order", async () => {
  const storage = new FaultStorage();
  const file = await replaceFile(storage, "/f", (into) => into.writeAt(text("new"), 0));
  file.close();
  const steps = storage.log.map(({ operation, path }) => `${operation} ${path}`);
  assert.deepEqual(steps, [
    "open /f.tmp",
    "truncate /f.tmp",
    "writeAt /f.tmp",
    "syncData /f.tmp",
    "rename /f",
    "syncDirectory /",
    "close /f", // Its name from now on.
  ]);
  assert.equal(content(storage, "/f"), "new");
});

test("replaceFile() starts afresh over what an earlier attempt left", async () => {
  const storage = new FaultStorage();
  const left = storage.open("/f.tmp", { write: true, create: true });
  left.writeAt(text("something longer"), 0);
  left.close();
  (await replaceFile(storage, "/f", (into) => into.writeAt(text("new"), 0))).close();
  assert.equal(content(storage, "/f"), "new");
});

test("replaceFile() tells the first error, also when cleaning up fails", async () => {
  const storage = new FaultStorage();
  const failure = errno("EIO");
  storage.before = (operation) => {
    if (operation === "rename") throw failure;
    if (operation === "remove") throw errno("EROFS");
  };
  await assert.rejects(replaceFile(storage, "/f", () => {}), failure);
});

for (const operation of ["open", "truncate", "writeAt", "syncData", "rename"] as const) {
  test(`replaceFile() leaves the old file alone when ${operation} fails`, async () => {
    const storage = new FaultStorage();
    (await replaceFile(storage, "/f", (into) => into.writeAt(text("old"), 0))).close();
    const failure = errno("EIO");
    storage.failNext(operation, failure);
    const replacing = replaceFile(storage, "/f", (into) => into.writeAt(text("new"), 0));
    await assert.rejects(replacing, failure);
    assert.equal(content(storage, "/f"), "old");
    assert.deepEqual(storage.list("/"), ["f"]);
  });
}
