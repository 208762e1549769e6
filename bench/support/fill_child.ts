/**
 * The process that fills a large segment, run by `large_segment.ts`: argument is a `FillOrder` in JSON,
 * the last line it prints a `Filling`.
 *
 * A process of its own, because filling leaves the runtime with memory to spare, and what is measured
 * afterwards would seem to need none.
 *
 * @module
 */

import process from "node:process";
import { platformStorage } from "../../lib/file/platform.ts";
import { FastSegment, HEADER_BYTES } from "../../mod.ts";
import { EntryMaker } from "./entries.ts";
import { type Filling, type FillOrder, GROUP_ENTRIES, SESSION } from "./large_segment.ts";
import { UnsyncedStorage } from "./unsynced_storage.ts";

/** Fills a segment, group after group and without a sync; stops as if killed. */
async function fill(order: FillOrder): Promise<Filling> {
  const storage = new UnsyncedStorage(await platformStorage());
  const segment = await FastSegment.open(order.root, SESSION, { storage });
  const maker = new EntryMaker(SESSION);
  const made = maker.fingerprint;
  while (made.entries < order.entries && segment.committedBytes < order.bytes) {
    const left = order.entries - made.entries;
    segment.trySealEntriesSync(maker.next(Math.min(GROUP_ENTRIES, left)), Infinity);
  }
  const file = storage.open(segment.path);
  const header = new Uint8Array(HEADER_BYTES);
  file.readAt(header, 0);
  const filling = {
    path: segment.path,
    entries: made.entries,
    fingerprint: String(made),
    committedBytes: segment.committedBytes,
    fileBytes: file.size(),
    header: Array.from(header),
  };
  file.close();
  await segment.close();
  return filling;
}

console.log(JSON.stringify(await fill(JSON.parse(process.argv[2]))));
