/**
 * The calls of sessions on graphs and spaces, each made on the database and on the models.
 *
 * @module
 */

import type {
  Collision,
  CommitResult,
  HyperedgeInput,
  InterruptedIntent,
  Session,
} from "../../mod.ts";
import { drawEdge, drawId, type DrawnEdge, spoil } from "./graph_draw.ts";
import type { GraphModel } from "./graph_model.ts";
import { askAround } from "./graph_questions.ts";
import type { EdgeEntry, Entry, GraphWorld, Intent, Writer } from "./graph_world.ts";
import { Violation } from "./history.ts";
import { intentOf, someWriter, take } from "./model_steps.ts";
import { type SpaceModel, valueOf } from "./space_model.ts";

const ENTRIES_MAX = 4;
const MANY_EDGES = 12;

/** A version of something, by where it is written. */
interface Committed {
  address: string;
  session: number;
  ordinal: number;
  revision: string;
  /** Whether merges may have left it out. */
  latest: boolean;
}

/** Writes some entries; they stay pending. */
export function write(world: GraphWorld, writer: Writer): void {
  const intent = intentOf(world, writer);
  writeSome(world, writer.handle, intent);
  if (intent.entries.length === 0) writer.intent = undefined; // All of it was refused.
}

/** Writes some entries and commits them. */
export async function writeAtOnce(world: GraphWorld): Promise<void> {
  const intent: Intent = { session: 0, entries: [], sealed: 0, base: world.ordinal };
  world.note("write");
  await world.done(
    "write",
    world.db.write((session) => {
      intent.session = session.id;
      writeSome(world, session, intent);
    }),
  );
  if (intent.entries.length > 0) world.publish(intent);
}

function writeSome(world: GraphWorld, session: Session, intent: Intent): void {
  const { draw } = world;
  for (let left = 1 + draw.below(ENTRIES_MAX); left > 0; left--) {
    const graph = draw.pick(world.graphs);
    const choice = draw.random();
    if (choice < 0.15) putRecord(world, session, intent, draw.pick(world.spaces));
    else if (choice < 0.33) unrelate(world, session, intent, graph);
    else if (choice < 0.4) relateMany(world, session, intent, graph);
    else if (choice < 0.45) refuse(world, session, graph);
    else relate(world, session, intent, graph);
  }
}

function putRecord(world: GraphWorld, session: Session, intent: Intent, space: SpaceModel): void {
  const { name, places } = space.shape;
  const place = world.draw.pick(places);
  const value = world.draw.chance(0.3) ? undefined : world.nextValue();
  const revision = value === undefined
    ? session.delete(name, place.coordinates)
    : session.insert(name, place.coordinates, valueOf(value));
  const what = `${name} ${place.coordinates} = ${value ?? "deleted"}`;
  take(world, intent, { space, place, revision: `${revision}`, value }, what);
}

function unrelate(world: GraphWorld, session: Session, intent: Intent, graph: GraphModel): void {
  const id = drawId(world);
  const revision = session.unrelate(graph.name, id);
  takeEdge(world, intent, { graph, id, revision: `${revision}`, edge: undefined });
}

function relate(world: GraphWorld, session: Session, intent: Intent, graph: GraphModel): void {
  const { draw, db } = world;
  const { input, edge } = drawEdge(world, graph);
  const wanted = draw.chance(0.75) ? drawId(world) : undefined;
  if (wanted !== undefined) input.id = wanted;
  const handle = draw.chance(0.2) && db.graphs().find(({ name }) => name === graph.name);
  const { id, revision } = session.relate(handle || graph.name, input);
  if (wanted !== undefined && id !== wanted) throw new Violation(`${wanted} became ${id}`);
  checkMinted(world, session, wanted, id);
  takeEdge(world, intent, { graph, id, revision: `${revision}`, edge });
}

