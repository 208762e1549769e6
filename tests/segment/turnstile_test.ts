import assert from "node:assert/strict";
import { test } from "node:test";
import { Deadline } from "../../lib/clock/deadline.ts";
import { Turnstile } from "../../lib/segment/turnstile.ts";

const NEVER = new Deadline(Infinity);

test("whoever comes first enters first", async () => {
  const turnstile = new Turnstile();
  const order: number[] = [];
  assert.equal(turnstile.tryEnter(), true);
  const waiting = [1, 2, 3].map(async (each) => {
    assert.equal(await turnstile.enter(NEVER), true);
    order.push(each);
    turnstile.leave();
  });
  assert.equal(turnstile.tryEnter(), false);
  turnstile.leave();
  assert.equal(turnstile.tryEnter(), false, "the next in line was admitted, nobody else");
  await Promise.all(waiting);
  assert.deepEqual(order, [1, 2, 3]);
  assert.equal(turnstile.tryEnter(), true);
});

test("whoever gives up leaves the line and lets the others through", async () => {
  const turnstile = new Turnstile();
  turnstile.tryEnter();
  const patient = turnstile.enter(NEVER);
  const hasty = turnstile.enter(new Deadline(1));
  assert.equal(await hasty, false);
  turnstile.leave();
  assert.equal(await patient, true);
  turnstile.leave();
  assert.equal(turnstile.tryEnter(), true);
});

test("being admitted in the moment of giving up does not block the passage", async () => {
  const turnstile = new Turnstile();
  turnstile.tryEnter();
  let giveUp = (): void => {};
  const late = { outlasts: () => new Promise<boolean>((resolve) => giveUp = () => resolve(false)) };
  const entering = turnstile.enter(late as unknown as Deadline);
  turnstile.leave();
  giveUp();
  assert.equal(await entering, false);
  assert.equal(turnstile.tryEnter(), true);
});
