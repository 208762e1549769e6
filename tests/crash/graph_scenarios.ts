/**
 * Scenarios of intents that hold records and edges: whatever happens, both are there or neither, and what
 * graphs say of points is what their edges say.
 *
 * Whoever reads an incidence has rows derived. So does a flush, and so does an opening: these scenarios
 * look at incidences at some places, and not at others.
 *
 * @module
 */

import { type DatabaseRun, LONG_MS, type Opening, SHORT_MS } from "./database_run.ts";
import { begin, type DatabaseScenario, databaseSubject } from "./database_subject.ts";
import type { Subject } from "./subject.ts";

/** So many turns are enough for a flush or a merge of a few entries. */
const TURNS = 10;

/** An edge that is written again and again, at other points. */
const EDGE = 1n;

async function beginGraph(run: DatabaseRun, opening?: Opening): Promise<void> {
  await begin(run, opening);
  await run.createGraph();
}

/** A record and edges around it; the one that is written again has moved. */
function write(run: DatabaseRun, name: string, at: number): void {
  run.insert(name, 1, { at, deletes: false });
  run.relate(name, { id: EDGE, at: [at, at + 1] });
  run.relate(name, { at: [at + 1, 1, at] });
}

async function commit(run: DatabaseRun, name: string, at: number): Promise<void> {
  write(run, name, at);
  await run.commit(name);
}

async function turn(): Promise<void> {
  for (let turns = 0; turns < TURNS; turns++) {
    await new Promise<void>((resolve) => setImmediate(resolve)); // A timer would wait for a millisecond.
  }
}

/** What the next process writes: it moves the edge, too. At times it looks before. */
async function more(run: DatabaseRun, name: string): Promise<void> {
  await run.createGraph();
  if (run.ledger.nextNumber % 2 === 0) run.lookAtIncidence();
  run.relate(name, { id: EDGE, at: [1, 9] });
}

