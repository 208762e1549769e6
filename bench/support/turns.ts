/**
 * Measures readers side by side: each round gives every reader one turn, in an order that is shuffled
 * anew. A reader that finds something else than before is stopped.
 *
 * @module
 */

import { setImmediate } from "node:timers";
import type { Random } from "./random.ts";
import type { RoundCounts } from "./rounds.ts";

/** What a reader found in one turn. */
export interface Found {
  /** How many records. */
  hits: number;
  /** Something made of what was found, so that finding it cannot be left out. */
  sum: number;
}

/** One of those measured. */
export interface Reader {
  /** What the table calls it. */
  readonly name: string;
  /**
   * One turn: all of its questions.
   *
   * @param turn Which turn of this reader it is, from 0
   */
  read(turn: number): Found;
  /** Whether it is asked something else each turn: the same as the others in that turn. */
  readonly varies?: boolean;
}

/** What was measured of a reader. */
export interface Reading {
  /** Records that a turn finds, or the first one. */
  hits: number;
  /** Milliseconds of every counted turn. */
  durations: number[];
}

/**
 * Gives every reader its turns.
 *
 * @param readers Who
 * @param counts How often
 * @param random Decides the orders
 * @throws If a reader does not find the same each time, or the same as others that are asked the same
 */
export async function measureTurns(
  readers: readonly Reader[],
  counts: RoundCounts,
  random: Random,
): Promise<Map<Reader, Reading>> {
  const first = new Map<Reader, Found>(readers.map((reader) => [reader, reader.read(0)]));
  const readings = new Map<Reader, Reading>(
    readers.map((reader) => [reader, { hits: first.get(reader)!.hits, durations: [] }]),
  );
  const order = [...readers];
  const others: (Found | undefined)[] = [];
  let turn = 0;
  for (let round = 1 - counts.warmUp; round < counts.counted; round++) {
    random.shuffle(order);
    turn++;
    for (const reader of order) {
      await new Promise((resolve) => void setImmediate(resolve)); // The last one's garbage goes first.
      const start = performance.now();
      const found = reader.read(turn);
      const elapsedMs = performance.now() - start;
      const { hits, sum } = found;
      const expected = reader.varies ? others[turn] ??= found : first.get(reader)!;
      if (hits !== expected.hits || sum !== expected.sum) {
        throw new Error(`${reader.name} found ${hits} (${sum}), not ${expected.hits}`);
      }
      if (round >= 0) readings.get(reader)!.durations.push(elapsedMs);
    }
  }
  return readings;
}
