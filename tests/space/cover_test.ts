import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type Cover, coverBox } from "../../lib/space/cover.ts";
import { compareKeys, decodeKey, encodeKey, keyWords } from "../../lib/space/hilbert.ts";

interface Grid {
  dims: number;
  bits: number;
  min: number[];
  max: number[];
}

/** A box in a grid of one of some shapes. */
function anyBox(shapes: [dims: number, bits: number][]): fc.Arbitrary<Grid> {
  return fc.constantFrom(...shapes).chain(([dims, bits]) => {
    const last = 2 ** bits - 1;
    const bound = fc.oneof(fc.integer({ min: 0, max: last }), fc.constantFrom(0, last));
    const point = fc.array(bound, { minLength: dims, maxLength: dims });
    return fc.tuple(point, point).map(([a, b]) => ({
      dims,
      bits,
      min: a.map((value, i) => Math.min(value, b[i])),
      max: a.map((value, i) => Math.max(value, b[i])),
    }));
  });
}

const SMALL: [number, number][] = [];
for (let dims = 1; dims <= 8; dims++) {
  for (let bits = 1; dims * bits <= 10; bits++) SMALL.push([dims, bits]);
}

/** Of each position on the curve, whether its cell is in the box: by looking at all of them. */
function membersOf({ dims, bits, min, max }: Grid): boolean[] {
  const cell: number[] = [];
  const key = new Uint32Array(1);
  return Array.from({ length: 2 ** (dims * bits) }, (_, position) => {
    key[0] = position * 2 ** (32 - dims * bits);
    decodeKey(key, 0, dims, bits, cell);
    return cell.every((value, axis) => min[axis] <= value && value <= max[axis]);
  });
}

/** The same of a cover of a grid whose keys have one word. Checks that it is sorted and has gaps. */
function coveredBy({ ranges, count }: Cover, { dims, bits }: Grid): boolean[] {
  assert.equal(ranges.length, 2 * count);
  const covered: boolean[] = new Array(2 ** (dims * bits)).fill(false);
  const one = 2 ** (32 - dims * bits);
  for (let i = 0; i < ranges.length; i += 2) {
    const [low, high] = [ranges[i] / one, ranges[i + 1] / one];
    assert(Number.isInteger(low) && Number.isInteger(high) && low <= high);
    assert(i === 0 || ranges[i - 1] / one + 1 < low, "there is a gap between two ranges");
    covered.fill(true, low, high + 1);
  }
  return covered;
}

function countRuns(members: boolean[]): number {
  return members.filter((member, i) => member && !members[i - 1]).length;
}

test("coverBox() misses no cell, keeps to its budget, and is exact if the budget allows", () => {
  fc.assert(
    fc.property(anyBox(SMALL), fc.integer({ min: 1, max: 40 }), (grid, rangesMax) => {
      const members = membersOf(grid);
      const needed = countRuns(members);
      for (const budget of [1, rangesMax, needed, 10_000]) {
        const cover = coverBox(grid.min, grid.max, grid.dims, grid.bits, budget);
        const covered = coveredBy(cover, grid);
        assert(cover.count >= 1 && cover.count <= budget);
        if (budget >= needed) assert.deepEqual(covered, members);
        else assert(members.every((member, i) => !member || covered[i]));
      }
    }),
    { numRuns: 400 },
  );
});

test("every box of a grid of 8 x 8 is covered exactly", () => {
  for (let corner = 0; corner < 4096; corner++) {
    const [x, y, width, height] = [corner >> 9, corner >> 6 & 7, corner >> 3 & 7, corner & 7];
    if (x + width > 7 || y + height > 7) continue;
    const grid = { dims: 2, bits: 3, min: [x, y], max: [x + width, y + height] };
    assert.deepEqual(coveredBy(coverBox(grid.min, grid.max, 2, 3, 64), grid), membersOf(grid));
  }
});

test("the boxes of which the reference lost points are covered (D2)", () => {
  for (const last of [3, 127]) {
    const grid = { dims: 2, bits: 8, min: [0, 0], max: [last, last] };
    const members = membersOf(grid);
    for (const budget of [1, 2, 32]) {
      const cover = coverBox(grid.min, grid.max, 2, 8, budget);
      assert.deepEqual(coveredBy(cover, grid), members);
      assert.equal(cover.count, 1, "a quarter of a quarter is one range");
    }
  }
});

