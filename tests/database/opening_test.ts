import assert from "node:assert/strict";
import { test } from "node:test";
import { CorruptionError } from "../../mod.ts";
import { errno } from "../support/fault_storage.ts";
import { HandleStorage } from "../support/handle_storage.ts";
import { DatabaseFixture, groupOf, seen, sessionFile } from "../support/database_fixture.ts";

async function closed(): Promise<DatabaseFixture> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], "a"));
  await db.close();
  return fixture;
}

test("a damaged MANIFEST is corrupt and stays as it is, never a new database (reference defect D25d)", async () => {
  const fixture = await closed();
  const { length } = fixture.bytes("MANIFEST");
  for (const offset of [0, 9, length >> 1, length - 1]) {
    fixture.flip("MANIFEST", offset);
    const damaged = fixture.bytes("MANIFEST");
    for (const options of [{}, { create: false }, { readOnly: true }]) {
      const error = await fixture.open(options).catch((each) => each);
      assert(error instanceof CorruptionError || error.code === "newer-format", `${error}`);
    }
    assert.deepEqual(fixture.bytes("MANIFEST"), damaged);
    fixture.flip("MANIFEST", offset);
  }
  assert.deepEqual(seen(await fixture.open()), ["a"]);
});

test("an empty MANIFEST is corrupt (reference defect D25d)", async () => {
  const fixture = await closed();
  fixture.put("MANIFEST", new Uint8Array());
  await assert.rejects(fixture.open(), { code: "corrupt" });
  await assert.rejects(fixture.open({ readOnly: true }), { code: "corrupt" });
});

for (
  const [what, leave] of [
    ["run files", async () => await closed()],
    ["session files", async () => {
      const fixture = new DatabaseFixture();
      const session = (await fixture.start()).session();
      session.insert("line", [1], "a");
      await session.commit();
      return fixture.killed();
    }],
    ["quarantined sessions", async () => {
      const fixture = new DatabaseFixture();
      await (await fixture.start()).close();
      fixture.put("sessions/7.wal", await sessionFile(7, "wal", groupOf(1, 1)));
      fixture.flip("sessions/7.wal", 20);
      await (await fixture.open()).close();
      return fixture;
    }],
  ] as [string, () => Promise<DatabaseFixture>][]
) {
  test(`a missing MANIFEST beside ${what} is corrupt, never a new database (reference defect D25d)`, async () => {
    const fixture = await leave();
    fixture.remove("MANIFEST");
    for (let i = 0; i < 2; i++) {
      await assert.rejects(fixture.open(), { code: "corrupt", file: "/db/MANIFEST" });
    }
    assert(!fixture.files(".").includes("MANIFEST"));
  });

  test(`a missing MANIFEST beside ${what} is corrupt to whoever creates nothing, too (reference defect D25d)`, async () => {
    const fixture = await leave();
    fixture.remove("MANIFEST");
    await assert.rejects(fixture.open({ create: false }), { code: "corrupt" });
    await assert.rejects(fixture.open({ readOnly: true }), { code: "corrupt" });
  });
}

test("killed at any step of creation: the next opening makes the database", async () => {
  for (let step = 1;; step++) {
    const fixture = new DatabaseFixture();
    let steps = 0;
    let corpse: DatabaseFixture | undefined;
    fixture.storage.before = () => {
      if (++steps === step) corpse = fixture.killed();
    };
    await fixture.open();
    if (corpse === undefined) break;
    const db = await corpse.start();
    await db.write((session) => session.insert("line", [1], "a"));
    assert.deepEqual(seen(await corpse.killed().open()), ["a"], `step ${step}`);
  }
});

test("an opening that fails at any call gives a typed error, and the next one is whole", async () => {
  const left = new DatabaseFixture();
  const session = (await left.start()).session();
  session.insert("line", [1], "a");
  await session.commit();
  session.insert("line", [2], "b");
  await session.seal();
  for (let call = 1;; call++) {
    const fixture = left.killed();
    let calls = 0;
    fixture.storage.before = () => {
      if (++calls === call) throw Object.assign(new Error("injected"), { code: "EIO" });
    };
    const failure = await fixture.open().then(() => undefined, (error) => error);
    fixture.mend();
    if (failure === undefined && calls < call) break;
    if (failure === undefined) continue; // A clean-up that may fail did.
    assert(["io", "poisoned"].includes(failure.code), `call ${call}: ${failure}`);
    const db = await fixture.open();
    assert.deepEqual([seen(db), db.interrupted().length, db.quarantined()], [["a"], 1, []]);
  }
});

