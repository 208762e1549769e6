/**
 * What a space has to hold, computed the plain way: an array of all committed versions, searched from
 * end to end for every answer.
 *
 * @module
 */

import type { Box } from "../../mod.ts";
import type { Place, SpaceShape } from "./space_shape.ts";

/** A version as it was written. Revisions are in hex: these sort as they should. */
export interface Written {
  readonly place: Place;
  readonly revision: string;
  /** What `valueOf` makes a value of; undefined for a deletion. */
  readonly value: number | undefined;
}

/** A version that was committed. */
export interface Version extends Written {
  readonly session: number;
  /** Which commit of the database brought it. */
  readonly ordinal: number;
}

/** Which versions count. */
export interface Terms {
  /** Commits after this are not seen. */
  through: number;
  /** Nor revisions above this. */
  ceiling?: string;
  box?: Box;
  tombstones?: boolean;
}

/** Above every revision in hex. */
const HIGHEST = "g";

/** All that was committed in one space. */
export class SpaceModel {
  readonly shape: SpaceShape;
  readonly versions: Version[] = [];

  /** @param shape How it was made */
  constructor(shape: SpaceShape) {
    this.shape = shape;
  }

  /** The newest version of each address, in the order of the curve. */
  newest({ through, ceiling = HIGHEST, box, tombstones = false }: Terms): Version[] {
    const best = new Map<Place, Version>();
    for (const version of this.versions) {
      if (version.ordinal > through || version.revision > ceiling) continue;
      const other = best.get(version.place);
      if (other === undefined || other.revision < version.revision) {
        best.set(version.place, version);
      }
    }
    const found: Version[] = [];
    for (const place of this.shape.places) {
      const version = best.get(place);
      if (version === undefined || version.value === undefined && !tombstones) continue;
      if (box === undefined || contains(box, place.coordinates)) found.push(version);
    }
    return found;
  }

  /** The nearest records, the nearest first. */
  nearest(target: readonly number[], count: number, terms: Terms): Version[] {
    return this.newest(terms)
      .map((version) => ({ version, distance: distanceOf(target, version.place.coordinates) }))
      .sort((a, b) => compare(a.distance, b.distance)) // Stable: else in the order of the curve.
      .slice(0, count)
      .map(({ version }) => version);
  }

  /** Every version of an address, newest first. */
  history(place: Place, through: number): Version[] {
    return this.versions
      .filter((version) => version.ordinal <= through && version.place === place)
      .sort((a, b) => compare(b.revision, a.revision));
  }

  /**
   * Where versions may be dropped, a question about the time before this revision may be refused: the
   * highest revision that has taken the place of another, or deletes.
   *
   * @param through Commits after this are not seen
   * @returns "" where nothing can have been dropped
   */
  supersededBelow(through: number): string {
    const seen = new Map<Place, { count: number; newest: Version }>();
    for (const version of this.versions) {
      if (version.ordinal > through) continue;
      const known = seen.get(version.place);
      const newest = known === undefined || known.newest.revision < version.revision
        ? version
        : known.newest;
      seen.set(version.place, { count: (known?.count ?? 0) + 1, newest });
    }
    let below = "";
    for (const { count, newest } of seen.values()) {
      if (count < 2 && newest.value !== undefined) continue;
      if (newest.revision > below) below = newest.revision;
    }
    return below;
  }
}

/**
 * A value: numbers, text, nothing, bytes, objects, small and large.
 *
 * @param n What tells it from others; below 0 for bytes
 */
export function valueOf(n: number): unknown {
  if (n < 0) return new Uint8Array(-n % 7).fill(-n);
  if (n % 97 === 0) return new Uint8Array(5000).fill(n);
  switch (n % 9) {
    case 0:
      return `text ${n}`;
    case 1:
      return { n, pad: new Uint8Array(n % 41).fill(n) };
    case 2:
      return null;
    case 3:
      return [n, [n / 2, -n], { deep: { n } }];
    default:
      return n;
  }
}

function compare<T extends number | string>(a: T, b: T): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Whether a point is in a box. */
export function contains({ min, max }: Box, point: readonly number[]): boolean {
  return point.every((value, axis) => value >= min[axis] && value <= max[axis]);
}

function distanceOf(a: readonly number[], b: readonly number[]): number {
  let sum = 0;
  for (let axis = 0; axis < a.length; axis++) sum += (a[axis] - b[axis]) * (a[axis] - b[axis]);
  return sum;
}
