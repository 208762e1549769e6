import assert from "node:assert/strict";
import { test } from "node:test";
import type { FastSegment, WalEntry } from "../../mod.ts";
import { HEADER_BYTES } from "../../mod.ts";
import { sequences, write, writes } from "../support/entries.ts";
import { errno, FaultStorage } from "../support/fault_storage.ts";
import { PATH, SegmentFixture, SESSION } from "../support/segment_fixture.ts";

const CHANGES = ["writeAt", "truncate", "syncData", "syncDataSync", "rename"] as const;

interface Watched {
  storage: FaultStorage;
  fixture: SegmentFixture;
  segment: FastSegment;
}

/** An open segment that holds the entry 1, on a storage whose log begins now. */
async function watched(): Promise<Watched> {
  const storage = new FaultStorage();
  const fixture = new SegmentFixture(storage);
  const segment = await fixture.open();
  await segment.trySealEntries([write(1)], Infinity);
  storage.log.length = 0;
  return { storage, fixture, segment };
}

function sleep(ms: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, ms));
}

/** Blocks the thread, as a slow disk under a synchronous call does. */
function block(ms: number): void {
  const end = performance.now() + ms;
  while (performance.now() < end);
}

/** The entries that a fresh opening finds. */
async function reopened({ fixture, segment }: Watched): Promise<number[]> {
  await segment[Symbol.asyncDispose]();
  await using again = await fixture.open();
  assert.equal(again.recovery.state, "clean");
  return sequences(again.readCommittedEntries());
}

test("a deadline of 0 times out, leaves the file as it was, and takes no entry", async () => {
  const all = await watched();
  const { segment, storage } = all;
  function* untouched(): Generator<WalEntry> {
    yield assert.fail("nobody asks for an entry");
  }
  segment.appendFrame(write(2));
  assert.equal(await segment.trySealEntries(untouched(), 0), "timed-out");
  assert.equal(segment.trySealEntriesSync(untouched(), 0), "timed-out");
  assert.equal(await segment.trySealEntries([], 0), "timed-out");
  assert.equal(segment.trySealEntriesSync([], 0), "timed-out");
  assert.equal(storage.count(...CHANGES), 0);
  await segment.syncGroup();
  assert.deepEqual(await reopened(all), [1, 2]);
});

for (const deadline of [-1, NaN, -Infinity]) {
  test(`a deadline of ${deadline} is refused, and pending frames stay`, async () => {
    const all = await watched();
    all.segment.appendFrame(write(2));
    await assert.rejects(all.segment.trySealEntries([write(3)], deadline), {
      code: "invalid-argument",
    });
    assert.throws(() => all.segment.trySealEntriesSync([write(3)], deadline), {
      code: "invalid-argument",
    });
    assert.equal(all.storage.count(...CHANGES), 0);
    await all.segment.syncGroup();
    assert.deepEqual(await reopened(all), [1, 2]);
  });
}

test("a deadline beyond what timers count, or of Infinity, seals", async () => {
  const all = await watched();
  assert.equal(await all.segment.trySealEntries([write(2)], 2 ** 31), "sealed");
  assert.equal(await all.segment.trySealEntries([write(3)], Number.MAX_VALUE), "sealed");
  assert.deepEqual(await reopened(all), [1, 2, 3]);
});

