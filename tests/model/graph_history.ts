/**
 * Lives through one history of graphs.
 *
 * @module
 */

import { compareAll, setUp, step } from "./graph_steps.ts";
import { GraphWorld } from "./graph_world.ts";
import { type Failure, type History, type ModelLibrary, type Tally, warmUp } from "./history.ts";
import { settle } from "./model_time.ts";
import { Draw } from "./space_draw.ts";

/**
 * Lives through a history.
 *
 * @param library The code under test
 * @param history Which
 * @param tally Counts what happened
 * @returns The promise that was broken, if one was
 */
export async function liveGraphs(
  library: ModelLibrary,
  history: History,
  tally: Tally = {},
): Promise<Failure | undefined> {
  await warmUp(library);
  const world = new GraphWorld(library, tally);
  world.time.install();
  try {
    world.draw = new Draw(history.seed);
    await setUp(world);
    for (const [index, seed] of history.steps.entries()) {
      world.draw = new Draw(seed);
      world.note(`-- ${index}`);
      await step(world);
    }
    compareAll(world);
    for (const dispose of [true, false]) {
      await world.reopen(dispose);
      compareAll(world);
    }
    await world.done("close", world.db.close());
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
