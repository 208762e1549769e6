import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Side } from "../../lib/graph/hyperedge.ts";
import { HEAD, NEUTRAL, TAIL } from "../../lib/graph/hyperedge.ts";
import { PointOfRows, PointRows } from "../../lib/graph/point_rows.ts";
import type { DataEntry } from "../../lib/segment/entry_list.ts";
import { REVISION_WORDS, writeRevisionWords } from "../../lib/clock/revision.ts";
import { rowShapeOf } from "../../lib/store/shape.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { revisionOf } from "../support/entries.ts";
import { fileOf, pattern, sorted, version } from "../support/runs.ts";

/** Few cells, so that many points share a key, and none of them has an exact cell. */
const HALL = rowShapeOf({
  dims: 2,
  bits: 2,
  axes: [{ min: 0, max: 1 }, { min: 0, max: 1 }],
  retention: "all",
});
const GRID = rowShapeOf({ dims: 1, bits: 32, axes: [], retention: "all" });
const SIDES = [TAIL, HEAD, NEUTRAL] as const;

function wordsOf(sequence: number): Uint32Array {
  const words = new Uint32Array(REVISION_WORDS);
  writeRevisionWords(revisionOf(sequence), words, 0);
  return words;
}

await loadChecksum();

/** The rows that count, found by looking at every one. */
function expected(
  rows: readonly DataEntry[],
  point: readonly number[],
  side: Side,
  ceiling: number,
): string[] {
  const newest = new Map<string, DataEntry>();
  for (const row of rows) {
    const [high, low] = row.address.point.slice(-2);
    const start = row.address.point.slice(0, -2);
    if (start.join() !== [...point, side].join() || row.revision.sequence > ceiling) continue;
    const id = `${String(high).padStart(10)} ${String(low).padStart(10)}`;
    const other = newest.get(id);
    if (other === undefined || other.revision.sequence < row.revision.sequence) {
      newest.set(id, row);
    }
  }
  return [...newest].sort(([a], [b]) => a < b ? -1 : 1)
    .flatMap(([id, row]) => row.kind === "write" ? [`${id}: ${row.data}`] : []);
}

function found(rows: PointRows): string[] {
  const lines: string[] = [];
  while (rows.next()) {
    const id = `${String(rows.high).padStart(10)} ${String(rows.low).padStart(10)}`;
    lines.push(`${id}: ${rows.bytes.subarray(rows.from, rows.to)}`);
  }
  return lines;
}

test("the rows of a point are found on each side, over runs, versions and deletions", async () => {
  const anyPlace = fc.constantFrom([0, 0], [0.01, 0.02], [0.02, 0.01], [1, 1], [0.5, 0.5]);
  const anyRow = fc.record({
    point: anyPlace,
    side: fc.constantFrom(...SIDES),
    high: fc.constantFrom(0, 1, 0xffff_ffff),
    low: fc.nat(3),
    lives: fc.boolean(),
    run: fc.nat(2),
  });
  const anyRows = fc.array(anyRow, { maxLength: 80 });
  await fc.assert(
    fc.asyncProperty(anyRows, anyPlace, fc.nat(80), async (drawn, point, ceiling) => {
      const rows = drawn.map(({ point, side, high, low, lives }, i) =>
        version([...point, side, high, low], i, lives ? pattern(3, i) : undefined)
      );
      const ofRuns = [0, 1, 2].map((run) => rows.filter((_, i) => drawn[i].run === run))
        .filter((each) => each.length > 0);
      const inMemory = ofRuns.map((each) => sorted(HALL, each));
      const inFiles = await Promise.all(ofRuns.map((each) => fileOf(HALL, each)));
      for (const runs of [inMemory, inFiles, []]) {
        for (const limit of [ceiling, undefined]) {
          const of = new PointOfRows();
          const cursor = new PointRows();
          of.reset(runs, [9, 9], undefined); // What was asked before leaves nothing behind.
          cursor.begin(of, TAIL);
          of.reset(runs, point, limit === undefined ? undefined : wordsOf(limit));
          for (const side of SIDES) {
            cursor.begin(of, side);
            const wanted = runs.length === 0 ? [] : expected(rows, point, side, limit ?? Infinity);
            assert.deepEqual(found(cursor), wanted);
          }
        }
      }
    }),
    { numRuns: 150 },
  );
});

test("the rows of one point over many pages, and those of its neighbours, are told apart", async () => {
  const rows: DataEntry[] = [];
  for (let low = 0; low < 1500; low++) {
    for (const x of [6, 7, 8]) rows.push(version([x, low % 2, 0, low], low, pattern(2, low)));
  }
  const file = await fileOf(GRID, rows);
  assert.ok(file.pages > 10);
  const cursor = new PointRows();
  const of = new PointOfRows();
  for (const x of [5, 6, 7, 8, 9]) {
    of.reset([file], [x], undefined);
    for (const side of SIDES) {
      cursor.begin(of, side);
      assert.deepEqual(found(cursor), expected(rows, [x], side, Infinity));
    }
  }
});