for (const form of ["trySealEntries", "trySealEntriesSync"] as const) {
  test(`${form}() gives up while encoding, with nothing written and pending frames kept`, async () => {
    const all = await watched();
    all.segment.appendFrame(write(2));
    let taken = 0;
    function* slow(): Generator<WalEntry> {
      for (; taken < 100_000; taken++) {
        if (taken % 50 === 0) block(2);
        yield write(100 + taken);
      }
    }
    assert.equal(await all.segment[form](slow(), 10), "timed-out");
    assert(taken < 100_000);
    assert.equal(all.storage.count(...CHANGES), 0);
    all.segment.syncGroupSync();
    assert.deepEqual(await reopened(all), [1, 2]);
  });

  test(`${form}() looks at the deadline between few large entries too`, async () => {
    const all = await watched();
    let taken = 0;
    function* large(): Generator<WalEntry> {
      for (; taken < 60; taken++) {
        block(5);
        yield write(100 + taken, SESSION, 1 << 18);
      }
    }
    assert.equal(await all.segment[form](large(), 10), "timed-out");
    assert(taken < 20, `${taken} entries were taken`);
    assert.deepEqual(await reopened(all), [1]);
  });

  test(`${form}() rolls back when the deadline passes while writing`, async () => {
    const all = await watched();
    const { segment, storage } = all;
    segment.appendFrame(write(2));
    let writes = 0;
    storage.before = (operation) => {
      if (operation === "writeAt" && ++writes === 2) block(300);
    };
    const large = [write(3, SESSION, 5 << 20), write(4, SESSION, 5 << 20)];
    assert.equal(await segment[form](large, 250), "timed-out");
    storage.before = () => {};
    assert.equal(segment.committedBytes < 1000, true);
    await segment.syncGroup();
    assert.equal(storage.count("truncate"), 2, "cut and extended");
    assert.deepEqual(await reopened(all), [1, 2]);
  });
}

test("trySealEntriesSync() is sealed when only the sync ends late", async () => {
  const all = await watched();
  all.storage.before = (operation) => {
    if (operation === "syncDataSync") block(30);
  };
  assert.equal(all.segment.trySealEntriesSync([write(2)], 20), "sealed");
  all.storage.before = () => {};
  assert.deepEqual(await reopened(all), [1, 2]);
});

test("a deadline that passes while the sync runs answers at once, and rolls back when it settles", async () => {
  const all = await watched();
  const { segment, storage, fixture } = all;
  const before = segment.committedBytes;
  segment.appendFrame(write(2));
  const release = storage.hold();
  assert.equal(await segment.trySealEntries([write(3)], 20), "timed-out");
  assert.equal(storage.count("truncate"), 0, "the sync has not settled");
  assert.equal(segment.committedBytes, before);
  assert.throws(() => segment.trySealEntriesSync([write(4)], 5), { code: "busy", retryable: true });
  assert.throws(() => segment.syncGroupSync(), { code: "busy" });
  release();
  await segment.trySealEntries([], 1_000);
  const steps = storage.log.map((each) => each.operation)
    .filter((each) => CHANGES.includes(each as never));
  assert.deepEqual(steps.slice(0, 6), [
    "writeAt", // The group, with the frame that was pending.
    "writeAt", // The header.
    "syncData",
    "truncate", // The roll-back: cut,
    "truncate", // and extended.
    "syncData",
  ]);
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1, 2]);
  segment.trySealEntriesSync([write(4)], 1_000);
  assert.equal(fixture.storage.exists(PATH), true);
  assert.deepEqual(await reopened(all), [1, 2, 4]);
});

test("nothing overtakes a roll-back: calls answer at their own deadlines, the others wait", async () => {
  const all = await watched();
  const { segment, storage } = all;
  const release = storage.hold();
  assert.equal(await segment.trySealEntries([write(2)], 10), "timed-out");
  const written = storage.count("writeAt");
  const order: string[] = [];
  const waiting = segment.trySealEntries([write(3)], Infinity).then(() => order.push("seal"));
  const resetting = segment.reset().then(() => order.push("reset"));
  const last = segment.trySealEntries([write(4)], Infinity).then(() => order.push("last"));
  assert.equal(await segment.trySealEntries([write(5)], 10), "timed-out");
  assert.equal(await segment.trySealEntries([write(6)], 10), "timed-out");
  assert.equal(storage.count("writeAt"), written, "the file is not touched meanwhile");
  release();
  await Promise.all([waiting, resetting, last]);
  assert.deepEqual(order, ["seal", "reset", "last"]);
  assert.deepEqual(await reopened(all), [4]);
});

