import assert from "node:assert/strict";
import process from "node:process";
import { test } from "node:test";
import { FastSegment, listFastSegmentIds } from "../../mod.ts";
import { otherRuntime, RunningScript, type RuntimeName, thisRuntime } from "../support/runtime.ts";
import { inTempDirectory } from "../support/temp_directory.ts";
import { runDatabaseSoak } from "./soak_database_run.ts";
import { runSoak } from "./soak_run.ts";

const RACER = "tests/crash/soak_racer.ts";
const BOTH: readonly RuntimeName[] = [thisRuntime, otherRuntime];

/** Then whoever still waits for an answer gets none, and the test fails instead of hanging. */
const PATIENCE_MS = 20_000;

/** Starts processes, waits until all of them are ready, and leaves none behind. */
async function withRacers(
  runtimes: readonly RuntimeName[],
  body: (racers: RunningScript[]) => Promise<void>,
): Promise<void> {
  const racers = runtimes.map((runtime) => new RunningScript(runtime, RACER, []));
  const patience = setTimeout(() => racers.forEach((racer) => racer.kill()), PATIENCE_MS);
  try {
    for (const racer of racers) assert.equal(await racer.line(), "ready");
    await body(racers);
  } finally {
    clearTimeout(patience);
    for (const racer of racers) await racer.kill();
  }
}

function tell(racer: RunningScript, command: string): void {
  racer.child.stdin!.write(`${command}\n`);
}

async function ask(racer: RunningScript, command: string): Promise<string | undefined> {
  tell(racer, command);
  return await racer.line();
}

/** Not `ChildProcess.kill`: on Deno that takes any signal for the end of the process. */
function send(racer: RunningScript, signal: "SIGSTOP" | "SIGCONT"): void {
  process.kill(racer.child.pid!, signal);
}

async function elapsed(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

test("of six processes on both runtimes that open one root at once, exactly one gets it", async () => {
  await inTempDirectory(async (directory) => {
    await withRacers([...BOTH, ...BOTH, ...BOTH], async (racers) => {
      for (let round = 0; round < 20; round++) {
        const root = `${directory}/${round}`; // A fresh one: they also race to create it.
        racers.forEach((racer, i) => tell(racer, `open ${root} ${i + 1}`));
        const answers = await Promise.all(racers.map((racer) => racer.line()));
        const winner = answers.indexOf("open 0");
        assert.deepEqual(answers, racers.map((_, i) => i === winner ? "open 0" : "locked"));
        assert.deepEqual(await listFastSegmentIds(root), [winner + 1]);
        assert.equal(await ask(racers[winner], "close"), "closed");
      }
    });
  });
});

test("the lock of a killed process goes at once to one of those that poll, with what was sealed", async () => {
  await inTempDirectory(async (root) => {
    await withRacers([...BOTH, ...BOTH], async (racers) => {
      const holders: RunningScript[] = [];
      const answers: (string | undefined)[] = [];
      for (const racer of racers) {
        tell(racer, `poll ${root} 1`);
        racer.line().then((answer) => {
          holders.push(racer);
          answers.push(answer);
        });
      }
      for (let killed = 0; killed < racers.length; killed++) {
        const startMs = performance.now();
        while (holders.length === killed) {
          assert(performance.now() - startMs < 2000, `nobody got the lock after ${killed} kills`);
          await elapsed(1);
        }
        await elapsed(50);
        assert.deepEqual(answers, answers.map((_, i) => `open ${i}`));
        assert.equal(answers.length, killed + 1, "a lock has one holder");
        await holders[killed].kill();
      }
      await using segment = await FastSegment.open(root, 1);
      assert.equal(segment.recovery.groups, racers.length);
    });
  });
});

for (const runtime of BOTH) {
  const which = runtime === thisRuntime ? "the same" : "the other";

  test(`a stopped holder on ${which} runtime keeps the lock, and keeps out no reader`, async () => {
    await inTempDirectory(async (root) => {
      await withRacers([runtime, ...BOTH], async ([holder, ...others]) => {
        assert.equal(await ask(holder, `open ${root} 1`), "open 0");
        send(holder, "SIGSTOP");
        const closed = ask(holder, "close"); // Answered when it goes on.
        for (const other of others) {
          assert.equal(await ask(other, `open ${root} 1`), "locked");
          assert.equal(await ask(other, `open ${root} 2`), "locked");
          assert.equal(await ask(other, `look ${root} 1`), "saw 1");
        }
        await assert.rejects(FastSegment.open(root, 1), { code: "locked" });
        assert.equal(await Promise.race([closed, elapsed(100)]), undefined, "it is stopped");
        send(holder, "SIGCONT");
        assert.equal(await closed, "closed");
        assert.equal(await ask(others[0], `open ${root} 1`), "open 1");
      });
    });
  });

  test(`a holder on ${which} runtime that was stopped and ends frees the lock`, async () => {
    await inTempDirectory(async (root) => {
      await withRacers([runtime], async ([holder]) => {
        assert.equal(await ask(holder, `open ${root} 1`), "open 0");
        send(holder, "SIGSTOP");
        await assert.rejects(FastSegment.open(root, 1), { code: "locked" });
        send(holder, "SIGCONT");
        await holder.end();
        await using segment = await FastSegment.open(root, 1);
        assert.equal(segment.recovery.groups, 1);
      });
    });
  });
}

test("six kills at random moments lose nothing acknowledged and bring nothing back", async () => {
  await inTempDirectory(async (root) => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const result = await runSoak({ root, runtimes: [thisRuntime], kills: 6, seed });
    assert.equal(result.violation, undefined, `seed ${seed}`);
    assert.equal(result.tallies[0].kills, 6);
  });
});

test("six kills of a database lose no commit, show nothing in part, and repeat no id", async () => {
  await inTempDirectory(async (root) => {
    const seed = Math.floor(Math.random() * 2 ** 32);
    const result = await runDatabaseSoak({ root, runtimes: [thisRuntime], kills: 6, seed });
    assert.equal(result.violation, undefined, `seed ${seed}`);
    assert.equal(result.tallies[0].kills, 6);
  });
});
