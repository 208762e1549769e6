/**
 * The process that fills a database with random points, run by `large_points.ts`: argument is a
 * `FillOrder` in JSON, each line it prints a `FillStep`, and the last says "done". It closes nothing: after
 * that line it waits to be killed.
 *
 * Every step ends in a flush, and what that merges, so that the next does not pay for it; what is committed
 * after the last step is left in the log.
 *
 * @module
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { setInterval } from "node:timers";
import type { Session } from "../../mod.ts";
import { EventLoopWatch } from "./event_loop.ts";
import { type FillOrder, type FillStep, GROUP_ENTRIES } from "./large_points.ts";
import { insertColumns, openPoints, type OurPoints } from "./our_points.ts";
import { PeakMemory } from "./peak_memory.ts";
import { type PointColumns, RandomPoints } from "./random_points.ts";
import { WorkMeter } from "./work_meter.ts";

const STDOUT = 1;
const WAITING_MS = 1000;

/** Fills a database, step after step. */
async function fill(order: FillOrder): Promise<void> {
  const memory = new PeakMemory();
  const ours = await openPoints(order.root, { cacheBytesMax: order.cacheBytesMax });
  const session = ours.db.session();
  const random = new RandomPoints(order.seed);
  let loaded = 0;
  for (const points of order.steps) {
    const meter = new WorkMeter();
    using watch = new EventLoopWatch("loading");
    for (let left = points; left > 0; left -= GROUP_ENTRIES) {
      const idle = watch.now();
      const group = random.next(Math.min(GROUP_ENTRIES, left));
      watch.excuse(idle);
      await meter.measure(() => commitGroup(ours, session, group, watch));
      memory.look();
    }
    const loadMs = meter.elapsedMs;
    watch.phase = "flush";
    await meter.measure(() => ours.db.flush());
    const flushMs = meter.elapsedMs - loadMs;
    const { runs } = ours.db.stats();
    const { cpuMs } = meter;
    const { peakBytes } = memory;
    loaded += points;
    tell({ points: loaded, loadMs, flushMs, cpuMs, peakBytes, runs, gaps: watch.gaps });
  }
  for (let left = order.logged; left > 0; left -= GROUP_ENTRIES) {
    await commitGroup(ours, session, random.next(Math.min(GROUP_ENTRIES, left)));
  }
  writeSync(STDOUT, "done\n");
  setInterval(() => {}, WAITING_MS);
}

async function commitGroup(
  { space }: OurPoints,
  session: Session,
  group: PointColumns,
  watch?: EventLoopWatch,
): Promise<void> {
  const start = watch?.now();
  insertColumns(session, space, group);
  if (start !== undefined) watch?.excuse(start);
  await session.commit();
}

function tell(step: FillStep): void {
  writeSync(STDOUT, `${JSON.stringify(step)}\n`);
}

await fill(JSON.parse(process.argv[2]));
