/**
 * Measures contenders side by side: each round gives every contender one turn, in an order that is
 * shuffled anew, so that a slow minute of the machine hits all of them and nobody always follows the
 * same neighbour.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Contender } from "./contender.ts";
import type { Random } from "./random.ts";

/** How long to measure. */
export interface RoundCounts {
  /** Rounds before the first that counts: the runtime compiles what is hot. */
  warmUp: number;
  /** Rounds that count. */
  counted: number;
}

/**
 * Gives every contender its turns.
 *
 * @param contenders Who
 * @param counts How often
 * @param random Decides the orders
 * @returns Milliseconds of every counted turn of each
 */
export async function measureRounds(
  contenders: readonly Contender[],
  counts: RoundCounts,
  random: Random,
): Promise<Map<Contender, number[]>> {
  const durations = new Map<Contender, number[]>(contenders.map((contender) => [contender, []]));
  const order = [...contenders];
  for (let round = -counts.warmUp; round < counts.counted; round++) {
    random.shuffle(order);
    for (const contender of order) {
      contender.prepare(); // Just before its turn: whoever seals entries has made them a moment ago.
      await settle();
      const start = performance.now();
      const sealed = contender.seal();
      if (sealed !== undefined) await sealed;
      const elapsedMs = performance.now() - start;
      if (round >= 0) durations.get(contender)?.push(elapsedMs);
    }
  }
  return durations;
}

/**
 * Lets the runtime do what making entries has left it to do, garbage collection above all. A blocking
 * contender never yields to it, so otherwise all of it would fall on the one that waits.
 */
function settle(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
