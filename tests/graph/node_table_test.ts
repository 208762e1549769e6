import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { NodeTable } from "../../lib/graph/node_table.ts";

test("points are numbered as they are met, each once, and found again exactly", () => {
  const anyCoordinate = fc.oneof(
    fc.nat(3),
    fc.double({ noNaN: true }),
    fc.constantFrom(-0, 2 ** 32),
  );
  const anyPoint = fc.tuple(fc.nat(2), fc.array(anyCoordinate, { minLength: 1, maxLength: 4 }));
  fc.assert(fc.property(fc.array(anyPoint, { maxLength: 60 }), (points) => {
    const table = new NodeTable();
    const met = new Map<string, number>();
    for (const [space, point] of points) {
      const name = `${space}:${point.map((each) => each + 0)}`;
      const expected = met.get(name) ?? met.size;
      met.set(name, expected);
      assert.equal(table.add(space, [NaN, ...point], 1, point.length), expected);
      assert.equal(table.spaceOf(expected), space);
      assert.deepEqual(
        table.pointOf(expected).map((each) => each + 0),
        point.map((each) => each + 0),
      );
    }
    assert.equal(table.count, met.size);
  }));
});

test("a hundred thousand points of a grid keep their numbers while the table grows", () => {
  const table = new NodeTable();
  const width = 320;
  const numberOf = (i: number): number => table.add(1, [i % width, Math.floor(i / width)], 0, 2);
  for (let i = 0; i < width * width; i++) assert.equal(numberOf(i), i);
  for (let i = 0; i < width * width; i++) assert.equal(numberOf(i), i);
});

test("points of one hash are told apart by their spaces", () => {
  const table = new NodeTable();
  const spaces = [5, 5 + 2 ** 32, 5 + 2 ** 33];
  assert.deepEqual(spaces.map((space) => table.add(space, [1], 0, 1)), [0, 1, 2]);
  assert.deepEqual(spaces.map((space) => table.add(space, [1], 0, 1)), [0, 1, 2]);
  assert.deepEqual(spaces.map((_, node) => table.spaceOf(node)), spaces);
});
