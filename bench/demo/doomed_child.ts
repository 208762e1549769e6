/**
 * A child seen from the parent: started, listened to, killed part-way with SIGKILL.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";

/** When the child is killed. */
export interface KillPlan {
  /** So many cities have to be acknowledged first. */
  cities: number;
  /** Milliseconds from then to the kill, so that it does not keep step with the groups. */
  delayMs: number;
}

const SHARE_MIN = 0.4;
const SHARE_MAX = 0.6;
const DELAY_MS_MAX = 4;

/**
 * Picks the moment of the kill.
 *
 * @param total How many cities there are
 * @param random Gives numbers from 0 to below 1
 */
export function planKill(total: number, random: () => number): KillPlan {
  const share = SHARE_MIN + (SHARE_MAX - SHARE_MIN) * random();
  return {
    cities: Math.max(1, Math.round(total * share)),
    delayMs: Math.floor(random() * (DELAY_MS_MAX + 1)),
  };
}

/** A child process and what it is to do. */
export interface Child {
  /** Its file, beside this one. */
  script: string;
  /** Its arguments. */
  task: string[];
}

/**
 * Starts a child, listens to it, and kills it as planned.
 *
 * @param child What to start
 * @param plan When to kill it
 * @param heard Called with each line it writes: how many cities are acknowledged, Infinity when it has
 * nothing left to do; if it throws, the child is killed at once
 * @returns The id of the process
 * @throws If it ended in any other way than by that kill
 */
export async function killPartWay(
  child: Child,
  plan: KillPlan,
  heard: (line: string) => number,
): Promise<number | undefined> {
  const script = fileURLToPath(new URL(child.script, import.meta.url));
  const runtime = process.versions.bun === undefined ? ["run", "-A", script] : [script];
  const running = spawn(process.execPath, [...runtime, ...child.task], {
    stdio: ["pipe", "pipe", "inherit"], // Its input ends with us, and it with its input.
  });
  const ended = new Promise<string>((resolve) => {
    running.once("error", (error) => resolve(error.message));
    running.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  let killing: ReturnType<typeof setTimeout> | undefined;
  try {
    for await (const line of linesOf(running.stdout)) {
      if (heard(line) < plan.cities) continue;
      killing ??= setTimeout(() => running.kill("SIGKILL"), plan.delayMs);
    }
    const end = await ended;
    if (end !== "SIGKILL") throw new Error(`The child ended before it was killed: ${end}`);
    return running.pid;
  } finally {
    clearTimeout(killing);
    running.kill("SIGKILL");
    await ended; // Only then are its files nobody's.
  }
}

/** Whole lines only: one that was cut off was never said. */
async function* linesOf(output: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  let unfinished = "";
  for await (const bytes of output) {
    const lines = (unfinished + decoder.decode(bytes, { stream: true })).split("\n");
    unfinished = lines.pop() ?? "";
    yield* lines;
  }
}
