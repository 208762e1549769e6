import assert from "node:assert/strict";
import { test } from "node:test";
import * as library from "../../mod.ts";
import { explain, explore, historyOf, type Tally } from "./history.ts";
import { loadModelMutant, MODEL_MUTANTS, removeModelMutant } from "./mutants.ts";
import { lying, SPACE_CANARIES, THRIFTY } from "./space_canaries.ts";
import { liveSpaces } from "./space_history.ts";

const SEED = 1;
const HISTORIES = 60;
const HISTORIES_OF_CANARIES = 50;

test("spaces answer every question as a plain array does, through random histories", async () => {
  const tally: Tally = {};
  const failure = await explore(liveSpaces, library, SEED, HISTORIES, tally);
  assert(failure === undefined, failure && explain("space", failure));
  for (const what of ["kills", "late commits", "adopted", "histories in real files", "read on"]) {
    assert(tally[what] > 0, `no history came to: ${what}`);
  }
});

test("a history of spaces does the same whenever it is lived through", async () => {
  for (let index = 0; index < 5; index++) {
    const tallies: Tally[] = [{}, {}];
    for (const tally of tallies) await liveSpaces(library, historyOf(SEED, index), tally);
    assert.deepEqual(tallies[0], tallies[1]);
  }
});

test("the model lets a space drop whatever it may", async () => {
  const tally: Tally = {};
  const thrifty = lying(library, THRIFTY);
  const failure = await explore(liveSpaces, thrifty, SEED, HISTORIES_OF_CANARIES, tally);
  assert(failure === undefined, failure && explain("space", failure));
  assert(tally["past dropped"] > 0);
});

for (const canary of SPACE_CANARIES) {
  test(`the model of spaces notices that ${canary.name}`, async () => {
    const broken = lying(library, canary);
    for (let index = 0; index < HISTORIES_OF_CANARIES; index++) {
      if (await liveSpaces(broken, historyOf(SEED, index)) !== undefined) return;
    }
    assert.fail(`not in ${HISTORIES_OF_CANARIES} histories`);
  });
}

for (const mutant of MODEL_MUTANTS.filter(({ model }) => model === "space")) {
  test(`the model of spaces finds that ${mutant.name}`, async () => {
    try {
      const broken = await loadModelMutant(mutant);
      for (let index = 0; index < mutant.histories; index++) {
        if (await liveSpaces(broken, historyOf(SEED, index)) !== undefined) return;
      }
      assert.fail(`no violation in ${mutant.histories} histories`);
    } finally {
      removeModelMutant(mutant);
    }
  });
}
