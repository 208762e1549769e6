/**
 * The first part of the demo: cities go through a fast segment in a child process that is killed
 * part-way, and nothing that was acknowledged is lost.
 *
 * @module
 */

import process from "node:process";
import { FastSegment } from "../../mod.ts";
import { type CitySource, SESSION } from "./city.ts";
import { compareCities } from "./difference.ts";
import { killPartWay, planKill } from "./doomed_child.ts";
import { Progress } from "./progress.ts";
import { type Demo, fact, median, number, PlainError, say, step } from "./report.ts";
import { citiesPerGroup, sealCities } from "./sealing.ts";

/**
 * Shows it, step by step.
 *
 * @param demo What goes in, and where to
 */
export async function demonstrateSegment(demo: Demo): Promise<void> {
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
  const task = [root, "0", String(total), String(source.physicalMs)];
  let acknowledged = 0;
  let groups = 0;
  const processId = await killPartWay({ script: "cities_child.ts", task }, plan, (line) => {
    signal.throwIfAborted();
    acknowledged = readLine(line);
    groups++;
    progress.show(acknowledged);
    return acknowledged;
  }).finally(() => progress.end());
  fact("killed", `process ${processId}, by SIGKILL`);
  fact("acknowledged", `${number(acknowledged)} cities in ${number(groups)} groups`);
  if (acknowledged === total) fact("note", "it had sealed all of them before the kill came");
  return acknowledged;
}

function readLine(line: string): number {
  const end = /^acknowledged (\d+)$/.exec(line)?.[1];
  if (end === undefined) throw new Error(`The child said "${line}", which acknowledges nothing`);
  return Number(end);
}

/** What comes after a crash: open, look at what is there, go on. */
async function resume(demo: Demo, acknowledged: number): Promise<void> {
  const { root, source } = demo;
  await using segment = await openAndTell(root);
  if (segment.recovery.tornBytes === 0) {
    fact("torn tail", "none: a mere kill seldom leaves a group half written");
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
