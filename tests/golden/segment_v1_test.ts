import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { decodeCommittedLength } from "../../lib/segment/header.ts";
import { sequences } from "../support/entries.ts";
import { lineOf, naiveRead } from "../support/naive_reader.ts";
import { SegmentFixture, SESSION } from "../support/segment_fixture.ts";
import {
  type Expected,
  fingerprintOf,
  GOLDEN_DIRECTORY,
  GOLDEN_GROUPS,
  makeGolden,
} from "./generate.ts";

const GOLDEN_NAMES = ["closed.fast", "empty.fast", "killed.fast", "torn.fast"];

function golden(name: string): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, GOLDEN_DIRECTORY)));
}

function expectedOf(name: string): Expected {
  return JSON.parse(new TextDecoder().decode(golden("expected.json")))[name];
}

for (const name of GOLDEN_NAMES) {
  for (const readOnly of [true, false]) {
    test(`golden ${name} opens ${readOnly ? "to read" : "to write"} as expected`, async () => {
      const fixture = new SegmentFixture();
      fixture.replace(golden(name));
      const segment = await (readOnly ? fixture.openToRead() : fixture.open());
      const { state, groups, entries, tornBytes } = segment.recovery;
      const found = segment.readCommittedEntries();
      assert.deepEqual({
        recovery: { state, groups, entries, tornBytes },
        committedBytes: segment.committedBytes,
        sequences: sequences(found).join(" "),
        fingerprint: fingerprintOf(found),
      }, expectedOf(name));
      await segment.close();
      if (readOnly) assert.deepEqual(fixture.bytes(), golden(name));
    });
  }

  test(`golden ${name} means the same to the naive reader`, () => {
    const expected = expectedOf(name);
    const { groups, stop, notUnderstood } = naiveRead(golden(name), SESSION);
    assert.equal(stop, expected.committedBytes);
    assert.equal(notUnderstood, undefined);
    assert.deepEqual(
      groups.map((group) => group.entries.map(lineOf)),
      GOLDEN_GROUPS.slice(0, expected.recovery.groups).map((entries) => entries.map(lineOf)),
    );
  });
}

test("the generator still makes exactly the golden files, and no others are there", async () => {
  const made = await makeGolden();
  assert.deepEqual(readdirSync(GOLDEN_DIRECTORY).sort(), [...made.keys()].sort());
  for (const [name, bytes] of made) assert.deepEqual(golden(name), bytes, name);
});

test("golden headers are exact when closed, and lag by one group when killed", () => {
  const ends = naiveRead(golden("closed.fast"), SESSION).groups.map((group) => group.end);
  const header = (name: string): number => decodeCommittedLength(golden(name));
  assert.equal(header("closed.fast"), ends[3]);
  assert.equal(header("killed.fast"), ends[2]);
  assert.equal(header("torn.fast"), ends[1]);
  assert.equal(header("empty.fast"), 16);
});

test("golden killed.fast, opened to write and closed, becomes closed.fast byte for byte", async () => {
  const fixture = new SegmentFixture();
  fixture.replace(golden("killed.fast"));
  await (await fixture.open()).close();
  assert.deepEqual(fixture.bytes(), golden("closed.fast"));
});
