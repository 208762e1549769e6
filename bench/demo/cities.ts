/**
 * The demo: real input goes through a fast segment in a child process that is killed with SIGKILL
 * part-way, and nothing that was acknowledged is lost.
 *
 *     deno run -A bench/demo/cities.ts [--cities N]
 *     bun bench/demo/cities.ts [--cities N]
 *
 * A kill takes the process and leaves the system's page cache, so it seldom tears a group; what a power
 * loss can do as well is for the crash tests to simulate. The exit code is 0 if every city is there in
 * the end, 1 if one is missing or differs.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { FastSegment, InfiniteDbError } from "../../mod.ts";
import { type CitySource, firstCities, SESSION } from "./city.ts";
import { compareCities } from "./difference.ts";
import { killPartWay, planKill } from "./doomed_child.ts";
import { Progress } from "./progress.ts";
import { fact, number, say, step } from "./report.ts";
import { citiesPerGroup, sealCities } from "./sealing.ts";

/** Lost or changed data, or a mistyped argument: told in one sentence, without a stack. */
class PlainError extends Error {}

interface Demo {
  /** The root of the segment, a directory of its own. */
  root: string;
  /** What goes in. */
  source: CitySource;
  /** Aborted when the person at the terminal has seen enough. */
  signal: AbortSignal;
}

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
    await demonstrate({ root, source, signal });
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

async function demonstrate(demo: Demo): Promise<void> {
  const { root, source } = demo;
  const total = source.cities.length;
  say(`${number(total)} cities through a fast segment, with a SIGKILL on the way`);

  step(1, `A child process seals them in groups of ${number(citiesPerGroup(total))}`);
  const acknowledged = await sealUntilKilled(demo);

  step(2, "The parent reopens the segment");
  await resume(demo, acknowledged);

  step(4, "It reopens once more and compares every city with its source");
  await using whole = await openAndTell(root);
  requireCities(whole, source, total);
  if (whole.recovery.state !== "clean") throw new PlainError("The end after close() is not clean");
  fact("verified", "point, data, revision and place of each");
  say(`\nNothing is missing: all ${number(total)} cities are there, equal to their source.`);
}

/** Returns how many cities the child had acknowledged when it died. */
async function sealUntilKilled({ root, source, signal }: Demo): Promise<number> {
  const total = source.cities.length;
  const plan = planKill(total, Math.random);
  fact("root", root);
  fact("kill planned", `${plan.delayMs} ms after city ${number(plan.cities)} is acknowledged`);
  const progress = new Progress(process.stdout, total, 0);
  const said = await killPartWay(root, source, plan, (end) => {
    signal.throwIfAborted();
    progress.show(end);
  }).finally(() => progress.end());
  fact("killed", `process ${said.processId}, by SIGKILL`);
  fact("acknowledged", `${number(said.acknowledged)} cities in ${number(said.groups)} groups`);
  if (said.acknowledged === total) fact("note", "it had sealed all of them before the kill came");
  return said.acknowledged;
}

/** What comes after a crash: open, look at what is there, go on. */
async function resume(demo: Demo, acknowledged: number): Promise<void> {
  const { root, source } = demo;
  await using segment = await openAndTell(root);
  if (segment.recovery.tornBytes === 0) {
    fact("torn tail", "none: no group was left half written, as is usual after a mere kill");
  }
  const recovered = checkSurvivors(segment, source, acknowledged);
  step(3, `It seals the remaining ${number(source.cities.length - recovered)}, and closes`);
  if (recovered < source.cities.length) await sealRest(segment, demo, recovered);
}

async function openAndTell(root: string): Promise<FastSegment> {
  const startedMs = performance.now();
  const segment = await FastSegment.open(root, SESSION);
  const openMs = performance.now() - startedMs;
  const { state, groups, entries, tornBytes, keptIn, warnings } = segment.recovery;
  fact("opened in", `${number(openMs, 1)} ms`);
  fact("state", state);
  fact("recovered", `${number(entries)} cities in ${number(groups)} groups`);
  if (tornBytes > 0) {
    fact("torn tail", `${number(tornBytes)} bytes where group ${number(groups + 1)} would be`);
    fact("kept in", keptIn ?? "nowhere");
  }
  for (const warning of warnings) fact("warning", warning);
  return segment;
}

/** Returns how many cities are durable, which may be one group more than were acknowledged. */
function checkSurvivors(segment: FastSegment, source: CitySource, acknowledged: number): number {
  const recovered = requireCities(segment, source, acknowledged);
  fact("verified", `all ${number(acknowledged)} acknowledged cities are there, unchanged`);
  const left = source.cities.length - acknowledged;
  const group = Math.min(citiesPerGroup(source.cities.length), left);
  const more = recovered - acknowledged;
  if (more === 0) return recovered;
  if (more !== group) {
    throw new PlainError(
      `${number(more)} cities follow the acknowledged ones, where a whole group is ${
        number(group)
      }`,
    );
  }
  fact("and", `${number(more)} of a group that was whole in the file, but not yet reported`);
  return recovered;
}

async function sealRest(segment: FastSegment, demo: Demo, first: number): Promise<void> {
  const { source, signal } = demo;
  const total = source.cities.length;
  const progress = new Progress(process.stdout, total, first);
  const sealsMs: number[] = [];
  const startedMs = performance.now();
  await sealCities(segment, source, first, (end, sealMs) => {
    signal.throwIfAborted();
    sealsMs.push(sealMs);
    progress.show(end);
  }).finally(() => progress.end());
  const seconds = (performance.now() - startedMs) / 1000;
  fact("time", `${number(seconds, 2)} s`);
  fact("durable", `${number((total - first) / seconds)} cities/s`);
  fact("a group", `${number(median(sealsMs), 2)} ms, the median of ${number(sealsMs.length)}`);
}

/** Returns how many cities are there, at least as many as wanted and all as they should be. */
function requireCities(segment: FastSegment, source: CitySource, wanted: number): number {
  const { equal, difference } = compareCities(segment, source);
  if (difference !== undefined) throw new PlainError(`The segment differs: ${difference}`);
  if (equal < wanted) {
    const { name, country } = source.cities[equal];
    throw new PlainError(
      `${number(wanted - equal)} acknowledged cities are missing, from city ${
        number(equal + 1)
      } on, ${name} (${country})`,
    );
  }
  if (equal !== segment.recovery.entries) {
    throw new PlainError(
      `Opening counted ${number(segment.recovery.entries)} entries, reading ${number(equal)}`,
    );
  }
  return equal;
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

function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
