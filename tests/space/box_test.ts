import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  boxesMeet,
  boxHasBox,
  boxHasPoint,
  clearBox,
  clipToGrid,
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

const fewValues = fc.integer({ min: -2, max: 4 });
const anyValue = fc.oneof(fewValues, fc.double({ noNaN: true, noDefaultInfinity: true }));

function corner(box: number[], which: 0 | 1, dims: number): number[] {
  return box.slice(1 + which * dims, 1 + (which + 1) * dims);
}

test("a box has a point if and only if each coordinate is between its bounds", () => {
  fc.assert(fc.property(anyScene(fewValues), ({ dims, points: [point], boxes: [box] }) => {
    const [min, max] = [corner(box, 0, dims), corner(box, 1, dims)];
    const expected = point.every((value, i) => min[i] <= value && value <= max[i]);
    assert.equal(boxHasPoint(box, 1, [0, ...point], 1, dims), expected);
    assert(boxHasPoint(box, 1, min, 0, dims) && boxHasPoint(box, 1, max, 0, dims));
  }));
});

test("a box has another if and only if it has both of its corners", () => {
  fc.assert(fc.property(anyScene(fewValues), ({ dims, boxes: [box, inner] }) => {
    const expected = boxHasPoint(box, 1, inner, 1, dims) &&
      boxHasPoint(box, 1, inner, 1 + dims, dims);
    assert.equal(boxHasBox(box, 1, inner, 1, dims), expected);
    assert(boxHasBox(box, 1, box, 1, dims));
  }));
});

test("boxes meet if and only if their common part has a point", () => {
  fc.assert(fc.property(anyScene(fewValues), ({ dims, boxes: [a, b] }) => {
    const expected = corner(a, 0, dims).every((_, i) =>
      Math.max(a[1 + i], b[1 + i]) <= Math.min(a[1 + dims + i], b[1 + dims + i])
    );
    assert.equal(boxesMeet(a, 1, b, 1, dims), expected);
    assert.equal(boxesMeet(b, 1, a, 1, dims), expected);
  }));
});

test("a box that grows holds what it was given, and is no larger than that", () => {
  fc.assert(fc.property(anyScene(anyValue), ({ dims, points, boxes }) => {
    const grown = new Float64Array(1 + 2 * dims);
    clearBox(grown, 1, dims);
    assert(!boxHasPoint(grown, 1, points[0], 0, dims) && !boxesMeet(grown, 1, boxes[0], 1, dims));
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

test("clipToGrid() keeps the cells that a box has, and no other", () => {
  const bound = fc.oneof(
    fc.integer({ min: -2, max: 10 }),
    fc.double({ min: -2, max: 10, noNaN: true }),
    fc.constantFrom(-Infinity, Infinity, -0, 7, 6.999999999999999),
  );
  fc.assert(fc.property(bound, bound, (a, b) => {
    const [min, max] = [Math.min(a, b), Math.max(a, b)];
    const cells = [0, 1, 2, 3, 4, 5, 6, 7].filter((cell) => min <= cell && cell <= max);
    const clipped = [NaN, NaN];
    assert.equal(clipToGrid([min], [max], 3, clipped), cells.length > 0);
    if (cells.length === 0) return;
    assert.equal(clipped[0] + 0, cells[0]);
    assert.equal(clipped[1] + 0, cells.at(-1));
  }));
});

test("clipToGrid() is empty if one axis is, and takes all of the widest grid", () => {
  const clipped = new Uint32Array(4);
  assert(!clipToGrid([0, 0.2], [9, 0.8], 32, clipped));
  assert(!clipToGrid([-9, 0], [-0.1, 3], 32, clipped));
  assert(!clipToGrid([2 ** 32 - 0.5, 0], [Infinity, 3], 32, clipped));
  assert(clipToGrid([-Infinity, 0.5], [Infinity, 2.5], 32, clipped));
  assert.deepEqual(clipped, Uint32Array.of(0, 1, 2 ** 32 - 1, 2));
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
