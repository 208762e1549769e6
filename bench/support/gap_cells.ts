/**
 * What a table says of the gaps in the event loop.
 *
 * @module
 */

import type { EventLoopGaps } from "./event_loop.ts";
import { judge } from "./verdict.ts";

const CPU_MS_MAX = 20;

/** The heads of `gapCells`. */
export const GAP_HEAD = ["longest gap ms", "while", "most CPU of a gap ms", "while", "wanted"];

/**
 * Tells of the longest gap, and judges the one that burned the most CPU: the other may be the machine's.
 *
 * @param gaps The worst of every time we watched; at least one
 */
export function gapCells(gaps: readonly EventLoopGaps[]): string[] {
  const longest = gaps.map((each) => each.longest).reduce((a, b) => b.ms > a.ms ? b : a);
  const busiest = gaps.map((each) => each.busiest).reduce((a, b) => b.cpuMs > a.cpuMs ? b : a);
  return [
    longest.ms.toFixed(1),
    longest.phase,
    busiest.cpuMs.toFixed(1),
    busiest.phase,
    judge(`at most ${CPU_MS_MAX}`, busiest.cpuMs <= CPU_MS_MAX),
  ];
}
