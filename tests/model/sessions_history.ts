/**
 * A history: a seed for what holds all through it, and one for each step. The same history does the same
 * on every runtime, and one with fewer steps does less: that is how a failure is made short.
 *
 * @module
 */

import { makeRandom } from "../crash/random.ts";
import { settle } from "./model_time.ts";
import { drawWeights, step } from "./sessions_steps.ts";
import { type ModelLibrary, type Tally, World } from "./sessions_world.ts";

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

const STEPS = 60;
const SHARE_LARGE = 0.25;

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
 * Lives through a history.
 *
 * @param library The code under test
 * @param history Which
 * @param tally Counts what happened
 * @returns The promise that was broken, if one was
 */
export async function live(
  library: ModelLibrary,
  history: History,
  tally: Tally = {},
): Promise<Failure | undefined> {
  await warmUp(library);
  const world = new World(library, tally);
  world.time.install();
  try {
    world.random = makeRandom(history.seed);
    world.large = world.chance(SHARE_LARGE);
    world.weights = drawWeights(world);
    await world.reopen();
    for (const [index, seed] of history.steps.entries()) {
      world.random = makeRandom(seed);
      world.note(`-- ${index}`);
      const waiting = step(world);
      if (waiting !== undefined) await waiting;
    }
    await world.settle();
    await world.close(true);
    await world.close(true);
    return undefined;
  } catch (error) {
    const message = error instanceof Error ? error.stack ?? error.message : String(error);
    world.storage.kill(); // Whatever is still at work ends here.
    await settle();
    return { history, message, trace: world.trace };
  } finally {
    world.time.uninstall();
  }
}

/** What is loaded once takes real time, which no history has. */
async function warmUp(library: ModelLibrary): Promise<void> {
  if (warm.has(library)) return;
  warm.add(library);
  await (await library.open("/db", { storage: new library.MemoryStorage() })).close();
}

/**
 * Looks for a shorter history that fails too, leaving out ever smaller parts of it.
 *
 * @param library The code under test
 * @param failure The failure of a long one
 */
export async function shorten(library: ModelLibrary, failure: Failure): Promise<Failure> {
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
 * @param library The code under test
 * @param seed Of the run
 * @param count How many
 * @param tally Counts what happened
 * @returns The failure, made short
 */
export async function explore(
  library: ModelLibrary,
  seed: number,
  count: number,
  tally: Tally = {},
): Promise<Failure | undefined> {
  for (let index = 0; index < count; index++) {
    const failure = await live(library, historyOf(seed, index), tally);
    if (failure !== undefined) return await shorten(library, failure);
  }
  return undefined;
}

/**
 * A failure as a person reads it.
 *
 * @param failure Which
 */
export function explain({ history, message, trace }: Failure): string {
  return [
    ...trace,
    "",
    message,
    "",
    `Repeat it: deno task model --replay '${JSON.stringify(history)}'`,
  ].join("\n");
}
