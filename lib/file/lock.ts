/**
 * The lock of a root: one process at a time may write below it.
 *
 * It is taken on the file `LOCK`, created once and never removed or renamed (a lock on a removed file
 * would exclude nobody), before anything is listed or created. The kernel frees it with its holder.
 * Waiting polls: a blocking lock would park the thread that has to run everything else.
 *
 * Within a process the segments of one root share the lock, each under a claim of its own; a whole
 * database claims all of it.
 *
 * @module
 */

import { Deadline } from "../clock/deadline.ts";
import { LockedError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import { joinPath } from "./path.ts";
import type { FileLock, FileStorage } from "./storage.ts";

/** The claim that excludes every other. */
export const WHOLE_ROOT = "database";

const POLL_MS = 10;

/** A part of a root that nobody else in any process may write until it is released. */
export interface RootClaim {
  /** Gives the claim back, and the lock with the last one. Releasing twice is releasing once. */
  release(): void;
}

interface HeldRoot {
  lock: FileLock;
  claims: Set<string>;
}

const heldRoots = new WeakMap<FileStorage, Map<string, HeldRoot>>();

/**
 * Claims a root, or a part of it, for writing.
 *
 * @param storage Where the root is
 * @param root The root; created if missing
 * @param part The name of the part, or `WHOLE_ROOT`
 * @param timeoutMs How long to wait for another holder, in milliseconds
 * @returns The claim
 * @throws {LockedError} If another holder still had it after `timeoutMs`
 */
export async function claimRoot(
  storage: FileStorage,
  root: string,
  part: string,
  timeoutMs = 0,
): Promise<RootClaim> {
  const deadline = new Deadline(timeoutMs);
  storage.makeDirectory(root);
  while (true) {
    const holder = tryClaim(storage, root, part);
    if (typeof holder !== "string") return holder;
    if (timeoutMs === 0 || deadline.passed()) {
      throw new LockedError(
        `${holder}; close it there, or give this opening time to wait`,
        { file: joinPath(root, "LOCK") },
      );
    }
    await new Promise((resolve) => setTimeout(resolve, POLL_MS));
  }
}

/** The claim, or a sentence that says who is in the way. */
function tryClaim(storage: FileStorage, root: string, part: string): RootClaim | string {
  const roots = heldRoots.get(storage) ?? new Map<string, HeldRoot>();
  heldRoots.set(storage, roots);
  let held = roots.get(root);
  if (held !== undefined) {
    if (held.claims.has(part)) return `This process has ${root} (${part}) open for writing`;
    if (part === WHOLE_ROOT) return `This process has a segment of ${root} open for writing`;
    if (held.claims.has(WHOLE_ROOT)) return `This process has the database ${root} open`;
  } else {
    const lock = storage.tryLock(joinPath(root, "LOCK"));
    if (lock === undefined) return `Another process, or another path to it, has ${root} open`;
    roots.set(root, held = { lock, claims: new Set() });
  }
  held.claims.add(part);
  let released = false;
  return {
    release(): void {
      if (!released) release(roots, root, part);
      released = true;
    },
  };
}

function release(roots: Map<string, HeldRoot>, root: string, part: string): void {
  const held = roots.get(root);
  invariant(held !== undefined && held.claims.delete(part), "a claim is held until released");
  if (held.claims.size > 0) return;
  roots.delete(root);
  held.lock.release();
}
