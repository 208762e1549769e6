import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import type { DataEntry } from "../../lib/segment/entry_list.ts";
import type { Run } from "../../lib/store/run.ts";
import type { Shape } from "../../lib/store/shape.ts";
import { VersionMerge } from "../../lib/store/version_merge.ts";
import {
  COARSE,
  DEEP,
  fileRunOf,
  lineOf,
  linesOf,
  linesOfSource,
  pattern,
  PLANE,
  sorted,
  version,
} from "../support/runs.ts";

await loadChecksum();

/** Versions whose value follows from where and when they are: two of a kind are exact duplicates. */
function anyVersion(shape: Shape): fc.Arbitrary<DataEntry> {
  const coordinate = shape === COARSE
    ? fc.constantFrom(-1, -0.99, 0.01, 0.02, 1)
    : fc.constantFrom(0, 1, 2, 3, 2 ** 32 - 1);
  return fc.tuple(
    fc.array(coordinate, { minLength: shape.dims, maxLength: shape.dims }),
    fc.integer({ min: 1, max: 5 }),
  ).map(([point, sequence]) =>
    version(point, sequence, sequence === 3 ? undefined : pattern(sequence * 20, point[0] & 3))
  );
}

for (const [name, shape] of Object.entries({ PLANE, DEEP, COARSE })) {
  test(`a merge gives every version of all runs in order, exact duplicates once: ${name}`, async () => {
    const anyRuns = fc.array(fc.array(anyVersion(shape), { minLength: 1, maxLength: 60 }), {
      minLength: 1,
      maxLength: 9,
    });
    await fc.assert(
      fc.asyncProperty(anyRuns, fc.nat(), async (parts, some) => {
        const runs = await Promise.all(parts.map(async (part, i): Promise<Run> => {
          const run = sorted(shape, part);
          return (some >> i) % 2 === 0 ? run : await fileRunOf(new VersionMerge([run]), 0);
        }));
        const all = linesOf(sorted(shape, parts.flat()));
        assert.deepEqual(linesOfSource(new VersionMerge(runs)), all);
      }),
      { numRuns: 60 },
    );
  });
}

test("a merge tells apart what differs in the revision, the point or the last bits of the key only", () => {
  const far = [2 ** 31, 2 ** 31, 2 ** 31];
  const entries = [
    version([...far, 8], 2, pattern(1)),
    version([...far, 8], 1, pattern(2)),
    version([...far, 9], 2, pattern(3)),
    version([...far, 10], 2),
  ];
  const runs = entries.map((each) => sorted(DEEP, [each]));
  const found = linesOfSource(new VersionMerge([...runs, ...runs.toReversed()]));
  assert.deepEqual(found.toSorted(), entries.map(lineOf).sort());
  assert.deepEqual(found, linesOf(sorted(DEEP, entries)));
});

test("a merge of runs of many pages is one run of all", async () => {
  const entries = Array.from(
    { length: 4000 },
    (_, i) => version([i % 61, (i * 7) % 53], i % 9 + 1, pattern(i % 3)),
  );
  const parts = [0, 1, 2].map((part) => entries.filter((_, i) => i % 3 === part || i % 5 === 0));
  const files = await Promise.all(
    parts.map((part, i) =>
      fileRunOf(new VersionMerge([sorted(PLANE, part)]), 0, { id: i + 1, space: 3 })
    ),
  );
  assert(files.every(({ pages }) => pages > 2));
  const merged = await fileRunOf(new VersionMerge(files));
  assert.deepEqual(linesOf(merged), linesOf(sorted(PLANE, parts.flat())));
});
