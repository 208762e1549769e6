import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "../../mod.ts";
import { GRAPH_CANARIES, lyingOfGraphs } from "./graph_canaries.ts";
import { liveGraphs } from "./graph_history.ts";
import { explain, explore, historyOf, type ModelLibrary, type Tally } from "./history.ts";
import { loadModelMutant, MODEL_MUTANTS, removeModelMutant } from "./mutants.ts";

const SEED = 1;
const HISTORIES = 100;
const HISTORIES_OF_HONESTY = 10;

/** One fault each of what is written, derived, read and walked; all, by `deno task model --mutants`. */
const MUTANTS_TRIED: readonly string[] = [
  "an edge that is superseded keeps its rows",
  "a version that comes late is not looked at from above",
  "what is adopted has no rows",
  "an edge is past at the stamp until which it is valid",
  "B-connectivity waits twice for a tail in two roles",
];

test("graphs answer every question as a plain array does, through random histories", async () => {
  const tally: Tally = {};
  const failure = await explore(liveGraphs, library, SEED, HISTORIES, tally);
  assert(failure === undefined, failure && explain("graph", failure));
  for (
    const what of [
      "kills",
      "late commits",
      "versions below one that was committed before",
      "adopted",
      "discarded",
      "commits beside an adoption",
      "collisions refused",
      "edges refused",
      "co-causes",
      "cycles",
      "nodes with levels",
      "read on",
      "readers beside",
    ]
  ) assert(tally[what] > 0, `no history came to: ${what}`);
  assert(tally["incident edges of the past"] > 1000);
});

test("a history of graphs does the same whenever it is lived through", async () => {
  for (let index = 0; index < 5; index++) {
    const tallies: Tally[] = [{}, {}];
    for (const tally of tallies) await liveGraphs(library, historyOf(SEED, index), tally);
    assert.deepEqual(tallies[0], tallies[1]);
  }
});

test("the model of graphs notices nothing where a library in disguise tells the truth", async () => {
  const honest = lyingOfGraphs(library, { name: "nothing is wrong", answers: () => ({}) });
  const failure = await explore(liveGraphs, honest, SEED, HISTORIES_OF_HONESTY);
  assert(failure === undefined, failure && explain("graph", failure));
});

for (const canary of GRAPH_CANARIES) {
  test(`the model of graphs notices that ${canary.name}`, async () => {
    await assertFound(lyingOfGraphs(library, canary), 50);
  });
}

test("the faults that are tried here are among those of the model", () => {
  const names = MODEL_MUTANTS.filter(({ model }) => model === "graph").map(({ name }) => name);
  assert.deepEqual(MUTANTS_TRIED.filter((name) => !names.includes(name)), []);
});

for (const mutant of MODEL_MUTANTS.filter(({ name }) => MUTANTS_TRIED.includes(name))) {
  test(`the model of graphs finds that ${mutant.name}`, async () => {
    try {
      await assertFound(await loadModelMutant(mutant), mutant.histories);
    } finally {
      removeModelMutant(mutant);
    }
  });
}

async function assertFound(broken: ModelLibrary, histories: number): Promise<void> {
  for (let index = 0; index < histories; index++) {
    if (await liveGraphs(broken, historyOf(SEED, index)) !== undefined) return;
  }
  assert.fail(`not in ${histories} histories`);
}
