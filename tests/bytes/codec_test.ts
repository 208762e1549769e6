import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode } from "@msgpack/msgpack";
import fc from "fast-check";
import { MalformedPack, PackReader, PackWriter } from "../../lib/bytes/codec.ts";
import { fromHex } from "../support/worked_example.ts";

function packed(put: (out: PackWriter) => void): Uint8Array {
  const out = new PackWriter(8);
  put(out);
  return out.bytes.slice(0, out.length);
}

function reader(bytes: Uint8Array): PackReader {
  const result = new PackReader();
  result.reset(bytes);
  return result;
}

const EDGES = [0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1, 2 ** 32, 2 ** 53 - 1];
const anyUint = fc.oneof(
  fc.constantFrom(...EDGES),
  fc.integer({ min: 0, max: Number.MAX_SAFE_INTEGER }),
);

test("putUint() writes what @msgpack/msgpack writes, and takeUint() reads it back", () => {
  fc.assert(fc.property(anyUint, (value) => {
    const bytes = packed((out) => {
      out.reserve(9);
      out.putUint(value);
    });
    assert.deepEqual(bytes, encode(value));
    assert.equal(reader(bytes).takeUint(), value);
  }));
});

test("putFloat64() keeps every float, takeNumber() reads it back", () => {
  fc.assert(fc.property(fc.double(), (value) => {
    const bytes = packed((out) => {
      out.reserve(9);
      out.putFloat64(value);
    });
    assert.equal(decode(bytes), value);
    assert.equal(reader(bytes).takeNumber(), value);
  }));
});

test("putBin() writes what @msgpack/msgpack writes for every header size", () => {
  for (const length of [0, 1, 255, 256, 65_535, 65_536]) {
    const value = new Uint8Array(length).fill(9);
    const bytes = packed((out) => {
      out.reserve(length + 5);
      out.putBin(value);
    });
    assert.deepEqual(bytes, encode(value));
    assert.equal(reader(bytes).takeBinHeader(), length);
  }
});

test("putOptionalString() writes what @msgpack/msgpack writes for every header size", () => {
  for (
    const value of [
      "",
      "é",
      "\uFEFFmarked",
      "x".repeat(31),
      "x".repeat(32),
      "x".repeat(256),
      "x".repeat(65_536),
    ]
  ) {
    const bytes = packed((out) => out.putOptionalString(value));
    assert.deepEqual(bytes, encode(value));
    assert.equal(reader(bytes).takeOptionalString(), value);
  }
  assert.deepEqual(packed((out) => out.putOptionalString(undefined)), encode(null));
  assert.equal(reader(encode(null)).takeOptionalString(), undefined);
});

test("putArray() writes what @msgpack/msgpack writes for every header size", () => {
  for (const count of [0, 15, 16, 65_535, 65_536]) {
    const bytes = packed((out) => {
      out.reserve(5);
      out.putArray(count);
    });
    const whole = encode(new Array(count).fill(0));
    assert.deepEqual(bytes, whole.subarray(0, whole.length - count));
    assert.equal(reader(bytes).takeArray(), count);
  }
});

test("PackReader reads from a view into a larger buffer", () => {
  const buffer = new Uint8Array(32);
  buffer.set(encode(1.5), 7);
  assert.equal(reader(buffer.subarray(7, 16)).takeNumber(), 1.5);
});

const MALFORMED: [string, string, (from: PackReader) => unknown][] = [
  ["an empty value", "", (from) => from.takeUint()],
  ["a cut integer", "ce0000", (from) => from.takeUint()],
  ["an integer above 2^53-1", "cf0020000000000000", (from) => from.takeUint()],
  ["a negative integer", "ff", (from) => from.takeUint()],
  ["a map where an array should be", "80", (from) => from.takeArray()],
  ["binary that ends early", "c40501", (from) => from.takeBinHeader()],
  ["binary that claims 4 GiB", "c6ffffffff", (from) => from.takeBinHeader()],
  ["a string that ends early", "a5", (from) => from.takeOptionalString()],
  ["a string that is not UTF-8", "a1ff", (from) => from.takeOptionalString()],
  ["bytes behind the end", "c0", (from) => from.takeEnd()],
  ["a cut float", "cb00", (from) => from.takeNumber()],
];

for (const [name, hex, take] of MALFORMED) {
  test(`PackReader refuses ${name}`, () => {
    assert.throws(() => take(reader(fromHex(hex))), MalformedPack);
  });
}
