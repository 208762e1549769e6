import assert from "node:assert/strict";
import { test } from "node:test";
import fc from "fast-check";
import { HybridClock } from "../../lib/clock/hybrid_clock.ts";
import { Revision } from "../../lib/clock/revision.ts";
import { InvalidArgumentError } from "../../lib/errors.ts";
import { CLOCK_SKEW_MS_MAX } from "../../lib/limits.ts";

const NOON_MS = Date.parse("2026-11-22T12:00:00.000Z");
const HOUR_MS = 3_600_000;
const PHYSICAL_MS_MAX = 2 ** 48 - 1;
const LOGICAL_MAX = 0xffff;

/** A wall clock that says what the test sets. */
class Wall {
  ms: number;

  constructor(ms: number) {
    this.ms = ms;
  }

  nowMs(): number {
    return this.ms;
  }
}

function timeOf(revision: Revision | undefined): [number, number] {
  assert(revision !== undefined);
  return [revision.physicalMs, revision.logical];
}

test("stamp() takes the wall's millisecond, and counts within it", () => {
  const wall = new Wall(NOON_MS + 0.9);
  const clock = new HybridClock(wall);
  assert.equal(clock.last, undefined);
  assert.deepEqual(clock.stamp(7, 1), new Revision(NOON_MS, 0, 7, 1));
  assert.deepEqual(clock.stamp(8, 1), new Revision(NOON_MS, 1, 8, 1));
  wall.ms = NOON_MS + 1;
  assert.deepEqual(clock.stamp(7, 2), new Revision(NOON_MS + 1, 0, 7, 2));
  assert.deepEqual(clock.last, new Revision(NOON_MS + 1, 0, 7, 2));
});

test("a jump forward is trusted, whatever its size (reference defect D4)", () => {
  const wall = new Wall(NOON_MS);
  const clock = new HybridClock(wall);
  clock.stamp(1, 1);
  wall.ms = NOON_MS + 24 * HOUR_MS;
  assert.deepEqual(timeOf(clock.stamp(1, 2)), [NOON_MS + 24 * HOUR_MS, 0]);
});

test("the first stamp of a clock is not clamped to 1970 (reference defect D4)", () => {
  assert.deepEqual(timeOf(new HybridClock(new Wall(NOON_MS)).stamp(1, 1)), [NOON_MS, 0]);
});

test("more stamps in a millisecond than logical counts go on rising (reference defect D4)", () => {
  const clock = new HybridClock(new Wall(NOON_MS));
  let newest = clock.stamp(1, 0);
  for (let i = 1; i <= 2 * (LOGICAL_MAX + 1); i++) {
    const next = clock.stamp(1, i);
    if (Revision.compare(newest, next) >= 0) assert.fail(`${next} after ${newest}`);
    newest = next;
  }
  assert.deepEqual(timeOf(newest), [NOON_MS + 2, 0]);
});

test("a new clock goes on from the stamps already stored (reference defect D4)", () => {
  const stored = new Revision(NOON_MS + 1_000, 5, 9, 4);
  const clock = new HybridClock(new Wall(NOON_MS), stored);
  assert.deepEqual(clock.last, stored);
  assert.deepEqual(clock.stamp(1, 1), new Revision(NOON_MS + 1_000, 6, 1, 1));
});

test("observe() moves past a newer stamp and ignores an older one", () => {
  const clock = new HybridClock(new Wall(NOON_MS));
  const seen = new Revision(NOON_MS + 20, LOGICAL_MAX, 0xffff_ffff, 0xffff_ffff);
  clock.observe(seen);
  clock.observe(new Revision(NOON_MS + 19, LOGICAL_MAX, 0xffff_ffff, 0xffff_ffff));
  assert.deepEqual(clock.last, seen);
  assert.deepEqual(clock.stamp(1, 1), new Revision(NOON_MS + 21, 0, 1, 1));
});

test("last is the highest by session and sequence too", () => {
  const clock = new HybridClock(new Wall(NOON_MS), new Revision(NOON_MS, 3, 5, 5));
  clock.observe(new Revision(NOON_MS, 3, 5, 4));
  assert.deepEqual(clock.last, new Revision(NOON_MS, 3, 5, 5));
  clock.observe(new Revision(NOON_MS, 3, 6, 1));
  assert.deepEqual(clock.last, new Revision(NOON_MS, 3, 6, 1));
});

test("a stamp changed by its holder does not change the clock", () => {
  const clock = new HybridClock(new Wall(NOON_MS));
  Object.assign(clock.stamp(1, 1), { physicalMs: 0 });
  Object.assign(clock.last ?? {}, { physicalMs: 0 });
  assert.deepEqual(clock.last, new Revision(NOON_MS, 0, 1, 1));
});

