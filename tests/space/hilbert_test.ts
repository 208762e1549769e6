import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import {
  compareKeys,
  decodeKey,
  encodeKey,
  encodeKeys,
  keyWords,
} from "../../lib/space/hilbert.ts";
import { workedExample } from "../support/worked_example.ts";

/** The key of a cell as one number. */
function keyOf(cell: ArrayLike<number>, dims: number, bits: number): bigint {
  const key = new Uint32Array(keyWords(dims, bits));
  encodeKey(cell, dims, bits, key, 0);
  const aligned = key.reduce((sum, word) => sum << 32n | BigInt(word), 0n);
  const padding = BigInt(32 * key.length - dims * bits);
  assert.equal(aligned & (1n << padding) - 1n, 0n, "what is below the key is 0");
  return aligned >> padding;
}

/** A small key of a grid of at most 32 bits, as it is stored. */
function keyAt(position: number, dims: number, bits: number): Uint32Array {
  return new Uint32Array([position * 2 ** (32 - dims * bits)]);
}

/** Every shape of a grid, small ones only if asked. */
function shapes(keyBitsMax: number): [dims: number, bits: number][] {
  const all: [number, number][] = [];
  for (let dims = 1; dims <= 16; dims++) {
    for (let bits = 1; bits <= 32 && dims * bits <= keyBitsMax; bits++) all.push([dims, bits]);
  }
  return all;
}

/** Cells that are random, and some at the edges. */
function anyCells(count: number, dims: number, bits: number): Uint32Array {
  const cells = new Uint32Array(count * dims);
  let seed = dims * 100 + bits;
  for (let i = 0; i < cells.length; i++) {
    seed = Math.imul(seed, 1664525) + 1013904223 | 0;
    const mixed = Math.imul(seed ^ seed >>> 15, 0x2c1b3c6d);
    const value = i % 7 === 3 ? 0 : i % 7 === 5 ? -1 : mixed ^ mixed >>> 13;
    cells[i] = value >>> (32 - bits);
  }
  return cells;
}

test("the worked example is a key", () => {
  const view = new DataView(workedExample("lib/space/hilbert.ts").buffer);
  const key = Uint32Array.of(view.getUint32(0), view.getUint32(4));
  const cell = [0, 0, 0];
  decodeKey(key, 0, 3, 11, cell);
  assert.deepEqual(cell, [1000, 20, 2047]);
  const encoded = new Uint32Array(2);
  encodeKey(cell, 3, 11, encoded, 0);
  assert.deepEqual(encoded, key);
});

test("the example of Skilling's paper comes out", () => {
  assert.equal(keyOf([5, 10, 20], 3, 5), 7865n);
});

test("the curve of two dimensions begins as it is drawn", () => {
  const path = Array.from({ length: 16 }, (_, position) => {
    const cell = [0, 0];
    decodeKey(keyAt(position, 2, 2), 0, 2, 2, cell);
    return cell.join("");
  });
  assert.equal(path.join(" "), "00 10 11 01 02 03 13 12 22 23 33 32 31 21 20 30");
});

test("every cell of a small grid has a key of its own, and the origin has the lowest", () => {
  for (const [dims, bits] of shapes(12)) {
    const cells = new Set<string>();
    const cell: number[] = new Array(dims).fill(0);
    assert.equal(keyOf(cell, dims, bits), 0n);
    for (let position = 0; position < 2 ** (dims * bits); position++) {
      decodeKey(keyAt(position, dims, bits), 0, dims, bits, cell);
      assert(cell.every((value) => value >= 0 && value < 2 ** bits));
      cells.add(String(cell));
      assert.equal(keyOf(cell, dims, bits), BigInt(position), `${dims} x ${bits}: ${cell}`);
    }
    assert.equal(cells.size, 2 ** (dims * bits));
  }
});

test("cells that follow each other on the curve are neighbours in space", () => {
  for (const [dims, bits] of shapes(14)) {
    const before: number[] = new Array(dims).fill(0);
    const cell: number[] = new Array(dims).fill(0);
    for (let position = 1; position < 2 ** (dims * bits); position++) {
      decodeKey(keyAt(position, dims, bits), 0, dims, bits, cell);
      let steps = 0;
      for (let i = 0; i < dims; i++) steps += Math.abs(cell[i] - before[i]);
      assert.equal(steps, 1, `${dims} x ${bits}: ${before} to ${cell}`);
      for (let i = 0; i < dims; i++) before[i] = cell[i];
    }
  }
});

test("decodeKey() gives back what encodeKey() took, in grids of every shape", () => {
  for (const [dims, bits] of shapes(128)) {
    const words = keyWords(dims, bits);
    const cells = anyCells(40, dims, bits);
    const key = new Uint32Array(words + 2);
    const cell = new Uint32Array(dims);
    for (let i = 0; i < cells.length; i += dims) {
      const given = cells.subarray(i, i + dims);
      encodeKey(given, dims, bits, key.fill(7), 1);
      decodeKey(key, 1, dims, bits, cell);
      assert.deepEqual(cell, given, `${dims} x ${bits}`);
      assert(key[0] === 7 && key[words + 1] === 7, "it keeps to its words");
    }
  }
});

