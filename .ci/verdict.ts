/**
 * Adds up the JUnit files of both runtimes and the steps that failed (its arguments), and prints
 * `N passed, M failed` as the last line. Fails when a file is missing or empty, when a step failed, or
 * when the runtimes did not run the same tests: Deno swallows an error after the first test of a file.
 *
 * @module
 */

interface Suite {
  /** "file: test" of every test, documentation examples apart. */
  names: Set<string>;
  passed: number;
  failed: number;
}

function unescape(text: string): string {
  const named: Record<string, string> = { lt: "<", gt: ">", quot: '"', apos: "'", amp: "&" };
  return text.replace(/&(#x?)?(\w+);/g, (_, kind: string | undefined, body: string) => {
    if (kind === undefined) return named[body] ?? `&${body};`;
    return String.fromCodePoint(parseInt(body, kind === "#x" ? 16 : 10));
  });
}

/** Reads what both runtimes write: suites named after files, test cases inside, bad ones with a child. */
function readSuite(path: string): Suite {
  const suite: Suite = { names: new Set(), passed: 0, failed: 0 };
  let file = "";
  const text = Deno.readTextFileSync(path);
  for (
    const match of text.matchAll(/<testsuite [^>]*|<testcase [^>]*>(?:[\s\S]*?<\/testcase>)?/g)
  ) {
    const tag = match[0];
    const attribute = (name: string): string =>
      unescape(new RegExp(`\\s${name}="([^"]*)"`).exec(tag)?.[1] ?? "");
    if (tag.startsWith("<testsuite ")) {
      file = (attribute("file") || attribute("name")).replace(/^\.\//, "");
      continue;
    }
    const body = tag.endsWith("/>") ? "" : tag;
    if (/<skipped/.test(body)) continue;
    if (/<(failure|error)\b/.test(body)) suite.failed++;
    else suite.passed++;
    if (/_test\.ts$/.test(file)) suite.names.add(`${file}: ${attribute("name")}`);
  }
  return suite;
}

const failedSteps = Deno.args;
let passed = 0;
let failed = failedSteps.length;
for (const step of failedSteps) console.log(`Step failed: ${step}`);

const suites = new Map<string, Suite>();
for (const runtime of ["deno", "bun"]) {
  try {
    const suite = readSuite(`coverage/${runtime}.xml`);
    if (suite.names.size === 0) throw new Error("no test was run");
    suites.set(runtime, suite);
    passed += suite.passed;
    failed += suite.failed;
    console.log(`${runtime}: ${suite.passed} passed, ${suite.failed} failed`);
  } catch (error) {
    failed++;
    console.log(`${runtime}: ${error instanceof Error ? error.message : error}`);
  }
}

const deno = suites.get("deno")?.names ?? new Set<string>();
const bun = suites.get("bun")?.names ?? new Set<string>();
for (const [runtime, missing] of [["bun", deno.difference(bun)], ["deno", bun.difference(deno)]]) {
  for (const name of missing as Set<string>) {
    failed++;
    console.log(`Not run by ${runtime}: ${name}`);
  }
}

console.log(`${passed} passed, ${failed} failed`);
Deno.exit(failed === 0 ? 0 : 1);
