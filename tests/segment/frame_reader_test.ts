import assert from "node:assert/strict";
import { test } from "node:test";
import { MemoryStorage, type StorageFile } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { PackWriter } from "../../lib/bytes/codec.ts";
import { beginFrame, endFrame } from "../../lib/segment/frame.ts";
import { FrameReader } from "../../lib/segment/frame_reader.ts";

await loadChecksum();

/** A file that holds frames with payloads of these lengths, each filled with its number. */
function fileWithFrames(lengths: readonly number[]): StorageFile {
  const out = new PackWriter(64);
  lengths.forEach((length, i) => {
    const start = beginFrame(out);
    out.reserve(length);
    out.bytes.fill(i + 1, out.length, out.length + length);
    out.length += length;
    endFrame(out, start);
  });
  const file = new MemoryStorage().open("/f", { write: true, create: true });
  file.writeAt(out.bytes.subarray(0, out.length), 0);
  return file;
}

test("frames of all sizes come back whole through the window", () => {
  const lengths = [1, 100, 1 << 20, 3, (1 << 20) - 47, 5 << 20, 70_000, 2];
  const file = fileWithFrames(lengths);
  const frames = new FrameReader(file, 0, file.size());
  let offset = 0;
  lengths.forEach((length, i) => {
    assert.equal(frames.next(), true);
    assert.equal(frames.offset, offset);
    assert.equal(frames.payload.length, length);
    assert(frames.payload.every((byte) => byte === i + 1));
    offset = frames.end;
  });
  assert.equal(frames.next(), false);
  assert.equal(frames.stopReason, "the file ends");
});

for (const claim of [2n ** 63n, 2n ** 53n, 2n ** 32n, 2n ** 64n - 1n, 61n]) {
  test(`a frame that claims ${claim} bytes is refused before anything is allocated`, () => {
    const file = fileWithFrames([60]);
    const length = new Uint8Array(8);
    new DataView(length.buffer).setBigUint64(0, claim, true);
    file.writeAt(length, 0);
    const reads: number[] = [];
    const watched = Object.create(file, {
      readAt: {
        value: (into: Uint8Array, at: number) => {
          reads.push(into.length);
          return file.readAt(into, at);
        },
      },
    });
    const frames = new FrameReader(watched, 0, file.size());
    assert.equal(frames.next(), false);
    assert.match(frames.stopReason, /claims/);
    assert.deepEqual(reads, [100]);
  });
}

test("a frame larger than 64 MiB is refused though the bytes are there", () => {
  const file = fileWithFrames([60]);
  const length = new Uint8Array(8);
  new DataView(length.buffer).setBigUint64(0, 64n << 20n, true);
  file.writeAt(length, 0);
  const frames = new FrameReader(file, 0, 1 << 30);
  assert.equal(frames.next(), false);
});

test("a length of zero, a cut length and a wrong checksum each end the frames with a reason", () => {
  const file = fileWithFrames([10, 10]);
  const second = 50;
  file.writeAt(new Uint8Array([99]), second + 9);
  const frames = new FrameReader(file, 0, file.size());
  assert.equal(frames.next(), true);
  assert.equal(frames.next(), false);
  assert.match(frames.stopReason, /checksum/);
  assert.equal(frames.end, second);
  file.writeAt(new Uint8Array(8), second);
  assert.equal(frames.next(), false);
  const cut = new FrameReader(file, second, second + 5);
  assert.equal(cut.next(), false);
  assert.match(cut.stopReason, /inside a frame's length/);
});

test("a file that becomes shorter while it is read ends the frames, and invents none", () => {
  const file = fileWithFrames([3 << 20, 3 << 20]);
  const frames = new FrameReader(file, 0, file.size());
  assert.equal(frames.next(), true);
  file.truncate((3 << 20) + 100);
  assert.equal(frames.next(), false);
  assert.match(frames.stopReason, /cut while it was read/);
  const unread = new FrameReader(file, 0, file.size());
  file.truncate(0);
  assert.equal(unread.next(), false);
  assert.match(unread.stopReason, /cut while it was read/);
});
