/**
 * The database soak: kills a process that writes through several sessions, again and again on the same
 * database, and checks after each kill that what was acknowledged is there, whole, and nothing else.
 *
 * @module
 */

import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { InfiniteDbError, open } from "../../mod.ts";
import { RunningScript, type RuntimeName } from "../support/runtime.ts";
import { makeRandom, type Random } from "./random.ts";
import { DatabaseLedger } from "./soak_database_ledger.ts";
import type { DatabaseLine } from "./soak_intent.ts";
import { elapsed, untilKilled } from "./soak_process.ts";
import type { SoakOptions } from "./soak_run.ts";

/** What came of it on one runtime. */
export interface DatabaseTally {
  /** The child's runtime. */
  runtime: RuntimeName;
  /** How often it was killed. */
  kills: number;
  /** How often while it was opening the database. */
  killsInOpening: number;
  /** How often while a flush was at work that it had asked for. */
  killsInFlush: number;
  /** Calls acknowledged. */
  acknowledged: number;
  /** Intents that a kill interrupted. */
  interrupted: number;
  /** Intents found committed though nobody had acknowledged it. */
  foundWhole: number;
  /** Entries compared byte for byte, in every check again. */
  entriesVerified: number;
  /** Broken promises: none, or the one that ended the soak. */
  violations: number;
  /** Time it took. */
  seconds: number;
}

/** What came of it. */
export interface DatabaseSoakResult {
  /** One a runtime. */
  tallies: DatabaseTally[];
  /** The promise that was broken, at which the soak stopped. */
  violation?: string;
}

/** A moment to kill the child at. */
interface KillPlan {
  /** How many of 100 kills are like this. */
  weight: number;
  /** What the child has to have reported. */
  after: DatabaseLine["at"];
  /** Waits from then on, for a share of the longest wait. */
  wait: (share: number, root: string) => Promise<void>;
}

const CHILD = "tests/crash/soak_database_child.ts";

const KILL_PLANS: readonly KillPlan[] = [
  { weight: 20, after: "opening", wait: (share) => elapsed(share * 12) },
  { weight: 40, after: "open", wait: (share) => elapsed(share * 100) },
  { weight: 15, after: "flush", wait: (share) => elapsed(share * 3) },
  { weight: 15, after: "session", wait: (share, root) => untilRunIsWritten(root, share) },
  {
    weight: 10,
    after: "session",
    wait: (share, root) => untilReplaced(join(root, "MANIFEST"), share),
  },
];

/** A database is left after so many kills: what it holds is checked again after each. */
const KILLS_A_DATABASE = 10;

/** How many checks open to write, and decide about what is interrupted; others leave it to the child. */
const SHARE_DECIDED_HERE = 0.4;

const WAIT_MS_MAX = 150;

/**
 * Soaks, and stops at the first broken promise.
 *
 * @param options What
 * @returns What was seen
 */
export async function runDatabaseSoak(options: SoakOptions): Promise<DatabaseSoakResult> {
  const random = makeRandom(options.seed);
  const tallies = options.runtimes.map(emptyTally);
  let ledger = new DatabaseLedger();
  for (let kill = 0; kill < options.kills; kill++) {
    if (kill % KILLS_A_DATABASE === 0) ledger = new DatabaseLedger();
    const root = join(options.root, `database-${Math.floor(kill / KILLS_A_DATABASE)}`);
    for (const tally of tallies) {
      const startMs = performance.now();
      try {
        await liveAndDie(root, ledger, tally, random);
        await check(root, ledger, tally, random);
      } catch (error) {
        tally.violations++;
        const text = error instanceof Error ? error.stack ?? error.message : error;
        return {
          tallies,
          violation: `kill ${tally.kills} of ${tally.runtime} in ${root}: ${text}`,
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
  ledger: DatabaseLedger,
  tally: DatabaseTally,
  random: Random,
): Promise<void> {
  let left = random() * 100;
  const plan = KILL_PLANS.find(({ weight }) => (left -= weight) < 0) ?? KILL_PLANS[0];
  const share = random();
  const seed = Math.floor(random() * 2 ** 32);
  const { acknowledged } = ledger;
  const child = new RunningScript(
    tally.runtime,
    CHILD,
    [root, ledger.nextIntent, seed].map(String),
  );
  tally.kills++;
  let last: DatabaseLine["at"] | undefined;
  let flushes = 0;
  let waiting: Promise<void> | undefined;
  await untilKilled(child, (text) => {
    const line = JSON.parse(text) as DatabaseLine;
    ledger.hear(line);
    last = line.at;
    if (line.at === "flush") flushes++;
    if (line.at === "flushed") flushes--;
    if (waiting !== undefined || plan.after !== line.at) return;
    waiting = plan.wait(share, root).then(() => void child.child.kill("SIGKILL"));
  });
  await waiting;
  if (last === "opening") tally.killsInOpening++;
  if (flushes > 0) tally.killsInFlush++;
  tally.acknowledged += ledger.acknowledged - acknowledged;
}

/** Waits until some run file is being written: the flush is then at work. */
async function untilRunIsWritten(root: string, share: number): Promise<void> {
  const directory = join(root, "runs");
  const names = (): number => existsSync(directory) ? readdirSync(directory).length : 0;
  const before = names();
  await until(() => names() > before + Math.floor(share * 4));
}

/** Waits until some replacement of a file has begun. */
async function untilReplaced(path: string, share: number): Promise<void> {
  await elapsed(share * 20);
  await until(() => existsSync(`${path}.tmp`));
}

async function until(done: () => boolean): Promise<void> {
  const endMs = performance.now() + WAIT_MS_MAX;
  while (performance.now() < endMs && !done()) {
    await new Promise((resolve) => setImmediate(resolve));
  }
}

/** Looks at what the killed child left: reading only, then perhaps to write, and decides. */
async function check(
  root: string,
  ledger: DatabaseLedger,
  tally: DatabaseTally,
  random: Random,
): Promise<void> {
  const { interrupted, foundWhole } = ledger;
  try {
    const reader = await open(root, { readOnly: true });
    tally.entriesVerified += ledger.observe(reader);
    await reader.close();
  } catch (error) {
    if (!(error instanceof InfiniteDbError && error.code === "not-found")) throw error;
  }
  if (random() < SHARE_DECIDED_HERE) {
    const db = await open(root);
    tally.entriesVerified += ledger.observe(db);
    for (let each = db.interrupted().at(0); each !== undefined; each = db.interrupted().at(0)) {
      const rows = [...each.records()].filter(({ space }) => space === "grid");
      const intents = [...new Set(rows.map(({ point }) => point[0]))];
      const does = random() < 0.5 ? "adopt" : "discard";
      const { session, entries } = each;
      ledger.hear({ at: "call", does, intents, entries, session });
      await each[does]();
      ledger.hear({ at: "resolved", does, intents });
    }
    ledger.observe(db);
    await db.close();
  }
  tally.interrupted += ledger.interrupted - interrupted;
  tally.foundWhole += ledger.foundWhole - foundWhole;
}

function emptyTally(runtime: RuntimeName): DatabaseTally {
  return {
    runtime,
    kills: 0,
    killsInOpening: 0,
    killsInFlush: 0,
    acknowledged: 0,
    interrupted: 0,
    foundWhole: 0,
    entriesVerified: 0,
    violations: 0,
    seconds: 0,
  };
}
