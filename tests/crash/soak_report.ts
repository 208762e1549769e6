/**
 * What the child of the soak reports, one line of JSON each: before a call what it is about to try,
 * after it what became of it. Each line is one write to a pipe, so a killed child has said all of a line
 * or nothing of it.
 *
 * @module
 */

import { writeSync } from "node:fs";
import type { SegmentRecovery } from "../../mod.ts";
import type { Run } from "./soak_entry.ts";

/** A call on the segment. */
export type Call =
  /** `trySealEntries`. */
  | { does: "seal"; run: Run }
  /** `trySealEntriesSync`. */
  | { does: "seal-sync"; run: Run }
  /** `appendFrame`, for each entry of the run. */
  | { does: "append"; run: Run }
  /** `syncGroup`. */
  | { does: "sync-group" }
  /** `truncateTo` the end of so many groups; `reset` when there are none. */
  | { does: "truncate"; groups: number }
  /** Closing; an opening follows. */
  | { does: "close" };

/** What became of a call: a call that answers nothing is "done". */
export type Outcome = "sealed" | "timed-out" | "busy" | "done";

/** A line of the child. */
export type Line =
  /** It is about to open the segment. */
  | { at: "opening" }
  /** The segment is open. */
  | { at: "open"; recovery: SegmentRecovery }
  /** It is about to call. */
  | { at: "call"; call: Call }
  /** The call has resolved. */
  | { at: "resolved"; outcome: Outcome };

const STDOUT = 1;

/**
 * Reports, past every buffer of the runtime.
 *
 * @param line What
 */
export function report(line: Line): void {
  writeSync(STDOUT, `${JSON.stringify(line)}\n`);
}

/**
 * Reads a line back.
 *
 * @param text As the child wrote it
 */
export function parseLine(text: string): Line {
  return JSON.parse(text) as Line;
}
