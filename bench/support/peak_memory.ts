/**
 * How much memory a piece of work takes at its worst.
 *
 * On Linux the kernel keeps the peak (`VmHWM`) and forgets it when 5 is written to `clear_refs`;
 * elsewhere the resident memory is looked at whenever the work calls `look`.
 *
 * @module
 */

import { existsSync, readFileSync, writeFileSync } from "node:fs";
import process from "node:process";

const CLEAR_REFS = "/proc/self/clear_refs";
const STATUS = "/proc/self/status";
const FORGET_PEAK = "5";

/** Watches the resident memory from its making on. */
export class PeakMemory {
  /** Resident bytes at the beginning. */
  readonly beforeBytes: number;
  /** Whether the kernel keeps the peak, so that no moment is missed. */
  readonly isExact: boolean;
  #seenBytes: number;

  /** Begins to watch. */
  constructor() {
    this.isExact = forgetPeak();
    this.beforeBytes = residentBytes();
    this.#seenBytes = this.beforeBytes;
  }

  /** Looks at the memory now; only where the kernel keeps no peak does that matter. */
  look(): void {
    if (!this.isExact) this.#seenBytes = Math.max(this.#seenBytes, residentBytes());
  }

  /** The highest resident bytes since the beginning. */
  get peakBytes(): number {
    this.look();
    return this.isExact ? statusBytes("VmHWM") : this.#seenBytes;
  }
}

/** Resident bytes of this process now. */
export function residentBytes(): number {
  return process.memoryUsage().rss;
}

/** Asks the runtime to collect garbage, where it lets us. */
export function collectGarbage(): void {
  const runtime = globalThis as { gc?: () => void; Bun?: { gc(synchronous: boolean): void } };
  if (runtime.Bun !== undefined) runtime.Bun.gc(true);
  else runtime.gc?.(); // Deno has it under --v8-flags=--expose-gc.
}

function forgetPeak(): boolean {
  if (!existsSync(CLEAR_REFS)) return false;
  try {
    writeFileSync(CLEAR_REFS, FORGET_PEAK);
    return statusBytes("VmHWM") > 0;
  } catch {
    return false; // Not permitted here: sampling has to do.
  }
}

function statusBytes(field: string): number {
  const match = new RegExp(`^${field}:\\s+(\\d+) kB$`, "m").exec(readFileSync(STATUS, "utf8"));
  return match === null ? 0 : Number(match[1]) * 1024;
}
