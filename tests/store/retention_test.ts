import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import type { Revision } from "../../mod.ts";
import { REVISION_WORDS, revisionOfWords, writeRevisionWords } from "../../lib/clock/revision.ts";
import type { DataEntry } from "../../lib/segment/entry_list.ts";
import { LatestVersions, type VersionSource } from "../../lib/store/retention.ts";
import { VersionMerge } from "../../lib/store/version_merge.ts";
import { revisionOf } from "../support/entries.ts";
import {
  lineOf,
  linesOf,
  linesOfSource,
  pattern,
  PLANE,
  sorted,
  version,
} from "../support/runs.ts";

/** What decides, by the numbers of versions. */
interface Terms {
  floor: number;
  outside?: number;
  news?: readonly number[];
}

function wordsOf(sequence: number): Uint32Array {
  const words = new Uint32Array(REVISION_WORDS);
  writeRevisionWords(revisionOf(sequence), words, 0);
  return words;
}

/** What is kept, and the number of the highest version that superseded something left out. */
function keep(
  entries: readonly DataEntry[],
  { floor, outside, news = [] }: Terms,
): { kept: string[]; superseding: number | undefined } {
  const source = new VersionMerge(entries.map((each) => sorted(PLANE, [each])));
  const latest = new LatestVersions(source, {
    floor: wordsOf(floor),
    outside: outside === undefined ? undefined : wordsOf(outside),
    isNews: (revision: Revision) => news.includes(revision.sequence),
  });
  const kept = linesOfSource(latest);
  const { superseding } = latest;
  return { kept, superseding: superseding && revisionOfWords(superseding, 0).sequence };
}

const NOTHING_OPEN = { outside: undefined, isNews: () => false };

const P = [5, 5];

function write(sequence: number, point: readonly number[] = P): DataEntry {
  return version(point, sequence, pattern(3, sequence));
}

function deletion(sequence: number, point: readonly number[] = P): DataEntry {
  return version(point, sequence);
}

/** A row of the table: what is there, what decides, and what of it is kept. */
const ROWS: [string, DataEntry[], Terms, DataEntry[], number | undefined][] = [
  ["a write stays", [write(4)], { floor: 9 }, [write(4)], undefined],
  ["a write stays, above the floor, too", [write(9)], { floor: 3 }, [write(9)], undefined],
  ["versions below a write go", [write(6), write(4), deletion(2)], { floor: 9 }, [write(6)], 6],
  [
    "versions below a write go, above the floor, too",
    [write(6), write(4)],
    { floor: 1, outside: 1 },
    [write(6)],
    6,
  ],
  ["a deletion below the floor goes", [deletion(4)], { floor: 5 }, [], undefined],
  ["a deletion at the floor stays", [deletion(4)], { floor: 4 }, [deletion(4)], undefined],
  ["a deletion above the floor stays", [deletion(4)], { floor: 3 }, [deletion(4)], undefined],
  [
    "a deletion below all that is outside goes",
    [deletion(4)],
    { floor: 9, outside: 5 },
    [],
    undefined,
  ],
  [
    "a deletion stays if what is outside may be older",
    [deletion(4)],
    { floor: 9, outside: 3 },
    [deletion(4)],
    undefined,
  ],
  [
    "a deletion stays if the oldest outside is of its own revision",
    [deletion(4)],
    { floor: 9, outside: 4 },
    [deletion(4)],
    undefined,
  ],
  [
    "a deletion that goes takes what it deleted along",
    [deletion(4), write(3), write(1)],
    { floor: 9 },
    [],
    4,
  ],
  [
    "a deletion that stays supersedes what it deleted",
    [deletion(4), write(3), write(1)],
    { floor: 2 },
    [deletion(4)],
    4,
  ],
  [
    "a deletion that is news stays",
    [deletion(4), write(3)],
    { floor: 9, news: [4] },
    [deletion(4)],
    4,
  ],
  [
    "what is news stays below a write, and what is between goes",
    [write(8), write(6), write(5), write(3)],
    { floor: 9, news: [5] },
    [write(8), write(5)],
    8,
  ],
  [
    "what is news holds the deletion above it",
    [deletion(8), write(5), write(3)],
    { floor: 9, news: [5] },
    [deletion(8), write(5)],
    5,
  ],
  [
    "what is news holds the deletion above it, whatever is between",
    [deletion(8), write(7), deletion(5), write(3)],
    { floor: 9, news: [5, 3] },
    [deletion(8), deletion(5), write(3)],
    8,
  ],
  [
    "of two deletions that are news both stay",
    [deletion(8), deletion(5)],
    { floor: 9, news: [5] },
    [deletion(8), deletion(5)],
    undefined,
  ],
];

