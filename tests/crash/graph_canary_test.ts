import assert from "node:assert/strict";
import { test } from "node:test";
import { GRAPH_MUTANTS } from "./graph_mutants.ts";
import { GRAPH_SUBJECTS } from "./graph_scenarios.ts";
import { Explorer } from "./explore.ts";
import { loadMutant, removeMutant } from "./mutants.ts";

/** Few states of likely scenarios first, then many of all. */
const STATES = 300;
const STATES_MAX = 3_000;
const SEED = 1;

for (const mutant of GRAPH_MUTANTS) {
  test(`the crash lab of graphs finds ${mutant.name}`, async () => {
    try {
      const library = await loadMutant(mutant);
      const { sabotage } = mutant;
      const likely = GRAPH_SUBJECTS.filter(({ name }) => name === mutant.scenario);
      const attempts = [
        ...[...likely, ...likely].map((subject) => ({ subject, states: STATES })),
        ...[...likely, ...GRAPH_SUBJECTS].map((subject) => ({ subject, states: STATES_MAX })),
      ];
      for (const [i, { subject, states }] of attempts.entries()) {
        const seed = SEED + i;
        const sparse = states < STATES_MAX;
        const options = { seed, states, library, sabotage, stopAtFirst: true, sparse };
        const found = await new Explorer(subject, options)[mutant.shownBy]();
        if (found.violations.length > 0) return;
      }
      assert.fail(`no violation in ${GRAPH_SUBJECTS.length} scenarios`);
    } finally {
      removeMutant(mutant);
    }
  });
}
