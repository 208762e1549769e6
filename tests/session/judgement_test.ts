import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Revision } from "../../mod.ts";
import type { DataEntry } from "../../lib/segment/entry_list.ts";
import type { Medium } from "../../lib/session/intent.ts";
import { type FileContent, judge, type Judgement } from "../../lib/session/judgement.ts";
import type { Verdict } from "../../lib/segment/verdict.ts";
import { revisionOf } from "../support/entries.ts";
import { lineEntry } from "../support/database_fixture.ts";

function entries(first: number, last: number): DataEntry[] {
  return Array.from({ length: last - first + 1 }, (_, i) => lineEntry(first + i));
}

function verdict(commits: boolean, first: number, last: number, count = last - first + 1): Verdict {
  const range = { first: revisionOf(first), last: revisionOf(last) };
  return { commits, ...range, count, operation: undefined, label: undefined };
}

function file(medium: Medium, entries: DataEntry[], verdicts: Verdict[] = []): FileContent {
  return { medium, entries, verdicts };
}

/** A judgement in numbers. */
function told(judgement: Judgement): unknown {
  const { committed, abandoned, interrupted, duplicates, flushed, settled, highest } = judgement;
  const numbers = (list: readonly DataEntry[]): number[] =>
    list.map(({ revision }) => revision.sequence);
  return {
    committed: committed.map((each) => numbers(each.entries)),
    abandoned,
    interrupted: interrupted.map((each) => [each.medium, ...numbers(each.entries)]),
    duplicates,
    flushed,
    settled: settled?.sequence,
    highest: highest?.sequence,
  };
}

test("judge() of nothing is nothing", () => {
  assert.deepEqual(told(judge([], undefined)), {
    committed: [],
    abandoned: 0,
    interrupted: [],
    duplicates: 0,
    flushed: 0,
    settled: undefined,
    highest: undefined,
  });
});

test("judge() takes contiguous entries that nothing settles as one interrupted intent", () => {
  const judgement = judge([
    file("wal", entries(1, 7), [verdict(true, 3, 4)]),
    file("fast", entries(6, 7)),
  ], undefined);
  assert.deepEqual(judgement.interrupted.map(({ medium, entries }) => [medium, entries.length]), [
    ["wal", 2],
    ["wal", 3],
  ]);
  assert.equal(judgement.settled, undefined, "never past what is not settled");
});

test("judge() says fast only of what the log does not hold all of", () => {
  const medium = (wal: DataEntry[], fast: DataEntry[]): string =>
    judge([file("wal", wal), file("fast", fast)], undefined).interrupted[0].medium;
  assert.equal(medium([], entries(1, 2)), "fast");
  assert.equal(medium(entries(1, 1), entries(1, 2)), "fast");
  assert.equal(medium(entries(1, 2), entries(1, 2)), "wal");
  assert.equal(medium(entries(1, 1), entries(2, 2)), "wal");
});

const CORRUPT: [string, FileContent[], RegExp][] = [
  [
    "a verdict that counts more than there is (reference defect D25f)",
    [file("wal", entries(1, 2), [verdict(true, 1, 3)])],
    /commits 3 entries, found are 2/,
  ],
  [
    "a verdict that counts fewer than there is (reference defect D25f)",
    [file("wal", entries(1, 3), [verdict(true, 1, 3, 2)])],
    /commits 2 entries, found are 3/,
  ],
  [
    "a verdict whose first entry is missing (reference defect D25f)",
    [file("wal", entries(2, 3), [verdict(true, 1, 3, 2)])],
    /commits 2 entries/,
  ],
  ["a verdict on nothing", [file("wal", [], [verdict(true, 1, 3, 0)])], /commits 0 entries/],
  [
    "verdicts that overlap",
    [file("wal", entries(1, 4), [verdict(true, 1, 3), verdict(true, 3, 4)])],
    /overlaps/,
  ],
  [
    "a verdict within another, in the other file",
    [file("wal", entries(1, 4), [verdict(true, 1, 4)]), file("fast", [], [verdict(false, 2, 3)])],
    /overlaps/,
  ],
  [
    "verdicts on one range that count differently",
    [file("wal", entries(1, 2), [verdict(true, 1, 2), verdict(true, 1, 2, 1)])],
    /differ in their count/,
  ],
  [
    "one revision with two contents",
    [
      file("wal", entries(1, 1), [verdict(true, 1, 1)]),
      file("fast", [{ ...lineEntry(1), data: new Uint8Array(1) }]),
    ],
    /two contents/,
  ],
  [
    "one revision that writes and deletes",
    [file("wal", [lineEntry(1), { ...lineEntry(1), kind: "tombstone" } as DataEntry])],
    /two contents/,
  ],
];

for (const [what, files, problem] of CORRUPT) {
  test(`judge() calls ${what} corrupt, whatever the order of files`, () => {
    for (const each of [files, [...files].reverse()]) {
      assert.match(judge(each, undefined).problem ?? "", problem);
    }
  });
}

test("judge() commits what is sound beside what is not", () => {
  const verdicts = [verdict(true, 1, 2), verdict(true, 3, 5), verdict(true, 6, 6)];
  const judgement = judge(
    [file("wal", [...entries(1, 4), ...entries(6, 6)], verdicts)],
    undefined,
  );
  assert.deepEqual(judgement.committed.map(({ entries }) => entries.length), [2, 1]);
  assert.match(judgement.problem ?? "", /commits 3 entries, found are 2/);
});

