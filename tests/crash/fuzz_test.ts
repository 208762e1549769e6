import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { type FastSegment, InfiniteDbError, type SegmentRecovery } from "../../mod.ts";
import { lineOf, naiveRead } from "../support/naive_reader.ts";
import { ROOT, SegmentFixture, SESSION } from "../support/segment_fixture.ts";
import { anyFile, anyFileWithByte, fileOf } from "./fuzz_file.ts";

const RUNS = 4_000;
const BYTE_RUNS = 2_000;

/** What opening a file brings. */
type Outcome =
  | { refused: string; offset: number | undefined }
  | {
    state: string;
    groups: number;
    entries: number;
    tornBytes: number;
    committedBytes: number;
    lines: string[];
  };

/** The rows of the recovery table, and the rule before the fourth. */
const ROWS = [
  "shorter than a header",
  "wrong magic",
  "H outside the file",
  "not understood",
  "corrupt middle",
  "corrupt header",
  "torn tail",
  "clean",
] as const;

/** The recovery table of the design, written a second time, on what the naive reader finds. */
function expectedOf(
  bytes: Uint8Array,
  readOnly: boolean,
  anyWidth = false,
): { row: typeof ROWS[number]; outcome: Outcome } {
  if (bytes.length < 16) {
    const state = readOnly ? "clean" : "created";
    const nothing = { state, groups: 0, entries: 0, tornBytes: 0, committedBytes: 16, lines: [] };
    return { row: "shorter than a header", outcome: nothing };
  }
  const magic = new TextDecoder().decode(bytes.subarray(0, 8));
  if (magic !== "IDB_FST\0") return { row: "wrong magic", outcome: corruptAt(0) };

  const header = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(8, true);
  if (header < 16n || header > BigInt(bytes.length)) {
    return { row: "H outside the file", outcome: corruptAt(8) };
  }
  const { groups, stop, failedAt, notUnderstood } = naiveRead(bytes, SESSION, anyWidth);
  if (notUnderstood !== undefined) {
    return { row: "not understood", outcome: { refused: notUnderstood, offset: failedAt } };
  }
  if (BigInt(stop) < header) return { row: "corrupt middle", outcome: corruptAt(failedAt) };

  const isBoundary = header === 16n || groups.some((group) => BigInt(group.end) === header);
  const after = groups.filter((group) => BigInt(group.start) >= header).length;
  if (!isBoundary || (after > 2 && !readOnly)) {
    return { row: "corrupt header", outcome: corruptAt(8) };
  }
  let tornBytes = bytes.length - stop;
  while (tornBytes > 0 && bytes[stop + tornBytes - 1] === 0) tornBytes--;
  const lines = groups.flatMap((group) => group.entries.map(lineOf));
  const found = { groups: groups.length, entries: lines.length, committedBytes: stop, lines };
  return tornBytes > 0
    ? { row: "torn tail", outcome: { state: "torn-tail", tornBytes, ...found } }
    : { row: "clean", outcome: { state: "clean", tornBytes, ...found } };
}

function corruptAt(offset: number): Outcome {
  return { refused: "corrupt", offset };
}

/** Opens a file one way and closes it, and checks what must hold whatever is found. */
async function outcomeOf(bytes: Uint8Array, readOnly: boolean): Promise<Outcome> {
  const fixture = new SegmentFixture();
  fixture.replace(bytes);
  let segment: FastSegment;
  try {
    segment = await (readOnly ? fixture.openToRead() : fixture.open());
  } catch (error) {
    if (!(error instanceof InfiniteDbError)) throw error;
    assert.deepEqual(fixture.bytes(), bytes);
    assert.deepEqual(fixture.quarantined(), []);
    return { refused: error.code, offset: error.offset };
  }
  const { state, groups, entries, tornBytes } = segment.recovery;
  const { committedBytes } = segment;
  const lines = segment.readCommittedEntries().map(lineOf);
  if (!readOnly) {
    const behind = fixture.bytes().subarray(committedBytes, bytes.length);
    assert(behind.every((byte) => byte === 0), "a later group would be followed by stale bytes");
  }
  await segment.close();
  if (readOnly) assert.deepEqual(fixture.bytes(), bytes);
  else checkLeft(fixture, bytes, committedBytes, segment.recovery);
  return { state, groups, entries, tornBytes, committedBytes, lines };
}

/** Nothing but an exact header and the groups is left in the file, and the torn tail beside it. */
function checkLeft(
  fixture: SegmentFixture,
  bytes: Uint8Array,
  stop: number,
  { tornBytes, keptIn }: SegmentRecovery,
): void {
  const left = new Uint8Array(stop);
  left.set(bytes.subarray(0, stop));
  left.set(new TextEncoder().encode("IDB_FST\0"));
  new DataView(left.buffer).setBigUint64(8, BigInt(stop), true);
  assert.deepEqual(fixture.bytes(), left);
  assert.equal(keptIn !== undefined, tornBytes > 0);
  if (keptIn === undefined) return;
  const copy = fixture.storage.open(`${ROOT}/${keptIn}`);
  const torn = new Uint8Array(copy.size());
  copy.readAt(torn, 0);
  copy.close();
  assert.deepEqual(torn, bytes.subarray(stop, stop + tornBytes));
}

function assertOutcome(found: Outcome, expected: Outcome): void {
  if ("refused" in expected && expected.refused === "either") {
    assert("refused" in found && /^(corrupt|newer-format)$/.test(found.refused));
    assert.equal(found.offset, expected.offset);
  } else assert.deepEqual(found, expected);
}

test("whatever a file is made of, opening it finds what the naive reader and the table find", async () => {
  const met = new Map<string, number>();
  const property = fc.asyncProperty(anyFile, async (spec) => {
    const bytes = fileOf(spec);
    for (const readOnly of [true, false]) {
      const { row, outcome } = expectedOf(bytes, readOnly);
      met.set(row, (met.get(row) ?? 0) + 1);
      assertOutcome(await outcomeOf(bytes, readOnly), outcome);
    }
  });
  await fc.assert(property, { numRuns: RUNS });
  // Each comes more than once in a hundred files: none is missed by chance.
  assert.deepEqual(ROWS.filter((row) => !met.has(row)), []);
});

test("a payload with any byte changed is read as the naive reader reads it, or refused", async () => {
  const tally = { read: 0, refused: 0 };
  const property = fc.asyncProperty(anyFileWithByte, async (spec) => {
    const bytes = fileOf(spec);
    const found = await outcomeOf(bytes, false);
    tally["refused" in found ? "refused" : "read"]++;
    try {
      assertOutcome(found, expectedOf(bytes, false).outcome);
    } catch {
      // An integer that is longer than its shortest form: the writer makes none, the reader takes it.
      assertOutcome(found, expectedOf(bytes, false, true).outcome);
    }
  });
  await fc.assert(property, { numRuns: BYTE_RUNS });
  assert(tally.read > 0 && tally.refused > 0);
});
