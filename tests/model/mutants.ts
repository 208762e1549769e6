/**
 * The library with one promise broken, each time another: the model must notice every one of them, or
 * its silence about the real thing means nothing.
 *
 * @module
 */

import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { projectPath } from "../support/runtime.ts";
import { GRAPH_MUTANTS } from "./graph_mutants.ts";
import type { ModelLibrary } from "./history.ts";
import { SPACE_MUTANTS } from "./space_mutants.ts";

/** One piece of text in one file of the library, and what becomes of it. */
export interface ModelMutant {
  /** What is broken, in words. */
  name: string;
  /** Which model finds it: "sessions" unless given. */
  model?: "space" | "graph";
  /** The first of so many histories show it. */
  histories: number;
  file: string;
  from: string;
  to: string;
}

/** What the model of sessions must find. */
const SESSION_MUTANTS: readonly ModelMutant[] = [
  {
    name: "a file goes though an interrupted intent is in it",
    histories: 50,
    file: "session/retirement.ts",
    from: "stream === undefined && holds === 0 && newestOrdinal",
    to: "stream === undefined && newestOrdinal",
  },
  {
    name: "sealedThrough passes an intent that is pending",
    histories: 4000,
    file: "session/retirement.ts",
    from: "if (pending !== undefined && Revision.compare(pending, last) < 0) return;",
    to: "",
  },
  {
    name: "a discarded intent is not written down",
    histories: 1000,
    file: "database/core.ts",
    from: "await this.#list([], new Map([[intent.session, intent.last]]));",
    to: "",
  },
  {
    name: "opening does not look at the stamps it finds",
    histories: 50,
    file: "database/opening.ts",
    from:
      "if (judgement.highest !== undefined) clock.observe(judgement.highest);\n  }\n  const next",
    to: "}\n  const next",
  },
  {
    name: "session ids are not reserved",
    histories: 50,
    file: "database/opening.ts",
    from: "await core.flushNow((state) => ({ ...state, nextSession: core.ids.end }));",
    to: "await core.flushNow();",
  },
  {
    name: "a commit at the base is news to an intent",
    histories: 50,
    file: "session/commit_history.ts",
    from: "this.#recent[i].ordinal > base; i--",
    to: "this.#recent[i].ordinal >= base; i--",
  },
  {
    name: "commits that refuse collisions do not wait for each other",
    histories: 1000,
    file: "session/commit_guard.ts",
    from: "if (flight.guarded === undefined && this.#refusing === 0) return undefined;",
    to: "if (this.#flights.size >= 0) return undefined;",
  },
  {
    name: "a snapshot sees what is committed later",
    histories: 50,
    file: "store/table.ts",
    from: "if (unread === undefined) return () => pinned;",
    to: "if (this.space > 0) return () => this.pin();",
  },
  {
    name: "asOf leaves out the revision itself",
    histories: 50,
    file: "store/run_stream.ts",
    from: "this.run.compareRevision(at, ceiling, 0) <= 0;",
    to: "this.run.compareRevision(at, ceiling, 0) < 0;",
  },
  {
    name: "settledThrough does not heed interrupted intents",
    histories: 50,
    file: "session/sessions.ts",
    from: "lower(this.#uncertain, this.#interrupted[0]?.first)",
    to: "this.#uncertain",
  },
  {
    name: "an abandonment is not written down",
    histories: 50,
    file: "session/batch.ts",
    from: "if (!intent.touched && !this.#counts.has(intent)) continue;",
    to: "continue;",
  },
  {
    name: "a log is made smaller by the plan of a file that is gone",
    histories: 8000,
    file: "session/log_thinning.ts",
    from: "if (replacements !== log.replacements || !log.idle) return;",
    to: "if (!log.idle) return;",
  },
  {
    name: "what is sealed behind an intent in doubt is offered",
    histories: 3000,
    file: "session/stream.ts",
    from: "if (intent.verdictHanded) settled = false;",
    to: "",
  },
  {
    name: "what is sealed is not told of when its session ends",
    histories: 50,
    file: "session/sessions.ts",
    from: "if (left !== undefined) this.#interrupt(",
    to: "if (left === null) this.#interrupt(",
  },
  {
    name: "a token may be older than the newest entry",
    histories: 1000,
    file: "session/commit_options.ts",
    from: "if (!token.last.equals(intent.last) || token.entries !== intent.entries.length) {",
    to: "if (token.entries > intent.entries.length) {",
  },
  {
    name: "a commit that fails merges with what comes after it",
    histories: 1000,
    file: "session/work_queue.ts",
    from: 'if (kind !== "seal") {\n      intent.inFlight = false;',
    to: 'if (kind !== "seal") {\n      intent.inFlight = intent.closed = false;',
  },
];

/** What the models must find. */
export const MODEL_MUTANTS: readonly ModelMutant[] = [
  ...SESSION_MUTANTS,
  ...SPACE_MUTANTS,
  ...GRAPH_MUTANTS,
];

/**
 * Loads the library as a mutant has it.
 *
 * @param mutant Which
 * @returns The module
 */
export async function loadModelMutant(mutant: ModelMutant): Promise<ModelLibrary> {
  const { file, from, to } = mutant;
  const directory = directoryOf(mutant);
  mkdirSync(directory, { recursive: true });
  cpSync(`${projectPath}lib`, `${directory}/lib`, { recursive: true });
  cpSync(`${projectPath}mod.ts`, `${directory}/mod.ts`);
  const path = `${directory}/lib/${file}`;
  const text = readFileSync(path, "utf8");
  if (text.split(from).length !== 2) throw new Error(`${file} does not have exactly once: ${from}`);
  writeFileSync(path, text.replace(from, () => to));
  return await import(pathToFileURL(`${directory}/mod.ts`).href);
}

/**
 * Removes the copy; that of no other mutant, which another thread may be trying.
 *
 * @param mutant Which
 */
export function removeModelMutant(mutant: ModelMutant): void {
  rmSync(directoryOf(mutant), { recursive: true, force: true });
}

function directoryOf(mutant: ModelMutant): string {
  return `${projectPath}tmp/model-mutants/${process.pid}-${MODEL_MUTANTS.indexOf(mutant)}`;
}
