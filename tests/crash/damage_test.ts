import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type FastSegment,
  HEADER_BYTES,
  InfiniteDbError,
  MemoryStorage,
  type OpenFileOptions,
  type StorageFile,
} from "../../mod.ts";
import { FRAME_BYTES_MAX } from "../../lib/limits.ts";
import { writes } from "../support/entries.ts";
import { lineOf } from "../support/naive_reader.ts";
import { ROOT, SegmentFixture, SESSION } from "../support/segment_fixture.ts";
import {
  type Damaged,
  donor,
  firstDifference,
  flips,
  frameStarts,
  giantLengths,
  type Golden,
  golden,
  headers,
  lengths,
  pasted,
  swappedSectors,
  u64,
  zeroedSectors,
} from "./golden_damage.ts";

const SECTOR_BYTES = 512;
const OTHER_SESSION = 8;

/** What opening may allocate beside what it holds of the file: windows, and the storage's growth. */
const ALLOCATED_BYTES_MAX = 1 << 20;

const GOLDEN = ["closed.fast", "killed.fast", "torn.fast"].map((name) =>
  [name, golden(name)] as const
);

/** How many damaged files were tried, and what became of them. */
interface Tally {
  tried: number;
  /** How many opened, to read and to write. */
  read: number;
  written: number;
}

/** A storage in memory that knows the largest read it was asked for. */
class WatchedStorage extends MemoryStorage {
  largestRead = 0;

  override open(path: string, options?: OpenFileOptions): StorageFile {
    const file = super.open(path, options);
    const readAt = file.readAt.bind(file);
    file.readAt = (into, position) => {
      this.largestRead = Math.max(this.largestRead, into.length);
      return readAt(into, position);
    };
    return file;
  }
}

/** Runs some work and adds up the bytes of every buffer that it asks for by a length. */
async function allocatedBy(work: () => Promise<void>): Promise<number> {
  const original = globalThis.Uint8Array;
  let bytes = 0;
  globalThis.Uint8Array = new Proxy(original, {
    construct(target, args, newTarget) {
      if (typeof args[0] === "number") bytes += args[0];
      return Reflect.construct(target, args, newTarget);
    },
  });
  try {
    await work();
  } finally {
    globalThis.Uint8Array = original;
  }
  return bytes;
}

/** Opens a damaged file one way, closes it, and checks all that must hold; false if it was refused. */
async function opens(from: Golden, damaged: Uint8Array, readOnly: boolean): Promise<boolean> {
  const storage = new WatchedStorage();
  const fixture = new SegmentFixture(storage);
  fixture.replace(damaged);
  let segment: FastSegment | undefined;
  const allocated = await allocatedBy(async () => {
    try {
      segment = await (readOnly ? fixture.openToRead() : fixture.open());
    } catch (error) {
      if (!(error instanceof InfiniteDbError)) throw error;
      assert(error.code === "corrupt" || error.code === "newer-format", error.message);
    }
  });
  assert(storage.largestRead <= Math.max(damaged.length, HEADER_BYTES), "a read beyond the file");
  assert(allocated <= damaged.length + ALLOCATED_BYTES_MAX, `${allocated} bytes allocated`);
  if (readOnly || segment === undefined) assert.deepEqual(fixture.bytes(), damaged);
  if (segment === undefined) {
    assert.deepEqual(storage.list(`${ROOT}/sessions`), [`${SESSION}.fast`]);
    assert.deepEqual(fixture.quarantined(), []);
    return false;
  }
  await checkOpened(from, damaged, fixture, segment, readOnly);
  return true;
}

/** It must hold a prefix, everything acknowledged in it; and go on from there. */
async function checkOpened(
  from: Golden,
  damaged: Uint8Array,
  fixture: SegmentFixture,
  segment: FastSegment,
  readOnly: boolean,
): Promise<void> {
  const { groups, tornBytes, keptIn } = segment.recovery;
  const kept = from.groups.slice(0, groups).flat();
  assert.deepEqual(segment.readCommittedEntries().map(lineOf), kept);
  assert.equal(segment.committedBytes, from.boundaries[groups]);
  if (damaged.length >= HEADER_BYTES) {
    const below = firstDifference(from.bytes, damaged) < from.header;
    const least = below ? from.groups.length : from.boundaries.indexOf(from.header);
    assert(groups >= least, `${groups} groups came back, not ${least}: damage was not reported`);
  } else if (!readOnly) {
    // Nothing is left that could tell what was acknowledged: row 1 of the table, with a warning.
    assert.match(segment.recovery.warnings.join(), /fewer than a header/);
  }
  if (readOnly) return await segment.close();

  const stop = segment.committedBytes;
  assert(damaged.subarray(stop + tornBytes).every((byte) => byte === 0), "dropped in silence");
  if (tornBytes > 0) {
    const copy = fixture.storage.open(`${ROOT}/${keptIn}`);
    const torn = new Uint8Array(copy.size());
    copy.readAt(torn, 0);
    copy.close();
    assert.deepEqual(torn, damaged.subarray(stop, stop + tornBytes));
  }
  const behind = fixture.bytes().subarray(stop, damaged.length);
  assert(behind.every((byte) => byte === 0), "stale bytes are left behind the boundary");
  const added = writes(101, 2);
  assert.equal(await segment.trySealEntries(added, Infinity), "sealed");
  await segment.close();
  const again = await fixture.openToRead();
  assert.equal(again.recovery.state, "clean");
  assert.deepEqual(again.readCommittedEntries().map(lineOf), [...kept, ...added.map(lineOf)]);
  await again.close();
}

