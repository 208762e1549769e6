import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { orderByKey } from "../../lib/store/key_order.ts";

/** Words of which few orders are alike: small ones, ones that differ in one digit only, any. */
const anyWord = fc.oneof(
  fc.nat(2),
  fc.constantFrom(0, 1, 2 ** 11 - 1, 2 ** 11, 2 ** 22 - 1, 2 ** 22, 2 ** 31, 2 ** 32 - 1),
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
);

const anyCount = fc.oneof(fc.constantFrom(0, 1, 2, 62, 63, 64, 65, 127, 128), fc.nat(400));

/** The same order by a plain sort. */
function plainOrder(keys: Uint32Array, words: number, ranks: readonly number[]): number[] {
  return ranks.map((_, i) => i).sort((a, b) => {
    for (let word = 0; word < words; word++) {
      const difference = keys[a * words + word] - keys[b * words + word];
      if (difference !== 0) return difference;
    }
    return ranks[a] - ranks[b];
  });
}

function check(keys: Uint32Array, words: number, ranks: readonly number[]): void {
  const before = keys.slice();
  const order = orderByKey(keys, words, ranks.length, (a, b) => ranks[a] - ranks[b]);
  assert.deepEqual([...order], plainOrder(keys, words, ranks));
  assert.deepEqual(keys, before);
}

for (const words of [1, 2, 3, 4]) {
  test(`orderByKey() is a plain sort, with keys of ${words} words`, () => {
    const keysOf = (count: number): fc.Arbitrary<Uint32Array> =>
      fc.array(anyWord, { minLength: count * words, maxLength: count * words })
        .map((all) => Uint32Array.from(all));
    const anyCase = anyCount.chain((count) =>
      fc.record({ keys: keysOf(count), shift: fc.nat(count), step: fc.constantFrom(1, -1) })
        .map((each) => ({ ...each, count }))
    );
    fc.assert(fc.property(anyCase, ({ keys, shift, step, count }) => {
      // Each rank once, and neither in the order of the entries nor in its opposite.
      const ranks = Array.from({ length: count }, (_, i) => step * ((i + shift) % count));
      check(keys, words, ranks);
    }));
  });

  test(`orderByKey() falls to the ties where keys of ${words} words are alike`, () => {
    for (const count of [1, 63, 64, 65, 5000]) {
      const ranks = Array.from({ length: count }, (_, i) => (i * 7919 + 13) % 10_007);
      check(new Uint32Array(count * words).fill(0xffff_ffff), words, ranks);
      // Alike in all but the last word, of which there are three.
      const keys = Uint32Array.from(
        { length: count * words },
        (_, i) => i % words === words - 1 ? (i * 31) % 3 : 5,
      );
      check(keys, words, ranks);
    }
  });
}
