import assert from "node:assert/strict";
import { test } from "node:test";
import { checksum, loadChecksum } from "../../lib/bytes/checksum.ts";
import type { GroupBuffer } from "../../lib/segment/group.ts";
import { decodeMark, encodeMark } from "../../lib/session/quarantine.ts";
import { revisionOf } from "../support/entries.ts";
import { toHex, workedExample } from "../support/worked_example.ts";
import {
  addVerdict,
  DatabaseFixture,
  groupOf,
  lineEntry,
  seen,
  sessionFile,
} from "../support/database_fixture.ts";

const EXAMPLE = [{ name: "7.wal", offset: 16, reason: "torn" }];

test("the worked example of a mark decodes to what it says, and encodes back", async () => {
  await loadChecksum();
  const example = workedExample("lib/session/quarantine.ts");
  assert.equal(toHex(encodeMark(7, EXAMPLE)), toHex(example));
  assert.deepEqual(decodeMark(example), EXAMPLE);
});

test("decodeMark() takes no mark with a bit flipped, cut, or with more behind it", async () => {
  await loadChecksum();
  const mark = encodeMark(7, [...EXAMPLE, { name: "7.fast", offset: 2 ** 40, reason: "ü" }]);
  assert.equal(decodeMark(mark)?.[1].offset, 2 ** 40);
  for (let i = 0; i < mark.length; i++) {
    const damaged = mark.slice();
    damaged[i] ^= 1 << i % 8;
    assert.equal(decodeMark(damaged), undefined, `byte ${i}`);
    assert.equal(decodeMark(mark.subarray(0, i)), undefined, `length ${i}`);
  }
  assert.equal(decodeMark(Uint8Array.from([...mark, 0])), undefined);
});

for (
  const [what, payload] of [
    ["of another version", [0x93, 2, 7, 0x90]],
    ["with another field", [0x94, 1, 7, 0x90, 0xc0]],
    ["with bytes behind its payload", [0x93, 1, 7, 0x90, 0xc0]],
    ["with a file of two fields", [0x93, 1, 7, 0x91, 0x92, 0xa1, 0x61, 5]],
    ["with a file of four fields", [0x93, 1, 7, 0x91, 0x94, 0xa1, 0x61, 5, 0xa1, 0x62]],
    ["with a file without a name", [0x93, 1, 7, 0x91, 0x93, 0xc0, 5, 0xa1, 0x62]],
    ["that ends early", [0x93, 1, 7, 0x91]],
  ] as [string, number[]][]
) {
  test(`decodeMark() takes no mark ${what}, though its checksum is right`, async () => {
    await loadChecksum();
    const content = [...new TextEncoder().encode("IDB_MRK\0"), ...payload];
    const bytes = Uint8Array.from([...content, ...checksum(Uint8Array.from(content))]);
    assert.equal(decodeMark(bytes), undefined);
  });
}

/** Sessions that were killed after two commits and a seal of one, and a commit of the other. */
async function killed(medium: "fast" | "wal"): Promise<{
  fixture: DatabaseFixture;
  file: string;
  ends: number[];
}> {
  const fixture = new DatabaseFixture();
  const options = medium === "fast" ? { fastPath: { deadlineMs: 60_000 } } : {};
  const db = await fixture.start(options);
  const [bad, good] = [db.session(), db.session()];
  const file = `${bad.id}.${medium}`;
  const ends: number[] = [];
  for (const value of ["first", "second", "third"]) {
    bad.insert("line", [ends.length], value);
    await (value === "third" ? bad.seal() : bad.commit());
    ends.push(fixture.end(`sessions/${file}`));
  }
  bad.insert("line", [3], "fourth");
  await bad.seal();
  good.insert("line", [9], "good");
  await good.commit();
  return { fixture: fixture.killed(), file, ends };
}

