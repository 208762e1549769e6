/**
 * Lives through one history of spaces.
 *
 * @module
 */

import { type Failure, type History, type ModelLibrary, type Tally, warmUp } from "./history.ts";
import { settle } from "./model_time.ts";
import { DiskStorage } from "./space_disk.ts";
import { Draw } from "./space_draw.ts";
import { compareAll, setUp, step } from "./space_steps.ts";
import { SpaceWorld } from "./space_world.ts";

/** How many histories happen in real files. */
const SHARE_ON_DISK = 0.05;

/**
 * Lives through a history.
 *
 * @param library The code under test
 * @param history Which
 * @param tally Counts what happened
 * @returns The promise that was broken, if one was
 */
export async function liveSpaces(
  library: ModelLibrary,
  history: History,
  tally: Tally = {},
): Promise<Failure | undefined> {
  await warmUp(library);
  const draw = new Draw(history.seed);
  const disk = draw.chance(SHARE_ON_DISK) ? await DiskStorage.create() : undefined;
  const world = new SpaceWorld(library, tally, disk);
  if (disk !== undefined) world.count("histories in real files");
  world.time.install();
  try {
    world.draw = draw;
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
    disk?.removeAll();
  }
}
