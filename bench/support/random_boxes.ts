/**
 * Random squares in the plane of the random points.
 *
 * @module
 */

import type { Box } from "../../mod.ts";
import { COORDINATE_LIMIT, RandomPoints } from "./random_points.ts";

/** Squares of one size. */
export interface BoxSize {
  /** Part of the area that a square covers. */
  share: number;
  /** How many of them are asked for in each turn. */
  boxes: number;
}

/**
 * Makes squares that lie wholly in the plane, the same for the same seed.
 *
 * @param size How large, and how many
 * @param seed Any integer
 */
export function randomBoxes({ share, boxes }: BoxSize, seed: number): Box[] {
  const random = new RandomPoints(seed);
  const side = COORDINATE_LIMIT * Math.sqrt(share);
  const room = 1 - side / COORDINATE_LIMIT;
  return Array.from({ length: boxes }, () => {
    const [x, y] = [random.coordinate() * room, random.coordinate() * room];
    return { min: [x, y], max: [x + side, y + side] };
  });
}
