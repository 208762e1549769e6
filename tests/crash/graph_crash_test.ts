import assert from "node:assert/strict";
import { test } from "node:test";
import { GRAPH_SUBJECTS } from "./graph_scenarios.ts";
import { Explorer } from "./explore.ts";

/** About so many states a scenario and kind of end; `deno task crash` tries as many as it is told to. */
const STATES = 100;
/** Where a scenario is too short for more. */
const STATES_MIN = 80;
/** What graphs show takes long to compare, so every second crash point has to do; the others are for that task. */
const STRIDE = 2;
const SEED = 20_261_122;

for (const subject of GRAPH_SUBJECTS) {
  for (const mode of ["crashes", "faults"] as const) {
    test(`a graph survives all ${mode} of "${subject.name}" that were tried`, async () => {
      const explorer = new Explorer(subject, {
        seed: SEED,
        states: STATES,
        sparse: true,
        stride: STRIDE,
      });
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
