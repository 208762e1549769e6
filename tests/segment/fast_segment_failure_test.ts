import assert from "node:assert/strict";
import { test } from "node:test";
import { type FastSegment, InfiniteDbError } from "../../mod.ts";
import { sequences, write, writes } from "../support/entries.ts";
import { errno, FaultStorage, type Operation } from "../support/fault_storage.ts";
import { SegmentFixture } from "../support/segment_fixture.ts";

async function started(): Promise<
  { storage: FaultStorage; fixture: SegmentFixture; segment: FastSegment }
> {
  const storage = new FaultStorage();
  const fixture = new SegmentFixture(storage);
  const segment = await fixture.open();
  await segment.trySealEntries(writes(1, 2), Infinity);
  return { storage, fixture, segment };
}

/** Everything a poisoned segment refuses, with the first failure as cause. */
async function assertPoisoned(segment: FastSegment, first: InfiniteDbError): Promise<void> {
  const poisoned = { code: "poisoned", cause: first, retryable: false };
  await assert.rejects(segment.trySealEntries([write(9)], Infinity), poisoned);
  await assert.rejects(segment.syncGroup(), poisoned);
  await assert.rejects(segment.reset(), poisoned);
  await assert.rejects(segment.truncateTo(16), poisoned);
  assert.throws(() => segment.trySealEntriesSync([write(9)], Infinity), poisoned);
  assert.throws(() => segment.syncGroupSync(), poisoned);
  assert.throws(() => segment.appendFrame(write(9)), poisoned);
  assert.throws(() => segment.readCommittedEntries(), poisoned);
}

const FAILING: [Operation, "trySealEntries" | "trySealEntriesSync"][] = [
  ["writeAt", "trySealEntries"],
  ["syncData", "trySealEntries"],
  ["writeAt", "trySealEntriesSync"],
  ["syncDataSync", "trySealEntriesSync"],
];

for (const [operation, form] of FAILING) {
  for (const [code, expected] of [["EIO", "io"], ["ENOSPC", "no-space"]]) {
    test(`${form}() whose ${operation} fails with ${code} throws ${expected} once, then poisoned (D19)`, async () => {
      const { storage, fixture, segment } = await started();
      const failure = errno(code);
      storage.failNext(operation, failure);
      let first: InfiniteDbError | undefined;
      try {
        await segment[form]([write(3)], Infinity);
      } catch (error) {
        first = error as InfiniteDbError;
      }
      assert(first instanceof InfiniteDbError);
      assert.equal(first.code, expected);
      assert.equal(first.cause, failure);
      const calls = storage.log.length;
      await assertPoisoned(segment, first);
      assert.equal(storage.log.length, calls, "nothing is tried again");
      await segment.close();
      assert.deepEqual(storage.log.slice(calls).map((each) => each.operation), ["close"]);
      await using again = await fixture.open();
      assert.deepEqual(sequences(again.readCommittedEntries()).slice(0, 2), [1, 2]);
    });
  }
}

test("a sync that throws instead of rejecting poisons all the same", async () => {
  const { storage, segment } = await started();
  storage.throwsAtOnce = true;
  storage.failNext("syncData");
  await assert.rejects(segment.trySealEntries([write(3)], Infinity), { code: "io" });
  await assert.rejects(segment.trySealEntries([write(3)], Infinity), { code: "poisoned" });
  await segment.close();
});

test("close() of a poisoned segment does not complain about frames that could not be sealed", async () => {
  const { storage, segment } = await started();
  segment.appendFrame(write(3));
  storage.failNext("syncData");
  await assert.rejects(segment.syncGroup(), { code: "io" });
  await segment.close();
});

test("a failure after creation names the file as it is called", async () => {
  const storage = new FaultStorage();
  const segment = await new SegmentFixture(storage).open();
  let named: string | undefined;
  storage.before = (operation, path) => {
    if (operation === "writeAt") named = path;
  };
  await segment.trySealEntries([write(1)], Infinity);
  assert.equal(named, segment.path);
  await segment.close();
});

test("a full device does not keep a segment from being opened and reset", async () => {
  const { storage, fixture, segment } = await started();
  await segment.close();
  let room = 0;
  storage.before = (operation) => {
    if (operation === "writeAt" && ++room > 2) throw errno("ENOSPC"); // Two headers, no more.
  };
  const full = await fixture.open();
  assert.equal(full.recovery.entries, 2);
  await full.reset();
  await assert.rejects(full.trySealEntries([write(3)], Infinity), { code: "no-space" });
  await full.close();
});

