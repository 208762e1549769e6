/**
 * The words of the demo on standard output: numbered steps, each with aligned facts.
 *
 * @module
 */

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
