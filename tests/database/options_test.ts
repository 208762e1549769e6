import assert from "node:assert/strict";
import { test } from "node:test";
import { checkOpenOptions } from "../../lib/database/options.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";

test("checkOpenOptions() fills in what is missing", () => {
  const { clock, ...settings } = checkOpenOptions();
  assert.deepEqual(settings, {
    create: true,
    readOnly: false,
    lockTimeoutMs: 0,
    fastPathDeadlineMs: undefined,
    tailBytesMax: 16 * 1024 * 1024,
    cacheBytesMax: 64 * 1024 * 1024,
    storage: undefined,
  });
  assert.equal(typeof clock.nowMs(), "number");
  assert.equal(checkOpenOptions({ fastPath: {} }).fastPathDeadlineMs, 2);
  assert.equal(checkOpenOptions({ fastPath: { deadlineMs: 0 } }).fastPathDeadlineMs, 0);
  assert.equal(checkOpenOptions({ fastPath: false }).fastPathDeadlineMs, undefined);
});

const WRONG: unknown[] = [
  null,
  7,
  { create: 1 },
  { readOnly: "yes" },
  { lockTimeoutMs: -1 },
  { lockTimeoutMs: "1" },
  { tailBytesMax: NaN },
  { fastPath: true },
  { fastPath: null },
  { fastPath: { deadlineMs: -2 } },
  { clock: {} },
  { clock: null },
];

for (const options of WRONG) {
  test(`open() refuses ${JSON.stringify(options)}, and makes nothing`, async () => {
    const fixture = new DatabaseFixture();
    assert.throws(() => checkOpenOptions(options as never), { code: "invalid-argument" });
    if (typeof options !== "object" || options === null) return;
    await assert.rejects(fixture.open(options), { code: "invalid-argument" });
    assert.deepEqual(fixture.memory.list("/"), []);
  });
}
