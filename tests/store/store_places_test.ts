import assert from "node:assert/strict";
import { test } from "node:test";
import type { Box, SpaceConfig } from "../../mod.ts";
import { SpaceSubject } from "../model/space_subject.ts";

/** Writes points in several commits, some of which delete, and compares wherever the data lies. */
async function checkEverywhere(
  config: SpaceConfig,
  points: readonly (readonly number[])[],
  boxes: readonly (Box | undefined)[] = [undefined],
): Promise<void> {
  const subject = await SpaceSubject.create(config, points, { cacheBytesMax: 100_000 });
  const { places } = subject;
  await subject.write(places.toReversed()); // Not in the order in which they are to come.
  subject.check(boxes);
  await subject.db.flush();
  subject.check(boxes);
  await subject.write(places.filter((_, i) => i % 3 === 0), true);
  await subject.db.flush();
  await subject.write(places.filter((_, i) => i % 2 === 0));
  const snapshot = subject.db.snapshot();
  subject.check(boxes);
  await subject.db.flush();
  subject.check(boxes);
  await subject.write(places.filter((_, i) => i % 5 === 0), true);
  await subject.db.compact();
  assert(subject.runs === 1);
  subject.check(boxes);
  subject.check(boxes, snapshot, 3);
  await subject.reopen();
  subject.check(boxes);
  await subject.db.close();
}

const everywhere = (dims: number, low: number, high: number): Box => ({
  min: new Array(dims).fill(low),
  max: new Array(dims).fill(high),
});

test("all points of one cell of a float space are told apart, in order", async () => {
  const axes = [{ min: 0, max: 1e9 }, { min: 0, max: 1e9 }];
  const points = Array.from({ length: 600 }, (_, i) => [5 + i % 25 * 2 ** -40, 5 - i * 2 ** -40]);
  const edge = 5 - 300 * 2 ** -40;
  const half: Box = { min: [5, edge], max: [5 + 3 * 2 ** -40, Infinity] };
  await checkEverywhere({ dims: 2, bits: 8, axes }, points, [
    undefined,
    half,
    everywhere(2, 5, 5),
    everywhere(2, 5, 5 + Number.EPSILON),
  ]);
});

test("all points of a grid of one bit are told apart", async () => {
  const points = [[0, 0, 0], [0, 0, 1], [0, 1, 0], [0, 1, 1], [1, 0, 0], [1, 0, 1], [1, 1, 1]];
  await checkEverywhere({ dims: 3, bits: 1 }, points, [
    undefined,
    everywhere(3, 0, 0),
    everywhere(3, 0.5, 1.5),
    everywhere(3, 0.2, 0.8),
  ]);
});

test("all points on one line across the whole space are found", async () => {
  const points = Array.from({ length: 700 }, (_, i) => [i * 6_135_667, 77]);
  const boxes: (Box | undefined)[] = [
    undefined,
    { min: [0, 77], max: [2 ** 32, 77] },
    { min: [0, 76], max: [2 ** 31, 76.9] },
    { min: [6_135_667, 0], max: [6_135_667 * 9, 2 ** 32] },
  ];
  await checkEverywhere({ dims: 2 }, points, boxes);
});

test("all points on the diagonal of sixteen dimensions are found", async () => {
  const points = Array.from({ length: 256 }, (_, i) => new Array(16).fill(i));
  await checkEverywhere({ dims: 16 }, points, [
    undefined,
    everywhere(16, 100, 200),
    everywhere(16, 99.5, 99.7),
    { min: new Array(16).fill(0).with(15, 128), max: new Array(16).fill(255) },
  ]);
});

test("points of sixteen float dimensions that differ on one axis only are told apart", async () => {
  const axes = Array.from({ length: 16 }, () => ({ min: -1, max: 1 }));
  const points = Array.from(
    { length: 300 },
    (_, i) => new Array(16).fill(0.25).with(i % 16, -1 + i / 150),
  );
  await checkEverywhere({ dims: 16, axes }, points, [undefined, everywhere(16, 0, 1)]);
});

test("boxes without volume find what lies in them, and boxes beyond the grid nothing", async () => {
  const points = Array.from({ length: 400 }, (_, i) => [i % 20, Math.floor(i / 20)]);
  await checkEverywhere({ dims: 2, bits: 5 }, points, [
    everywhere(2, 7, 7),
    { min: [0, 3], max: [31, 3] },
    { min: [3, 0], max: [3, 31] },
    { min: [3.5, 0], max: [3.5, 31] },
    { min: [32, 0], max: [33, 31] },
    { min: [-9, -9], max: [-1, 40] },
    { min: [-9, -9], max: [0, 0] },
    { min: [19, 19], max: [1e300, Infinity] },
    { min: [-Infinity, -Infinity], max: [Infinity, Infinity] },
    { min: [Infinity, 0], max: [Infinity, 0] },
    { min: [-0, -0], max: [-0, -0] },
  ]);
});

test("points at both bounds of a float axis, and -0, are where they should be", async () => {
  const axes = [{ min: -0.5, max: 0.5 }, { min: -8e307, max: 8e307 }];
  const xs = [-0.5, -Number.MIN_VALUE, -0, Number.MIN_VALUE, 0.5];
  const ys = [-8e307, -1, -0, 1, 8e307];
  const points = xs.flatMap((x) => ys.map((y) => [x, y]));
  await checkEverywhere({ dims: 2, axes }, points, [
    undefined,
    everywhere(2, 0, 0),
    everywhere(2, -0, Infinity),
    everywhere(2, -Number.MIN_VALUE, Number.MIN_VALUE),
    { min: [0.5, 8e307], max: [0.5, 8e307] },
  ]);
});

test("equal addresses in many runs give one record each, the newest", async () => {
  const points = Array.from({ length: 90 }, (_, i) => [i % 9, Math.floor(i / 9)]);
  const subject = await SpaceSubject.create({ dims: 2, bits: 4 }, points, { cacheBytesMax: 0 });
  const snapshots = [];
  for (let i = 0; i < 40; i++) {
    await subject.write(subject.places.filter((_, at) => (at + i) % 7 !== 0), i % 5 === 4);
    if (i % 3 === 0) await subject.db.flush();
    if (i % 13 === 0) snapshots.push([subject.db.snapshot(), i + 1] as const);
  }
  subject.check([undefined, everywhere(2, 2, 5)]);
  for (const [snapshot, through] of snapshots) {
    subject.check([undefined, everywhere(2, 2, 5)], snapshot, through);
  }
  await subject.db.close();
});

test("a limit of nothing reads nothing, and whatever is no limit is refused", async () => {
  const subject = await SpaceSubject.create({ dims: 1 }, [[1], [2], [3]]);
  await subject.write(subject.places);
  await subject.db.flush();
  const space = subject.db.space("s");
  const across = { min: [1.5], max: [2.5] }; // What it holds cannot be told without a look.
  const before = subject.storage.count("readAt");
  assert.deepEqual(space.query(across, { limit: 0 }).toArray(), []);
  assert.equal(space.count(across, { limit: 0 }), 0);
  assert.equal(space.columns(across, { limit: 0 }).length, 0);
  assert.deepEqual(space.nearest([1], 0), []);
  assert.equal(subject.storage.count("readAt"), before);
  for (const limit of [NaN, -1, 0.5, -Infinity, "1" as unknown as number]) {
    const asks = [
      () => space.query(undefined, { limit }).next(),
      () => space.count(undefined, { limit }),
      () => space.columns(undefined, { limit }),
    ];
    for (const ask of asks) assert.throws(ask, { code: "invalid-argument" });
  }
  await subject.db.close();
});
