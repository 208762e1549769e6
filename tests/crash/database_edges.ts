/**
 * What a graph shows: which versions of edges are visible, and that incidences say what the edges say.
 *
 * @module
 */

import type {
  Database,
  Graph,
  Hyperedge,
  HyperedgeEndpoint,
  InterruptedIntent,
  Revision,
} from "../../mod.ts";
import { entryOf, type Found, type FoundEntry } from "./database_found.ts";
import type { Part, Written } from "./database_ledger.ts";
import { Violation } from "./ledger.ts";

/** All of an edge but its id and its revision. */
export interface EdgeContent
  extends Pick<Hyperedge, "kind" | "directed" | "weight" | "properties"> {
  endpoints: HyperedgeEndpoint[];
}

const SIDES = {
  any: ["tail", "head", "neutral"],
  outgoing: ["tail"],
  incoming: ["head"],
  neutral: ["neutral"],
} as const;

/** So many of the newest changes of edges are looked back to. */
const CHANGES_LOOKED_AT = 3;

/** An edge in a form that is quick to compare, and from which it can be made again. */
export function textOf({ kind, directed, weight, properties, endpoints }: EdgeContent): string {
  return JSON.stringify({
    kind,
    directed,
    weight,
    properties,
    endpoints: endpoints.map(({ space, point, role, polarity }) => ({
      space,
      point,
      role,
      polarity,
    })),
  });
}

/**
 * Finds the visible versions of edges. Where an edge was written more than once, each version is asked
 * for as of its own revision; a deletion is there if the edge stood before it and does not after it.
 *
 * @param graph The graph
 * @param found Gets them
 * @param parts All that was written
 * @param parse Makes a revision
 */
export function lookAtEdges(
  graph: Graph,
  { visible, mute }: Found,
  parts: readonly Part[],
  parse: (revision: string) => Revision,
): void {
  const { name } = graph;
  const note = (edge: Hyperedge): void => {
    const { id, validFrom, revision } = edge;
    if (!validFrom.equals(revision)) throw new Violation(`${revision} is valid from ${validFrom}`);
    visible.set(`${revision}`, { space: name, point: `${id}`, data: textOf(edge) });
  };
  const standing = new Map<string, string>();
  let before = -1n;
  for (const edge of graph.edges()) {
    note(edge);
    const { id, revision } = edge;
    if (id <= before) throw new Violation(`${name} gives edge ${id} after ${before}`);
    before = id;
    standing.set(`${id}`, `${revision}`);
  }
  for (const [id, versions] of versionsIn(name, parts)) {
    if (versions.length === 1) {
      if (versions[0].data === undefined) mute.add(versions[0].revision);
      continue;
    }
    let newest: string | undefined;
    for (const { revision, data } of versions) {
      const edge = graph.get(BigInt(id), { asOf: parse(revision) });
      if (edge !== undefined) note(edge);
      else if (newest !== undefined) {
        visible.set(revision, { space: name, point: id, data: undefined });
      } else if (data === undefined) mute.add(revision);
      newest = edge && `${edge.revision}`;
    }
    if (newest === standing.get(id)) continue;
    throw new Violation(`edge ${id} of ${name} is of ${newest}, and of ${standing.get(id)}`);
  }
}

/** The versions of each edge that were written, oldest first. */
function versionsIn(graph: string, parts: readonly Part[]): Map<string, Written[]> {
  const versions = new Map<string, Written[]>();
  for (const { entries } of parts) {
    for (const entry of entries) {
      if (entry.space !== graph) continue;
      const others = versions.get(entry.point);
      if (others === undefined) versions.set(entry.point, [entry]);
      else others.push(entry);
    }
  }
  for (const each of versions.values()) {
    each.sort((a, b) => a.revision < b.revision ? -1 : 1);
  }
  return versions;
}

/**
 * The entries of an interrupted intent with their revisions, in the order written. It does not tell the
 * revisions of deletions of edges: they are those of the deletions that its session wrote.
 *
 * @param intent The intent
 * @param parts All that was written
 */
