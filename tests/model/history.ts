/**
 * A history: a seed for what holds all through it, and one for each step. The same history does the same
 * on every runtime, and one with fewer steps does less: that is how a failure is made short.
 *
 * @module
 */

import type { MemoryStorage, open, Revision } from "../../mod.ts";
import { makeRandom } from "../crash/random.ts";

/** The code under test: the real module, or a broken copy of it. */
export interface ModelLibrary {
  open: typeof open;
  MemoryStorage: typeof MemoryStorage;
  Revision: typeof Revision;
}

/** A promise that was broken. */
export class Violation extends Error {}

/** How often what happened: a model that never gets there sees nothing. */
export type Tally = Record<string, number>;

/** Everything a history follows from. */
export interface History {
  seed: number;
  steps: number[];
}

/** A history in which a promise was broken. */
export interface Failure {
  history: History;
  message: string;
  /** What happened, a line each. */
  trace: string[];
}

/** Lives through a history; returns the promise that was broken, if one was. */
export type Live = (
  library: ModelLibrary,
  history: History,
  tally?: Tally,
) => Promise<Failure | undefined>;

const STEPS = 60;

const warm = new WeakSet<ModelLibrary>();

/**
 * The history of a number.
 *
 * @param seed Of the whole run
 * @param index Which history of it
 */
export function historyOf(seed: number, index: number): History {
  const random = makeRandom(Math.imul(seed, 0x9e3779b1) ^ index);
  const draw = (): number => Math.floor(random() * 2 ** 32);
  const count = Math.ceil(STEPS * (0.5 + random()));
  return { seed: draw(), steps: Array.from({ length: count }, draw) };
}

/**
 * Loads what is loaded once: that takes real time, which no history has.
 *
 * @param library The code under test
 */
export async function warmUp(library: ModelLibrary): Promise<void> {
  if (warm.has(library)) return;
  warm.add(library);
  await (await library.open("/db", { storage: new library.MemoryStorage() })).close();
}

/**
 * Looks for a shorter history that fails too, leaving out ever smaller parts of it.
 *
 * @param live Lives through one
 * @param library The code under test
 * @param failure The failure of a long one
 */
export async function shorten(
  live: Live,
  library: ModelLibrary,
  failure: Failure,
): Promise<Failure> {
  let shortest = failure;
  for (let size = failure.history.steps.length >> 1; size >= 1;) {
    let shorter = false;
    for (let at = 0; at < shortest.history.steps.length;) {
      const { seed, steps } = shortest.history;
      const found = await live(library, { seed, steps: steps.toSpliced(at, size) });
      if (found === undefined) at += size;
      else {
        shortest = found;
        shorter = true;
      }
    }
    if (!shorter || size > 1) size >>= 1;
  }
  return shortest;
}

/**
 * Lives through many histories, up to the first that fails.
 *
 * @param live Lives through one
 * @param library The code under test
 * @param seed Of the run
 * @param count How many
 * @param tally Counts what happened
 * @returns The failure, made short
 */
export async function explore(
  live: Live,
  library: ModelLibrary,
  seed: number,
  count: number,
  tally: Tally = {},
): Promise<Failure | undefined> {
  for (let index = 0; index < count; index++) {
    const failure = await live(library, historyOf(seed, index), tally);
    if (failure !== undefined) return await shorten(live, library, failure);
  }
  return undefined;
}

/**
 * A failure as a person reads it.
 *
 * @param what Which model found it
 * @param failure Which
 */
export function explain(what: string, { history, message, trace }: Failure): string {
  return [
    ...trace,
    "",
    message,
    "",
    `Repeat it: deno task model --what ${what} --replay '${JSON.stringify(history)}'`,
  ].join("\n");
}
