/**
 * The words of the demo on standard output: numbered steps, each with aligned facts.
 *
 * @module
 */

import process from "node:process";
import type { CitySource } from "./city.ts";

/** One part of the demo. */
export interface Demo {
  /** A root of its own; missing yet. */
  root: string;
  /** What goes in. */
  source: CitySource;
  /** Aborted when the person at the terminal has seen enough. */
  signal: AbortSignal;
}

/** Lost or changed data, or a mistyped argument: told in one sentence, without a stack. */
export class PlainError extends Error {}

const LABEL_CHARACTERS = 14;

/**
 * Writes a line.
 *
 * @param line The text
 */
export function say(line: string): void {
  console.log(line);
}

/**
 * Begins a step.
 *
 * @param index Counts from 1
 * @param title What is done in it
 */
export function step(index: number, title: string): void {
  say(`\n${index}. ${title}`);
}

/**
 * Writes what a step brought.
 *
 * @param label A word or two
 * @param value What it is
 */
export function fact(label: string, value: string): void {
  say(`   ${label.padEnd(LABEL_CHARACTERS)}${value}`);
}

/**
 * Writes lines as far from the edge as the facts of a step.
 *
 * @param lines The lines
 */
export function drawing(lines: readonly string[]): void {
  for (const line of lines) say(`   ${line}`);
}

/**
 * A text that is to be found on a map: coloured for a person at a terminal who has nothing against it.
 *
 * @param text The text
 */
export function highlighted(text: string): string {
  return process.stdout.isTTY && !process.env.NO_COLOR ? `\x1b[1;33m${text}\x1b[0m` : text;
}

/**
 * A number as people read it.
 *
 * @param value The number
 * @param digits How many to write after the point
 */
export function number(value: number, digits = 0): string {
  return value.toLocaleString("en-US", {
    minimumFractionDigits: digits,
    maximumFractionDigits: digits,
  });
}

/**
 * The middle of a sample.
 *
 * @param values At least one
 */
export function median(values: number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1 ? sorted[middle] : (sorted[middle - 1] + sorted[middle]) / 2;
}
