import assert from "node:assert/strict";
import { test } from "node:test";
import { sequences, writes } from "../support/entries.ts";
import { ROOT, threeGroups } from "../support/segment_fixture.ts";

test("row 6: a group cut short is a torn tail: kept aside, cut, told; appending goes on (D13)", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.setHeader(BigInt(ends[1]));
  fixture.cut(ends[2] - 5);
  const torn = fixture.bytes().subarray(ends[1]);

  const reader = await fixture.openToRead();
  assert.equal(reader.recovery.state, "torn-tail");
  assert.equal(reader.recovery.keptIn, undefined);
  await reader.close();
  assert.equal(fixture.bytes().length, ends[2] - 5);

  const segment = await fixture.open();
  const { recovery } = segment;
  assert.equal(recovery.state, "torn-tail");
  assert.equal(recovery.tornBytes, torn.length);
  assert.deepEqual([recovery.groups, recovery.entries], [2, 20]);
  assert.match(recovery.keptIn!, /^quarantine\/\d{13}\.7\.fast\.\d+\.[0-9a-f]{8}\.torn$/);
  assert(recovery.keptIn!.includes(`.${ends[1]}.`));
  const kept = fixture.storage.open(`${ROOT}/${recovery.keptIn}`);
  const copy = new Uint8Array(kept.size());
  kept.readAt(copy, 0);
  kept.close();
  assert.deepEqual(copy, torn);
  await segment.trySealEntries(writes(31, 5), Infinity);
  await segment.close();

  const again = await fixture.open();
  assert.equal(again.recovery.state, "clean");
  assert.deepEqual(sequences(again.readCommittedEntries()), [
    ...Array.from({ length: 20 }, (_, i) => i + 1),
    31,
    32,
    33,
    34,
    35,
  ]);
  await again.close();
});

test("quarantine keeps the newest 64 torn tails, and nothing else is removed", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.storage.makeDirectory(`${ROOT}/quarantine`);
  const place = (name: string): void => {
    fixture.storage.open(`${ROOT}/quarantine/${name}`, { write: true, create: true }).close();
  };
  for (let i = 0; i < 70; i++) place(`${1_000_000_000_000 + i}.9.fast.16.00000000.torn`);
  place("notes.txt");
  fixture.write(new Uint8Array([1]), ends[2] + 9);
  const segment = await fixture.open();
  const names = fixture.quarantined();
  assert.equal(names.filter((name) => name.endsWith(".torn")).length, 64);
  assert(names.includes(segment.recovery.keptIn!.slice("quarantine/".length)));
  assert(names.includes("notes.txt"));
  assert(!names.includes("1000000000006.9.fast.16.00000000.torn"));
  await segment.close();
});

test("the torn tail just kept stays, whatever the clocks of others said; unfinished copies go", async () => {
  const { fixture, ends } = await threeGroups();
  fixture.storage.makeDirectory(`${ROOT}/quarantine`);
  const place = (name: string): void => {
    fixture.storage.open(`${ROOT}/quarantine/${name}`, { write: true, create: true }).close();
  };
  for (let i = 0; i < 64; i++) place(`${9_000_000_000_000 + i}.9.fast.16.00000000.torn`);
  place("1000000000000.9.fast.16.00000000.torn.tmp");
  fixture.write(new Uint8Array([1]), ends[2] + 9);
  const segment = await fixture.open();
  assert.equal(fixture.storage.exists(`${ROOT}/${segment.recovery.keptIn}`), true);
  assert.equal(fixture.quarantined().length, 64);
  await segment.close();
});
