/**
 * Sealing cities in groups: what the child does until it is killed, and the parent after it.
 *
 * @module
 */

import type { FastSegment } from "../../mod.ts";
import { cityEntry, type CitySource } from "./city.ts";

const GROUP_CITIES_MAX = 500;

/** A small number of cities still makes this many groups, so that there is a part-way to be killed at. */
const GROUPS_MIN = 20;

/**
 * How many cities make a group; the last may have fewer.
 *
 * @param total How many cities there are in all
 */
export function citiesPerGroup(total: number): number {
  return Math.max(1, Math.min(GROUP_CITIES_MAX, Math.floor(total / GROUPS_MIN)));
}

/**
 * Seals the cities from one on to the last, one group after the other.
 *
 * @param segment Where to
 * @param source The cities
 * @param first The index of the first
 * @param acknowledged Called when a group is durable, with the index behind its last city and the
 * milliseconds that the seal took
 */
export async function sealCities(
  segment: FastSegment,
  source: CitySource,
  first: number,
  acknowledged: (end: number, sealMs: number) => void,
): Promise<void> {
  const total = source.cities.length;
  const step = citiesPerGroup(total);
  for (let start = first; start < total; start += step) {
    const end = Math.min(start + step, total);
    const group = [];
    for (let index = start; index < end; index++) group.push(cityEntry(source, index));
    const startedMs = performance.now();
    const outcome = await segment.trySealEntries(group, Infinity);
    if (outcome !== "sealed") throw new Error(`A seal without a deadline answered "${outcome}"`);
    acknowledged(end, performance.now() - startedMs);
  }
}