test("truncateTo() that cannot read changes nothing and poisons nothing", async () => {
  const { storage, fixture, segment } = await started();
  const end = segment.committedBytes;
  await segment.trySealEntries([write(3)], Infinity);
  storage.failNext("readAt");
  await assert.rejects(segment.truncateTo(end), { code: "io", message: /^Cannot read/ });
  await assert.rejects(segment.truncateTo(Symbol() as unknown as number), {
    code: "invalid-argument",
  });
  fixture.flip(30);
  await assert.rejects(segment.truncateTo(end), { code: "corrupt", offset: 16 });
  fixture.flip(30);
  await segment.truncateTo(end);
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1, 2]);
  await segment.close();
});

test("a creation that fails closes each descriptor once", async () => {
  const storage = new FaultStorage();
  const fixture = new SegmentFixture(storage);
  fixture.replace(new Uint8Array(3));
  storage.log.length = 0;
  storage.failNext("rename");
  await assert.rejects(fixture.open(), { code: "io" });
  assert.equal(storage.count("close"), storage.count("open"));
});

for (const operation of ["open", "writeAt", "syncData", "rename", "syncDirectory"] as const) {
  test(`reset() whose ${operation} fails poisons, and the old groups or none are there`, async () => {
    const { storage, fixture, segment } = await started();
    storage.failNext(operation);
    let first: InfiniteDbError | undefined;
    await segment.reset().catch((error) => first = error);
    assert.equal(first?.code, "io");
    await assertPoisoned(segment, first!);
    await segment.close();
    await using again = await fixture.open();
    const renamed = operation === "syncDirectory";
    assert.deepEqual(sequences(again.readCommittedEntries()), renamed ? [] : [1, 2]);
  });
}

test("calls already waiting in line are refused when the one before them fails", async () => {
  const { storage, segment } = await started();
  const release = storage.hold();
  const failing = segment.trySealEntries([write(3)], Infinity);
  const waiting = [
    segment.trySealEntries([write(4)], Infinity),
    segment.syncGroup(),
    segment.reset(),
  ];
  storage.failNext("syncData");
  release();
  await assert.rejects(failing, { code: "io" });
  for (const each of waiting) await assert.rejects(each, { code: "poisoned" });
  await segment.close();
});

test("a synchronous call during an asynchronous one is busy, and no longer once that has resolved", async () => {
  const { storage, segment } = await started();
  const release = storage.hold();
  const sealing = segment.trySealEntries([write(3)], Infinity);
  segment.appendFrame(write(4));
  assert.throws(() => segment.trySealEntriesSync([write(9)], Infinity), {
    code: "busy",
    retryable: true,
  });
  assert.throws(() => segment.syncGroupSync(), { code: "busy" });
  release();
  await sealing;
  segment.syncGroupSync();
  segment.trySealEntriesSync([write(5)], Infinity);
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1, 2, 3, 4, 5]);
  await segment.close();
});

test("close() of a healthy segment throws the error of its own sync, and releases everything", async () => {
  const { storage, fixture, segment } = await started();
  storage.failNext("syncData");
  await assert.rejects(segment.close(), { code: "io" });
  await using again = await fixture.open();
  assert.deepEqual(sequences(again.readCommittedEntries()), [1, 2]);
});

test("leaving a scope throws I/O errors", async () => {
  const { storage, segment } = await started();
  storage.failNext("syncData");
  await assert.rejects(segment[Symbol.asyncDispose](), { code: "io" });
});

test("opening that fails at any call gives a typed error, and the next opening is whole", async () => {
  const { storage, fixture, segment } = await started();
  await segment.close();
  for (let n = 1;; n++) {
    let calls = 0;
    storage.before = () => {
      if (++calls === n) throw errno("EIO");
    };
    let failed = false;
    try {
      await (await fixture.open()).close();
    } catch (error) {
      failed = true;
      assert(error instanceof InfiniteDbError, `call ${n}: ${error}`);
      assert(["io", "poisoned"].includes(error.code), error.code);
    }
    storage.before = () => {};
    await using again = await fixture.open();
    assert.deepEqual(sequences(again.readCommittedEntries()), [1, 2]);
    if (!failed && calls < n) break;
  }
});