test("a wall clock behind by exactly the limit is followed, by one more refused", () => {
  const wall = new Wall(NOON_MS - CLOCK_SKEW_MS_MAX);
  const stored = new Revision(NOON_MS, 0, 1, 1);
  const clock = new HybridClock(wall, stored);
  assert.deepEqual(timeOf(clock.stamp(1, 2)), [NOON_MS, 1]);
  wall.ms--;
  assert.throws(() => clock.stamp(1, 3), {
    code: "clock-skew",
    retryable: false,
    expected: NOON_MS,
    found: NOON_MS - CLOCK_SKEW_MS_MAX - 1,
    message: /300001 ms .*db\.acknowledgeClockSkew\(\)/,
  });
  assert.deepEqual(clock.last, new Revision(NOON_MS, 1, 1, 2));
});

test("a refused stamp is given as soon as the wall is near again", () => {
  const wall = new Wall(NOON_MS - HOUR_MS);
  const clock = new HybridClock(wall, new Revision(NOON_MS, 0, 1, 1));
  assert.throws(() => clock.stamp(1, 2), { code: "clock-skew" });
  wall.ms = NOON_MS - 1;
  assert.deepEqual(timeOf(clock.stamp(1, 2)), [NOON_MS, 1]);
});

test("acknowledgeSkew() lasts until the wall has caught up, and no longer", () => {
  const wall = new Wall(NOON_MS - HOUR_MS);
  const clock = new HybridClock(wall, new Revision(NOON_MS, 0, 1, 1));
  clock.acknowledgeSkew();
  assert.deepEqual(timeOf(clock.stamp(1, 2)), [NOON_MS, 1]);
  wall.ms = NOON_MS - 1; // near, but not there
  assert.deepEqual(timeOf(clock.stamp(1, 3)), [NOON_MS, 2]);
  wall.ms = NOON_MS - 2 * HOUR_MS;
  assert.deepEqual(timeOf(clock.stamp(1, 4)), [NOON_MS, 3]);
  wall.ms = NOON_MS; // caught up
  assert.deepEqual(timeOf(clock.stamp(1, 5)), [NOON_MS, 4]);
  wall.ms = NOON_MS - HOUR_MS;
  assert.throws(() => clock.stamp(1, 6), { code: "clock-skew" });
  clock.acknowledgeSkew();
  assert.deepEqual(timeOf(clock.stamp(1, 6)), [NOON_MS, 5]);
});

test("acknowledgeSkew() does not acknowledge a skew to come", () => {
  const wall = new Wall(NOON_MS);
  const clock = new HybridClock(wall);
  clock.acknowledgeSkew();
  clock.stamp(1, 1);
  wall.ms = NOON_MS - 1;
  clock.acknowledgeSkew();
  wall.ms = NOON_MS - HOUR_MS;
  assert.throws(() => clock.stamp(1, 2), { code: "clock-skew" });
});

test("a frozen wall clock is skewed once the carried stamps are too far ahead", () => {
  const wall = new Wall(NOON_MS);
  const clock = new HybridClock(wall, new Revision(NOON_MS + CLOCK_SKEW_MS_MAX, LOGICAL_MAX, 1, 1));
  assert.deepEqual(timeOf(clock.stamp(1, 2)), [NOON_MS + CLOCK_SKEW_MS_MAX + 1, 0]);
  assert.throws(() => clock.stamp(1, 3), { code: "clock-skew" });
});

for (const noTime of [NaN, Infinity, -Infinity, -1, -0.5, 2 ** 48, "5", 5n, undefined]) {
  test(`a wall clock that says ${String(noTime)} (${typeof noTime}) is refused`, () => {
    const wall = new Wall(noTime as number);
    const stored = new Revision(NOON_MS, 0, 1, 1);
    const clock = new HybridClock(wall, stored);
    const refused = {
      code: "invalid-argument",
      found: noTime,
      message: /nowMs\(\) returns .*, not /,
    };
    assert.throws(() => clock.stamp(1, 2), refused);
    assert.throws(() => clock.acknowledgeSkew(), refused);
    assert.deepEqual(clock.last, stored);
  });
}

test("the wall clock may say anything from 1970 to the last millisecond", () => {
  for (const ms of [0, PHYSICAL_MS_MAX]) {
    assert.deepEqual(timeOf(new HybridClock(new Wall(ms)).stamp(1, 1)), [ms, 0]);
  }
});

test("after the last stamp there is is an error, and no false stamp", () => {
  const highest = new Revision(PHYSICAL_MS_MAX, LOGICAL_MAX, 1, 1);
  const clock = new HybridClock(new Wall(PHYSICAL_MS_MAX), highest);
  for (let i = 0; i < 2; i++) {
    assert.throws(() => clock.stamp(2, 2), { code: "budget-exceeded", retryable: false });
    assert.deepEqual(clock.last, highest);
  }
});

