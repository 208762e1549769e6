import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "../../lib/clock/deadline.ts";

const NEVER_SETTLES = new Promise<void>(() => {});

test("a deadline of zero has passed at once, one of Infinity never does", () => {
  assert.equal(new Deadline(0).passed(), true);
  assert.equal(new Deadline(Infinity).passed(), false);
});

test("outlasts() is false when the work takes longer", async () => {
  assert.equal(await new Deadline(5).outlasts(NEVER_SETTLES), false);
});

test("outlasts() is true when the work is done first", async () => {
  assert.equal(await new Deadline(60_000).outlasts(Promise.resolve()), true);
});

test("outlasts() arms no timer beyond what timers can count", async () => {
  const slow = new Promise<void>((resolve) => setTimeout(resolve, 20));
  assert.equal(await new Deadline(2 ** 40).outlasts(slow), true);
});

test("outlasts() throws what the work is rejected with in time", async () => {
  const failure = new Error("disk on fire");
  await assert.rejects(new Deadline(1_000).outlasts(Promise.reject(failure)), failure);
  await assert.rejects(new Deadline(Infinity).outlasts(Promise.reject(failure)), failure);
});

test("a rejection after the deadline is not left unhandled", async () => {
  let fail = (_: Error): void => {};
  const late = new Promise<void>((_, reject) => fail = reject);
  assert.equal(await new Deadline(1).outlasts(late), false);
  fail(new Error("nobody waits any more"));
  await new Promise((resolve) => setTimeout(resolve, 5));
});

for (const bad of [-1, NaN, -Infinity, "5" as unknown as number, undefined as unknown as number]) {
  test(`a deadline of ${String(bad)} (${typeof bad}) is refused`, () => {
    assert.throws(() => new Deadline(bad), { code: "invalid-argument" });
  });
}
