/**
 * The process that fills a database, run by `large_database.ts`: argument is a `FillOrder` in JSON, the
 * last line it prints a `Filling`. It ends without closing anything, so that all is left in the logs, as
 * a kill leaves it.
 *
 * @module
 */

import { writeSync } from "node:fs";
import process from "node:process";
import { platformStorage } from "../../lib/file/platform.ts";
import { open } from "../../mod.ts";
import { EntryMaker } from "./entries.ts";
import { type Filling, type FillOrder, INTENT_ENTRIES, SESSIONS } from "./large_database.ts";
import { UnsyncedStorage } from "./unsynced_storage.ts";

const STDOUT = 1;
const SPACE = "points";
const DIMS = 3;
const NOBODY = 0;

/** More than is ever committed here: nothing is flushed. */
const TAIL_BYTES_MAX = Number.MAX_SAFE_INTEGER;

/** Fills a database, the sessions taking turns, without a sync. */
async function fill(order: FillOrder): Promise<Filling> {
  const storage = new UnsyncedStorage(await platformStorage());
  const db = await open(order.root, { storage, tailBytesMax: TAIL_BYTES_MAX });
  const space = await db.createSpace(SPACE, { dims: DIMS });
  const sessions = Array.from({ length: SESSIONS }, () => db.session());
  const maker = new EntryMaker(NOBODY);
  const made = maker.fingerprint;
  let intents = 0;
  while (made.entries < order.entries) {
    const session = sessions[intents++ % SESSIONS];
    const left = order.entries - made.entries;
    for (const { address, data } of maker.next(Math.min(INTENT_ENTRIES, left))) {
      session.insert(space, address.point, data);
    }
    session.commitSync();
  }
  return {
    space: SPACE,
    entries: made.entries,
    intents,
    sessions: sessions.map(({ id }) => id),
    fingerprint: String(made),
  };
}

writeSync(STDOUT, JSON.stringify(await fill(JSON.parse(process.argv[2]))));
process.exit();
