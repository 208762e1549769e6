/**
 * The life of a child of a soak, as its parent sees it.
 *
 * @module
 */

import type { RunningScript } from "../support/runtime.ts";

/** A promise that was broken. */
export class SoakViolation extends Error {}

/** A child that says nothing for so long hangs. */
const CHILD_MS_MAX = 30_000;

/** Lets time pass. */
export async function elapsed(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}

/**
 * Listens until the child's last word, which may come after the kill.
 *
 * @param child Somebody else kills it
 * @param heard Gets each line
 * @throws {SoakViolation} If it ends by itself, or does not end
 */
export async function untilKilled(
  child: RunningScript,
  heard: (text: string) => void,
): Promise<void> {
  const ended = new Promise<string>((resolve) => {
    child.child.once("exit", (code, signal) => resolve(signal ?? `exit code ${code}`));
  });
  let hangs = false;
  const patience = setTimeout(() => {
    hangs = true;
    child.child.kill("SIGKILL");
  }, CHILD_MS_MAX);
  try {
    for (let text = await child.line(); text !== undefined; text = await child.line()) heard(text);
    // It has said its last word. If nobody has killed it, it ended by itself, and a kill would hide that.
    if (!child.child.killed) await ended;
  } finally {
    clearTimeout(patience);
    await child.kill(); // Only then are its files nobody's.
  }
  if (hangs) throw new SoakViolation(`the child was not done after ${CHILD_MS_MAX} ms`);
  const end = await ended;
  if (end !== "SIGKILL") throw new SoakViolation(`the child ended by itself: ${end}`);
}
