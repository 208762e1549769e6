import assert from "node:assert/strict";
import { test } from "node:test";
import { Explorer } from "./explore.ts";
import { SEGMENT_SUBJECTS } from "./scenarios.ts";

/** About so many states a scenario and kind of end; `deno task crash` tries as many as it is told to. */
const STATES = { crashes: 400, faults: 2_000 };
/** A failing call is met at some places only here, so the number is met about. */
const STATES_MIN = 400;
const SEED = 20_261_122;

for (const scenario of SEGMENT_SUBJECTS) {
  for (const mode of ["crashes", "faults"] as const) {
    test(`"${scenario.name}" survives all ${mode} that were tried`, async () => {
      const options = { seed: SEED, states: STATES[mode], sparse: mode === "faults" };
      const explorer = new Explorer(scenario, options);
      const { violations, states, points } = await explorer[mode]();
      assert(points >= 19 && states >= STATES_MIN, `${states} states of ${points} points`);
      const [first] = violations;
      if (first === undefined) return;
      const history = JSON.stringify({
        scenario: scenario.name,
        history: await explorer.minimise(first.history),
      });
      assert.fail(`${violations.length} violations, seed ${SEED}: ${first.message}; ${history}`);
    });
  }
}