for (const [what, entries, terms, kept, superseding] of ROWS) {
  test(`where the latest is kept, ${what}`, () => {
    assert.deepEqual(keep(entries, terms), { kept: kept.map(lineOf), superseding });
    // The same between other addresses: one address never decides about another.
    const others = [write(20, [1, 1]), write(1, [9, 9])];
    const expected = linesOf(sorted(PLANE, [...others, ...kept]));
    assert.deepEqual(keep([...others, ...entries], terms), { kept: expected, superseding });
  });
}

for (const first of [write(900_000), deletion(900_000)]) {
  test(`next() looks at few versions at a time, whatever is left out below a ${first.kind}`, () => {
    const older = Array.from({ length: 5000 }, (_, i) => write(5000 - i));
    const source = new VersionMerge([sorted(PLANE, [first]), sorted(PLANE, older)]);
    let taken = 0;
    const counted: VersionSource = {
      shape: source.shape,
      get page() {
        return source.page;
      },
      get values() {
        return source.values;
      },
      get place() {
        return source.place;
      },
      get end() {
        return source.end;
      },
      next: () => {
        taken++;
        return source.next();
      },
    };
    const latest = new LatestVersions(counted, { ...NOTHING_OPEN, floor: wordsOf(999_999) });
    let calls = 0;
    let kept = 0;
    while (latest.next()) {
      kept += latest.end - latest.place;
      calls++;
      assert(taken <= 256 * calls, `${taken} in ${calls} calls`);
    }
    assert.equal(kept, first.kind === "write" ? 1 : 0);
    assert(calls >= 19);
  });
}

const anyHistories = fc.array(
  fc.record({
    x: fc.nat(3),
    sequence: fc.integer({ min: 1, max: 12 }),
    deletes: fc.boolean(),
  }),
  { minLength: 1, maxLength: 40 },
).map((all) => {
  const once = new Map(all.map((each) => [`${each.x} ${each.sequence}`, each]));
  return [...once.values()].map(({ x, sequence, deletes }) =>
    deletes ? deletion(sequence, [x, 0]) : write(sequence, [x, 0])
  );
});

/** What stands at each address as of a number; deletions stand for nothing. */
function standing(lines: readonly string[], through: number): string[] {
  const newest = new Map<string, { sequence: number; line: string }>();
  for (const line of lines) {
    const [point, revision] = line.split(" ");
    const sequence = Number.parseInt(revision.slice(-8), 16);
    const before = newest.get(point);
    if (sequence > through || (before !== undefined && before.sequence > sequence)) continue;
    newest.set(point, { sequence, line });
  }
  return [...newest.values()].map(({ line }) => line).filter((line) => !line.endsWith("deleted"))
    .sort();
}

test("what is kept answers as all did, as of what superseded something left out and later", () => {
  const anyTerms = fc.record({
    floor: fc.integer({ min: 0, max: 13 }),
    outside: fc.option(fc.integer({ min: 1, max: 13 }), { nil: undefined }),
    news: fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 4 }),
  });
  fc.assert(fc.property(anyHistories, anyTerms, (entries, terms) => {
    const { kept, superseding = 0 } = keep(entries, terms);
    const all = entries.map(lineOf);
    assert(kept.every((line) => all.includes(line)));
    for (let through = superseding; through <= 12; through++) {
      assert.deepEqual(standing(kept, through), standing(all, through), `as of ${through}`);
    }
    for (const entry of entries) {
      if (terms.news.includes(entry.revision.sequence)) assert(kept.includes(lineOf(entry)));
    }
    assert(
      superseding > 0 || entries.every((each) => kept.includes(lineOf(each)) || isLoose(each)),
    );
  }));
});

/** Whether it may be missed by nobody: a deletion that deleted nothing. */
function isLoose({ kind }: DataEntry): boolean {
  return kind === "tombstone";
}

test("what is older and comes back late never shows what was deleted", () => {
  const anyFloor = fc.integer({ min: 1, max: 13 });
  fc.assert(fc.property(anyHistories, anyFloor, anyFloor, (entries, floor, outside) => {
    const { kept } = keep(entries, { floor, outside });
    // Whatever is committed later is at the floor or above, whatever is elsewhere at `outside` or above.
    for (const late of [floor, outside]) {
      for (let x = 0; x <= 3; x++) {
        if (entries.some((e) => e.revision.sequence === late && e.address.point[0] === x)) continue;
        const come = lineOf(write(late, [x, 0]));
        const all = [...entries.map(lineOf), come];
        assert.deepEqual(standing([...kept, come], 99), standing(all, 99));
      }
    }
  }));
});
