import assert from "node:assert/strict";
import { test } from "node:test";
import { FastSegment, HEADER_BYTES, InfiniteDbError, MemoryStorage } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { PackWriter } from "../../lib/bytes/codec.ts";
import { beginFrame, endFrame } from "../../lib/segment/frame.ts";
import { encodeHeader, FAST_MAGIC } from "../../lib/segment/header.ts";
import { writes } from "../support/entries.ts";
import { FaultStorage } from "../support/fault_storage.ts";
import { PATH, ROOT, SegmentFixture, threeGroups } from "../support/segment_fixture.ts";

/** Opening must refuse, with these facts, and leave every byte and name as it was. */
async function refuses(
  fixture: SegmentFixture,
  code: string,
  offset: number,
): Promise<InfiniteDbError> {
  const before = fixture.bytes();
  let caught: unknown;
  for (const opening of [() => fixture.open(), () => fixture.openToRead()]) {
    await assert.rejects(opening(), (error: InfiniteDbError) => {
      assert.equal(error.code, code);
      assert.equal(error.file, PATH);
      assert.equal(error.offset, offset);
      caught = error;
      return true;
    });
  }
  assert.deepEqual(fixture.bytes(), before);
  assert.deepEqual(fixture.quarantined(), []);
  return caught as InfiniteDbError;
}

function frameOf(put: (out: PackWriter) => void): Uint8Array {
  const out = new PackWriter(64);
  const start = beginFrame(out);
  out.reserve(64);
  put(out);
  endFrame(out, start);
  return out.bytes.slice(0, out.length);
}

test("a missing segment is created, and read-only it is not-found", async () => {
  const fixture = new SegmentFixture();
  await assert.rejects(fixture.openToRead(), { code: "not-found" });
  const segment = await fixture.open();
  assert.deepEqual(segment.recovery, {
    state: "created",
    groups: 0,
    entries: 0,
    tornBytes: 0,
    warnings: [],
  });
  assert.equal(segment.committedBytes, HEADER_BYTES);
  await segment.close();
  assert.deepEqual(fixture.bytes(), encodeHeader(FAST_MAGIC, HEADER_BYTES));
});

for (const length of [0, 1, 8, 15]) {
  test(`row 1: a file of ${length} bytes is made again (reference defect D17)`, async () => {
    const fixture = new SegmentFixture();
    fixture.replace(encodeHeader(FAST_MAGIC, HEADER_BYTES).subarray(0, length));
    const reader = await fixture.openToRead();
    assert.deepEqual(reader.readCommittedEntries(), []);
    assert.match(reader.recovery.warnings[0], new RegExp(`had ${length} bytes`));
    await reader.close();
    assert.equal(fixture.bytes().length, length);
    const segment = await fixture.open();
    assert.equal(segment.recovery.state, "created");
    assert.match(segment.recovery.warnings[0], new RegExp(`had ${length} bytes`));
    await segment.trySealEntries(writes(1, 1), Infinity);
    await segment.close();
    assert.equal((await fixture.openToRead()).recovery.entries, 1);
  });
}

test("row 2: a wrong magic is corrupt at 0", async () => {
  const { fixture } = await threeGroups();
  fixture.flip(3);
  await refuses(fixture, "corrupt", 0);
});

for (const header of [0n, 15n, 2n ** 32n, 2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
  test(`row 3: a committed length of ${header} is corrupt at 8`, async () => {
    const { fixture } = await threeGroups();
    fixture.setHeader(header);
    await refuses(fixture, "corrupt", 8);
  });
}

test("row 3: a file that lost its end is corrupt", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.cut(ends[2] - 1);
  await refuses(fixture, "corrupt", 8);
});

test("row 4: a flipped bit below the boundary is corrupt where its frame begins (D15)", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.flip(ends[0] + 60);
  const error = await refuses(fixture, "corrupt", ends[0]);
  assert.match(error.message, /checksum does not verify/);
  assert.match(error.message, new RegExp(`every byte before ${ends[2]} was acknowledged`));
});

test("row 4: a giant length below the boundary is corrupt, not allocated (D16)", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.flip(ends[0] + 7, 7);
  await refuses(fixture, "corrupt", ends[0]);
});

