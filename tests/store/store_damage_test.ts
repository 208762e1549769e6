import assert from "node:assert/strict";
import { test } from "node:test";
import {
  CorruptionError,
  type Database,
  InfiniteDbError,
  type MemoryStorage,
  type SpaceReader,
} from "../../mod.ts";
import { makeRandom } from "../crash/random.ts";
import { SpaceSubject } from "../model/space_subject.ts";
import { DatabaseFixture, TestClock } from "../support/database_fixture.ts";

const POINTS = Array.from({ length: 700 }, (_, i) => [i % 28, Math.floor(i / 28)]);
const CENTER = { min: [5, 5], max: [9, 20] };

/** What is asked of a damaged database: each may fail, none may lie. */
const QUESTIONS: readonly ((space: SpaceReader) => unknown)[] = [
  (space) => space.query(undefined, { tombstones: true }).toArray().map(lineOf),
  (space) => space.query(CENTER).toArray().map(lineOf),
  (space) => space.query({ min: [27, 0], max: [27, 24] }).toArray().map(lineOf),
  (space) => space.count(),
  (space) => space.count(CENTER, { limit: 9 }),
  (space) => [...space.columns(CENTER).coordinates],
  (space) => [...space.columns().revisions],
  (space) => space.nearest([13, 13], 20).map(lineOf),
  (space) => space.nearest([40, -3], 3).map(lineOf),
  ...[0, 111, 333, 555, 699].flatMap((at) => [
    (space: SpaceReader) => [space.get(POINTS[at], { tombstones: true })].map(lineOf),
    (space: SpaceReader) => space.history(POINTS[at]).toArray().map(lineOf),
  ]),
];

function lineOf(record: ReturnType<SpaceReader["get"]>): string {
  if (record === undefined) return "nothing";
  const { point, revision, data, deleted } = record;
  return `${point} ${revision} ${JSON.stringify(data)} ${deleted}`;
}

/** A closed database of two runs, the second of which deletes and rewrites some of the first. */
async function build(): Promise<DatabaseFixture> {
  const clock = new TestClock();
  const subject = await SpaceSubject.create({ dims: 2, bits: 5 }, POINTS, { clock });
  const { places } = subject;
  await subject.write(places);
  await subject.db.flush();
  await subject.write(places.filter((_, i) => i % 3 === 0), true);
  await subject.write(places.filter((_, i) => i % 4 === 0));
  await subject.db.close();
  return new DatabaseFixture(subject.memory).killed();
}

function answersOf(db: Database): string[] {
  return QUESTIONS.map((ask) => JSON.stringify(ask(db.space("s"))));
}

/** Where to damage a file: its whole header and end, and every so many bytes between. */
function offsetsOf(bytes: number, every: number): number[] {
  const offsets: number[] = [];
  for (let at = 0; at < bytes; at += at < 70 || at > bytes - 120 ? 1 : every) offsets.push(at);
  return offsets;
}

/** Opens it and asks everything: how many questions were answered, and how many refused. */
async function askDamaged(
  fixture: DatabaseFixture,
  file: string,
  expected: readonly string[],
  what: string,
): Promise<{ exact: number; refused: number }> {
  const tally = { exact: 0, refused: 0 };
  const isTold = (error: unknown): void => {
    assert(error instanceof InfiniteDbError, `${what}: ${error}`);
    assert(["corrupt", "newer-format"].includes(error.code), `${what}: ${error}`);
    assert.equal(error.file, `/db/${file}`, what);
    assert.equal(typeof error.offset, "number", `${what}: ${error}`);
  };
  let db: Database;
  try {
    db = await fixture.open({ readOnly: true, cacheBytesMax: 0 });
  } catch (error) {
    isTold(error);
    return tally;
  }
  for (const [index, ask] of QUESTIONS.entries()) {
    try {
      const answer: string = JSON.stringify(ask(db.space("s")));
      assert.equal(answer, expected[index], `${what}: ${ask}`);
      tally.exact++;
    } catch (error) {
      isTold(error);
      tally.refused++;
    }
  }
  await db.close();
  return tally;
}

/** Calls with the files as they were, one of which is damaged; then mends it. */
async function withDamage(
  fixture: DatabaseFixture,
  file: string,
  damage: (bytes: Uint8Array) => Uint8Array,
  use: () => Promise<void>,
): Promise<void> {
  const bytes = fixture.bytes(file);
  fixture.put(file, damage(bytes.slice()));
  await use();
  fixture.put(file, bytes);
}

