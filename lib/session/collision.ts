/**
 * Finds the addresses at which an intent and a commit that its author cannot have seen both wrote.
 *
 * @module
 */

import { Revision } from "../clock/revision.ts";
import type { RecentCommit } from "./commit_history.ts";
import type { AddressedEntry } from "../segment/entry_addresses.ts";
import type { DataEntry, EntrySequence } from "../segment/entry_list.ts";

/** An address at which other sessions wrote what the author of an intent cannot have seen. */
export interface Collision {
  /** The name of the space or graph. */
  space: string;
  /** The point; of a hyperedge the two words of its id, the high one first. */
  point: number[];
  /** The other sessions, the one that wrote last first. */
  sessions: number[];
  /** The revisions of their entries, newest first. */
  revisions: Revision[];
}

/** Collisions, and how many addresses could not be looked at. */
export interface Collisions {
  /** One for each address. */
  collisions: Collision[];
  /** How many addresses could not be read. */
  collisionsUnknown: number;
}

/** What is committed, as far as collisions need it. */
export interface CommittedVersions {
  /** The revisions of versions at an address from one on, newest first; throws where they cannot be read. */
  revisionsFrom(space: number, point: readonly number[], from: Revision): readonly Revision[];
  /** The name of a space. */
  nameOf(space: number): string;
}

/** The collisions of an intent with nothing. */
export const NO_COLLISIONS: Collisions = { collisions: [], collisionsUnknown: 0 };

/** Up to so many pairs of entries are compared one by one, which needs no index of what is committed. */
export const PAIRS_MAX = 1024;

/**
 * The collisions of an intent with commits that its author cannot have seen.
 *
 * @param entries The intent
 * @param news Those commits, at least one
 * @param committed What is committed, those commits included
 */
export function collisionsWith(
  entries: EntrySequence,
  news: readonly RecentCommit[],
  committed: CommittedVersions,
): Collisions {
  let pairs = 0;
  for (const commit of news) pairs += entries.length * (commit.addresses?.length ?? Infinity);
  return pairs > PAIRS_MAX
    ? findCollisions(entries, committed, firstOf(news), inAnyOf(news))
    : compareAll([...entries], news, committed);
}

/** The lowest revision in some commits. */
function firstOf(news: readonly RecentCommit[]): Revision {
  return news.map(({ first }) => first).reduce((a, b) => Revision.compare(a, b) <= 0 ? a : b);
}

/** What a probe would find can only be in those commits, so they are compared with the intent itself. */
function compareAll(
  entries: readonly DataEntry[],
  news: readonly RecentCommit[],
  committed: CommittedVersions,
): Collisions {
  const others = news.flatMap((commit) => [...commit.addresses!]);
  const found: Collisions = { collisions: [], collisionsUnknown: 0 };
  entries.forEach((entry, i) => {
    const same = others.filter((other) => sameAddress(entry, other));
    if (same.length === 0 || entries.slice(0, i).some((each) => sameAddress(each, entry))) return;
    const revisions = same.map(({ revision }) => revision)
      .sort((a, b) => Revision.compare(b, a));
    found.collisions.push(collisionAt(entry, revisions, committed));
  });
  return found;
}

function sameAddress({ address: a }: AddressedEntry, { address: b }: AddressedEntry): boolean {
  if (a.space !== b.space) return false;
  for (let axis = 0; axis < a.point.length; axis++) {
    if (a.point[axis] !== b.point[axis]) return false;
  }
  return true;
}

/**
 * Looks at every address of an intent once.
 *
 * @param entries The intent
 * @param committed What is committed
 * @param from No revision below this is news: there may be a million older versions of an address
 * @param isNews Whether a revision is of another session and news to the intent
 */
export function findCollisions(
  entries: EntrySequence,
  committed: CommittedVersions,
  from: Revision,
  isNews: (revision: Revision) => boolean,
): Collisions {
  const found: Collisions = { collisions: [], collisionsUnknown: 0 };
  const seen = new Set<string>();
  for (const entry of entries) {
    const { space, point } = entry.address;
    const key = addressKey(space, point);
    if (seen.has(key)) continue;
    seen.add(key);
    try {
      const revisions = committed.revisionsFrom(space, point, from).filter(isNews);
      if (revisions.length === 0) continue;
      found.collisions.push(collisionAt(entry, revisions, committed));
    } catch {
      found.collisionsUnknown++; // What is committed stays committed; that we cannot look is told.
    }
  }
  return found;
}

function collisionAt(
  { address: { space, point } }: DataEntry,
  revisions: Revision[],
  committed: CommittedVersions,
): Collision {
  const sessions = [...new Set(revisions.map((revision) => revision.session))];
  return { space: committed.nameOf(space), point: [...point], sessions, revisions };
}

/** Revisions from one to another. */
interface RevisionRange {
  first: Revision;
  last: Revision;
}

/**
 * Whether a revision belongs to one of some commits.
 *
 * @param news The commits
 */
export function inAnyOf(news: readonly RecentCommit[]): (revision: Revision) => boolean {
  const bySession = new Map<number, RevisionRange[]>();
  for (const commit of news) {
    const commits = bySession.get(commit.session);
    if (commits === undefined) bySession.set(commit.session, [commit]);
    else commits.push(commit);
  }
  for (const [session, ranges] of bySession) bySession.set(session, apart(ranges));
  return (revision) => {
    const ranges = bySession.get(revision.session);
    if (ranges === undefined) return false;
    let low = 0;
    let high = ranges.length;
    while (low < high) { // The first that begins later.
      const middle = (low + high) >>> 1;
      if (Revision.compare(ranges[middle].first, revision) > 0) high = middle;
      else low = middle + 1;
    }
    return low > 0 && Revision.compare(revision, ranges[low - 1].last) <= 0;
  };
}

/** The same revisions as ranges in ascending order, of which none overlaps another. */
function apart(ranges: readonly RevisionRange[]): RevisionRange[] {
  const joined: RevisionRange[] = [];
  for (const { first, last } of ranges.toSorted((a, b) => Revision.compare(a.first, b.first))) {
    const before = joined.at(-1);
    if (before === undefined || Revision.compare(before.last, first) < 0) {
      joined.push({ first, last });
    } else if (Revision.compare(before.last, last) < 0) before.last = last;
  }
  return joined;
}

/**
 * An address as a key.
 *
 * @param space The number of the space
 * @param point The point
 */
export function addressKey(space: number, point: readonly number[]): string {
  return `${space}:${point.join()}`;
}
