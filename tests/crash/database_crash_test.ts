import assert from "node:assert/strict";
import { test } from "node:test";
import { DATABASE_SUBJECTS } from "./database_scenarios.ts";
import { Explorer } from "./explore.ts";

/** About so many states a scenario and kind of end; `deno task crash` tries as many as it is told to. */
const STATES = 150;
/** Where a scenario is too short for more. */
const STATES_MIN = 80;
const SEED = 20_261_122;

for (const subject of DATABASE_SUBJECTS) {
  for (const mode of ["crashes", "faults"] as const) {
    test(`a database survives all ${mode} of "${subject.name}" that were tried`, async () => {
      const explorer = new Explorer(subject, { seed: SEED, states: STATES, sparse: true });
      const { violations, states, points } = await explorer[mode]();
      const [first] = violations;
      if (first === undefined) {
        assert(points >= 19 && states >= STATES_MIN, `${states} states of ${points} points`);
        return;
      }
      const history = await explorer.minimise(first.history);
      const replay = JSON.stringify({ scenario: subject.name, history });
      assert.fail(`${violations.length} violations, seed ${SEED}: ${first.message}; ${replay}`);
    });
  }
}