test("neighbours on the curve are neighbours in space, in grids of every shape", () => {
  for (const [dims, bits] of shapes(128)) {
    const cells = anyCells(10, dims, bits);
    for (let i = 0; i < cells.length; i += dims) {
      const position = keyOf(cells.subarray(i, i + dims), dims, bits);
      if (position === 0n) continue;
      const words = keyWords(dims, bits);
      const aligned = position - 1n << BigInt(32 * words - dims * bits);
      const key = Uint32Array.from(
        { length: words },
        (_, w) => Number(aligned >> BigInt(32 * (words - 1 - w)) & 0xffffffffn),
      );
      const before = new Uint32Array(dims);
      decodeKey(key, 0, dims, bits, before);
      const steps = before.reduce((sum, value, axis) => sum + Math.abs(value - cells[i + axis]), 0);
      assert.equal(steps, 1, `${dims} x ${bits}`);
    }
  }
});

test("a coarser grid has the same keys, cut short", () => {
  fc.assert(fc.property(
    fc.integer({ min: 1, max: 16 }).chain((dims) =>
      fc.tuple(
        fc.array(fc.nat(2 ** 31 - 1), { minLength: dims, maxLength: dims }),
        fc.integer({ min: 1, max: Math.min(31, Math.floor(128 / dims)) }),
        fc.nat(30),
      )
    ),
    ([values, bits, dropped]) => {
      const coarse = Math.max(1, bits - dropped);
      const fine = values.map((value) => value >>> (31 - bits));
      const less = fine.map((value) => value >>> (bits - coarse));
      const dims = values.length;
      const cutShort = keyOf(fine, dims, bits) >> BigInt(dims * (bits - coarse));
      assert.equal(keyOf(less, dims, coarse), cutShort);
    },
  ));
});

test("encodeKeys() gives bit for bit what encodeKey() gives", () => {
  const wide: [number, number][] = [[4, 32], [5, 25], [16, 8], [7, 3]];
  for (const [dims, bits] of [...shapes(96).filter(([dims]) => dims <= 3), ...wide]) {
    const words = keyWords(dims, bits);
    const count = 600;
    const cells = anyCells(count, dims, bits);
    const expected = new Uint32Array(count * words + 1).fill(9);
    const found = expected.slice();
    for (let i = 0; i < count; i++) {
      encodeKey(cells.subarray(i * dims), dims, bits, expected, i * words);
    }
    encodeKeys(cells, count, dims, bits, found);
    assert.deepEqual(found, expected, `${dims} x ${bits}`);
  }
});

test("encodeKeys() walks a whole small grid in order", () => {
  for (const [dims, bits] of [[2, 6], [3, 4]]) {
    const count = 2 ** (dims * bits);
    const cells = new Uint32Array(count * dims);
    const expected = new Uint32Array(count);
    for (let position = 0; position < count; position++) {
      expected.set(keyAt(position, dims, bits), position);
      const cell = cells.subarray(position * dims, (position + 1) * dims);
      decodeKey(expected, position, dims, bits, cell);
    }
    const keys = new Uint32Array(count);
    encodeKeys(cells, count, dims, bits, keys);
    assert.deepEqual(keys, expected);
  }
});

test("keys are aligned at the top: the halves of a space have different first bits (D12)", () => {
  for (const [dims, bits] of shapes(128)) {
    const key = new Uint32Array(keyWords(dims, bits));
    const cell: number[] = new Array(dims).fill(0);
    encodeKey(cell, dims, bits, key, 0);
    assert.equal(key[0] >>> 31, 0);
    cell[0] = 2 ** bits - 1;
    encodeKey(cell, dims, bits, key, 0);
    assert.equal(key[0] >>> 31, 1, `${dims} x ${bits}`);
  }
});

test("compareKeys() orders by unsigned words, the first first", () => {
  const keys = Uint32Array.of(0, 5, 0, 2 ** 32 - 1, 2 ** 31, 0, 2 ** 32 - 1, 0);
  for (let a = 0; a < 4; a++) {
    for (let b = 0; b < 4; b++) {
      assert.equal(Math.sign(compareKeys(keys, 2 * a, keys, 2 * b, 2)), Math.sign(a - b));
    }
  }
});

test("keyWords() refuses what is no grid", () => {
  assert.deepEqual([keyWords(1, 1), keyWords(2, 16), keyWords(3, 11), keyWords(4, 32)], [
    1,
    1,
    2,
    4,
  ]);
  for (const [dims, bits] of [[0, 1], [17, 1], [1, 0], [1, 33], [5, 26], [16, 9]]) {
    assert.throws(() => keyWords(dims, bits), /Invariant/);
  }
});
