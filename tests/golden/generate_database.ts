/**
 * Makes the golden database of format version 1 (manifest and session files), as a kill leaves it, and
 * what opening it must bring. The files are kept as they are for as long as the version is read.
 *
 * To write them: `deno run -A tests/golden/generate_database.ts`. The id of a database is random, so
 * `MANIFEST` is another each time; everything else is the same.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { type Database, type FileStorage, MemoryStorage, open } from "../../mod.ts";
import { MOMENT_MS } from "../support/entries.ts";

/** Where the files are. */
export const GOLDEN_DATABASE: URL = new URL("./database_v1/", import.meta.url);

/** The files. */
export const GOLDEN_FILES = ["MANIFEST", "sessions/1.wal", "sessions/2.fast", "sessions/3.wal"];

const ROOT = "/db";

/** A kill leaves up to a MiB of preallocated zeros; this many are enough to be recognised. */
const ZEROS_KEPT_BYTES = 512;

/** What opening it brings. */
export interface GoldenContent {
  /** Every version of every record, a line each. */
  versions: string[];
  /** Every record of every interrupted intent, a line each. */
  interrupted: string[];
  /** What became of each session. */
  decisions: string[];
}

/**
 * Makes the database and kills its process.
 *
 * @returns The bytes of its files
 */
export async function makeGoldenDatabase(): Promise<Map<string, Uint8Array>> {
  const storage = new MemoryStorage();
  let nowMs = MOMENT_MS;
  const clock = { nowMs: () => nowMs++ };
  const db = await open(ROOT, { storage, clock, fastPath: { deadlineMs: 1e9 } });
  await db.createSpace("pumps", { dims: 3 });
  await db.createSpace("pipes", { dims: 1, bits: 8, retention: "latest" });

  const log = await logOnly(storage, db);
  log.insert("pumps", [120, 45, 3], { degrees: 81, tags: ["hot", null], raw: new Uint8Array([1]) });
  log.insert("pipes", [7], "seven");
  await log.commit({ operation: "import", label: "first" });
  log.insert("pumps", [1, 2, 3], "never");
  await log.seal();
  await log.abandon();
  log.delete("pipes", [7]);
  log.insert("pumps", [2 ** 32 - 1, 0, 65_536], 1.5);
  await log.commit();

  const fast = db.session();
  fast.insert("pumps", [120, 45, 3], "newer");
  await fast.seal();
  fast.insert("pipes", [255], true);
  await fast.commit();

  const interrupted = await logOnly(storage, db);
  interrupted.insert("pipes", [8], "committed");
  await interrupted.commit();
  interrupted.insert("pipes", [9], "sealed");
  await interrupted.seal();
  interrupted.delete("pipes", [8]);
  await interrupted.seal();
  interrupted.insert("pipes", [10], "in memory only");
  return new Map(GOLDEN_FILES.map((name) => [name, keptBytesOf(storage, name)]));
}

/**
 * What an open database holds.
 *
 * @param db The database
 */
export function contentOf(db: Database): GoldenContent {
  const line = (value: unknown): string =>
    JSON.stringify(value, (_, each) => each instanceof Uint8Array ? [...each] : each);
  const versions = db.spaces().flatMap((space) =>
    space.query(undefined, { tombstones: true }).flatMap(({ point }) => space.history(point))
      .map((record) => line({ space: space.name, ...record })).toArray()
  ).sort();
  return {
    versions,
    interrupted: db.interrupted().flatMap((each) => [...each.records()].map(line)),
    decisions: db.recovery.sessions.map(({ session, decision }) => `${session} ${decision}`),
  };
}

/**
 * A session whose fast segment cannot be created, so that everything is in its log.
 *
 * @param storage Where
 * @param db Whose
 */
export async function logOnly(
  storage: MemoryStorage,
  db: Database,
): Promise<ReturnType<Database["session"]>> {
  const session = db.session();
  const create = storage.open.bind(storage);
  storage.open = (path, options) => {
    if (path.includes(`/${session.id}.fast`)) throw new Error("not in this file");
    return create(path, options);
  };
  return await Promise.resolve(session);
}

/**
 * The bytes of a file, without all but some of the zeros at its end.
 *
 * @param storage Where
 * @param name Its name below the root
 */
export function keptBytesOf(storage: FileStorage, name: string): Uint8Array {
  return withoutZeros(bytesOf(storage, name));
}

function bytesOf(storage: FileStorage, name: string): Uint8Array {
  const file = storage.open(`${ROOT}/${name}`);
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  file.close();
  return bytes;
}

function withoutZeros(bytes: Uint8Array): Uint8Array {
  const end = bytes.findLastIndex((byte) => byte !== 0) + 1;
  return bytes.slice(0, Math.min(bytes.length, end + ZEROS_KEPT_BYTES));
}

/**
 * Puts the files below a root.
 *
 * @param storage Where
 * @param files Their bytes, by name
 */
export function plant(storage: FileStorage, files: ReadonlyMap<string, Uint8Array>): void {
  storage.makeDirectory(`${ROOT}/sessions`);
  for (const [name, bytes] of files) {
    if (name.startsWith("runs/")) storage.makeDirectory(`${ROOT}/runs`);
    const file = storage.open(`${ROOT}/${name}`, { write: true, create: true });
    file.writeAt(bytes, 0);
    file.close();
  }
}

if (import.meta.main) {
  const files = await makeGoldenDatabase();
  mkdirSync(new URL("sessions/", GOLDEN_DATABASE), { recursive: true });
  for (const [name, bytes] of files) writeFileSync(new URL(name, GOLDEN_DATABASE), bytes);
  const storage = new MemoryStorage();
  plant(storage, files);
  const content = contentOf(await open(ROOT, { storage }));
  writeFileSync(new URL("expected.json", GOLDEN_DATABASE), `${JSON.stringify(content, null, 2)}\n`);
}
