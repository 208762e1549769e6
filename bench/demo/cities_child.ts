/**
 * The process of the demo that is killed: seals cities and reports each group once it is durable.
 *
 * Arguments: the root, the index of the first city, how many cities there are, and the time of their
 * revisions. Output: one line `acknowledged {index behind the last city of the group}` a group, written
 * after its seal has resolved and before the next begins, past every buffer of the runtime: whatever the
 * parent has read was acknowledged, and at most one durable group is unreported.
 *
 * @module
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { FastSegment } from "../../mod.ts";
import { firstCities, SESSION } from "./city.ts";
import { sealCities } from "./sealing.ts";

const STDOUT = 1;

if (import.meta.main) await main(process.argv.slice(2));

async function main([root, first, count, physicalMs]: string[]): Promise<void> {
  const source = { cities: firstCities(Number(count)), physicalMs: Number(physicalMs) };
  const segment = await FastSegment.open(root, SESSION);
  await sealCities(segment, source, Number(first), (end) => {
    writeSync(STDOUT, `acknowledged ${end}\n`);
  });
  // Never closed: if all was sealed before the kill came, it waits for it, or for the parent's end.
  process.stdin.resume();
}
