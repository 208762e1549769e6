import assert from "node:assert/strict";
import { test } from "node:test";
import { CorruptionError, MemoryStorage, type StorageFile, type WalEntry } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { FRAME_OVERHEAD_BYTES } from "../../lib/segment/frame.ts";
import { GroupBuffer } from "../../lib/segment/group.ts";
import { GroupScanner } from "../../lib/segment/group_scanner.ts";
import { LOG_MAGIC } from "../../lib/segment/header.ts";
import type { SegmentLocation } from "../../lib/segment/opening.ts";
import { type Boundary, firstBoundary } from "../../lib/segment/seal.ts";
import { Thinning } from "../../lib/segment/thinning.ts";
import { writes } from "../support/entries.ts";

const SESSION = 7;

/** So much at most of a frame of many entries, and of what is copied in one step. */
const FRAME_BYTES = 80 * 1024;
const STEP_BYTES = 256 * 1024;

/** A log with groups of different sizes: the first small, the second of hundreds of frames. */
class Log {
  readonly storage = new MemoryStorage();
  readonly location: SegmentLocation = {
    storage: this.storage,
    root: "/db",
    name: "7.wal",
    identity: { magic: LOG_MAGIC, session: SESSION },
  };
  readonly file: StorageFile;
  readonly boundaries: Boundary[] = [firstBoundary(LOG_MAGIC, SESSION)];
  readonly groups: WalEntry[][] = [];
  #entries = 0;

  constructor() {
    this.storage.makeDirectory("/db/sessions");
    this.file = this.storage.open("/db/sessions/7.wal", { write: true, create: true });
  }

  static async of(...counts: number[]): Promise<Log> {
    await loadChecksum();
    const log = new Log();
    for (const count of counts) log.add(count, 1000);
    return log;
  }

  get end(): number {
    return this.boundaries.at(-1)!.bytes;
  }

  add(count: number, dataBytes: number): void {
    const entries = writes(this.#entries + 1, count, SESSION)
      .map((entry) => ({ ...entry, data: new Uint8Array(dataBytes).fill(count) }));
    const group = new GroupBuffer();
    for (const entry of entries) group.addEntry(entry as WalEntry, SESSION);
    const boundary = this.boundaries.at(-1)!;
    this.boundaries.push(group.seal(boundary));
    this.file.writeAt(group.bytes, boundary.bytes);
    this.groups.push(entries as WalEntry[]);
    this.#entries += count;
  }

  thinnedFrom(group: number): Thinning {
    return new Thinning(this.location, this.file, this.boundaries[group]);
  }
}

/** What a thinning has brought into the place of the log. */
function read(thinning: Thinning): WalEntry[][] {
  const { file, writer } = thinning.replace();
  assert.equal(file.path, "/db/sessions/7.wal");
  const groups: WalEntry[][] = [[]];
  const first = firstBoundary(LOG_MAGIC, SESSION);
  const scanner = new GroupScanner(file, SESSION, first, writer.boundary.bytes, {
    sharesFrames: false,
    begin() {},
    entry: (entry) => void groups.at(-1)!.push(entry),
    verdict() {},
    groupEnded: () => void groups.push([]),
  });
  while (scanner.next());
  assert.deepEqual([scanner.stopReason, scanner.boundary], ["the file ends", writer.boundary]);
  return groups.slice(0, -1);
}

test("frames are copied in steps that a commit can wait for, however large their group", async () => {
  const log = await Log.of(3, 5000, 1, 2);
  const thinning = log.thinnedFrom(1);
  let steps = 0;
  for (; thinning.copied < log.end; steps++) {
    const before = thinning.copied;
    thinning.copySome(log.end);
    const copied = thinning.copied - before;
    assert(copied > 0 && copied <= STEP_BYTES + FRAME_BYTES, `${copied} bytes`);
  }
  assert(steps >= 16, `${steps} steps`);
  thinning.prepare(log.end);
  assert.deepEqual(read(thinning), log.groups.slice(1));
});

test("a frame that is larger than a step is copied in one", async () => {
  const log = await Log.of(1);
  log.add(1, 9 * 1024 * 1024);
  log.add(2, 10);
  const thinning = log.thinnedFrom(1);
  thinning.prepare(log.end);
  assert.deepEqual(read(thinning), log.groups.slice(1));
});

test("what came while a group was half copied is copied behind it", async () => {
  const log = await Log.of(3, 2000);
  const thinning = log.thinnedFrom(1);
  thinning.copySome(log.end);
  assert(thinning.copied < log.end);
  log.add(4, 10);
  thinning.copySome(log.end);
  log.add(5, 100_000);
  thinning.prepare(log.end);
  assert.deepEqual(read(thinning), log.groups.slice(1));
});

test("a thinning that keeps nothing leaves an empty chain", async () => {
  const log = await Log.of(3, 20);
  const thinning = log.thinnedFrom(2);
  thinning.prepare(log.end);
  assert.deepEqual(read(thinning), []);
});

for (const place of ["a frame", "a seal", "the length of a seal"]) {
  test(`an old file with damage in ${place} is told, and stays in its place`, async () => {
    const log = await Log.of(3, 500, 2);
    const offset = place === "a frame"
      ? log.boundaries[1].bytes + FRAME_OVERHEAD_BYTES
      : log.boundaries[2].bytes - (place === "a seal" ? 1 : sealBytes(log));
    const byte = new Uint8Array(1);
    log.file.readAt(byte, offset);
    log.file.writeAt(byte.map((bits) => bits ^ 1), offset);
    const thinning = log.thinnedFrom(1);
    assert.throws(() => thinning.prepare(log.end), (error) => {
      assert(error instanceof CorruptionError);
      assert(error.offset! >= log.boundaries[1].bytes && error.offset! < log.boundaries[2].bytes);
      return true;
    });
    assert.deepEqual(log.storage.list("/db/sessions"), ["7.wal"]);
  });
}

/** How many bytes the seal of the second group has: its index is small, its offset and count are not. */
function sealBytes(log: Log): number {
  const group = new GroupBuffer();
  const frame = new GroupBuffer();
  for (const entry of log.groups[1]) frame.addEntry(entry, SESSION);
  frame.endFrame();
  group.addFrames(frame);
  const before = group.length;
  group.seal(log.boundaries[1]);
  return group.length - before;
}

test("a boundary at which the file goes on with another chain is told", async () => {
  const log = await Log.of(3, 5, 7);
  const wrong = { ...log.boundaries[1], groups: 5 };
  const thinning = new Thinning(log.location, log.file, wrong);
  assert.throws(() => thinning.prepare(log.end), CorruptionError);
  const open = log.thinnedFrom(1);
  const inGroup = log.boundaries[2].bytes - sealBytes(log);
  assert.throws(() => open.prepare(inGroup), { code: "corrupt", message: /no seal/ });
});