test("a session or sequence that does not fit uses up no stamp", () => {
  const clock = new HybridClock(new Wall(NOON_MS));
  assert.throws(() => clock.stamp(2 ** 32, 1), InvalidArgumentError);
  assert.throws(() => clock.stamp(1, -1), InvalidArgumentError);
  assert.equal(clock.last, undefined);
});

type Step =
  | { do: "stamp"; session: number }
  | { do: "move"; byMs: number }
  | { do: "observe"; aheadMs: number; logical: number; session: number }
  | { do: "restart" }
  | { do: "acknowledge" };

const anyMoveMs = fc.oneof(
  fc.integer({ min: -3, max: 3 }),
  fc.integer({ min: -2 * CLOCK_SKEW_MS_MAX, max: 2 * CLOCK_SKEW_MS_MAX }),
  fc.integer({ min: -48 * HOUR_MS, max: 48 * HOUR_MS }),
);
const anySession = fc.integer({ min: 0, max: 3 });
const anyStep: fc.Arbitrary<Step> = fc.oneof(
  { weight: 4, arbitrary: fc.record({ do: fc.constant("stamp" as const), session: anySession }) },
  { weight: 2, arbitrary: fc.record({ do: fc.constant("move" as const), byMs: anyMoveMs }) },
  fc.record({
    do: fc.constant("observe" as const),
    aheadMs: anyMoveMs,
    logical: fc.constantFrom(0, 1, LOGICAL_MAX - 1, LOGICAL_MAX),
    session: anySession,
  }),
  fc.record({ do: fc.constant("restart" as const) }),
  fc.record({ do: fc.constant("acknowledge" as const) }),
);

/** Stamps if the clock will, and checks all that a stamp promises. */
function stampAndCheck(clock: HybridClock, wall: Wall, session: number): void {
  const before = clock.last;
  const newestMs = before?.physicalMs ?? 0;
  let stamp: Revision;
  try {
    stamp = clock.stamp(session, 1);
  } catch (error) {
    assert.equal((error as { code?: string }).code, "clock-skew");
    assert(newestMs - wall.ms > CLOCK_SKEW_MS_MAX, "refused without a skew");
    assert.deepEqual(clock.last, before);
    return;
  }
  assert(before === undefined || Revision.compare(before, stamp) < 0, `${stamp} after ${before}`);
  assert(stamp.physicalMs >= wall.ms);
  if (stamp.physicalMs > wall.ms) {
    // A time that is not the wall's is that of a stamp seen before, carried by one at most.
    assert(before !== undefined);
    const carried = before.logical === LOGICAL_MAX ? 1 : 0;
    assert.equal(stamp.physicalMs, newestMs + carried);
    assert.equal(stamp.logical, carried === 1 ? 0 : before.logical + 1);
  }
  assert.deepEqual(clock.last, stamp);
}

test("whatever the wall does, stamps rise and tell no time that was not seen", () => {
  fc.assert(fc.property(fc.array(anyStep, { maxLength: 60 }), (steps) => {
    const wall = new Wall(NOON_MS);
    let clock = new HybridClock(wall);
    for (const step of steps) {
      const before = clock.last;
      if (step.do === "stamp") stampAndCheck(clock, wall, step.session);
      else if (step.do === "move") wall.ms += step.byMs;
      else if (step.do === "restart") clock = new HybridClock(wall, clock.last);
      else if (step.do === "acknowledge") clock.acknowledgeSkew();
      else clock.observe(new Revision(wall.ms + step.aheadMs, step.logical, step.session, 9));
      assert(before === undefined || Revision.compare(before, clock.last ?? before) <= 0);
    }
  }));
});

test("without an acknowledgement no stamp is further ahead of the wall than allowed", () => {
  const moves = fc.array(fc.oneof(anyMoveMs, fc.constant(0)), { maxLength: 60 });
  fc.assert(fc.property(moves, (byMs) => {
    const wall = new Wall(NOON_MS);
    const clock = new HybridClock(wall);
    for (const each of byMs) {
      wall.ms += each;
      const behindMs = (clock.last?.physicalMs ?? 0) - wall.ms;
      if (behindMs > CLOCK_SKEW_MS_MAX) {
        assert.throws(() => clock.stamp(1, 1), { code: "clock-skew" });
      } else {
        assert(clock.stamp(1, 1).physicalMs - wall.ms <= CLOCK_SKEW_MS_MAX);
      }
    }
  }));
});

test("many that share a stamp are all below the next one", () => {
  const clock = new HybridClock({ nowMs: () => 1000 });
  const first = clock.stamp(7, 1, 5);
  assert.deepEqual([first.sequence, clock.last?.sequence], [1, 5]);
  const last = new Revision(first.physicalMs, first.logical, 7, 5);
  assert(Revision.compare(clock.stamp(8, 1), last) > 0);
});
