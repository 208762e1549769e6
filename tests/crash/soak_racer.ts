/**
 * A process that does as it is told, a command a line, one answer each:
 *
 *     open ROOT SESSION      tries once to open to write: "open N", N groups found, or the error's code
 *     poll ROOT SESSION      tries until it has it
 *     look ROOT SESSION      opens to read only and closes: "saw N", or the error's code
 *     close                  "closed"
 *
 * Whoever opens to write seals one entry before it answers. It says "ready" first, so that those who
 * wait for their command can be let loose at the same moment.
 *
 * @module
 */

import process from "node:process";
import { createInterface } from "node:readline";
import { FastSegment, InfiniteDbError } from "../../mod.ts";
import { entriesOf } from "./soak_entry.ts";

const POLL_MS = 1;

let segment: FastSegment | undefined;

console.log("ready");
for await (const command of createInterface({ input: process.stdin })) {
  console.log(await answer(command.split(" ")));
}
await segment?.close();

async function answer([verb, root, session]: string[]): Promise<string> {
  try {
    switch (verb) {
      case "open":
        return await open(root, Number(session));
      case "poll":
        return await poll(root, Number(session));
      case "look": {
        await using found = await FastSegment.open(root, Number(session), { readOnly: true });
        return `saw ${found.recovery.groups}`;
      }
      default:
        await segment?.close();
        segment = undefined;
        return "closed";
    }
  } catch (error) {
    if (error instanceof InfiniteDbError) return error.code;
    throw error;
  }
}

async function poll(root: string, session: number): Promise<string> {
  while (true) {
    try {
      return await open(root, session);
    } catch (error) {
      if (!(error instanceof InfiniteDbError && error.code === "locked")) throw error;
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

async function open(root: string, session: number): Promise<string> {
  segment = await FastSegment.open(root, session);
  const { groups } = segment.recovery;
  const run = { first: groups + 1, count: 1, dataBytes: 8 };
  await segment.trySealEntries(entriesOf(run, session), Infinity);
  return `open ${groups}`;
}
