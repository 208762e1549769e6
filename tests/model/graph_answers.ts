/**
 * What a graph answers, against what its model says.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import type {
  Box,
  EdgeFilter,
  GraphReader,
  Hyperedge,
  IncidenceFilter,
  Traversal,
  TraversalSpec,
} from "../../mod.ts";
import type { EdgeQuestion, EdgeTerms, FoundEdge, GraphModel } from "./graph_model.ts";
import { NaiveWalks, nameOf } from "./graph_walks.ts";
import { type Tally, Violation } from "./history.ts";
import type { Pinned } from "./model_database.ts";
import type { Asked } from "./space_answers.ts";
import { contains } from "./space_model.ts";

/** A reader, its model, and what it sees. */
export interface SeenGraph {
  reader: GraphReader;
  model: GraphModel;
  /** Commits after this are not seen. */
  through: number;
  /** When it was pinned; now where it was not. */
  nowMs: number;
  /** Where it was pinned, if it was. */
  pinned?: Pinned;
  tally: Tally;
}

/** A point of a space by its name. */
export interface At {
  space: string;
  point: readonly number[];
}

/** An edge by its id. */
export function checkGet(seen: SeenGraph, id: bigint, asked: Asked): void {
  const found = seen.reader.get(id, asked.options);
  const expected = seen.model.edges(termsOf(seen, asked)).filter((each) => each.id === id);
  checkEdges(seen, `get of ${id} ${told(asked)}`, found === undefined ? [] : [found], expected);
}

/** All edges. */
export function checkAll(seen: SeenGraph, filter: EdgeFilter, asked: Asked): void {
  const found = seen.reader.edges(filter, asked.options).toArray();
  const all = seen.model.edges(termsOf(seen, asked));
  const { kinds } = filter;
  const expected = all.filter(({ edge }) => kinds === undefined || kinds.includes(edge.kind));
  const what = `edges ${JSON.stringify(filter)} ${told(asked)}`;
  checkEdges(seen, what, found, cut(expected, asked));
}

/** The edges of a point, and how many there are. */
export function checkIncident(
  seen: SeenGraph,
  at: At,
  filter: IncidenceFilter,
  asked: Asked,
): void {
  const { reader, model } = seen;
  const endpoint = { space: at.space, point: [...at.point] };
  const question = questionOf(at.space, (point) => nameOf(at) === nameOf({ ...at, point }), filter);
  const expected = cut(model.incident(question, termsOf(seen, asked)), asked);
  const what = `around ${nameOf(at)} ${JSON.stringify(filter)} ${told(asked)}`;
  const found = reader.incident(endpoint, filter, asked.options).toArray();
  checkEdges(seen, `incident ${what}`, found, expected);
  const degree = reader.degree(endpoint, filter, asked.options);
  if (degree !== expected.length) {
    throw differs(seen, `degree ${what}`, degree, expected.length);
  }
  count(seen, "incident edges", found.length);
  if (asked.ceiling !== undefined) count(seen, "incident edges of the past", found.length);
}

/** The edges of which an endpoint is in a box: all, or some where there is a limit. */
export function checkTouching(
  seen: SeenGraph,
  space: string,
  box: Box | undefined,
  filter: IncidenceFilter,
  asked: Asked,
): void {
  const { reader, model } = seen;
  const isThere = (point: readonly number[]): boolean => box === undefined || contains(box, point);
  const expected = model.incident(questionOf(space, isThere, filter), termsOf(seen, asked));
  const what = `touching ${space} in ${JSON.stringify(box)} ${JSON.stringify(filter)} ${
    told(asked)
  }`;
  const found = reader.touching(space, box, filter, asked.options).toArray();
  found.sort((a, b) => a.id < b.id ? -1 : 1);
  const { length } = cut(expected, asked);
  if (found.length !== length) throw differs(seen, `${what}: length`, found.length, length);
  const ids = new Set(found.map(({ id }) => id));
  checkEdges(seen, what, found, expected.filter(({ id }) => ids.has(id)));
  count(seen, "touching edges", found.length);
}

/** What can be reached. */
export function checkTraverse(
  seen: SeenGraph,
  starts: readonly At[],
  spec: Omit<TraversalSpec, "from">,
  asked: Asked,
): void {
  const { direction = "forward", mode = "reachability", depth = Infinity, kinds } = spec;
  const all = starts.map(({ space, point }) => ({ space, point: [...point] }));
  const from = all.length === 1 ? all[0] : all;
  const what = `${mode} from ${starts.map(nameOf)} ${JSON.stringify(spec)} ${told(asked)}`;
  const ask = (): Traversal => seen.reader.traverse({ ...spec, from }, asked.options);
  if (mode === "b-connectivity" && direction === "both") return checkRefused(what, ask);
  const { nodes, edges } = ask();
  const live = seen.model.live(termsOf(seen, asked), kinds);
  const expected = new NaiveWalks(live)
    .reached({ from: starts.map(nameOf), direction, mode, depth });
  const found = nodes.map((node) => `${nameOf(node)} ${node.level} ${node.arrival}`);
  checkSame(seen, what, found.toSorted(), expected.nodes);
  const order = nodes.map(({ level, arrival }) => 2 * level + (arrival === "co-cause" ? 1 : 0));
  checkSame(seen, `order of ${what}`, order, order.toSorted((a, b) => a - b));
  const crossed = edges.toSorted((a, b) => a.id < b.id ? -1 : 1);
  checkEdges(seen, what, crossed, live.filter(({ id }) => expected.edges.includes(id)));
  count(seen, `nodes reached, ${mode}`, nodes.length);
  for (const { arrival } of nodes) if (arrival === "co-cause") count(seen, "co-causes");
}