test("row 4: a group with its seal's index changed is corrupt though checksums verify", async () => {
  const { fixture, ends } = await threeGroups();
  const bytes = fixture.bytes();
  const sealLength = 8 + 2 + 1 + 3 + 1 + 34 + 32; // Index and count take a byte, the offset three.
  const seal = ends[1] - sealLength;
  assert.deepEqual([...bytes.subarray(seal + 8, seal + 11)], [0x95, 3, 1]);
  fixture.write(new Uint8Array([2]), seal + 10);
  await fixture.fixChecksum(seal);
  const error = await refuses(fixture, "corrupt", seal);
  assert.match(error.message, /seal does not match/);
});

test("row 4: a frame that crosses the boundary is not read (D14)", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.setHeader(BigInt(ends[0] + 20));
  await refuses(fixture, "corrupt", 8);
});

test("row 5: a committed length inside a group is a corrupt header", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.setHeader(BigInt(ends[1] + 1));
  await refuses(fixture, "corrupt", 8);
});

test("row 5: three groups behind the header are one too many, but not for a reader", async () => {
  const { fixture } = await threeGroups();
  fixture.setHeader(16n);
  await assert.rejects(fixture.open(), { code: "corrupt", offset: 8 });
  const reader = await fixture.openToRead();
  assert.equal(reader.recovery.entries, 30);
  await reader.close();
});

test("a header that lags by two groups is followed, and brought up to date", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.setHeader(BigInt(ends[0]));
  const segment = await fixture.open();
  assert.equal(segment.recovery.state, "clean");
  assert.equal(segment.committedBytes, ends[2]);
  assert.deepEqual(fixture.bytes().subarray(0, 16), encodeHeader(FAST_MAGIC, ends[2]));
  await segment.close();
});

test("an unknown frame kind is newer-format wherever it stands, never a torn tail", async () => {
  await loadChecksum();
  const frame = frameOf((out) => {
    out.putArray(2);
    out.putUint(4);
    out.putUint(0);
  });
  const { fixture, ends } = await threeGroups();
  fixture.write(frame, ends[2]);
  await refuses(fixture, "newer-format", ends[2]);
});

const NOT_UNDERSTOOD: Record<string, (out: PackWriter) => void> = {
  "kind 0": (out) => {
    out.putArray(1);
    out.putUint(0);
  },
  "an empty array": (out) => out.putArray(0),
  "a data frame with three fields": (out) => {
    out.putArray(3);
    out.putUint(1);
    out.putArray(0);
    out.putUint(0);
  },
  "a seal whose chain is short": (out) => {
    out.putArray(5);
    for (const field of [3, 3, 16, 0]) out.putUint(field);
    out.putBin(new Uint8Array(5));
  },
  "no array at all": (out) => out.putUint(1),
};

for (const [name, put] of Object.entries(NOT_UNDERSTOOD)) {
  test(`a frame whose checksum verifies but that holds ${name} is corrupt, never cut`, async () => {
    await loadChecksum();
    const { fixture, ends } = await threeGroups();
    fixture.write(frameOf(put), ends[2]);
    await refuses(fixture, "corrupt", ends[2]);
  });
}

test("a group of another session pasted behind the end is corrupt", async () => {
  const { fixture, ends } = await threeGroups();
  const other = new SegmentFixture();
  const segment = await FastSegment.open(ROOT, 8, { storage: other.storage });
  await segment.trySealEntries(writes(1, 2, 8), Infinity);
  const length = segment.committedBytes - HEADER_BYTES;
  await segment.close();
  const file = other.storage.open(`${ROOT}/sessions/8.fast`);
  const group = new Uint8Array(length);
  file.readAt(group, HEADER_BYTES);
  file.close();
  fixture.write(group, ends[2]);
  await refuses(fixture, "corrupt", ends[2]);
});

test("row 6: a stale group left behind the boundary never comes back under a new one", async () => {
  const { fixture, ends } = await threeGroups();
  const stale = fixture.bytes().subarray(ends[1]);
  const segment = await fixture.open();
  await segment.truncateTo(ends[0]);
  await segment.close();
  fixture.write(stale, ends[0]);
  const again = await fixture.open();
  assert.equal(again.recovery.state, "torn-tail");
  assert.equal(again.recovery.entries, 10);
  await again.close();
});

test("row 7: zeros behind the boundary, however many, are a clean end", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.cut(ends[2] + 3_000_000);
  const segment = await fixture.open();
  assert.equal(segment.recovery.state, "clean");
  assert.equal(segment.recovery.tornBytes, 0);
  await segment.close();
  assert.equal(fixture.bytes().length, ends[2]);
});

