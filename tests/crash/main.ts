/**
 * The crash lab as a program: `deno task crash -- --seed S --states N`, and `--replay` for one history.
 * The states are shared out evenly among the scenarios of a segment, of a database, and of graphs.
 *
 * Prints a row a scenario: crash points (or failing calls), states tried, recoveries, violations, seed,
 * seconds. Every violation is followed by its smallest history and the line that repeats it. Exits with
 * 1 if there was one.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { DATABASE_SUBJECTS } from "./database_scenarios.ts";
import { type Crash, Explorer } from "./explore.ts";
import { GRAPH_SUBJECTS } from "./graph_scenarios.ts";
import { SEGMENT_SUBJECTS } from "./scenarios.ts";
import type { Subject } from "./subject.ts";

const DEFAULT_STATES = 100_000;
/** From so many on every place is tried at which a call can fail, and every small set of lost changes. */
const THOROUGH_STATES = 1_000_000;
const VIOLATIONS_SHOWN = 3;
const MODES = ["crashes", "faults"] as const;
const SUBJECTS = [...SEGMENT_SUBJECTS, ...DATABASE_SUBJECTS, ...GRAPH_SUBJECTS];

const COLUMNS: [string, number][] = [
  ["scenario", 40],
  ["ends by", 9],
  ["points", 8],
  ["states", 10],
  ["recoveries", 12],
  ["violations", 12],
  ["seed", 10],
  ["seconds", 9],
];

interface Replay {
  scenario: string;
  history: Crash[];
}

function row(cells: readonly (string | number)[]): string {
  return cells.map((cell, i) => {
    const text = typeof cell === "number" ? cell.toLocaleString("en") : cell;
    return i < 2 ? text.padEnd(COLUMNS[i][1]) : text.padStart(COLUMNS[i][1]);
  }).join("");
}

async function explain(
  subject: Subject,
  seed: number,
  violation: { history: Crash[]; message: string },
): Promise<void> {
  const explorer = new Explorer(subject, { seed, states: 0 });
  const history = await explorer.minimise(violation.history);
  console.log(`\nViolation in "${subject.name}" (seed ${seed}): ${violation.message}`);
  await explorer.replay(history, (line) => console.log(`    ${line}`));
  const replay: Replay = { scenario: subject.name, history };
  console.log(`Repeat it: deno task crash --replay '${JSON.stringify(replay)}'`);
}

async function replay(text: string): Promise<boolean> {
  const { scenario: name, history }: Replay = JSON.parse(text);
  const subject = SUBJECTS.find((each) => each.name === name);
  if (subject === undefined) throw new Error(`There is no scenario "${name}"`);
  const explorer = new Explorer(subject, { seed: 0, states: 0 });
  const message = await explorer.replay(history, (line) => console.log(line));
  console.log(message === undefined ? "Every promise was kept" : `Violation: ${message}`);
  return message === undefined;
}

async function explore(seed: number, states: number): Promise<boolean> {
  console.log(`seed ${seed}, about ${states.toLocaleString("en")} states\n`);
  console.log(row(COLUMNS.map(([name]) => name)));
  const total = { points: 0, states: 0, recoveries: 0, violations: 0 };
  const begin = performance.now();
  const share = states / (SUBJECTS.length * MODES.length);
  const sparse = states < THOROUGH_STATES;
  for (const subject of SUBJECTS) {
    for (const mode of MODES) {
      const start = performance.now();
      const found = await new Explorer(subject, { seed, states: share, sparse })[mode]();
      const { points, states, recoveries, violations } = found;
      const seconds = ((performance.now() - start) / 1000).toFixed(1);
      console.log(
        row([subject.name, mode, points, states, recoveries, violations.length, seconds]),
      );
      for (const each of violations.slice(0, VIOLATIONS_SHOWN)) await explain(subject, seed, each);
      total.points += points;
      total.states += states;
      total.recoveries += recoveries;
      total.violations += violations.length;
    }
  }
  const seconds = ((performance.now() - begin) / 1000).toFixed(1);
  const counts = [total.points, total.states, total.recoveries, total.violations];
  console.log(row(["all", "", ...counts, String(seed), seconds]));
  return total.violations === 0;
}

const { values } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== "--"),
  options: {
    seed: { type: "string", default: "1" },
    states: { type: "string", default: String(DEFAULT_STATES) },
    replay: { type: "string" },
  },
});
const kept = values.replay === undefined
  ? await explore(Number(values.seed), Number(values.states))
  : await replay(values.replay);
process.exitCode = kept ? 0 : 1;
