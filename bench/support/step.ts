/**
 * Measures one piece of work: how long it took and how much memory.
 *
 * @module
 */

import { collectGarbage, PeakMemory, residentBytes } from "./peak_memory.ts";

/** What one piece of work took. */
export interface Step {
  /** Milliseconds. */
  durationMs: number;
  /** Resident bytes before it. */
  beforeBytes: number;
  /** The most resident bytes during it. */
  peakBytes: number;
  /** Resident bytes after it, garbage included. */
  afterBytes: number;
}

/**
 * Does a piece of work and measures it.
 *
 * @param work The work; may call `look` on what it is given now and then
 */
export async function measureStep(
  work: (memory: PeakMemory) => void | Promise<void>,
): Promise<Step> {
  collectGarbage();
  const memory = new PeakMemory();
  const start = performance.now();
  await work(memory);
  const durationMs = performance.now() - start;
  const { beforeBytes, peakBytes } = memory;
  return { durationMs, beforeBytes, peakBytes, afterBytes: residentBytes() };
}
