import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { InvalidArgumentError } from "../../lib/errors.ts";
import {
  type AxisBounds,
  checkAxisBounds,
  quantise,
  quantisePoints,
} from "../../lib/space/quantise.ts";

const float = new Float64Array(1);
const floatBits = new BigInt64Array(float.buffer);

/** The float so many steps above, or below. */
function step(value: number, by: number): number {
  float[0] = value + 0;
  const ordinal = floatBits[0] < 0n ? -(2n ** 63n) - floatBits[0] : floatBits[0];
  const moved = ordinal + BigInt(by);
  floatBits[0] = moved < 0n ? -(2n ** 63n) - moved : moved;
  return float[0];
}

const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const anyBits = fc.integer({ min: 1, max: 32 });
const anyPart = fc.double({ min: 0, max: 1, noNaN: true });

/** Axes of every length: also of a few floats, of the smallest, and of nearly all. */
const anyBounds: fc.Arbitrary<AxisBounds> = fc.oneof(
  fc.tuple(finite, finite).map(([a, b]) => ({ min: Math.min(a, b), max: Math.max(a, b) })),
  fc.tuple(finite, fc.integer({ min: 1, max: 40 }))
    .map(([min, steps]) => ({ min, max: step(min, steps) })),
  fc.constantFrom(
    { min: -180, max: 180 },
    { min: 0, max: 1 },
    { min: 0, max: 5e-324 },
    { min: -5e-324, max: 1e-323 },
    { min: -8e307, max: 8e307 },
    { min: 1e16, max: 1e16 + 2 },
  ),
).filter(({ min, max }) => max - min > 0 && max - min < Infinity);

test("quantise() is monotone, also from one float to the next at the border of a cell", () => {
  fc.assert(
    fc.property(anyBounds, anyBits, anyPart, (axis, bits, part) => {
      const border = Math.floor(part * 2 ** bits) / 2 ** bits;
      const near = axis.min + (axis.max - axis.min) * border;
      let before = 0;
      for (let by = -20; by <= 20; by++) {
        const value = step(near, by);
        if (!Number.isFinite(value)) continue; // Beyond the largest float.
        const cell = quantise(value, axis, bits);
        assert(Number.isInteger(cell) && cell < 2 ** bits);
        assert(cell >= before, `${cell} after ${before}`);
        before = cell;
      }
    }),
    { numRuns: 1000 },
  );
});

test("quantise() is monotone from any number to any other, also outside the axis", () => {
  const value = fc.oneof(finite, fc.constantFrom(-Infinity, Infinity, 0, -0));
  fc.assert(
    fc.property(anyBounds, anyBits, value, value, anyPart, (axis, bits, a, b, part) => {
      const inside = axis.min + (axis.max - axis.min) * part;
      const values = [a, b, inside].sort((x, y) => x - y);
      const cells = values.map((each) => quantise(each, axis, bits));
      assert(cells[0] <= cells[1] && cells[1] <= cells[2], `${values} in ${cells}`);
    }),
    { numRuns: 1000 },
  );
});

test("quantise() gives the first cell to min and the last to max", () => {
  fc.assert(fc.property(anyBounds, anyBits, (axis, bits) => {
    assert.equal(quantise(axis.min, axis, bits), 0);
    assert.equal(quantise(axis.max, axis, bits), 2 ** bits - 1);
  }));
});

test("quantise() is the formula", () => {
  fc.assert(fc.property(anyBits, fc.double({ min: -180, max: 180, noNaN: true }), (bits, value) => {
    const expected = Math.min(2 ** bits - 1, Math.floor((value + 180) / 360 * 2 ** bits));
    assert.equal(quantise(value, { min: -180, max: 180 }, bits), expected);
  }));
});

test("quantise() finds the middle of the shortest and the longest axis", () => {
  for (const length of [2e-323, 1, 2 ** 1023]) {
    assert.equal(quantise(length / 2, { min: 0, max: length }, 32), 2 ** 31);
    assert.equal(quantise(-length / 4, { min: -length / 2, max: length / 2 }, 32), 2 ** 30);
  }
});

test("quantise() gives an integer grid its own coordinates", () => {
  const axis = { min: 0, max: 2 ** 32 };
  for (const value of [0, 1, 2 ** 31, 2 ** 32 - 1]) assert.equal(quantise(value, axis, 32), value);
});

test("quantise() gives -0 what it gives 0, and never gives -0", () => {
  for (const axis of [{ min: 0, max: 1 }, { min: -0, max: 1 }, { min: -1, max: 0 }]) {
    assert.equal(quantise(-0, axis, 8), quantise(0, axis, 8));
    assert(!Object.is(quantise(-0, axis, 8), -0));
  }
});

test("quantisePoints() gives each coordinate to its axis", () => {
  const axes = [{ min: -180, max: 180 }, { min: -90, max: 90 }, { min: 0, max: 1 }];
  const points = Float64Array.of(-180, 90, 0.5, 13.4, 52.5, 0.25);
  const cells = new Uint32Array(6);
  quantisePoints(points, 2, axes, 32, cells);
  assert.deepEqual(
    Array.from(cells),
    Array.from(points, (value, i) => quantise(value, axes[i % 3], 32)),
  );
});

test("checkAxisBounds() refuses an axis without length, or with too much", () => {
  checkAxisBounds({ min: 0, max: 5e-324 });
  checkAxisBounds({ min: -8e307, max: 8e307 });
  for (
    const [min, max] of [[0, 0], [-0, 0], [1, 0], [NaN, 1], [0, Infinity], [-1e308, 1e308]]
  ) {
    assert.throws(() => checkAxisBounds({ min, max }), InvalidArgumentError);
  }
});
