/**
 * The first difference between what a segment holds and what it has to hold.
 *
 * Nothing is taken on trust: each entry is made anew from the package and compared in kind, space,
 * coordinates, revision and every byte of its data, and the order of entries is that of the cities.
 *
 * @module
 */

import type { FastSegment, WalEntry } from "../../mod.ts";
import { cityEntry, type CitySource } from "./city.ts";

/** What a comparison brought. */
export interface Comparison {
  /** How many cities stand there as they should, up to the first difference or the end. */
  equal: number;
  /** The first difference, in words. */
  difference?: string;
}

/**
 * Compares all that a segment holds with the cities, from the first on. A segment that ends early is
 * no difference: `equal` tells how far it went.
 *
 * @param segment The segment
 * @param source What has to be in it
 */
export function compareCities(segment: FastSegment, source: CitySource): Comparison {
  let equal = 0;
  for (const found of segment.committedEntries()) {
    if (equal === source.cities.length) {
      return { equal, difference: `an entry follows the last of ${equal} cities` };
    }
    const what = differenceOf(found, cityEntry(source, equal));
    if (what !== undefined) {
      const { name, country } = source.cities[equal];
      return { equal, difference: `city ${equal + 1}, ${name} (${country}): ${what}` };
    }
    equal++;
  }
  return { equal };
}

function differenceOf(found: WalEntry, wanted: WalEntry & { kind: "write" }): string | undefined {
  if (found.kind !== "write") return `a ${found.kind} stands in its place`;
  const { space, point } = found.address;
  if (space !== wanted.address.space) return `it is in space ${space}`;
  if (!equalItems(point, wanted.address.point)) {
    return `it is at [${point}], not at [${wanted.address.point}]`;
  }
  if (!found.revision.equals(wanted.revision)) {
    return `its revision is ${found.revision}, not ${wanted.revision}`;
  }
  return equalItems(found.data, wanted.data) ? undefined : "its data has changed";
}

function equalItems(found: ArrayLike<number>, wanted: ArrayLike<number>): boolean {
  if (found.length !== wanted.length) return false;
  for (let i = 0; i < wanted.length; i++) {
    if (!Object.is(found[i], wanted[i])) return false;
  }
  return true;
}
