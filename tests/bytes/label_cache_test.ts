import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { MalformedPack, PackReader, PackWriter } from "../../lib/bytes/codec.ts";
import { LabelCache } from "../../lib/bytes/label_cache.ts";

test("take() gives every string as it was written, however many share its slots", () => {
  const anyText = fc.oneof(
    fc.string({ maxLength: 3 }),
    fc.string({ maxLength: 40, unit: "binary" }).filter((text) => text.isWellFormed()),
    fc.integer({ min: 0, max: 5000 }).map((number) => `kind ${number}`),
  );
  const cache = new LabelCache();
  fc.assert(fc.property(fc.array(anyText, { maxLength: 100 }), (texts) => {
    const out = new PackWriter(16);
    for (const text of [...texts, ...texts]) out.putOptionalString(text);
    const reader = new PackReader();
    reader.reset(out.bytes.slice(0, out.length));
    for (const text of [...texts, ...texts]) assert.equal(cache.take(reader), text);
    reader.takeEnd();
  }));
});

test("take() refuses nil, other values, and a string cut short though it knows the beginning", () => {
  const cache = new LabelCache();
  const reader = new PackReader();
  for (const bytes of [[0xc0], [0x01], [], [0xa2, 0x61], [0xa1, 0xff]]) {
    reader.reset(Uint8Array.from([0xa2, 0x61, 0x62]));
    assert.equal(cache.take(reader), "ab");
    reader.reset(Uint8Array.from(bytes));
    assert.throws(() => cache.take(reader), MalformedPack);
  }
});
