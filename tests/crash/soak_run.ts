/**
 * The soak: kills a writer at random moments, again and again on the same files, and checks after each
 * kill that the files hold what was acknowledged. What is killed with SIGKILL is lost with its memory;
 * the system's page cache stays. (What a power loss adds is for the simulated disk.)
 *
 * @module
 */

import { statSync } from "node:fs";
import { join } from "node:path";
import { FastSegment, InfiniteDbError, type SegmentRecovery } from "../../mod.ts";
import { RunningScript, type RuntimeName } from "../support/runtime.ts";
import { makeRandom, type Random } from "./random.ts";
import { LARGE_BYTES } from "./soak_entry.ts";
import { SoakLedger } from "./soak_ledger.ts";
import { elapsed, SoakViolation, untilKilled } from "./soak_process.ts";
import { type Line, parseLine } from "./soak_report.ts";

/** What to soak. */
export interface SoakOptions {
  /** The root, the same through all kills. */
  root: string;
  /** The runtimes of the child, in turn. */
  runtimes: readonly RuntimeName[];
  /** How often each is killed. */
  kills: number;
  /** Decides what the children do and when they are killed, but not how fast they are. */
  seed: number;
}

/** What came of it on one runtime. */
export interface SoakTally {
  /** The child's runtime. */
  runtime: RuntimeName;
  /** How often it was killed. */
  kills: number;
  /** How often while it was opening a segment. */
  killsInOpening: number;
  /** Groups acknowledged. */
  acknowledged: number;
  /** Seals that timed out and were rolled back. */
  timedOut: number;
  /** Entries compared byte for byte, in every check again. */
  entriesVerified: number;
  /** Torn tails that a kill left. */
  tornTails: number;
  /** Groups found whole though nobody had acknowledged them. */
  foundWhole: number;
  /** Broken promises: none, or the one that ended the soak. */
  violations: number;
  /** Time it took. */
  seconds: number;
}

/** What came of it. */
export interface SoakResult {
  /** One a runtime. */
  tallies: SoakTally[];
  /** The promise that was broken, at which the soak stopped. */
  violation?: string;
}

/** A moment to kill the child at. */
interface KillPlan {
  /** How many of 100 kills are like this. */
  weight: number;
  /** What the child has to have reported. */
  after: (line: Line) => boolean;
  /** Waits from then on, for a share of the longest wait; gets the path of the segment. */
  wait: (share: number, path: string) => Promise<void>;
}

const CHILD = "tests/crash/soak_child.ts";
const SESSIONS = 3;

/** Opening and large groups have their own, since most of the time is spent elsewhere. */
const KILL_PLANS: readonly KillPlan[] = [
  { weight: 25, after: (line) => line.at === "opening", wait: (share) => elapsed(share * 8) },
  { weight: 45, after: (line) => line.at === "open", wait: (share) => elapsed(share * 60) },
  { weight: 10, after: isLargeCall, wait: (share) => elapsed(share * 30) },
  { weight: 20, after: isLargeCall, wait: (share, path) => grown(path, share * GROWTH_BYTES_MAX) },
];

/** Less than the least large group. */
const GROWTH_BYTES_MAX = 2 * 1024 * 1024;

/** A file that grows no further in that time will not. */
const GROWTH_MS_MAX = 100;

/** How many checks open to write; after the others the recovery is left to the next child. */
const SHARE_RECOVERED_HERE = 0.5;

/**
 * Soaks, and stops at the first broken promise.
 *
 * @param options What
 * @returns What was seen
 */
export async function runSoak(options: SoakOptions): Promise<SoakResult> {
  const random = makeRandom(options.seed);
  const ledgers = Array.from({ length: SESSIONS }, (_, i) => new SoakLedger(i + 1));
  const tallies = options.runtimes.map(emptyTally);
  for (let kill = 0; kill < options.kills; kill++) {
    for (const tally of tallies) {
      const ledger = ledgers[Math.floor(random() * ledgers.length)];
      const startMs = performance.now();
      try {
        await liveAndDie(options.root, ledger, tally, random);
        await check(options.root, ledger, tally, random() < SHARE_RECOVERED_HERE);
      } catch (error) {
        tally.violations++;
        const where = `kill ${tally.kills} of ${tally.runtime}`;
        return {
          tallies,
          violation: `${where}: ${error instanceof Error ? error.message : error}`,
        };
      } finally {
        tally.seconds += (performance.now() - startMs) / 1000;
      }
    }
  }
  return { tallies };
}

