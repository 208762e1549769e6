/**
 * What files take on disk.
 *
 * @module
 */

import { readdirSync, statSync } from "node:fs";

/**
 * Bytes of all files of a directory and below.
 *
 * @param directory Which
 */
export function diskBytesBelow(directory: string): number {
  const names = readdirSync(directory, { recursive: true, encoding: "utf8" });
  const stats = names.map((name) => statSync(`${directory}/${name}`));
  return stats.reduce((sum, stat) => sum + (stat.isFile() ? stat.size : 0), 0);
}