/** Relates many, of which some break a rule and are left out. */
function relateMany(world: GraphWorld, session: Session, intent: Intent, graph: GraphModel): void {
  const { draw } = world;
  const rules: (string | undefined)[] = [];
  const drawn: DrawnEdge[] = [];
  const inputs = Array.from({ length: draw.below(MANY_EDGES) }, (): HyperedgeInput => {
    const each = drawEdge(world, graph);
    if (draw.chance(0.5)) each.input.id = drawId(world);
    drawn.push(each);
    const [rule, bad] = draw.chance(0.1) ? spoil(world, graph, each) : [undefined, each.input];
    rules.push(rule);
    return bad;
  });
  const told = session.relateMany(graph.name, inputs, { errorBudget: Infinity });
  const wrong = rules.flatMap((rule, index) => rule === undefined ? [] : [`${index} ${rule}`]);
  const found = told.errors.map(({ index, rule }) => `${index} ${rule}`);
  if (found.join() !== wrong.join()) throw new Violation(`refused are ${found}, not ${wrong}`);
  const good = drawn.map((each, i) => ({ ...each, id: told.ids[i] }))
    .filter((_, i) => rules[i] === undefined);
  if (told.entries !== good.length) {
    throw new Violation(`${told.entries} edges, not ${good.length}`);
  }
  good.forEach(({ input, edge, id }, i) => {
    if (id === undefined) throw new Violation("a good edge was left out");
    checkMinted(world, session, input.id, id);
    const { physicalMs, logical, session: author, sequence } = told.first!;
    const revision = new world.library.Revision(physicalMs, logical, author, sequence + i);
    takeEdge(world, intent, { graph, id, revision: `${revision}`, edge });
  });
  if (good.length > 0 && `${told.last}` !== intent.entries.at(-1)!.revision) {
    throw new Violation(`the last is ${told.last}, not ${intent.entries.at(-1)!.revision}`);
  }
  world.count("calls of relateMany");
}

/** What breaks a rule is refused, and leaves nothing behind. */
function refuse(world: GraphWorld, session: Session, graph: GraphModel): void {
  const [rule, bad] = spoil(world, graph, drawEdge(world, graph));
  const { entries } = session.pending;
  let found: unknown = "nothing";
  try {
    session.relate(graph.name, bad);
  } catch (error) {
    found = (error as { rule?: unknown }).rule ?? error;
  }
  if (found !== rule) throw new Violation(`${rule} is broken, and ${found} is told`);
  if (session.pending.entries !== entries) throw new Violation("what was refused is pending");
  world.count("edges refused");
}

function checkMinted(
  { minted }: GraphWorld,
  session: Session,
  wanted: bigint | undefined,
  id: bigint,
): void {
  if (wanted !== undefined) return;
  const isNew = Number(id >> 32n) === session.id && !minted.has(id);
  if (!isNew) throw new Violation(`session ${session.id} minted ${id}`);
  minted.add(id);
}

function takeEdge(world: GraphWorld, intent: Intent, entry: EdgeEntry): void {
  const { graph, id, edge } = entry;
  if (!world.ids.includes(id)) world.ids.push(id);
  const ends = edge?.endpoints.map(({ space, point, polarity }) => `${polarity} ${space} ${point}`);
  const until = edge?.validTo === undefined ? "" : ` until ${edge.validTo}`;
  const what = ends === undefined ? "unrelated" : `${edge?.kind} [${ends.join("; ")}]${until}`;
  take(world, intent, entry, `${graph.name} ${id} = ${what}`);
}

/** Commits what is pending. */
export async function commit(world: GraphWorld, writer: Writer): Promise<void> {
  const { draw, ordinal } = world;
  const { id, handle } = writer;
  const intent = writer.intent!;
  const expected = collisionsOf(world, intent, seenAt(world, intent.base));
  world.note(`commit ${id}`);
  if (expected.size > 0 && draw.chance(0.3)) await refuseCollisions(world, handle);
  const result = draw.chance(0.5)
    ? handle.commitSync()
    : await world.done("commit", handle.commit());
  writer.intent = undefined;
  checkResult(world, intent, result, expected, true);
  world.publish(intent);
  if (intent.base < ordinal) world.count("late commits");
}

/** A commit that refuses to collide leaves the intent pending, for another. */
async function refuseCollisions(world: GraphWorld, handle: Session): Promise<void> {
  const outcome = await world.outcome(handle.commit({ collisions: "refuse" }));
  const code = "error" in outcome ? outcome.error.code : "nothing";
  if (code !== "collision") throw new Violation(`a collision is refused with ${code}`);
  world.count("collisions refused");
}

/** Adopts or discards an intent that an ended session left. */
export async function decide(world: GraphWorld): Promise<void> {
  const all = world.db.interrupted();
  if (all.length === 0) return;
  const found = world.draw.pick(all);
  const intent = world.interrupted.find(({ session }) => session === found.session);
  if (intent === undefined) throw new Violation(`session ${found.session} left nothing`);
  world.mend();
  world.interrupted = world.interrupted.filter((each) => each !== intent);
  if (world.draw.chance(0.3)) {
    world.note(`discard what ${intent.session} left`);
    world.count("discarded");
    return await world.done("discard", found.discard());
  }
  world.note(`adopt what ${intent.session} left`);
  if (world.draw.chance(0.4)) await adoptBeside(world, intent, found);
  else {
    const [{ revision: first }] = intent.entries;
    const expected = collisionsOf(world, intent, () => first);
    checkResult(world, intent, await world.done("adopt", found.adopt()), expected, false);
  }
  world.publish(intent);
  world.merged = true;
  world.count("adopted");
}

