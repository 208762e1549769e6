import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EdgeTable, hashOf } from "../../lib/graph/edge_table.ts";

test("ids are numbered as they are met, each once", () => {
  const anyWord = fc.oneof(fc.nat(3), fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  fc.assert(fc.property(fc.array(fc.tuple(anyWord, anyWord), { maxLength: 600 }), (ids) => {
    const table = new EdgeTable();
    const met = new Map<bigint, number>();
    for (const [high, low] of ids) {
      const id = BigInt(high) << 32n | BigInt(low);
      const expected = met.get(id) ?? met.size;
      met.set(id, expected);
      assert.equal(table.add(high, low), expected);
      assert.equal(table.idOf(expected), id);
      assert.deepEqual([table.highOf(expected), table.lowOf(expected)], [high, low]);
    }
    assert.equal(table.count, met.size);
  }));
});

test("thousands of ids that differ in one word only are told apart", () => {
  for (const idOf of [(i: number) => [i, 7], (i: number) => [7, i]]) {
    const table = new EdgeTable();
    for (let i = 0; i < 5000; i++) assert.equal(table.find(idOf(i)[0], idOf(i)[1]), -1);
    for (let i = 0; i < 5000; i++) assert.equal(table.add(idOf(i)[0], idOf(i)[1]), i);
    for (let i = 0; i < 5000; i++) assert.equal(table.find(idOf(i)[0], idOf(i)[1]), i);
  }
});

const RELATED: Record<string, (high: number) => number> = {
  "constant": () => 7,
  "the high word": (high) => high,
  "the high word, turned round": (high) => ~high,
  "the high word times -1": (high) => -high,
  "the high word times 2^16": (high) => high << 16,
  "the high word times 2^32 / golden ratio": (high) => Math.imul(high, 0x9e37_79b1),
  "the high word times another odd number": (high) => Math.imul(high, 0x85eb_ca6b),
  "the high word with its halves changed": (high) => high << 16 | high >>> 16,
};

for (const [name, lowOf] of Object.entries(RELATED)) {
  test(`ids whose low word is ${name} have hashes of their own`, () => {
    for (const high of [(i: number) => i, (i: number) => i << 12, (i: number) => i * 3 + 2 ** 20]) {
      const slots = new Set<number>();
      for (let i = 1; i <= 4096; i++) {
        slots.add(hashOf(high(i) >>> 0, lowOf(high(i)) >>> 0) & 0xffff);
      }
      assert(slots.size > 3800, `${slots.size} of 4096`); // 3,970 of as many at random.
    }
  });
}

test("endpoints are known when they were told, and stay while the table grows", () => {
  const table = new EdgeTable();
  const count = 2000;
  for (let i = 0; i < count; i++) table.add(1, i);
  for (let i = 0; i < count; i += 2) {
    table.beginEndpoints(i);
    for (let j = 0; j < i % 5; j++) table.addEndpoint(i, i + j, j % 3);
  }
  for (let i = 0; i < count; i++) {
    assert.equal(table.isKnown(i), i % 2 === 0);
    if (i % 2 !== 0) continue;
    const { items, from, to } = table.endpointsOf(i);
    const expected = Array.from({ length: i % 5 }, (_, j) => (i + j) * 4 + j % 3);
    assert.deepEqual([...items.subarray(from, to)], expected);
  }
});
