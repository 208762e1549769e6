import assert from "node:assert/strict";
import { test } from "node:test";
import { HEAD, NEUTRAL, TAIL } from "../../lib/graph/hyperedge.ts";
import { checkIncidenceFilter, type IncidenceFilter } from "../../lib/graph/incidence_filter.ts";

test("checkIncidenceFilter() wants any side and all kinds unless told otherwise", () => {
  assert.deepEqual(checkIncidenceFilter(), { sides: [TAIL, HEAD, NEUTRAL], kinds: undefined });
  const sides = (direction: IncidenceFilter["direction"]) =>
    checkIncidenceFilter({ direction }).sides;
  assert.deepEqual(sides("outgoing"), [TAIL]);
  assert.deepEqual(sides("incoming"), [HEAD]);
  assert.deepEqual(sides("neutral"), [NEUTRAL]);
  assert.deepEqual(sides("any"), [TAIL, HEAD, NEUTRAL]);
});

test("kinds: [] wants none, and kinds are copied", () => {
  assert.equal(checkIncidenceFilter({ kinds: [] }).kinds?.size, 0);
  const kinds = ["feeds", "feeds"];
  const filter = checkIncidenceFilter({ kinds });
  kinds.push("heats");
  assert.deepEqual(filter.kinds, new Set(["feeds"]));
});

for (const filter of [null, "any", { direction: "forward" }, { kinds: "feeds" }, { kinds: [7] }]) {
  test(`checkIncidenceFilter() refuses ${JSON.stringify(filter)}`, () => {
    assert.throws(() => checkIncidenceFilter(filter as IncidenceFilter), {
      code: "invalid-argument",
    });
  });
}
