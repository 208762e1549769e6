/**
 * The third part of the demo: questions to the database that came through the kills. What is in a box, what
 * is nearest, and what was there before; the answers are drawn as maps, and each is compared with a plain
 * scan of the cities.
 *
 * @module
 */

import { open, type ReadOptions, type RecordColumns, Revision } from "../../mod.ts";
import type { City } from "./city.ts";
import { globePoint, makeGlobe, placesOf, surfaceKm } from "./globe.ts";
import { compareImported } from "./imported.ts";
import {
  type Atlas,
  cityPoint,
  type CityRecord,
  groupCount,
  openAtlas,
  TAIL_BYTES_MAX,
} from "./importing.ts";
import {
  boxOf,
  type Degrees,
  drawMap,
  type Frame,
  frameAround,
  shade,
  shadesInWords,
} from "./map.ts";
import { checkBox, checkNearest, citiesIn } from "./plain_scan.ts";
import { type Demo, drawing, fact, number, PlainError, say, step } from "./report.ts";

/** An answer and how long it took. */
interface Timed<Answer> {
  answer: Answer;
  ms: number;
}

const WORLD: Frame = { min: [-180, -60], max: [180, 80], columns: 72, rows: 20 };
const EUROPE: Frame = { min: [-11, 35], max: [31, 60], columns: 35, rows: 15 };

const OCEAN = { name: "50 south, 20 west in the Atlantic", degrees: [-20, -50] as Degrees };
const NEAREST_COUNT = 8;
const OCEAN_COLUMNS = 72;
const OCEAN_ROWS = 20;

/** The parts before had ten. */
const FIRST_STEP = 11;

/**
 * Shows it, step by step.
 *
 * @param demo What is in the database, and where that is
 */
export async function demonstrateQueries({ root, source, signal }: Demo): Promise<void> {
  const { cities } = source;
  say("\nThe same database answers questions about boxes, nearness and the past");
  await using db = await open(root, { tailBytesMax: TAIL_BYTES_MAX });
  const atlas = await openAtlas(db);

  step(FIRST_STEP, "What is in a box: the world from 60 south to 80 north");
  showWorld(atlas, cities);
  signal.throwIfAborted();

  step(FIRST_STEP + 1, `What is nearest to ${OCEAN.name}, marked X`);
  await showNearest(atlas, cities);
  signal.throwIfAborted();

  const country = mostFrequentCountry(citiesIn(cities, EUROPE));
  const title = new Intl.DisplayNames(["en"], { type: "region" }).of(country) ?? country;
  step(FIRST_STEP + 2, `What was there before: a session deletes ${title} by mistake`);
  const before = await showMistake(atlas, cities, country);
  signal.throwIfAborted();

  step(FIRST_STEP + 3, `It reads ${title} as of then, and writes it anew`);
  await restore(atlas, cities, country, before);
  say(
    `\nEvery answer was right: compared with a scan of all ${number(cities.length)} cities.`,
  );
}

function showWorld(atlas: Atlas, cities: readonly City[]): void {
  const { answer, ms } = askBox(atlas, cities, WORLD);
  const shading = shade(WORLD, answer);
  drawing(drawMap(`${number(answer.length)} cities`, WORLD, shading));
  fact("shades", shadesInWords(shading.most));
  fact("answered in", `${number(ms, 1)} ms, with the point of each city`);
}

async function showNearest(atlas: Atlas, cities: readonly City[]): Promise<void> {
  const places = placesOf(cities);
  const startedMs = performance.now();
  const globe = await makeGlobe(atlas.db, places);
  const seconds = (performance.now() - startedMs) / 1000;
  fact(
    "globe",
    `${number(places.length)} places at [x, y, z] km, one commit of ${number(seconds, 2)} s`,
  );
  const target = globePoint(OCEAN.degrees);
  const { answer, ms } = timed(() => globe.nearest(target, NEAREST_COUNT));
  checkNearest(answer, places, target, NEAREST_COUNT);
  const marks = answer.map(({ data: { degrees } }, i) => ({ letter: letterOf(i), degrees }));
  const shown = [OCEAN.degrees, ...marks.map(({ degrees }) => degrees)];
  const frame = frameAround(shown, OCEAN_COLUMNS, OCEAN_ROWS);
  const around = askBox(atlas, cities, frame).answer;
  drawing(drawMap(`the ${answer.length} nearest`, frame, shade(frame, around), [
    { letter: "X", degrees: OCEAN.degrees },
    ...marks,
  ]));
  answer.forEach(({ point, data: { names } }, i) => {
    const km = number(surfaceKm(point, target)).padStart(6);
    drawing([`${letterOf(i)} ${km} km  ${names.join(", ")}`]);
  });
  fact("answered in", `${number(ms, 1)} ms`);
}

