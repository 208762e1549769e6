/**
 * The targets of the load bench, and what was measured beside them.
 *
 * @module
 */

import { GAP_HEAD, gapCells } from "./gap_cells.ts";
import type { Load } from "./point_loads.ts";
import { RAW_BYTES } from "./random_points.ts";
import { spreadOf } from "./spread.ts";
import { formatTable } from "./table.ts";
import { judge } from "./verdict.ts";

/** What was measured of one way to load. */
export interface LoadMeasurement {
  /** What the table calls it. */
  name: string;
  /** Entries of each commit. */
  groupEntries: number;
  /** Time of the R*Tree divided by this one's, at least; undefined: nothing is wanted. */
  rtreeRatioMin?: number;
  /** One each round. */
  loads: Load[];
}

const DISK_RATIO_MAX = 2.2;
const COMMIT_EXTRA_MS_MAX = 20;

/**
 * Lays out the table of what loading takes.
 *
 * @param measurements The ways to load; the first is the R*Tree's that ours are compared with
 * @param points How many each loaded
 * @returns Lines
 */
export function formatLoadReport(
  measurements: readonly LoadMeasurement[],
  points: number,
): string {
  const head = ["contender", "k", "median s", "us an entry", "of it after", "CPU us", "measured"];
  const peer = medianOf(measurements[0], ({ elapsedMs }) => elapsedMs);
  const rows = measurements.map((measured): string[] => {
    const { name, groupEntries } = measured;
    const elapsedMs = medianOf(measured, (load) => load.elapsedMs);
    const us = (of: (load: Load) => number): string =>
      (medianOf(measured, of) / points * 1000).toFixed(2);
    const disk = medianOf(measured, ({ diskBytes }) => diskBytes) / (points * RAW_BYTES);
    return [
      name,
      String(groupEntries),
      (elapsedMs / 1000).toFixed(2),
      us((load) => load.elapsedMs),
      us((load) => load.afterMs),
      us((load) => load.cpuMs),
      ...judgeSpeed(peer / elapsedMs, measured),
      ...judgeDisk(disk, measured),
    ];
  });
  return formatTable([...head, "wanted", "disk", "wanted"], rows);
}

/**
 * Lays out the table of what loading makes others wait for.
 *
 * @param measurements The ways to load
 * @param floors Milliseconds of plain writes and syncs of as many bytes, by entries of a commit
 * @returns Lines
 */
export function formatWaitReport(
  measurements: readonly LoadMeasurement[],
  floors: ReadonlyMap<number, readonly number[]>,
): string {
  const head = ["contender", "k", "commit p50 ms", "p99", "longest", "wanted", ...GAP_HEAD];
  const rows: string[][] = [];
  for (const [groupEntries, commitsMs] of floors) {
    rows.push(["floor, async", String(groupEntries), ...latencyCells(commitsMs), ...blanks(6)]);
  }
  for (const measured of measurements) {
    const { name, groupEntries, loads } = measured;
    const commitsMs = loads.flatMap((load) => load.commitsMs);
    rows.push([
      name,
      String(groupEntries),
      ...latencyCells(commitsMs),
      ...judgeWaits(Math.max(...commitsMs), floors.get(groupEntries)!, measured),
    ]);
  }
  return formatTable(head, rows);
}

function judgeSpeed(ratio: number, { rtreeRatioMin: min }: LoadMeasurement): string[] {
  if (min === undefined) return blanks(2);
  return [`${ratio.toFixed(2)} x as fast as R*Tree`, judge(`at least ${min} x`, ratio >= min)];
}

function judgeDisk(ratio: number, { rtreeRatioMin: min }: LoadMeasurement): string[] {
  const target = judge(`at most ${DISK_RATIO_MAX} x`, ratio <= DISK_RATIO_MAX);
  return [`${ratio.toFixed(2)} x raw`, min === undefined ? "" : target];
}

/** The calls of a peer block, so nothing is wanted of the event loop beside them. */
function judgeWaits(
  longestMs: number,
  floorMs: readonly number[],
  { loads }: LoadMeasurement,
): string[] {
  const gaps = loads.flatMap((load) => load.gaps === undefined ? [] : [load.gaps]);
  if (gaps.length === 0) return blanks(6);
  const maxMs = Math.max(...floorMs) + COMMIT_EXTRA_MS_MAX;
  return [
    judge(`at most floor + ${COMMIT_EXTRA_MS_MAX}, ${maxMs.toFixed(1)}`, longestMs <= maxMs),
    ...gapCells(gaps),
  ];
}

function latencyCells(ms: readonly number[]): string[] {
  const sorted = Float64Array.from(ms).sort();
  const p99 = sorted[Math.ceil(0.99 * sorted.length) - 1];
  return [spreadOf(ms).median, p99, sorted[sorted.length - 1]].map((each) => each.toFixed(2));
}

function medianOf({ loads }: LoadMeasurement, of: (load: Load) => number): number {
  return spreadOf(loads.map(of)).median;
}

function blanks(count: number): string[] {
  return new Array(count).fill("");
}
