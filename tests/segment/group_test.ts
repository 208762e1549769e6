import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "@msgpack/msgpack";
import { checksum, loadChecksum } from "../../lib/bytes/checksum.ts";
import { GroupBuffer } from "../../lib/segment/group.ts";
import { readFrameLength } from "../../lib/segment/frame.ts";
import { FAST_MAGIC } from "../../lib/segment/header.ts";
import { firstBoundary } from "../../lib/segment/seal.ts";
import { write } from "../support/entries.ts";

await loadChecksum();

/** The payloads of the frames in some bytes, taken apart without the code under test. */
function payloads(bytes: Uint8Array): Uint8Array[] {
  const result: Uint8Array[] = [];
  for (let at = 0; at < bytes.length;) {
    const end = at + 8 + readFrameLength(bytes, at);
    const payload = bytes.subarray(at + 8, end);
    assert.deepEqual(checksum(payload), bytes.subarray(end, end + 32));
    result.push(payload);
    at = end + 32;
  }
  return result;
}

for (const count of [1, 15, 16, 400]) {
  test(`a frame of ${count} entries is the shortest MessagePack, headers included`, () => {
    const group = new GroupBuffer();
    const value: unknown[] = [];
    for (let i = 1; i <= count; i++) {
      const entry = { ...write(i), address: { space: 3, point: [i, i * 1000] } };
      group.addEntry(entry, 7);
      const revision = Uint8Array.from(
        entry.revision.toString().match(/../g)!,
        (x) => parseInt(x, 16),
      );
      value.push([0, 3, entry.address.point, revision, entry.data]);
    }
    group.endFrame();
    assert.deepEqual(payloads(group.bytes), [encode([1, value])]);
  });
}

test("many small entries share frames of about 64 KiB, in order", () => {
  const group = new GroupBuffer();
  for (let i = 1; i <= 5_000; i++) group.addEntry(write(i), 7);
  group.seal(firstBoundary(FAST_MAGIC, 7));
  const frames = payloads(group.bytes);
  const data = frames.slice(0, -1);
  assert(data.length >= 3);
  assert(data.every((each) => each.length <= 65 * 1024));
  assert(data.slice(0, -1).every((each) => each.length > 60 * 1024));
  const entries = data.flatMap((each) => (decode(each) as [number, unknown[][]])[1]);
  assert.deepEqual(entries.map((each) => (each[2] as number[])[0]), entries.map((_, i) => i + 1));
  const seal = decode(frames.at(-1)!) as unknown[];
  assert.deepEqual(seal.slice(0, 4), [3, 0, 16, data.length]);
});

test("a large entry gets a frame of its own, its neighbours keep theirs", () => {
  const group = new GroupBuffer();
  group.addEntry(write(1), 7);
  group.addEntry(write(2, 7, 200_000), 7);
  group.addEntry(write(3), 7);
  group.endFrame();
  const counts = payloads(group.bytes).map((each) =>
    (decode(each) as [number, unknown[]])[1].length
  );
  assert.deepEqual(counts, [1, 1, 1]);
});

test("addEntry() refuses an entry that does not fit a frame", () => {
  const group = new GroupBuffer();
  const size = 64 * 1024 * 1024;
  for (const dataBytes of [size + 1, size, size - 60]) {
    const entry = { ...write(1), data: new Uint8Array(dataBytes) };
    assert.throws(() => group.addEntry(entry, 7), { code: "invalid-argument" });
    group.clear();
  }
});

test("clear() makes the buffer as good as new", () => {
  const group = new GroupBuffer();
  group.addEntry(write(1, 7, 5 << 20), 7);
  group.seal(firstBoundary(FAST_MAGIC, 7));
  group.clear();
  assert.equal(group.bytes.length, 0);
  assert.equal(group.frames, 0);
  group.addEntry(write(2), 7);
  group.endFrame();
  assert.equal(payloads(group.bytes).length, 1);
});
