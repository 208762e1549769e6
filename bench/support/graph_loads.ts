/**
 * Loading the edges of a random hypergraph durably, group after group: ours, and SQLite. The points are
 * there before, on both sides; objects, and rows for SQLite, are made between the groups, outside the
 * measured time.
 *
 * @module
 */

import { statSync } from "node:fs";
import type { OpenOptions } from "../../mod.ts";
import { edgeRows, openSqliteGraph, type PointName } from "../peers/sqlite_graph.ts";
import { diskBytesBelow } from "./disk_bytes.ts";
import {
  edgeGroups,
  loadGraphPoints,
  openGraph,
  type RelateCall,
  relateEdges,
} from "./our_graph.ts";
import { ENDPOINTS, type GraphColumns } from "./random_graph.ts";
import { WorkMeter } from "./work_meter.ts";

/** Of the memory that ours may take this is for pages; the rest is for what is in no run file yet. */
const CACHE_BYTES_MAX = 64 * 2 ** 20;

/** What to load. */
export interface GraphLoadOrder {
  /** A name for a directory or file, free. */
  path: string;
  /** The points and edges. */
  columns: GraphColumns;
  /** How many edges in each commit. */
  groupEdges: number;
  /** Bytes that may be kept in memory; undefined: as many as ours takes by itself. */
  memoryBytesMax?: number;
}

/** How a load went. */
export interface GraphLoad {
  /** Milliseconds until the last commit. */
  commitMs: number;
  /** Milliseconds of what comes after it: flush and compaction, or a checkpoint. */
  afterMs: number;
  /** Milliseconds of the processors, for both. */
  cpuMs: number;
  /** Bytes on disk after closing. */
  diskBytes: number;
}

/**
 * Loads ours until it is flushed and compacted.
 *
 * @param order What
 * @param call How
 */
export async function loadOurGraph(order: GraphLoadOrder, call: RelateCall): Promise<GraphLoad> {
  const { path, columns, groupEdges, memoryBytesMax } = order;
  const ours = await openGraph(path, memoryOptions(memoryBytesMax));
  await loadGraphPoints(ours, columns);
  const session = ours.db.session();
  const [meter, after] = [new WorkMeter(), new WorkMeter()];
  for (const edges of edgeGroups(columns, groupEdges)) {
    await meter.measure(async () => {
      relateEdges(session, ours.graph, edges, call);
      await session.commit();
    });
  }
  await after.measure(async () => {
    await ours.db.flush();
    await ours.db.compact();
  });
  await ours.db.close();
  return loadOf(meter, after, diskBytesBelow(path));
}

/**
 * Loads SQLite until its log is empty.
 *
 * @param order What
 * @param name How endpoints name their points
 */
export async function loadSqliteGraph(
  order: GraphLoadOrder,
  name: PointName,
): Promise<GraphLoad> {
  const { path, columns, groupEdges, memoryBytesMax = 0 } = order;
  const sqlite = await openSqliteGraph(path, memoryBytesMax);
  sqlite.insertPoints(columns);
  const [meter, after] = [new WorkMeter(), new WorkMeter()];
  for (let from = 0; from < columns.edgeCount; from += groupEdges) {
    const rows = edgeRows(columns, from, Math.min(columns.edgeCount, from + groupEdges), name);
    await meter.measure(() => sqlite.insertEdges(rows, name));
  }
  await after.measure(() => sqlite.checkpoint());
  checkEndpoints(sqlite.endpointCount(), columns);
  sqlite.close();
  return loadOf(meter, after, statSync(path).size);
}

function memoryOptions(memoryBytesMax: number | undefined): OpenOptions {
  if (memoryBytesMax === undefined) return {};
  return {
    cacheBytesMax: CACHE_BYTES_MAX,
    tailBytesMax: memoryBytesMax - CACHE_BYTES_MAX,
  };
}

function loadOf(meter: WorkMeter, after: WorkMeter, diskBytes: number): GraphLoad {
  return {
    commitMs: meter.elapsedMs,
    afterMs: after.elapsedMs,
    cpuMs: meter.cpuMs + after.cpuMs,
    diskBytes,
  };
}

function checkEndpoints(found: number, { edgeCount }: GraphColumns): void {
  const given = edgeCount * ENDPOINTS;
  if (found !== given) throw new Error(`SQLite was given ${given} endpoints and has ${found}`);
}