/** Whether there is a cycle, and the levels where there is none. */
export function checkLevels(seen: SeenGraph, kinds: string[] | undefined, asked: Asked): void {
  const { reader, model } = seen;
  const live = model.live(termsOf(seen, asked), kinds);
  const walks = new NaiveWalks(live);
  const expected = walks.levels();
  const what = `of ${kinds} ${told(asked)}`;
  checkSame(
    seen,
    `isAcyclic ${what}`,
    reader.isAcyclic(kinds, asked.options),
    expected !== undefined,
  );
  const found = reader.topologicalLevels(kinds, asked.options);
  checkSame(seen, `levels ${what}`, found.kind, expected === undefined ? "cycle" : "levels");
  if (found.kind === "cycle") {
    count(seen, "cycles");
    const ids = found.edges.map(({ id }) => id);
    if (!walks.isCycle(ids)) throw differs(seen, `cycle ${what}`, ids, "one");
    return;
  }
  count(seen, "nodes with levels", found.nodes.length);
  const levels = found.nodes.map((node) => `${nameOf(node)} ${node.level}`);
  checkSame(seen, `levels ${what}`, levels.toSorted(), expected);
  const order = found.nodes.map(({ level }) => level);
  checkSame(seen, `order of levels ${what}`, order, order.toSorted((a, b) => a - b));
}

/** What has to be refused. */
export function checkRefused(what: string, ask: () => unknown): void {
  let code: unknown = "an answer";
  try {
    ask();
  } catch (error) {
    code = (error as { code?: unknown }).code ?? error;
  }
  if (code !== "invalid-argument") throw new Violation(`${what} gives ${code}`);
}

/** Edges that have to be these, in every field. */
export function checkEdges(
  seen: SeenGraph,
  what: string,
  found: readonly Hyperedge[],
  expected: readonly FoundEdge[],
): void {
  const ids = found.map(({ id, revision }) => `${id}@${revision}`);
  checkSame(seen, what, ids, expected.map(({ id, revision }) => `${id}@${revision}`));
  found.forEach((edge, i) => {
    if (!isDeepStrictEqual(plain(edge), said(expected[i]))) {
      throw differs(seen, what, plain(edge), said(expected[i]));
    }
  });
}

/** The terms on which a question counts. */
export function termsOf({ through, nowMs }: SeenGraph, { ceiling }: Asked): EdgeTerms {
  return { through, nowMs, ceiling };
}

/** Revisions of a broken library are of a class of its own: in hex they compare. */
function plain({ validFrom, validTo, revision, ...edge }: Hyperedge): object {
  return {
    weight: undefined,
    properties: undefined,
    ...edge,
    validFrom: `${validFrom}`,
    validTo: validTo === undefined ? undefined : `${validTo}`,
    revision: `${revision}`,
  };
}

function said({ id, revision, edge }: FoundEdge): object {
  return { ...edge, id, revision, validFrom: revision };
}

function questionOf(
  space: string,
  isThere: EdgeQuestion["isThere"],
  { direction = "any", kinds }: IncidenceFilter,
): EdgeQuestion {
  return { space, isThere, direction, kinds };
}

function cut(edges: readonly FoundEdge[], { options: { limit = Infinity } }: Asked): FoundEdge[] {
  return edges.slice(0, limit);
}

function count({ tally }: SeenGraph, what: string, by = 1): void {
  tally[what] = (tally[what] ?? 0) + by;
}

function checkSame(seen: SeenGraph, what: string, found: unknown, expected: unknown): void {
  if (!isDeepStrictEqual(found, expected)) throw differs(seen, what, found, expected);
}

function differs(
  { model, through, nowMs }: SeenGraph,
  what: string,
  found: unknown,
  expected: unknown,
): Violation {
  const where = `${model.name} through ${through} at ${nowMs}`;
  return new Violation(`${where}: ${what} is ${text(found)}, not ${text(expected)}`);
}

function text(value: unknown): string {
  return JSON.stringify(value, (_, each) => typeof each === "bigint" ? `${each}` : each);
}

function told({ options: { limit }, ceiling }: Asked): string {
  return JSON.stringify({ limit: String(limit), ceiling });
}
