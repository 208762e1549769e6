import assert from "node:assert/strict";
import { test } from "node:test";
import type { Box } from "../../mod.ts";
import { SpaceSubject } from "../model/space_subject.ts";

const BOX: Box = { min: [10, 10], max: [30, 31.5] };
const POINTS = Array.from({ length: 4096 }, (_, i) => [i % 64, Math.floor(i / 64)]);

/** A large run, and small ones that are merged beside it: what these delete must not come back. */
async function mergeBeside(retention: "all" | "latest"): Promise<void> {
  const options = { cacheBytesMax: 100_000 };
  const subject = await SpaceSubject.create({ dims: 2, bits: 6, retention }, POINTS, options);
  const { db, places } = subject;
  await subject.write(places.toReversed());
  await db.flush();
  const snapshot = db.snapshot();
  const half = db.space("s").query();
  const first = half.next().value!;
  for (let i = 0; i < 20; i++) {
    await subject.write(places.filter((_, at) => at % 97 === i), i % 4 === 3);
    await db.flush();
    assert.equal(db.stats().compactionFailure, undefined);
    if (i % 5 === 4) subject.check([undefined, BOX]);
  }
  await subject.until(() => subject.runs < 16);
  assert(subject.runs < 16, `${subject.runs} runs`);
  subject.check([undefined, BOX], snapshot, 1);
  const rest = half.toArray();
  assert.equal(rest.length + 1, POINTS.length);
  assert.deepEqual([first, ...rest], snapshot.space("s").query().toArray());
  await db.compact();
  subject.check([undefined, BOX]);
  subject.check([undefined, BOX], snapshot, 1);
  await subject.reopen();
  subject.check([undefined, BOX]);
  await subject.db.close();
}

test("small runs beside a large one are merged again and again, and both stay whole", async () => {
  await mergeBeside("all");
});

test("where the latest is kept, what is deleted in small runs stays deleted in a large one", async () => {
  await mergeBeside("latest");
});

test("a commit beside a flush and a compaction that are held is seen at once, and stays", async () => {
  const subject = await SpaceSubject.create({ dims: 2, bits: 6 }, POINTS.slice(0, 640));
  const { db, places, storage } = subject;
  for (let i = 0; i < 3; i++) {
    await subject.write(places.filter((_, at) => at % 3 === i));
    await db.flush();
  }
  await subject.write(places.slice(100, 300), true);
  const release = storage.hold(".run");
  const compacting = db.compact();
  for (let i = 0; i < 4; i++) {
    await subject.write(places.slice(20 * i, 20 * i + 60), i === 2);
    subject.check([undefined, BOX]);
  }
  const snapshot = db.snapshot();
  release();
  await compacting;
  subject.check([undefined, BOX]);
  subject.check([undefined, BOX], snapshot);
  await subject.reopen();
  subject.check([undefined, BOX]);
  await subject.db.close();
});