for (const medium of ["fast", "wal"] as const) {
  test(`a corrupt .${medium} sets its session aside: the database opens, others complete (reference defects D22 and D25b)`, async () => {
    const { fixture, file, ends } = await killed(medium);
    fixture.flip(`sessions/${file}`, ends[0] + 20);
    const damaged = fixture.bytes(`sessions/${file}`);
    const db = await fixture.open();
    assert.deepEqual(seen(db), ["first", "good"], "the valid prefix is visible");
    const [quarantined, ...others] = db.quarantined();
    assert.deepEqual(others, []);
    assert.match(quarantined.reason, /checksum/);
    assert.deepEqual(quarantined, {
      file: `sessions/${file}`,
      movedTo: `quarantine/${file}`,
      session: Number.parseInt(file),
      offset: ends[0],
      reason: quarantined.reason,
    });
    assert.deepEqual(fixture.bytes(`quarantine/${file}`), damaged, "and all bytes are kept");
    assert.deepEqual([db.interrupted(), db.stats().quarantined], [[], 1]);
    assert.equal(db.recovery.sessions[0].decision, "quarantined");
  });
}

test("a quarantined file is told at every opening, and never replayed again (reference defect D25b)", async () => {
  const { fixture, file, ends } = await killed("wal");
  fixture.flip(`sessions/${file}`, ends[0] + 20);
  const first = await fixture.open();
  const told = first.quarantined();
  await first.close();
  for (let i = 0; i < 2; i++) {
    const db = await fixture.open();
    assert.deepEqual([db.quarantined(), seen(db)], [told, ["first", "good"]]);
    await db.write((session) => session.insert("line", [9], "good"));
    await db.close();
  }
});

test("what was interrupted in a corrupt session is kept with its file, not destroyed (reference defect D21)", async () => {
  const { fixture, file, ends } = await killed("wal");
  fixture.flip(`sessions/${file}`, ends[0] + 20);
  await (await fixture.open()).close();
  fixture.flip(`quarantine/${file}`, ends[0] + 20); // Mended by hand, and brought back.
  fixture.put(`sessions/${file}`, fixture.bytes(`quarantine/${file}`));
  for (const name of fixture.files("quarantine")) fixture.remove(`quarantine/${name}`);
  const db = await fixture.open();
  assert.deepEqual(seen(db), ["first", "second", "good"]);
  assert.deepEqual([...db.interrupted()[0].records()].map(({ data }) => data), ["third", "fourth"]);
});

const FOREIGN: [string, (group: GroupBuffer) => void, RegExp][] = [
  [
    "a verdict with a wrong count (reference defect D25f)",
    (group) => {
      groupOf(3, 4)(group);
      addVerdict(group, 3, 4, "commits", 3);
    },
    /commits 3 entries, found are 2/,
  ],
  ["a verdict on nothing", (group) => addVerdict(group, 3, 4, "commits", 0), /commits 0 entries/],
  [
    "an entry of an unknown space (reference defect D22)",
    (group) => {
      group.addEntry(lineEntry(3, 7, 99), 7);
      addVerdict(group, 3, 3);
    },
    /space 99, which does not exist/,
  ],
  [
    "an uncommitted entry of an unknown space",
    (group) => group.addEntry(lineEntry(3, 7, 99), 7),
    /space 99, which does not exist/,
  ],
  [
    "an entry at a point that its space does not have",
    (group) => {
      const address = { space: 2, point: [1] };
      group.addEntry({ kind: "tombstone", address, revision: revisionOf(3) }, 7);
      addVerdict(group, 3, 3);
    },
    /does not have/,
  ],
];

for (const [what, fill, reason] of FOREIGN) {
  test(`${what} quarantines its session, and no other`, async () => {
    const fixture = new DatabaseFixture();
    await (await fixture.start()).close();
    fixture.put("sessions/7.wal", await sessionFile(7, "wal", groupOf(1, 2, "commits"), fill));
    fixture.put("sessions/8.wal", await sessionFile(8, "wal", groupOf(9, 9, "commits", 8)));
    const db = await fixture.open();
    assert.deepEqual(seen(db), [1, 2, 9]);
    assert.deepEqual(db.quarantined().map(({ file, offset }) => [file, offset]), [
      ["sessions/7.wal", 0],
    ]);
    assert.match(db.quarantined()[0].reason, reason);
    assert.deepEqual([fixture.files(), db.interrupted()], [[], []]);
  });
}

