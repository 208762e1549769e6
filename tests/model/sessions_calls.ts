/**
 * The calls of one session, each made on the database and on the model.
 *
 * @module
 */

import type { CommitResult, DurableIntent, InfiniteDbError } from "../../mod.ts";
import { Violation } from "./history.ts";
import { type ModelIntent, newIntent } from "./sessions_model.ts";
import { POINTS, stored } from "./sessions_reads.ts";
import type { World, Writer } from "./sessions_world.ts";

const SKEW_MS_MAX = 5 * 60 * 1000;
const PADS: readonly number[] = [0, 0, 3, 40, 300];
const LARGE_PAD = 24 * 1024;

/**
 * Inserts or deletes something.
 *
 * @returns Whether the database took it
 */
export function put(world: World, writer: Writer, large: boolean): boolean {
  const space = world.pick(Object.keys(POINTS))!;
  const point = world.pick(POINTS[space])!;
  const pad = large && world.chance(0.5) ? LARGE_PAD : world.pick(PADS)!;
  const value = world.chance(0.2) ? undefined : { n: world.nextValue(), pad };
  let revision;
  try {
    const { handle } = writer;
    revision = value === undefined
      ? handle.delete(space, point)
      : handle.insert(space, point, stored(value));
  } catch (error) {
    refused(world, error as InfiniteDbError);
    return false;
  }
  const stamp = revision.toString();
  checkStamp(world, writer, stamp, revision.physicalMs);
  let intent = writer.intents.at(-1);
  if (intent === undefined || intent.closed) {
    intent = newIntent(writer.id, world.model.ordinal);
    writer.intents.push(intent);
  }
  intent.entries.push({ space, point, revision: stamp, value });
  world.note(`  ${writer.id}: ${space} ${point} = ${value?.n ?? "deleted"} @${stamp}`);
  return true;
}

function refused(world: World, error: InfiniteDbError): void {
  const skewed = world.highestMs - world.time.wallMs > SKEW_MS_MAX && !world.acknowledged;
  world.expect(error, skewed ? ["clock-skew"] : [], "insert");
  if (error.code !== "clock-skew") return;
  world.count("refused stamps");
  if (!world.chance(0.7)) return;
  world.db.acknowledgeClockSkew();
  world.acknowledged = true;
}

function checkStamp(world: World, writer: Writer, stamp: string, physicalMs: number): void {
  if (stamp <= world.lastStamp || stamp <= world.model.highestHeld || world.stamps.has(stamp)) {
    throw new Violation(
      `stamp ${stamp} comes after ${world.lastStamp} and ${world.model.highestHeld}`,
    );
  }
  if (parseInt(stamp.slice(16, 24), 16) !== writer.id) {
    throw new Violation(`stamp ${stamp} is not of session ${writer.id}`);
  }
  if (physicalMs - world.time.wallMs > SKEW_MS_MAX && !world.acknowledged) {
    throw new Violation(`stamp ${stamp} is far ahead of the wall clock`);
  }
  if (physicalMs === world.time.wallMs) world.acknowledged = false; // The wall has caught up.
  world.lastStamp = stamp;
  world.stamps.add(stamp);
  world.stampsGiven.push(stamp);
  world.highestMs = Math.max(world.highestMs, physicalMs);
}

/** Makes everything pending durable. */
export function seal(world: World, writer: Writer, sync: boolean): void {
  const target = writer.intents.find(({ busy }) => busy === undefined);
  const count = target?.entries.length ?? 0;
  world.note(`${writer.id}: seal${sync ? "Sync" : ""} of ${count}`);
  const done = (token: DurableIntent): void => {
    if (target === undefined || token.entries !== count || token.session !== writer.id) {
      throw new Violation(`a seal of ${count} entries answers ${token.entries}`);
    }
    if (token.last.toString() !== target.entries[count - 1].revision) {
      throw new Violation(`a seal answers with the last revision ${token.last}`);
    }
    world.touch(writer);
    target.durable = Math.max(target.durable, count);
    world.model.hold(token.last.toString());
    writer.tokens.push(token);
    world.count(`sealed into ${token.medium}`);
  };
  const failed = (error: InfiniteDbError): void => {
    world.touch(writer);
    const codes = target === undefined ? ["nothing-to-commit"] : [];
    world.expect(error, sync ? [...codes, ...busyCodes(world)] : codes, "seal");
  };
  run(
    world,
    writer,
    sync ? () => writer.handle.sealSync() : undefined,
    () => {
      return writer.handle.seal();
    },
    done,
    failed,
  );
}

