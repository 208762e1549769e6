/**
 * Judges what the files of one session hold: which intents are committed, which are abandoned, and what
 * no verdict settles. A pure function: it neither reads nor writes, and the order of files, groups and
 * verdicts does not matter to it.
 *
 * Two files, one rule: a verdict settles its range of revisions in both. Identical verdicts count once;
 * of a commit and an abandonment of one range the commit wins (an abandonment is written only by one who
 * knows that no commit was). Anything else that overlaps, a committed range that has not as many distinct
 * revisions as its verdict counted, and one revision with two contents, is corruption.
 *
 * @module
 */

import { equalBytes } from "../bytes/checksum.ts";
import { Revision } from "../clock/revision.ts";
import type { Verdict } from "../segment/verdict.ts";
import type { DataEntry } from "../segment/entry_list.ts";
import type { Medium } from "./intent.ts";

/** What the valid groups of one file hold. */
export interface FileContent {
  /** Which file. */
  medium: Medium;
  /** The entries, in the order written. */
  entries: DataEntry[];
  /** The verdicts, in the order written. */
  verdicts: Verdict[];
}

/** An intent that a verdict commits. */
export interface CommittedIntent {
  /** Its verdict. */
  verdict: Verdict;
  /** Its entries, oldest first. */
  entries: DataEntry[];
}

/** Entries that no verdict settles, with no settled range between them. */
export interface UnsettledEntries {
  /** The entries, oldest first. */
  entries: DataEntry[];
  /** The file that holds all of them; the log if neither does. */
  medium: Medium;
}

/** What is to be made of a session. */
export interface Judgement {
  /** Oldest first. */
  committed: CommittedIntent[];
  /** How many intents were abandoned. */
  abandoned: number;
  /** Oldest first. */
  interrupted: UnsettledEntries[];
  /** Entries that were found a second time. */
  duplicates: number;
  /** Entries that run files hold already. */
  flushed: number;
  /** Up to where everything is settled; undefined if nothing is. */
  settled: Revision | undefined;
  /** The highest revision of any entry or verdict. */
  highest: Revision | undefined;
  /** Why the content is corrupt, if it is. */
  problem: string | undefined;
}

interface Range {
  verdict: Verdict;
  entries: DataEntry[];
  sound: boolean;
}

const FROM: Readonly<Record<Medium, number>> = { fast: 1, wal: 2 };

/**
 * Judges a session.
 *
 * @param files What its files hold
 * @param sealedThrough Up to where run files hold everything
 * @param check Why an entry cannot be what this database wrote, if it cannot
 * @returns What is to be made of it
 */
export function judge(
  files: readonly FileContent[],
  sealedThrough: Revision | undefined,
  check: (entry: DataEntry) => string | undefined = () => undefined,
): Judgement {
  const problems: string[] = [];
  const isFlushed = (revision: Revision): boolean =>
    sealedThrough !== undefined && Revision.compare(revision, sealedThrough) <= 0;
  const judgement: Judgement = {
    committed: [],
    abandoned: 0,
    interrupted: [],
    duplicates: 0,
    flushed: 0,
    settled: sealedThrough,
    highest: highestOf(files, sealedThrough),
    problem: undefined,
  };
  const ranges = rangesOf(files, isFlushed, problems);
  const { entries, origins } = mergeFiles(files, isFlushed, judgement, problems);
  distribute(entries, origins, ranges, judgement);
  const isOurs = (entry: DataEntry): boolean => {
    const reason = check(entry);
    if (reason !== undefined) problems.push(`the entry of revision ${entry.revision} ${reason}`);
    return reason === undefined;
  };
  for (const range of ranges) settle(range, judgement, problems, isOurs);
  judgement.interrupted.forEach(({ entries }) => entries.every(isOurs));
  judgement.problem = problems[0];
  return judgement;
}

/** The ranges that verdicts settle, in order, each once. */
function rangesOf(
  files: readonly FileContent[],
  isFlushed: (revision: Revision) => boolean,
  problems: string[],
): Range[] {
  const verdicts = files.flatMap((file) => file.verdicts).filter(({ last }) => !isFlushed(last));
  verdicts.sort((a, b) =>
    Revision.compare(a.first, b.first) || Revision.compare(a.last, b.last) ||
    Number(b.commits) - Number(a.commits)
  );
  const ranges: Range[] = [];
  for (const verdict of verdicts) {
    const before = ranges.at(-1);
    if (before !== undefined && sameRange(before.verdict, verdict)) {
      if (before.verdict.commits === verdict.commits && before.verdict.count !== verdict.count) {
        problems.push(`two verdicts on ${verdict.first} differ in their count`);
        before.sound = false;
      }
      continue;
    }
    const overlaps = before !== undefined &&
      Revision.compare(verdict.first, before.verdict.last) <= 0;
    // What was abandoned may begin below: an earlier part of it was settled in another way.
    const sound = !overlaps && (!verdict.commits || !isFlushed(verdict.first));
    if (!sound) {
      problems.push(`the verdict on ${verdict.first} to ${verdict.last} overlaps an earlier one`);
      if (overlaps) before.sound = false;
    }
    ranges.push({ verdict, entries: [], sound });
  }
  return ranges;
}

