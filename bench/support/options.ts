/**
 * Reads the command line of a bench.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";

/** What was given, by name. */
export class Options {
  readonly #values: Record<string, string | boolean | undefined>;

  /**
   * @param names The options there are, each followed by a value
   * @throws If another is given
   */
  constructor(names: readonly string[]) {
    const options = Object.fromEntries(names.map((name) => [name, { type: "string" as const }]));
    this.#values = parseArgs({ args: process.argv.slice(2), options, strict: true }).values;
  }

  /**
   * A text.
   *
   * @param name Which
   * @returns The value given, if any
   */
  text(name: string): string | undefined {
    const value = this.#values[name];
    return typeof value === "string" ? value : undefined;
  }

  /**
   * A number above 0.
   *
   * @param name Which
   * @param otherwise The value when none is given
   * @throws If it is anything else
   */
  number(name: string, otherwise: number): number {
    const value = this.text(name);
    if (value === undefined) return otherwise;
    const number = Number(value);
    if (!(number > 0)) throw new Error(`--${name} is a number above 0, not "${value}"`);
    return number;
  }
}