/** Commits the oldest pending intent, one way or the other. */
export function commit(world: World, writer: Writer, sync: boolean): void {
  const target = writer.intents.find(({ busy }) => busy === undefined);
  const refuse = world.chance(0.3);
  const tokens = world.writers.flatMap((each) => each.tokens).slice(-4);
  const durable = world.chance(0.3)
    ? world.chance(0.6) ? writer.tokens.at(-1) : world.pick(tokens)
    : undefined;
  const codes = target === undefined
    ? ["nothing-to-commit"]
    : durable !== undefined && !standsFor(durable, target)
    ? ["stale-intent"]
    : [];
  const valid = codes.length === 0;
  const wasClosed = target?.closed ?? false;
  const base = world.model.ordinal;
  if (valid && writer.calls > 0) codes.push("stale-intent");
  if (valid) Object.assign(target!, { closed: true, busy: "commit" });
  const options = { durable, collisions: refuse ? "refuse" : "report" } as const;
  world.note(
    `${writer.id}: commit${sync ? "Sync" : ""} of ${target?.entries.length ?? 0}` +
      `${refuse ? ", refuse" : ""}${durable ? `, token of ${durable.entries}` : ""}`,
  );
  const done = (result: CommitResult): void => {
    if (!valid) throw new Violation(`a commit that was to be ${codes} went through`);
    committed(world, writer, result, { target: target!, refuse, base });
  };
  const failed = (error: InfiniteDbError): void => {
    if (!valid) return world.expect(error, [...codes, ...sync ? ["busy"] : []], "commit");
    if (refuse) codes.push("collision");
    commitFailed(world, writer, target!, error, { codes, sync, wasClosed, base });
  };
  run(
    world,
    writer,
    sync ? () => writer.handle.commitSync(options) : undefined,
    () => {
      return writer.handle.commit(options);
    },
    done,
    failed,
  );
}

/** What a commit was to be. */
export interface CommitPlan {
  target: ModelIntent;
  refuse: boolean;
  /** How many commits there were when it was called. */
  base: number;
}

/** A commit was answered: it is visible from here on. */
export function committed(
  world: World,
  writer: Writer,
  result: CommitResult,
  { target, refuse, base }: CommitPlan,
): void {
  const { entries } = target;
  const right = result.entries === entries.length &&
    result.first.toString() === entries[0].revision &&
    result.last.toString() === entries.at(-1)!.revision;
  if (!right) {
    throw new Violation(
      `committed are ${result.entries} entries, ${result.first} to ${result.last}, ` +
        `not ${entries.length} up to ${entries.at(-1)!.revision}`,
    );
  }
  world.touch(writer);
  world.forget(writer, target);
  world.model.commit(writer.id, entries);
  world.count("commits");
  world.checkCollisions(
    result,
    () => world.model.collisions(target),
    () => world.model.collisions(target, base),
    `the commit ${entries[0].revision}`,
  );
  if (refuse && result.collisions.length > 0) {
    throw new Violation(`a commit that refuses collisions went through with some`);
  }
}

function commitFailed(
  world: World,
  writer: Writer,
  target: ModelIntent,
  error: InfiniteDbError,
  { codes, sync, wasClosed, base }: {
    codes: readonly string[];
    sync: boolean;
    wasClosed: boolean;
    base: number;
  },
): void {
  const unknown = error.outcome === "unknown";
  world.expect(error, sync ? [...codes, ...busyCodes(world)] : codes, "commit");
  target.busy = undefined;
  if (unknown) {
    target.mayCommit = true;
    world.count("outcome unknown");
  } else if (error.code === "busy") target.closed = wasClosed;
  if (error.code !== "collision") return world.touch(writer);
  world.count("refused commits");
  const least = world.model.collisions(target, base).length;
  world.later.push(() => {
    const most = world.model.collisions(target).length;
    const found = (error.found as unknown[]).length;
    if (found >= least && found <= most && (found > 0 || world.storage.faults > 0)) return;
    throw new Violation(`refused for ${found} collisions, there are ${least} to ${most}`);
  });
}

/** Gives up the oldest pending intent. */
export function abandon(world: World, writer: Writer): void {
  const target = writer.intents.find(({ busy }) => busy === undefined);
  world.note(`${writer.id}: abandon ${target?.entries.length ?? 0}`);
  const doubtful = target?.mayCommit ?? false;
  if (target !== undefined && !doubtful) {
    Object.assign(target, { closed: true, busy: "abandon" });
  }
  const done = (): void => {
    if (doubtful) throw new Violation("what may be committed was abandoned");
    world.touch(writer);
    if (target !== undefined) world.forget(writer, target);
    world.count("abandoned");
  };
  const failed = (error: InfiniteDbError): void => {
    world.expect(error, doubtful ? ["poisoned"] : [], "abandon");
    world.touch(writer);
    if (doubtful) return;
    target!.busy = undefined;
    target!.mayVanish = true;
  };
  run(world, writer, undefined, () => writer.handle.abandon(), done, failed);
}

