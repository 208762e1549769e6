import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Revision, REVISION_WORDS, writeRevisionWords } from "../../lib/clock/revision.ts";
import { openCore } from "../../lib/database/opening.ts";
import { checkOpenOptions } from "../../lib/database/options.ts";
import { EntryList } from "../../lib/segment/entry_list.ts";
import {
  revisionOf,
  revisionsFrom,
  valueOf,
  versionsAround,
  versionsOf,
} from "../../lib/store/history.ts";
import type { Neighbour } from "../../lib/store/nearest.ts";
import type { Run } from "../../lib/store/run.ts";
import { contentOf } from "../../lib/store/run_making.ts";
import { EDGE_SHAPE } from "../../lib/store/shape.ts";
import { DatabaseFixture, ROOT } from "../support/database_fixture.ts";

const IDS = [[0, 1], [0, 2], [2 ** 32 - 1, 0]];

function stamp(ms: number): Revision {
  return new Revision(ms, 0, 1, ms);
}

function wordsOf(revision: Revision): Uint32Array {
  const words = new Uint32Array(REVISION_WORDS);
  writeRevisionWords(revision, words, 0);
  return words;
}

const anyVersion = fc.record({ id: fc.nat(IDS.length - 1), ms: fc.integer({ min: 1, max: 9 }) });
const anyRuns = fc.array(fc.array(anyVersion, { minLength: 1, maxLength: 12 }), { maxLength: 4 });

/** Each run as a part of the tail has it. */
function runsOf(parts: readonly { id: number; ms: number }[][]): Run[] {
  return parts.flatMap((versions) => {
    const list = new EntryList();
    for (const each of versions) {
      list.add(5, IDS[each.id], stamp(each.ms), new Uint8Array([each.id, each.ms]));
    }
    return contentOf(EDGE_SHAPE, 5, list).runs();
  });
}

test("versionsOf() gives every version newest first, each once, whichever runs they are in", () => {
  fc.assert(
    fc.property(anyRuns, anyVersion, (parts, { id, ms }) => {
      const runs = runsOf(parts);
      const stamps = new Set(parts.flat().filter((each) => each.id === id).map((each) => each.ms));
      const expected = [...stamps].sort((a, b) => b - a);
      const found = [...versionsOf(runs, IDS[id], IDS[id])];
      assert.deepEqual(found.map((version) => [...valueOf(version)]), expected.map((s) => [id, s]));
      const from = revisionsFrom(runs, IDS[id], IDS[id], stamp(ms));
      const recent = expected.filter((each) => each >= ms);
      assert.deepEqual(from.map(({ physicalMs }) => physicalMs), recent);
    }),
    { numRuns: 1000 },
  );
});

test("the newest of many versions are read without the others", async () => {
  const fixture = new DatabaseFixture();
  const writer = await fixture.start();
  const points = new Float64Array(40_000).fill(7);
  await writer.write((session) => {
    session.insertMany("plane", { coordinates: points, data: (i) => i });
  });
  await writer.close();
  const { storage, clock } = fixture;
  const { core } = await openCore(ROOT, checkOpenOptions({ storage, clock }));
  const space = core.store.space("plane");
  space.query({ min: [0, 0], max: [1, 1] }).next(); // The footer is read.
  const before = storage.count("readAt");
  const history = space.history([7, 7]);
  const newest = history.take(2).toArray();
  assert.deepEqual(newest.map(({ data }) => data), [19_999, 19_998]);
  const number = core.store.byName("plane")!.id;
  const { revision } = newest[1];
  assert.deepEqual(
    core.store.revisionsFrom(number, [7, 7], revision),
    newest.map((each) => each.revision),
  );
  const { physicalMs } = newest[0].revision;
  const later = new Revision(physicalMs + 1, 0, 1, 1);
  assert.deepEqual(core.store.revisionsFrom(number, [7, 7], later), []);
  const reads = storage.count("readAt") - before;
  assert(reads <= 4, `${reads} reads`);
  assert.equal(space.history([7, 7]).toArray().length, 20_000);
});

test("versionsAround() finds a version and its neighbours, whichever runs they are in, however often", () => {
  let found = 0;
  fc.assert(
    fc.property(anyRuns, anyVersion, (parts, { id, ms }) => {
      const runs = runsOf(parts);
      const stamps = parts.flat().filter((each) => each.id === id).map((each) => each.ms);
      const expected = {
        at: stamps.find((each) => each === ms),
        below: stamps.filter((each) => each < ms).sort((a, b) => b - a)[0],
        above: stamps.filter((each) => each > ms).sort((a, b) => a - b)[0],
      };
      const msOf = (version: Neighbour | undefined): number | undefined => {
        if (version === undefined) return undefined;
        found++;
        const { physicalMs } = revisionOf(version);
        assert.deepEqual([...valueOf(version)], [id, physicalMs]);
        return physicalMs;
      };
      const { at, below, above } = versionsAround(runs, IDS[id], IDS[id], wordsOf(stamp(ms)));
      assert.deepEqual({ at: msOf(at), below: msOf(below), above: msOf(above) }, expected);
    }),
    { numRuns: 1000 },
  );
  assert(found > 1000, `${found} versions were found`);
});
