import assert from "node:assert/strict";
import { test } from "node:test";
import {
  checkGraphConfig,
  type GraphConfig,
  isLabel,
  sameGraphRules,
} from "../../lib/graph/graph_config.ts";

test("checkGraphConfig() allows any kind unless told otherwise", () => {
  for (const config of [undefined, {}, { kinds: undefined, unknownKinds: undefined }]) {
    assert.deepEqual(checkGraphConfig(config), { kinds: new Map(), unknownKinds: "allow" });
  }
});

test("checkGraphConfig() shares nothing with what it was given", () => {
  const kinds: GraphConfig["kinds"] = { feeds: "directed" };
  const rules = checkGraphConfig({ kinds, unknownKinds: "reject" });
  kinds.feeds = "free";
  assert.deepEqual(rules, { kinds: new Map([["feeds", "directed"]]), unknownKinds: "reject" });
});

const INVALID: Record<string, unknown> = {
  "null": null,
  "a string": "directed",
  "kinds that are an array": { kinds: ["feeds"] },
  "kinds that are null": { kinds: null },
  "a blank kind": { kinds: { " ": "free" } },
  "a kind that is too long": { kinds: { ["k".repeat(1025)]: "free" } },
  "a direction that is none": { kinds: { feeds: "forward" } },
  "a direction that is undefined": { kinds: { feeds: undefined } },
  "unknownKinds that is neither": { unknownKinds: "warn" },
};

for (const [name, config] of Object.entries(INVALID)) {
  test(`checkGraphConfig() refuses ${name}`, () => {
    assert.throws(() => checkGraphConfig(config as GraphConfig), { code: "invalid-argument" });
  });
}

test("a kind may be called like anything an object has", () => {
  const kinds = JSON.parse('{ "__proto__": "directed", "constructor": "free" }');
  const rules = checkGraphConfig({ kinds });
  assert.equal(rules.kinds.get("__proto__"), "directed");
  assert.equal(checkGraphConfig().kinds.get("constructor"), undefined);
});

test("sameGraphRules() compares kinds, their directions and what becomes of others", () => {
  const base: GraphConfig = { kinds: { a: "directed", b: "free" }, unknownKinds: "reject" };
  const same = (config: GraphConfig): boolean =>
    sameGraphRules(checkGraphConfig(base), checkGraphConfig(config));
  assert(same({ unknownKinds: "reject", kinds: { b: "free", a: "directed" } }));
  assert(!same({ ...base, unknownKinds: "allow" }));
  assert(!same({ ...base, kinds: { a: "directed" } }));
  assert(!same({ ...base, kinds: { a: "directed", b: "directed" } }));
  assert(!same({ ...base, kinds: { a: "directed", c: "free" } }));
  assert(!same({ ...base, kinds: { a: "directed", b: "free", c: "free" } }));
});

test("a label is a text that is not blank, not too long, and well formed", () => {
  for (const label of ["a", " a ", "k".repeat(1024), "\u{1f4a7}"]) assert(isLabel(label), label);
  for (const other of ["", " \t\n", "k".repeat(1025), "\ud800", 5, undefined, null, ["a"]]) {
    assert(!isLabel(other), String(other));
  }
});
