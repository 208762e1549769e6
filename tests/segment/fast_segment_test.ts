import assert from "node:assert/strict";
import { test } from "node:test";
import { pathToFileURL } from "node:url";
import { FastSegment, HEADER_BYTES, listFastSegmentIds, MemoryStorage } from "../../mod.ts";
import type { WalEntry } from "../../mod.ts";
import { revisionOf, sequences, write, writes } from "../support/entries.ts";
import { FaultStorage } from "../support/fault_storage.ts";
import { ROOT, SegmentFixture, SESSION } from "../support/segment_fixture.ts";
import { inTempDirectory } from "../support/temp_directory.ts";

const ALL_KINDS: WalEntry[] = [
  write(1),
  { kind: "tombstone", address: { space: 2, point: [0, -0, 0.5, -7] }, revision: revisionOf(2) },
  { kind: "block-sealed", block: 2 ** 53 - 1, space: 0, snapshot: 9 },
  { kind: "checkpoint", revision: revisionOf(3) },
  { ...write(4), data: new Uint8Array(0) },
];

test("open() takes a path or a file: URL and makes real files", async () => {
  await inTempDirectory(async (directory) => {
    const root = `${directory}/deep/db`;
    const segment = await FastSegment.open(pathToFileURL(root), 7);
    assert.equal(segment.path, `${root}/sessions/7.fast`);
    assert.equal(segment.session, 7);
    assert.deepEqual(segment.recovery.warnings, []);
    await segment.trySealEntries(ALL_KINDS, Infinity);
    assert.deepEqual(segment.readCommittedEntries(), ALL_KINDS);
    await segment.close();
    const again = await FastSegment.open(root, 7);
    assert.deepEqual(again.readCommittedEntries(), ALL_KINDS);
    assert.deepEqual([again.recovery.state, again.recovery.groups], ["clean", 1]);
    await again.close();
  });
});

for (const session of [-1, 2 ** 32, 1.5, NaN, "7" as unknown as number]) {
  test(`open() refuses session ${JSON.stringify(session)}`, async () => {
    const storage = new MemoryStorage();
    await assert.rejects(FastSegment.open(ROOT, session, { storage }), {
      code: "invalid-argument",
    });
    assert.deepEqual(storage.list("/"), []);
  });
}

test("zeros lie ready behind small groups, and none behind large ones, which are read as ever", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const ahead = (): number => fixture.bytes().length - segment.committedBytes;
  const steps: number[] = [];
  for (const bytes of [10, 300_000, 10, 500_000, 10]) {
    await segment.trySealEntries(
      [{ ...write(steps.length + 1), data: new Uint8Array(bytes) }],
      1e9,
    );
    steps.push(ahead());
  }
  const step = 64 * 1024;
  assert.deepEqual(steps.map((each) => each > 0), [true, false, true, false, true]);
  assert.equal(steps[2], 2 * step, "no step was taken behind the large one");
  const killed = new SegmentFixture();
  killed.replace(fixture.bytes());
  const again = await killed.open();
  assert.deepEqual(again.readCommittedEntries().length, 5);
  assert.deepEqual([again.recovery.state, again.recovery.groups], ["clean", 5]);
  await again.close();
  await segment.close();
});

test("sessions 0 and 2^32-1 are sessions like any other", async () => {
  const storage = new MemoryStorage();
  for (const session of [2 ** 32 - 1, 0, 10, 9]) {
    const segment = await FastSegment.open(ROOT, session, { storage });
    await segment.trySealEntries([write(1, session)], Infinity);
    await segment.close();
  }
  for (const name of ["x.fast", "01.fast", "4294967296.fast", "3.wal", "3.fast.tmp"]) {
    storage.open(`${ROOT}/sessions/${name}`, { write: true, create: true }).close();
  }
  assert.deepEqual(await listFastSegmentIds(ROOT, { storage }), [0, 9, 10, 2 ** 32 - 1]);
});

test("listFastSegmentIds() of a root that does not exist is empty", async () => {
  assert.deepEqual(await listFastSegmentIds("/nowhere", { storage: new MemoryStorage() }), []);
});

test("listFastSegmentIds() of a directory that cannot be listed is io", async () => {
  const storage = new FaultStorage();
  storage.failNext("list");
  await assert.rejects(listFastSegmentIds(ROOT, { storage }), { code: "io" });
});

test("a seal costs one sync, synchronous or not (D18)", async () => {
  const storage = new FaultStorage();
  const segment = await new SegmentFixture(storage).open();
  for (let first = 1; first <= 20; first += 2) {
    storage.log.length = 0;
    await segment.trySealEntries(writes(first, 1), Infinity);
    assert.equal(storage.count("syncData", "syncDataSync", "syncSync", "syncDirectory"), 1);
    segment.trySealEntriesSync(writes(first + 1, 1), Infinity);
    assert.equal(storage.count("syncData", "syncDataSync", "syncSync", "syncDirectory"), 2);
  }
  await segment.close();
});

