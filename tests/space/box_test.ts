import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  clearBox,
  growByBox,
  growByPoint,
  squaredDistance,
  squaredDistanceToBox,
} from "../../lib/space/box.ts";

interface Scene {
  dims: number;
  /** Two points, the corners of two boxes in arrays that begin with something else. */
  points: [number[], number[]];
  boxes: [number[], number[]];
}

/** Points and boxes of numbers that often coincide. */
function anyScene(value: fc.Arbitrary<number>): fc.Arbitrary<Scene> {
  return fc.integer({ min: 1, max: 16 }).chain((dims) => {
    const point = fc.array(value, { minLength: dims, maxLength: dims });
    const box = fc.tuple(point, point).map(([a, b]) => [
      NaN,
      ...a.map((each, i) => Math.min(each, b[i])),
      ...a.map((each, i) => Math.max(each, b[i])),
    ]);
    return fc.record({
      dims: fc.constant(dims),
      points: fc.tuple(point, point),
      boxes: fc.tuple(box, box),
    });
  });
}

const anyValue = fc.oneof(
  fc.integer({ min: -2, max: 4 }),
  fc.double({ noNaN: true, noDefaultInfinity: true }),
);

test("a box that grows holds what it was given, and is no larger than that", () => {
  fc.assert(fc.property(anyScene(anyValue), ({ dims, points, boxes }) => {
    const grown = new Float64Array(1 + 2 * dims);
    clearBox(grown, 1, dims);
    for (const point of points) growByPoint(grown, 1, point, 0, dims);
    for (const box of boxes) growByBox(grown, 1, box, 1, dims);
    for (let i = 0; i < dims; i++) {
      const values = [points[0][i], points[1][i]];
      for (const box of boxes) values.push(box[1 + i], box[1 + dims + i]);
      assert.equal(grown[1 + i] + 0, Math.min(...values) + 0);
      assert.equal(grown[1 + dims + i] + 0, Math.max(...values) + 0);
    }
    assert.equal(grown[0], 0);
  }));
});

test("a box is never farther than a point in it, rounding included", () => {
  fc.assert(
    fc.property(anyScene(anyValue), ({ dims, points: [from, other], boxes: [box] }) => {
      const inside = other.map((value, i) =>
        Math.min(Math.max(value, box[1 + i]), box[1 + dims + i])
      );
      const nearest = squaredDistanceToBox(from, box, 1, dims);
      assert(nearest <= squaredDistance(from, [0, ...inside], 1, dims));
      const closest = from.map((value, i) =>
        Math.min(Math.max(value, box[1 + i]), box[1 + dims + i])
      );
      assert.equal(nearest, squaredDistance(from, closest, 0, dims));
    }),
    { numRuns: 300 },
  );
});

test("a distance is the sum of squares in the order of the axes", () => {
  const from = [0.1, 1e8, 3];
  const to = [0, 0, 1];
  assert.equal(squaredDistance(from, to, 0, 3), 0.1 * 0.1 + 1e8 * 1e8 + 2 * 2);
  assert.equal(squaredDistanceToBox(from, [...to, ...to], 0, 3), 0.1 * 0.1 + 1e8 * 1e8 + 2 * 2);
});

test("infinity is infinitely far, and never NaN", () => {
  for (const from of [[Infinity, 0], [-Infinity, Infinity], [1e200, 0]]) {
    assert.equal(squaredDistance(from, [3, 4], 0, 2), Infinity);
    assert.equal(squaredDistanceToBox(from, [0, 0, 9, 9], 0, 2), Infinity);
    const everywhere = [-Infinity, -Infinity, Infinity, Infinity];
    assert.equal(squaredDistanceToBox(from, everywhere, 0, 2), 0);
  }
});