/** The entries of both files, in the order of revisions, each once, and which files have it. */
function mergeFiles(
  files: readonly FileContent[],
  isFlushed: (revision: Revision) => boolean,
  judgement: Judgement,
  problems: string[],
): { entries: DataEntry[]; origins: number[] } {
  const heads = files.map(({ medium, entries }) => ({
    from: FROM[medium],
    entries: inOrder(entries),
    at: 0,
  }));
  const merged: DataEntry[] = [];
  const origins: number[] = [];
  while (true) {
    let least: (typeof heads)[number] | undefined;
    for (const head of heads) {
      if (head.at === head.entries.length) continue;
      if (least === undefined || compareHeads(head, least) < 0) least = head;
    }
    if (least === undefined) return { entries: merged, origins };
    const entry = least.entries[least.at++];
    const previous = merged.at(-1);
    if (isFlushed(entry.revision)) judgement.flushed++;
    else if (previous !== undefined && previous.revision.equals(entry.revision)) {
      judgement.duplicates++;
      origins[origins.length - 1] |= least.from;
      if (!sameEntry(previous, entry)) {
        problems.push(`revision ${entry.revision} has two contents`);
      }
    } else {
      merged.push(entry);
      origins.push(least.from);
    }
  }
}

/** Puts each entry into the range that settles it, or among those that none does. */
function distribute(
  entries: readonly DataEntry[],
  origins: readonly number[],
  ranges: readonly Range[],
  judgement: Judgement,
): void {
  let place = 0;
  let open: UnsettledEntries | undefined;
  let inAll = 0;
  const close = (): void => {
    if (open !== undefined) open.medium = inAll === FROM.fast ? "fast" : "wal";
    open = undefined;
  };
  for (let i = 0; i < entries.length; i++) {
    const entry = entries[i];
    while (
      place < ranges.length && Revision.compare(ranges[place].verdict.last, entry.revision) < 0
    ) {
      place++;
      close();
    }
    const range = ranges[place];
    if (range !== undefined && Revision.compare(range.verdict.first, entry.revision) <= 0) {
      range.entries.push(entry);
      close();
    } else {
      if (open === undefined) {
        open = { entries: [], medium: "wal" };
        inAll = FROM.fast | FROM.wal;
        judgement.interrupted.push(open);
      }
      open.entries.push(entry);
      inAll &= origins[i];
    }
  }
  close();
}

/** Counts a range as what its verdict says, if everything about it is sound. */
function settle(
  range: Range,
  judgement: Judgement,
  problems: string[],
  isOurs: (entry: DataEntry) => boolean,
): void {
  const { verdict, entries } = range;
  if (verdict.commits && range.sound && !entries.every(isOurs)) range.sound = false;
  else if (verdict.commits && range.sound) {
    const complete = entries.length > 0 && entries.length === verdict.count &&
      entries[0].revision.equals(verdict.first) && entries.at(-1)!.revision.equals(verdict.last);
    if (complete) judgement.committed.push({ verdict, entries });
    else {
      range.sound = false;
      problems.push(
        `the verdict on ${verdict.first} to ${verdict.last} commits ${verdict.count} entries, found are ${entries.length}`,
      );
    }
  } else if (range.sound) judgement.abandoned++;
  const unsettled = judgement.interrupted[0]?.entries[0].revision;
  const inOrder = unsettled === undefined || Revision.compare(verdict.last, unsettled) < 0;
  if (range.sound && inOrder) judgement.settled = verdict.last;
}

function highestOf(
  files: readonly FileContent[],
  sealedThrough: Revision | undefined,
): Revision | undefined {
  let highest = sealedThrough;
  const see = (revision: Revision): void => {
    if (highest === undefined || Revision.compare(revision, highest) > 0) highest = revision;
  };
  for (const { entries, verdicts } of files) {
    for (const { revision } of entries) see(revision);
    for (const { last } of verdicts) see(last);
  }
  return highest;
}

/** A writer appends in the order of revisions; only a file of unknown make does not. */
function inOrder(entries: DataEntry[]): DataEntry[] {
  for (let i = 1; i < entries.length; i++) {
    if (Revision.compare(entries[i - 1].revision, entries[i].revision) > 0) {
      return entries.toSorted((a, b) => Revision.compare(a.revision, b.revision));
    }
  }
  return entries;
}

function compareHeads(
  a: { entries: DataEntry[]; at: number },
  b: { entries: DataEntry[]; at: number },
): number {
  return Revision.compare(a.entries[a.at].revision, b.entries[b.at].revision);
}

function sameRange(a: Verdict, b: Verdict): boolean {
  return a.first.equals(b.first) && a.last.equals(b.last);
}

function sameEntry(a: DataEntry, b: DataEntry): boolean {
  return a.kind === b.kind && a.address.space === b.address.space &&
    a.address.point.length === b.address.point.length &&
    a.address.point.every((value, i) => Object.is(value, b.address.point[i])) &&
    (a.kind === "tombstone" || equalBytes(a.data, (b as typeof a).data));
}
