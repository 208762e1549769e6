import assert from "node:assert/strict";
import { test } from "node:test";
import { Decoder, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { decodeSimple } from "../../lib/bytes/simple_value.ts";

const FIELD = fc.oneof(
  fc.integer({ min: -200, max: 70_000 }),
  fc.maxSafeInteger(),
  fc.double({ noNaN: true }).filter((value) => !Object.is(value, -0)),
  fc.boolean(),
  fc.constant(null),
  fc.string({ maxLength: 40 }),
  fc.string({ unit: "grapheme", maxLength: 10 }),
  fc.uint8Array({ maxLength: 300 }),
);
const NAME = fc.string({ maxLength: 40 }).filter((name) => name !== "__proto__");
const VALUE = fc.oneof(FIELD, fc.dictionary(NAME, FIELD, { maxKeys: 20, noNullPrototype: true }));

/** What the library makes of bytes: undefined where it refuses them. */
function decodeByLibrary(bytes: Uint8Array): unknown {
  try {
    return new Decoder().decode(bytes);
  } catch {
    return undefined;
  }
}

test("a simple value is what the library decodes, wherever it lies and whatever follows", () => {
  fc.assert(
    fc.property(VALUE, fc.nat(20), fc.nat(20), (value, before, behind) => {
      const bytes = encode(value);
      const all = new Uint8Array(before + bytes.length + behind).fill(0xff);
      all.set(bytes, before);
      const found = decodeSimple(all, before, before + bytes.length);
      if (found !== undefined) assert.deepEqual(found, value);
    }),
    { numRuns: 3000 },
  );
});

test("of bytes that are no value, or another, nothing is made that the library would not make", () => {
  const damage = fc.array(fc.tuple(fc.nat(400), fc.nat(255)), { maxLength: 3 });
  fc.assert(
    fc.property(VALUE, damage, fc.nat(3), (value, changes, cut) => {
      const bytes = encode(value).slice();
      for (const [at, byte] of changes) bytes[at % bytes.length] = byte;
      const end = Math.max(0, bytes.length - cut);
      const found = decodeSimple(bytes, 0, end);
      if (found !== undefined) assert.deepEqual(found, decodeByLibrary(bytes.slice(0, end)));
    }),
    { numRuns: 5000 },
  );
});

test("most values are simple: numbers, texts, short binary, and objects of them", () => {
  const simple = [0, 200, 1e9, 1.5, -3, true, false, null, "", "text", new Uint8Array(9)];
  for (
    const value of [...simple, {}, {
      a: 1,
      name: "n",
      weight: 0.5,
      at: null,
      bytes: new Uint8Array(2),
    }]
  ) {
    const bytes = encode(value);
    assert.deepEqual(decodeSimple(bytes, 0, bytes.length), value);
  }
  for (const value of [[], [1], { a: {} }, { a: [] }, "ü", { "ü": "ü" }, new Date(0)]) {
    const bytes = encode(value);
    assert.deepEqual(decodeSimple(bytes, 0, bytes.length) ?? value, value);
  }
});

test("what is decoded shares no bytes with what it was decoded from", () => {
  const bytes = encode({ a: new Uint8Array([1, 2, 3]) });
  const { a } = decodeSimple(bytes, 0, bytes.length) as { a: Uint8Array };
  bytes.fill(0);
  assert.deepEqual(a, new Uint8Array([1, 2, 3]));
});

test("binary in a field has a buffer of its own", () => {
  const bytes = encode({ a: new Uint8Array([1, 2, 3]) });
  const { a } = decodeSimple(bytes, 0, bytes.length) as { a: Uint8Array };
  assert.equal(a.buffer.byteLength, 3);
});
