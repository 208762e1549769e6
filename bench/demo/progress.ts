/**
 * How far a piece of work has come: a bar rewritten in place on a terminal, a line every tenth elsewhere.
 *
 * @module
 */

import { number } from "./report.ts";

/** Where to write; `process.stdout` is one. */
export interface ProgressOutput {
  /** Whether a person watches, and `\r` goes back to the start of the line. */
  isTTY?: boolean;
  /** Characters a line of the terminal holds. */
  columns?: number;
  /** Writes text. */
  write(text: string): unknown;
}

const BAR_CHARACTERS_MAX = 40;
const COLUMNS_DEFAULT = 80;
const INDENT = "   ";

/** The progress of one piece of work. */
export class Progress {
  readonly #output: ProgressOutput;
  readonly #total: number;
  #shownPercent: number;
  #shown = "";

  /**
   * @param output Where to
   * @param total How many make 100 %
   * @param start How many of them were done before
   */
  constructor(output: ProgressOutput, total: number, start: number) {
    this.#output = output;
    this.#total = total;
    this.#shownPercent = this.#percentOf(start);
  }

  /**
   * Shows how far it has come, if that has visibly changed.
   *
   * @param done How many of the total
   */
  show(done: number): void {
    const percent = this.#percentOf(done);
    if (percent <= this.#shownPercent) return;
    this.#shownPercent = percent;
    const facts = `${String(percent).padStart(3)} %  ${number(done)} of ${number(this.#total)}`;
    if (this.#output.isTTY) this.#rewrite(facts, done / this.#total);
    else this.#output.write(`${INDENT}${facts}\n`);
  }

  /** Leaves the bar as it is and goes to the next line. */
  end(): void {
    if (this.#shown !== "") this.#output.write("\n");
    this.#shown = "";
  }

  /** In the steps in which it is shown: the percent on a terminal, the tenth elsewhere. */
  #percentOf(done: number): number {
    const step = this.#output.isTTY ? 1 : 10;
    return step * Math.floor(100 * done / this.#total / step);
  }

  #rewrite(facts: string, share: number): void {
    const columns = this.#output.columns || COLUMNS_DEFAULT; // 0 where the terminal does not tell.
    const room = columns - 1 - INDENT.length - "[]  ".length - facts.length;
    const width = Math.max(0, Math.min(BAR_CHARACTERS_MAX, room));
    const filled = Math.round(width * share);
    const text = `${INDENT}[${"#".repeat(filled).padEnd(width, ".")}]  ${facts}`;
    this.#output.write(`\r${text.padEnd(this.#shown.length)}`);
    this.#shown = text;
  }
}
