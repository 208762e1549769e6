/**
 * What a database holds of the cities, compared with the package.
 *
 * A group is there whole or not at all: its record and every one of its cities as the package has them,
 * or neither the record nor any city.
 *
 * @module
 */

import type { InterruptedIntent, Point } from "../../mod.ts";
import type { City } from "./city.ts";
import {
  type Atlas,
  cityPoint,
  type CityRecord,
  cityRecord,
  groupCities,
  groupCount,
} from "./importing.ts";
import { PlainError } from "./report.ts";

/** A city as it stands in the database. */
export type FoundCity = { point: Point; data: CityRecord };

/**
 * Compares all that is visible with the package.
 *
 * @param atlas Where
 * @param cities All of them
 * @returns The groups that are there
 * @throws {PlainError} If a group is there in part, a city differs, or anything else is there
 */
export function compareImported(atlas: Atlas, cities: readonly City[]): Set<number> {
  const present = new Set<number>();
  let wanted = 0;
  for (let group = 0; group < groupCount(cities); group++) {
    const chosen = groupCities(cities, group);
    const record = atlas.imports.get([group]);
    if (record === undefined) {
      const stray = chosen.find((city) => atlas.cities.get(cityPoint(city)) !== undefined);
      if (stray === undefined) continue;
      throw new PlainError(`${nameOf(stray)} is visible, but group ${group} was not committed`);
    }
    if (record.data.cities !== chosen.length) {
      throw new PlainError(
        `Group ${group} counts ${record.data.cities} cities, and has ${chosen.length}`,
      );
    }
    for (const city of chosen) checkCity(city, atlas.cities.get(cityPoint(city)));
    present.add(group);
    wanted += chosen.length;
  }
  const found = { cities: atlas.cities.count(), imports: atlas.imports.count() };
  if (found.cities === wanted && found.imports === present.size) return present;
  throw new PlainError(
    `The database holds ${found.cities} cities and ${found.imports} groups, where ${wanted} and ${present.size} belong`,
  );
}

/**
 * Compares an interrupted intent with the package.
 *
 * @param intent Made durable, settled by nobody
 * @param cities All of them
 * @returns The group it is
 * @throws {PlainError} If it is not a group, whole and as the package has it
 */
export function compareInterrupted(intent: InterruptedIntent, cities: readonly City[]): number {
  const records = [...intent.records()];
  const last = records.pop();
  if (last?.space !== "imports") {
    throw new PlainError(
      `The interrupted intent of session ${intent.session} is not a whole group`,
    );
  }
  const group = last.point[0];
  const chosen = groupCities(cities, group);
  if (records.length !== chosen.length) {
    throw new PlainError(
      `The interrupted intent of session ${intent.session} has ${records.length} of the ${chosen.length} cities of group ${group}`,
    );
  }
  chosen.forEach((city, i) => checkCity(city, records[i] as FoundCity));
  return group;
}

/**
 * Compares one city with the package.
 *
 * @param city As the package has it
 * @param found As the database has it; undefined if it is not there
 * @throws {PlainError} If point or data differ
 */
export function checkCity(city: City, found: FoundCity | undefined): void {
  if (found === undefined) throw new PlainError(`${nameOf(city)} is missing`);
  const wanted = cityRecord(city);
  const { point, data } = found;
  const same = data.name === wanted.name && data.country === wanted.country &&
    data.population === wanted.population && point.length === 3 &&
    cityPoint(city).every((coordinate, axis) => coordinate === point[axis]);
  if (!same) {
    throw new PlainError(`${nameOf(city)} differs: [${Array.from(point)}] ${JSON.stringify(data)}`);
  }
}

function nameOf({ name, country }: City): string {
  return `${name} (${country})`;
}
