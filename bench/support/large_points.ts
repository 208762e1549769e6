/**
 * A database of many random points, filled by a process that was then killed.
 *
 * @module
 */

import { spawn } from "node:child_process";
import {
  closeSync,
  cpSync,
  fsyncSync,
  linkSync,
  mkdirSync,
  openSync,
  readdirSync,
  rmSync,
} from "node:fs";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import type { EventLoopGaps } from "./event_loop.ts";

/** Entries of each commit. */
export const GROUP_ENTRIES = 1000;

/** What to fill. */
export interface FillOrder {
  /** A directory that is free. */
  root: string;
  /** Points of each step, which ends in a flush. */
  steps: number[];
  /** Points that are committed after the last step and stay in the log. */
  logged: number;
  /** As in `OpenOptions`. */
  cacheBytesMax: number;
  /** Any integer. */
  seed: number;
}

/** How one step went. */
export interface FillStep {
  /** Points at its end, from the beginning on. */
  points: number;
  /** Milliseconds of inserts and commits, and of what went on beside them. */
  loadMs: number;
  /** Milliseconds of the flush at its end. */
  flushMs: number;
  /** Milliseconds of the processors, for both. */
  cpuMs: number;
  /** The most resident bytes since the process began. */
  peakBytes: number;
  /** Run files at its end. */
  runs: number;
  /** The worst gaps in the event loop, without what the caller did. */
  gaps: EventLoopGaps;
}

const CHILD = fileURLToPath(new URL("./fill_points_child.ts", import.meta.url));
const DONE = "done";
const RUNS = "runs";

/**
 * Fills a database in a process of its own, and kills that with SIGKILL.
 *
 * @param order What and how much
 * @returns How the steps went
 */
export async function fillAndKill(order: FillOrder): Promise<FillStep[]> {
  const run = process.versions.deno === undefined ? [] : ["run", "-A"];
  const child = spawn(process.execPath, [...run, CHILD, JSON.stringify(order)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  const ended = new Promise((resolve) => void child.once("close", resolve));
  const steps: FillStep[] = [];
  let done = false;
  for await (const line of createInterface({ input: child.stdout })) {
    if (line === DONE) {
      done = true;
      child.kill("SIGKILL");
    } else {
      steps.push(JSON.parse(line));
    }
  }
  await ended;
  if (!done) throw new Error(`Filling the database ended after ${steps.length} steps`);
  return steps;
}

/**
 * Makes a durable copy of a database that nobody has open. Run files are never written again, so they are
 * shared.
 *
 * @param root The database
 * @param copy A directory for the copy; what is there goes
 */
export function copyDatabase(root: string, copy: string): void {
  rmSync(copy, { recursive: true, force: true });
  mkdirSync(`${copy}/${RUNS}`, { recursive: true });
  for (const name of readdirSync(`${root}/${RUNS}`)) {
    linkSync(`${root}/${RUNS}/${name}`, `${copy}/${RUNS}/${name}`);
  }
  cpSync(root, copy, { recursive: true, filter: (from) => from !== `${root}/${RUNS}` });
  for (const name of readdirSync(copy, { recursive: true, encoding: "utf8" })) {
    const descriptor = openSync(`${copy}/${name}`, "r");
    fsyncSync(descriptor);
    closeSync(descriptor);
  }
}
