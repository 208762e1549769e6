/**
 * Writes a segment and reads it back, for a process that may touch nothing but the root.
 *
 * Arguments: the root, "write" or "read".
 *
 * @module
 */

import process from "node:process";
import { FastSegment, listFastSegmentIds } from "../../mod.ts";
import { sequences, writes } from "./entries.ts";

const [root, what] = process.argv.slice(2);
const segment = await FastSegment.open(root, 7, { readOnly: what === "read" });
if (what === "write") {
  await segment.trySealEntries(writes(1, 3), Infinity);
  segment.trySealEntriesSync(writes(4, 1), Infinity);
}
console.log(JSON.stringify({
  ids: await listFastSegmentIds(root),
  sequences: sequences(segment.readCommittedEntries()),
  state: segment.recovery.state,
  warnings: segment.recovery.warnings.length,
}));
if (what === "write") {
  await segment.reset();
  await segment.trySealEntries(writes(1, 4), Infinity);
}
await segment.close();