const SCENARIOS: readonly DatabaseScenario[] = [
  {
    name: "create graphs",
    async play(run) {
      await begin(run);
      run.insert("a", 1);
      const release = run.storage.hold("MANIFEST.tmp");
      const creating = Promise.all([run.createGraph(), run.createSpace("t")]);
      await turn();
      await run.commit("a");
      release();
      await creating;
      run.insert("a", 1, { space: "t", at: 1 });
      run.relate("a", { at: [1, 2], space: "t" });
      await run.commit("a");
      await run.flush();
      run.lookAtIncidence();
    },
  },
  {
    name: "commit records and edges through the log",
    async play(run) {
      await beginGraph(run);
      await commit(run, "a", 1);
      run.insert("a", 1, { at: 1, deletes: true });
      run.relate("a", { id: EDGE, at: [2, 3, 2], bytes: 700 });
      run.unrelate("a", 7n);
      await run.commitSync("a");
      run.lookAtIncidence();
      run.unrelate("a", EDGE);
      run.insert("a", 1);
      await run.commit("a");
    },
  },
  {
    name: "commit records and edges through the fast segment",
    async play(run) {
      await beginGraph(run, { fastPathMs: LONG_MS });
      write(run, "a", 1);
      await run.seal("a");
      write(run, "a", 2);
      await run.commit("a");
      run.unrelate("a", EDGE);
      run.insert("a", 1);
      await run.sealSync("a");
      run.relate("a", { id: EDGE, at: [4, 5] });
      await run.seal("a");
    },
  },
  {
    name: "late with edges, rolled back beside the log",
    async play(run) {
      await beginGraph(run, { fastPathMs: SHORT_MS });
      write(run, "a", 1);
      await run.seal("a");
      run.relate("a", { id: EDGE, at: [3, 1] });
      const release = run.storage.hold(".fast");
      await run.commit("a");
      release();
      write(run, "a", 2);
      await run.seal("a");
    },
  },
  {
    name: "adopt and discard records and edges",
    async play(run) {
      await beginGraph(run);
      write(run, "a", 1);
      run.unrelate("a", EDGE);
      run.relate("a", { id: 2n, at: [2, 1] });
      await run.seal("a");
      await run.closeSession("a");
      await run.adopt();
      run.session("b");
      write(run, "b", 4);
      run.unrelate("b", 2n);
      await run.seal("b");
      await run.closeSession("b");
      await run.discard();
      run.session("c");
      run.relate("c", { id: 2n, at: [1, 4] });
      await run.commit("c");
    },
  },
  {
    name: "adopt an edge older than what was committed",
    async play(run) {
      await beginGraph(run);
      await commit(run, "a", 1);
      run.session("b");
      write(run, "a", 4);
      await run.seal("a");
      await run.closeSession("a");
      await commit(run, "b", 2);
      await run.adopt();
      run.insert("b", 1);
      run.unrelate("b", EDGE);
      await run.commit("b");
    },
  },
  {
    name: "commit an edge beside its adoption",
    async play(run) {
      await beginGraph(run);
      run.session("b");
      write(run, "a", 1);
      await run.seal("a");
      await run.closeSession("a");
      const release = run.storage.hold(".run");
      const adopting = run.adopt();
      await turn();
      await commit(run, "b", 2);
      run.lookAtIncidence();
      release();
      await adopting;
      await commit(run, "b", 5);
    },
  },
  {
    name: "abandon records and edges",
    async play(run) {
      await beginGraph(run);
      await commit(run, "a", 1);
      write(run, "a", 2);
      await run.seal("a");
      run.unrelate("a", EDGE);
      await run.abandon("a");
      await run.flush();
      write(run, "a", 3);
      await run.abandon("a");
      await commit(run, "a", 4);
    },
  },
  {
    name: "two sessions move one edge",
    async play(run) {
      await beginGraph(run);
      run.session("b");
      write(run, "a", 1);
      write(run, "b", 2);
      await run.commit("b");
      run.lookAtIncidence();
      run.insert("b", 1);
      run.unrelate("b", EDGE);
      await Promise.all([run.commit("a"), run.seal("b")]);
      write(run, "a", 3);
      await Promise.all([run.commit("b"), run.commit("a"), run.flush()]);
    },
  },
  {
    name: "commit and look beside a flush of edges",
    async play(run) {
      await beginGraph(run);
      await commit(run, "a", 1);
      run.lookAtIncidence();
      await commit(run, "a", 2);
      const release = run.storage.hold(".run");
      const flush = run.flush();
      await turn();
      run.lookAtIncidence();
      await commit(run, "a", 3);
      release();
      await flush;
      run.lookAtIncidence();
    },
  },
  {
    name: "flush edges in the background",
    async play(run) {
      await beginGraph(run, { tailBytesMax: 60 });
      await commit(run, "a", 1);
      await commit(run, "a", 2);
      run.lookAtIncidence();
      await commit(run, "a", 3);
    },
  },
  {
    name: "compact edges and rows",
    async play(run) {
      await beginGraph(run);
      await commit(run, "a", 1);
      await run.flush();
      run.insert("a", 1);
      run.unrelate("a", EDGE);
      await run.commit("a");
      await run.compact();
      run.lookAtIncidence();
      await commit(run, "a", 3);
    },
  },
  {
    name: "commit edges beside a merge",
    async play(run) {
      await beginGraph(run);
      await commit(run, "a", 1);
      await run.flush();
      await commit(run, "a", 2);
      await run.flush();
      const release = run.storage.hold(".run");
      const compacting = run.compact();
      await turn();
      await commit(run, "a", 1);
      const flushing = run.flush();
      await turn();
      run.lookAtIncidence();
      release();
      await Promise.all([compacting, flushing]);
      await commit(run, "a", 3);
    },
  },
  {
    name: "both files fail at a commit of edges",
    async play(run) {
      await beginGraph(run);
      await commit(run, "a", 1);
      write(run, "a", 2);
      await run.seal("a");
      run.unrelate("a", EDGE);
      run.breakFiles("a");
      await run.commit("a");
      run.breakFiles();
      await run.closeSession("a");
      await run.flush();
      run.lookAtIncidence();
    },
  },
];

/** The scenarios of graphs, in the order of the report. */
export const GRAPH_SUBJECTS: readonly Subject[] = SCENARIOS.map((each) =>
  databaseSubject({ ...each, more })
);
