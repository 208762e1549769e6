/**
 * Loading random points durably, group after group: ours, an R*Tree, and the plain writes and syncs that
 * nobody can do without. Points are made between the groups, outside the measured time.
 *
 * @module
 */

import { statSync } from "node:fs";
import { openRtree, RTREE_CHECKPOINT } from "../peers/rtree.ts";
import { diskBytesBelow } from "./disk_bytes.ts";
import { type EventLoopGaps, EventLoopWatch } from "./event_loop.ts";
import { Floor } from "./floor.ts";
import type { OpenOptions } from "../../mod.ts";
import { insertColumns, openPoints, rowsOf } from "./our_points.ts";
import { type PointColumns, RandomPoints } from "./random_points.ts";
import { WorkMeter } from "./work_meter.ts";

/** What to load. */
export interface LoadOrder {
  /** A name for a directory or file, free. */
  path: string;
  /** How many points. */
  points: number;
  /** How many in each commit. */
  groupEntries: number;
}

/** How a load went. */
export interface Load {
  /** Milliseconds until everything was where it stays. */
  elapsedMs: number;
  /** Milliseconds of the processors. */
  cpuMs: number;
  /** Milliseconds of what comes after the last commit: flush and compaction, or a checkpoint. */
  afterMs: number;
  /** Milliseconds of every commit. */
  commitsMs: number[];
  /** Bytes on disk after closing. */
  diskBytes: number;
  /** The worst gaps in the event loop, without what the caller did; undefined if all calls block. */
  gaps?: EventLoopGaps;
}

/** By which call points are inserted into ours. */
export type InsertCall = "insert" | "insertMany";

const SEED = 20_261_122;

/** What an entry takes in our log, about: coordinates, stamp and data, and what separates them. */
const LOG_BYTES_PER_ENTRY = 60;

/**
 * Loads ours until it is flushed and compacted.
 *
 * @param order What
 * @param call How
 * @param options How it is opened
 */
export async function loadOurs(
  order: LoadOrder,
  call: InsertCall,
  options?: OpenOptions,
): Promise<Load> {
  const { db, space } = await openPoints(order.path, options);
  const session = db.session();
  const commitsMs: number[] = [];
  const meter = new WorkMeter();
  const after = new WorkMeter();
  using watch = new EventLoopWatch("loading");
  let committed = watch.now();
  for (const group of groupsOf(order)) {
    const rows = call === "insert" ? rowsOf(group) : [];
    await meter.measure(() => {
      if (call === "insertMany") insertColumns(session, space, group);
      else for (const { point, data } of rows) session.insert(space, point, data);
    });
    watch.excuse(committed);
    const before = meter.elapsedMs;
    await meter.measure(async () => {
      await session.commit();
    });
    commitsMs.push(meter.elapsedMs - before);
    committed = watch.now();
  }
  watch.phase = "flush";
  await after.measure(() => db.flush());
  watch.phase = "compaction";
  await after.measure(() => db.compact());
  const gaps = watch.gaps;
  checkCount("ours", space.count(), order);
  await db.close();
  return {
    elapsedMs: meter.elapsedMs + after.elapsedMs,
    cpuMs: meter.cpuMs + after.cpuMs,
    afterMs: after.elapsedMs,
    commitsMs,
    diskBytes: diskBytesBelow(order.path),
    gaps,
  };
}

/**
 * Loads an R*Tree until its log is empty.
 *
 * @param order What
 */
export async function loadRtree(order: LoadOrder): Promise<Load> {
  const rtree = await openRtree(order.path);
  const commitsMs: number[] = [];
  const meter = new WorkMeter();
  const after = new WorkMeter();
  let id = 0;
  for (const group of groupsOf(order)) {
    const rows = rowsOf(group, id);
    id += rows.length;
    const before = meter.elapsedMs;
    await meter.measure(() => rtree.insert(rows));
    commitsMs.push(meter.elapsedMs - before);
  }
  await after.measure(() => rtree.execute(RTREE_CHECKPOINT));
  checkCount(rtree.name, rtree.count(), order);
  rtree.close();
  return {
    elapsedMs: meter.elapsedMs + after.elapsedMs,
    cpuMs: meter.cpuMs + after.cpuMs,
    afterMs: after.elapsedMs,
    commitsMs,
    diskBytes: statSync(order.path).size,
  };
}

/**
 * Writes and syncs as many bytes as our log takes, in as many groups.
 *
 * @param order What
 * @returns Milliseconds of every group
 */
export async function loadFloor({ path, points, groupEntries }: LoadOrder): Promise<number[]> {
  const floor = new Floor(path, () => groupEntries * LOG_BYTES_PER_ENTRY, true);
  const commitsMs: number[] = [];
  for (let done = 0; done < points; done += groupEntries) {
    floor.prepare();
    const start = performance.now();
    await floor.seal();
    commitsMs.push(performance.now() - start);
  }
  await floor.finish();
  return commitsMs;
}

function* groupsOf({ points, groupEntries }: LoadOrder): Generator<PointColumns> {
  const random = new RandomPoints(SEED);
  for (let done = 0; done < points; done += groupEntries) {
    yield random.next(Math.min(groupEntries, points - done));
  }
}

function checkCount(name: string, found: number, { points }: LoadOrder): void {
  if (found !== points) throw new Error(`${name} was given ${points} points and has ${found}`);
}
