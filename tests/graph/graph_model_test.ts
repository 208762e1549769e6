import assert from "node:assert/strict";
import { test } from "node:test";
import {
  type Database,
  type EndpointInput,
  type GraphReader,
  type HyperedgeInput,
  type InterruptedIntent,
  Revision,
  type Session,
  type Snapshot,
} from "../../mod.ts";
import { Draw } from "../model/space_draw.ts";
import { DatabaseFixture } from "../support/database_fixture.ts";
import { givenOf, GraphModel, type ModelVersion, nameOf } from "../support/graph_model.ts";

/*
 * Random histories of one graph by several sessions, with commits that come late, flushes, merges, kills
 * and interrupted intents, against every version of every edge looked at one by one.
 */

const SIDES = ["tail", "head", "neutral"] as const;
const DIRECTIONS = ["any", "outgoing", "incoming", "neutral"] as const;
const KINDS = ["feeds", "nears"];
const IDS = [1n, 2n, 3n, 2n ** 40n + 1n, 2n ** 64n - 1n];
const STEPS = 60;

/** A writer and what it has not committed. */
interface Writer {
  session: Session;
  versions: ModelVersion[];
  sealed: number;
}

/** What was visible once, and how it is asked. */
interface Seen {
  reader: GraphReader;
  model: GraphModel;
  nowMs(): number;
}

class History {
  readonly draw: Draw;
  fixture = new DatabaseFixture();
  db!: Database;
  model = new GraphModel();
  writers: Writer[] = [];
  snapshots: { snapshot: Snapshot; seen: Seen }[] = [];
  /** By the text of its first revision. */
  interrupted = new Map<string, ModelVersion[]>();
  questions = 0;

  constructor(seed: number) {
    this.draw = new Draw(seed);
  }

  async run(): Promise<void> {
    this.db = await this.fixture.open();
    await this.db.createSpace("grid", { dims: 1, bits: 3 });
    await this.db.createSpace("hall", {
      dims: 2,
      axes: [{ min: -1, max: 1 }, { min: 0, max: 9 }],
    });
    await this.db.createGraph("net");
    for (let i = 0; i < STEPS; i++) {
      this.fixture.clock.ms += this.draw.below(3);
      await this.#step();
      if (this.draw.chance(0.4)) this.#ask(); // Not always: rows are derived when somebody asks.
    }
    await this.#kill();
    this.#ask();
    await this.db.close();
  }

