import assert from "node:assert/strict";
import { test } from "node:test";
import { absolutePath, joinPath, parentPath, rootPath } from "../../lib/file/path.ts";

test("rootPath() takes paths and file: URLs, and drops separators at the end", () => {
  assert.equal(rootPath("/data/db"), "/data/db");
  assert.equal(rootPath("/data/db//"), "/data/db");
  assert.equal(rootPath("db"), "db");
  assert.equal(rootPath("/"), "/");
  assert.equal(rootPath(new URL("file:///data/my%20db/")), "/data/my db");
  assert.equal(rootPath(new URL("file:///C:/data")), "C:/data");
});

const BAD_ROOTS: [string, unknown][] = [
  ["nothing", ""],
  ["a zero byte", "a\0b"],
  ["a URL of the web", new URL("https://example.com/db")],
  ["a URL of another machine", new URL("file://host/db")],
  ["a URL that does not decode", new URL("file:///a%zz")],
  ["a number", 5],
  ["an object without a prototype", Object.create(null)],
];

for (const [name, bad] of BAD_ROOTS) {
  test(`rootPath() refuses ${name}`, () => {
    assert.throws(() => rootPath(bad as string), { code: "invalid-argument" });
  });
}

test("joinPath() and parentPath() undo each other", () => {
  assert.equal(parentPath(joinPath("/data", "a")), "/data");
  assert.equal(parentPath(joinPath("/", "a")), "/");
  assert.equal(parentPath("a"), ".");
  assert.equal(parentPath("C:\\data\\a"), "C:\\data");
  assert.equal(parentPath("/data/a\\b"), "/data", "a backslash is a letter but on Windows");
  assert.equal(rootPath("/data/a\\"), "/data/a\\");
});

test("absolutePath() leaves what is absolute, and completes the rest", () => {
  const unasked = (): string => assert.fail("an absolute path needs no current directory");
  assert.equal(absolutePath("/data", unasked), "/data");
  assert.equal(absolutePath("C:/data", unasked), "C:/data");
  assert.equal(absolutePath("db", () => "/home/me"), "/home/me/db");
});