test("what no manifest lists is removed, and so is what was never finished", async () => {
  const fixture = await closed();
  for (const name of ["MANIFEST.tmp", "sessions/9.wal.tmp", "runs/77.run"]) {
    fixture.put(name, new Uint8Array(5));
  }
  fixture.put("runs/notes.txt", new Uint8Array(5));
  const db = await fixture.open();
  assert.deepEqual([fixture.files(), seen(db)], [[], ["a"]]);
  assert.deepEqual(fixture.files("runs"), ["1.run", "notes.txt"]);
  assert(!fixture.files(".").includes("MANIFEST.tmp"));
});

test("a run file that is missing is corrupt", async () => {
  const fixture = await closed();
  fixture.remove("runs/1.run");
  await assert.rejects(fixture.open(), { code: "corrupt", file: "/db/runs/1.run" });
});

test("a read-only opening starts over while the manifest changes, and gives up in the end", async () => {
  const fixture = await closed();
  const writer = await fixture.open();
  let opens = 0;
  fixture.storage.before = (operation, path) => {
    if (operation !== "open" || !path.endsWith("/MANIFEST")) return;
    if (++opens === 2) fixture.put("MANIFEST", fixture.bytes("MANIFEST")); // The same: no reason.
  };
  assert.deepEqual(seen(await fixture.open({ readOnly: true })), ["a"]);
  const states = [fixture.bytes("MANIFEST")];
  fixture.mend();
  await writer.createSpace("more", { dims: 1 });
  states.push(fixture.bytes("MANIFEST"));
  opens = 0;
  fixture.storage.before = (operation, path) => {
    if (operation === "open" && path.endsWith("/MANIFEST")) {
      fixture.put("MANIFEST", states[++opens % 2]);
    }
  };
  await assert.rejects(fixture.open({ readOnly: true }), { code: "busy", retryable: true });
});

test("a read-only opening copes with logs that its writer removes meanwhile", async () => {
  const fixture = await closed();
  const db = await fixture.open();
  const session = db.session();
  session.insert("line", [2], "b");
  await session.commit();
  await session.close();
  let flushing: Promise<void> | undefined;
  fixture.storage.before = (operation, path) => {
    if (operation === "open" && path.endsWith(".wal") && flushing === undefined) {
      flushing = db.flush();
      fixture.remove(`sessions/${session.id}.wal`);
    }
  };
  const reading = fixture.open({ readOnly: true });
  await reading.catch(() => {});
  await flushing;
  assert.deepEqual(seen(await fixture.open({ readOnly: true })), ["a", "b"]);
});

/** A killed database with a run file that is opened again, since edges in a log are versions of edges in it. */
async function killedWithEdges(): Promise<DatabaseFixture> {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.createGraph("graph");
  const endpoints = [{ space: "line", point: [1] }, { space: "line", point: [2] }];
  for (let i = 0; i < 2; i++) {
    await db.write((session) => session.relate("graph", { id: 5n, kind: "k", endpoints }));
    if (i === 0) await db.flush();
  }
  return fixture.killed();
}

for (const readOnly of [false, true]) {
  test(`an opening that fails at any step leaves no file open, ${readOnly ? "to read" : "to write"}`, async () => {
    const killed = await killedWithEdges();
    for (let step = 1;; step++) {
      const storage = new HandleStorage();
      const fixture = killed.killed(storage);
      let steps = 0;
      fixture.storage.before = (operation) => {
        if (operation !== "close" && ++steps === step) throw errno("EIO");
      };
      let failed = true;
      await fixture.open({ readOnly }).then(() => failed = false, () => {});
      if (failed) assert.deepEqual(storage.handles, [], `step ${step}`);
      if (steps < step) break;
    }
  });
}
