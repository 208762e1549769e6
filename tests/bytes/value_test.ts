import assert from "node:assert/strict";
import { test } from "node:test";
import { decode, encode, ExtData } from "@msgpack/msgpack";
import fc from "fast-check";
import {
  decodeValue,
  encodeBinaries,
  encodeShared,
  encodeValue,
  encodeValues,
  VALUE_DEPTH_MAX,
} from "../../lib/bytes/value.ts";
import { CorruptionError, InvalidArgumentError } from "../../lib/errors.ts";
import { KEPT_BUFFER_BYTES_MAX } from "../../lib/limits.ts";
import { fromHex } from "../support/worked_example.ts";

function roundTrip(value: unknown): unknown {
  return decodeValue(encodeValue(value));
}

function nested(depth: number): unknown {
  let value: unknown = 1;
  for (let i = 1; i < depth; i++) value = i % 2 === 0 ? [value] : { value };
  return value;
}

// Integers beyond 2^53 and -0 aside, what JSON holds, and with it dates and bytes.
const anyString = fc.string({ unit: "binary", maxLength: 300 }).filter((s) => s[0] !== "\uFEFF");
const anyKey = anyString.filter((key) => key !== "__proto__");
const { value: anyValue } = fc.letrec((tie) => ({
  value: fc.oneof(
    { depthSize: "small", withCrossShrink: true },
    fc.constant(null),
    fc.boolean(),
    fc.integer(),
    fc.maxSafeInteger(),
    fc.double().filter((each) => !Object.is(each, -0)),
    anyString,
    fc.date({ noInvalidDate: true }),
    fc.uint8Array(),
    fc.array(tie("value"), { maxLength: 20 }),
    fc.dictionary(anyKey, tie("value"), { maxKeys: 20, noNullPrototype: true }),
  ),
}));

test("a value comes back as it is", () => {
  fc.assert(fc.property(anyValue, (value) => assert.deepEqual(roundTrip(value), value)));
});

test("encodeValue() writes what @msgpack/msgpack writes", () => {
  fc.assert(fc.property(anyValue, (value) => assert.deepEqual(encodeValue(value), encode(value))));
});

test("undefined and holes come back as null, -0 as 0", () => {
  assert.equal(roundTrip(undefined), null);
  // deno-lint-ignore no-sparse-arrays
  assert.deepEqual(roundTrip({ a: undefined, b: [, 1] }), { a: null, b: [null, 1] });
  assert.equal(roundTrip(-0), 0);
});

test("bytes come back as a Uint8Array of their own, never a Buffer, never a view", () => {
  const stored = encodeValue({ top: new Uint8Array([1, 2]), list: [[Buffer.from("ab")]] });
  const block = Buffer.concat([new Uint8Array(5), stored, new Uint8Array(5)]);
  const value = decodeValue(block.subarray(5, 5 + stored.length)) as {
    top: Uint8Array;
    list: Uint8Array[][];
  };
  for (const bytes of [value.top, value.list[0][0]]) {
    assert.equal(Object.getPrototypeOf(bytes), Uint8Array.prototype);
    assert.equal(bytes.buffer.byteLength, 2);
  }
  block.fill(0);
  assert.deepEqual(value.top, new Uint8Array([1, 2]));
  assert.deepEqual(value.list[0][0], new Uint8Array([97, 98]));
});

test("what encodeValue() returns is a plain Uint8Array of its own bytes", () => {
  const first = encodeValue("first");
  encodeValue("other");
  assert.equal(Object.getPrototypeOf(first), Uint8Array.prototype);
  assert.equal(first.buffer.byteLength, first.length);
  assert.equal(decodeValue(first), "first");
});

test("an object comes back plain, whatever its class", () => {
  class Place {
    name = "Lisbon";
    #secret = 1;
    get secret(): number {
      return this.#secret;
    }
  }
  const value = roundTrip([new Place(), Object.assign(Object.create(null), { a: 1 })]);
  assert.deepEqual(value, [{ name: "Lisbon" }, { a: 1 }]);
});

