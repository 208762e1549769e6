/**
 * Lives through one history of sessions.
 *
 * @module
 */

import { makeRandom } from "../crash/random.ts";
import { type Failure, type History, type ModelLibrary, type Tally, warmUp } from "./history.ts";
import { settle } from "./model_time.ts";
import { drawWeights, step } from "./sessions_steps.ts";
import { World } from "./sessions_world.ts";

const SHARE_LARGE = 0.25;

/**
 * Lives through a history.
 *
 * @param library The code under test
 * @param history Which
 * @param tally Counts what happened
 * @returns The promise that was broken, if one was
 */
export async function liveSessions(
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
