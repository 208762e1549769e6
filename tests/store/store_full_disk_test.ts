import assert from "node:assert/strict";
import { test } from "node:test";
import { SpaceSubject } from "../model/space_subject.ts";
import { DatabaseFixture, settled } from "../support/database_fixture.ts";
import { errno, type Operation } from "../support/fault_storage.ts";

const POINTS = Array.from({ length: 200 }, (_, i) => [i % 20, Math.floor(i / 20)]);
const WRITES: readonly Operation[] = ["open", "writeAt", "truncate", "syncData", "syncDataSync"];

/** No room for run files from now on, after so many operations; returns what ends it. */
function fill(subject: SpaceSubject, after: number): () => number {
  let met = 0;
  let left = after;
  subject.storage.before = (operation, path) => {
    if (!path.includes("/runs/") || !WRITES.includes(operation) || left-- > 0) return;
    met++;
    throw errno("ENOSPC");
  };
  return () => {
    subject.storage.before = () => {};
    return met;
  };
}

for (const after of [0, 1, 2, 3]) {
  test(`a flush without room after ${after} operations is told, and loses nothing`, async () => {
    const subject = await SpaceSubject.create({ dims: 2, bits: 5 }, POINTS);
    await subject.write(subject.places);
    await subject.db.flush();
    await subject.write(subject.places.slice(50));
    const before = subject.memory.list("/db/runs").length;
    const end = fill(subject, after);
    await assert.rejects(subject.db.flush(), { code: "no-space" });
    subject.check();
    await subject.write(subject.places.slice(0, 30), true); // Commits go on.
    subject.check();
    assert.equal(subject.memory.list("/db/runs").length, before, "nothing is left of it");
    const killed = new DatabaseFixture(subject.memory).killed();
    const copy = await killed.open();
    const expected = subject.db.space("s").query().toArray().map(({ revision }) => `${revision}`);
    const found = copy.space("s").query().toArray().map(({ revision }) => `${revision}`);
    assert.deepEqual(found, expected, "the logs hold everything");
    await copy.close();
    assert(end() > 0);
    await subject.db.flush();
    assert.equal(subject.db.stats().tailEntries, 0);
    assert.equal(subject.db.stats().flushFailure, undefined);
    subject.check();
    await subject.reopen();
    subject.check();
    await subject.db.close();
  });
}

test("a flush in the background without room is told in stats, and tried again", async () => {
  const subject = await SpaceSubject.create({ dims: 2, bits: 5 }, POINTS, { tailBytesMax: 4000 });
  const end = fill(subject, 0);
  for (let i = 0; i < 10; i++) {
    await subject.write(subject.places.slice(i, i + 40));
    await settled();
  }
  assert.match(subject.db.stats().flushFailure ?? "", /ENOSPC|space/);
  assert(subject.db.stats().tailEntries >= 300, "the tail holds everything");
  subject.check();
  assert(end() > 0);
  for (let i = 0; i < 10; i++) {
    await subject.write(subject.places.slice(i, i + 40));
    await settled();
  }
  assert.equal(subject.db.stats().flushFailure, undefined);
  assert(subject.runs > 0);
  subject.check();
  await subject.db.close();
});

for (const after of [0, 1, 2, 4]) {
  test(`a compaction without room after ${after} operations changes nothing`, async () => {
    const subject = await SpaceSubject.create({ dims: 2, bits: 5 }, POINTS);
    for (let i = 0; i < 3; i++) {
      await subject.write(subject.places.filter((_, at) => at % 3 !== i), i === 1);
      await subject.db.flush();
    }
    const snapshot = subject.db.snapshot();
    const end = fill(subject, after);
    await assert.rejects(subject.db.compact(), { code: "no-space" });
    assert.equal(subject.runs, 3);
    assert.equal(subject.memory.list("/db/runs").length, 3, "nothing is left of it");
    subject.check();
    await subject.write(subject.places.slice(0, 9));
    subject.check();
    assert(end() > 0);
    await subject.db.compact();
    assert.equal(subject.runs, 1);
    subject.check();
    subject.check([undefined], snapshot, 3);
    await subject.reopen();
    subject.check();
    await subject.db.close();
  });
}

test("a compaction that follows a flush without room is told in stats, and tried again", async () => {
  const subject = await SpaceSubject.create({ dims: 2, bits: 5 }, POINTS);
  let runs = 0;
  let told: string | undefined;
  let end = (): number => 0;
  for (let i = 0; i < 40 && told === undefined; i++) {
    await subject.write(subject.places.slice(i, i + 20));
    end();
    runs = subject.memory.list("/db/runs").length;
    let creations = 0;
    subject.storage.before = (operation, path) => {
      // The flush makes the first file, the compaction behind it the second.
      if (operation === "open" && !subject.memory.exists(path) && path.includes("/runs/")) {
        creations++;
      }
      if (creations > 1 && operation === "writeAt" && path.includes("/runs/")) {
        throw errno("ENOSPC");
      }
    };
    end = () => {
      subject.storage.before = () => {};
      return creations;
    };
    await subject.db.flush();
    if (subject.runs >= 8) await subject.until(() => creations > 1);
    await subject.until(() =>
      (told = subject.db.stats().compactionFailure) !== undefined || creations < 2
    );
  }
  assert.match(told ?? "", /ENOSPC|space/, "it was compacted without room");
  assert.equal(
    subject.memory.list("/db/runs").length,
    runs + 1,
    "the flush stays, the rest is gone",
  );
  subject.check();
  end();
  await subject.write(subject.places.slice(0, 5));
  await subject.db.flush();
  await subject.until(() => subject.runs < runs);
  assert.equal(subject.db.stats().compactionFailure, undefined);
  assert(subject.runs < runs);
  subject.check();
  await subject.db.close();
});
