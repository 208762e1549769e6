/**
 * Which run files of a space are merged into one.
 *
 * Lazily levelled: runs fall into tiers by size, each eight times as large as the one below, and a tier
 * of eight runs becomes one run of the next. So an entry is written again once a tier, and reading meets
 * at most seven runs a tier.
 *
 * @module
 */

import type { RunRecord } from "./manifest_state.ts";

/** So many runs of one tier become one, and so much larger is the next tier. */
const RATIO = 8;

/** What the lowest tier ends at, in bytes. */
const LOWEST_BYTES = 64 * 1024;

/**
 * The runs that are to be merged next.
 *
 * @param runs All runs of one space
 * @param everything Whether all are to become one
 * @returns Two or more; none if all is well
 */
export function chooseRuns(runs: readonly RunRecord[], everything: boolean): readonly RunRecord[] {
  if (everything) return runs.length > 1 ? runs : [];
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
