import assert from "node:assert/strict";
import { test } from "node:test";
import { macrotask } from "../../lib/clock/slice.ts";

test("those who let others go on go on one at a time, in order, with many turns in between", async () => {
  let turns = 0;
  let counting = true;
  const count = (): void => {
    turns++;
    if (counting) setImmediate(count);
  };
  setImmediate(count);
  const seen: { who: number; turns: number }[] = [];
  const job = async (who: number): Promise<void> => {
    for (let i = 0; i < 3; i++) {
      await macrotask();
      seen.push({ who, turns });
    }
  };
  await Promise.all([job(1), job(2), job(3)]);
  counting = false;
  assert.deepEqual(seen.map(({ who }) => who), [1, 2, 3, 1, 2, 3, 1, 2, 3]);
  const waits = seen.map((each, i) => each.turns - (seen[i - 1]?.turns ?? 0));
  assert(Math.min(...waits) >= 31, `${waits} turns`); // See `TURNS`.
});