/** Ends the session. */
export function endSession(world: World, writer: Writer, dispose: boolean): void {
  world.note(`${writer.id}: ${dispose ? "dispose" : "close"}`);
  writer.closing = true;
  const ended = (dropped: number | undefined): void => {
    world.later.push(() => {
      const before = writer.intents;
      const certain = !before.some((each) => each.mayCommit || each.touched > each.durable);
      const durable = before.reduce((sum, each) => sum + each.durable, 0);
      const all = before.reduce((sum, { entries }) => sum + entries.length, 0);
      world.leave(writer);
      if (!certain || dropped === undefined || dropped === all - durable) return;
      throw new Violation(`${dropped} entries were dropped, not ${all - durable}`);
    });
  };
  const { handle } = writer;
  const promise = dispose ? handle[Symbol.asyncDispose]() : handle.close();
  world.watch(promise, () => ended(dispose ? undefined : 0), (error) => {
    world.expect(error, dispose ? [] : ["uncommitted"], "close of a session");
    ended(error.code === "uncommitted" ? error.found as number : undefined);
  });
}

/** Writes in one line. */
export function write(world: World, large: boolean): void {
  const throws = world.chance(0.2);
  const seals = world.chance(0.3);
  const collisions = world.chance(0.3) ? "refuse" : "report";
  const base = world.model.ordinal;
  const { storage } = world;
  let writer: Writer | undefined;
  const rollback = new Error("rollback");
  const onCommit = (result: CommitResult): void => {
    if (storage.killed || writer === undefined) return;
    const [target] = writer.intents;
    committed(world, writer, result, { target, refuse: collisions === "refuse", base });
  };
  const promise = world.db.write(async (handle) => {
    const { id } = handle;
    const rest = { calls: 1, tokens: [], closing: true };
    writer = { id, handle, intents: [], ...rest };
    checkLeased(world, id);
    world.writers.push(writer);
    world.note(`${id}: write, ${collisions}${throws ? ", throws" : ""}${seals ? ", seals" : ""}`);
    put(world, writer, large);
    if (world.chance(0.5)) put(world, writer, large);
    for (const intent of writer.intents) {
      intent.busy = throws ? "abandon" : "commit";
    }
    if (seals && handle.pending.entries > 0) await handle.seal();
    if (throws) throw rollback;
  }, { collisions, onCommit });
  const end = (left: boolean): void => {
    world.touch(writer!);
    for (const intent of writer!.intents) intent.busy = undefined;
    if (!left) writer!.intents = [];
    world.leave(writer!);
  };
  world.watch(promise, () => {
    if (writer!.intents.length > 0) throw new Violation("a write resolved without a commit");
    end(false);
  }, (error) => {
    const codes = collisions === "refuse" ? ["collision"] : [];
    if (world.closing) codes.push("closed");
    if (error as unknown !== rollback) world.expect(error, codes, "write");
    for (const intent of writer?.intents ?? []) {
      intent.mayCommit = error.outcome === "unknown";
      intent.mayVanish = !intent.mayCommit;
    }
    end(storage.faults > 0 || world.closing);
  });
}

function checkLeased(world: World, id: number): void {
  if (world.sessionIds.has(id) && !world.leasedIds.has(id)) {
    throw new Violation(`the id ${id} was given before`);
  }
  world.sessionIds.add(id);
  world.leasedIds.add(id);
}

/** Makes a call, blocking or not; one that a killed process makes is nobody's. */
function run<T>(
  world: World,
  writer: Writer,
  callSync: (() => T) | undefined,
  call: () => Promise<T>,
  done: (value: T) => void,
  failed: (error: InfiniteDbError) => void,
): void {
  if (callSync === undefined) {
    writer.calls++;
    world.watch(call(), (value) => {
      writer.calls--;
      done(value);
    }, (error) => {
      writer.calls--;
      failed(error);
    });
    return;
  }
  let value: T;
  writer.calls++; // Should it be killed now, it is at work.
  try {
    value = callSync();
  } catch (error) {
    if (world.storage.killed) return;
    writer.calls--;
    return failed(error as InfiniteDbError);
  }
  if (world.storage.killed) return;
  writer.calls--;
  done(value);
}

/** A blocking call may be turned away only while something else is at work. */
function busyCodes(world: World): string[] {
  return world.inFlight > 0 || world.storage.held > 0 ? ["busy"] : [];
}

function standsFor(token: DurableIntent, intent: ModelIntent): boolean {
  const { entries, session } = intent;
  return token.session === session && token.entries === entries.length &&
    token.first.toString() === entries[0].revision &&
    token.last.toString() === entries.at(-1)!.revision;
}
