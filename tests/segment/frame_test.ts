import assert from "node:assert/strict";
import { test } from "node:test";
import { decode } from "@msgpack/msgpack";
import { checksum, loadChecksum } from "../../lib/bytes/checksum.ts";
import { PackWriter } from "../../lib/bytes/codec.ts";
import { beginFrame, endFrame, readFrameLength } from "../../lib/segment/frame.ts";
import { workedExample } from "../support/worked_example.ts";

test("the worked example of a frame is what beginFrame() and endFrame() make", async () => {
  await loadChecksum();
  const example = workedExample("lib/segment/frame.ts");
  assert.equal(readFrameLength(example, 0), 3);
  assert.deepEqual(decode(example.subarray(8, 11)), [1, []]);
  assert.deepEqual(checksum(example.subarray(8, 11)), example.subarray(11));
  const out = new PackWriter(4);
  const start = beginFrame(out);
  out.reserve(3);
  out.putArray(2);
  out.putUint(1);
  out.putArray(0);
  assert.deepEqual(endFrame(out, start), example.subarray(11));
  assert.deepEqual(out.bytes.subarray(0, out.length), example);
});

test("readFrameLength() reads 64 bits, little-endian", () => {
  const bytes = new Uint8Array(9);
  const view = new DataView(bytes.buffer);
  for (const length of [1n, 2n ** 32n, 2n ** 53n, 2n ** 63n]) {
    view.setBigUint64(1, length, true);
    assert.equal(readFrameLength(bytes, 1), Number(length));
  }
});
