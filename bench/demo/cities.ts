/**
 * The demo: real input goes through processes that are killed with SIGKILL part-way, and nothing that was
 * acknowledged is lost. First one child seals cities into a fast segment; then two, one after the other,
 * import them into a database, several sessions at once. In the end that database answers questions about
 * boxes, nearness and the past, drawn as maps.
 *
 *     deno run -A bench/demo/cities.ts [--cities N]
 *     bun bench/demo/cities.ts [--cities N]
 *
 * A kill takes the process and leaves the system's page cache, so it seldom tears a group; what a power
 * loss can do as well is for the crash tests to simulate. The exit code is 0 if every city is there in
 * the end and every answer is right, 1 if not.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { InfiniteDbError } from "../../mod.ts";
import { firstCities } from "./city.ts";
import { demonstrateQueries } from "./queries_demo.ts";
import { PlainError } from "./report.ts";
import { demonstrateSegment } from "./segment_demo.ts";
import { demonstrateSessions } from "./sessions_demo.ts";

const EXIT_INTERRUPTED = 130;

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const interruption = new AbortController();
  const interrupt = (): void => interruption.abort();
  process.once("SIGINT", interrupt);
  const { signal } = interruption;
  let root: string | undefined;
  try {
    const source = { cities: firstCities(readCountMax(args)), physicalMs: Date.now() };
    root = mkdtempSync(join(tmpdir(), "infinite-db-demo-"));
    await demonstrateSegment({ root: join(root, "segment"), source, signal });
    const database = { root: join(root, "database"), source, signal };
    await demonstrateSessions(database);
    await demonstrateQueries(database);
    return 0;
  } catch (error) {
    if (signal.aborted) return EXIT_INTERRUPTED;
    const plain = error instanceof PlainError || error instanceof InfiniteDbError;
    console.error(`\nFAILED: ${plain ? error.message : (error as Error)?.stack ?? error}`);
    return 1;
  } finally {
    process.off("SIGINT", interrupt);
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  }
}

function readCountMax(args: string[]): number {
  if (args.length === 0) return Infinity;
  const [option, value, ...others] = args;
  const count = Number(value);
  if (option === "--cities" && others.length === 0 && Number.isInteger(count) && count > 0) {
    return count;
  }
  throw new PlainError(
    `The arguments are none, or --cities and a number above 0, not "${args.join(" ")}"`,
  );
}
