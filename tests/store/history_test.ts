import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Revision, REVISION_WORDS, writeRevisionWords } from "../../lib/clock/revision.ts";
import { EntryList } from "../../lib/segment/entry_list.ts";
import { revisionOf, valueOf, versionsAround } from "../../lib/store/history.ts";
import type { Neighbour } from "../../lib/store/nearest.ts";
import { contentOf } from "../../lib/store/run_making.ts";
import { EDGE_SHAPE } from "../../lib/store/shape.ts";

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

test("versionsAround() finds a version and its neighbours, whichever runs they are in, however often", () => {
  let found = 0;
  fc.assert(
    fc.property(anyRuns, anyVersion, (parts, { id, ms }) => {
      const runs = parts.flatMap((versions) => {
        const list = new EntryList();
        for (const each of versions) {
          list.add(5, IDS[each.id], stamp(each.ms), new Uint8Array([each.id, each.ms]));
        }
        return contentOf(EDGE_SHAPE, 5, list).runs();
      });
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