test("a byte flipped anywhere in a run file is told or does not matter, and nothing else is lost", async () => {
  const fixture = await build();
  const clean = await fixture.open({ readOnly: true });
  const expected = answersOf(clean);
  await clean.close();
  const runs = fixture.files("runs").map((name) => `runs/${name}`);
  assert(runs.length === 2, "two runs");
  const total = { tried: 0, exact: 0, refused: 0, unnoticed: 0 };
  for (const file of runs) {
    for (const at of offsetsOf(fixture.bytes(file).length, 173)) {
      const flip = (bytes: Uint8Array): Uint8Array => {
        bytes[at] ^= 1 << at % 8;
        return bytes;
      };
      await withDamage(fixture, file, flip, async () => {
        const { exact, refused } = await askDamaged(fixture, file, expected, `${file} at ${at}`);
        total.tried++;
        total.exact += exact;
        total.refused += refused;
        if (refused === 0 && exact > 0) total.unnoticed++;
      });
    }
  }
  assert(total.tried > 300 && total.refused > total.tried, JSON.stringify(total));
  assert(total.exact > total.tried, `other pages answer: ${JSON.stringify(total)}`);
  assert.equal(total.unnoticed, 0, "some question meets every byte");
});

test("a run file cut, extended, zeroed or put in the place of another is told, or does not matter", async () => {
  const fixture = await build();
  const clean = await fixture.open({ readOnly: true });
  const expected = answersOf(clean);
  await clean.close();
  const [first, second] = fixture.files("runs").map((name) => `runs/${name}`);
  const random = makeRandom(1);
  const size = fixture.bytes(first).length;
  const damages: [string, (bytes: Uint8Array) => Uint8Array][] = [
    ["replaced by the other", () => fixture.bytes(second)],
    ["empty", () => new Uint8Array(0)],
    ["all zeros", (bytes) => bytes.fill(0)],
    ["one byte longer", (bytes) => Uint8Array.from([...bytes, 0])],
  ];
  for (let i = 0; i < 60; i++) {
    const from = Math.floor(random() * size);
    const to = Math.min(size, from + 1 + Math.floor(random() * 600));
    const other = Math.floor(random() * (size - (to - from)));
    damages.push([`cut to ${from}`, (bytes) => bytes.slice(0, from)]);
    damages.push([`zeroed ${from} to ${to}`, (bytes) => bytes.fill(0, from, to)]);
    damages.push([
      `${from} to ${to} copied to ${other}`,
      (bytes) => bytes.copyWithin(other, from, to),
    ]);
  }
  let refused = 0;
  for (const [what, damage] of damages) {
    await withDamage(fixture, first, damage, async () => {
      const tally = await askDamaged(fixture, first, expected, what);
      refused += tally.exact === QUESTIONS.length ? 0 : 1;
    });
  }
  assert(refused > damages.length * 0.8, `${refused} of ${damages.length}`);
});

test("a damaged page refuses what could be in it; other pages and the other spaces still answer", async () => {
  const fixture = await build();
  const db = await fixture.open();
  await db.createSpace("other", { dims: 1 });
  await db.write((session) => session.insert("other", [1], "whole"));
  await db.close();
  const [first] = fixture.files("runs").map((name) => `runs/${name}`);
  const page = 64 + 1000; // In the first page, behind the header.
  fixture.flip(first, page);
  const damaged = await fixture.open();
  const space = damaged.space("s");
  const answers = POINTS.map((point) => {
    try {
      return space.get(point, { tombstones: true }) === undefined ? "missing" : "exact";
    } catch (error) {
      assert(error instanceof CorruptionError);
      assert.equal(error.file, `/db/${first}`);
      assert(error.offset !== undefined && error.offset <= page && error.offset >= 0);
      return "refused";
    }
  });
  const by = Map.groupBy(answers, (each) => each);
  assert.equal(by.get("missing"), undefined);
  assert(by.get("exact")!.length >= 300, `${by.get("exact")?.length} answers`);
  assert(by.get("refused")!.length >= 1);
  assert.equal(damaged.space("other").get([1])?.data, "whole");
  await damaged.write((session) => session.insert("s", [0, 0], "new"));
  await assert.rejects(damaged.compact("s"), { code: "corrupt" });
  assert(fixture.files("runs").includes(first.slice("runs/".length)), "it stays");
  await damaged.close();
});

test("two databases of damaged bytes do not share a page", async () => {
  const fixture = await build();
  const copies: MemoryStorage[] = [fixture.killed().memory, fixture.killed().memory];
  const [first] = fixture.files("runs").map((name) => `runs/${name}`);
  const [sound, damaged] = copies.map((memory) => new DatabaseFixture(memory));
  damaged.flip(first, 64 + 1000);
  const [one, two] = [await sound.open({ readOnly: true }), await damaged.open({ readOnly: true })];
  assert.equal(one.space("s").query(undefined, { tombstones: true }).toArray().length, 700);
  assert.throws(() => two.space("s").query().toArray(), { code: "corrupt" });
  await one.close();
  await two.close();
});