test("both files of a corrupt session are set aside, each with its own reason", async () => {
  const { fixture, file, ends } = await killed("fast");
  const id = Number.parseInt(file);
  const other = await sessionFile(id, "wal", groupOf(500, 500, undefined, id));
  fixture.put(`sessions/${id}.wal`, other);
  fixture.flip(`sessions/${file}`, ends[0] + 20);
  const db = await fixture.open();
  assert.deepEqual(db.quarantined().map(({ movedTo, offset }) => [movedTo, offset]), [
    [`quarantine/${id}.fast`, ends[0]],
    [`quarantine/${id}.wal`, 0],
  ]);
  assert.match(db.quarantined()[1].reason, /another file/);
  assert.deepEqual(fixture.files("quarantine"), [`${id}.fast`, `${id}.mark`, `${id}.wal`]);
});

test("a garbled header, a foreign file and an empty one block no opening (reference defect D22)", async () => {
  const fixture = new DatabaseFixture();
  const db = await fixture.start();
  await db.write((session) => session.insert("line", [1], "a"));
  await db.close();
  fixture.put(
    "sessions/50.wal",
    new TextEncoder().encode("not a log of any kind, but long enough"),
  );
  fixture.put("sessions/51.wal", (await sessionFile(51, "wal", groupOf(1, 1))).fill(0xff, 8, 16));
  fixture.put("sessions/52.wal", new Uint8Array(3));
  fixture.put("sessions/53.wal", await sessionFile(54, "wal", groupOf(2, 2, "commits", 54)));
  const again = await fixture.open();
  assert.deepEqual(seen(again), ["a"]);
  const sessions = again.quarantined().map(({ session }) => session);
  assert.deepEqual(sessions.slice(0, 2), [50, 51]);
});

test("killed at any step of setting a session aside: the next opening completes it (reference defect D21)", async () => {
  const { fixture, file, ends } = await killed("wal");
  fixture.flip(`sessions/${file}`, ends[0] + 20);
  for (let step = 1;; step++) {
    const life = fixture.killed();
    let steps = 0;
    let corpse: DatabaseFixture | undefined;
    life.storage.before = (operation) => {
      if (["rename", "writeAt", "syncData", "remove", "syncDirectory"].includes(operation)) {
        if (++steps === step) corpse = life.killed();
      }
    };
    await life.open();
    if (corpse === undefined) break;
    const db = await corpse.open();
    assert.deepEqual(seen(db), ["first", "good"], `step ${step}`);
    assert.deepEqual(db.quarantined().map(({ movedTo }) => movedTo), [`quarantine/${file}`]);
    assert.equal(corpse.bytes(`quarantine/${file}`).length > ends[1], true);
  }
});

test("a mark that does not verify marks its session all the same", async () => {
  const { fixture, file, ends } = await killed("wal");
  fixture.flip(`sessions/${file}`, ends[0] + 20);
  await (await fixture.open()).close();
  fixture.flip(`quarantine/${Number.parseInt(file)}.mark`, 12);
  const db = await fixture.open();
  assert.deepEqual(seen(db), ["first", "good"]);
  assert.match(db.quarantined()[0].reason, /mark does not verify/);
});

test("quarantined() of a read-only database tells what is still in its place, and moves nothing", async () => {
  const { fixture, file, ends } = await killed("wal");
  fixture.flip(`sessions/${file}`, ends[0] + 20);
  const before = fixture.files();
  const db = await fixture.open({ readOnly: true });
  assert.deepEqual(seen(db), ["first", "good"]);
  const [{ file: name, movedTo, offset }] = db.quarantined();
  assert.deepEqual([name, movedTo, offset], [`sessions/${file}`, `sessions/${file}`, ends[0]]);
  assert.deepEqual([fixture.files(), fixture.files("quarantine")], [before, []]);
});
