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

/**
 * The revisions of versions.
 *
 * @param versions The versions
 */
export function revisionsOf(versions: readonly Neighbour[]): Revision[] {
  return versions.map(({ run, at }) => {
    const page = run.page(at);
    return revisionOfWords(page.revisions, (at - page.base) * REVISION_WORDS);
  });
}
