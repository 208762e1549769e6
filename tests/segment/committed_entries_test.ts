import assert from "node:assert/strict";
import { test } from "node:test";
import { FastSegment, HEADER_BYTES } from "../../mod.ts";
import type { WalEntry } from "../../mod.ts";
import { sequences, write, writes } from "../support/entries.ts";
import { errno, FaultStorage } from "../support/fault_storage.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { PackWriter } from "../../lib/bytes/codec.ts";
import { beginFrame, endFrame } from "../../lib/segment/frame.ts";
import { GroupBuffer } from "../../lib/segment/group.ts";
import { encodeHeader, FAST_MAGIC } from "../../lib/segment/header.ts";
import { firstBoundary } from "../../lib/segment/seal.ts";
import { putVerdict } from "../../lib/segment/verdict.ts";
import { revisionOf } from "../support/entries.ts";
import { ROOT, SegmentFixture, SESSION } from "../support/segment_fixture.ts";

/** A segment whose only group is a verdict, as a session writes it. */
async function fixtureWithVerdict(): Promise<SegmentFixture> {
  await loadChecksum();
  const out = new PackWriter(64);
  const start = beginFrame(out);
  const [first, last] = [revisionOf(1), revisionOf(2)];
  putVerdict(out, { commits: true, first, last, count: 2, operation: "import" });
  endFrame(out, start);
  const group = new GroupBuffer();
  group.addEncoded(out.bytes.slice(0, out.length), 1);
  group.seal(firstBoundary(FAST_MAGIC, SESSION));
  const fixture = new SegmentFixture();
  fixture.replace(encodeHeader(FAST_MAGIC, HEADER_BYTES));
  fixture.write(group.bytes, HEADER_BYTES);
  return fixture;
}

test("committedEntries() pins its end at the first next(), and reads while a seal is at work", async () => {
  const storage = new FaultStorage();
  const segment = await new SegmentFixture(storage).open();
  await segment.trySealEntries(writes(1, 2), Infinity);
  const entries = segment.committedEntries();
  await segment.trySealEntries([write(3)], Infinity);
  assert.equal((entries.next().value as WalEntry & { kind: "write" }).revision.sequence, 1);
  const release = storage.hold();
  const sealing = segment.trySealEntries([write(4)], Infinity);
  assert.deepEqual(sequences(entries), [2, 3]);
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1, 2, 3]);
  release();
  await sealing;
  await segment.close();
});

test("an iteration over a segment that was reset or closed says so at once", async () => {
  const segment = await new SegmentFixture().open();
  await segment.trySealEntries(writes(1, 5), Infinity);
  const reset = segment.committedEntries();
  reset.next();
  await segment.reset();
  assert.throws(() => reset.next(), { code: "closed" });
  await segment.trySealEntries(writes(6, 5), Infinity);
  const closed = segment.committedEntries();
  closed.next();
  await segment.close();
  assert.throws(() => closed.next(), { code: "closed" });
});

test("damage that came after opening is found by reading", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  await segment.trySealEntries(writes(1, 3), Infinity);
  fixture.flip(HEADER_BYTES + 20);
  assert.throws(() => segment.readCommittedEntries(), { code: "corrupt", offset: HEADER_BYTES });
  await segment.close();
});

test("a frame whose content was changed together with its checksum is found by reading", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  await segment.trySealEntries(writes(1, 3), Infinity);
  fixture.write(new Uint8Array([0x95, 9]), HEADER_BYTES + 11);
  await fixture.fixChecksum(HEADER_BYTES);
  assert.throws(() => segment.readCommittedEntries(), { code: "corrupt", offset: HEADER_BYTES });
  await segment.close();
});

test("a read that fails is io, wherever it fails, and changes nothing", async () => {
  const storage = new FaultStorage();
  const writer = await new SegmentFixture(storage).open();
  await writer.trySealEntries([write(1)], Infinity);
  await writer.trySealEntries([write(2)], Infinity);
  const reader = await FastSegment.open(ROOT, SESSION, { storage, readOnly: true });
  for (const skipped of [0, 1]) { // The first read is of what the header vouches for.
    let reads = 0;
    storage.before = (operation) => {
      if (operation === "readAt" && reads++ === skipped) throw errno("EIO");
    };
    assert.throws(() => reader.readCommittedEntries(), { code: "io" });
    storage.before = () => {};
    assert.deepEqual(sequences(reader.readCommittedEntries()), [1, 2]);
  }
  await reader.close();
  await writer.close();
});

test("a verdict among the frames of a fast segment is passed over", async () => {
  const fixture = await fixtureWithVerdict();
  const segment = await fixture.open();
  assert.deepEqual([segment.recovery.groups, segment.recovery.entries], [1, 0]);
  assert.deepEqual(segment.readCommittedEntries(), []);
  await segment.trySealEntries([write(3)], Infinity);
  assert.deepEqual(sequences(segment.readCommittedEntries()), [3]);
  await segment.close();
});

test("a reader beside a writer never gives out a group that was rolled back, or its successor's", async () => {
  const storage = new FaultStorage();
  const writer = await new SegmentFixture(storage).open();
  await writer.trySealEntries([write(1)], Infinity);
  let release = storage.hold();
  const late = writer.trySealEntries([write(2)], 5);
  const reader = await FastSegment.open(ROOT, SESSION, { storage, readOnly: true });
  assert.deepEqual(sequences(reader.readCommittedEntries()), [1, 2], "it stands whole in the file");
  assert.equal(await late, "timed-out");
  release();
  await writer.trySealEntries([], Infinity);
  const rolledBack = { code: "busy", retryable: true, message: /open it again/ };
  assert.throws(() => reader.readCommittedEntries(), rolledBack);
  release = storage.hold();
  const next = writer.trySealEntries([write(3)], Infinity);
  const entries = reader.committedEntries();
  assert.throws(() => sequences(entries), rolledBack);
  release();
  await next;
  await reader.close();
  const again = await FastSegment.open(ROOT, SESSION, { storage, readOnly: true });
  assert.deepEqual(sequences(again.readCommittedEntries()), [1, 3]);
  await again.close();
  await writer.close();
});

test("a group of very many frames is recovered without keeping anything of each", async () => {
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  const frames = 200_000;
  for (let i = 1; i <= frames; i++) {
    segment.appendFrame({ kind: "block-sealed", block: i, space: 0, snapshot: 0 });
  }
  segment.syncGroupSync();
  await segment.close();
  const again = await fixture.open();
  assert.deepEqual([again.recovery.groups, again.recovery.entries], [1, frames]);
  await again.close();
});
