/**
 * Makes the golden segments of format version 1, and what reading them must bring. The files are kept
 * as they are for as long as the version is read; `segment_v1_test.ts` wants this to make them still.
 *
 * To write them: `deno run -A tests/golden/generate.ts` or `bun tests/golden/generate.ts`.
 *
 * @module
 */

import assert from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { HEADER_BYTES, type SegmentRecovery, type WalEntry } from "../../mod.ts";
import { checksum } from "../../lib/bytes/checksum.ts";
import { revisionOf, sequences, write, writes } from "../support/entries.ts";
import { lineOf } from "../support/naive_reader.ts";
import { SegmentFixture } from "../support/segment_fixture.ts";
import { toHex } from "../support/worked_example.ts";

/** Where the files are. */
export const GOLDEN_DIRECTORY: URL = new URL("./segment_v1/", import.meta.url);

/** What reading a golden segment must bring. */
export interface Expected {
  /** What its recovery says when it is opened to write. */
  recovery: Pick<SegmentRecovery, "state" | "groups" | "entries" | "tornBytes">;
  /** Where its last group ends. */
  committedBytes: number;
  /** The sequence of each entry; -1 for one without a revision. */
  sequences: string;
  /** BLAKE3 of its entries, a line each, in hex. */
  fingerprint: string;
}

/** A kill leaves up to a MiB of preallocated zeros; this many are enough to be recognised. */
const ZEROS_KEPT_BYTES = 512;

/** How much of its last group a torn file has: it ends in the middle of a sector and of a frame. */
const TORN_BYTES = 1000;

/** The entries of the groups, with every kind of entry and of coordinate; no two sectors are alike. */
export const GOLDEN_GROUPS: readonly (readonly WalEntry[])[] = [
  writes(1, 1),
  writes(2, 20),
  [
    {
      kind: "write",
      address: { space: Number.MAX_SAFE_INTEGER, point: [0, 127, 128, 2 ** 32 - 1, 2 ** 32, -5] },
      revision: revisionOf(22),
      data: new Uint8Array(0),
    },
    {
      kind: "tombstone",
      address: { space: 0, point: [-0, 1.5, -1e300, 5e-324] },
      revision: revisionOf(23),
    },
    { kind: "block-sealed", block: 300, space: 70_000, snapshot: 2 ** 40 },
    { kind: "checkpoint", revision: revisionOf(24) },
  ],
  [{ ...write(25), data: Uint8Array.from({ length: 1500 }, (_, i) => 167 * i + 31 * (i >> 8)) }],
];

/**
 * Makes all files anew.
 *
 * @returns The content of each by its name
 */
export async function makeGolden(): Promise<Map<string, Uint8Array>> {
  const ends = [HEADER_BYTES];
  const fixture = new SegmentFixture();
  const segment = await fixture.open();
  let beforeLast = fixture.bytes();
  for (const entries of GOLDEN_GROUPS) {
    beforeLast = fixture.bytes();
    await segment.trySealEntries(entries, Infinity);
    ends.push(segment.committedBytes);
  }
  const killed = fixture.bytes().subarray(0, ends.at(-1)! + ZEROS_KEPT_BYTES);
  await segment.close();
  const closed = fixture.bytes();
  assert.equal(closed.length, ends.at(-1));

  // 1. The last group is being written: the kill comes here, with a part of it in the file.
  // 2. Its header, which names the boundary before it, was to be written next.
  const lastStart = ends.at(-2)!;
  const torn = beforeLast.slice(0, lastStart + TORN_BYTES + ZEROS_KEPT_BYTES);
  torn.set(closed.subarray(lastStart, lastStart + TORN_BYTES), lastStart);
  assert.notEqual(
    torn[lastStart + TORN_BYTES - 1],
    0,
    "the torn part ends in a byte that is not zero",
  );

  const empty = new SegmentFixture();
  await (await empty.open()).close();

  const all = GOLDEN_GROUPS.length;
  const expected = {
    "closed.fast": expectedOf("clean", all, ends, 0),
    "killed.fast": expectedOf("clean", all, ends, 0),
    "torn.fast": expectedOf("torn-tail", all - 1, ends, TORN_BYTES),
    "empty.fast": expectedOf("clean", 0, ends, 0),
  };
  return new Map([
    ["closed.fast", closed],
    ["killed.fast", killed],
    ["torn.fast", torn],
    ["empty.fast", empty.bytes()],
    ["expected.json", new TextEncoder().encode(`${JSON.stringify(expected, null, 2)}\n`)],
  ]);
}

/** What was written, not what is read back. */
function expectedOf(
  state: "clean" | "torn-tail",
  groups: number,
  ends: readonly number[],
  tornBytes: number,
): Expected {
  const entries = GOLDEN_GROUPS.slice(0, groups).flat();
  return {
    recovery: { state, groups, entries: entries.length, tornBytes },
    committedBytes: ends[groups],
    sequences: sequences(entries).join(" "),
    fingerprint: fingerprintOf(entries),
  };
}

/**
 * A hash of all fields of some entries.
 *
 * @param entries The entries
 */
export function fingerprintOf(entries: Iterable<WalEntry>): string {
  const lines = Array.from(entries, (entry) => `${lineOf(entry)}\n`).join("");
  return toHex(checksum(new TextEncoder().encode(lines)));
}

if (import.meta.main) {
  mkdirSync(GOLDEN_DIRECTORY, { recursive: true });
  for (const [name, bytes] of await makeGolden()) {
    writeFileSync(new URL(name, GOLDEN_DIRECTORY), bytes);
  }
}
