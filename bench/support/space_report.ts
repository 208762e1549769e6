/**
 * The targets of the space bench, and what was measured beside them.
 *
 * @module
 */

import type { BoxReaders, NearestReaders } from "./point_readers.ts";
import type { BoxSize } from "./random_boxes.ts";
import { runtimeName } from "./machine.ts";
import { spreadOf } from "./spread.ts";
import { formatTable } from "./table.ts";
import type { Reader, Reading } from "./turns.ts";
import { judge } from "./verdict.ts";

/** What is wanted of boxes of one size. */
export interface BoxTargets {
  /** Time of the R*Tree divided by that of our `query`, at least: on Deno, on Bun. */
  rtreeRatioMin: { deno: number; bun: number };
  /** Our `count` divided by flatbush's search, at most. */
  countRatioMax: number;
  /** Our `columns` divided by the same, at most; undefined: nothing is wanted. */
  columnsRatioMax?: number;
}

/** What was measured of boxes of one size. */
export interface BoxMeasurement {
  /** Their size. */
  size: BoxSize;
  /** What is wanted. */
  targets: BoxTargets;
  /** Who was measured. */
  readers: BoxReaders;
  /** What came of it. */
  readings: ReadonlyMap<Reader, Reading>;
}

/** What was measured of what is nearest. */
export interface NearestMeasurement {
  /** Points that were asked about. */
  targets: number;
  /** Our time divided by flatbush's, at most. */
  ratioMax: number;
  /** Who was measured. */
  readers: NearestReaders;
  /** What came of it. */
  readings: ReadonlyMap<Reader, Reading>;
}

const NUMBERS = [
  "records",
  "contender",
  "median ms",
  "p10",
  "p90",
  "us each",
  "measured",
  "wanted",
];

/**
 * Lays out the table of boxes.
 *
 * @param measurements One for each size
 * @returns Lines
 */
export function formatBoxReport(measurements: readonly BoxMeasurement[]): string {
  return formatTable(["boxes", "area", ...NUMBERS], measurements.flatMap(boxRows));
}

function boxRows({ size, targets, readers, readings }: BoxMeasurement): string[][] {
  const { query, columns, revisions, count, rtree, rtreeCached, flatbush } = readers;
  const ratio = (a: Reader, b: Reader): number => medianOf(readings, a) / medianOf(readings, b);
  const rtreeMin = targets.rtreeRatioMin[runtimeName().startsWith("Bun") ? "bun" : "deno"];
  const row = (reader: Reader, ...judged: string[]): string[] => [
    String(size.boxes),
    `${+(size.share * 100).toPrecision(3)} %`,
    ...cellsOf(readings.get(reader)!, reader.name, size.boxes),
    ...judged,
  ];
  return [
    row(query, ...faster(ratio(rtree, query), rtreeMin)),
    row(rtree, "", ""),
    row(rtreeCached, `query ${ratio(rtreeCached, query).toFixed(2)} x as fast`, ""),
    row(count, ...slower(ratio(count, flatbush), targets.countRatioMax)),
    row(columns, ...slower(ratio(columns, flatbush), targets.columnsRatioMax)),
    row(revisions, ...slower(ratio(revisions, flatbush), undefined)),
    row(flatbush, "", ""),
  ];
}

/**
 * Lays out the table of what is nearest.
 *
 * @param measured What was measured
 * @returns Lines
 */
export function formatNearestReport(measured: NearestMeasurement): string {
  const { targets, ratioMax, readers: { nearest, flatbush }, readings } = measured;
  const row = (reader: Reader, ...judged: string[]): string[] => [
    String(targets),
    ...cellsOf(readings.get(reader)!, reader.name, targets),
    ...judged,
  ];
  const ratio = medianOf(readings, nearest) / medianOf(readings, flatbush);
  return formatTable(["points", ...NUMBERS], [
    row(nearest, ...slower(ratio, ratioMax)),
    row(flatbush, "", ""),
  ]);
}

function cellsOf({ hits, durations }: Reading, name: string, questions: number): string[] {
  const { median, p10, p90 } = spreadOf(durations);
  const times = [median, p10, p90].map((ms) => ms.toFixed(2));
  return [String(hits), name, ...times, (median / questions * 1000).toFixed(1)];
}

function medianOf(readings: ReadonlyMap<Reader, Reading>, reader: Reader): number {
  return spreadOf(readings.get(reader)!.durations).median;
}

function faster(ratio: number, min: number): string[] {
  return [`${ratio.toFixed(2)} x as fast as R*Tree`, judge(`at least ${min} x`, ratio >= min)];
}

function slower(ratio: number, max?: number): string[] {
  const target = max === undefined ? "" : judge(`at most ${max} x`, ratio <= max);
  return [`${ratio.toFixed(2)} x flatbush`, target];
}