test("dates before 1970 and at both ends come back", () => {
  for (const ms of [-8.64e15, -1, 0, 1, 2 ** 32 * 1000, 2 ** 34 * 1000, 8.64e15]) {
    assert.deepEqual(roundTrip(new Date(ms)), new Date(ms));
  }
});

class Ring extends Array {
  override *[Symbol.iterator](): ArrayIterator<number> {
    yield 1;
  }
}

const REFUSED: [string, unknown, RegExp][] = [
  ["a function", () => 1, /a function/],
  ["a symbol", Symbol("s"), /a symbol/],
  ["a bigint", 1n, /a bigint/],
  ["a Map", new Map(), /Map/],
  ["a Set", new Set(), /Set/],
  ["a WeakMap", new WeakMap(), /WeakMap/],
  ["a RegExp", /x/, /RegExp/],
  ["an Error", new TypeError("x"), /Error/],
  ["a Promise", Promise.resolve(), /Promise/],
  ["a URL", new URL("file:///x"), /URL/],
  ["a boxed string", Object("x"), /String/],
  ["a Float32Array", new Float32Array(1), /Float32Array: convert it to a Uint8Array/],
  ["a Uint8ClampedArray", new Uint8ClampedArray(1), /Uint8ClampedArray: convert/],
  ["an ArrayBuffer", new ArrayBuffer(1), /ArrayBuffer: convert it to a Uint8Array/],
  ["a DataView", new DataView(new ArrayBuffer(1)), /DataView: convert it to a Uint8Array/],
  ["an invalid Date", new Date(NaN), /an invalid Date/],
  ["a property __proto__", JSON.parse('{"__proto__":1}'), /__proto__/],
  ["a property __proto__ of a bare object", Object.fromEntries([["__proto__", 1]]), /__proto__/],
  ["an array that iterates otherwise", Ring.from([1, 2]), /array iterator/],
  ["a short string with a lone surrogate", "\uD800", /lone surrogate/],
  ["a long string with a lone surrogate", "x".repeat(300) + "\uDFFF", /lone surrogate/],
  ["a key with a lone surrogate", { "\uDC00": 1 }, /lone surrogate/],
  ["a short string behind a byte order mark", "\uFEFFx", /U\+FEFF/],
  ["a long string behind a byte order mark", "\uFEFF" + "x".repeat(300), /U\+FEFF/],
];

for (const [name, value, message] of REFUSED) {
  test(`encodeValue() refuses ${name}, and goes on with the next value`, () => {
    for (const place of [value, [value], { deep: [{ value }] }]) {
      assert.throws(() => encodeValue(place), { name: "InvalidArgumentError", message });
      assert.deepEqual(roundTrip({ ok: [1, "é"] }), { ok: [1, "é"] });
    }
  });
}

test("characters whose bytes look like those of lone surrogates come back", () => {
  for (const text of ["한국어 \uD7FF", "\uFF21\uFFFD", "x\uFEFF", "😀\u{10FFFF}", "\uE000"]) {
    for (const value of [text, text.repeat(100), [{ [text]: text }]]) {
      assert.deepEqual(roundTrip(value), value);
    }
  }
  assert.deepEqual(roundTrip(fromHex("eda080efbbbf")), fromHex("eda080efbbbf"));
});

test("a value is nested as deep as the limit, and no deeper", () => {
  assert.deepEqual(roundTrip(nested(VALUE_DEPTH_MAX)), nested(VALUE_DEPTH_MAX));
  assert.throws(() => encodeValue(nested(VALUE_DEPTH_MAX + 1)), {
    code: "invalid-argument",
    message: /100 deep/,
  });
});

test("a value that holds itself is refused", () => {
  const circle: Record<string, unknown> = {};
  circle.again = [circle, circle];
  assert.throws(() => encodeValue(circle), { code: "invalid-argument", message: /holds itself/ });
});

