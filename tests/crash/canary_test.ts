import assert from "node:assert/strict";
import { test } from "node:test";
import { Explorer } from "./explore.ts";
import { loadMutant, MUTANTS, removeMutant } from "./mutants.ts";
import { SEGMENT_SUBJECTS } from "./scenarios.ts";

const STATES = 2_000;
/** Of a scenario that is known to show it, if rarely. */
const LIKELY_STATES = 8_000;
const SEED = 1;

for (const mutant of MUTANTS) {
  test(`the crash lab finds ${mutant.name}`, async () => {
    try {
      const library = await loadMutant(mutant);
      const { sabotage } = mutant;
      const likely = SEGMENT_SUBJECTS.filter(({ name }) => name === mutant.scenario);
      for (const scenario of [...likely, ...SEGMENT_SUBJECTS]) {
        const states = likely.includes(scenario) ? LIKELY_STATES : STATES;
        const options = { seed: SEED, states, library, sabotage, stopAtFirst: true };
        const found = await new Explorer(scenario, options)[mutant.shownBy]();
        if (found.violations.length > 0) return;
      }
      assert.fail(`no violation in ${SEGMENT_SUBJECTS.length} scenarios`);
    } finally {
      removeMutant(mutant);
    }
  });
}
