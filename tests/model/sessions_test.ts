import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "../../mod.ts";
import { explain, explore, historyOf, type Tally } from "./history.ts";
import { loadModelMutant, MODEL_MUTANTS, removeModelMutant } from "./mutants.ts";
import { liveSessions } from "./sessions_history.ts";

const SEED = 1;
const HISTORIES = 300;

/** A mutant that takes more histories is left to `deno task model --mutants`. */
const HISTORIES_FOR_MUTANTS = 50;

test("sessions keep every promise through random histories of calls, faults and kills", async () => {
  const tally: Tally = {};
  const failure = await explore(liveSessions, library, SEED, HISTORIES, tally);
  assert(failure === undefined, failure && explain("sessions", failure));
  for (const what of ["kills", "collisions", "adopted", "discarded", "undecided: committed"]) {
    assert(tally[what] > 0, `no history came to: ${what}`);
  }
});

test("a history does the same whenever it is lived through", async () => {
  for (let index = 0; index < 5; index++) {
    const tallies: Tally[] = [{}, {}];
    for (const tally of tallies) await liveSessions(library, historyOf(SEED, index), tally);
    assert.deepEqual(tallies[0], tallies[1]);
  }
});

const mutants = MODEL_MUTANTS.filter(({ model, histories }) =>
  model === undefined && histories <= HISTORIES_FOR_MUTANTS
);

for (const mutant of mutants) {
  test(`the model finds that ${mutant.name}`, async () => {
    try {
      const broken = await loadModelMutant(mutant);
      for (let index = 0; index < mutant.histories; index++) {
        if (await liveSessions(broken, historyOf(SEED, index)) !== undefined) return;
      }
      assert.fail(`no violation in ${mutant.histories} histories`);
    } finally {
      removeModelMutant(mutant);
    }
  });
}
