/**
 * What opening a segment does about what it finds: a pure function from observed facts to a decision,
 * written as the table `RECOVERY_TABLE`. The first row that matches wins, and the last always does.
 *
 * Three words, never mixed. A *clean end*: zeros, or nothing, after the last valid group. A *torn
 * tail*: bytes after it that were never acknowledged, as a crash leaves them; they are kept aside and
 * reported. A *corrupt middle*: bytes that were once acknowledged and no longer verify; nothing is
 * cut, nothing is written.
 *
 * @module
 */

import { HEADER_BYTES } from "./header.ts";

/** What was seen in a segment file. */
export interface SegmentFacts {
  /** Whether the file is opened without writing, perhaps beside a writer. */
  readOnly: boolean;
  /** The length of the file. */
  fileBytes: number;
  /** Whether it begins with the magic of its kind. */
  magicMatches: boolean;
  /** H: the committed length in the header; Infinity when above 2^53-1. */
  headerBytes: number;
  /** `stop`: the end of the last valid group. */
  stopBytes: number;
  /** Whether H is 16 or the end of a valid group. */
  headerIsBoundary: boolean;
  /** How many valid groups begin at or after H. */
  groupsAfterHeader: number;
  /** A frame whose checksum verifies and that is not understood, if one follows `stop`. */
  notUnderstood?: { offset: number; code: "newer-format" | "corrupt"; reason: string };
  /** Where reading stopped. */
  failedOffset: number;
  /** Why reading stopped there. */
  failedReason: string;
  /** Bytes from `stop` to the last byte that is not zero. */
  tailBytes: number;
}

/** What to do. */
export type RecoveryDecision =
  | { act: "create" }
  | { act: "clean" }
  | { act: "keep-torn-tail" }
  | {
    act: "refuse";
    code: "corrupt" | "newer-format";
    offset: number;
    reason: string;
    expected?: unknown;
    found?: unknown;
  };

/** One state a file can be in. */
export interface RecoveryRow {
  /** The state, in words. */
  state: string;
  /** What brings a file into it. */
  fault: string;
  /** Whether the facts are those of this state, given that no earlier row matched. */
  matches(facts: SegmentFacts): boolean;
  /** What to do then. */
  decide(facts: SegmentFacts): RecoveryDecision;
}

/** More groups than this after H cannot come from a lagging header. */
const GROUPS_AFTER_HEADER_MAX = 2;

/** The states, in the order in which they are tried. */
export const RECOVERY_TABLE: readonly RecoveryRow[] = [
  {
    state: "shorter than a header",
    fault: "creation never finished: no group can have been acknowledged",
    matches: (facts) => facts.fileBytes < HEADER_BYTES,
    decide: (facts) => facts.readOnly ? { act: "clean" } : { act: "create" },
  },
  {
    state: "wrong magic",
    fault: "a foreign file, or damage to its first bytes",
    matches: (facts) => !facts.magicMatches,
    decide: () => refuse(0, "the magic is not that of this kind of segment"),
  },
  {
    state: "header out of range",
    fault: "damage to the header, or a file that lost its end",
    matches: (facts) => facts.headerBytes < HEADER_BYTES || facts.headerBytes > facts.fileBytes,
    decide: (facts) =>
      refuse(8, "the committed length lies outside the file", {
        expected: `${HEADER_BYTES} to ${facts.fileBytes}`,
        found: facts.headerBytes,
      }),
  },
  {
    state: "not understood",
    fault:
      "a newer version wrote it, or damage that came with a valid checksum; never a torn write",
    matches: (facts) => facts.notUnderstood !== undefined,
    decide: ({ notUnderstood }) => ({ act: "refuse", ...notUnderstood! }),
  },
  {
    state: "corrupt middle",
    fault: "bytes that were acknowledged have changed or were lost",
    matches: (facts) => facts.stopBytes < facts.headerBytes,
    decide: (facts) =>
      refuse(
        facts.failedOffset,
        `${facts.failedReason}, but every byte before ${facts.headerBytes} was acknowledged`,
        { expected: `valid groups up to ${facts.headerBytes}`, found: facts.stopBytes },
      ),
  },
  {
    state: "corrupt header",
    fault: "damage to the committed length that left it inside the file",
    matches: (facts) =>
      !facts.headerIsBoundary ||
      (!facts.readOnly && facts.groupsAfterHeader > GROUPS_AFTER_HEADER_MAX),
    decide: (facts) =>
      refuse(
        8,
        facts.headerIsBoundary
          ? `${facts.groupsAfterHeader} groups follow the committed length, which lags by at most ${GROUPS_AFTER_HEADER_MAX}`
          : "the committed length is not the end of a group",
        { found: facts.headerBytes },
      ),
  },
  {
    state: "torn tail",
    fault: "the power or the process went while a group was being written, or rolled back",
    matches: (facts) => facts.tailBytes > 0,
    decide: () => ({ act: "keep-torn-tail" }),
  },
  {
    state: "clean",
    fault: "none",
    matches: () => true,
    decide: () => ({ act: "clean" }),
  },
];

/**
 * Finds the row that matches.
 *
 * @param facts What was seen
 * @returns What to do
 */
export function decideRecovery(facts: SegmentFacts): RecoveryDecision {
  return RECOVERY_TABLE.find((row) => row.matches(facts))!.decide(facts); // The last always matches.
}

function refuse(
  offset: number,
  reason: string,
  facts: { expected?: unknown; found?: unknown } = {},
): RecoveryDecision {
  return { act: "refuse", code: "corrupt", offset, reason, ...facts };
}
