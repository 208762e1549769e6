/**
 * The targets of the seal bench, and what was measured beside them.
 *
 * @module
 */

import { runtimeName } from "./machine.ts";
import type { Spread } from "./spread.ts";
import { formatTable } from "./table.ts";
import { judge } from "./verdict.ts";

/** What was measured for one size of group. */
export interface SealMeasurement {
  /** Entries in a group. */
  groupEntries: number;
  /** Bytes that our group took. */
  groupBytes: number;
  /** Milliseconds of one plain write and sync of as many bytes. */
  floor: Spread;
  /** The same without blocking. */
  floorAsync: Spread;
  /** Milliseconds of our blocking call. */
  ours: Spread;
  /** Milliseconds of our asynchronous call. */
  oursAsync: Spread;
  /** Milliseconds of a transaction of SQLite, with a new database. */
  sqlite: Spread;
  /** The same after its first checkpoint. */
  sqliteLater: Spread;
  /** The name of the SQLite module. */
  sqliteName: string;
}

interface SealTargets {
  /** Ours divided by the floor, at most. */
  floorRatioMax: number;
  /** SQLite divided by ours, at least: on Deno, on Bun. */
  sqliteRatioMin: { deno: number; bun: number };
  /** The asynchronous call minus the blocking one, at most. */
  asyncExtraMsMax: number;
}

const TARGETS: Record<number, SealTargets> = {
  1: { floorRatioMax: 1.2, sqliteRatioMin: { deno: 1.5, bun: 1.5 }, asyncExtraMsMax: 0.06 },
  10: { floorRatioMax: 1.2, sqliteRatioMin: { deno: 1.5, bun: 1.5 }, asyncExtraMsMax: 0.06 },
  100: { floorRatioMax: 1.0, sqliteRatioMin: { deno: 1.5, bun: 1.5 }, asyncExtraMsMax: 0.06 },
  1000: { floorRatioMax: 1.5, sqliteRatioMin: { deno: 2.2, bun: 1.3 }, asyncExtraMsMax: Infinity },
};

const HEAD = [
  "k",
  "bytes",
  "contender",
  "median ms",
  "p10",
  "p90",
  "x floor",
  "measured",
  "target",
];

/**
 * Lays out the table.
 *
 * @param measurements One for each size of group
 * @returns Lines
 */
export function formatSealReport(measurements: readonly SealMeasurement[]): string {
  return formatTable(HEAD, measurements.flatMap(rowsOf));
}

function rowsOf(measured: SealMeasurement): string[][] {
  const { floor, floorAsync, ours, oursAsync, sqlite, sqliteLater } = measured;
  const targets = TARGETS[measured.groupEntries];
  const runtime = runtimeName().startsWith("Bun") ? "bun" : "deno";
  const row = (name: string, spread: Spread, ...judged: string[]): string[] => [
    String(measured.groupEntries),
    String(measured.groupBytes),
    name,
    ...[spread.median, spread.p10, spread.p90].map((ms) => ms.toFixed(3)),
    (spread.median / floor.median).toFixed(2),
    ...judged,
  ];
  return [
    row("floor", floor, "", ""),
    row("floor, async", floorAsync, formatExtra(floorAsync.median - floor.median, "floor"), ""),
    row("ours", ours, ...judgeFloor(ours.median / floor.median, targets)),
    row("ours, async", oursAsync, ...judgeAsync(oursAsync.median - ours.median, targets)),
    row(
      measured.sqliteName,
      sqlite,
      ...judgeSqlite(sqlite.median / ours.median, targets.sqliteRatioMin[runtime]),
    ),
    row(
      `${measured.sqliteName}, later`,
      sqliteLater,
      formatFaster(sqliteLater.median / ours.median),
      "",
    ),
  ];
}

function judgeFloor(ratio: number, targets: SealTargets): string[] {
  const max = targets.floorRatioMax;
  return [`${ratio.toFixed(2)} x the floor`, judge(`at most ${max.toFixed(1)}`, ratio <= max)];
}

function judgeAsync(extraMs: number, targets: SealTargets): string[] {
  const max = targets.asyncExtraMsMax;
  const measured = formatExtra(extraMs, "ours");
  if (max === Infinity) return [measured, ""];
  return [measured, judge(`at most ${Math.round(max * 1000)}`, extraMs <= max)];
}

function formatExtra(extraMs: number, than: string): string {
  return `${Math.round(extraMs * 1000)} us more than ${than}`;
}

function judgeSqlite(ratio: number, min: number): string[] {
  return [formatFaster(ratio), judge(`at least ${min.toFixed(1)}`, ratio >= min)];
}

function formatFaster(ratio: number): string {
  return `ours ${ratio.toFixed(2)} x faster`;
}