test("judge() takes an identical verdict once, and a commit over an abandonment", () => {
  const files = [
    file("wal", entries(1, 2), [verdict(false, 1, 2), verdict(true, 1, 2)]),
    file("fast", entries(1, 2), [verdict(true, 1, 2), verdict(false, 1, 2)]),
  ];
  const judgement = judge(files, undefined);
  assert.deepEqual([judgement.problem, judgement.committed.length, judgement.abandoned], [
    undefined,
    1,
    0,
  ]);
});

test("judge() lets an abandonment be of entries that no file holds any more", () => {
  const judgement = judge([file("wal", entries(3, 3), [verdict(false, 1, 3)])], undefined);
  assert.deepEqual([judgement.problem, judgement.abandoned], [undefined, 1]);
});

test("judge() asks about every entry that could be published or adopted", () => {
  const check = ({ address }: DataEntry): string | undefined =>
    address.point[0] === 4 ? "is strange" : undefined;
  const of = (...verdicts: Verdict[]): Judgement =>
    judge([file("wal", entries(1, 4), verdicts)], undefined, check);
  assert.match(of(verdict(true, 1, 3)).problem ?? "", /is strange/);
  assert.match(of(verdict(true, 1, 3), verdict(true, 4, 4)).problem ?? "", /is strange/);
  assert.deepEqual(of(verdict(true, 1, 3), verdict(true, 4, 4)).committed.length, 1);
  assert.equal(of(verdict(true, 1, 3), verdict(false, 4, 4)).problem, undefined);
});

/** An intent: how many entries, what became of it, and where each entry and verdict was written. */
const anyIntent = fc.record({
  size: fc.integer({ min: 1, max: 4 }),
  fate: fc.constantFrom("committed", "abandoned", "both", "open"),
  places: fc.array(
    fc.constantFrom<Medium[]>(["wal"], ["fast"], ["wal", "fast"], ["fast", "fast"]),
    {
      minLength: 4,
      maxLength: 4,
    },
  ),
  verdicts: fc.constantFrom<Medium[]>(["wal"], ["fast"], ["fast", "wal"], ["wal", "wal"]),
});

test("judge() agrees with a brute force over random intents in two files, in any order", () => {
  fc.assert(
    fc.property(
      fc.array(anyIntent, { maxLength: 7 }),
      fc.integer({ min: -1, max: 7 }),
      fc.infiniteStream(fc.nat()),
      (intents, flushedIntents, order) => {
        const shuffled = <T>(list: T[]): T[] =>
          list.map((each) => ({ each, key: order.next().value as number }))
            .sort((a, b) => a.key - b.key).map(({ each }) => each);
        const files = { wal: file("wal", []), fast: file("fast", []) };
        const expected = {
          committed: [] as number[][],
          abandoned: 0,
          interrupted: [] as [Medium, ...number[]][],
          duplicates: 0,
          flushed: 0,
          settled: undefined as number | undefined,
          highest: undefined as number | undefined,
        };
        let sealedThrough: Revision | undefined;
        let sequence = 0;
        let run: { media: Set<Medium>[]; numbers: number[] } | undefined;
        intents.forEach(({ size, fate, places, verdicts }, i) => {
          const first = sequence + 1;
          const flushed = i <= flushedIntents;
          const numbers: number[] = [];
          const media: Set<Medium>[] = [];
          for (let n = 0; n < size; n++) {
            numbers.push(++sequence);
            for (const medium of places[n]) files[medium].entries.push(lineEntry(sequence));
            media.push(new Set(places[n]));
            if (flushed) expected.flushed += places[n].length;
            else expected.duplicates += places[n].length - 1;
          }
          for (const medium of fate === "open" ? [] : verdicts) {
            if (fate !== "committed") files[medium].verdicts.push(verdict(false, first, sequence));
            if (fate !== "abandoned") files[medium].verdicts.push(verdict(true, first, sequence));
          }
          expected.highest = sequence;
          if (flushed) {
            sealedThrough = revisionOf(sequence);
            expected.settled = sequence;
          } else if (fate === "open") {
            if (run === undefined) {
              run = { media: [], numbers: [] };
              expected.interrupted.push(["wal"]);
            }
            run.media.push(...media);
            run.numbers.push(...numbers);
            const fast = run.media.every((each) => each.has("fast"));
            const wal = run.media.every((each) => each.has("wal"));
            expected.interrupted.splice(-1, 1, [fast && !wal ? "fast" : "wal", ...run.numbers]);
          } else {
            run = undefined;
            if (fate === "abandoned") expected.abandoned++;
            else expected.committed.push(numbers);
            if (expected.interrupted.length === 0) expected.settled = sequence;
          }
        });
        const given = shuffled([files.wal, files.fast]).map((each) => ({
          medium: each.medium,
          entries: shuffled(each.entries),
          verdicts: shuffled(each.verdicts),
        }));
        const judgement = judge(given, sealedThrough);
        assert.equal(judgement.problem, undefined);
        assert.deepEqual(told(judgement), expected);
      },
    ),
    { numRuns: 500 },
  );
});
