/**
 * A scenario of a database as something to be crashed.
 *
 * @module
 */

import { DatabaseLedger } from "./database_ledger.ts";
import { DatabaseRun, type Opening } from "./database_run.ts";
import { type Subject, subjectOf } from "./subject.ts";

/** What is done to a database. */
export interface DatabaseScenario {
  name: string;
  play(run: DatabaseRun): Promise<void>;
  /** What else the process after a crash writes in its intent. */
  more?(run: DatabaseRun, name: string): Promise<void>;
}

/** An open database with a space and a session. */
export async function begin(run: DatabaseRun, opening?: Opening): Promise<void> {
  await run.open(opening);
  await run.createSpace();
  run.session("a");
}

/** A subject of a scenario. */
export function databaseSubject({ name, play, more }: DatabaseScenario): Subject {
  return subjectOf(name, () => new DatabaseLedger(), (storage, ledger, library) => {
    const run = new DatabaseRun(storage, ledger, library);
    return {
      play: () => play(run),
      goOn: () => run.goOn(more),
      lookAgain: () => run.lookAgain(),
    };
  });
}
