/**
 * The process of the demo that imports cities in several sessions, and is killed.
 *
 * Arguments: the root, and how many cities there are. Output: `sealed {group}` and `committed {group}`,
 * each written after the promise of that call has resolved, past every buffer of the runtime: whatever the
 * parent has read was acknowledged. One session more seals a group at the beginning and never commits it,
 * as a program does that waits for a person to agree. `finished` says that nothing else is left to do.
 *
 * @module
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { open } from "../../mod.ts";
import { firstCities } from "./city.ts";
import {
  importGroups,
  insertGroup,
  missingGroups,
  openAtlas,
  TAIL_BYTES_MAX,
} from "./importing.ts";

const STDOUT = 1;

if (import.meta.main) await main(process.argv.slice(2));

async function main([root, count]: string[]): Promise<void> {
  const cities = firstCities(Number(count));
  const atlas = await openAtlas(await open(root, { tailBytesMax: TAIL_BYTES_MAX }));
  const missing = missingGroups(atlas, cities);
  const undecided = missing.pop();
  if (undecided !== undefined) {
    const session = atlas.db.session();
    insertGroup(session, atlas, cities, undecided);
    await session.seal();
    say(`sealed ${undecided}`);
  }
  await importGroups(atlas, cities, missing, {
    sealed: (group) => say(`sealed ${group}`),
    committed: (group) => say(`committed ${group}`),
  });
  say("finished");
  // Never closed: it waits for the kill, or for the parent's end.
  process.stdin.resume();
}

function say(line: string): void {
  writeSync(STDOUT, `${line}\n`);
}
