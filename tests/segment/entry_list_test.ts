import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { Revision } from "../../mod.ts";
import { loadChecksum } from "../../lib/bytes/checksum.ts";
import { type DataEntry, EntryList } from "../../lib/segment/entry_list.ts";
import { GroupBuffer } from "../../lib/segment/group.ts";
import { FAST_MAGIC } from "../../lib/segment/header.ts";
import { firstBoundary } from "../../lib/segment/seal.ts";
import { revisionOf } from "../support/entries.ts";
import { pattern } from "../support/runs.ts";

await loadChecksum();

const SESSION = 7;

const anyCoordinate = fc.oneof(
  fc.integer({ min: 0, max: 2 ** 32 - 1 }),
  fc.constantFrom(0, 127, 128, 255, 256, 65_535, 65_536, 2 ** 32 - 1),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
);

const anySize = fc.oneof(
  { weight: 8, arbitrary: fc.nat(70) },
  { weight: 1, arbitrary: fc.constantFrom(0, 255, 256, 32_000, 65_400, 65_536, 70_000) },
);

const anyEntries = fc.array(
  fc.record({
    space: fc.constantFrom(1, 2, 200, 70_000),
    point: fc.array(anyCoordinate, { minLength: 1, maxLength: 16 }),
    size: fc.option(anySize, { nil: undefined }),
  }),
  { maxLength: 60 },
).map((all) =>
  all.map(({ space, point, size }, i): DataEntry => {
    const address = { space, point };
    const revision = revisionOf(i + 1, SESSION);
    if (size === undefined) return { kind: "tombstone", address, revision };
    return { kind: "write", address, revision, data: pattern(size, i) };
  })
);

test("a list gives back every entry as it came, however far it has grown", () => {
  fc.assert(fc.property(anyEntries, (entries) => {
    const list = EntryList.of(entries);
    assert.equal(list.length, entries.length);
    assert.deepEqual([...list], entries);
    const bytes = entries.reduce((sum, each) => sum + ("data" in each ? each.data.length : 0), 0);
    assert.equal(list.valueBytes, bytes);
    entries.forEach(({ revision }, i) => assert.deepEqual(list.revisionAt(i), revision));
  }));
});

test("a list copies points and data, and an entry taken from it has its own point", () => {
  const [point, data] = [[1, 2], Uint8Array.of(3, 4)];
  const list = new EntryList();
  list.add(1, point, revisionOf(1), data);
  point[0] = 9;
  data[0] = 9;
  list.at(0).address.point[1] = 9;
  const entry = list.at(0);
  assert.deepEqual(entry.address.point, [1, 2]);
  assert.deepEqual(entry.kind === "write" && entry.data, Uint8Array.of(3, 4));
});

for (const [before, count, dims] of [[0, 1, 1], [0, 1000, 3], [3, 5, 2], [7, 64, 16], [40, 2, 1]]) {
  test(`addMany() of ${count} after ${before} entries is as many calls of add()`, () => {
    const [one, many] = [new EntryList(), new EntryList()];
    for (const list of [one, many]) {
      for (let i = 1; i <= before; i++) {
        list.add(2, [i, -i], revisionOf(i), i % 3 === 0 ? undefined : pattern(i, i));
      }
    }
    const coordinates = Float64Array.from({ length: count * dims }, (_, i) => i / 3);
    const first = revisionOf(before + 1);
    const pieces = Array.from({ length: count }, (_, i) => pattern(i % 90, i));
    const ends = new Uint32Array(count);
    pieces.forEach((each, i) => ends[i] = (i === 0 ? 0 : ends[i - 1]) + each.length);
    const bytes = Uint8Array.from(pieces.flatMap((each) => [...each]));
    many.addMany(5, coordinates, first, { bytes, ends });
    const last = many.revisionAt(many.length - 1);
    pieces.forEach((data, i) => {
      const { physicalMs, logical, session, sequence } = first;
      const revision = new Revision(physicalMs, logical, session, sequence + i);
      one.add(5, coordinates.subarray(i * dims, (i + 1) * dims), revision, data);
    });
    coordinates.fill(9);
    bytes.fill(9);
    for (const list of [one, many]) list.add(2, [7], revisionOf(9999), Uint8Array.of(1));
    assert.deepEqual([...many], [...one]);
    assert.equal(last.sequence, first.sequence + count - 1);
  });
}

function groupsOf(entries: readonly DataEntry[], cut: number): Uint8Array[] {
  const [one, listed] = [new GroupBuffer(), new GroupBuffer()];
  for (const entry of entries) one.addEntry(entry, SESSION);
  const list = EntryList.of(entries);
  listed.addListed(list, 0, cut);
  listed.addListed(list, cut, list.length);
  return [one, listed].map((group) => {
    group.seal(firstBoundary(FAST_MAGIC, SESSION));
    return group.bytes;
  });
}

test("a group of a list is that of its entries one by one, byte for byte", () => {
  fc.assert(fc.property(anyEntries, fc.nat(), (entries, cut) => {
    const [one, listed] = groupsOf(entries, cut % (entries.length + 1));
    assert.deepEqual(listed, one);
  }));
});

for (const size of [0, 65_500, 65_535, 65_536, 65_537, 1024 * 1024]) {
  test(`a group of values of ${size} bytes among small ones is the same from a list`, () => {
    const entries = [8, size, 8, size, size, 8].map((bytes, i): DataEntry => ({
      kind: "write",
      address: { space: 1, point: [i, 2.5] },
      revision: revisionOf(i + 1, SESSION),
      data: pattern(bytes, i),
    }));
    const [one, listed] = groupsOf(entries, 2);
    assert.deepEqual(listed, one);
  });
}

test("addListed() refuses what addEntry() refuses: an entry that does not fit a frame", () => {
  const list = new EntryList();
  list.add(1, [1], revisionOf(1, SESSION), new Uint8Array(64 * 1024 * 1024 - 60));
  assert.throws(() => new GroupBuffer().addListed(list, 0, 1), { code: "invalid-argument" });
});
