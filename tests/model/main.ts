/**
 * `deno task model`: lives through random histories of a database and compares it with a plain model.
 *
 *     --histories N      how many, 20,000 by default
 *     --seed S           what happens in them, 1 by default
 *     --library PATH     another module than this one
 *     --mutants          shows that broken copies of the library are found, instead
 *     --replay HISTORY   one history, as a failure printed it
 *
 * Exit code 1, and the history made short, if a promise was broken.
 *
 * @module
 */

import process from "node:process";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import { projectPath } from "../support/runtime.ts";
import { loadModelMutant, MODEL_MUTANTS, removeModelMutants } from "./mutants.ts";
import { explain, explore, historyOf, live } from "./sessions_history.ts";
import type { ModelLibrary, Tally } from "./sessions_world.ts";

const { values } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== "--"),
  options: {
    histories: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    replay: { type: "string" },
    mutants: { type: "boolean", default: false },
    library: { type: "string", default: `${projectPath}mod.ts` },
  },
});
const kept = values.mutants ? await findMutants() : await findNothing();
process.exitCode = kept ? 0 : 1;

/** Lives through histories; whether every promise was kept. */
async function findNothing(): Promise<boolean> {
  const library: ModelLibrary = await import(pathToFileURL(values.library).href);
  const startMs = performance.now();
  const tally: Tally = {};
  const failure = values.replay === undefined
    ? await explore(library, Number(values.seed), Number(values.histories), tally)
    : await live(library, JSON.parse(values.replay), tally);
  for (const [what, count] of Object.entries(tally).sort(([a], [b]) => a < b ? -1 : 1)) {
    console.log(`${String(count).padStart(9)}  ${what}`);
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const what = values.replay === undefined
    ? `${values.histories} histories, seed ${values.seed}`
    : "the history";
  console.log(
    failure === undefined ? `${what}: every promise was kept, ${seconds} s` : explain(failure),
  );
  return failure === undefined;
}

/** Lives through histories with broken libraries; whether each was found. */
async function findMutants(): Promise<boolean> {
  let missed = 0;
  for (const mutant of MODEL_MUTANTS) {
    const startMs = performance.now();
    const broken = await loadModelMutant(mutant);
    let index = 0;
    let found = false;
    for (; index < mutant.histories && !found; index++) {
      found = await live(broken, historyOf(Number(values.seed), index)) !== undefined;
    }
    if (!found) missed++;
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    console.log(`${found ? "found in " : "NOT IN "}${index}, ${seconds} s: ${mutant.name}`);
  }
  removeModelMutants();
  return missed === 0;
}