test("the header names the boundary before the group, in the same sync", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const header = (): number => Number(new DataView(fixture.bytes().buffer).getBigUint64(8, true));
  await segment.trySealEntries(writes(1, 1), Infinity);
  assert.equal(header(), HEADER_BYTES);
  const first = segment.committedBytes;
  await segment.trySealEntries(writes(2, 1), Infinity);
  assert.equal(header(), first);
  const second = segment.committedBytes;
  await segment.close();
  assert.equal(header(), second);
});

test("groups of no entries are no groups: nothing is written or synced", async () => {
  const storage = new FaultStorage();
  const segment = await new SegmentFixture(storage).open();
  storage.log.length = 0;
  assert.equal(await segment.trySealEntries([], 5), "sealed");
  assert.equal(segment.trySealEntriesSync([], 5), "sealed");
  await segment.syncGroup();
  segment.syncGroupSync();
  assert.deepEqual(storage.log, []);
  assert.equal(segment.committedBytes, HEADER_BYTES);
  await segment.close();
});

test("a group of 100,000 entries comes back whole", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  await segment.trySealEntries(writes(1, 100_000), Infinity);
  await segment.close();
  const again = await fixture.open();
  assert.deepEqual([again.recovery.groups, again.recovery.entries], [1, 100_000]);
  let expected = 1;
  for (const entry of again.committedEntries()) {
    assert.equal((entry as { revision: { sequence: number } }).revision.sequence, expected++);
  }
  assert.equal(expected, 100_001);
  await again.close();
});

test("a file of 100,000 groups comes back whole", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  for (let i = 1; i <= 100_000; i++) segment.trySealEntriesSync([write(i, SESSION, 0)], Infinity);
  await segment.close();
  const again = await fixture.open();
  assert.deepEqual([again.recovery.groups, again.recovery.entries], [100_000, 100_000]);
  await again.close();
});

test("entries of 0 bytes and of 16 MiB come back whole", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const large = { ...write(2), data: Uint8Array.from({ length: 16 << 20 }, (_, i) => i * 31) };
  const entries = [write(1, SESSION, 0), large, write(3, SESSION, 0)];
  await segment.trySealEntries(entries, Infinity);
  await segment.close();
  const again = await fixture.open();
  const back = again.readCommittedEntries() as (WalEntry & { kind: "write" })[];
  assert.deepEqual(back.map((each) => each.data.length), [0, 16 << 20, 0]);
  assert(back[1].data.every((byte, i) => byte === ((i * 31) & 0xff)));
  await again.close();
});

test("appendFrame() returns the frame's size, and nothing is written until it is sealed", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const before = fixture.bytes();
  const bytes = segment.appendFrame(write(1)) + segment.appendFrame(write(2));
  assert.deepEqual(fixture.bytes(), before);
  assert.deepEqual(segment.readCommittedEntries(), []);
  await segment.syncGroup();
  const seal = 8 + (2 + 1 + 1 + 1 + 34) + 32;
  assert.equal(segment.committedBytes, HEADER_BYTES + bytes + seal);
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1, 2]);
  await segment.close();
});

test("frames of appendFrame() go first in the next group, in one sync", async () => {
  const storage = new FaultStorage();
  const segment = await new SegmentFixture(storage).open();
  segment.appendFrame(write(1));
  segment.appendFrame(write(2));
  storage.log.length = 0;
  await segment.trySealEntries(writes(3, 2), 1_000);
  assert.equal(storage.count("syncData"), 1);
  segment.appendFrame(write(5));
  segment.trySealEntriesSync([], Infinity);
  segment.appendFrame(write(6));
  segment.syncGroupSync();
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1, 2, 3, 4, 5, 6]);
  await segment.close();
});

test("what is sealed is what the entries were at the call", async () => {
  const storage = new FaultStorage();
  const segment = await new SegmentFixture(storage).open();
  const release = storage.hold();
  const first = segment.trySealEntries([write(1)], Infinity);
  const entry = write(2);
  const waiting = segment.trySealEntries([entry], Infinity);
  segment.appendFrame(write(3));
  entry.data.fill(0xee);
  entry.address.point[0] = 99;
  release();
  await Promise.all([first, waiting]);
  await segment.syncGroup();
  assert.deepEqual(segment.readCommittedEntries(), [write(1), write(2), write(3)]);
  await segment.close();
});

test("calls wait for each other, in order, and each group is durable when its promise resolves", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const ends: number[] = [];
  await Promise.all(Array.from({ length: 50 }, async (_, i) => {
    await segment.trySealEntries([write(i + 1)], Infinity);
    ends.push(segment.committedBytes);
  }));
  assert.deepEqual(ends, [...ends].sort((a, b) => a - b));
  assert.deepEqual(sequences(segment.readCommittedEntries()), ends.map((_, i) => i + 1));
  await segment.close();
});

