/**
 * Answers of the database, compared with those that a plain scan of the cities gives.
 *
 * @module
 */

import type { Point, RecordColumns, SpatialRecord } from "../../mod.ts";
import type { City } from "./city.ts";
import { globePoint, type PlaceRecord, squaredLine } from "./globe.ts";
import { checkCity } from "./imported.ts";
import type { CityRecord } from "./importing.ts";
import type { Frame } from "./map.ts";
import { number, PlainError } from "./report.ts";

/**
 * The cities of a frame, by looking at each.
 *
 * @param cities All of them
 * @param frame Where
 */
export function citiesIn(cities: readonly City[], { min, max }: Frame): City[] {
  return cities.filter(({ loc: { coordinates: [longitude, latitude] } }) =>
    longitude >= min[0] && longitude <= max[0] && latitude >= min[1] && latitude <= max[1]
  );
}

/**
 * Compares what a box query found, city by city.
 *
 * @param found What the database answered
 * @param wanted What the scan found
 * @throws {PlainError} If a city is missing, differs, or is there too much
 */
export function checkBox(found: RecordColumns<CityRecord>, wanted: readonly City[]): void {
  const left = new Map(wanted.map((city) => [city.cityId, city]));
  const { dims } = found;
  for (let i = 0; i < found.length; i++) {
    const point = found.coordinates.subarray(i * dims, (i + 1) * dims);
    const city = left.get(point[2]);
    if (city === undefined) throw new PlainError(`A box query found [${point}], and should not`);
    checkCity(city, { point, data: found.data(i) });
    left.delete(city.cityId);
  }
  if (left.size === 0) return;
  throw new PlainError(
    `A box query found ${number(found.length)} cities, and missed ${number(left.size)}`,
  );
}

/**
 * Compares what a nearest query found, place by place.
 *
 * @param found What the database answered
 * @param places All of them
 * @param target From where, on the globe
 * @param count How many were asked for
 * @throws {PlainError} If others are nearer, the order is wrong, or a place differs
 */
export function checkNearest(
  found: readonly SpatialRecord<PlaceRecord>[],
  places: readonly PlaceRecord[],
  target: Point,
  count: number,
): void {
  const scanned = places.map((place) => {
    const point = globePoint(place.degrees);
    return { place, point, distance: squaredLine(point, target) };
  });
  const wanted = scanned.sort((a, b) => a.distance - b.distance).slice(0, count);
  if (found.length !== wanted.length) {
    throw new PlainError(`A nearest query found ${found.length} places, not ${wanted.length}`);
  }
  wanted.forEach(({ place, point }, i) => {
    const { data } = found[i];
    const same = squaredLine(found[i].point, point) === 0 &&
      JSON.stringify(data) === JSON.stringify(place);
    if (same) return;
    throw new PlainError(`Place ${i + 1} of a nearest query is ${data.names}, not ${place.names}`);
  });
}