  async #step(): Promise<void> {
    const { draw, db } = this;
    const writer = this.#writer();
    const choice = draw.below(24);
    if (choice < 8) this.#write(writer);
    else if (choice < 12) await this.#commit(writer);
    else if (choice < 15) await this.#seal(writer);
    else if (choice === 15) await this.#abandon(writer);
    else if (choice === 16) await this.#end(writer);
    else if (choice === 17) await this.#resolve();
    else if (choice < 20) await db.flush();
    else if (choice === 20) await db.compact();
    else if (choice < 23) this.#snapshot();
    else await this.#kill();
  }

  #writer(): Writer {
    if (this.writers.length < 3) {
      this.writers.push({ session: this.db.session(), versions: [], sealed: 0 });
    }
    return this.draw.pick(this.writers);
  }

  #write({ session, versions }: Writer): void {
    const { draw } = this;
    if (draw.chance(0.2)) {
      const id = draw.pick(IDS);
      versions.push({ id, revision: session.unrelate("net", id), edge: undefined });
      return;
    }
    const edge = this.#edge();
    const id = draw.chance(0.8) ? draw.pick(IDS) : undefined;
    const related = session.relate("net", { ...edge, ...id === undefined ? {} : { id } });
    versions.push({ ...related, edge });
  }

  #edge(): HyperedgeInput {
    const { draw } = this;
    const directed = draw.chance(0.7);
    const count = 2 + draw.below(3);
    const endpoints = Array.from({ length: count }, (_, i): EndpointInput => {
      const side = i < 2 ? SIDES[i] : draw.pick(SIDES);
      return { ...this.#place(), role: "member", polarity: directed ? side : "neutral" };
    });
    const edge: HyperedgeInput = { kind: draw.pick(KINDS), directed, endpoints };
    if (!draw.chance(0.2)) return edge;
    const ms = this.fixture.clock.ms + draw.below(20);
    return { ...edge, validTo: new Revision(ms, 0xffff, 2 ** 32 - 1, 2 ** 32 - 1) };
  }

  #place(): { space: string; point: number[] } {
    const { draw } = this;
    if (draw.chance(0.6)) return { space: "grid", point: [draw.below(4)] };
    return { space: "hall", point: [draw.below(2) / 2, 1.5] };
  }

  async #commit(writer: Writer): Promise<void> {
    if (writer.versions.length === 0) return;
    await writer.session.commit();
    this.model.commit(writer.versions);
    writer.versions = [];
    writer.sealed = 0;
  }

  async #seal(writer: Writer): Promise<void> {
    if (writer.versions.length === 0) return;
    await writer.session.seal();
    writer.sealed = writer.versions.length;
  }

  async #abandon(writer: Writer): Promise<void> {
    await writer.session.abandon();
    writer.versions = [];
    writer.sealed = 0;
  }

  async #end(writer: Writer): Promise<void> {
    await writer.session[Symbol.asyncDispose]();
    this.writers = this.writers.filter((each) => each !== writer);
    this.#interrupt(writer);
  }

  #interrupt({ versions, sealed }: Writer): void {
    if (sealed > 0) this.interrupted.set(`${versions[0].revision}`, versions.slice(0, sealed));
  }

  async #resolve(): Promise<void> {
    const intents = this.db.interrupted();
    assert.deepEqual(
      intents.map(({ first }) => `${first}`).sort(),
      [...this.interrupted.keys()].sort(),
    );
    const intent: InterruptedIntent | undefined = intents[0];
    if (intent === undefined) return;
    const versions = this.interrupted.get(`${intent.first}`)!;
    this.interrupted.delete(`${intent.first}`);
    assert.deepEqual([...intent.records()], []);
    assert.deepEqual(
      Array.from(intent.edges(), ({ graph, id, edge }) => [graph, id, edge && givenOf(edge)]),
      versions.map(({ id, edge }) => ["net", id, edge]),
    );
    if (this.draw.chance(0.3)) return await intent.discard();
    await intent.adopt();
    this.model.commit(versions);
    if (this.draw.chance(0.5)) await this.#kill(); // What was adopted is in files, with its rows.
  }

  #snapshot(): void {
    const snapshot = this.db.snapshot();
    const { ms } = this.fixture.clock;
    const seen = { reader: snapshot.graph("net"), model: this.model.copy(), nowMs: () => ms };
    this.snapshots.push({ snapshot, seen });
    if (this.draw.chance(0.5)) this.#ask();
    if (this.snapshots.length > 2) this.snapshots.shift()!.snapshot[Symbol.dispose]();
  }

  async #kill(): Promise<void> {
    this.fixture = this.fixture.killed();
    this.writers.forEach((writer) => this.#interrupt(writer));
    this.writers = [];
    this.snapshots = [];
    this.db = await this.fixture.open();
  }

  #ask(): void {
    const { draw, model } = this;
    const live = { reader: this.db.graph("net"), model, nowMs: () => this.fixture.clock.ms };
    const all: Seen[] = [live, ...this.snapshots.map(({ seen }) => seen)];
    for (const seen of draw.chance(0.5) ? all : all.reverse()) {
      this.#compare(seen, undefined);
      if (model.versions.length > 0) this.#compare(seen, draw.pick(model.versions).revision);
    }
  }

  #compare({ reader, model, nowMs }: Seen, asOf: Revision | undefined): void {
    const options = asOf === undefined ? {} : { asOf };
    const visible = model.edges(asOf);
    assert.deepEqual(
      reader.edges({}, options).toArray().map((edge) => [edge.id, edge.revision, givenOf(edge)]),
      Array.from(visible.values(), ({ id, revision, edge }) => [id, revision, edge]),
    );
    const id = this.draw.pick(IDS);
    assert.deepEqual(reader.get(id, options)?.revision, visible.get(id)?.revision);
    const place = this.#place();
    const direction = this.draw.pick(DIRECTIONS);
    const kinds = this.draw.chance(0.3) ? [this.draw.pick(KINDS)] : undefined;
    const isThere = (point: readonly number[]): boolean => `${point}` === `${place.point}`;
    const question = { space: place.space, isThere, direction, kinds };
    const expected = model.incident(question, asOf, nowMs());
    this.questions += expected.length;
    const filter = { direction, ...kinds === undefined ? {} : { kinds } };
    const found = reader.incident(place, filter, options).toArray();
    assert.deepEqual(found.map((edge) => edge.id), expected, `${nameOf(place)} ${direction}`);
    assert.equal(reader.degree(place, filter, options), expected.length);
    const max = this.draw.below(4);
    const within = { ...question, space: "grid", isThere: ([x]: readonly number[]) => x <= max };
    assert.deepEqual(
      reader.touching("grid", { min: [0], max: [max] }, filter, options).toArray()
        .map((edge) => edge.id).sort(),
      model.incident(within, asOf, nowMs()).sort(),
    );
    const reached = reader.traverse({ from: place }, options).nodes
      .filter(({ arrival }) => arrival !== "co-cause").map(nameOf).sort();
    assert.deepEqual(reached, [...model.reached(place, asOf, nowMs())].sort());
  }
}

for (let batch = 0; batch < 4; batch++) {
  test(`a graph is what its versions say, through histories of batch ${batch}`, async () => {
    let questions = 0;
    for (let seed = batch * 1000; seed < batch * 1000 + 25; seed++) {
      const history = new History(seed);
      try {
        await history.run();
      } catch (error) {
        throw new Error(`Seed ${seed}: ${(error as Error).message}`, { cause: error });
      }
      questions += history.questions;
    }
    assert(questions > 400, `${questions} edges were asked for`);
  });
}
