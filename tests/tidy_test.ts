import assert from "node:assert/strict";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { projectPath } from "./support/runtime.ts";

const FILE_LINES_MAX = 400;
const FUNCTION_LINES_MAX = 70;

/** What each folder of lib/ may import, beside the folders that anyone may. */
const MAY_IMPORT: Record<string, readonly string[]> = {
  "": ["database", "session", "segment", "graph", "store", "space", "file"],
  database: ["session", "segment", "graph", "store", "space", "file"],
  session: ["segment", "file"],
  segment: ["file"],
  graph: ["store", "space"],
  store: ["space", "file"],
  space: [],
  file: [],
  bytes: [],
  clock: [],
  cli: [],
};

const ANYONE_MAY_IMPORT = [
  "bytes",
  "clock",
  "errors.ts",
  "error_base.ts",
  "hyperedge.ts",
  "limits.ts",
  "invariant.ts",
];

function filesBelow(directory: string): string[] {
  const found = readdirSync(`${projectPath}${directory}`, { recursive: true, encoding: "utf8" });
  return found.filter((name) => name.endsWith(".ts"))
    .map((name) => `${directory}/${name.replaceAll("\\", "/")}`).sort();
}

function source(path: string): string {
  return readFileSync(`${projectPath}${path}`, "utf8");
}

/** The code of a file without its comments: good enough for a search, not for a compiler. */
function code(path: string): string {
  return source(path).replace(/\/\*[\s\S]*?\*\//g, "").replace(/(^|\s)\/\/.*$/gm, "");
}

/** The files that a file imports, as paths from the top of the project. */
function importsOf(path: string): string[] {
  const base = new URL(`file:///${path}`);
  return Array.from(
    code(path).matchAll(/(?:from|import\()\s*"(\.[^"]+)"/g),
    (match) => new URL(match[1], base).pathname.slice(1),
  );
}

/** "segment" for lib/segment/seal.ts, "errors.ts" for lib/errors.ts. */
function roomOf(path: string): string {
  return path.split("/")[1];
}

const lib = filesBelow("lib");
const all = [...lib, ...filesBelow("tests"), ...filesBelow("bench"), "mod.ts"];

test("imports go in one direction only", () => {
  for (const path of lib) {
    const room = path.split("/").length > 2 ? roomOf(path) : "";
    for (const imported of importsOf(path)) {
      const target = roomOf(imported);
      if (target === room || ANYONE_MAY_IMPORT.includes(target)) continue;
      assert(
        path === "lib/database.ts" || (room !== "" && MAY_IMPORT[room].includes(target)),
        `${path} imports ${imported}`,
      );
    }
  }
});

test("every file of lib/ is reached from mod.ts", () => {
  const reached = new Set<string>();
  const visit = (path: string): void => {
    if (reached.has(path)) return;
    reached.add(path);
    importsOf(path).forEach(visit);
  };
  visit("mod.ts");
  assert.deepEqual(lib.filter((path) => !reached.has(path)), []);
});

test("nothing outside lib/file names the platform", () => {
  for (const path of lib.filter((each) => !each.startsWith("lib/file/"))) {
    assert.doesNotMatch(code(path), /\bDeno\.|\bBun\.|"node:|"bun:/, path);
  }
});

test("the clocks are read in lib/clock only, and nothing is random", () => {
  for (const path of lib.filter((each) => !each.startsWith("lib/clock/"))) {
    assert.doesNotMatch(code(path), /Date\.now|new Date\(\)|performance\.|Math\.random/, path);
  }
});

test("BLAKE3 and MessagePack each come from one file", () => {
  for (const path of lib) {
    if (path !== "lib/bytes/checksum.ts") assert.doesNotMatch(code(path), /hash-wasm/, path);
    if (path !== "lib/bytes/value.ts") assert.doesNotMatch(code(path), /@msgpack/, path);
  }
});

test("no file is longer than 400 lines, no function than 70", () => {
  for (const path of all) {
    const lines = source(path).split("\n");
    assert(lines.length <= FILE_LINES_MAX + 1, `${path} has ${lines.length} lines`);
    for (let start = 0; start < lines.length; start++) {
      const opening =
        /^( {0,2})(?!(?:export )?(?:const|let|class|interface|test)\b).*\) ?(?::.*)?\{$/
          .exec(lines[start]);
      if (opening === null) continue;
      const end = lines.findIndex((line, i) => i > start && line.startsWith(`${opening[1]}}`));
      assert(end - start <= FUNCTION_LINES_MAX, `${path}:${start + 1} is ${end - start} lines`);
    }
  }
});

test("names say what is in a file, and every test file mirrors one of lib/", () => {
  for (const path of all) {
    assert.match(path, /^[a-z0-9_/.]+$/, path);
    assert.doesNotMatch(path, /util|common|helper|manager|misc/, path);
  }
  const elsewhere = /^tests\/(support|crash|model|golden)\//;
  for (const path of filesBelow("tests")) {
    if (elsewhere.test(path) || path === "tests/tidy_test.ts") continue;
    assert.match(path, /_test\.ts$/);
    const words = path.replace("tests/", "lib/").replace("_test.ts", "").split("_");
    const mirrored = words.some((_, i) =>
      existsSync(`${projectPath}${words.slice(0, i + 1).join("_")}.ts`)
    );
    assert(mirrored, `${path} mirrors no file`);
  }
});

test("tests are flat, so that both runtimes count them alike", () => {
  for (const path of filesBelow("tests").filter((each) => each.endsWith("_test.ts"))) {
    if (path === "tests/tidy_test.ts") continue;
    assert.doesNotMatch(code(path), /\bdescribe\(|\bt\.test\(|\btest\.\w+\(|process\.exit/, path);
    const names = Array.from(code(path).matchAll(/^test\(\s*"([^"]+)"/gm), (match) => match[1]);
    assert.equal(new Set(names).size, names.length, `${path} has a name twice`);
  }
});

test("nothing was left behind", () => {
  // In pieces, so that this file passes its own test.
  const words = ["TO" + "DO", "FIX" + "ME", "XX" + "X", "HA" + "CK"];
  const leftovers = new RegExp(`\\b(${words.join("|")})\\b|"js` + "r:");
  assert.match(`// ${words[0]}: mend`, leftovers);
  for (const path of all) assert.doesNotMatch(source(path), leftovers, path);
});