test("an iterable that uses the segment while it is sealed does no harm", async () => {
  const segment = await new SegmentFixture().open();
  function* entries(): Generator<WalEntry> {
    yield write(3);
    segment.appendFrame(write(1));
    segment.trySealEntriesSync([write(2)], Infinity);
    yield write(4);
  }
  await segment.trySealEntries(entries(), Infinity);
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1, 2, 3, 4]);
  await segment.close();
});

const BAD_ENTRIES: [string, WalEntry][] = [
  ["of another session", write(1, SESSION + 1)],
  ["at a point of 17", { ...write(1), address: { space: 1, point: new Array(17).fill(1) } }],
  ["in a space above 2^53-1", { ...write(1), address: { space: 2 ** 53, point: [1] } }],
  ["larger than a frame", { ...write(1), data: new Uint8Array((64 << 20) + 1) }],
];

for (const [name, bad] of BAD_ENTRIES) {
  test(`an entry ${name} is refused, and not a byte of its group is written`, async () => {
    const storage = new FaultStorage();
    const segment = await new SegmentFixture(storage).open();
    storage.log.length = 0;
    const group = [write(1), bad];
    await assert.rejects(segment.trySealEntries(group, Infinity), { code: "invalid-argument" });
    assert.throws(() => segment.trySealEntriesSync(group, 5), { code: "invalid-argument" });
    assert.throws(() => segment.appendFrame(bad), { code: "invalid-argument" });
    assert.deepEqual(storage.log, []);
    await segment.trySealEntries([write(1)], Infinity);
    assert.deepEqual(segment.readCommittedEntries(), [write(1)]);
    await segment.close();
  });
}

test("an iterable that throws leaves the segment as it was", async () => {
  const segment = await new SegmentFixture().open();
  const failure = new Error("the source broke");
  function* broken(): Generator<WalEntry> {
    yield write(1);
    throw failure;
  }
  await assert.rejects(segment.trySealEntries(broken(), Infinity), failure);
  assert.equal(segment.committedBytes, HEADER_BYTES);
  await segment.trySealEntries([write(2)], Infinity);
  assert.deepEqual(sequences(segment.readCommittedEntries()), [2]);
  await segment.close();
});

test("reset() drops every group and keeps pending frames; the chain begins anew", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  await segment.trySealEntries(writes(1, 5), Infinity);
  segment.appendFrame(write(6));
  await segment.reset();
  assert.equal(segment.committedBytes, HEADER_BYTES);
  assert.deepEqual(segment.readCommittedEntries(), []);
  await segment.syncGroup();
  await segment.close();
  const again = await fixture.open();
  assert.deepEqual(sequences(again.readCommittedEntries()), [6]);
  await again.close();
});

test("truncateTo() drops the groups behind a boundary, and goes on from there", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const ends = [segment.committedBytes];
  for (const first of [1, 11, 21]) {
    await segment.trySealEntries(writes(first, 10), Infinity);
    ends.push(segment.committedBytes);
  }
  segment.appendFrame(write(31));
  for (const bytes of [ends[1] + 1, 0, 15, ends[3] + 1, -1, NaN, Infinity]) {
    await assert.rejects(segment.truncateTo(bytes), { code: "invalid-argument" });
  }
  await segment.truncateTo(ends[3]);
  assert.equal(segment.readCommittedEntries().length, 30);
  await segment.truncateTo(ends[1]);
  assert.equal(segment.committedBytes, ends[1]);
  await segment.trySealEntries([write(32)], Infinity);
  await segment.close();
  const again = await fixture.open();
  assert.deepEqual(sequences(again.readCommittedEntries()), [
    1,
    2,
    3,
    4,
    5,
    6,
    7,
    8,
    9,
    10,
    31,
    32,
  ]);
  await again.truncateTo(HEADER_BYTES);
  assert.equal(again.committedBytes, HEADER_BYTES);
  await again.close();
});

test("a synchronous call that is busy has taken nothing from the caller's iterator", async () => {
  const storage = new FaultStorage();
  const segment = await new SegmentFixture(storage).open();
  const release = storage.hold();
  const sealing = segment.trySealEntries([write(1)], Infinity);
  const entries = writes(2, 2).values();
  assert.throws(() => segment.trySealEntriesSync(entries, Infinity), { code: "busy" });
  release();
  await sealing;
  assert.equal(segment.trySealEntriesSync(entries, Infinity), "sealed");
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1, 2, 3]);
  await segment.close();
});

for (const bad of [null, undefined, 5, {}]) {
  test(`entries that are ${JSON.stringify(bad)} are refused with a code`, async () => {
    const segment = await new SegmentFixture().open();
    const entries = bad as unknown as WalEntry[];
    await assert.rejects(segment.trySealEntries(entries, 5), { code: "invalid-argument" });
    assert.throws(() => segment.trySealEntriesSync(entries, 5), { code: "invalid-argument" });
    await segment.close();
  });
}
