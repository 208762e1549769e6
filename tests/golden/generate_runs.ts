/**
 * Makes the golden database whose content is in run files, of the version that is written, as closing
 * leaves it, and what opening it must bring. The files of each version are kept as they are for as long as
 * it is read; `runs_test.ts` wants this to make those of the last still.
 *
 * To write them: `deno run -A tests/golden/generate_runs.ts`.
 *
 * @module
 */

import { mkdirSync, writeFileSync } from "node:fs";
import { type Database, MemoryStorage, open, type Revision } from "../../mod.ts";
import { decodeManifest, encodeManifest } from "../../lib/store/manifest_format.ts";
import { MOMENT_MS } from "../support/entries.ts";
import { pattern } from "../support/runs.ts";
import { toHex } from "../support/worked_example.ts";

/** Where the files of each version are; the last is what is made here. */
export const GOLDEN_RUNS: readonly URL[] = ["runs_v1/", "runs_v2/"]
  .map((name) => new URL(name, import.meta.url));

/** The files. */
export const RUN_FILES: readonly string[] = [
  "MANIFEST",
  ...[1, 2, 4, 6].map((id) => `runs/${id}.run`),
];

const ROOT = "/db";
const GRID_SIDE = 20;
const LARGE_BYTES = 17_000;

/** What opening it brings. */
export interface GoldenRuns {
  /** How each space was made. */
  spaces: unknown[];
  /** Every version of every record, a line each, in the order of the spaces, of `query`, of `history`. */
  versions: string[];
  /** From which revision on the past of the space that keeps the latest is known. */
  dropped: string;
  /** How many run files there are. */
  runs: number;
}

/**
 * Makes the database and closes it. Time and ids are always the same, also that of the database.
 *
 * @returns The bytes of its files
 */
export async function makeGoldenRuns(): Promise<Map<string, Uint8Array>> {
  const storage = new MemoryStorage();
  let nowMs = MOMENT_MS;
  const db = await open(ROOT, { storage, clock: { nowMs: () => nowMs++ } });
  await db.createSpace("grid", { dims: 2, bits: 12 });
  await db.createSpace("rooms", {
    dims: 3,
    axes: [{ name: "x", min: -10, max: 10 }, { min: 0, max: 1 }, { min: -1e300, max: 1e300 }],
  });
  await db.createSpace("latest", { dims: 1, retention: "latest" });

  // 1. Runs 1 to 3: full pages, a page of floats, pages that end early.
  await fillGrid(db);
  await db.flush();
  // 2. Run 4 of the grid: newer versions and deletions. Runs 3 and 5 are merged into run 6.
  await changeGrid(db);
  await db.compact("latest");
  // 3. What is deleted below the floor is gone from run 6, and what it dropped is in the manifest.
  await db.close();
  const files = new Map(
    RUN_FILES.map((name): [string, Uint8Array] => [name, bytesOf(storage, name)]),
  );
  const found = storage.list(`${ROOT}/runs`).length + 1;
  if (found !== files.size) throw new Error(`there are ${found} files, not ${files.size}`);
  const state = decodeManifest(files.get("MANIFEST")!, "MANIFEST");
  const databaseId = Uint8Array.from({ length: 16 }, (_, i) => i);
  return files.set("MANIFEST", encodeManifest({ ...state, databaseId }, "MANIFEST"));
}

async function fillGrid(db: Database): Promise<void> {
  await db.write((session) => {
    for (let i = 0; i < GRID_SIDE ** 2; i++) {
      session.insert("grid", [i % GRID_SIDE * 200, Math.floor(i / GRID_SIDE)], valueOf(i));
    }
    session.insertMany("grid", {
      coordinates: [4095, 4095, 0, 4095],
      data: { bytes: pattern(9), offsets: [0, 4, 9] },
    });
    for (let i = 0; i < 30; i++) {
      session.insert("rooms", [i / 3 - 5, i / 29, i % 2 === 0 ? -1e300 : 5e-324 * i], i / 7);
    }
    for (let i = 0; i < 5; i++) session.insert("latest", [i], pattern(LARGE_BYTES, i));
    for (let i = 5; i < 10; i++) session.insert("latest", [i], "old");
  });
}

