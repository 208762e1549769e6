/**
 * Importing cities into a database: what the children do until they are killed, and the parent after them.
 *
 * The cities are cut into groups, and each group is one intent: its cities in the space `cities`, and one
 * record in the space `imports` that counts them. So the database itself tells which groups are there, and
 * a process that comes after a kill asks it what is left to do.
 *
 * A city stands at [longitude, latitude, id]: exact degrees, and the package's number of the city, since a
 * few cities have one place.
 *
 * @module
 */

import type { Database, Session, Space } from "../../mod.ts";
import type { City } from "./city.ts";
import { citiesPerGroup } from "./sealing.ts";

/** What stands at the point of a city. */
export interface CityRecord {
  /** Its name. */
  name: string;
  /** Two letters, ISO 3166. */
  country: string;
  /** How many people live there. */
  population: number;
}

/** What stands at the number of a group. */
export interface ImportRecord {
  /** How many cities were imported with it. */
  cities: number;
}

/** The spaces of the demo. */
export interface Atlas {
  /** Where they are. */
  db: Database;
  /** A record a city. */
  cities: Space<CityRecord>;
  /** A record a group. */
  imports: Space<ImportRecord>;
}

/** What happened to a group. */
export interface Importing {
  /** It is durable, and nobody sees it. */
  sealed?(group: number): void;
  /** It is durable and visible. */
  committed(group: number): void;
}

/** Flushes come often enough that a kill may hit one. */
export const TAIL_BYTES_MAX = 4 * 1024 * 1024;

/** Sessions that import at once. */
export const IMPORTERS = 4;

const AXES = [
  { name: "longitude", min: -180, max: 180 },
  { name: "latitude", min: -90, max: 90 },
  { name: "id", min: 0, max: 2 ** 32 },
];

/**
 * Finds the spaces, or creates them.
 *
 * @param db Where
 */
export async function openAtlas(db: Database): Promise<Atlas> {
  return {
    db,
    cities: await db.createSpace<CityRecord>("cities", { dims: 3, axes: AXES }),
    imports: await db.createSpace<ImportRecord>("imports", { dims: 1 }),
  };
}

/**
 * How many groups the cities make.
 *
 * @param cities All of them
 */
export function groupCount(cities: readonly City[]): number {
  return Math.ceil(cities.length / citiesPerGroup(cities.length));
}

/**
 * The cities of a group.
 *
 * @param cities All of them
 * @param group Which group, from 0 on
 */
export function groupCities(cities: readonly City[], group: number): readonly City[] {
  const size = citiesPerGroup(cities.length);
  return cities.slice(group * size, (group + 1) * size);
}

/**
 * The groups that are not imported yet.
 *
 * @param atlas Where to look
 * @param cities All of them
 */
export function missingGroups({ imports }: Atlas, cities: readonly City[]): number[] {
  const groups = Array.from({ length: groupCount(cities) }, (_, group) => group);
  return groups.filter((group) => imports.get([group]) === undefined);
}

/**
 * Where a city stands.
 *
 * @param city Which
 */
export function cityPoint({ loc: { coordinates }, cityId }: City): number[] {
  return [...coordinates, cityId];
}

/**
 * What stands there.
 *
 * @param city Which
 */
export function cityRecord({ name, country, population }: City): CityRecord {
  return { name, country, population };
}

/**
 * Adds a group to the open intent of a session.
 *
 * @param session Whose
 * @param atlas Where to
 * @param cities All of them
 * @param group Which group
 */
export function insertGroup(
  session: Session,
  atlas: Atlas,
  cities: readonly City[],
  group: number,
): void {
  const chosen = groupCities(cities, group);
  for (const city of chosen) session.insert(atlas.cities, cityPoint(city), cityRecord(city));
  session.insert(atlas.imports, [group], { cities: chosen.length });
}

/**
 * Imports groups, several sessions at once; each seals a group, and then commits it.
 *
 * @param atlas Where to
 * @param cities All of them
 * @param groups Which groups
 * @param importing Told about each
 */
export async function importGroups(
  atlas: Atlas,
  cities: readonly City[],
  groups: readonly number[],
  importing: Importing,
): Promise<void> {
  const waiting = groups.values(); // Shared: each importer takes the next.
  await Promise.all(Array.from({ length: IMPORTERS }, async () => {
    await using session = atlas.db.session();
    for (const group of waiting) {
      insertGroup(session, atlas, cities, group);
      const durable = await session.seal();
      importing.sealed?.(group);
      await session.commit({ durable });
      importing.committed(group);
    }
  }));
}
