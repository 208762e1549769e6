import assert from "node:assert/strict";
import { test } from "node:test";
import { FastSegment, HEADER_BYTES } from "../../mod.ts";
import { sequences, write, writes } from "../support/entries.ts";
import { FaultStorage } from "../support/fault_storage.ts";
import { PATH, ROOT, SegmentFixture, SESSION } from "../support/segment_fixture.ts";

test("a segment is locked against a second opening, not against its neighbours or readers", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  await assert.rejects(fixture.open(), { code: "locked", retryable: true });
  const neighbour = await FastSegment.open(ROOT, 8, { storage: fixture.storage });
  const reader = await fixture.openToRead();
  await Promise.all([segment.close(), neighbour.close(), reader.close()]);
  await (await fixture.open()).close();
});

test("a read-only segment writes nothing, takes no lock and refuses to write", async () => {
  const fixture = new SegmentFixture();
  const writer = await fixture.open();
  await writer.trySealEntries(writes(1, 3), Infinity);
  await writer.close();
  const storage = new FaultStorage(fixture.storage);
  const reader = await FastSegment.open(ROOT, SESSION, { storage, readOnly: true });
  assert.deepEqual(sequences(reader.readCommittedEntries()), [1, 2, 3]);
  await assert.rejects(reader.trySealEntries([], 5), { code: "read-only" });
  await assert.rejects(reader.syncGroup(), { code: "read-only" });
  await assert.rejects(reader.reset(), { code: "read-only" });
  await assert.rejects(reader.truncateTo(HEADER_BYTES), { code: "read-only" });
  assert.throws(() => reader.trySealEntriesSync([], 5), { code: "read-only" });
  assert.throws(() => reader.syncGroupSync(), { code: "read-only" });
  assert.throws(() => reader.appendFrame(write(4)), { code: "read-only" });
  await reader.close();
  const touched = storage.log.filter(({ operation }) =>
    !["open", "size", "readAt", "close"].includes(operation)
  );
  assert.deepEqual(touched, []);
});

test("close() trims preallocated space, and everything after it is closed", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  await segment.trySealEntries(writes(1, 3), Infinity);
  assert(fixture.bytes().length > segment.committedBytes);
  await segment.close();
  await segment.close();
  assert.equal(fixture.bytes().length, segment.committedBytes);
  await assert.rejects(segment.trySealEntries([write(4)], 5), { code: "closed" });
  await assert.rejects(segment.syncGroup(), { code: "closed" });
  await assert.rejects(segment.reset(), { code: "closed" });
  assert.throws(() => segment.appendFrame(write(4)), { code: "closed" });
  assert.throws(() => segment.readCommittedEntries(), { code: "closed" });
  assert.throws(() => segment.trySealEntriesSync([write(4)], 5), { code: "closed" });
});

test("close() waits for what was asked before it", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const sealing = [1, 2, 3].map((each) => segment.trySealEntries([write(each)], Infinity));
  await segment.close();
  assert.deepEqual(await Promise.all(sealing), ["sealed", "sealed", "sealed"]);
  const again = await fixture.open();
  assert.equal(again.recovery.groups, 3);
  await again.close();
});

test("close() with unsealed frames throws uncommitted once, after releasing everything", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  segment.appendFrame(write(1));
  await assert.rejects(segment.close(), { code: "uncommitted" });
  await segment.close();
  await (await fixture.open()).close();
});

test("leaving a scope drops unsealed frames as a roll-back does", async () => {
  const fixture = new SegmentFixture();
  {
    await using segment = await fixture.open();
    await segment.trySealEntries([write(1)], Infinity);
    segment.appendFrame(write(2));
  }
  await using again = await fixture.open();
  assert.deepEqual(sequences(again.readCommittedEntries()), [1]);
  assert.equal(fixture.storage.exists(PATH), true);
});
