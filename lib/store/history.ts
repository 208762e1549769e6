/**
 * All versions of what stood at one address, over several runs.
 *
 * @module
 */

import { type Revision, REVISION_WORDS, revisionOfWords } from "../clock/revision.ts";
import { compareVersions, type Neighbour } from "./nearest.ts";
import type { Run } from "./run.ts";

/**
 * Finds every version of an address, deletions included.
 *
 * @param runs Where
 * @param key The key of the point
 * @param point The point
 * @returns Newest first, each once
 */
export function everyVersion(
  runs: readonly Run[],
  key: ArrayLike<number>,
  point: ArrayLike<number>,
): Neighbour[] {
  const found: Neighbour[] = [];
  for (const run of runs) {
    const first = run.find(key, point);
    if (first < 0) continue;
    const end = run.endOf(first);
    for (let at = first; at < end; at++) found.push({ run, at });
  }
  found.sort((a, b) => compareVersions(b, a));
  return found.filter((each, i) => i === 0 || compareVersions(found[i - 1], each) !== 0);
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
 * The revisions of versions.
 *
 * @param versions The versions
 */
export function revisionsOf(versions: readonly Neighbour[]): Revision[] {
  return versions.map(revisionOf);
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
