import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CorruptionError,
  MemoryStorage,
  NewerFormatError,
  NoSpaceError,
  Revision,
} from "../../mod.ts";
import { checksum, loadChecksum } from "../../lib/bytes/checksum.ts";
import type { FileStorage } from "../../lib/file/storage.ts";
import { readRunFile, writeRunFile } from "../../lib/store/run_file.ts";
import type { StoredEntry } from "../../lib/store/stored_entry.ts";
import { revisionOf } from "../support/entries.ts";
import { errno, FaultStorage, type Operation } from "../support/fault_storage.ts";
import { workedExample } from "../support/worked_example.ts";

const PATH = "/runs/1.run";
const RUN = { id: 1, space: 1, dims: 2 };

function entry(sequence: number, x: number, y: number, dataBytes?: number): StoredEntry {
  const address = { space: 1, point: [x, y] };
  const revision = revisionOf(sequence);
  return dataBytes === undefined
    ? { kind: "tombstone", address, revision }
    : { kind: "write", address, revision, data: new Uint8Array(dataBytes).fill(sequence) };
}

function bytesOf(storage: FileStorage): Uint8Array {
  const file = storage.open(PATH);
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  file.close();
  return bytes;
}

async function storageWith(bytes: Uint8Array): Promise<FileStorage> {
  await loadChecksum();
  const storage = new MemoryStorage();
  storage.makeDirectory("/runs");
  const file = storage.open(PATH, { write: true, create: true });
  file.writeAt(bytes, 0);
  file.close();
  return storage;
}

async function storageOf(entries: StoredEntry[]): Promise<FileStorage> {
  const storage = await storageWith(new Uint8Array(0));
  await writeRunFile(storage, PATH, RUN, entries);
  return storage;
}

function isCorrupt(error: unknown): boolean {
  return error instanceof CorruptionError && error.file === PATH && error.offset !== undefined;
}

test("the worked example of a run file reads as what it says, and is written so", async () => {
  const example = workedExample("lib/store/run_file.ts");
  const moment = Date.parse("2026-11-22T12:00:00.000Z");
  const address = { space: 1, point: [300, 1] };
  const entries: StoredEntry[] = [
    { kind: "tombstone", address, revision: new Revision(moment, 4, 7, 3) },
    {
      kind: "write",
      address,
      revision: new Revision(moment, 2, 7, 1),
      data: Uint8Array.of(0xa2, 0x68, 0x69),
    },
  ];
  assert.deepEqual(readRunFile(await storageWith(example), PATH, RUN), entries);
  assert.deepEqual(bytesOf(await storageOf(entries)), example);
});

test("a run file gives back its entries in their order, over many chunks and of any size", async () => {
  const entries = Array.from(
    { length: 5000 },
    (_, i) => entry(i, (i * 7919) % 97, 2 ** 32 - 1 - i % 3, i % 5 === 0 ? undefined : i % 60),
  );
  entries.push(entry(5000, 1, 1, 5_000_000));
  const storage = await storageOf(entries);
  assert.deepEqual(readRunFile(storage, PATH, RUN), entries);
});

test("writeRunFile() tells the length of the file, also of an empty one", async () => {
  const storage = await storageWith(Uint8Array.of(1, 2, 3));
  for (const entries of [[], [entry(1, 1, 1, 5)]]) {
    const bytes = await writeRunFile(storage, PATH, RUN, entries);
    assert.equal(bytes, bytesOf(storage).length);
    assert.deepEqual(readRunFile(storage, PATH, RUN), entries);
  }
});

test("a run file with any byte changed is corrupt", async () => {
  const bytes = bytesOf(await storageOf([entry(1, 1, 2, 9), entry(2, 1, 2), entry(3, 500, 2, 3)]));
  for (let at = 0; at < bytes.length; at++) {
    for (const bit of [0, 7]) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << bit;
      const storage = await storageWith(damaged);
      assert.throws(() => readRunFile(storage, PATH, RUN), isCorrupt, `byte ${at}`);
    }
  }
});

test("a run file of any other length is corrupt", async () => {
  const bytes = bytesOf(await storageOf([entry(1, 1, 2, 9), entry(2, 1, 2), entry(3, 500, 2, 3)]));
  for (let length = 0; length < bytes.length; length++) {
    const storage = await storageWith(bytes.slice(0, length));
    assert.throws(() => readRunFile(storage, PATH, RUN), isCorrupt, `${length} bytes`);
  }
  const storage = await storageWith(Uint8Array.of(...bytes, 0));
  assert.throws(() => readRunFile(storage, PATH, RUN), isCorrupt);
});

test("a run file cut between two chunks, or with two exchanged, is corrupt", async () => {
  const entries = Array.from({ length: 3 }, (_, i) => entry(i, i, i, 70_000));
  const bytes = bytesOf(await storageOf(entries));
  const first = 72;
  const chunkBytes = (bytes.length - first - 36) / 3;
  const chunk = (i: number): Uint8Array =>
    bytes.subarray(first + i * chunkBytes, first + (i + 1) * chunkBytes);
  const exchanged = bytes.slice();
  exchanged.set(chunk(1), first);
  exchanged.set(chunk(0), first + chunkBytes);
  const dropped = new Uint8Array(bytes.length - chunkBytes);
  dropped.set(bytes.subarray(0, first));
  dropped.set(bytes.subarray(first + chunkBytes), first);
  for (const damaged of [exchanged, dropped, bytes.subarray(0, first + 2 * chunkBytes)]) {
    const storage = await storageWith(damaged);
    assert.throws(() => readRunFile(storage, PATH, RUN), isCorrupt);
  }
});

test("readRunFile() refuses the file of another run, space or number of dims", async () => {
  const storage = await storageOf([entry(1, 1, 1, 5)]);
  for (const other of [{ id: 2 }, { space: 2 }, { dims: 3 }]) {
    assert.throws(() => readRunFile(storage, PATH, { ...RUN, ...other }), isCorrupt);
  }
});

test("readRunFile() tells a later version, and a missing file", async () => {
  const bytes = bytesOf(await storageOf([]));
  bytes[8] = 1;
  bytes.set(checksum(bytes.subarray(0, 40)), 40);
  const storage = await storageWith(bytes);
  assert.throws(() => readRunFile(storage, PATH, RUN), NewerFormatError);
  storage.remove(PATH);
  assert.throws(() => readRunFile(storage, PATH, RUN), CorruptionError);
});

for (const operation of ["open", "writeAt", "syncData", "close"] as Operation[]) {
  test(`writeRunFile() leaves no file when ${operation} fails`, async () => {
    const storage = new FaultStorage();
    await loadChecksum();
    storage.makeDirectory("/runs");
    storage.failNext(operation, errno("ENOSPC"));
    await assert.rejects(writeRunFile(storage, PATH, RUN, [entry(1, 1, 1, 5)]), NoSpaceError);
    assert.equal(storage.exists(PATH), false);
  });
}
