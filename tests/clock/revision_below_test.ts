import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Revision } from "../../mod.ts";
import { revisionBelow } from "../../lib/clock/revision.ts";

const [U16, U32, U48] = [0xffff, 0xffff_ffff, 2 ** 48 - 1];

const BELOW: [number[], number[]][] = [
  [[5, 5, 5, 5], [5, 5, 5, 4]],
  [[5, 5, 5, 0], [5, 5, 4, U32]],
  [[5, 5, 0, 0], [5, 4, U32, U32]],
  [[5, 0, 0, 0], [4, U16, U32, U32]],
  [[0, 0, 0, 1], [0, 0, 0, 0]],
  [[0, 0, 0, 0], [0, 0, 0, 0]],
];

for (const [fields, below] of BELOW) {
  test(`revisionBelow() of ${fields} is ${below}`, () => {
    const of = (list: number[]): Revision => new Revision(list[0], list[1], list[2], list[3]);
    assert.deepEqual(revisionBelow(of(fields)), of(below));
  });
}

test("revisionBelow() is one less, as numbers of 128 bits", () => {
  const field = (max: number): fc.Arbitrary<number> =>
    fc.oneof(fc.constantFrom(0, 1, max), fc.integer({ min: 0, max }));
  fc.assert(fc.property(field(U48), field(U16), field(U32), field(U32), (...fields) => {
    const revision = new Revision(...fields as [number, number, number, number]);
    const number = BigInt(`0x${revision}`);
    if (number > 0n) assert.equal(BigInt(`0x${revisionBelow(revision)}`), number - 1n);
  }));
});
