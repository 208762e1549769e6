import assert from "node:assert/strict";
import { test } from "node:test";
import { encode } from "@msgpack/msgpack";
import { Revision } from "../../mod.ts";
import { MalformedPack, PackReader, PackWriter } from "../../lib/bytes/codec.ts";
import { putVerdict, takeVerdict, type Verdict } from "../../lib/segment/verdict.ts";
import { revisionOf } from "../support/entries.ts";
import { fromHex, workedExample } from "../support/worked_example.ts";

function encoded(verdict: Verdict): Uint8Array {
  const out = new PackWriter(1);
  putVerdict(out, verdict);
  return out.bytes.slice(0, out.length);
}

function decoded(bytes: Uint8Array, session = 7): Verdict {
  const reader = new PackReader();
  reader.reset(bytes);
  assert.deepEqual([reader.takeArray(), reader.takeUint()], [7, 2]);
  return takeVerdict(reader, session);
}

test("the worked example of a verdict decodes to what it says, and encodes back", () => {
  const example = workedExample("lib/segment/verdict.ts");
  const moment = Date.parse("2026-11-22T12:00:00.000Z");
  const verdict = decoded(example);
  assert.deepEqual(verdict, {
    commits: true,
    first: new Revision(moment, 2, 7, 1),
    last: new Revision(moment, 4, 7, 3),
    count: 3,
    operation: "import",
    label: undefined,
  });
  assert.deepEqual(encoded(verdict), example);
});

test("a verdict that abandons keeps its label", () => {
  const verdict = {
    commits: false,
    first: revisionOf(1),
    last: revisionOf(1),
    count: 1,
    operation: undefined,
    label: "wrong floor",
  };
  assert.deepEqual(decoded(encoded(verdict)), verdict);
});

const one = fromHex(revisionOf(1).toString());
const two = fromHex(revisionOf(2).toString());
const foreign = fromHex(revisionOf(1, 8).toString());
const MALFORMED: Record<string, unknown[]> = {
  "a verdict of 0": [2, 0, one, two, 2, null, null],
  "a verdict of 3": [2, 3, one, two, 2, null, null],
  "an inverted range": [2, 1, two, one, 2, null, null],
  "another session": [2, 1, foreign, foreign, 1, null, null],
  "a revision of 4 bytes": [2, 1, one.subarray(0, 4), two, 2, null, null],
  "a label that is a number": [2, 1, one, two, 2, null, 5],
};

for (const [name, payload] of Object.entries(MALFORMED)) {
  test(`takeVerdict() refuses ${name}`, () => {
    assert.throws(() => decoded(encode(payload)), MalformedPack);
  });
}
