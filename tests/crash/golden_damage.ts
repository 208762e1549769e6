/**
 * Damaged copies of the golden segments: every bit, length, committed length, sector and frame length,
 * and groups that belong elsewhere.
 *
 * @module
 */

import { readFileSync } from "node:fs";
import { FastSegment, HEADER_BYTES, MemoryStorage, Revision, type WalEntry } from "../../mod.ts";
import { decodeCommittedLength } from "../../lib/segment/header.ts";
import { GOLDEN_DIRECTORY, GOLDEN_GROUPS } from "../golden/generate.ts";
import { lineOf, naiveRead } from "../support/naive_reader.ts";
import { ROOT, SESSION } from "../support/segment_fixture.ts";

const SECTOR_BYTES = 512;

/** What was done to a file, and the file. */
export type Damaged = [damage: string, bytes: Uint8Array];

/** A segment before it is damaged. */
export interface Golden {
  bytes: Uint8Array;
  /** H. */
  header: number;
  /** 16, and where each group ends. */
  boundaries: number[];
  /** The entries of each group. */
  groups: string[][];
}

/** A golden segment by its file name. */
export function golden(name: string): Golden {
  const bytes = new Uint8Array(readFileSync(new URL(name, GOLDEN_DIRECTORY)));
  const { groups } = naiveRead(bytes, SESSION);
  return {
    bytes,
    header: decodeCommittedLength(bytes),
    boundaries: [HEADER_BYTES, ...groups.map((group) => group.end)],
    groups: groups.map((group) => group.entries.map(lineOf)),
  };
}

/** The first byte that differs; Infinity if none does. */
export function firstDifference(a: Uint8Array, b: Uint8Array): number {
  let at = 0;
  while (at < a.length && a[at] === b[at]) at++;
  return at === a.length && at === b.length ? Infinity : at;
}

/** A copy with bytes put at an offset; it becomes longer if they do not fit. */
function overwritten(bytes: Uint8Array, at: number, by: Uint8Array): Uint8Array {
  const copy = new Uint8Array(Math.max(bytes.length, at + by.length));
  copy.set(bytes);
  copy.set(by, at);
  return copy;
}

/** Eight bytes, the least significant first. */
export function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

/** Each byte with one bit flipped; below an offset with each of its bits. */
export function* flips({ bytes }: Golden, allBitsBelow: number): Generator<Damaged> {
  for (let at = 0; at < bytes.length; at++) {
    for (let bit = 0; bit < 8; bit++) {
      if (at >= allBitsBelow && bit !== at % 8) continue;
      const flipped = new Uint8Array([bytes[at] ^ (1 << bit)]);
      yield [`bit ${bit} of byte ${at} flipped`, overwritten(bytes, at, flipped)];
    }
  }
}

/** The file at every length it once had. */
export function* lengths({ bytes }: Golden): Generator<Damaged> {
  for (let length = 0; length < bytes.length; length++) {
    yield [`the file cut to ${length}`, bytes.slice(0, length)];
  }
}

/** Every committed length up to and beyond the end of the file, and around powers of two. */
export function* headers({ bytes }: Golden, beyond: number): Generator<Damaged> {
  const values = Array.from({ length: bytes.length + beyond }, (_, value) => BigInt(value));
  for (let bit = 16n; bit < 64n; bit++) values.push(1n << bit, (1n << bit) - 1n);
  for (const value of values) yield [`H set to ${value}`, overwritten(bytes, 8, u64(value))];
}

/** Every run of sectors zeroed. */
export function* zeroedSectors({ bytes }: Golden): Generator<Damaged> {
  for (let from = 0; from < bytes.length; from += SECTOR_BYTES) {
    for (let to = from + SECTOR_BYTES; to < bytes.length + SECTOR_BYTES; to += SECTOR_BYTES) {
      yield [`bytes ${from} to ${to} zeroed`, bytes.slice().fill(0, from, to)];
    }
  }
}

/** Every pair of sectors swapped. */
export function* swappedSectors({ bytes }: Golden): Generator<Damaged> {
  for (let a = 0; a + SECTOR_BYTES <= bytes.length; a += SECTOR_BYTES) {
    for (let b = a + SECTOR_BYTES; b + SECTOR_BYTES <= bytes.length; b += SECTOR_BYTES) {
      const copy = bytes.slice();
      copy.copyWithin(a, b, b + SECTOR_BYTES);
      copy.set(bytes.subarray(a, a + SECTOR_BYTES), b);
      yield [`the sectors at ${a} and ${b} swapped`, copy];
    }
  }
}

/** Where frames begin, and where the next would. */
export function frameStarts({ bytes, boundaries }: Golden): number[] {
  const starts = [HEADER_BYTES];
  const view = new DataView(bytes.buffer);
  while (starts.at(-1)! < boundaries.at(-1)!) {
    starts.push(starts.at(-1)! + 40 + Number(view.getBigUint64(starts.at(-1)!, true)));
  }
  return starts;
}

/** Lengths beyond all reason, and just beyond and at the end of the file, wherever a frame may begin. */
export function* giantLengths(from: Golden): Generator<Damaged> {
  const giants = [24n, 26n, 31n, 32n, 52n, 53n, 62n, 63n].map((bits) => 1n << bits);
  for (const at of frameStarts(from)) {
    const left = BigInt(from.bytes.length - at); // 40 less is a frame up to the last byte.
    for (const length of [...giants, (1n << 64n) - 1n, left, left - 39n, left - 40n]) {
      if (length < 0n) continue;
      const bytes = overwritten(from.bytes, at, u64(length));
      if (firstDifference(from.bytes, bytes) === Infinity) continue;
      yield [`a length of ${length} at ${at}`, bytes];
    }
  }
}

/**
 * Groups of another file whose seals differ from the golden ones in the chain only.
 *
 * @param session Whose they are
 * @param laterMs How much later their entries are
 */
export async function donor(session: number, laterMs: number): Promise<Uint8Array[]> {
  const storage = new MemoryStorage();
  const segment = await FastSegment.open(ROOT, session, { storage });
  const groups: [start: number, end: number][] = [];
  for (const entries of GOLDEN_GROUPS) {
    const start = segment.committedBytes;
    const others = entries.map((entry): WalEntry => {
      if (entry.kind === "block-sealed") return entry;
      const { physicalMs, logical, sequence } = entry.revision;
      const revision = new Revision(physicalMs + laterMs, logical, session, sequence);
      return { ...entry, revision };
    });
    await segment.trySealEntries(others, Infinity);
    groups.push([start, segment.committedBytes]);
  }
  await segment.close();
  const file = storage.open(segment.path);
  return groups.map(([start, end]) => {
    const bytes = new Uint8Array(end - start);
    file.readAt(bytes, start);
    return bytes;
  });
}

/** Each of some groups at each boundary: in the place of what is there, and pushing it back. */
export function* pasted(from: Golden, groups: Uint8Array[]): Generator<Damaged> {
  for (const [i, group] of groups.entries()) {
    for (const [j, at] of from.boundaries.entries()) {
      yield [`group ${i} of another put over ${j}`, overwritten(from.bytes, at, group)];
      const rest = overwritten(from.bytes, at + group.length, from.bytes.subarray(at));
      yield [`group ${i} of another put before ${j}`, overwritten(rest, at, group)];
    }
  }
}
