import assert from "node:assert/strict";
import { test } from "node:test";
import { Revision } from "../../mod.ts";
import { inAnyOf } from "../../lib/session/collision.ts";
import { CommitHistory } from "../../lib/session/commit_history.ts";
import { EntryList } from "../../lib/segment/entry_list.ts";
import { makeRandom } from "../crash/random.ts";
import { revisionOf } from "../support/entries.ts";

test("since() gives what other sessions committed after a base, and nothing older or own", () => {
  const history = new CommitHistory();
  history.commit(1, revisionOf(1, 1), revisionOf(2, 1));
  const base = history.begin();
  assert.equal(base, 1);
  history.commit(2, revisionOf(3, 2), revisionOf(5, 2));
  assert.equal(history.commit(1, revisionOf(6, 1), revisionOf(6, 1)), 3);
  assert.deepEqual(history.since(base, 1).map(({ session, ordinal }) => [session, ordinal]), [
    [2, 2],
  ]);
  assert.deepEqual(history.since(base, 9).map(({ ordinal }) => ordinal).sort(), [2, 3]);
});

test("end() forgets what is news to nobody", () => {
  const history = new CommitHistory();
  const bases = [history.begin(), history.begin()];
  for (let i = 1; i <= 10; i++) history.commit(2, revisionOf(i, 2), revisionOf(i, 2));
  history.end(bases[0]);
  assert.equal(history.ranges, 10);
  history.end(bases[1]);
  assert.deepEqual([history.ranges, history.ordinal], [0, 10]);
});

test("a hundred thousand commits beside one open intent are kept as few ranges", () => {
  const history = new CommitHistory();
  const base = history.begin();
  for (let i = 1; i <= 100_000; i++) {
    history.commit(i % 8, revisionOf(i, i % 8), revisionOf(i, i % 8));
  }
  assert(history.ranges <= 1025, `${history.ranges} ranges`);
  assert.equal(new Set(history.since(base, 0).map(({ session }) => session)).size, 7);
});

/** Entries of session 1 at places of a line, each with a value. */
function entriesOf(count: number, value = new Uint8Array(64)): EntryList {
  const entries = new EntryList();
  for (let i = 1; i <= count; i++) entries.add(1, [i], revisionOf(i, 1), value);
  return entries;
}

function commit(history: CommitHistory, entries: EntryList): void {
  history.commit(1, entries.revisionAt(0), entries.revisionAt(entries.length - 1), entries);
}

test("of a commit it keeps where its entries stand, and no value", () => {
  const history = new CommitHistory();
  history.begin();
  commit(history, entriesOf(3, new Uint8Array(1024 * 1024)));
  const { addresses } = history.recent[0];
  assert.deepEqual([...addresses!].map(({ address, revision }) => [address, revision.sequence]), [
    [{ space: 1, point: [1] }, 1],
    [{ space: 1, point: [2] }, 2],
    [{ space: 1, point: [3] }, 3],
  ]);
  assert(addresses!.bytes < 1024, `${addresses!.bytes} bytes`);
});

test("of a commit that is too large to be compared it keeps the range only", () => {
  const history = new CommitHistory();
  history.begin();
  for (const count of [1024, 1025]) commit(history, entriesOf(count));
  assert.deepEqual(history.recent.map(({ addresses }) => addresses?.length), [1024, undefined]);
});

test("what it keeps is bounded, and there is room again when it is forgotten or merged", () => {
  const history = new CommitHistory();
  const kept = (): number =>
    history.recent.reduce((sum, { addresses }) => sum + (addresses?.bytes ?? 0), 0);
  const large = entriesOf(1000);
  for (let round = 0; round < 3; round++) {
    const base = history.begin();
    for (let i = 0; i < 500; i++) commit(history, large);
    assert(kept() <= 4 * 1024 * 1024 && kept() > 3 * 1024 * 1024, `${kept()} bytes`);
    assert.equal(history.recent.at(-1)!.addresses, undefined);
    if (round === 1) { for (let i = 0; i < 1000; i++) commit(history, large); // These are merged.
     }
    history.end(base);
    assert.equal(kept(), 0);
  }
  history.begin();
  for (let i = 0; i < 1025; i++) commit(history, large);
  commit(history, large);
  assert.notEqual(history.recent.at(-1)!.addresses, undefined);
});

for (const seed of [1, 2, 3, 4, 5, 6]) {
  test(`merging keeps every answer what a list of all commits gives, seed ${seed}`, () => {
    const random = makeRandom(seed);
    const pick = (count: number): number => Math.floor(random() * count);
    const history = new CommitHistory();
    const all: { ordinal: number; session: number; sequence: number }[] = [];
    const bases: number[] = [];
    for (let sequence = 1; sequence <= 6000; sequence++) {
      if (random() < 0.01) bases.push(history.begin());
      if (random() < 0.008 && bases.length > 0) history.end(bases.splice(pick(bases.length), 1)[0]);
      const session = pick(4);
      const revision = revisionOf(sequence, session);
      if (random() < 0.9) {
        all.push({ ordinal: history.commit(session, revision, revision), session, sequence });
      }
      if (sequence % 500 !== 0) continue;
      for (const base of bases) {
        const isNews = inAnyOf(history.since(base, 2));
        for (const each of all) {
          const expected = each.ordinal > base && each.session !== 2;
          const found = isNews(revisionOf(each.sequence, each.session));
          assert.equal(found, expected, `${JSON.stringify(each)} from ${base}`);
        }
      }
    }
  });
}

test("inAnyOf() finds a revision among a thousand ranges in few comparisons, whatever their order", () => {
  const history = new CommitHistory();
  const base = history.begin();
  for (let i = 1; i <= 1000; i++) {
    history.commit(3, revisionOf(10 * i, 3), revisionOf(10 * i + 4, 3));
  }
  const news = history.since(base, 2);
  const overlapping = [...news, { ...news[500], last: revisionOf(5020, 3) }, news[0]];
  const { compare } = Revision;
  let compared = 0;
  try {
    for (const ranges of [news, news.toReversed(), overlapping]) {
      const isNews = inAnyOf(ranges);
      compared = 0;
      Revision.compare = (a, b) => {
        compared++;
        return compare(a, b);
      };
      for (let sequence = 0; sequence < 10_020; sequence++) {
        const within = sequence >= 10 && sequence < 10_005 && sequence % 10 <= 4;
        const joined = ranges === overlapping && sequence >= 5000 && sequence <= 5020;
        assert.equal(isNews(revisionOf(sequence, 3)), within || joined, `${sequence}`);
        assert.equal(isNews(revisionOf(sequence, 4)), false);
      }
      assert(compared < 10_020 * 12, `${compared} comparisons`);
      Revision.compare = compare;
    }
  } finally {
    Revision.compare = compare;
  }
});
