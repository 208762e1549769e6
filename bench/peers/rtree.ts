/**
 * Points in an R*Tree of this runtime's SQLite: WAL, synchronous=FULL, prepared statements.
 *
 * @module
 */

import type { RtreeConnection } from "./rtree_connection.ts";

/** What SQLite keeps of a database in memory, if it is told to keep as much as ours does. */
export interface RtreeOptions {
  /** Bytes; the module's default, unless given. */
  cacheBytesMax?: number;
}

/** Moves everything from the log into the database file. */
export const RTREE_CHECKPOINT = "PRAGMA wal_checkpoint(TRUNCATE)";

/**
 * Opens a database, and creates it if it is missing.
 *
 * @param path Where
 * @param options How
 */
export async function openRtree(
  path: string,
  { cacheBytesMax }: RtreeOptions = {},
): Promise<RtreeConnection> {
  const connection = await connect(path);
  // A negative size is one in KiB, not in pages.
  if (cacheBytesMax !== undefined) {
    connection.execute(`PRAGMA cache_size = ${-Math.floor(cacheBytesMax / 1024)}`);
  }
  return connection;
}

async function connect(path: string): Promise<RtreeConnection> {
  const runtime = globalThis as { Bun?: unknown };
  if (runtime.Bun !== undefined) return (await import("./bun_rtree.ts")).connectBunRtree(path);
  return (await import("./node_rtree.ts")).connectNodeRtree(path);
}
