/**
 * Which run files of a space are merged into one.
 *
 * Lazily levelled: runs fall into tiers by size, each eight times as large as the one below, and a tier
 * of eight runs becomes one run of the next. The largest run, the bottom, takes all others as soon as
 * they are four and together as large: what half of a box or more is read from is one run, for where
 * runs overlap reading costs most, and an entry is written again two to four times, slowly more as the
 * space becomes larger.
 *
 * @module
 */

import type { RunRecord } from "./manifest_state.ts";

/** So many runs of one tier become one, and so much larger is the next tier. */
const RATIO = 8;

/** What the lowest tier ends at, in bytes. */
const LOWEST_BYTES = 64 * 1024;

/** The bottom takes the others when they are as large, and large enough to be worth a file. */
const BOTTOM_BYTES = 1024 * 1024;

/** And it waits until they are so many: the first runs of a large import are not merged one by one. */
const ABOVE_BOTTOM = 4;

/**
 * The runs that are to be merged next.
 *
 * @param runs All runs of one space
 * @param everything Whether all are to become one
 * @returns Two or more; none if all is well
 */
export function chooseRuns(runs: readonly RunRecord[], everything: boolean): readonly RunRecord[] {
  if (runs.length < 2) return [];
  const bottom = Math.max(...runs.map(({ bytes }) => bytes));
  const above = runs.reduce((sum, { bytes }) => sum + bytes, -bottom);
  const isMuch = above >= Math.max(bottom, BOTTOM_BYTES) && runs.length > ABOVE_BOTTOM;
  if (everything || isMuch) return runs;
  const tiers = new Map<number, RunRecord[]>();
  for (const run of runs) {
    const tier = tierOf(run.bytes);
    tiers.set(tier, [...tiers.get(tier) ?? [], run]);
  }
  const lowest = [...tiers].sort(([a], [b]) => a - b);
  return lowest.find(([, each]) => each.length >= RATIO)?.[1] ?? [];
}

function tierOf(bytes: number): number {
  return Math.max(0, Math.ceil(Math.log(bytes / LOWEST_BYTES) / Math.log(RATIO)));
}
