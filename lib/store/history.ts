/**
 * All versions of what stood at one address, over several runs.
 *
 * @module
 */

import {
  type Revision,
  REVISION_WORDS,
  revisionOfWords,
  writeRevisionWords,
} from "../clock/revision.ts";
import { compareRevisions } from "./columns.ts";
import { compareVersions, type Neighbour } from "./nearest.ts";
import type { Run } from "./run.ts";

/**
 * Walks the versions of an address, deletions included. Each step reads no more than it gives: there may
 * be a million of them.
 *
 * @param runs Where
 * @param key The key of the point
 * @param point The point
 * @returns Yields them newest first, each once
 */
export function* versionsOf(
  runs: readonly Run[],
  key: ArrayLike<number>,
  point: ArrayLike<number>,
): Generator<Neighbour, undefined> {
  const heads: { run: Run; at: number }[] = [];
  for (const run of runs) {
    const at = run.find(key, point);
    if (at >= 0) heads.push({ run, at });
  }
  while (heads.length > 0) {
    let first = heads[0];
    for (const head of heads) {
      if (head !== first && compareVersions(head, first) > 0) first = head;
    }
    const newest = { run: first.run, at: first.at };
    yield newest;
    for (let i = heads.length - 1; i >= 0; i--) {
      const head = heads[i];
      if (head !== first && compareVersions(head, newest) !== 0) continue;
      const { run, at } = head;
      if (at + 1 < run.count && run.sameAddress(at, at + 1)) head.at++;
      else heads.splice(i, 1);
    }
  }
}

/**
 * The revisions of versions of an address, from one on.
 *
 * @param runs Where
 * @param key The key of the point
 * @param point The point
 * @param from None below this is looked for
 * @returns Newest first, each once
 */
export function revisionsFrom(
  runs: readonly Run[],
  key: ArrayLike<number>,
  point: ArrayLike<number>,
  from: Revision,
): Revision[] {
  const words = new Uint32Array(REVISION_WORDS);
  writeRevisionWords(from, words, 0);
  const recent = runs.filter(({ bounds }) => compareRevisions(bounds.newest, 0, words, 0) >= 0);
  const found: Revision[] = [];
  for (const version of versionsOf(recent, key, point)) {
    if (version.run.compareRevision(version.at, words, 0) < 0) break;
    found.push(revisionOf(version));
  }
  return found;
}

/** A version and those next to it. */
export interface VersionsAround {
  /** The version itself, if it is there. */
  at: Neighbour | undefined;
  /** The highest below it. */
  below: Neighbour | undefined;
  /** The lowest above it. */
  above: Neighbour | undefined;
}

/**
 * Finds a version of an address, and those next to it.
 *
 * @param runs Where
 * @param key The key of the point
 * @param point The point
 * @param revision Of the version, four words
 */
export function versionsAround(
  runs: readonly Run[],
  key: ArrayLike<number>,
  point: ArrayLike<number>,
  revision: Uint32Array,
): VersionsAround {
  const found: VersionsAround = { at: undefined, below: undefined, above: undefined };
  for (const run of runs) {
    const first = run.find(key, point);
    if (first < 0) continue;
    let below = run.visible(first, revision); // Or the version itself.
    const above = (below < 0 ? run.endOf(first) : below) - 1;
    if (above >= first) {
      const each = { run, at: above };
      if (found.above === undefined || compareVersions(each, found.above) < 0) found.above = each;
    }
    if (below >= 0 && run.compareRevision(below, revision, 0) === 0) {
      found.at = { run, at: below };
      const next = below + 1;
      below = next < run.count && run.sameAddress(first, next) ? next : -1;
    }
    if (below < 0) continue;
    const each = { run, at: below };
    if (found.below === undefined || compareVersions(each, found.below) > 0) found.below = each;
  }
  return found;
}

/**
 * The revision of a version.
 *
 * @param version The version
 */
export function revisionOf({ run, at }: Neighbour): Revision {
  const page = run.page(at);
  return revisionOfWords(page.revisions, (at - page.base) * REVISION_WORDS);
}

/**
 * The value of a version.
 *
 * @param version The version; no deletion
 * @returns Its bytes: a view, not to be changed
 */
export function valueOf({ run, at }: Neighbour): Uint8Array {
  const page = run.page(at);
  const place = at - page.base;
  const { bytes, starts } = run.values(at);
  return bytes.subarray(starts[place], starts[place] + page.lengths[place]);
}