/**
 * Opens each damaged file both ways. Where all damage lies above H, and could be a crash's, the file
 * must open: who refuses it has lost everything to a power failure.
 */
async function sweep(
  from: Golden,
  files: Iterable<Damaged>,
  crashLike = true,
): Promise<Tally> {
  const tally = { tried: 0, read: 0, written: 0 };
  for (const [damage, bytes] of files) {
    try {
      const read = await opens(from, bytes, true);
      const written = await opens(from, bytes, false);
      tally.tried++;
      if (read) tally.read++;
      if (written) tally.written++;
      const above = firstDifference(from.bytes, bytes) >= from.header;
      if (above && crashLike) assert(read && written, "refused, though all below H is there");
    } catch (error) {
      throw new Error(`With ${damage}: ${error}`, { cause: error });
    }
  }
  return tally;
}

for (const [name, from] of GOLDEN) {
  const { bytes, boundaries } = from;
  const isClosed = name === "closed.fast";

  test(`${name} with any bit flipped loses nothing that was acknowledged`, async () => {
    const allBitsBelow = boundaries[1];
    const tally = await sweep(from, flips(from, allBitsBelow));
    const above = bytes.length - from.header; // None in H leads to another boundary.
    assert.deepEqual(tally, {
      tried: bytes.length + 7 * allBitsBelow,
      read: above,
      written: above,
    });
  });

  test(`${name} cut to any length loses nothing that was acknowledged`, async () => {
    const opened = bytes.length - from.header + HEADER_BYTES; // Shorter than a header is no file.
    const tally = await sweep(from, lengths(from));
    assert.deepEqual(tally, { tried: bytes.length, read: opened, written: opened });
  });

  test(`${name} with any committed length opens whole or not at all`, async () => {
    const tally = await sweep(from, headers(from, 100));
    // A header may name any boundary to a reader, and one of the last three to a writer.
    assert.deepEqual(tally, {
      tried: bytes.length + 100 + 2 * 48,
      read: boundaries.length,
      written: 3,
    });
  });

  test(`${name} with sectors zeroed or swapped loses nothing that was acknowledged`, async () => {
    const sectors = Math.ceil(bytes.length / SECTOR_BYTES);
    const whole = Math.floor(bytes.length / SECTOR_BYTES);
    const zeroed = await sweep(from, zeroedSectors(from));
    assert.equal(zeroed.tried, sectors * (sectors + 1) / 2);
    const swapped = await sweep(from, swappedSectors(from));
    assert.equal(swapped.tried, whole * (whole - 1) / 2);
    if (isClosed) assert.equal(zeroed.written + swapped.written, 0);
    else assert(zeroed.written > 0 && swapped.written > 0);
  });

  test(`${name} with a giant length anywhere neither allocates nor believes it`, async () => {
    const starts = frameStarts(from);
    const tally = await sweep(from, giantLengths(from));
    const above = starts.filter((at) => at >= from.header).length;
    // A closed file's last frame does end it, and behind it no frame of -40 or -39 bytes can be claimed.
    assert.deepEqual(tally, {
      tried: starts.length * 12 - (isClosed ? 3 : 0),
      read: above * 12 - (isClosed ? 2 : 0),
      written: above * 12 - (isClosed ? 2 : 0),
    });
  });

  test(`${name} with a group of another session pasted in is always refused`, async () => {
    const groups = await donor(OTHER_SESSION, 0);
    const tally = await sweep(from, pasted(from, groups), false);
    const tried = groups.length * boundaries.length * 2;
    assert.deepEqual(tally, { tried, read: 0, written: 0 });
  });

  test(`${name} with a group of another life of the file pasted in never returns it`, async () => {
    const groups = await donor(SESSION, 1);
    const tally = await sweep(from, pasted(from, groups));
    const tried = groups.length * boundaries.length * 2;
    const above = boundaries.filter((at) => at >= from.header).length;
    const opened = groups.length * above * 2;
    assert.deepEqual(tally, { tried, read: opened, written: opened });
  });
}

test("pasted groups have the very sizes of the golden ones, so that only session and chain differ", async () => {
  const { boundaries } = golden("closed.fast");
  const sizes = boundaries.slice(1).map((end, i) => end - boundaries[i]);
  for (const groups of [await donor(OTHER_SESSION, 0), await donor(SESSION, 1)]) {
    assert.deepEqual(groups.map((group) => group.length), sizes);
  }
});

for (const claim of [FRAME_BYTES_MAX - 40, FRAME_BYTES_MAX - 39, FRAME_BYTES_MAX + 1000]) {
  test(`a frame that claims ${claim} bytes of a larger file is no reason for more memory`, async () => {
    const storage = new WatchedStorage();
    const fixture = new SegmentFixture(storage);
    await (await fixture.open()).close();
    fixture.write(u64(BigInt(claim)), HEADER_BYTES);
    fixture.cut(FRAME_BYTES_MAX + 4000);
    for (const open of [() => fixture.openToRead(), () => fixture.open()]) {
      const allocated = await allocatedBy(async () => {
        const segment = await open();
        assert.equal(segment.recovery.state, "torn-tail");
        await segment.close();
      });
      const fits = claim + 40 <= FRAME_BYTES_MAX;
      assert(allocated <= ALLOCATED_BYTES_MAX * 4 + (fits ? FRAME_BYTES_MAX : 0));
      assert(storage.largestRead <= (fits ? FRAME_BYTES_MAX : ALLOCATED_BYTES_MAX));
    }
  });
}
