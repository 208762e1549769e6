import assert from "node:assert/strict";
import { test } from "node:test";
import type { Session } from "../../mod.ts";
import { Revision } from "../../mod.ts";
import type { Core } from "../../lib/database/core.ts";
import { openCore } from "../../lib/database/opening.ts";
import { checkOpenOptions } from "../../lib/database/options.ts";
import { EntryList } from "../../lib/segment/entry_list.ts";
import { inAnyOf } from "../../lib/session/collision.ts";
import { SessionStream } from "../../lib/session/stream.ts";
import { DatabaseFixture, ROOT } from "../support/database_fixture.ts";
import type { FaultStorage } from "../support/fault_storage.ts";

/** An intent that is not settled, and a commit that it cannot have seen. */
interface Unsettled {
  fixture: DatabaseFixture;
  core: Core;
  session: Session;
  /** The first revision of the intent. */
  first: Revision;
  /** The revision of that commit. */
  news: Revision;
}

async function unsettled(
  begin = (core: Core): Session => core.sessions.begin(),
): Promise<Unsettled> {
  const fixture = new DatabaseFixture();
  await (await fixture.start()).close();
  const { core } = await openCore(
    ROOT,
    checkOpenOptions({ storage: fixture.storage, clock: fixture.clock }),
  );
  const session = begin(core);
  const first = session.insert("line", [1], "older");
  await session.seal();
  const other = core.sessions.begin();
  const news = other.delete("line", [1]);
  await other.commit();
  return { fixture, core, session, first, news };
}

/** Looks at every moment at which somebody else may look, until some work is done. */
async function throughout(
  { storage }: DatabaseFixture,
  work: Promise<unknown>,
  look: () => void,
): Promise<number> {
  let looks = 0;
  let done = false;
  void work.catch(() => {}).finally(() => done = true);
  const { before } = storage;
  const watching: FaultStorage["before"] = (operation, path) => {
    storage.before = before; // To look may be to read.
    look();
    storage.before = watching;
    before(operation, path);
  };
  storage.before = watching;
  for (; !done; looks++) {
    look();
    if (looks % 100 === 99) await new Promise((resolve) => setTimeout(resolve, 0));
    await null;
  }
  look();
  storage.before = before;
  return looks;
}

/** What a merge that began now would be told: older work may be committed, and must find the news. */
function checkCovered({ core, first, news }: Unsettled): void {
  const { sessions } = core;
  const { floor } = sessions;
  assert(floor !== undefined && Revision.compare(floor, first) <= 0, `the floor is ${floor}`);
  const interrupted = sessions.interrupted[0]?.first;
  const isKept = inAnyOf(sessions.history.recent)(news) ||
    interrupted !== undefined && Revision.compare(interrupted, news) < 0;
  assert(isKept, "its news are kept");
}

test("while a session ends what it sealed is covered at every moment", async () => {
  const all = await unsettled();
  assert(await throughout(all.fixture, all.session.close(), () => checkCovered(all)) > 5);
  assert.equal(all.core.sessions.interrupted.length, 1);
});

test("while a session ends whose file fails what it sealed is covered at every moment", async () => {
  const all = await unsettled();
  all.fixture.failSession(all.session.id);
  const closing = all.session.close();
  await throughout(all.fixture, closing, () => checkCovered(all));
  await assert.rejects(closing, { code: "io" });
  assert.equal(all.core.sessions.interrupted.length, 1);
});

test("while all sessions end what one has sealed is covered at every moment", async () => {
  const all = await unsettled();
  await throughout(all.fixture, all.core.sessions.endAll(), () => checkCovered(all));
  assert.equal(all.core.sessions.interrupted.length, 1);
});

test("while a stream of the pool ends what it sealed is covered at every moment", async () => {
  const all = await unsettled((core) => core.sessions.lease().session);
  await throughout(all.fixture, all.session.close(), () => checkCovered(all));
  assert.equal(all.core.sessions.interrupted.length, 1);
});

test("what may turn out committed is covered while its session ends, and after", async () => {
  const all = await unsettled();
  all.fixture.failSession(all.session.id);
  const look = (): void => {
    const { floor } = all.core.sessions;
    assert(floor !== undefined && Revision.compare(floor, all.first) <= 0, `the floor is ${floor}`);
  };
  const committing = all.session.commit();
  await throughout(all.fixture, committing, look);
  await assert.rejects(committing, { outcome: "unknown" });
  await throughout(all.fixture, all.session[Symbol.asyncDispose]().catch(() => {}), look);
  assert.equal(all.core.sessions.interrupted.length, 0);
});

for (const how of ["adopt", "discard"] as const) {
  test(`until ${how}() has happened the intent is covered at every moment`, async () => {
    const all = await unsettled();
    await all.session.close();
    const { core, first } = all;
    const [intent] = core.sessions.interrupted;
    await throughout(all.fixture, intent[how](), () => {
      if (core.sessions.interrupted.includes(intent)) return checkCovered(all);
      const happened = how === "adopt"
        ? core.revisionsFrom(1, [1], first).some((each) => each.equals(first))
        : core.manifest.state.sealedThrough.get(intent.session)?.equals(intent.last);
      assert(happened, "it was settled by then");
    });
    assert.equal(core.sessions.interrupted.length, 0);
  });
}

/** Has a stream give sequence numbers as if so many entries were written by many calls. */
function giveSequences(stream: SessionStream, count: number): void {
  const { addMany } = EntryList.prototype;
  EntryList.prototype.addMany = () => {};
  try {
    const values = { bytes: new Uint8Array(0), ends: new Uint32Array(4_000_000) };
    for (; count > 0; count -= values.ends.length) {
      stream.addMany(1, new Float64Array(0), values);
    }
  } finally {
    EntryList.prototype.addMany = addMany;
  }
}

/** What a session of the pool writes while its stream gives so many sequence numbers. */
async function leased(core: Core, count: number): Promise<Session> {
  const { add } = SessionStream.prototype;
  let stream: SessionStream | undefined;
  SessionStream.prototype.add = function (...entry) {
    stream = this; // The one that the pool has leased.
    return add.apply(this, entry);
  };
  try {
    const { session } = core.sessions.lease();
    session.insert("line", [2], "a");
    giveSequences(stream!, count);
    await session.commit();
    return session;
  } finally {
    SessionStream.prototype.add = add;
  }
}

test("a stream of the pool is not used again beyond half of its sequence numbers", async () => {
  const { core } = await unsettled();
  const ids: number[] = [];
  for (const count of [2 ** 31 - 1e8, 1e8, 0, 0]) {
    const session = await leased(core, count);
    await session.close();
    ids.push(session.id);
  }
  assert.deepEqual(ids, [ids[0], ids[0], ids[2], ids[2]]);
  assert.notEqual(ids[2], ids[0]);
  assert.equal(core.sessions.open, 2);
});

test("a stream that ends with nothing pending fails no write, and tells of files it cannot close", async () => {
  const { core, fixture } = await unsettled();
  const session = await leased(core, 2 ** 31);
  fixture.failSession(session.id);
  await session.close();
  fixture.mend();
  assert.match([...core.sessions.retirement.failures].join(), /not closed: IoError/);
});
