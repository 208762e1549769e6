/**
 * The cases of `bench/seal.ts` for `deno bench`: one group a floor, and each contender beside it.
 *
 *     deno bench -A bench/seal_bench.ts
 *
 * `deno bench` measures one case after the other, so a change of the machine's mood falls on one of
 * them alone; the numbers that count are those of `bench/seal.ts`, which takes turns.
 *
 * @module
 */

import type { Contender } from "./support/contender.ts";
import { createSealCase, GROUP_ENTRIES } from "./support/seal_contenders.ts";
import { WorkDirectory } from "./support/work_directory.ts";

const ROUNDS = 200;
const WARM_UP_ROUNDS = 50;

/** Registers a case; entries are made outside the measured time. */
function register(contender: Contender, group: string, baseline: boolean): void {
  const options = { group, baseline, n: ROUNDS, warmup: WARM_UP_ROUNDS };
  Deno.bench(`${contender.name}, ${group}`, options, async (turn) => {
    contender.prepare();
    turn.start();
    const sealed = contender.seal();
    if (sealed !== undefined) await sealed;
    turn.end();
  });
}

const directory = new WorkDirectory();
for (const groupEntries of GROUP_ENTRIES) {
  const { contenders } = await createSealCase(directory.path, groupEntries);
  for (const contender of Object.values(contenders)) {
    register(contender, `groups of ${groupEntries}`, contender === contenders.floor);
  }
}
globalThis.addEventListener("unload", () => directory[Symbol.dispose]());