/** While an adoption waits for its sync, others commit: what it tells of collisions may lack them. */
async function adoptBeside(
  world: GraphWorld,
  intent: Intent,
  found: InterruptedIntent,
): Promise<void> {
  const { draw, storage } = world;
  storage.holds = (path) => /MANIFEST|runs/.test(path);
  let over = false;
  const adopted = found.adopt().finally(() => over = true);
  await world.turn();
  for (let left = draw.below(8); left > 0; left--) {
    storage.release(0);
    await world.turn();
  }
  for (let left = 1 + draw.below(2); left > 0 && !over; left--) {
    const writer = someWriter(world);
    write(world, writer);
    if (writer.intent === undefined) continue;
    const { intent: other, handle } = writer;
    world.note(`commit ${writer.id} beside the adoption`);
    handle.commitSync();
    writer.intent = undefined;
    world.publish(other);
    if (draw.chance(0.7)) world.quietly(() => askAround(world));
    world.count("commits beside an adoption");
  }
  world.mend();
  const { entries } = await world.done("adopt", adopted);
  if (entries !== intent.entries.length) throw new Violation(`${entries} entries were adopted`);
}

/** Up to where each session had committed at a base. */
function seenAt(world: GraphWorld, base: number): (session: number) => string {
  const seen = new Map<number, string>();
  for (const { session, ordinal, revision } of committed(world)) {
    if (ordinal <= base && revision > (seen.get(session) ?? "")) seen.set(session, revision);
  }
  return (session) => seen.get(session) ?? "";
}

/** What others wrote at the addresses of an intent above what its author can have seen. */
function collisionsOf(
  world: GraphWorld,
  { entries, session }: Intent,
  seen: (session: number) => string,
): Map<string, Committed[]> {
  const addresses = new Set(entries.map(addressOf));
  const news = committed(world).filter((each) =>
    each.session !== session && addresses.has(each.address) && each.revision > seen(each.session)
  );
  news.sort((a, b) => a.revision < b.revision ? 1 : -1);
  return Map.groupBy(news, ({ address }) => address);
}

function committed({ spaces, graphs }: GraphWorld): Committed[] {
  return [
    ...spaces.flatMap((space) =>
      space.versions.map((version) => ({
        ...version,
        address: addressOf({ ...version, space }),
        latest: space.shape.latest,
      }))
    ),
    ...graphs.flatMap((graph) =>
      graph.versions.map((version) => ({
        ...version,
        address: addressOf({ ...version, graph }),
        latest: false,
      }))
    ),
  ];
}

function addressOf(entry: Entry): string {
  if (!("graph" in entry)) return `${entry.space.shape.name} ${entry.place.coordinates.join()}`;
  return `${entry.graph.name} ${entry.id >> 32n},${entry.id & 0xffff_ffffn}`;
}

/** Where only the latest is kept, an adoption may find less than there was. */
function checkResult(
  world: GraphWorld,
  { entries, session }: Intent,
  result: CommitResult,
  expected: ReadonlyMap<string, readonly Committed[]>,
  exact: boolean,
): void {
  const told = `${result.first} to ${result.last}, ${result.entries}`;
  const wanted = `${entries[0].revision} to ${entries.at(-1)!.revision}, ${entries.length}`;
  if (told !== wanted) throw new Violation(`committed is ${told}, not ${wanted}`);
  if (result.collisionsUnknown > 0 && world.storage.faults > 0) return;
  const found = new Map(result.collisions.map((each) => [nameOf(each), each.revisions.join()]));
  for (const [address, versions] of expected) {
    const revisions = versions.map(({ revision }) => revision);
    const listed = found.get(address);
    const some = versions[0].latest && !exact;
    const right = some
      ? (listed ?? "").split(",").every((each) => each === "" || revisions.includes(each))
      : listed === revisions.join();
    if (!right) {
      throw new Violation(`${session} collides at ${address} with ${listed}, not ${revisions}`);
    }
    found.delete(address);
  }
  if (found.size > 0) throw new Violation(`${session} collides at ${[...found.keys()]}`);
}

function nameOf({ space, point }: Collision): string {
  return `${space} ${point.join()}`;
}
