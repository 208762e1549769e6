/**
 * What the crash lab does to a segment before it pulls the plug. A scenario is deterministic: what it
 * does depends on nothing but itself, so a crash point and a choice name a state for ever.
 *
 * @module
 */

import { Ledger } from "./ledger.ts";
import { SegmentRun } from "./segment_run.ts";
import { type Subject, subjectOf } from "./subject.ts";

interface Scenario {
  name: string;
  play(run: SegmentRun): Promise<void>;
}

const SCENARIOS: readonly Scenario[] = [
  {
    name: "create",
    async play(run) {
      await run.open();
      await run.seal(1);
      await run.close();
    },
  },
  {
    name: "seal groups",
    async play(run) {
      await run.open();
      await run.seal(1);
      await run.sealSync(3);
      await run.seal(2);
      await run.sealSync(1);
    },
  },
  {
    name: "deadline passes early",
    async play(run) {
      await run.open();
      await run.seal(2);
      await run.sealTooEarly(3);
      await run.seal(1);
    },
  },
  {
    name: "deadline passes late",
    async play(run) {
      await run.open();
      await run.sealInTime(2);
      await run.append(1);
      await run.sealInTime(3);
      await run.close();
    },
  },
  {
    name: "deadline passes during the sync",
    async play(run) {
      await run.open();
      await run.seal(2);
      await run.sealTooLate(3);
      await run.quiet();
      await run.seal(1);
    },
  },
  {
    name: "deadline passes twice, the next waits",
    async play(run) {
      await run.open();
      await run.seal(1);
      await run.append(1);
      await run.sealTooLate(4);
      await run.sealTooLate(2);
      await run.seal(1);
      await run.seal(1);
    },
  },
  {
    name: "append and sync",
    async play(run) {
      await run.open();
      await run.append(2);
      await run.sync();
      await run.append(1);
      await run.seal(2);
      await run.close();
    },
  },
  {
    name: "truncate",
    async play(run) {
      await run.open();
      await run.seal(1);
      await run.seal(2);
      await run.seal(3);
      await run.truncate(1);
      await run.seal(1);
      await run.truncate(2);
    },
  },
  {
    name: "reset",
    async play(run) {
      await run.open();
      await run.seal(2);
      await run.seal(2);
      await run.reset();
      await run.seal(3);
      await run.reset();
    },
  },
  {
    name: "recover from a torn tail and go on",
    async play(run) {
      await run.open();
      await run.seal(3);
      await run.close();
      run.tear(700);
      await run.open();
      await run.seal(2);
      await run.close();
    },
  },
  {
    name: "close and reopen",
    async play(run) {
      await run.open();
      await run.seal(2);
      await run.seal(1);
      await run.close();
      await run.open();
      await run.seal(2);
      await run.close();
      await run.open();
      await run.close();
    },
  },
];

/** The scenarios of a segment, in the order of the report. */
export const SEGMENT_SUBJECTS: readonly Subject[] = SCENARIOS.map(({ name, play }) =>
  subjectOf(name, () => new Ledger(), (storage, ledger, library) => {
    const run = new SegmentRun(storage, ledger, library);
    return {
      play: () => play(run),
      goOn: () => run.goOn(),
      lookAgain: () => run.lookAgain(),
    };
  })
);
