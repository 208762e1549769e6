import assert from "node:assert/strict";
import { test } from "node:test";
import { HilbertCurve, InvalidArgumentError, MemoryStorage, open } from "../../mod.ts";

test("decode() undoes encode(), and a cover holds the keys of every cell of its box and no other", () => {
  const curve = new HilbertCurve(2, 4);
  const cells = Array.from({ length: 256 }, (_, i) => [i % 16, Math.floor(i / 16)]);
  const keys = curve.encode(cells.flat());
  assert.deepEqual([...curve.decode(keys)], cells.flat());
  const { ranges, count } = curve.cover([3, 2], [9, 12], 100);
  cells.forEach(([x, y], i) => {
    const inBox = x >= 3 && x <= 9 && y >= 2 && y <= 12;
    const covered = Array.from({ length: count }, (_, k) => k)
      .some((k) => keys[i] >= ranges[2 * k] && keys[i] <= ranges[2 * k + 1]);
    assert.equal(covered, inBox, `${x} ${y}`);
  });
});

test("keys order as the records of a query do", async () => {
  await using db = await open("/db", { storage: new MemoryStorage() });
  const space = await db.createSpace("grid", { dims: 3, bits: 5 });
  await db.write((session) => {
    for (let i = 0; i < 300; i++) session.insert(space, [i % 32, (i * 7) % 32, (i * 13) % 31], i);
  });
  const curve = new HilbertCurve(3, 5);
  const keys = curve.encode(space.query().flatMap(({ point }) => point).toArray());
  assert.equal(keys.length, space.count());
  assert.deepEqual(keys, keys.toSorted());
});

test("what is no curve, cell, key or box is refused", () => {
  for (const [dims, bits] of [[0, 1], [17, 1], [2, 33], [5, 26], [1.5, 2], [2, NaN]]) {
    assert.throws(() => new HilbertCurve(dims, bits), InvalidArgumentError);
  }
  const curve = new HilbertCurve(2, 32);
  assert.throws(() => curve.encode([1]), InvalidArgumentError);
  assert.throws(() => curve.encode([1, 2 ** 32]), InvalidArgumentError);
  assert.throws(() => curve.encode([1, 0.5]), InvalidArgumentError);
  assert.throws(() => curve.decode(new Uint32Array(3)), InvalidArgumentError);
  assert.throws(() => curve.cover([2, 2], [1, 3], 4), InvalidArgumentError);
  assert.throws(() => curve.cover([2, 2], [3, 3], 0), InvalidArgumentError);
  assert.throws(() => curve.cover([2], [3], 1), InvalidArgumentError);
});
