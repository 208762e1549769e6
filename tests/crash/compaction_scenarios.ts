/**
 * Scenarios of run files that are merged into others, beside commits and flushes; and of many entries
 * that are written in one call.
 *
 * @module
 */

import { settled } from "../support/database_fixture.ts";
import type { DatabaseRun } from "./database_run.ts";
import { begin, type DatabaseScenario } from "./database_subject.ts";

/** A space that keeps the latest versions only. */
const LATEST = "l";

/** So many run files of one tier are merged in the background. */
const TIER = 8;

/** So many turns are enough for a merge of a few entries. */
const TURNS = 5;

async function commitAndFlush(run: DatabaseRun, at: number): Promise<void> {
  run.insert("a", 1, { at });
  await run.commit("a");
  await run.flush();
}

/** Versions and deletions at few points, in as many run files as there are commits. */
async function beginLatest(run: DatabaseRun): Promise<void> {
  await begin(run);
  await run.createSpace(LATEST, "latest");
  for (const deletes of [false, false, true]) {
    run.insert("a", 1, { space: LATEST, at: 1, deletes });
    run.insert("a", 1, { space: LATEST, at: 2, deletes: false });
    await run.commit("a");
    await run.flush();
  }
}

/** The scenarios. */
export const COMPACTION_SCENARIOS: readonly DatabaseScenario[] = [
  {
    name: "compact",
    async play(run) {
      await begin(run);
      for (let i = 0; i < 3; i++) {
        run.insert("a", 2);
        await run.commit("a");
        if (i < 2) await run.flush();
      }
      await run.compact();
      run.insert("a", 1);
      await run.commit("a");
      await run.close();
    },
  },
  {
    name: "merge a tier in the background",
    async play(run) {
      await begin(run);
      for (let i = 0; i < TIER; i++) await commitAndFlush(run, i % 3);
      for (let turns = 0; turns < TURNS; turns++) await settled();
      await commitAndFlush(run, 1);
      await run.close();
    },
  },
  {
    name: "commit and flush beside a merge",
    async play(run) {
      await begin(run);
      for (let i = 0; i < 3; i++) await commitAndFlush(run, i % 2);
      run.insert("a", 1);
      await run.commit("a");
      const release = run.storage.hold("/5.run");
      const compacting = run.compact();
      for (let turns = 0; turns < TURNS; turns++) await settled();
      const beside = commitAndFlush(run, 1);
      for (let turns = 0; turns < TURNS; turns++) await settled();
      run.insert("a", 1);
      const committing = run.commit("a");
      release();
      await Promise.all([compacting, beside, committing]);
      run.insert("a", 1);
      await run.commit("a");
    },
  },
  {
    name: "close beside a merge",
    async play(run) {
      await begin(run);
      for (let i = 0; i < 2; i++) await commitAndFlush(run, i);
      const release = run.storage.hold(".run");
      const compacting = run.compact();
      for (let turns = 0; turns < TURNS; turns++) await settled();
      const closing = run.close();
      release();
      await Promise.all([compacting, closing]);
      await run.open();
      await run.compact();
    },
  },
  {
    name: "compact where the latest is kept",
    async play(run) {
      await beginLatest(run);
      await run.compact();
      run.insert("a", 1, { space: LATEST, at: 2, deletes: true });
      await run.commit("a");
      await run.compact();
      await run.close();
      await run.open();
      run.session("a");
      run.insert("a", 1, { space: LATEST, at: 1, deletes: false });
      await run.commit("a");
    },
  },
  {
    name: "an older intent commits after a compaction",
    async play(run) {
      await begin(run);
      await run.createSpace(LATEST, "latest");
      run.session("b");
      run.insert("b", 1, { space: LATEST, at: 1, deletes: false });
      await run.seal("b");
      for (const deletes of [false, true]) {
        run.insert("a", 1, { space: LATEST, at: 1, deletes });
        await run.commit("a");
        await run.flush();
      }
      await run.compact();
      await run.commit("b");
      await run.compact();
    },
  },
  {
    name: "insert many and commit",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      run.insertMany("a", 24);
      await run.commit("a");
      run.insertMany("a", 3, { bytes: 700 });
      await run.seal("a");
      run.insertMany("a", 2);
      await run.commitSync("a");
      run.insertMany("a", 2);
      await run.seal("a");
      await run.flush();
    },
  },
];
