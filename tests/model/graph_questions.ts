/**
 * What readers of graphs are asked: any question about any point or box, any moment, by any limit.
 *
 * @module
 */

import type { Database, Hyperedge, IncidenceFilter, Snapshot, TraversalSpec } from "../../mod.ts";
import {
  type At,
  checkAll,
  checkEdges,
  checkGet,
  checkIncident,
  checkLevels,
  checkRefused,
  checkTouching,
  checkTraverse,
  type SeenGraph,
  termsOf,
} from "./graph_answers.ts";
import { drawId, KINDS } from "./graph_draw.ts";
import type { FoundEdge, GraphModel } from "./graph_model.ts";
import type { GraphWorld } from "./graph_world.ts";
import { Violation } from "./history.ts";
import type { Cursor, Pinned } from "./model_database.ts";
import { type Asked, checkBox } from "./space_answers.ts";
import { drawAsked } from "./space_questions.ts";

const NOW: Asked = { options: {}, ceiling: undefined };
const SIDES = ["any", "any", "outgoing", "incoming", "neutral"] as const;

/** Asks one question of a reader that is drawn. */
export function askSomething(world: GraphWorld): void {
  const { draw } = world;
  const seen = drawSeen(world);
  const asked = drawAsked(world);
  const kinds = drawKinds(world);
  const ask = draw.pick([
    () => checkGet(seen, drawId(world), asked),
    () => checkAll(seen, kinds, asked),
    () => checkIncident(seen, drawAt(world), drawFilter(world), asked),
    () => checkIncident(seen, drawAt(world), drawFilter(world), asked),
    () => checkTouches(world, seen, asked),
    () => checkTouches(world, seen, asked),
    () => askToTraverse(world, seen, asked),
    () => askToTraverse(world, seen, asked),
    () => checkLevels(seen, kinds.kinds, asked),
    () => askToRefuse(world, seen),
  ]);
  ask();
  world.count("questions");
}

/** Asks each graph for the edges around a point: rows are derived for that. */
export function askAround(world: GraphWorld): void {
  for (const model of world.graphs) checkIncident(liveOf(world, model), drawAt(world), {}, NOW);
}

/** Asks a reader about everything that is there now, and once about the past. */
export function askEverything(world: GraphWorld, seen: SeenGraph): void {
  const { ceiling, options: { asOf } } = drawAsked(world);
  const past: Asked = { ceiling, options: asOf === undefined ? {} : { asOf } };
  for (const asked of ceiling === undefined ? [NOW] : [NOW, past]) {
    checkAll(seen, {}, asked);
    checkLevels(seen, undefined, asked);
    for (const { shape: { name: space, places } } of world.spaces) {
      checkTouching(seen, space, undefined, {}, asked);
      for (const { coordinates: point } of places) {
        checkIncident(seen, { space, point }, {}, asked);
        checkIncident(seen, { space, point }, drawFilter(world), asked);
      }
    }
    askToTraverse(world, seen, asked);
  }
}

/** Asks what the spaces hold, of everybody: records and edges of an intent come in one step. */
export function askSpaces(world: GraphWorld): void {
  const { tally } = world;
  for (const model of world.spaces) {
    const { name } = model.shape;
    const now = { model, through: world.ordinal, past: world.past(), tally };
    checkBox({ ...now, reader: world.db.space(name) }, undefined, NOW);
    for (const { snapshot, through, past } of world.snapshots) {
      checkBox({ model, through, past, tally, reader: snapshot.space(name) }, undefined, NOW);
    }
  }
}

/** Begins to read edges, to be read on while other things happen. */
export function begin(world: GraphWorld): Cursor {
  const { draw } = world;
  const seen = drawSeen(world);
  const filter = drawFilter(world);
  const at = drawAt(world);
  const kind = draw.pick(["edges", "incident", "touching"] as const);
  const what = `${kind} of ${seen.model.name}, begun at ${seen.through}`;
  const terms = termsOf(seen, NOW);
  const { direction = "any", kinds } = filter;
  const isThere = (point: readonly number[]): boolean =>
    kind === "touching" || `${point}` === `${at.point}`;
  if (kind === "edges") {
    return cursorOf(world, seen, what, seen.reader.edges(), seen.model.edges(terms));
  }
  const expected = seen.model.incident({ space: at.space, isThere, direction, kinds }, terms);
  const edges = kind === "touching"
    ? seen.reader.touching(at.space, undefined, filter)
    : seen.reader.incident({ space: at.space, point: [...at.point] }, filter);
  return cursorOf(world, seen, what, edges, expected);
}

