/**
 * What the crash lab crashes: anything that writes through a storage and knows, at each moment, what may
 * be found when it is opened again.
 *
 * @module
 */

import type { CrashStorage } from "../support/crash_storage.ts";
import type { Library } from "./library.ts";

/** One process's dealings with the thing under test. From a crash on each of its verbs does nothing. */
export interface Process {
  /** The scenario, from an empty disk. */
  play(): Promise<void>;
  /** What the next process does: opens, judges what it finds, writes a little, closes. */
  goOn(): Promise<void>;
  /** Opens and judges once more; nothing may have changed by it. */
  lookAgain(): Promise<void>;
}

/** What callers were told so far, and with it what may be found. */
export interface Past {
  /** A copy that shares nothing that changes. */
  clone(): Past;
  /** A process that starts here; what it is told is added to this past. */
  start(storage: CrashStorage, library: Library): Process;
}

/** Something to be crashed. */
export interface Subject {
  /** The name of its scenario. */
  name: string;
  /** Before anything was done. */
  begin(): Past;
}

/**
 * Makes a subject of a scenario.
 *
 * @param name The name of the scenario
 * @param begin Makes the ledger of an empty disk
 * @param start Starts a process that keeps a ledger
 */
export function subjectOf<Ledger extends { clone(): Ledger }>(
  name: string,
  begin: () => Ledger,
  start: (storage: CrashStorage, ledger: Ledger, library: Library) => Process,
): Subject {
  const pastOf = (ledger: Ledger): Past => ({
    clone: () => pastOf(ledger.clone()),
    start: (storage, library) => start(storage, ledger, library),
  });
  return { name, begin: () => pastOf(begin()) };
}
