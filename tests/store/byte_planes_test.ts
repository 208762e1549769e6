import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { planesBytesMax, putPlanes, takePlanes } from "../../lib/store/byte_planes.ts";
import { workedExample } from "../support/worked_example.ts";

const GUARD = 0xa5;

/** Puts a column between guards, takes it again; what lies beside it stays as it is. */
function roundTrip(rows: Int32Array, column: number, width: number): Uint8Array {
  const count = rows.length / width;
  const out = new Uint8Array(planesBytesMax(count) + 8).fill(GUARD);
  const end = putPlanes(out, 3, rows, column, width, count);
  assert(end - 3 <= planesBytesMax(count));
  assert(out.subarray(end).every((byte) => byte === GUARD), "nothing is put behind it");
  assert(out.subarray(0, 3).every((byte) => byte === GUARD), "nor before it");
  const into = rows.map((word) => ~word);
  assert.equal(takePlanes(out, 3, into, column, width, count), end);
  rows.forEach((word, i) => assert.equal(into[i], i % width === column ? word : ~word));
  return out.slice(3, end);
}

test("a column of any words comes back, and takes a byte where a plane is the same for all", () => {
  const anyWord = fc.oneof(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), fc.nat(3));
  const varying = fc.constantFrom(-1, 0xff, 0xff00, 0xff_0000, 0xff00_0000 | 0, 0xff_ff00, 0);
  const place = fc.record({ width: fc.integer({ min: 1, max: 4 }), column: fc.nat(3) });
  const words = fc.tuple(fc.array(anyWord, { minLength: 1, maxLength: 256 }), varying, anyWord)
    .map(([drawn, mask, base]) => drawn.map((each) => each & mask | base & ~mask));
  fc.assert(
    fc.property(words, place, (column, { width, column: wanted }) => {
      const rows = Int32Array.from(column.flatMap((word) => Array(width).fill(word)));
      const bytes = roundTrip(rows, wanted % width, width);
      const bytesOf = (shift: number): number => {
        const differ = new Set(column.map((word) => word >>> shift & 0xff)).size > 1;
        return differ ? column.length : 1;
      };
      assert.equal(bytes.length, 1 + bytesOf(0) + bytesOf(8) + bytesOf(16) + bytesOf(24));
    }),
    { numRuns: 500 },
  );
});

test("the worked example is what is put and taken", () => {
  const words = Int32Array.of(0x0195_0007, 0x0195_0107, 0x0195_0207);
  assert.deepEqual(roundTrip(words, 0, 1), workedExample("lib/store/byte_planes.ts"));
});
