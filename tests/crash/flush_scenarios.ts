/**
 * Scenarios of what comes after a commit, or instead of one: interrupted intents, flushes, retirement,
 * the manifest, session ids.
 *
 * @module
 */

import type { DatabaseRun } from "./database_run.ts";
import { begin, type DatabaseScenario } from "./database_subject.ts";

/** Larger than what makes a flush replace the log of a session that is open. */
const THICK_BYTES = 70_000;

/** Leaves a sealed intent behind, as a process does that ends too early. */
async function interrupt(run: DatabaseRun, count: number): Promise<void> {
  await begin(run);
  run.insert("a", count);
  await run.seal("a");
  await run.close();
  await run.open();
}

/** The scenarios. */
export const FLUSH_SCENARIOS: readonly DatabaseScenario[] = [
  {
    name: "adopt what an earlier process left",
    async play(run) {
      await interrupt(run, 3);
      await run.adopt();
      run.session("b");
      run.insert("b", 1);
      await run.commit("b");
    },
  },
  {
    name: "discard what an earlier process left",
    async play(run) {
      await interrupt(run, 3);
      await run.discard();
      run.session("b");
      run.insert("b", 1);
      await run.commit("b");
    },
  },
  {
    name: "adopt and discard of closed sessions",
    async play(run) {
      await begin(run);
      run.session("b");
      run.insert("a", 1);
      await run.commit("a");
      run.insert("a", 2);
      await run.seal("a");
      await run.closeSession("a");
      run.insert("b", 1);
      await run.seal("b");
      await run.closeSession("b");
      await run.adopt();
      await run.discard();
    },
  },
  {
    name: "flush and retire",
    async play(run) {
      await begin(run);
      run.session("b");
      run.insert("a", 2);
      await run.commit("a");
      run.insert("b", 1);
      await run.commit("b");
      await run.closeSession("b");
      await run.flush();
      run.insert("a", 1);
      await run.commit("a");
      await run.flush();
      await run.close();
    },
  },
  {
    name: "flush beside what is sealed",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      await run.commit("a");
      run.insert("a", 2);
      await run.seal("a");
      await run.flush();
      run.insert("a", 1);
      await run.commit("a");
    },
  },
  {
    name: "flush in the background",
    async play(run) {
      await begin(run, { tailBytesMax: 60 });
      run.insert("a", 2);
      await run.commit("a");
      run.insert("a", 1);
      await run.commit("a");
      run.insert("a", 4);
      await run.commit("a");
      run.insert("a", 1);
      await run.commit("a");
    },
  },
  {
    name: "commit beside a flush",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      await run.commit("a");
      run.insert("a", 2);
      const release = run.storage.hold(".run");
      const flush = run.flush();
      await run.commit("a");
      release();
      await flush;
    },
  },
  {
    name: "make the log of a session smaller",
    async play(run) {
      await begin(run);
      run.insert("a", 1, { bytes: THICK_BYTES });
      await run.commit("a");
      run.insert("a", 1);
      await run.seal("a");
      await run.flush();
      run.insert("a", 1);
      await run.commit("a");
    },
  },
  {
    name: "create spaces",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      await Promise.all([run.createSpace("t"), run.commit("a"), run.createSpace("u")]);
      run.insert("a", 1, { space: "t" });
      run.insert("a", 1);
      await run.commit("a");
      await run.flush();
    },
  },
  {
    name: "many session ids",
    async play(run) {
      await begin(run);
      run.sessions(300);
      await run.createSpace("t");
      run.sessions(100);
      await run.write(1);
      await run.close();
      await run.open();
      run.sessions(3);
    },
  },
];