async function changeGrid(db: Database): Promise<void> {
  for (let turn = 0; turn < 3; turn++) {
    await db.write((session) => {
      for (let i = turn; i < 60; i += 7) {
        const point = [i % GRID_SIDE * 200, Math.floor(i / GRID_SIDE)];
        if (i % 5 === turn) session.delete("grid", point);
        else session.insert("grid", point, { turn, i });
      }
      session.delete("grid", [7, 7]); // Nothing is there.
    });
  }
  await db.write((session) => {
    session.delete("latest", [5]);
    session.insert("latest", [6], "new");
    session.delete("latest", [4000]);
  });
  await db.write((session) => session.insert("latest", [4_294_967_295], null));
}

/** Every kind of value. */
function valueOf(i: number): unknown {
  const kinds = [i, -i / 3, `${i}`.repeat(i % 9), null, i % 2 === 0, pattern(i % 6, i)];
  return i % 7 === 6 ? { i, list: [i, `é${i}`], at: new Date(MOMENT_MS + i) } : kinds[i % 7];
}

/**
 * What an open database holds.
 *
 * @param db The database
 */
export function goldenContentOf(db: Database): GoldenRuns {
  const spaces = db.spaces();
  const line = (value: unknown): string =>
    JSON.stringify(
      value,
      (_, each) => each instanceof Uint8Array ? `${each.length}: ${toHex(each.slice(0, 8))}` : each,
    );
  return {
    spaces: spaces.map(({ name, config }) => ({ name, ...config })),
    versions: spaces.flatMap((space) =>
      space.query(undefined, { tombstones: true }).flatMap(({ point }) => space.history(point))
        .map((record) => line({ space: space.name, ...record })).toArray()
    ),
    dropped: `${droppedOf(db)}`,
    runs: db.stats().runs,
  };
}

/** The lowest revision, of all that are known, that the past of "latest" can be asked about. */
function droppedOf(db: Database): Revision | undefined {
  const space = db.space("latest");
  const known = db.spaces().flatMap((each) =>
    each.query(undefined, { tombstones: true }).map(({ revision }) => revision).toArray()
  ).sort((a, b) => `${a}` < `${b}` ? -1 : 1);
  return known.find((asOf) => {
    try {
      return space.count(undefined, { asOf }) >= 0;
    } catch {
      return false;
    }
  });
}

function bytesOf(storage: MemoryStorage, name: string): Uint8Array {
  const file = storage.open(`${ROOT}/${name}`);
  const bytes = new Uint8Array(file.size());
  file.readAt(bytes, 0);
  file.close();
  return bytes;
}

/**
 * A storage with the files below the root.
 *
 * @param files Their bytes, by name
 */
export function plantRuns(files: ReadonlyMap<string, Uint8Array>): MemoryStorage {
  const storage = new MemoryStorage();
  storage.makeDirectory(`${ROOT}/runs`);
  for (const [name, bytes] of files) {
    const file = storage.open(`${ROOT}/${name}`, { write: true, create: true });
    file.writeAt(bytes, 0);
    file.close();
  }
  return storage;
}

if (import.meta.main) {
  const files = await makeGoldenRuns();
  const directory = GOLDEN_RUNS.at(-1)!;
  mkdirSync(new URL("runs/", directory), { recursive: true });
  for (const [name, bytes] of files) writeFileSync(new URL(name, directory), bytes);
  const db = await open(ROOT, { storage: plantRuns(files), readOnly: true });
  const content = JSON.stringify(goldenContentOf(db), null, 1);
  writeFileSync(new URL("expected.json", directory), `${content}\n`);
}