/** Returns the revision before the mistake. */
async function showMistake(
  atlas: Atlas,
  cities: readonly City[],
  country: string,
): Promise<Revision> {
  const gone = cities.filter((city) => city.country === country);
  const session = atlas.db.session();
  for (const city of gone) session.delete(atlas.cities, cityPoint(city));
  const { first } = await session.commit();
  await session.close();
  // Sequences count from 1, so nothing lies between this revision and the first of the session.
  const before = new Revision(first.physicalMs, first.logical, first.session, first.sequence - 1);
  fact("deleted", `${number(gone.length)} cities, by one commit`);

  const left = cities.filter((city) => city.country !== country);
  const then = askBox(atlas, cities, EUROPE, { asOf: before });
  const now = askBox(atlas, left, EUROPE);
  const shading = shade(EUROPE, then.answer);
  const { counts } = shade(EUROPE, now.answer);
  const maps = [
    drawMap(`as of before: ${number(then.answer.length)}`, EUROPE, shading),
    drawMap(`now: ${number(now.answer.length)}`, EUROPE, { ...shading, counts }),
  ];
  drawing(maps[0].map((line, i) => `${line}  ${maps[1][i]}`));
  fact("answered in", `${number(then.ms, 1)} ms as of before, ${number(now.ms, 1)} ms now`);
  return before;
}

async function restore(
  atlas: Atlas,
  cities: readonly City[],
  country: string,
  before: Revision,
): Promise<void> {
  const lost = atlas.cities.query(undefined, { asOf: before })
    .filter(({ data }) => data.country === country);
  let restored = 0;
  await atlas.db.write((session) => {
    for (const { point, data } of lost) {
      session.insert(atlas.cities, point, data);
      restored++;
    }
  });
  fact("restored", `${number(restored)} cities, by one commit`);
  if (compareImported(atlas, cities).size !== groupCount(cities)) {
    throw new PlainError("Groups are missing after the cities were restored");
  }
  fact("verified", `all ${number(cities.length)} cities are there again, equal to their source`);
  const largest = cities.filter((city) => city.country === country)
    .reduce((a, b) => b.population > a.population ? b : a);
  const versions = [...atlas.cities.history(cityPoint(largest))]
    .map(({ deleted }) => deleted ? "deleted" : "written").reverse().join(", ");
  if (versions !== "written, deleted, written") {
    throw new PlainError(`The history of ${largest.name} is wrong: ${versions}`);
  }
  fact("history", `of ${largest.name}: ${versions}`);
}

/** Asks the database for the cities of a frame, and checks that it gives those of the wanted ones. */
function askBox(
  { cities }: Atlas,
  wanted: readonly City[],
  frame: Frame,
  options?: ReadOptions,
): Timed<RecordColumns<CityRecord>> {
  const asked = timed(() => cities.columns(boxOf(frame), options));
  checkBox(asked.answer, citiesIn(wanted, frame));
  return asked;
}

function timed<Answer>(ask: () => Answer): Timed<Answer> {
  const startedMs = performance.now();
  const answer = ask();
  return { answer, ms: performance.now() - startedMs };
}

function mostFrequentCountry(cities: readonly City[]): string {
  const counts = new Map<string, number>();
  for (const { country } of cities) counts.set(country, (counts.get(country) ?? 0) + 1);
  return [...counts].reduce((a, b) => b[1] > a[1] ? b : a)[0];
}

function letterOf(index: number): string {
  return String.fromCharCode("A".charCodeAt(0) + index);
}