test("a cover of random boxes of 8 bits within 32 ranges misses nothing (D2)", () => {
  fc.assert(
    fc.property(anyBox([[2, 8], [2, 7], [3, 5]]), (grid) => {
      const covered = coveredBy(coverBox(grid.min, grid.max, grid.dims, grid.bits, 32), grid);
      assert(membersOf(grid).every((member, i) => !member || covered[i]));
    }),
    { numRuns: 40 },
  );
});

test("a cover of a large grid has every cell of the box, ordered, within its budget", () => {
  const shapes: [number, number][] = [[1, 32], [2, 32], [3, 32], [4, 32], [5, 25], [16, 8], [
    3,
    11,
  ]];
  const where = fc.array(fc.double({ min: 0, max: 1, noNaN: true }), {
    minLength: 16,
    maxLength: 16,
  });
  fc.assert(
    fc.property(anyBox(shapes), fc.integer({ min: 1, max: 50 }), where, (grid, budget, part) => {
      const { dims, bits, min, max } = grid;
      const words = keyWords(dims, bits);
      const { ranges, count } = coverBox(min, max, dims, bits, budget);
      assert(count >= 1 && count <= budget && ranges.length === 2 * words * count);
      for (let i = 0; i < ranges.length; i += words) {
        const order = i === 0 ? -1 : compareKeys(ranges, i - words, ranges, i, words);
        assert(order < 0 || order === 0 && (i / words) % 2 === 1);
      }
      const key = new Uint32Array(words);
      const between = min.map((low, i) => Math.round(low + (max[i] - low) * part[i]));
      for (const cell of [min, max, between]) {
        encodeKey(cell, dims, bits, key, 0);
        const range = Array.from({ length: count }, (_, i) => 2 * i * words).find((at) =>
          compareKeys(ranges, at, key, 0, words) <= 0 &&
          compareKeys(ranges, at + words, key, 0, words) >= 0
        );
        assert.notEqual(range, undefined, `${cell} of ${min} to ${max}`);
      }
    }),
    { numRuns: 200 },
  );
});

test("one cell is one key, and the whole grid is one range, in grids of every shape", () => {
  for (let dims = 1; dims <= 16; dims++) {
    for (const bits of [1, 3, 8, Math.min(32, Math.floor(128 / dims))]) {
      const words = keyWords(dims, bits);
      const key = new Uint32Array(words);
      const cell = Array.from({ length: dims }, (_, i) => (i * 37 + 5) % 2 ** bits);
      encodeKey(cell, dims, bits, key, 0);
      const one = coverBox(cell, cell, dims, bits, 1);
      assert.deepEqual(one, { ranges: Uint32Array.of(...key, ...key), count: 1 });

      const last = 2 ** bits - 1;
      const all = coverBox(new Array(dims).fill(0), new Array(dims).fill(last), dims, bits, 9);
      const highest = new Uint32Array(words).fill(2 ** 32 - 1);
      highest[words - 1] = 2 ** 32 - 2 ** (32 * words - dims * bits);
      assert.deepEqual(all.ranges, Uint32Array.of(...new Array(words).fill(0), ...highest));
    }
  }
});

test("coverBox() closes the smallest gaps first", () => {
  const exact = coverBox([1, 0], [1, 15], 2, 4, 1000);
  const gaps = Array.from(
    { length: exact.count - 1 },
    (_, i) => exact.ranges[2 * i + 2] - exact.ranges[2 * i + 1],
  ).sort((a, b) => b - a);
  const { ranges, count } = coverBox([1, 0], [1, 15], 2, 4, exact.count - 1);
  assert.equal(count, exact.count - 1);
  const left = Array.from({ length: count - 1 }, (_, i) => ranges[2 * i + 2] - ranges[2 * i + 1]);
  assert.deepEqual(left.sort((a, b) => b - a), gaps.slice(0, -1));
});

test("coverBox() refuses what is no box of the grid, and no budget", () => {
  assert.throws(() => coverBox([2, 0], [1, 5], 2, 3, 8), /Invariant/);
  assert.throws(() => coverBox([0, 0], [1, 8], 2, 3, 8), /Invariant/);
  assert.throws(() => coverBox([0, 0], [1, 5], 2, 3, 0), /Invariant/);
});
