/**
 * The targets of the recovery bench, and what was measured beside them.
 *
 * @module
 */

import { spreadOf } from "./spread.ts";
import type { Step } from "./step.ts";
import { formatTable } from "./table.ts";
import { judge } from "./verdict.ts";

/** Every round of one step. */
export interface StepRounds {
  /** What the table calls it. */
  name: string;
  /** One each round. */
  rounds: Step[];
  /** Entries a second, at least. */
  rateMin?: number;
  /** Bytes that the peak may lie above the memory before. */
  growthBytesMax?: number;
}

const MIB = 2 ** 20;
const HEAD = [
  "step",
  "first ms",
  "median ms",
  "p10",
  "p90",
  "entries/s",
  "x floor",
  "target",
  "MiB before",
  "peak",
  "after",
  "growth",
  "target growth",
];

/**
 * Lays out the table; the first step is the floor.
 *
 * @param steps What was measured
 * @param entries Entries in the file
 * @returns Lines
 */
export function formatRecoverReport(steps: readonly StepRounds[], entries: number): string {
  const floorMs = durationOf(steps[0]).median;
  return formatTable(HEAD, steps.map((step) => rowOf(step, entries, floorMs)));
}

function rowOf(step: StepRounds, entries: number, floorMs: number): string[] {
  const duration = durationOf(step);
  const rate = entries / duration.median * 1000;
  const worst = step.rounds.reduce((a, b) => growthBytes(b) > growthBytes(a) ? b : a);
  return [
    step.name,
    ...[step.rounds[0].durationMs, duration.median, duration.p10, duration.p90].map((ms) =>
      ms.toFixed(1)
    ),
    Math.round(rate).toString(),
    (duration.median / floorMs).toFixed(2),
    step.rateMin === undefined ? "" : judge(`at least ${step.rateMin}`, rate >= step.rateMin),
    ...[worst.beforeBytes, worst.peakBytes, worst.afterBytes, growthBytes(worst)].map(mib),
    step.growthBytesMax === undefined
      ? ""
      : judge(`under ${mib(step.growthBytesMax)}`, growthBytes(worst) < step.growthBytesMax),
  ];
}

function durationOf(step: StepRounds): ReturnType<typeof spreadOf> {
  return spreadOf(step.rounds.map((round) => round.durationMs));
}

function growthBytes(step: Step): number {
  return Math.max(0, step.peakBytes - step.beforeBytes);
}

function mib(bytes: number): string {
  return (bytes / MIB).toFixed(1);
}
