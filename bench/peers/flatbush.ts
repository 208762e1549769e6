/**
 * Points in flatbush: in memory, static, gone at exit, and the fastest index of its kind.
 *
 * @module
 */

import Flatbush from "flatbush";
import { DIMS, type PointColumns } from "../support/random_points.ts";

/**
 * Builds an index; the numbers it finds are those of the points in the columns.
 *
 * @param columns Which points; their data stay where they are
 */
export function buildFlatbush({ count, coordinates }: PointColumns): Flatbush {
  const index = new Flatbush(count);
  for (let i = 0; i < count; i++) {
    const [x, y] = [coordinates[i * DIMS], coordinates[i * DIMS + 1]];
    index.add(x, y, x, y);
  }
  index.finish();
  return index;
}
