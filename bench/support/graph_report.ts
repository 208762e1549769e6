/**
 * The targets of the graph bench, and what was measured beside them.
 *
 * @module
 */

import type { GraphLoad } from "./graph_loads.ts";
import type { FirstDegrees, ReaderPair, TraversalReaders } from "./graph_readers.ts";
import { spreadOf } from "./spread.ts";
import { formatTable } from "./table.ts";
import type { Reader, Reading } from "./turns.ts";
import { judge } from "./verdict.ts";

/** What was measured of one way to load. */
export interface GraphLoadMeasurement {
  /** What the table calls it. */
  name: string;
  /** Time of SQLite divided by this one's, at least; undefined: nothing is wanted. */
  ratioMin?: number;
  /** One each round. */
  loads: GraphLoad[];
}

/** What was measured of one kind of question. */
export interface QuestionMeasurement {
  /** What was asked about, in words. */
  asked: string;
  /** How many questions a turn has. */
  questions: number;
  /** Time of the peer divided by ours, at least. */
  ratioMin: number;
  /** Who was measured. */
  readers: ReaderPair;
  /** What came of it. */
  readings: ReadonlyMap<Reader, Reading>;
}

/** What was measured of a traversal. */
export interface TraversalMeasurement {
  /** Time of SQLite's points divided by that of our nodes, at least. */
  sqliteRatioMin: number;
  /** Time of graphology divided by that of our nodes, at least. */
  graphologyRatioMin: number;
  /** Who was measured. */
  readers: TraversalReaders;
  /** What came of it. */
  readings: ReadonlyMap<Reader, Reading>;
}

/** What was measured of the same traversal in two graphs. */
export interface ScaleMeasurement {
  /** Time in the large graph divided by that in the small one, at most. */
  ratioMax: number;
  /** In the large graph. */
  large: Reader;
  /** In the small one. */
  small: Reader;
  /** What came of it. */
  readings: ReadonlyMap<Reader, Reading>;
}

const TIMES = ["median ms", "p10", "p90"];
const JUDGED = ["measured", "wanted"];

/**
 * Tells how long degrees took that were asked for the first time; nothing is wanted of that.
 *
 * @param asked Who, and how long
 * @param count How many the first turn has
 * @param all How many there are
 * @returns A line
 */
export function formatFirstDegrees(
  asked: readonly FirstDegrees[],
  count: number,
  all: number,
): string {
  const times = asked.map(({ name, firstMs, allMs }) =>
    `${name} ${firstMs.toFixed(0)} and ${allMs.toFixed(0)} ms`
  );
  return `The first ${count} degrees, and all ${all} once: ${times.join(", ")}.`;
}

/**
 * Lays out the table of what loading takes.
 *
 * @param measurements The ways to load; the first is SQLite's that ours are compared with
 * @param edges How many each loaded
 * @returns Lines
 */
export function formatGraphLoadReport(
  measurements: readonly GraphLoadMeasurement[],
  edges: number,
): string {
  const head = ["contender", "s to last commit", "s in all", "us an edge", "CPU us"];
  const all = ({ commitMs, afterMs }: GraphLoad): number => commitMs + afterMs;
  const [peer] = measurements;
  const ratioOf = (measured: GraphLoadMeasurement, of: (load: GraphLoad) => number): number =>
    medianOfLoads(peer, of) / medianOfLoads(measured, of);
  const rows = measurements.map((measured): string[] => {
    const seconds = (of: (load: GraphLoad) => number): string =>
      (medianOfLoads(measured, of) / 1000).toFixed(2);
    const us = (of: (load: GraphLoad) => number): string =>
      (medianOfLoads(measured, of) / edges * 1000).toFixed(2);
    const { name, ratioMin: min } = measured;
    const committed = ratioOf(measured, ({ commitMs }) => commitMs);
    return [
      name,
      seconds(({ commitMs }) => commitMs),
      seconds(all),
      us(all),
      us(({ cpuMs }) => cpuMs),
      (medianOfLoads(measured, ({ diskBytes }) => diskBytes) / edges).toFixed(0),
      min === undefined ? "" : `${committed.toFixed(2)} x as fast to last commit`,
      ...min === undefined ? ["", ""] : faster(ratioOf(measured, all), "SQLite in all", min),
    ];
  });
  return formatTable([...head, "disk, B an edge", "also", ...JUDGED], rows);
}

