import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { countInside, firstInside, firstOutside } from "../../lib/store/page_blocks.ts";
import type { MemoryRun } from "../../lib/store/memory_run.ts";
import { shapeOf } from "../../lib/store/shape.ts";
import { sorted, version } from "../support/runs.ts";

const SIDE = 8;

/** A run over random points of a small grid, in order, as one page. */
function pageOf(dims: number, points: readonly number[][]): MemoryRun {
  const shape = shapeOf({ dims, bits: 3, axes: [], retention: "all" });
  return sorted(shape, points.map((point, i) => version(point, i + 1)));
}

test("what lies in a box and where that begins and ends is what a look at each point tells", () => {
  const worlds = fc.integer({ min: 1, max: 4 }).chain((dims) => {
    const point = fc.array(fc.nat(SIDE - 1), { minLength: dims, maxLength: dims });
    return fc.record({
      dims: fc.constant(dims),
      points: fc.array(point, { minLength: 1, maxLength: 150 }),
      corners: fc.tuple(point, point),
      range: fc.tuple(fc.nat(150), fc.nat(150)),
    });
  });
  fc.assert(
    fc.property(worlds, ({ dims, points, corners: [a, b], range }) => {
      const page = pageOf(dims, points).page();
      const min = a.map((value, axis) => Math.min(value, b[axis]));
      const max = a.map((value, axis) => Math.max(value, b[axis]));
      const [from, to] = range.map((place) => Math.min(place, page.count)).sort((x, y) => x - y);
      const isInside = (place: number): boolean =>
        min.every((least, axis) => {
          const value = page.coordinates[place * dims + axis];
          return value >= least && value <= max[axis];
        });
      const places = Array.from({ length: to - from }, (_, i) => from + i);
      const box = { min, max };
      assert.equal(countInside(page, from, to, box), places.filter(isInside).length);
      assert.equal(firstInside(page, from, to, box), places.find(isInside) ?? to);
      assert.equal(
        firstOutside(page, from, to, box),
        places.find((place) => !isInside(place)) ?? to,
      );
    }),
    { numRuns: 2000 },
  );
});
