import assert from "node:assert/strict";
import { test } from "node:test";
import { encodeKey } from "../../lib/space/hilbert.ts";
import { learnCurve } from "../../lib/space/hilbert_tables.ts";

test("learnCurve() finds as few states as there are ways to turn the curve", () => {
  const states = [1, 2, 3].map((dims) => learnCurve(encodeKey, dims, 1).length >> dims);
  assert.deepEqual(states, [1, 4, 24]);
});

test("several levels at once are several steps", () => {
  const one = learnCurve(encodeKey, 2, 1);
  const two = learnCurve(encodeKey, 2, 2);
  for (let entry = 0; entry < two.length; entry++) {
    const [state, x, y] = [entry >> 4, entry >> 2 & 3, entry & 3];
    const upper = one[state << 2 | x >> 1 << 1 | y >> 1];
    const lower = one[upper >> 2 << 2 | (x & 1) << 1 | y & 1];
    assert.equal(two[entry], lower >> 2 << 4 | (upper & 3) << 2 | lower & 3);
  }
});

test("learnCurve() refuses a table that an entry cannot address", () => {
  assert.throws(() => learnCurve(encodeKey, 3, 4), /Invariant/);
});
