import assert from "node:assert/strict";
import { test } from "node:test";
import type { StorageFile } from "../../mod.ts";
import { type Choice, Disk } from "../support/crash_disk.ts";
import { CrashStorage } from "../support/crash_storage.ts";

const ALL = (disk: Disk): Choice => ({ kept: disk.pending().map(() => true) });
const NONE = (disk: Disk): Choice => ({ kept: disk.pending().map(() => false) });

/** A storage whose root is durable, and a file in it that is too. */
function withFile(): { storage: CrashStorage; file: StorageFile } {
  const storage = new CrashStorage(new Disk());
  const file = storage.open("/f", { write: true, create: true });
  storage.syncDirectory("/");
  return { storage, file };
}

function content(disk: Disk, path = "/f"): string {
  const file = new CrashStorage(disk).open(path);
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  return new TextDecoder().decode(bytes).replaceAll("\0", ".");
}

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

test("what was synced survives a power loss, what was not may be lost or kept", () => {
  const { storage, file } = withFile();
  file.writeAt(text("abc"), 0);
  file.syncDataSync();
  file.writeAt(text("X"), 1);
  assert.equal(content(storage.disk.afterPowerLoss(NONE(storage.disk))), "abc");
  assert.equal(content(storage.disk.afterPowerLoss(ALL(storage.disk))), "aXc");
  assert.equal(content(storage.disk), "aXc", "and a kill loses nothing");
});

test("sectors of one write are kept or lost each for itself, a later one without an earlier", () => {
  const { storage, file } = withFile();
  file.writeAt(new Uint8Array(1100).fill(65), 0);
  assert.deepEqual(storage.disk.pending(), [
    "size of /f becomes 1100",
    "512 bytes at 0 of /f",
    "512 bytes at 512 of /f",
    "76 bytes at 1024 of /f",
  ]);
  const last = storage.disk.afterPowerLoss({ kept: [false, false, false, true] });
  assert.equal(content(last), ".".repeat(1024) + "A".repeat(76));
  const torn = storage.disk.afterPowerLoss({
    kept: [true, true, false, false],
    torn: { change: 2, bytes: 3 },
  });
  assert.equal(content(torn), "A".repeat(515) + ".".repeat(585));
});

test("a cut that is lost brings back what it removed", () => {
  const { storage, file } = withFile();
  file.writeAt(text("abcdef"), 0);
  file.syncDataSync();
  file.truncate(2);
  file.truncate(6);
  assert.equal(content(storage.disk), "ab....");
  assert.equal(content(storage.disk.afterPowerLoss(NONE(storage.disk))), "abcdef");
  assert.equal(content(storage.disk.afterPowerLoss(ALL(storage.disk))), "ab....");
});

test("names are durable with the sync of their directory, and not before", () => {
  const { storage, file } = withFile();
  file.writeAt(text("new"), 0);
  file.syncDataSync();
  storage.rename("/f", "/g");
  const lost = storage.disk.afterPowerLoss(NONE(storage.disk));
  assert.deepEqual([...lost.names.keys()].sort(), ["/", "/f"]);
  storage.syncDirectory("/");
  const kept = storage.disk.afterPowerLoss(NONE(storage.disk));
  assert.equal(content(kept, "/g"), "new");
  assert.equal(kept.names.has("/f"), false);
});

test("a file below a directory that was lost is lost with it", () => {
  const storage = new CrashStorage(new Disk());
  storage.makeDirectory("/a/b");
  storage.open("/a/b/f", { write: true, create: true });
  storage.syncDirectory("/a/b");
  const names = (disk: Disk): string[] => [...disk.names.keys()].sort();
  assert.deepEqual(names(storage.disk.afterPowerLoss(NONE(storage.disk))), ["/"]);
  storage.syncDirectory("/a");
  assert.deepEqual(names(storage.disk.afterPowerLoss(NONE(storage.disk))), ["/"]);
  storage.syncDirectory("/");
  assert.equal(names(storage.disk.afterPowerLoss(NONE(storage.disk))).length, 4);
});

test("pages of a failed sync are visible but clean: no later sync writes them", () => {
  const storage = new CrashStorage(new Disk(), {
    fault: { kind: "sync fails, pages clean", at: 4, forever: false },
  });
  const file = storage.open("/f", { write: true, create: true });
  storage.syncDirectory("/");
  file.truncate(2048);
  file.writeAt(new Uint8Array(2048).fill(65), 0);
  assert.throws(() => file.syncDataSync(), { code: "EIO" });
  file.syncDataSync();
  assert.deepEqual(storage.disk.pending(), []);
  assert.equal(content(storage.disk), "A".repeat(2048));
  const sectors = content(storage.disk.afterPowerLoss({ kept: [] })).match(/A{512}/g);
  assert(
    sectors !== null && sectors.length > 0 && sectors.length < 4,
    "some were written, not all",
  );
});

test("after a crash nothing works any more, and the operations are counted", () => {
  const storage = new CrashStorage(new Disk(), { crashAt: 2 });
  const file = storage.open("/f", { write: true, create: true });
  file.writeAt(text("a"), 0);
  assert.throws(() => file.writeAt(text("b"), 0), /crashed before "write 1 bytes at 0 \/f"/);
  assert.throws(() => storage.syncDirectory("/"), /crashed/);
  assert.equal(storage.operations, 2);
  assert.equal(content(storage.disk), "a");
});