/** In whatever order they come, each has to be one of the expected, and once. */
function cursorOf(
  world: GraphWorld,
  seen: SeenGraph,
  what: string,
  edges: Iterator<Hyperedge>,
  expected: readonly FoundEdge[],
): Cursor {
  const left = new Map(expected.map((each) => [each.id, each]));
  const readOn = (all: boolean): boolean => {
    for (let steps = all ? Infinity : 1 + world.draw.below(expected.length); steps > 0; steps--) {
      const next = edges.next();
      if (next.done) {
        if (left.size > 0) throw new Violation(`${what} ends before ${[...left.keys()]}`);
        return false;
      }
      const known = left.get(next.value.id);
      checkEdges(seen, what, [next.value], known === undefined ? [] : [known]);
      left.delete(next.value.id);
    }
    return true;
  };
  return { readOn, snapshot: seen.pinned };
}

/** A graph itself, as a reader of what is committed now. */
export function liveOf(world: GraphWorld, model: GraphModel, db: Database = world.db): SeenGraph {
  const { ordinal: through, time: { wallMs: nowMs }, tally } = world;
  return { reader: db.graph(model.name), model, through, nowMs, tally };
}

/** What was pinned, as a reader of a graph; undefined if there was no such graph then. */
export function pinnedOf(
  { tally }: GraphWorld,
  pinned: Pinned,
  model: GraphModel,
): SeenGraph | undefined {
  const { snapshot, through, takenMs: nowMs } = pinned;
  const reader = graphOf(snapshot, model.name);
  return reader && { reader, model, through, nowMs, pinned, tally };
}

function graphOf(snapshot: Snapshot, name: string): SeenGraph["reader"] | undefined {
  try {
    return snapshot.graph(name);
  } catch (error) {
    if ((error as { code?: unknown })?.code !== "not-found") throw error;
    return undefined;
  }
}

function drawSeen(world: GraphWorld): SeenGraph {
  const { draw, snapshots, graphs } = world;
  const model = draw.pick(graphs);
  if (snapshots.length === 0 || draw.chance(0.6)) return liveOf(world, model);
  return pinnedOf(world, draw.pick(snapshots), model) ?? liveOf(world, model);
}

/** A point where edges are, or another. */
function drawAt({ draw, spaces }: GraphWorld): At {
  const { shape } = draw.pick(spaces);
  const space = shape.name;
  if (draw.chance(0.9)) return { space, point: draw.pick(shape.places).coordinates };
  const point = Array.from({ length: shape.dims }, (_, axis) => shape.drawCoordinate(draw, axis));
  return { space, point: shape.placeOf(point).coordinates };
}

function drawKinds({ draw }: GraphWorld): { kinds?: string[] } {
  if (draw.chance(0.6)) return {};
  return { kinds: [...KINDS, "unheard-of"].filter(() => draw.chance(0.4)) };
}

function drawFilter(world: GraphWorld): IncidenceFilter {
  const { draw } = world;
  const direction = draw.chance(0.2) ? {} : { direction: draw.pick(SIDES) };
  return { ...direction, ...drawKinds(world) };
}

function checkTouches(world: GraphWorld, seen: SeenGraph, asked: Asked): void {
  const { shape } = world.draw.pick(world.spaces);
  checkTouching(seen, shape.name, shape.drawBox(world.draw), drawFilter(world), asked);
}

function askToTraverse(world: GraphWorld, seen: SeenGraph, asked: Asked): void {
  const { draw } = world;
  const starts = Array.from({ length: draw.pick([0, 1, 1, 2, 3]) }, () => drawAt(world));
  const spec: Omit<TraversalSpec, "from"> = drawKinds(world);
  if (draw.chance(0.8)) spec.direction = draw.pick(["forward", "backward", "both"]);
  if (draw.chance(0.8)) spec.mode = draw.pick(["reachability", "b-connectivity"]);
  if (draw.chance(0.5)) spec.depth = draw.pick([0, 1, 1, 2, 3, Infinity]);
  checkTraverse(seen, starts, spec, asked);
}

/** What has to be refused, in some random way. */
function askToRefuse(world: GraphWorld, { reader }: SeenGraph): void {
  const { draw } = world;
  const { space, point } = drawAt(world);
  const from = { space, point: [...point] };
  const limit = draw.pick([NaN, -1, 0.5]);
  const ask = draw.pick<() => unknown>([
    () => reader.get(2n ** 64n),
    () => reader.get(-1n),
    () => reader.edges({}, { limit }).next(),
    () => reader.incident({ space, point: [] }).next(),
    () => reader.degree(from, {}, { limit }),
    () => reader.touching(space, { min: from.point, max: [...point, 0] }).next(),
    () => reader.traverse({ from, depth: draw.pick([-1, 0.5, NaN]) }),
    () => reader.isAcyclic([], { asOf: new Date(NaN) }),
  ]);
  checkRefused(`${ask}`, ask);
}
