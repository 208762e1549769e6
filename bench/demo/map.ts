/**
 * Maps of plain characters: a piece of the earth cut into cells, the darker the more cities are in them.
 *
 * @module
 */

import type { Box, RecordColumns } from "../../mod.ts";
import { highlighted, number } from "./report.ts";

/** A place on a map, in degrees. */
export type Degrees = readonly [longitude: number, latitude: number];

/** The piece of the earth that a map shows, and into how many cells it is cut. */
export interface Frame {
  /** The south-west corner. */
  min: Degrees;
  /** The north-east corner. */
  max: Degrees;
  /** Cells from west to east. */
  columns: number;
  /** Cells from north to south. */
  rows: number;
}

/** What a map shows in its cells. */
export interface Shading {
  /** How many cities there are in each, row after row from the north. */
  counts: Uint32Array;
  /** How many make the darkest. */
  most: number;
}

/** A place to be found on a map. */
export interface Mark {
  /** One character. */
  letter: string;
  /** Where. */
  degrees: Degrees;
}

/** From none to the most; the steps between are those of the logarithm. */
const SHADES = " .:-=+*#%@";

const MARGIN = 1.15;
const DEGREES_PER_COLUMN_MIN = 0.02;

/**
 * The box of a frame in the space of the cities, whose third coordinate is the city's number.
 *
 * @param frame The frame
 */
export function boxOf({ min, max }: Frame): Box {
  return { min: [...min, -Infinity], max: [...max, Infinity] };
}

/**
 * The frame that holds some places with a margin, where a kilometre is as long in both directions: a
 * character is twice as high as it is wide.
 *
 * @param places At least one
 * @param columns Cells from west to east
 * @param rows Cells from north to south
 */
export function frameAround(places: readonly Degrees[], columns: number, rows: number): Frame {
  const [west, east] = boundsOf(places.map(([longitude]) => longitude));
  const [south, north] = boundsOf(places.map(([, latitude]) => latitude));
  const middle = [(west + east) / 2, (south + north) / 2];
  const rowsPerColumn = 2 * Math.cos(middle[1] * Math.PI / 180);
  const perColumn = Math.max(
    MARGIN * (east - west) / columns,
    MARGIN * (north - south) / rows / rowsPerColumn,
    DEGREES_PER_COLUMN_MIN,
  );
  const half = [perColumn * columns / 2, perColumn * rowsPerColumn * rows / 2];
  return {
    min: [middle[0] - half[0], middle[1] - half[1]],
    max: [middle[0] + half[0], middle[1] + half[1]],
    columns,
    rows,
  };
}

/**
 * Counts the records in each cell of a frame.
 *
 * @param frame The frame
 * @param records What `columns` gave for its box
 */
export function shade(frame: Frame, records: RecordColumns): Shading {
  const counts = new Uint32Array(frame.columns * frame.rows);
  const { coordinates, dims, length } = records;
  for (let at = 0; at < length * dims; at += dims) {
    counts[cellOf(frame, [coordinates[at], coordinates[at + 1]])]++;
  }
  return { counts, most: Math.max(...counts) };
}

/**
 * Draws a map.
 *
 * @param title Stands in its upper edge
 * @param frame What it shows
 * @param shading How many there are in each cell
 * @param marks What is to be found on it; of several in one cell, the first
 * @returns Its lines, two characters wider than the frame's columns
 */
export function drawMap(
  title: string,
  frame: Frame,
  { counts, most }: Shading,
  marks: readonly Mark[] = [],
): string[] {
  const cells = Array.from(counts, (count) => SHADES[shadeOf(count, most)]);
  for (const { letter, degrees } of marks.toReversed()) {
    cells[cellOf(frame, degrees)] = highlighted(letter);
  }
  const lines = [`+ ${title} `.padEnd(frame.columns + 1, "-") + "+"];
  for (let row = 0; row < frame.rows; row++) {
    lines.push(`|${cells.slice(row * frame.columns, (row + 1) * frame.columns).join("")}|`);
  }
  return [...lines, `+${"-".repeat(frame.columns)}+`];
}

/**
 * What the characters of a map mean.
 *
 * @param most How many make the darkest
 */
export function shadesInWords(most: number): string {
  return `${SHADES.slice(1, 1 + shadeOf(most, most))} from 1 city to ${number(most)} in a cell`;
}

/** A place on an edge belongs to the cell inside. */
function cellOf({ min, max, columns, rows }: Frame, [longitude, latitude]: Degrees): number {
  const column = Math.floor((longitude - min[0]) / (max[0] - min[0]) * columns);
  const row = Math.floor((max[1] - latitude) / (max[1] - min[1]) * rows);
  return Math.min(row, rows - 1) * columns + Math.min(column, columns - 1);
}

function shadeOf(count: number, most: number): number {
  if (count === 0) return 0;
  return 1 + Math.floor((SHADES.length - 1) * Math.log(count) / Math.log(most + 1));
}

function boundsOf(values: readonly number[]): [min: number, max: number] {
  return [Math.min(...values), Math.max(...values)];
}
