/**
 * The process of the database soak that is killed: writes through several sessions at once until then,
 * and reports every call before it is made and after it has resolved.
 *
 * Arguments: the root, the number of the first intent, the seed.
 *
 * @module
 */

import process from "node:process";
import { type Database, type InterruptedIntent, open, type Session } from "../../mod.ts";
import { makeRandom, type Random } from "./random.ts";
import { entriesOfIntent, LINKS, reportLine, SPACES, valueOf, type Verb } from "./soak_intent.ts";

const WRITERS = 4;
const TAILS_BYTES_MAX: readonly number[] = [2_000, 20_000, 200_000];
const DEADLINES_MS: readonly number[] = [0, 0.3, 2];

/** How often a writer does what, of about 100 times. */
const WEIGHTS: readonly (readonly [number, (writer: Writer) => Promise<void>])[] = [
  [34, (writer) => writer.commit()],
  [8, (writer) => writer.commitSync()],
  [14, (writer) => writer.sealAndCommit()],
  [10, (writer) => writer.abandon()],
  [6, (writer) => writer.leave()],
  [14, (writer) => writer.write()],
  [6, (writer) => writer.commitTwice()],
  [4, (writer) => writer.flush()],
  [3, (writer) => writer.resolve()],
];

/** One of several that write at once. */
class Writer {
  readonly #db: Database;
  readonly #random: Random;
  readonly #next: () => number;
  #session: Session;

  constructor(db: Database, random: Random, next: () => number) {
    this.#db = db;
    this.#random = random;
    this.#next = next;
    this.#session = this.#begin();
  }

  async work(): Promise<never> {
    while (true) {
      let left = this.#random() * WEIGHTS.reduce((sum, [weight]) => sum + weight, 0);
      const [, act] = WEIGHTS.find(([weight]) => (left -= weight) < 0) ?? WEIGHTS[0];
      await act(this);
    }
  }

  async commit(): Promise<void> {
    const intent = this.#insert(this.#session, this.#next());
    await call("commit", [intent], this.#session, () => this.#session.commit());
  }

  async commitSync(): Promise<void> {
    const intent = this.#insert(this.#session, this.#next());
    await call("commit", [intent], this.#session, () => this.#session.commitSync());
  }

  async sealAndCommit(): Promise<void> {
    const intent = this.#insert(this.#session, this.#next(), 0, 2);
    await call("seal", [intent], this.#session, () => this.#session.seal());
    this.#insert(this.#session, intent, 2);
    if (this.#random() < 0.3) {
      await call("seal", [intent], this.#session, () => this.#session.sealSync());
    }
    await call("commit", [intent], this.#session, () => this.#session.commit());
  }

  async abandon(): Promise<void> {
    const intent = this.#insert(this.#session, this.#next());
    if (this.#random() < 0.7) {
      await call("seal", [intent], this.#session, () => this.#session.seal());
    }
    await call("abandon", [intent], this.#session, () => this.#session.abandon());
  }

  /** Ends the session, and leaves something sealed. */
  async leave(): Promise<void> {
    const intent = this.#insert(this.#session, this.#next());
    await call("seal", [intent], this.#session, () => this.#session.seal());
    await this.#session[Symbol.asyncDispose]();
    this.#session = this.#begin();
  }

  async write(): Promise<void> {
    const intent = this.#next();
    await this.#db.write((session) => {
      this.#insert(session, intent);
      reportCall("commit", [intent], session);
    }, { onCommit: (result) => reportResolved("commit", [intent], result) });
  }

  /** The second is called while the first is at work. */
  async commitTwice(): Promise<void> {
    const session = this.#session;
    const first = this.#insert(session, this.#next());
    const committing = call("commit", [first], session, () => session.commit());
    const second = this.#insert(session, this.#next());
    await Promise.all([committing, call("commit", [second], session, () => session.commit())]);
  }

  async flush(): Promise<void> {
    reportLine({ at: "flush" });
    await this.#db.flush();
    reportLine({ at: "flushed" });
  }

  async resolve(): Promise<void> {
    await resolve(this.#db, this.#random, 1);
  }

  #begin(): Session {
    const session = this.#db.session();
    reportLine({ at: "session", id: session.id });
    return session;
  }

  #insert(session: Session, intent: number, from = 0, to = Infinity): number {
    for (const entry of entriesOfIntent(intent).slice(from, to)) {
      if ("id" in entry) {
        const { id, edge } = entry;
        if (edge === undefined) session.unrelate(LINKS, id);
        else session.relate(LINKS, { ...edge, id });
        continue;
      }
      const { space, point, pad } = entry;
      if (pad === undefined) session.delete(space, point);
      else session.insert(space, point, valueOf(intent, pad));
    }
    return intent;
  }
}

/** Those about which a decision is at work. */
const resolving = new Set<InterruptedIntent>();

if (import.meta.main) await main(process.argv.slice(2));

async function main([root, first, seed]: string[]): Promise<void> {
  const random = makeRandom(Number(seed));
  const pick = (values: readonly number[]): number => values[Math.floor(random() * values.length)];
  reportLine({ at: "opening" });
  const db = await open(root, {
    tailBytesMax: pick(TAILS_BYTES_MAX),
    fastPath: random() < 0.5 ? false : { deadlineMs: pick(DEADLINES_MS) },
  });
  const highest = db.stats().settledThrough.toString();
  reportLine({ at: "open", quarantined: db.quarantined().length, highest });
  for (const [name, dims] of Object.entries(SPACES)) await db.createSpace(name, { dims });
  await db.createGraph(LINKS);
  if (random() < 0.5) await resolve(db, random, 3);
  let next = Number(first);
  const writers = Array.from({ length: WRITERS }, () => new Writer(db, random, () => next++));
  await Promise.all(writers.map((writer) => writer.work())); // Until it is killed.
}

/** Decides about interrupted intents. Of one session the earliest comes first. */
async function resolve(db: Database, random: Random, count: number): Promise<void> {
  for (let left = count; left > 0; left--) {
    const found = db.interrupted().find((each) => !resolving.has(each));
    if (found === undefined || [...resolving].some(({ session }) => session === found.session)) {
      return;
    }
    resolving.add(found);
    const adopts = random() < 0.5;
    const intents = numbersOf(found);
    await call(adopts ? "adopt" : "discard", intents, { id: found.session, pending: found }, () => {
      return adopts ? found.adopt() : found.discard();
    });
    resolving.delete(found);
  }
}

/** The intents that an interrupted one is made of: its rows in the grid. */
function numbersOf(interrupted: InterruptedIntent): number[] {
  const rows = [...interrupted.records()].filter(({ space }) => space === "grid");
  return [...new Set(rows.map(({ point }) => point[0]))];
}

async function call(
  does: Verb,
  intents: number[],
  session: { id: number; pending: { entries: number } },
  act: () => unknown,
): Promise<void> {
  reportCall(does, intents, session);
  reportResolved(does, intents, await act());
}

function reportCall(
  does: Verb,
  intents: number[],
  { id, pending }: { id: number; pending: { entries: number } },
): void {
  reportLine({ at: "call", does, intents, entries: pending.entries, session: id });
}

function reportResolved(does: Verb, intents: number[], result: unknown): void {
  const { first, last } = (result ?? {}) as { first?: unknown; last?: unknown };
  reportLine({
    at: "resolved",
    does,
    intents,
    ...first === undefined ? {} : { first: String(first), last: String(last) },
  });
}
