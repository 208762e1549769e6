import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { type InfiniteDbError, type MemoryStorage, open, Revision } from "../../mod.ts";
import {
  GOLDEN_RUNS,
  goldenContentOf,
  makeGoldenRuns,
  plantRuns,
  RUN_FILES,
} from "./generate_runs.ts";

const LAST = GOLDEN_RUNS.at(-1)!;

function golden(directory = LAST): Map<string, Uint8Array> {
  return new Map(
    RUN_FILES.map((name) => [name, new Uint8Array(readFileSync(new URL(name, directory)))]),
  );
}

const expected = JSON.parse(readFileSync(new URL("expected.json", LAST), { encoding: "utf8" }));

for (const [i, directory] of GOLDEN_RUNS.entries()) {
  const name = `run files of version ${i + 1}`;
  for (const readOnly of [true, false]) {
    test(`the golden ${name} are read ${readOnly ? "by a reader" : "by a writer"} as expected`, async () => {
      const storage = plantRuns(golden(directory));
      assert.equal(versionOf(storage), i + 1);
      await using db = await open("/db", { storage, readOnly });
      assert.deepEqual(goldenContentOf(db), expected);
    });
  }

  test(`what is in the golden ${name} is the same after they were merged, and opened again`, async () => {
    const storage = plantRuns(golden(directory));
    for (let turn = 0; turn < 2; turn++) {
      await using db = await open("/db", { storage });
      await db.compact();
      assert.deepEqual(goldenContentOf(db), { ...expected, runs: 3 });
    }
    assert.equal(versionOf(storage), GOLDEN_RUNS.length);
  });

  test(`a byte of golden ${name} changed, wherever it is, is told`, async () => {
    const files = golden(directory);
    for (const file of RUN_FILES.slice(1)) {
      const bytes = files.get(file)!;
      for (let at = 0; at < bytes.length; at += 1 + at % Math.ceil(bytes.length / 200)) {
        const damaged = bytes.slice();
        damaged[at] ^= 1 << at % 8;
        const storage = plantRuns(new Map(files).set(file, damaged));
        await using db = await open("/db", { storage, readOnly: true });
        assert.throws(() => goldenContentOf(db), (error: InfiniteDbError) => {
          return error.code === "corrupt" && error.file === `/db/${file}`;
        }, `${file}, byte ${at}`);
      }
    }
  });
}

/** The version of the run file that was made last. */
function versionOf(storage: MemoryStorage): number {
  const ids = storage.list("/db/runs").map((name) => parseInt(name));
  const version = new Uint8Array(1);
  storage.open(`/db/runs/${Math.max(...ids)}.run`).readAt(version, 8);
  return version[0];
}

test("the past of the golden database is refused below the revision that was dropped", async () => {
  await using db = await open("/db", { storage: plantRuns(golden()), readOnly: true });
  const dropped = Revision.parse(expected.dropped);
  const { physicalMs, logical, session, sequence } = dropped;
  const below = new Revision(physicalMs, logical, session, sequence - 1);
  const latest = db.space("latest");
  assert.equal(latest.count(undefined, { asOf: dropped }), 9);
  assert.throws(() => latest.count(undefined, { asOf: below }), { code: "past-dropped" });
  assert.equal(db.space("grid").count(undefined, { asOf: new Date(0) }), 0);
});

test("this version still makes the golden run files and their manifest, byte for byte", async () => {
  const made = await makeGoldenRuns();
  const files = golden();
  assert.deepEqual([...made.keys()], [...files.keys()]);
  for (const [name, bytes] of files) assert.deepEqual(made.get(name), bytes, name);
});

test("a golden run file that is missing, or another's, is corrupt", async () => {
  const files = golden();
  const swapped = new Map([...files].map(([name, bytes]): [string, Uint8Array] => [
    name,
    name === "runs/1.run" ? files.get("runs/4.run")! : bytes,
  ]));
  const db = await open("/db", { storage: plantRuns(swapped), readOnly: true });
  const told = { code: "corrupt", file: "/db/runs/1.run" };
  assert.throws(() => db.space("grid").count(), told);
  assert.equal(db.space("rooms").count(), 30);
  await db.close();
  files.delete("runs/1.run");
  const storage: MemoryStorage = plantRuns(files);
  await assert.rejects(open("/db", { storage }), told);
});
