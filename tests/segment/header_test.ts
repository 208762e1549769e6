import assert from "node:assert/strict";
import { test } from "node:test";
import { HEADER_BYTES } from "../../mod.ts";
import { decodeCommittedLength, encodeHeader, FAST_MAGIC } from "../../lib/segment/header.ts";
import { workedExample } from "../support/worked_example.ts";

test("the worked example of a header is that of an empty fast segment", () => {
  const example = workedExample("lib/segment/header.ts");
  assert.deepEqual(encodeHeader(FAST_MAGIC, HEADER_BYTES), example);
  assert.equal(decodeCommittedLength(example), HEADER_BYTES);
  assert.equal(HEADER_BYTES, 16);
});

test("a committed length above 2^53-1 is Infinity, below it is exact", () => {
  for (const length of [0, 2 ** 32, Number.MAX_SAFE_INTEGER]) {
    assert.equal(decodeCommittedLength(encodeHeader(FAST_MAGIC, length)), length);
  }
  const header = encodeHeader(FAST_MAGIC, 0);
  for (const length of [2n ** 53n, 2n ** 63n, 2n ** 64n - 1n]) {
    new DataView(header.buffer).setBigUint64(8, length, true);
    assert.equal(decodeCommittedLength(header), Infinity);
  }
});
