/**
 * The cities on a globe: a space of three axes through the centre of the earth, in kilometres.
 *
 * A degree of longitude is long at the equator and nothing at the poles, and 180 west is 180 east; so
 * what is nearest in degrees need not be nearest. On the globe the straight line through the earth grows
 * with the way over its surface, and `nearest` gives the order of the ways.
 *
 * @module
 */

import type { Database, Point, Space } from "../../mod.ts";
import type { City } from "./city.ts";
import type { Degrees } from "./map.ts";

/** One or more cities at the same place; 51 places have two. */
export interface PlaceRecord {
  /** Where it is, in degrees. */
  degrees: Degrees;
  /** The names of its cities, each with its country. */
  names: string[];
}

const RADIUS_KM = 6371;

const AXES = ["x", "y", "z"].map((name) => ({ name, min: -RADIUS_KM - 1, max: RADIUS_KM + 1 }));

/**
 * The places of cities, each once.
 *
 * @param cities Which cities
 */
export function placesOf(cities: readonly City[]): PlaceRecord[] {
  const places = new Map<string, PlaceRecord>();
  for (const { name, country, loc: { coordinates: degrees } } of cities) {
    const full = `${name} (${country})`;
    const place = places.get(String(degrees));
    if (place === undefined) places.set(String(degrees), { degrees, names: [full] });
    else place.names.push(full);
  }
  return [...places.values()];
}

/**
 * Creates the globe and puts places on it, all in one intent.
 *
 * @param db Where
 * @param places All of them
 */
export async function makeGlobe(
  db: Database,
  places: readonly PlaceRecord[],
): Promise<Space<PlaceRecord>> {
  const globe = await db.createSpace<PlaceRecord>("globe", { dims: 3, axes: AXES });
  await db.write((session) => {
    for (const place of places) session.insert(globe, globePoint(place.degrees), place);
  });
  return globe;
}

/**
 * A place on the globe.
 *
 * @param degrees The same on a map
 */
export function globePoint([longitude, latitude]: Degrees): number[] {
  const [east, north] = [longitude * Math.PI / 180, latitude * Math.PI / 180];
  return [
    RADIUS_KM * Math.cos(north) * Math.cos(east),
    RADIUS_KM * Math.cos(north) * Math.sin(east),
    RADIUS_KM * Math.sin(north),
  ];
}

/**
 * The straight line between two places of the globe.
 *
 * @param a One
 * @param b The other
 * @returns Kilometres, squared
 */
export function squaredLine(a: Point, b: Point): number {
  return (a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2;
}

/**
 * The way over the surface.
 *
 * @param a One place of the globe
 * @param b The other
 * @returns Kilometres
 */
export function surfaceKm(a: Point, b: Point): number {
  return 2 * RADIUS_KM * Math.asin(Math.min(1, Math.sqrt(squaredLine(a, b)) / (2 * RADIUS_KM)));
}
