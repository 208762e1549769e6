import assert from "node:assert/strict";
import { test } from "node:test";
import { joinPath, parentPath, rootPath } from "../../lib/file/path.ts";

test("rootPath() takes paths and file: URLs, and drops separators at the end", () => {
  assert.equal(rootPath("/data/db"), "/data/db");
  assert.equal(rootPath("/data/db//"), "/data/db");
  assert.equal(rootPath("db"), "db");
  assert.equal(rootPath("/"), "/");
  assert.equal(rootPath(new URL("file:///data/my%20db/")), "/data/my db");
  assert.equal(rootPath(new URL("file:///C:/data")), "C:/data");
});

for (const bad of ["", "a\0b", new URL("https://example.com/db"), 5 as unknown as string]) {
  test(`rootPath() refuses ${JSON.stringify(bad)}`, () => {
    assert.throws(() => rootPath(bad), { code: "invalid-argument" });
  });
}

test("joinPath() and parentPath() undo each other", () => {
  assert.equal(parentPath(joinPath("/data", "a")), "/data");
  assert.equal(parentPath(joinPath("/", "a")), "/");
  assert.equal(parentPath("a"), ".");
  assert.equal(parentPath("C:\\data\\a"), "C:\\data");
});
