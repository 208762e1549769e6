/**
 * The targets of the large bench, and what was measured beside them.
 *
 * @module
 */

import { GAP_HEAD, gapCells } from "./gap_cells.ts";
import type { FillStep } from "./large_points.ts";
import type { BoxSize } from "./random_boxes.ts";
import { spreadOf } from "./spread.ts";
import { formatTable } from "./table.ts";
import type { Reading } from "./turns.ts";
import { judge } from "./verdict.ts";

/** One opening. */
export interface Opening {
  /** Milliseconds until it was open. */
  openMs: number;
  /** Milliseconds of the first read after that. */
  firstReadMs: number;
  /** Entries that were in the logs. */
  logEntries: number;
}

/** What was measured of boxes that hold about as many records, in a small and a large database. */
export interface ScaleMeasurement {
  /** What was called. */
  call: string;
  /** The boxes of the small one. */
  size: BoxSize;
  /** Of the small one. */
  small: Reading;
  /** Of the large one. */
  large: Reading;
}

const MIB = 2 ** 20;
const GROWTH_RATIO_MAX = 1.5;
const PEAK_MIB_MAX = 600;
const OPEN_MS_MAX = 300;
const OPEN_US_PER_ENTRY = 1;
const SCALE_RATIO_MAX = 1.5;

/**
 * Lays out the table of what loading takes as the database grows. Merges go by tiers, so a step may pay for
 * others: what is judged is the mean of all steps so far.
 *
 * @param steps In order
 * @returns Lines
 */
export function formatGrowthReport(steps: readonly FillStep[]): string {
  const head = ["points", "us an entry", "flush of it", "CPU us", "run files", "mean so far"];
  let totalMs = 0;
  let firstUs = 0;
  const rows = steps.map((step, i): string[] => {
    const { points, loadMs, flushMs, cpuMs } = step;
    const us = (ms: number): string =>
      (ms / (points - (i === 0 ? 0 : steps[i - 1].points)) * 1000).toFixed(2);
    totalMs += loadMs + flushMs;
    const meanUs = totalMs / points * 1000;
    if (i === 0) firstUs = meanUs;
    const ratio = meanUs / firstUs;
    const peakMib = step.peakBytes / MIB;
    return [
      String(points),
      ...[loadMs + flushMs, flushMs, cpuMs].map(us),
      String(step.runs),
      meanUs.toFixed(2),
      ratio.toFixed(2),
      i === 0 ? "" : judge(`at most ${GROWTH_RATIO_MAX}`, ratio <= GROWTH_RATIO_MAX),
      peakMib.toFixed(0),
      judge(`under ${PEAK_MIB_MAX}`, peakMib < PEAK_MIB_MAX),
    ];
  });
  return formatTable([...head, "x first", "wanted", "peak MiB", "wanted"], rows);
}

/**
 * Lays out the table of how long loading holds the event loop.
 *
 * @param steps In order
 * @returns Lines
 */
export function formatGapReport(steps: readonly FillStep[]): string {
  const rows = steps.map(({ points, gaps }) => [String(points), ...gapCells([gaps])]);
  return formatTable(["points", ...GAP_HEAD], rows);
}

/**
 * Lays out the table of openings.
 *
 * @param afterKill Of the database as the killed process left it
 * @param afterClose Of the same after closing
 * @returns Lines
 */
export function formatOpeningReport(
  afterKill: readonly Opening[],
  afterClose: readonly Opening[],
): string {
  const row = (name: string, openings: readonly Opening[]): string[] => {
    const open = spreadOf(openings.map(({ openMs }) => openMs));
    const { logEntries } = openings[0];
    const maxMs = OPEN_MS_MAX + logEntries * OPEN_US_PER_ENTRY / 1000;
    return [
      name,
      String(logEntries),
      ...[open.median, open.p10, open.p90].map((ms) => ms.toFixed(1)),
      judge(`under ${maxMs.toFixed(0)}`, open.median < maxMs),
      spreadOf(openings.map(({ firstReadMs }) => firstReadMs)).median.toFixed(2),
    ];
  };
  const head = ["open after", "in the log", "median ms", "p10", "p90", "wanted", "first box ms"];
  return formatTable(head, [row("a kill", afterKill), row("close()", afterClose)]);
}

/**
 * Lays out the table of boxes.
 *
 * @param measurements One for each call and size
 * @returns Lines
 */
export function formatScaleReport(measurements: readonly ScaleMeasurement[]): string {
  const head = ["call", "boxes", "records", "small ms", "records", "large ms", "large / small"];
  const rows = measurements.map(({ call, size, small, large }): string[] => {
    const [smallMs, largeMs] = [small, large].map(({ durations }) => spreadOf(durations).median);
    const ratio = largeMs / smallMs;
    return [
      call,
      String(size.boxes),
      String(small.hits),
      smallMs.toFixed(2),
      String(large.hits),
      largeMs.toFixed(2),
      ratio.toFixed(2),
      judge(`at most ${SCALE_RATIO_MAX}`, ratio <= SCALE_RATIO_MAX),
    ];
  });
  return formatTable([...head, "wanted"], rows);
}
