/**
 * The child seen from the parent: started, listened to, killed part-way with SIGKILL.
 *
 * @module
 */

import { spawn } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import type { CitySource } from "./city.ts";

/** When the child is killed. */
export interface KillPlan {
  /** So many cities have to be acknowledged first. */
  cities: number;
  /** Milliseconds from then to the kill, so that it does not keep step with the groups. */
  delayMs: number;
}

/** What the child reported before it died. */
export interface LastWords {
  /** How many cities were acknowledged. */
  acknowledged: number;
  /** In how many groups. */
  groups: number;
  /** The id of the process. */
  processId: number | undefined;
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

/**
 * Starts the child, lets it seal the cities from the first on, and kills it as planned.
 *
 * @param root The root below which it seals
 * @param source The cities
 * @param plan When to kill it
 * @param acknowledged Called for each line it writes, with the index behind its last durable city; if it
 * throws, the child is killed at once
 * @returns What it had reported when its output ended
 * @throws If it ended in any other way than by that kill
 */
export async function killPartWay(
  root: string,
  source: CitySource,
  plan: KillPlan,
  acknowledged: (end: number) => void,
): Promise<LastWords> {
  const script = fileURLToPath(new URL("cities_child.ts", import.meta.url));
  const runtime = process.versions.bun === undefined ? ["run", "-A", script] : [script];
  const task = [root, "0", String(source.cities.length), String(source.physicalMs)];
  const child = spawn(process.execPath, [...runtime, ...task], {
    stdio: ["pipe", "pipe", "inherit"], // Its input ends with us, and it with its input.
  });
  const ended = new Promise<string>((resolve) => {
    child.once("error", (error) => resolve(error.message));
    child.once("close", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  const said: LastWords = { acknowledged: 0, groups: 0, processId: child.pid };
  let killing: ReturnType<typeof setTimeout> | undefined;
  try {
    for await (const line of linesOf(child.stdout)) {
      said.acknowledged = readLine(line);
      said.groups++;
      acknowledged(said.acknowledged);
      if (said.acknowledged < plan.cities) continue;
      killing ??= setTimeout(() => child.kill("SIGKILL"), plan.delayMs);
    }
    const end = await ended;
    if (end !== "SIGKILL") throw new Error(`The child ended before it was killed: ${end}`);
    return said;
  } finally {
    clearTimeout(killing);
    child.kill("SIGKILL");
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

function readLine(line: string): number {
  const end = /^acknowledged (\d+)$/.exec(line)?.[1];
  if (end === undefined) throw new Error(`The child said "${line}", which acknowledges nothing`);
  return Number(end);
}
