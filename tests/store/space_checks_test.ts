import assert from "node:assert/strict";
import { test } from "node:test";
import { InvalidArgumentError, Revision } from "../../mod.ts";
import type { Box, Point, ReadOptions, SpaceConfig } from "../../lib/store/space.ts";
import {
  checkBox,
  checkPoint,
  checkReadOptions,
  checkSpaceConfig,
  checkSpaceName,
} from "../../lib/store/space_checks.ts";

const plane = checkSpaceConfig({ dims: 2, bits: 8 });

test("checkSpaceConfig() says everything that was left out", () => {
  const said = (dims: number): unknown => checkSpaceConfig({ dims });
  assert.deepEqual(said(1), { dims: 1, bits: 32, axes: [], retention: "all" });
  assert.deepEqual(said(4), { dims: 4, bits: 32, axes: [], retention: "all" });
  assert.deepEqual(said(5), { dims: 5, bits: 25, axes: [], retention: "all" });
  assert.deepEqual(said(16), { dims: 16, bits: 8, axes: [], retention: "all" });
  const config: SpaceConfig = { dims: 3, bits: 1, axes: [], retention: "latest" };
  assert.deepEqual(checkSpaceConfig(config), config);
});

test("checkSpaceConfig() refuses what is outside the limits", () => {
  const refused: unknown[] = [
    undefined,
    null,
    2,
    {},
    { dims: 0 },
    { dims: 17 },
    { dims: 1.5 },
    { dims: "2" },
    { dims: 2, bits: 0 },
    { dims: 2, bits: 33 },
    { dims: 5, bits: 26 },
    { dims: 2, bits: NaN },
    { dims: 2, retention: "none" },
    { dims: 2, axes: 5 },
    { dims: 2, axes: [{ min: 0, max: 1 }] },
    { dims: 1, axes: [null] },
    { dims: 1, axes: [{ min: 1, max: 1 }] },
    { dims: 1, axes: [{ min: -1.7e308, max: 1.7e308 }] },
    { dims: 1, axes: [{ min: NaN, max: 1 }] },
    { dims: 1, axes: [{ name: 7, min: 0, max: 1 }] },
  ];
  for (const config of refused) {
    assert.throws(() => checkSpaceConfig(config as SpaceConfig), InvalidArgumentError);
  }
  const axes = [{ min: 0, max: 1 }];
  assert.deepEqual(checkSpaceConfig({ dims: 1, axes }).axes, axes);
});

test("checkSpaceName() wants text that comes back as it was", () => {
  for (const name of ["a", "Baustelle 7/Ü", "x".repeat(1024)]) checkSpaceName(name);
  for (const name of ["", "x".repeat(1025), "\ud800", 5, null, undefined]) {
    assert.throws(() => checkSpaceName(name as string), InvalidArgumentError);
  }
});

test("checkPoint() gives a plain array of its own, without -0", () => {
  const given = [-0, 255];
  const point = checkPoint(plane, given);
  assert.deepEqual(point, [0, 255]);
  assert(Object.is(point[0], 0) && point !== given);
  assert.deepEqual(checkPoint(plane, Uint8Array.of(1, 2)), [1, 2]);
  assert.deepEqual(checkPoint(plane, { length: 2, 0: 3, 1: 4 }), [3, 4]);
});

test("checkPoint() names the axis and the value it refuses", () => {
  for (const value of [256, -1, 1.5, NaN, Infinity]) {
    assert.throws(() => checkPoint(plane, [0, value]), {
      name: "InvalidArgumentError",
      message: `Coordinate 1 of a point is an integer from 0 to 255, not ${value}`,
    });
  }
  for (const point of [null, undefined, "12", 12, [], [1], [1, 2, 3], ["1", 2], [1, 2n], {}]) {
    assert.throws(() => checkPoint(plane, point as Point), InvalidArgumentError);
  }
});

test("checkBox() takes any bounds but NaN", () => {
  assert.deepEqual(checkBox(plane, { min: [-5, 0.5], max: [1e9, Infinity] }), {
    min: [-5, 0.5],
    max: [1e9, Infinity],
  });
  const everything = {
    min: [-Infinity, -Infinity],
    max: [Infinity, Infinity],
  };
  assert.deepEqual(checkBox(plane, undefined), everything);
  const refused: unknown[] = [
    null,
    "box",
    {},
    { min: [0, 0] },
    { min: [0], max: [1] },
    { min: [0, NaN], max: [1, 1] },
    { min: [0, 2], max: [1, 1] },
    { min: ["0", 0], max: [1, 1] },
  ];
  for (const box of refused) {
    assert.throws(() => checkBox(plane, box as Box), InvalidArgumentError);
  }
});

test("checkReadOptions() turns a date into the highest stamp of its millisecond", () => {
  const ceiling = (asOf: Revision | Date): Revision | undefined =>
    checkReadOptions({ asOf }).ceiling;
  const revision = new Revision(5, 4, 3, 2);
  assert.equal(ceiling(revision), revision);
  assert.deepEqual(ceiling(new Date(5)), new Revision(5, 0xffff, 2 ** 32 - 1, 2 ** 32 - 1));
  assert.deepEqual(ceiling(new Date(-1)), new Revision(0, 0, 0, 0));
  assert.equal(ceiling(new Date(8.64e15))?.physicalMs, 2 ** 48 - 1);
  assert.deepEqual(checkReadOptions(), {
    ceiling: undefined,
    limit: Infinity,
    tombstones: false,
  });
});

test("checkReadOptions() refuses a limit, a moment or a flag that is none", () => {
  const refused: unknown[] = [
    null,
    5,
    { limit: -1 },
    { limit: NaN },
    { limit: 1.5 },
    { limit: "1" },
    { limit: null },
    { asOf: new Date(NaN) },
    { asOf: 5 },
    { asOf: null },
    { tombstones: 1 },
  ];
  for (const options of refused) {
    assert.throws(() => checkReadOptions(options as ReadOptions), InvalidArgumentError);
  }
});
