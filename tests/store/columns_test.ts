import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { DataEntry } from "../../lib/segment/entry_list.ts";
import { compareRevisions, mergeColumns } from "../../lib/store/columns.ts";
import { MemoryRun } from "../../lib/store/memory_run.ts";
import type { Shape } from "../../lib/store/shape.ts";
import { COARSE, DEEP, lineOf, linesOf, pattern, PLANE, sorted, version } from "../support/runs.ts";

/** Entries in the order of a run, exact duplicates once, put so by a plain sort. */
export function plainly(shape: Shape, entries: readonly DataEntry[]): string[] {
  const keyOf = ({ address: { point } }: DataEntry): string => {
    const coordinates = shape.newCoordinates(1);
    coordinates.set(point);
    return Array.from(shape.keysOf(coordinates, 1), (word) => word.toString(16).padStart(8, "0"))
      .join("");
  };
  const once = new Map(
    entries.toReversed().map((each) => [`${each.address.point} ${each.revision}`, each]),
  );
  const rows = [...once.values()].map((entry) => ({ entry, key: keyOf(entry) }));
  rows.sort((a, b) => {
    if (a.key !== b.key) return a.key < b.key ? -1 : 1;
    for (const [axis, value] of a.entry.address.point.entries()) {
      const difference = value - b.entry.address.point[axis];
      if (difference !== 0) return difference;
    }
    return a.entry.revision.toString() < b.entry.revision.toString() ? 1 : -1;
  });
  return rows.map(({ entry }) => lineOf(entry));
}

/** Versions at few points, some of them there twice. */
function anyVersions(shape: Shape): fc.Arbitrary<DataEntry[]> {
  const isFloat = shape === COARSE;
  const coordinate = isFloat
    ? fc.constantFrom(-1, -0.999, -0.5, 0, 1e-300, 0.26, 0.3, 1)
    : fc.constantFrom(0, 1, 2, 3, 5, 2 ** 31, 2 ** 32 - 1);
  return fc.array(
    fc.tuple(
      fc.array(coordinate, { minLength: shape.dims, maxLength: shape.dims }),
      fc.integer({ min: 1, max: 6 }),
    ).map(([point, sequence]) =>
      version(point, sequence, sequence % 3 === 0 ? undefined : pattern(sequence, point[0] & 7))
    ),
    { minLength: 1, maxLength: 150 },
  );
}

for (const [name, shape] of Object.entries({ PLANE, DEEP, COARSE })) {
  test(`sortColumns() is a plain sort that takes exact duplicates once: ${name}`, () => {
    fc.assert(fc.property(anyVersions(shape), (entries) => {
      assert.deepEqual(linesOf(sorted(shape, entries)), plainly(shape, entries));
    }));
  });

  test(`mergeColumns() of parts is sortColumns() of all: ${name}`, () => {
    const anyParts = fc.array(anyVersions(shape), { minLength: 1, maxLength: 8 });
    fc.assert(fc.property(anyParts, (parts) => {
      const columns = parts.map((part) => sorted(shape, part).columns);
      const merged = new MemoryRun(shape, mergeColumns(shape, columns));
      assert.deepEqual(linesOf(merged), plainly(shape, parts.flat()));
    }));
  });
}

test("compareRevisions() orders by each word in turn, as unsigned numbers", () => {
  const words = [[0, 0, 0, 1], [0, 0, 1, 0], [0, 1, 0, 0], [1, 0, 0, 0], [2 ** 31, 0, 0, 0]];
  words.push([2 ** 32 - 1, 0, 0, 0]);
  const all = Uint32Array.from(words.flat());
  for (let i = 0; i < words.length; i++) {
    for (let j = 0; j < words.length; j++) {
      assert.equal(Math.sign(compareRevisions(all, i, all, j)), Math.sign(i - j));
    }
  }
});