/** One child, from its start to its kill. */
async function liveAndDie(
  root: string,
  ledger: SoakLedger,
  tally: SoakTally,
  random: Random,
): Promise<void> {
  let left = random() * 100;
  const plan = KILL_PLANS.find(({ weight }) => (left -= weight) < 0) ?? KILL_PLANS[0];
  const share = random();
  const seed = Math.floor(random() * 2 ** 32);
  const path = join(root, "sessions", `${ledger.session}.fast`);
  const args = [root, ledger.session, ledger.nextNumber, seed].map(String);
  const { acknowledged, timedOut } = ledger;
  const child = new RunningScript(tally.runtime, CHILD, args);
  tally.kills++;
  let waiting: Promise<void> | undefined;
  await untilKilled(child, (text) => {
    const line = parseLine(text);
    hear(root, ledger, line);
    if (waiting !== undefined || !plan.after(line)) return;
    waiting = plan.wait(share, path).then(() => void child.child.kill("SIGKILL"));
  });
  await waiting; // It may outlast a child that ended by itself.
  if (ledger.isOpening) tally.killsInOpening++;
  tally.acknowledged += ledger.acknowledged - acknowledged;
  tally.timedOut += ledger.timedOut - timedOut;
}

function isLargeCall(line: Line): boolean {
  return line.at === "call" && "run" in line.call && line.call.run.dataBytes === LARGE_BYTES;
}

/** Waits until a file has grown: then a large group is just being written. */
async function grown(path: string, bytes: number): Promise<void> {
  const sizeBefore = statSync(path).size;
  const endMs = performance.now() + GROWTH_MS_MAX;
  while (performance.now() < endMs && statSync(path).size <= sizeBefore + bytes) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

function hear(root: string, ledger: SoakLedger, line: Line): void {
  ledger.hear(line);
  if (line.at === "open") checkKept(root, line.recovery);
}

/**
 * Looks at what the killed child left: reading only, then perhaps to write. If not, the recovery is left
 * to the next child, on whichever runtime that is.
 */
async function check(
  root: string,
  ledger: SoakLedger,
  tally: SoakTally,
  toWrite: boolean,
): Promise<void> {
  if (!await checkReading(root, ledger, tally) || !toWrite) return;
  await using segment = await FastSegment.open(root, ledger.session);
  checkKept(root, segment.recovery);
  ledger.opened(segment.recovery);
  tally.entriesVerified += ledger.observe(segment).entries;
}

/** Whether there is a file to check. */
async function checkReading(
  root: string,
  ledger: SoakLedger,
  tally: SoakTally,
): Promise<boolean> {
  try {
    await using segment = await FastSegment.open(root, ledger.session, { readOnly: true });
    const { entries, foundWhole } = ledger.observe(segment);
    tally.entriesVerified += entries;
    if (foundWhole) tally.foundWhole++;
    if (segment.recovery.tornBytes > 0) tally.tornTails++;
    return true;
  } catch (error) {
    if (!(error instanceof InfiniteDbError && error.code === "not-found")) throw error;
    ledger.observeMissing();
    return false;
  }
}

/** A torn tail is put aside before it is cut. */
function checkKept(root: string, recovery: SegmentRecovery): void {
  const { keptIn, tornBytes } = recovery;
  const keptBytes = keptIn === undefined ? 0 : statSync(join(root, keptIn)).size;
  if (keptBytes === tornBytes) return;
  throw new SoakViolation(`${tornBytes} bytes were torn, but ${keptBytes} kept in ${keptIn}`);
}

function emptyTally(runtime: RuntimeName): SoakTally {
  return {
    runtime,
    kills: 0,
    killsInOpening: 0,
    acknowledged: 0,
    timedOut: 0,
    entriesVerified: 0,
    tornTails: 0,
    foundWhole: 0,
    violations: 0,
    seconds: 0,
  };
}
