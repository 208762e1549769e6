import assert from "node:assert/strict";
import { test } from "node:test";
import { IoError } from "../../mod.ts";
import { Latch } from "../../lib/file/latch.ts";

test("a latch lets everything pass until it is tripped", () => {
  const latch = new Latch();
  latch.check("f");
  assert.equal(latch.tripped, false);
  assert.equal(latch.untold, undefined);
});

test("the first failure stays the cause of every later poisoned error", () => {
  const latch = new Latch();
  const first = new IoError("first");
  assert.equal(latch.trip(first, true), first);
  latch.trip(new IoError("second"), true);
  for (let i = 0; i < 2; i++) {
    assert.throws(() => latch.check("f"), { code: "poisoned", cause: first, file: "f" });
  }
});

test("a failure that nobody was given is untold until a check throws it", () => {
  const latch = new Latch();
  const failure = new IoError("late");
  latch.trip(failure, false);
  assert.equal(latch.untold, failure);
  assert.throws(() => latch.check("f"), { code: "poisoned" });
  assert.equal(latch.untold, undefined);
});
