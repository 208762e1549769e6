import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import { MemoryStorage, open } from "../../mod.ts";
import {
  contentOf,
  GOLDEN_DATABASE,
  GOLDEN_FILES,
  makeGoldenDatabase,
  plant,
} from "./generate_database.ts";

function golden(): Map<string, Uint8Array> {
  return new Map(
    GOLDEN_FILES.map((
      name,
    ) => [name, new Uint8Array(readFileSync(new URL(name, GOLDEN_DATABASE)))]),
  );
}

function planted(): MemoryStorage {
  const storage = new MemoryStorage();
  plant(storage, golden());
  return storage;
}

const expected = JSON.parse(
  readFileSync(new URL("expected.json", GOLDEN_DATABASE), { encoding: "utf8" }),
);

for (const readOnly of [true, false]) {
  test(`the golden database opens ${readOnly ? "to read" : "to write"} as expected`, async () => {
    await using db = await open("/db", { storage: planted(), readOnly });
    assert.deepEqual(contentOf(db), expected);
    assert.deepEqual(db.quarantined(), []);
  });
}

test("the golden database is the same at the second and third opening", async () => {
  const storage = planted();
  const { versions, interrupted } = expected;
  for (let i = 0; i < 3; i++) {
    await using db = await open("/db", { storage });
    const found = contentOf(db);
    assert.deepEqual({ versions: found.versions, interrupted: found.interrupted }, {
      versions,
      interrupted,
    });
  }
});

test("this version still makes the golden session files, byte for byte", async () => {
  const made = await makeGoldenDatabase();
  for (const [name, bytes] of golden()) {
    if (name === "MANIFEST") assert.equal(made.get(name)?.length, bytes.length);
    else assert.deepEqual(made.get(name), bytes, name);
  }
});

test("any byte of a golden session file changed: the database opens, the other sessions are complete", async () => {
  for (const name of GOLDEN_FILES.slice(1)) {
    const files = golden();
    const bytes = files.get(name)!;
    const end = bytes.length - 512;
    for (let at = 0; at < end; at += 1 + at % 7) {
      const damaged = bytes.slice();
      damaged[at] ^= 1 << at % 8;
      const storage = new MemoryStorage();
      plant(storage, new Map(files).set(name, damaged));
      await using db = await open("/db", { storage });
      const session = Number(/\d/.exec(name)?.[0]);
      const others = expected.versions.filter((line: string) => !ofSession(line, session));
      const found = contentOf(db).versions.filter((line) => !ofSession(line, session));
      assert.deepEqual(found, others, `${name}, byte ${at}`);
      const own = contentOf(db).versions.filter((line) => ofSession(line, session));
      assert(own.every((line) => expected.versions.includes(line)), `${name}, byte ${at}`);
    }
  }
});

function ofSession(line: string, session: number): boolean {
  return Number.parseInt(JSON.parse(line).revision.slice(16, 24), 16) === session;
}