test("a getter may encode values of its own, and fail at it", () => {
  const value = {
    before: 1,
    get inner(): Uint8Array {
      assert.throws(() => encodeValue([1, 2, Symbol("s")]), InvalidArgumentError);
      return encodeValue({ inner: "é".repeat(2_000) });
    },
    after: 2,
  };
  const { before, inner, after } = roundTrip(value) as typeof value;
  assert.deepEqual([before, decodeValue(inner), after], [1, { inner: "é".repeat(2_000) }, 2]);
});

test("getters run once each, whatever characters stand beside them and whatever they encode", () => {
  for (const text of ["\uFF41", "\uFFFD".repeat(60), "x".repeat(300) + "\uFFFD"]) {
    let runs = 0;
    const value = {
      get run(): number {
        encodeShared({ text, other: "other ".repeat(20) });
        return ++runs;
      },
      text,
    };
    assert.deepEqual(decodeValue(encodeShared(value)), { run: 1, text });
    assert.deepEqual(roundTrip(value), { run: 2, text });
    assert.deepEqual(encodeValues(1, () => value).bytes.slice(), encode({ run: 3, text }));
  }
});

test("a string that only a getter gives, and only once, is refused as any other", () => {
  for (const text of ["\uD800", "x".repeat(300) + "\uDFFF", "\uFEFF" + "x".repeat(300)]) {
    let runs = 0;
    const value = {
      get text(): string {
        return runs++ === 0 ? text : "sound";
      },
    };
    assert.throws(() => encodeShared(value), { code: "invalid-argument", message: /a string/ });
  }
});

test("a getter that throws is the cause of the refusal", () => {
  const failure = new Error("no such sensor");
  const value = {
    get reading(): number {
      throw failure;
    },
  };
  assert.throws(() => encodeValue(value), { code: "invalid-argument", cause: failure });
});

test("encodeShared() writes what encodeValue() writes, and refuses what that refuses", () => {
  fc.assert(fc.property(fc.array(anyValue, { maxLength: 4 }), (values) => {
    for (const value of values) assert.deepEqual(encodeShared(value).slice(), encodeValue(value));
  }));
  for (const [, value, message] of REFUSED) {
    assert.throws(() => encodeShared([value]), { code: "invalid-argument", message });
    assert.deepEqual(decodeValue(encodeShared({ ok: 1 })), { ok: 1 });
  }
});

test("encodeValues() is encodeValue() of each, one after the other", () => {
  fc.assert(fc.property(fc.array(anyValue, { maxLength: 30 }), (values) => {
    const asked: number[] = [];
    const { bytes, ends } = encodeValues(values.length, (index) => {
      asked.push(index);
      encodeValue({ within: index }); // A callback may encode values of its own.
      return values[index];
    });
    assert.deepEqual(asked, values.map((_, i) => i));
    assert.equal(bytes.length, ends.at(-1) ?? 0);
    values.forEach((value, i) => {
      const own = bytes.subarray(i === 0 ? 0 : ends[i - 1], ends[i]);
      assert.deepEqual(own.slice(), encodeValue(value));
    });
  }));
});

test("encodeBinaries() is encodeValue() of each piece as a Uint8Array", () => {
  const sizes = [0, 1, 255, 256, 65_535, 65_536, 3, 0];
  const source = Uint8Array.from({ length: 140_000 }, (_, i) => 31 * i + (i >> 8));
  const offsets = [9];
  sizes.forEach((size, i) => offsets.push(offsets[i] + size));
  const { bytes, ends } = encodeBinaries(sizes.length, { bytes: source, offsets });
  const pieces = sizes.map((_, i) => source.slice(offsets[i], offsets[i + 1]));
  assert.deepEqual(bytes.slice(), Uint8Array.from(Buffer.concat(pieces.map(encodeValue))));
  pieces.forEach((piece, i) => {
    assert.deepEqual(decodeValue(bytes, i === 0 ? 0 : ends[i - 1], ends[i]), piece);
  });
  assert.deepEqual(encodeBinaries(0, { bytes: source, offsets: [7] }).ends.length, 0);
});

