import assert from "node:assert/strict";
import { test } from "node:test";
import { decideRecovery, RECOVERY_TABLE, type SegmentFacts } from "../../lib/segment/recovery.ts";

const CLEAN: SegmentFacts = {
  readOnly: false,
  fileBytes: 1000,
  magicMatches: true,
  headerBytes: 500,
  stopBytes: 600,
  headerIsBoundary: true,
  groupsAfterHeader: 1,
  failedOffset: 600,
  failedReason: "the log ends",
  tailBytes: 0,
};

const NEWER = { offset: 600, code: "newer-format" as const, reason: "a frame of kind 9" };

const CASES: [string, Partial<SegmentFacts>, string, number?][] = [
  ["shorter than a header", { fileBytes: 15, magicMatches: false }, "create"],
  ["shorter than a header", { fileBytes: 0, readOnly: true }, "clean"],
  ["wrong magic", { magicMatches: false }, "corrupt", 0],
  ["header out of range", { headerBytes: 15 }, "corrupt", 8],
  ["header out of range", { headerBytes: 1001 }, "corrupt", 8],
  ["header out of range", { headerBytes: Infinity }, "corrupt", 8],
  ["not understood", { notUnderstood: NEWER }, "newer-format", 600],
  ["not understood", { notUnderstood: { ...NEWER, code: "corrupt" } }, "corrupt", 600],
  ["corrupt middle", { headerBytes: 601, failedOffset: 650 }, "corrupt", 650],
  ["corrupt header", { headerIsBoundary: false }, "corrupt", 8],
  ["corrupt header", { groupsAfterHeader: 3 }, "corrupt", 8],
  ["torn tail", { tailBytes: 1 }, "keep-torn-tail"],
  ["torn tail", { tailBytes: 1, groupsAfterHeader: 2 }, "keep-torn-tail"],
  ["clean", {}, "clean"],
  ["clean", { headerBytes: 16, groupsAfterHeader: 2 }, "clean"],
  ["clean", { readOnly: true, groupsAfterHeader: 9 }, "clean"],
];

for (const [state, change, outcome, offset] of CASES) {
  test(`recovery of "${state}" with ${JSON.stringify(change)} is ${outcome}`, () => {
    const facts = { ...CLEAN, ...change };
    const row = RECOVERY_TABLE.find((each) => each.matches(facts));
    assert.equal(row?.state, state);
    const decision = decideRecovery(facts);
    assert.equal(decision.act === "refuse" ? decision.code : decision.act, outcome);
    if (decision.act === "refuse") assert.equal(decision.offset, offset);
  });
}

/** The states as the design words them, written a second time: exactly one holds for any facts. */
const WORDED: [string, (facts: SegmentFacts) => boolean][] = [
  ["shorter than a header", (f) => f.fileBytes < 16],
  ["wrong magic", (f) => !f.magicMatches],
  ["header out of range", (f) => !(f.headerBytes >= 16 && f.headerBytes <= f.fileBytes)],
  ["not understood", (f) => f.notUnderstood !== undefined],
  ["corrupt middle", (f) => f.stopBytes < f.headerBytes],
  ["corrupt header", (f) => !f.headerIsBoundary || (!f.readOnly && f.groupsAfterHeader > 2)],
  ["torn tail", (f) => f.tailBytes > 0],
  ["clean", () => true],
];

test("every combination of facts has exactly one first row, the one the design names", () => {
  let combinations = 0;
  for (const readOnly of [false, true]) {
    for (const fileBytes of [0, 15, 16, 1000]) {
      for (const magicMatches of [false, true]) {
        for (const headerBytes of [0, 15, 16, 500, 1000, 1001, Infinity]) {
          for (const stopBytes of [16, 500, 600, 1000]) {
            for (const headerIsBoundary of [false, true]) {
              for (const groupsAfterHeader of [0, 2, 3]) {
                for (const notUnderstood of [undefined, NEWER]) {
                  for (const tailBytes of [0, 9]) {
                    const facts = {
                      ...CLEAN,
                      readOnly,
                      fileBytes,
                      magicMatches,
                      headerBytes,
                      stopBytes,
                      headerIsBoundary,
                      groupsAfterHeader,
                      notUnderstood,
                      tailBytes,
                    };
                    const row = RECOVERY_TABLE.find((each) => each.matches(facts));
                    const worded = WORDED.find(([, holds]) => holds(facts));
                    assert.equal(row?.state, worded?.[0]);
                    combinations++;
                  }
                }
              }
            }
          }
        }
      }
    }
  }
  assert.equal(combinations, 2 * 4 * 2 * 7 * 4 * 2 * 3 * 2 * 2);
  assert.equal(new Set(RECOVERY_TABLE.map((row) => row.state)).size, RECOVERY_TABLE.length);
});
