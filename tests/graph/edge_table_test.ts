import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { EdgeTable } from "../../lib/graph/edge_table.ts";

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
