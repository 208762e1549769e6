/**
 * The targets of the sessions bench for commits, and what was measured beside them.
 *
 * @module
 */

import type { CommitContenders, ParallelContenders } from "./commit_cases.ts";
import type { Contender } from "./contender.ts";
import { runtimeName } from "./machine.ts";
import { type Spread, spreadOf } from "./spread.ts";
import { formatTable } from "./table.ts";
import { judge } from "./verdict.ts";

/** Milliseconds of every counted turn of each contender. */
export type Durations = ReadonlyMap<Contender, readonly number[]>;

/** What was measured for one size of commit. */
export interface CommitMeasurement {
  /** Entries of a commit. */
  entries: number;
  /** Bytes that a commit of ours takes. */
  groupBytes: number;
  /** Who was measured. */
  contenders: CommitContenders;
  /** How long they took. */
  durations: Durations;
}

/** What was measured for one number of sessions. */
export interface ParallelMeasurement {
  /** Sessions that commit at once. */
  sessions: number;
  /** Who was measured. */
  contenders: ParallelContenders;
  /** How long they took. */
  durations: Durations;
}

const FLOOR_RATIO_MAX = 1.3;
const ASYNC_EXTRA_MS_MAX = 0.06;
const SQLITE_RATIO_MIN = { deno: 4, bun: 2.2 };

/**
 * Lays out the table of commits by one session.
 *
 * @param measurements One for each size of commit
 * @returns Lines
 */
export function formatCommitReport(measurements: readonly CommitMeasurement[]): string {
  const head = ["k", "bytes", "contender", "median ms", "p10", "p90", "x floor", "measured"];
  return formatTable([...head, "wanted"], measurements.flatMap(commitRows));
}

function commitRows(measured: CommitMeasurement): string[][] {
  const { contenders, durations } = measured;
  const spread = (contender: Contender): Spread => spreadOf(durations.get(contender)!);
  const floorMs = spread(contenders.floor).median;
  const { floor, floorAsync, ours, oursInserts, oursAsync, oursAsyncInserts } = contenders;
  const row = (contender: Contender, ...judged: string[]): string[] => {
    const { median, p10, p90 } = spread(contender);
    return [
      String(measured.entries),
      String(measured.groupBytes),
      contender.name,
      ...[median, p10, p90].map((ms) => ms.toFixed(3)),
      (median / floorMs).toFixed(2),
      ...judged,
    ];
  };
  const extra = (contender: Contender, than: Contender, name: string): string => {
    const us = Math.round((spread(contender).median - spread(than).median) * 1000);
    return us < 0 ? `${-us} us less than ${name}` : `${us} us more than ${name}`;
  };
  const faster = (sqlite: Contender): string =>
    `commitSync ${(spread(sqlite).median / spread(ours).median).toFixed(2)} x faster`;
  return [
    row(floor, "", ""),
    row(floorAsync, extra(floorAsync, floor, "floor"), ""),
    row(ours, ...judgeBlocking(spread(ours).median / floorMs)),
    row(oursInserts, extra(oursInserts, ours, "commitSync"), ""),
    row(
      oursAsync,
      extra(oursAsync, floorAsync, "floor, async"),
      judgeAsync(spread(oursAsync).median, floorMs),
    ),
    row(oursAsyncInserts, extra(oursAsyncInserts, oursAsync, "commit"), ""),
    row(contenders.sqlite, faster(contenders.sqlite), ""),
    row(contenders.sqliteLater, faster(contenders.sqliteLater), ""),
  ];
}

function judgeBlocking(ratio: number): string[] {
  const target = `at most ${FLOOR_RATIO_MAX.toFixed(1)}`;
  return [`${ratio.toFixed(2)} x the floor`, judge(target, ratio <= FLOOR_RATIO_MAX)];
}

function judgeAsync(ms: number, floorMs: number): string {
  const maxMs = FLOOR_RATIO_MAX * floorMs + ASYNC_EXTRA_MS_MAX;
  const terms = `${FLOOR_RATIO_MAX} x floor + ${ASYNC_EXTRA_MS_MAX * 1000} us`;
  return judge(`at most ${maxMs.toFixed(3)} ms (${terms})`, ms <= maxMs);
}

/**
 * Lays out the table of sessions that commit at once.
 *
 * @param measurements One for each number of sessions
 * @returns Lines
 */
export function formatParallelReport(measurements: readonly ParallelMeasurement[]): string {
  const head = ["sessions", "contender", "median ms", "p10", "p90", "commits/s", "in all"];
  return formatTable([...head, "measured", "wanted"], measurements.flatMap(parallelRows));
}

function parallelRows(measured: ParallelMeasurement): string[][] {
  const { sessions, contenders, durations } = measured;
  const { floor, ours, sqlite, sqliteLater } = contenders;
  const spread = (contender: Contender): Spread => spreadOf(durations.get(contender)!);
  const oursMs = spread(ours).median;
  const row = (contender: Contender, ...judged: string[]): string[] => {
    const { median, p10, p90 } = spread(contender);
    const turns = durations.get(contender)!;
    const meanMs = turns.reduce((sum, ms) => sum + ms, 0) / turns.length;
    return [
      String(sessions),
      contender.name,
      ...[median, p10, p90].map((ms) => ms.toFixed(3)),
      ...[median, meanMs].map((ms) => Math.round(sessions / ms * 1000).toString()),
      ...judged,
    ];
  };
  const against = (contender: Contender): string[] => {
    const ratio = spread(contender).median / oursMs;
    const min = SQLITE_RATIO_MIN[runtimeName().startsWith("Bun") ? "bun" : "deno"];
    const target = contender === sqlite ? judge(`at least ${min}`, ratio >= min) : "";
    return [`ours ${ratio.toFixed(2)} x faster`, target];
  };
  return [
    row(floor, "", ""),
    row(ours, `${(oursMs / spread(floor).median).toFixed(2)} x the floor`, ""),
    row(sqlite, ...against(sqlite)),
    row(sqliteLater, ...against(sqliteLater)),
  ];
}