test("every directory on the way to the root is synced: each may have been made just now", async () => {
  const storage = new FaultStorage();
  const segment = await FastSegment.open("/srv/app/db", 7, { storage });
  const synced = storage.log.filter(({ operation }) => operation === "syncDirectory");
  assert.deepEqual(synced.slice(0, 5).map(({ path }) => path), [
    "/srv/app/db/sessions",
    "/srv/app/db",
    "/srv/app",
    "/srv",
    "/",
  ]);
  await segment.close();
});

test("opening makes durable what it saw: cut and zeros, bytes after H, sync, header, sync", async () => {
  const storage = new FaultStorage();
  const fixture = new SegmentFixture(storage);
  const first = await fixture.open();
  await first.trySealEntries(writes(1, 3), Infinity);
  await first.close();
  storage.log.length = 0;
  const segment = await fixture.open();
  const steps = storage.log
    .filter(({ operation }) => !["size", "readAt", "open"].includes(operation))
    .map(({ operation, path }) => `${operation} ${path.slice(ROOT.length)}`);
  assert.deepEqual(steps, [
    "makeDirectory ",
    "tryLock /LOCK",
    "makeDirectory /sessions",
    "syncDirectory /sessions",
    "syncDirectory ",
    "syncDirectory ",
    "truncate /sessions/7.fast", // Extended, so that the cut is made again.
    "truncate /sessions/7.fast",
    "truncate /sessions/7.fast", // Room, as a hole: a full device must not stand in the way.
    "syncData /sessions/7.fast",
    "writeAt /sessions/7.fast", // The header.
    "syncData /sessions/7.fast",
  ]);
  await segment.close();
});

test("opening removes what an unfinished replacement left", async () => {
  const { fixture } = await threeGroups();
  fixture.storage.open(`${PATH}.tmp`, { write: true, create: true }).close();
  await (await fixture.open()).close();
  assert.equal(fixture.storage.exists(`${PATH}.tmp`), false);
});

test("a failed opening gives the lock back and closes the file", async () => {
  const { fixture } = await threeGroups();
  fixture.flip(3);
  await assert.rejects(fixture.open(), { code: "corrupt" });
  fixture.flip(3);
  await (await fixture.open()).close();
});

test("a parent directory that may not be read is told in the warnings", async () => {
  const storage = new FaultStorage(new MemoryStorage());
  storage.before = (operation, path) => {
    if (operation !== "syncDirectory" || path !== "/") return;
    throw new InfiniteDbError("unsupported", "no permission");
  };
  const segment = await new SegmentFixture(storage).open();
  assert.equal(segment.recovery.warnings.length, 1);
  assert.match(segment.recovery.warnings[0], /^\/ could not be synced.* on the way to \/db/);
  await segment.close();
});

test("a reader that never sees the header still, and cannot make sense of the file, is busy", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.flip(ends[0] + 60);
  const storage = new FaultStorage(fixture.storage);
  storage.before = (operation) => {
    if (operation === "size") fixture.setHeader(BigInt(ends[flips++ % 3]));
  };
  let flips = 0;
  await assert.rejects(FastSegment.open(ROOT, 7, { storage, readOnly: true }), {
    code: "busy",
    retryable: true,
  });
  assert.equal(flips, 8);
});

test("the error to be told is the first, also when closing fails on the way out", async () => {
  const { fixture } = await threeGroups();
  fixture.flip(3);
  const storage = new FaultStorage(fixture.storage);
  storage.failNext("close");
  await assert.rejects(FastSegment.open(ROOT, 7, { storage }), { code: "corrupt" });
  storage.failNext("close");
  await assert.rejects(FastSegment.open(ROOT, 7, { storage, readOnly: true }), { code: "corrupt" });
});

test("a reader starts over while the writer moves the header, and then takes what is whole", async () => {
  const storage = new FaultStorage();
  const fixture = new SegmentFixture(storage);
  const writer = await fixture.open();
  let sequence = 1;
  let scans = 0;
  await writer.trySealEntries(writes(sequence++, 1), Infinity);
  let sealing = false;
  storage.before = (operation) => {
    if (operation !== "size" || sealing) return;
    sealing = true; // The seal's own calls pass.
    scans++;
    if (scans <= 3) writer.trySealEntriesSync(writes(sequence++, 1), Infinity);
    sealing = false;
  };
  const reader = await fixture.openToRead();
  storage.before = () => {};
  assert.equal(reader.recovery.entries, 4);
  assert.equal(scans, 4);
  await reader.close();
  await writer.close();
});
