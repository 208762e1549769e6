import assert from "node:assert/strict";
import { test } from "node:test";
import { U32_MAX } from "../../lib/limits.ts";
import { SessionIds } from "../../lib/session/session_ids.ts";
import { DatabaseFixture, groupOf, seen, sessionFile } from "../support/database_fixture.ts";

function ids(next: number, end: number): { minter: SessionIds; reserved: number[] } {
  const reserved: number[] = [];
  const minter = new SessionIds(next, end, (until) => {
    reserved.push(until);
    return Promise.resolve();
  });
  return { minter, reserved };
}

test("mint() reserves the next range when half of one is gone", async () => {
  const { minter, reserved } = ids(1, 257);
  for (let i = 1; i <= 128; i++) assert.equal(minter.mint(), i);
  assert.deepEqual(reserved, []);
  assert.equal(minter.mint(), 129);
  assert.deepEqual(reserved, [513]);
  await minter.settled();
  assert.deepEqual([minter.next, minter.end], [130, 513]);
});

test("mint() is budget-exceeded when a range is used up in one tick, and works after an await", async () => {
  const { minter } = ids(1, 257);
  for (let i = 1; i <= 256; i++) minter.mint();
  assert.throws(() => minter.mint(), { code: "budget-exceeded", retryable: true });
  await minter.settled();
  assert.equal(minter.mint(), 257);
});

test("mint() tells why ids are not reserved, and tries again", async () => {
  const failure = new Error("no");
  let fails = true;
  const minter = new SessionIds(1, 2, () => fails ? Promise.reject(failure) : Promise.resolve());
  minter.mint();
  await minter.settled();
  assert.throws(() => minter.mint(), { code: "budget-exceeded", cause: failure });
  fails = false;
  await minter.settled();
  assert.throws(() => minter.mint(), { code: "budget-exceeded" });
  await minter.settled();
  assert.equal(minter.mint(), 2);
});

test("mint() ends at the last id there is, for good", async () => {
  const { minter, reserved } = ids(U32_MAX - 1, U32_MAX);
  assert.equal(minter.mint(), U32_MAX - 1);
  await minter.settled();
  assert.deepEqual(reserved, [U32_MAX + 1]);
  assert.equal(minter.mint(), U32_MAX);
  assert.throws(() => minter.mint(), { code: "budget-exceeded", retryable: false });
});

test("an id is never minted twice, also when the process is killed right after (reference defect D25)", async () => {
  let fixture = new DatabaseFixture();
  const minted = new Set<number>();
  await (await fixture.start()).close();
  for (let life = 0; life < 5; life++) {
    const db = await fixture.open();
    for (let i = 0; i < 200; i++) {
      const { id } = db.session();
      assert(!minted.has(id), `${id}`);
      minted.add(id);
      if (i % 100 === 99) await db.flush();
    }
    fixture = fixture.killed();
  }
  assert.equal(minted.size, 1000);
});

test("ids that were not used are given back by a clean close, and only then (reference defect D25)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  const { id } = db.session();
  const lost = (await fixture.killed().open()).session().id;
  assert.equal(lost, id + 256);
  await db.close();
  assert.equal((await fixture.open()).session().id, id + 1);
});

test("256 sessions in one tick are enough, one more is budget-exceeded, after an await it works", async () => {
  const db = await new DatabaseFixture().start();
  for (let i = 0; i < 256; i++) db.session();
  assert.throws(() => db.session(), { code: "budget-exceeded", retryable: true });
  await db.createSpace("later", { dims: 1 });
  assert.equal(typeof db.session().id, "number");
});

for (
  const [place, name] of [
    ["sessions", "4000.wal"],
    ["quarantine", "4000.fast"],
    ["quarantine", "4000.mark"],
    ["quarantine", "1795000000000.4000.wal.16.00112233.torn"],
  ]
) {
  test(`an id of which only ${place}/${name} is left is not minted again (reference defect D25)`, async () => {
    const fixture = new DatabaseFixture();
    await (await fixture.start()).close();
    fixture.memory.makeDirectory(`/db/${place}`);
    const bytes = place === "sessions" ? await sessionFile(4000, "wal") : new Uint8Array(9);
    fixture.put(`${place}/${name}`, bytes);
    assert.equal((await fixture.open()).session().id, 4001);
  });
}

test("a file with the last id there is blocks no opening, and no reading", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], "a"));
  await db.close();
  const bytes = await sessionFile(U32_MAX, "wal", groupOf(2, 3, "commits", U32_MAX));
  fixture.put(`sessions/${U32_MAX}.wal`, bytes);
  const again = await fixture.open();
  assert.deepEqual(seen(again), ["a", 2, 3]);
  assert.throws(() => again.session(), { code: "budget-exceeded", retryable: false });
  await again.close();
});

test("ten thousand sessions, some committing, leave no files behind", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  let most = 0;
  for (let i = 0; i < 10_000; i++) {
    const session = db.session();
    if (i % 5 === 0) {
      session.insert("line", [i], i);
      await session.commit();
    }
    await session.close();
    if (i % 100 > 0) continue;
    most = Math.max(most, fixture.files().length);
    // A disk would let the flush in the background go on now and then; memory answers at once.
    await new Promise((resolve) => setTimeout(resolve, 0));
  }
  assert(most < 1000, `${most} files at once`);
  await db.close();
  assert.deepEqual(fixture.files(), []);
  const again = await fixture.open();
  assert.deepEqual([again.space("line").count(), again.recovery.sessions], [2000, []]);
});
