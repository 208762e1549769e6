/**
 * What the crash lab does to a database before it pulls the plug. Each is short: every operation of it
 * is a crash point. The first verbs that matter come as early as they can.
 *
 * @module
 */

import { LONG_MS, SHORT_MS } from "./database_run.ts";
import { COMPACTION_SCENARIOS } from "./compaction_scenarios.ts";
import { begin, type DatabaseScenario, databaseSubject } from "./database_subject.ts";
import { FLUSH_SCENARIOS } from "./flush_scenarios.ts";
import type { Subject } from "./subject.ts";

const SCENARIOS: readonly DatabaseScenario[] = [
  {
    name: "create database",
    async play(run) {
      await run.open();
      await run.createSpace();
      await run.close();
    },
  },
  {
    name: "commit through the log",
    async play(run) {
      await begin(run);
      run.insert("a", 3);
      await run.commit("a");
      run.insert("a", 1, { bytes: 700 });
      await run.commitSync("a");
    },
  },
  {
    name: "commit through the fast segment",
    async play(run) {
      await begin(run, { fastPathMs: LONG_MS });
      run.insert("a", 3);
      await run.commit("a");
      run.insert("a", 1, { bytes: 700 });
      await run.commitSync("a");
    },
  },
  {
    name: "seal, then commit",
    async play(run) {
      await begin(run);
      run.insert("a", 2);
      await run.seal("a");
      await run.commit("a");
      run.insert("a", 2);
      await run.sealSync("a");
      await run.commitSync("a");
    },
  },
  {
    name: "seal again and again, then commit",
    async play(run) {
      await begin(run, { fastPathMs: LONG_MS });
      run.insert("a", 1);
      await run.seal("a");
      run.insert("a", 2, { bytes: 600 });
      await run.seal("a");
      run.insert("a", 1);
      await run.commit("a");
      run.insert("a", 1);
      await run.seal("a");
    },
  },
  {
    name: "fast segment always too late",
    async play(run) {
      await begin(run, { fastPathMs: 0 });
      run.insert("a", 2);
      await run.seal("a");
      run.insert("a", 1);
      await run.commit("a");
    },
  },
  {
    name: "late, rolled back beside the log",
    async play(run) {
      await begin(run, { fastPathMs: SHORT_MS });
      run.insert("a", 2);
      await run.seal("a");
      run.insert("a", 1);
      const release = run.storage.hold(".fast");
      await run.commit("a");
      release();
      run.insert("a", 1);
      await run.seal("a");
    },
  },
  {
    name: "late, abandoned in the log",
    async play(run) {
      await begin(run, { fastPathMs: SHORT_MS });
      run.insert("a", 1);
      await run.commit("a");
      run.insert("a", 2);
      const release = run.storage.hold(".fast");
      await run.seal("a");
      await run.abandon("a");
      release();
      run.insert("a", 1);
      await run.commit("a");
    },
  },
  {
    name: "abandon",
    async play(run) {
      await begin(run);
      run.insert("a", 2);
      await run.seal("a");
      await run.abandon("a");
      run.insert("a", 1);
      await run.abandon("a");
      run.insert("a", 2);
      await run.seal("a");
      run.insert("a", 1);
      await run.abandon("a");
      run.insert("a", 1);
      await run.commit("a");
    },
  },
  {
    name: "two sessions interleaved",
    async play(run) {
      await begin(run);
      run.session("b");
      run.insert("a", 1, { at: 1 });
      run.insert("b", 2, { at: 1 });
      await run.seal("b");
      run.insert("a", 1);
      await run.commit("a");
      run.insert("a", 1, { at: 1 });
      await Promise.all([run.commit("b"), run.seal("a")]);
    },
  },
  {
    name: "group commit",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      const first = [run.seal("a"), run.commit("a")];
      run.insert("a", 2);
      const second = [run.commit("a")];
      run.insert("a", 1);
      const third = [run.seal("a"), run.abandon("a")];
      run.insert("a", 1);
      await Promise.all([...first, ...second, ...third, run.seal("a")]);
    },
  },
  {
    name: "write through the pool",
    async play(run) {
      await begin(run);
      await Promise.all([run.write(2), run.write(1)]);
      await run.write(1, true);
      await run.write(1);
    },
  },
  {
    name: "close and reopen the database",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      await run.commit("a");
      run.insert("a", 1);
      await run.close();
      await run.open();
      run.session("a");
      run.insert("a", 1);
      await run.seal("a");
      await run.close();
      await run.open();
      await run.write(1);
      await run.close();
    },
  },
  {
    name: "refuse collisions",
    async play(run) {
      await begin(run);
      run.session("b");
      run.insert("a", 1, { at: 1 });
      run.insert("b", 1, { at: 1 });
      await run.commit("b", { collisions: "refuse" });
      await run.commit("a", { collisions: "refuse" });
      run.insert("a", 1);
      await run.seal("a");
      await run.commit("a");
    },
  },
  {
    name: "abandon behind what was refused",
    async play(run) {
      await begin(run);
      run.session("b");
      run.insert("a", 2, { at: 1 });
      await run.seal("a");
      run.insert("b", 1, { at: 1 });
      await run.commit("b");
      const refused = run.commit("a", { collisions: "refuse" });
      run.insert("a", 1);
      await Promise.all([refused, run.seal("a"), run.abandon("a")]);
      await run.flush();
      run.insert("a", 1);
      await run.seal("a");
    },
  },
  {
    name: "both files fail at a commit",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      await run.seal("a");
      run.insert("a", 1);
      run.breakFiles("a");
      await run.commit("a");
      await run.commit("a");
      run.breakFiles();
      await run.closeSession("a");
      await run.write(1);
      await run.flush();
    },
  },
  {
    name: "both files fail, two intents pending",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      await run.seal("a");
      run.breakFiles("a");
      const first = run.commit("a");
      run.insert("a", 1);
      await Promise.all([first, run.seal("a")]);
      run.breakFiles();
      await run.abandon("a");
      await run.closeSession("a");
      await run.flush();
    },
  },
  {
    name: "both files fail at a seal",
    async play(run) {
      await begin(run, { fastPathMs: LONG_MS });
      run.insert("a", 1);
      await run.seal("a");
      run.insert("a", 1);
      run.breakFiles("a");
      await run.seal("a");
      await run.abandon("a");
      run.breakFiles();
      await run.closeSession("a");
      await run.flush();
      await run.adopt();
    },
  },
];

/** The scenarios of a database without graphs, in the order of the report. */
export const DATABASE_SUBJECTS: readonly Subject[] = [
  ...SCENARIOS,
  ...FLUSH_SCENARIOS,
  ...COMPACTION_SCENARIOS,
].map(databaseSubject);