test("encodeBinaries() refuses offsets that are no integers, the last one too", () => {
  const bytes = Uint8Array.of(1, 2, 3, 4);
  const wrong = [1.5, "3", true, 3n, { valueOf: () => 3 }, [3], null, undefined, NaN, -1, 5];
  for (const each of wrong) {
    for (const offsets of [[0, each], [each, 4], [0, each, 4], [0, 2, each]]) {
      const pieces = { bytes, offsets: offsets as number[] };
      assert.throws(() => encodeBinaries(offsets.length - 1, pieces), {
        code: "invalid-argument",
        message: /Offsets ascend/,
      });
    }
  }
  const floats = { bytes, offsets: new Float64Array([0, 2.5]) };
  assert.throws(() => encodeBinaries(1, floats), { code: "invalid-argument" });
});

test("short binary shares a buffer, and no two share a byte", () => {
  const stored = Array.from(
    { length: 3000 },
    (_, i) => encodeValue(new Uint8Array(i % 256).fill(i)),
  );
  const values = stored.map((bytes) => decodeValue(bytes) as Uint8Array);
  assert(new Set(values.map(({ buffer }) => buffer)).size < 100);
  values.forEach((value, i) => {
    assert.deepEqual(value, new Uint8Array(i % 256).fill(i));
    assert.equal(value.byteOffset % 8, 0, "any typed array can be laid over it");
    assert(value.length === 0 || value.buffer !== stored[i].buffer);
    value.fill(i + 1);
  });
  values.forEach((value, i) => assert.deepEqual(value, new Uint8Array(i % 256).fill(i + 1)));
});

test("short binary comes back though the buffer it would share was transferred away", () => {
  const stored = encodeValue(Uint8Array.of(1, 2, 3));
  for (let i = 0; i < 5; i++) {
    const value = decodeValue(stored) as Uint8Array<ArrayBuffer>;
    structuredClone(value.buffer, { transfer: [value.buffer] });
    assert.equal(value.length, 0);
    assert.deepEqual(decodeValue(stored), Uint8Array.of(1, 2, 3));
  }
});

test("values larger than the kept buffers come back, and so do those after them", () => {
  const large = new Uint8Array(KEPT_BUFFER_BYTES_MAX + 1).fill(7);
  assert.deepEqual(roundTrip(large), large);
  assert.equal(roundTrip("small"), "small");
});

const MALFORMED: [string, string][] = [
  ["nothing", ""],
  ["a type that does not exist", "c1"],
  ["a string cut short", "a5"],
  ["binary cut short", "c40501"],
  ["a map cut short", "8161"],
  ["an array that claims 2^32-1 elements", "ddffffffff"],
  ["bytes behind the value", "c0c0"],
  ["a key __proto__", "81a95f5f70726f746f5f5f01"],
  ["a key that is nil", "81c001"],
  ["an extension of another type", "d40101"],
  ["a timestamp of no known size", "d5ff0000"],
  ["a timestamp beyond all dates", "c70cff000000007fffffffffffffff"],
  ["arrays without end", "91".repeat(200_000)],
];

for (const [name, hex] of MALFORMED) {
  test(`decodeValue() calls ${name} corrupt, and goes on with the next`, () => {
    assert.throws(() => decodeValue(fromHex(hex)), CorruptionError);
    assert.deepEqual(decodeValue(encode([1])), [1]);
  });
}

test("decodeValue() calls nesting that encodeValue() never writes corrupt", () => {
  assert.throws(() => decodeValue(fromHex("91".repeat(200_000) + "c0")), CorruptionError);
});

test("decodeValue() throws nothing but CorruptionError, whatever the bytes", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    try {
      decodeValue(bytes);
    } catch (error) {
      assert(error instanceof CorruptionError, String(error));
    }
  }));
});

test("what @msgpack/msgpack loses is still what it was when these checks were written", () => {
  const long = "x".repeat(300);
  assert.notEqual(decode(encode(`${long}\uD800`)), `${long}\uD800`);
  assert.notEqual(decode(encode(`\uFEFF${long}`)), `\uFEFF${long}`);
  assert.deepEqual(decode(encode(new Map([[1, 2]]))), {});
  assert(decode(fromHex("d40101")) instanceof ExtData);
});