export function entriesIn(
  intent: InterruptedIntent,
  parts: readonly Part[],
): [revision: string, FoundEntry][] {
  const entries: [string, FoundEntry][] = [];
  for (const record of intent.records()) {
    entries.push([`${record.revision}`, entryOf(record.space, record)]);
  }
  checkOrder(entries, intent);
  const edges: [string, FoundEntry][] = [];
  const first = `${intent.first}`;
  const last = `${intent.last}`;
  const deletions = parts.filter(({ session }) => session === intent.session)
    .flatMap((part) => part.entries)
    .filter(({ revision, data }) => data === undefined && revision >= first && revision <= last);
  for (const { graph, id, edge } of intent.edges()) {
    if (edge !== undefined) {
      edges.push([`${edge.revision}`, { space: graph, point: `${id}`, data: textOf(edge) }]);
      continue;
    }
    const at = deletions.findIndex(({ space, point }) => space === graph && point === `${id}`);
    if (at < 0) throw new Violation(`nobody has unrelated edge ${id} between ${first} and ${last}`);
    const [{ revision }] = deletions.splice(at, 1);
    edges.push([revision, { space: graph, point: `${id}`, data: undefined }]);
  }
  checkOrder(edges, intent);
  return [...entries, ...edges].sort(([a], [b]) => a < b ? -1 : 1);
}

function checkOrder(entries: [string, FoundEntry][], { first }: InterruptedIntent): void {
  if (entries.every(([revision], i) => i === 0 || entries[i - 1][0] < revision)) return;
  throw new Violation(`the interrupted intent from ${first} is not in the order written`);
}

/**
 * Compares what graphs say of points and boxes with what their edges say: now, and how many edges there
 * were at each point as of the newest revisions at which an edge changed.
 *
 * @param db The database
 * @param parts All that was written
 * @param parse Makes a revision
 */
export function checkIncidence(
  db: Database,
  parts: readonly Part[],
  parse: (revision: string) => Revision,
): void {
  for (const graph of db.graphs()) {
    const edges = [...versionsIn(graph.name, parts).values()];
    const named = new Map<string, Place>();
    for (const { data } of edges.flat()) {
      const endpoints = data === undefined ? [] : (JSON.parse(data) as EdgeContent).endpoints;
      for (const { space, point } of endpoints) named.set(`${space} ${point}`, { space, point });
    }
    const places = [...named.values()]; // Where edges were, and are no more, nothing may be left.
    checkNow(graph, places);
    const changes = edges.filter(({ length }) => length > 1).flat().slice(-CHANGES_LOOKED_AT);
    for (const { revision } of changes) checkThen(graph, places, parse(revision));
  }
}

type Place = Pick<HyperedgeEndpoint, "space" | "point">;

function checkNow(graph: Graph, places: readonly Place[]): void {
  const edges = [...graph.edges()];
  for (const place of places) {
    for (const direction of ["outgoing", "incoming", "neutral"] as const) {
      const expected = edgesAt(edges, place, direction);
      compare(
        `${direction} edges at ${describe(place)}`,
        graph.incident(place, { direction }),
        expected,
      );
    }
    checkDegree(graph, place, edgesAt(edges, place));
  }
  for (const space of new Set(places.map((place) => place.space))) {
    compare(`edges in ${space}`, graph.touching(space), edgesAt(edges, { space }));
  }
}

function checkThen(graph: Graph, places: readonly Place[], asOf: Revision): void {
  const edges = [...graph.edges({}, { asOf })];
  for (const place of places) checkDegree(graph, place, edgesAt(edges, place), asOf);
}

/** Those of which an endpoint is at a point, or anywhere in a space. */
function edgesAt(
  edges: readonly Hyperedge[],
  { space, point }: { space: string; point?: number[] },
  direction: keyof typeof SIDES = "any",
): Hyperedge[] {
  const sides: readonly string[] = SIDES[direction];
  return edges.filter(({ endpoints }) =>
    endpoints.some((each) =>
      each.space === space && sides.includes(each.polarity) &&
      (point === undefined || each.point.join() === point.join())
    )
  );
}

function compare(what: string, found: Iterable<Hyperedge>, expected: Iterable<Hyperedge>): void {
  const textsOf = (edges: Iterable<Hyperedge>): string =>
    Array.from(edges, ({ id, revision }) => `${id} of ${revision}`).sort().join();
  const [a, b] = [textsOf(found), textsOf(expected)];
  if (a !== b) throw new Violation(`${what} are [${a}], by what edges say [${b}]`);
}

function checkDegree(
  graph: Graph,
  place: Place,
  expected: readonly Hyperedge[],
  asOf?: Revision,
): void {
  const degree = graph.degree(place, {}, { asOf });
  if (degree === expected.length) return;
  const when = `as of ${asOf ?? "now"}`;
  throw new Violation(
    `the degree of ${describe(place)} ${when} is ${degree}, by what edges say ${expected.length}`,
  );
}

function describe({ space, point }: Place): string {
  return `${point} of ${space}`;
}