/**
 * Lays out the table of degrees, edges of points and edges in boxes.
 *
 * @param measurements One for each kind of question
 * @returns Lines
 */
export function formatQuestionReport(measurements: readonly QuestionMeasurement[]): string {
  const head = ["asked", "found", "contender", ...TIMES, "us each", ...JUDGED];
  return formatTable(
    head,
    measurements.flatMap(({ asked, questions, ratioMin, readers: { ours, peer }, readings }) => {
      const row = (reader: Reader, ...judged: string[]): string[] => {
        const us = medianOf(readings, reader) / questions * 1000;
        return [`${questions} ${asked}`, ...cellsOf(readings, reader), us.toFixed(1), ...judged];
      };
      const ratio = medianOf(readings, peer) / medianOf(readings, ours);
      return [row(ours, ...faster(ratio, "SQLite", ratioMin)), row(peer, "", "")];
    }),
  );
}

/**
 * Lays out the table of a traversal.
 *
 * @param measured What was measured
 * @returns Lines
 */
export function formatTraversalReport(measured: TraversalMeasurement): string {
  const { sqliteRatioMin, graphologyRatioMin, readers, readings } = measured;
  const { nodes, edges, sqlite, sqliteEdges, graphology } = readers;
  const ratio = (a: Reader, b: Reader): number => medianOf(readings, a) / medianOf(readings, b);
  const row = (reader: Reader, ...judged: string[]): string[] => [
    ...cellsOf(readings, reader),
    ...judged,
  ];
  const inFull = `${ratio(sqliteEdges, edges).toFixed(2)} x as fast as SQLite's edges`;
  return formatTable(["found", "contender", ...TIMES, ...JUDGED], [
    row(nodes, ...faster(ratio(sqlite, nodes), "SQLite", sqliteRatioMin)),
    row(nodes, ...faster(ratio(graphology, nodes), "graphology", graphologyRatioMin)),
    row(edges, inFull, ""),
    row(sqlite, "", ""),
    row(sqliteEdges, "", ""),
    row(graphology, "", ""),
  ]);
}

/**
 * Lays out the table of the same traversal in two graphs.
 *
 * @param measured What was measured
 * @returns Lines
 */
export function formatScaleReport({ ratioMax, large, small, readings }: ScaleMeasurement): string {
  const ratio = medianOf(readings, large) / medianOf(readings, small);
  return formatTable(["found", "graph", ...TIMES, ...JUDGED], [
    [
      ...cellsOf(readings, large),
      `${ratio.toFixed(2)} x the time`,
      judge(`at most ${ratioMax} x`, ratio <= ratioMax),
    ],
    [...cellsOf(readings, small), "", ""],
  ]);
}

function cellsOf(readings: ReadonlyMap<Reader, Reading>, reader: Reader): string[] {
  const { hits, durations } = readings.get(reader)!;
  const { median, p10, p90 } = spreadOf(durations);
  return [String(hits), reader.name, ...[median, p10, p90].map((ms) => ms.toFixed(2))];
}

function medianOf(readings: ReadonlyMap<Reader, Reading>, reader: Reader): number {
  return spreadOf(readings.get(reader)!.durations).median;
}

function medianOfLoads({ loads }: GraphLoadMeasurement, of: (load: GraphLoad) => number): number {
  return spreadOf(loads.map(of)).median;
}

function faster(ratio: number, peer: string, min: number): string[] {
  return [`${ratio.toFixed(2)} x as fast as ${peer}`, judge(`at least ${min} x`, ratio >= min)];
}
