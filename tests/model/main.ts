/**
 * `deno task model`: lives through random histories of a database and compares it with a plain model.
 *
 *     --what MODEL       sessions (what was promised), space (what is visible), graph (what is related),
 *                        or versions (a million of one address); all, at the same time, unless given
 *     --histories N      how many of each, 20,000 by default
 *     --seed S           what happens in them, 1 by default
 *     --library PATH     another module than this one
 *     --mutants          shows that broken copies of the library are found, instead
 *     --replay HISTORY   one history of `--what`, as a failure printed it
 *
 * Exit code 1, and the history made short, if a promise was broken.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { parseArgs } from "node:util";
import { pathToFileURL } from "node:url";
import { projectPath, scriptArguments, thisRuntime } from "../support/runtime.ts";
import {
  explain,
  explore,
  historyOf,
  type Live,
  type ModelLibrary,
  type Tally,
} from "./history.ts";
import { liveGraphs } from "./graph_history.ts";
import { loadModelMutant, MODEL_MUTANTS, removeModelMutant } from "./mutants.ts";
import { liveSessions } from "./sessions_history.ts";
import { liveSpaces } from "./space_history.ts";
import { checkVersions } from "./space_versions.ts";

const MODELS: Readonly<Record<string, Live>> = {
  sessions: liveSessions,
  space: liveSpaces,
  graph: liveGraphs,
};

const { values } = parseArgs({
  args: process.argv.slice(2).filter((each) => each !== "--"),
  options: {
    what: { type: "string" },
    histories: { type: "string", default: "20000" },
    seed: { type: "string", default: "1" },
    replay: { type: "string" },
    mutants: { type: "boolean", default: false },
    library: { type: "string", default: `${projectPath}mod.ts` },
  },
});
const VERSIONS = 1_000_000;
const PARTS = [...Object.keys(MODELS), "versions"];
const chosen = values.what === undefined ? PARTS : [values.what];
const kept = await Promise.all(chosen.length === 1 ? chosen.map(lookFor) : chosen.map(beside));
process.exitCode = kept.every((each) => each) ? 0 : 1;

/** Finds what is to be found by one model; whether all is well. */
async function lookFor(what: string): Promise<boolean> {
  if (!PARTS.includes(what)) throw new Error(`--what is one of ${PARTS}, not ${what}`);
  if (what === "versions") return values.mutants || await findVersions();
  return await (values.mutants ? findMutants(what) : findNothing(what));
}

/** The same in a process of its own, at the same time as others: each has its own clocks. */
async function beside(what: string): Promise<boolean> {
  const args = [...process.argv.slice(2), "--what", what];
  const { output, code } = await new Promise<{ output: string; code: number | null }>((resolve) => {
    const child = spawn(
      process.execPath,
      scriptArguments(thisRuntime, "tests/model/main.ts", args),
      { cwd: projectPath, stdio: ["ignore", "pipe", "inherit"] },
    );
    let output = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => output += text);
    child.on("close", (code) => resolve({ output, code }));
  });
  console.log(output.trimEnd());
  return code === 0;
}

/** Asks for versions among very many; whether the answers were right, and cost little. */
async function findVersions(): Promise<boolean> {
  const library: ModelLibrary = await import(pathToFileURL(values.library).href);
  try {
    const report = await checkVersions(library, VERSIONS);
    console.log(`versions: ${JSON.stringify(report)}`);
    return true;
  } catch (error) {
    console.log(error);
    return false;
  }
}

/** Lives through histories; whether every promise was kept. */
async function findNothing(what: string): Promise<boolean> {
  const live = MODELS[what];
  const library: ModelLibrary = await import(pathToFileURL(values.library).href);
  const startMs = performance.now();
  const tally: Tally = {};
  const failure = values.replay === undefined
    ? await explore(live, library, Number(values.seed), Number(values.histories), tally)
    : await live(library, JSON.parse(values.replay), tally);
  for (const [name, count] of Object.entries(tally).sort(([a], [b]) => a < b ? -1 : 1)) {
    console.log(`${String(count).padStart(9)}  ${name}`);
  }
  const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
  const tried = values.replay === undefined
    ? `${values.histories} histories, seed ${values.seed}`
    : "the history";
  console.log(
    failure === undefined
      ? `${what}: ${tried}: every promise was kept, ${seconds} s`
      : explain(what, failure),
  );
  return failure === undefined;
}

/** Lives through histories with broken libraries; whether each was found. */
async function findMutants(what: string): Promise<boolean> {
  let missed = 0;
  for (const mutant of MODEL_MUTANTS.filter((each) => (each.model ?? "sessions") === what)) {
    const startMs = performance.now();
    const broken = await loadModelMutant(mutant);
    let index = 0;
    let found = false;
    for (; index < mutant.histories && !found; index++) {
      found = await MODELS[what](broken, historyOf(Number(values.seed), index)) !== undefined;
    }
    removeModelMutant(mutant);
    if (!found) missed++;
    const seconds = ((performance.now() - startMs) / 1000).toFixed(1);
    console.log(`${found ? "found in " : "NOT IN "}${index}, ${seconds} s: ${mutant.name}`);
  }
  return missed === 0;
}
