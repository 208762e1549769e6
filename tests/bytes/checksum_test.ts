import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checksum,
  CHECKSUM_BYTES,
  checksumOf,
  GradualChecksum,
  loadChecksum,
} from "../../lib/bytes/checksum.ts";
import { toHex } from "../support/worked_example.ts";

// From the BLAKE3 team's test_vectors.json (CC0): input bytes are 0, 1, 2, ... 250, 0, 1, ...
const VECTORS: [number, string][] = [
  [0, "af1349b9f5f9a1a6a0404dea36dcc9499bcb25c9adc112b7cc9a93cae41f3262"],
  [1, "2d3adedff11b61f14c886e35afa036736dcd87a74d27b5c1510225d0f592e213"],
  [1024, "42214739f095a406f3fc83deb889744ac00df831c10daa55189b5d121c855af7"],
];

test("checksum() is BLAKE3-256", async () => {
  await loadChecksum();
  for (const [length, expected] of VECTORS) {
    const input = Uint8Array.from({ length }, (_, i) => i % 251);
    assert.equal(toHex(checksum(input)), expected);
    assert.equal(checksum(input).length, CHECKSUM_BYTES);
  }
});

test("checksumOf() hashes parts as one piece", async () => {
  await loadChecksum();
  const bytes = Uint8Array.from({ length: 100_000 }, (_, i) => i * 7);
  const parts = [bytes.subarray(0, 1), bytes.subarray(1, 70_000), bytes.subarray(70_000)];
  assert.deepEqual(checksumOf(parts), checksum(bytes));
});

test("a GradualChecksum is that of all its bytes, whoever asks for others in between", async () => {
  await loadChecksum();
  const bytes = Uint8Array.from({ length: 300_000 }, (_, i) => i * 11);
  for (const cuts of [[], [0], [1], [1024, 1025, 2048], [64, 70_000, 250_001]]) {
    const sums = [new GradualChecksum(), new GradualChecksum()];
    const edges = [0, ...cuts, bytes.length];
    for (let i = 1; i < edges.length; i++) {
      for (const sum of sums) sum.add(bytes.subarray(edges[i - 1], edges[i]));
      checksum(bytes.subarray(0, i));
    }
    for (const sum of sums) assert.deepEqual(sum.end(), checksum(bytes));
  }
  assert.deepEqual(new GradualChecksum().end(), checksum(new Uint8Array(0)));
});