test("while a roll-back runs its own sync, synchronous calls are busy and asynchronous ones wait", async () => {
  const all = await watched();
  const { segment, storage } = all;
  const release = storage.hold();
  assert.equal(await segment.trySealEntries([write(2)], 10), "timed-out");
  let releaseRollBack = (): void => {};
  storage.before = (operation) => {
    if (operation !== "truncate") return;
    storage.before = () => {};
    releaseRollBack = storage.hold();
  };
  release();
  while (storage.count("truncate") === 0) await sleep(1);
  await sleep(1);
  assert.throws(() => segment.syncGroupSync(), { code: "busy" });
  assert.equal(await segment.trySealEntries([write(3)], 10), "timed-out");
  segment.appendFrame(write(4));
  assert.deepEqual(sequences(segment.readCommittedEntries()), [1]);
  const closing = segment.syncGroup();
  releaseRollBack();
  await closing;
  assert.deepEqual(await reopened(all), [1, 4]);
});

test("a sync that fails after the deadline poisons the segment; the next call is told", async () => {
  const all = await watched();
  const { segment, storage, fixture } = all;
  const release = storage.hold();
  const failure = errno("EIO");
  assert.equal(await segment.trySealEntries([write(2)], 10), "timed-out");
  storage.failNext("syncData", failure);
  release();
  await assert.rejects(segment.trySealEntries([write(3)], 1_000), (error: Error) => {
    assert.equal((error as { code?: string }).code, "poisoned");
    assert.equal((error.cause as { code?: string }).code, "io");
    assert.equal((error.cause as Error).cause, failure);
    return true;
  });
  await segment.close(); // Somebody has been told.
  const again = await fixture.open();
  assert.equal(sequences(again.readCommittedEntries())[0], 1);
  await again.close();
});

test("a roll-back that fails and that nobody asked after is thrown by close()", async () => {
  const all = await watched();
  const { segment, storage } = all;
  const release = storage.hold();
  assert.equal(await segment.trySealEntries([write(2)], 10), "timed-out");
  storage.failNext("truncate");
  release();
  await assert.rejects(segment.close(), { code: "io" });
  await segment.close();
  assert.equal((await reopened(all))[0], 1);
});

test("whoever is admitted after its deadline leaves the file alone", async () => {
  const all = await watched();
  const { segment, storage } = all;
  const release = storage.hold();
  const first = segment.trySealEntries([write(2)], Infinity);
  const second = segment.trySealEntries([write(3)], 30);
  storage.before = (operation) => {
    if (operation === "syncData") block(60); // The timer of the second cannot fire meanwhile.
  };
  release();
  assert.equal(await first, "sealed");
  assert.equal(await second, "timed-out");
  storage.before = () => {};
  assert.equal(storage.count("truncate"), 0, "nothing was to be rolled back");
  assert.deepEqual(await reopened(all), [1, 2]);
});

test("close() waits for a roll-back", async () => {
  const all = await watched();
  const release = all.storage.hold();
  assert.equal(await all.segment.trySealEntries([write(2)], 10), "timed-out");
  const closing = all.segment.close();
  await sleep(5);
  assert.equal(all.storage.count("truncate"), 0);
  release();
  await closing;
  assert.deepEqual(await reopened(all), [1]);
});

test("a timed-out group leaves nothing that a later seal could complete", async () => {
  const all = await watched();
  const { segment, storage, fixture } = all;
  for (let round = 0; round < 5; round++) {
    const release = storage.hold();
    assert.equal(await segment.trySealEntries(writes(10, 50), 5), "timed-out");
    release();
    await segment.trySealEntries([write(100 + round, SESSION, round * 37)], Infinity);
    const tail = fixture.bytes().subarray(segment.committedBytes);
    assert(tail.every((byte) => byte === 0));
  }
  assert(segment.committedBytes > HEADER_BYTES);
  assert.deepEqual(await reopened(all), [1, 100, 101, 102, 103, 104]);
});
