/**
 * What the database soak finds: every version of everything, by the intent that wrote it, and what the
 * graph says of points.
 *
 * @module
 */

import { type Database, type GraphReader, Revision } from "../../mod.ts";
import {
  type FoundEntry,
  HOT_EDGES,
  HOT_EDGES_FROM,
  HOT_POINTS,
  intentOf,
  isUnrelated,
  LAST_REVISION,
  LINKS,
} from "./soak_intent.ts";
import { SoakViolation } from "./soak_process.ts";

/** What was found of an intent. */
export interface Found {
  visible: FoundEntry[];
  interrupted: FoundEntry[];
}

/** Everything that is there, by intent; no revision twice. */
export function collect(db: Database): Map<number, Found> {
  const intents = new Map<number, Found>();
  const revisions = new Set<string>();
  const add = (kind: keyof Found, number: number, entry: FoundEntry): void => {
    const { revision } = entry;
    if (revisions.has(revision)) throw new SoakViolation(`revision ${revision} is there twice`);
    if (revision !== LAST_REVISION) revisions.add(revision);
    const found = intents.get(number) ?? { visible: [], interrupted: [] };
    found[kind].push(entry);
    intents.set(number, found);
  };
  for (const record of db.space("grid").query(undefined, { tombstones: true })) {
    add("visible", record.point[0], { revision: `${record.revision}`, record });
  }
  for (let place = 0; place < HOT_POINTS; place++) {
    for (const record of db.space("hot").history([place])) {
      const { intent } = record.data as { intent: number };
      add("visible", intent, { revision: `${record.revision}`, record });
    }
  }
  for (const [number, entry] of edgesIn(db.graph(LINKS), intents)) add("visible", number, entry);
  for (const each of db.interrupted()) {
    for (const record of each.records()) {
      const hot = record.space === "hot";
      const number = hot ? (record.data as { intent: number }).intent : record.point[0];
      add("interrupted", number, { revision: `${record.revision}`, record });
    }
    for (const { id, edge } of each.edges()) {
      const number = edge === undefined ? Number(id) : intentOf(edge);
      add("interrupted", number, { revision: edge ? `${edge.revision}` : LAST_REVISION, id, edge });
    }
  }
  return intents;
}

/**
 * The visible versions of edges. An intent's own edge is there now, or was there when its record in the
 * hot space was written, right after it; of the shared ones each version leads to the one below it.
 */
function edgesIn(links: GraphReader, intents: ReadonlyMap<number, Found>): [number, FoundEntry][] {
  const found: [number, FoundEntry][] = [];
  const own = new Set<bigint>();
  for (const edge of links.edges()) {
    const { id, revision } = edge;
    if (id >= HOT_EDGES_FROM) continue;
    own.add(id);
    found.push([Number(id), { revision: `${revision}`, id, edge }]);
  }
  for (const [number, { visible }] of intents) {
    const hot = visible.find((entry) => "record" in entry && entry.record.point.length === 1);
    const id = BigInt(number);
    if (hot === undefined || !isUnrelated(number) || own.has(id)) continue;
    const edge = links.get(id, { asOf: Revision.parse(hot.revision) });
    if (edge !== undefined) found.push([number, { revision: `${edge.revision}`, id, edge }]);
    found.push([number, { revision: LAST_REVISION, id, edge: undefined }]);
  }
  for (let i = 0; i < HOT_EDGES; i++) {
    const id = HOT_EDGES_FROM + BigInt(i);
    for (let edge = links.get(id); edge !== undefined;) {
      const { physicalMs, logical, session, sequence } = edge.revision;
      found.push([intentOf(edge), { revision: `${edge.revision}`, id, edge }]);
      edge = links.get(id, { asOf: new Revision(physicalMs, logical, session, sequence - 1) });
    }
  }
  return found;
}

/**
 * Compares what the graph says of points, and of whole spaces, with what its edges say.
 *
 * @param db The database
 * @param intents The numbers of all intents: their edges are, or were, at their rows
 */
export function checkPlaces(db: Database, intents: Iterable<number>): void {
  const links = db.graph(LINKS);
  const places = new Map<string, { space: string; point: number[]; ids: Set<bigint> }>();
  const place = (space: string, point: number[]): Set<bigint> => {
    const name = `${space} ${point}`;
    if (!places.has(name)) places.set(name, { space, point, ids: new Set() });
    return places.get(name)!.ids;
  };
  for (let i = 0; i < HOT_POINTS; i++) place("hot", [i]);
  for (const number of intents) place("grid", [number, 0]);
  const all = new Set<bigint>();
  for (const { id, endpoints } of links.edges()) {
    if (all.has(id)) throw new SoakViolation(`edge ${id} is there twice`);
    all.add(id);
    for (const { space, point } of endpoints) place(space, point).add(id);
  }
  for (const { space, point, ids } of places.values()) {
    checkSame(`at ${point} of ${space}`, links.incident({ space, point }), ids);
    const degree = links.degree({ space, point });
    if (degree === ids.size) continue;
    throw new SoakViolation(`the degree of ${point} of ${space} is ${degree}, not ${ids.size}`);
  }
  for (const space of ["grid", "hot"]) checkSame(`in ${space}`, links.touching(space), all);
}

function checkSame(
  where: string,
  found: Iterable<{ id: bigint }>,
  wanted: ReadonlySet<bigint>,
): void {
  const ids = Array.from(found, ({ id }) => id);
  if (ids.length === wanted.size && ids.every((id) => wanted.has(id))) return;
  throw new SoakViolation(`edges ${where} are [${ids}], by what edges say [${[...wanted]}]`);
}
