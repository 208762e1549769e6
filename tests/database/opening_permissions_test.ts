import assert from "node:assert/strict";
import { mkdirSync } from "node:fs";
import { test } from "node:test";
import { runScript } from "../support/runtime.ts";
import { inTempDirectory } from "../support/temp_directory.ts";

const PROBE = "tests/support/database_probe.ts";

test("on Deno a database needs nothing beyond -R=root -W=root, and -R=root to read", async () => {
  await inTempDirectory((directory) => {
    const root = `${directory}/db`;
    mkdirSync(root);
    const said = (what: string, permissions: string[]): unknown => {
      const { output, errors } = runScript("deno", PROBE, [root, what], permissions);
      assert.equal(errors, "");
      return JSON.parse(output);
    };
    const both = [`-R=${root}`, `-W=${root}`];
    const points = ["1,2", "3,4"];
    assert.deepEqual(said("write", both), { points, interrupted: 0, warnings: 1 });
    assert.deepEqual(said("read", [`-R=${root}`]), { points, interrupted: 0, warnings: 0 });
    assert.deepEqual(said("kill", both), { points, interrupted: 0, warnings: 1 });
    assert.deepEqual(said("read", [`-R=${root}`]), { points, interrupted: 1, warnings: 0 });
    return Promise.resolve();
  });
});
