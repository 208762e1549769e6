import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Revision } from "../../mod.ts";
import { decodeRevision, encodeRevision, REVISION_BYTES } from "../../lib/clock/revision.ts";
import { fromHex, toHex, workedExample } from "../support/worked_example.ts";

const anyRevision = fc.tuple(
  fc.integer({ min: 0, max: 2 ** 48 - 1 }),
  fc.integer({ min: 0, max: 0xffff }),
  fc.integer({ min: 0, max: 0xffff_ffff }),
  fc.integer({ min: 0, max: 0xffff_ffff }),
).map(([physicalMs, logical, session, sequence]) =>
  new Revision(physicalMs, logical, session, sequence)
);

test("the worked example of a revision decodes to what it says", () => {
  const revision = decodeRevision(workedExample("lib/clock/revision.ts"), 0);
  assert.deepEqual(revision, new Revision(Date.parse("2026-11-22T12:00:00.000Z"), 2, 7, 1));
});

test("a revision comes back whole from its bytes, its text and its JSON", () => {
  fc.assert(fc.property(anyRevision, (revision) => {
    const bytes = new Uint8Array(REVISION_BYTES + 3);
    encodeRevision(revision, bytes, 3);
    assert.deepEqual(decodeRevision(bytes, 3), revision);
    assert.equal(toHex(bytes.subarray(3)), revision.toString());
    assert(Revision.parse(revision.toString()).equals(revision));
    assert.equal(JSON.parse(JSON.stringify(revision)), revision.toString());
  }));
});

test("revisions, their bytes and their hex digits sort alike (reference defect D3)", () => {
  fc.assert(fc.property(anyRevision, anyRevision, (a, b) => {
    const byText = a.toString() < b.toString() ? -1 : a.toString() > b.toString() ? 1 : 0;
    assert.equal(Math.sign(Revision.compare(a, b)), byText);
    assert.equal(a.equals(b), byText === 0);
  }));
});

test("Revision.parse() takes upper case digits", () => {
  const text = "01A20320A20000020000000700000001";
  assert.equal(Revision.parse(text).toString(), text.toLowerCase());
});

for (const text of ["", "01", "g".repeat(32), "0".repeat(33), " ".repeat(32)]) {
  test(`Revision.parse() refuses ${JSON.stringify(text)}`, () => {
    assert.throws(() => Revision.parse(text), { code: "invalid-argument" });
  });
}

test("new Revision() refuses fields that do not fit", () => {
  const bad: [number, number, number, number][] = [
    [2 ** 48, 0, 0, 0],
    [-1, 0, 0, 0],
    [1.5, 0, 0, 0],
    [NaN, 0, 0, 0],
    [0, 0x1_0000, 0, 0],
    [0, 0, 2 ** 32, 0],
    [0, 0, 0, 2 ** 32],
  ];
  for (const fields of bad) {
    assert.throws(() => new Revision(...fields), { code: "invalid-argument" });
  }
});

test("every sixteen bytes are a revision", () => {
  const highest = decodeRevision(fromHex("f".repeat(32)), 0);
  assert.deepEqual(highest, new Revision(2 ** 48 - 1, 0xffff, 0xffff_ffff, 0xffff_ffff));
});

test("a field that is no number is refused, a bigint too", () => {
  for (const wrong of [1n, "1", null, undefined, {}, NaN, 0.5, -1]) {
    const bad = wrong as number;
    const refused = { code: "invalid-argument" };
    assert.throws(() => new Revision(bad, 0, 0, 0), refused);
    assert.throws(() => new Revision(0, bad, 0, 0), refused);
    assert.throws(() => new Revision(0, 0, bad, 0), refused);
    assert.throws(() => new Revision(0, 0, 0, bad), refused);
  }
});
