import assert from "node:assert/strict";
import { test } from "node:test";
import { DATABASE_MUTANTS } from "./database_mutants.ts";
import { DATABASE_SUBJECTS } from "./database_scenarios.ts";
import { Explorer } from "./explore.ts";
import { loadMutant, removeMutant } from "./mutants.ts";

/** Few states of likely scenarios first, then many of all. */
const STATES = 300;
const STATES_MAX = 3_000;
const SEED = 1;

for (const mutant of DATABASE_MUTANTS) {
  test(`the crash lab of the database finds ${mutant.name}`, async () => {
    try {
      const library = await loadMutant(mutant);
      const { sabotage } = mutant;
      const likely = DATABASE_SUBJECTS.filter(({ name }) => name === mutant.scenario);
      const attempts = [
        ...[...likely, ...likely].map((subject) => ({ subject, states: STATES })),
        ...[...likely, ...DATABASE_SUBJECTS].map((subject) => ({ subject, states: STATES_MAX })),
      ];
      for (const [i, { subject, states }] of attempts.entries()) {
        const seed = SEED + i;
        const sparse = states < STATES_MAX;
        const options = { seed, states, library, sabotage, stopAtFirst: true, sparse };
        const found = await new Explorer(subject, options)[mutant.shownBy]();
        if (found.violations.length > 0) return;
      }
      assert.fail(`no violation in ${DATABASE_SUBJECTS.length} scenarios`);
    } finally {
      removeMutant(mutant);
    }
  });
}
