/**
 * Makes the golden graph database of the version that is written, as a kill leaves it: relations in session
 * logs and a fast segment, run files of records, of edges and of incidence rows; and what opening it must
 * bring. The files of each version are kept as they are for as long as it is read; `graph_test.ts` wants
 * this to make those of the last still.
 *
 * To write them: `deno run -A tests/golden/generate_graph.ts`.
 *
 * @module
 */

import { mkdirSync, rmSync, writeFileSync } from "node:fs";
import {
  type Database,
  type EndpointInput,
  type GraphReader,
  type HyperedgeInput,
  MemoryStorage,
  open,
  Revision,
  type Session,
} from "../../mod.ts";
import { decodeManifest, encodeManifest } from "../../lib/store/manifest_format.ts";
import { GraphModel, stampOf } from "../model/graph_model.ts";
import { MOMENT_MS } from "../support/entries.ts";
import { toHex } from "../support/worked_example.ts";
import { keptBytesOf, logOnly, plant } from "./generate_database.ts";

/** Where the files of each version are; the last is what is made here. */
export const GOLDEN_GRAPHS: readonly URL[] = ["graph_v1/", "graph_v2/"]
  .map((name) => new URL(name, import.meta.url));

/** When the database is read: some edges are past by then. */
export const READ_MS: number = MOMENT_MS + 60_000;

/** Points where edges are, in each space. */
export const PLACES: Readonly<Record<string, readonly number[][]>> = {
  pumps: [[0, 0], [1, 0], [2, 0], [3, 0], [4095, 4095]],
  halls: [[0.5, -0.25], [0, 0], [-1, 5e-324]],
};

const ROOT = "/db";

/** The files, and what was written into them. */
export interface GoldenGraph {
  files: Map<string, Uint8Array>;
  /** What is committed of each graph, as it was given. */
  models: GraphModel[];
  /** What the interrupted intent would add to them. */
  interrupted: GraphModel[];
}

/** What opening it brings, a line each. */
export interface GraphContent {
  graphs: string[];
  edges: string[];
  records: string[];
  interrupted: string[];
  decisions: string[];
}

/** Writes edges, and notes in models what was given. */
class Scribe {
  models: GraphModel[];
  #ordinal = 0;

  constructor(models: GraphModel[]) {
    this.models = models;
  }

  relate(session: Session, graph: string, input: HyperedgeInput): bigint {
    const { id, revision } = session.relate(graph, input);
    this.#note(session, graph, id, revision, input);
    return id;
  }

  relateMany(session: Session, graph: string, inputs: HyperedgeInput[]): void {
    const { ids, first } = session.relateMany(graph, inputs);
    const { physicalMs, logical, session: author, sequence } = first!;
    inputs.forEach((input, i) => {
      const revision = new Revision(physicalMs, logical, author, sequence + i);
      this.#note(session, graph, ids[i]!, revision, input);
    });
  }

  unrelate(session: Session, graph: string, id: bigint): void {
    this.#note(session, graph, id, session.unrelate(graph, id), undefined);
  }

  #note(
    { id: session }: Session,
    graph: string,
    id: bigint,
    revision: Revision,
    input: HyperedgeInput | undefined,
  ): void {
    const model = this.models.find(({ name }) => name === graph)!;
    const edge = input && {
      kind: input.kind,
      directed: input.directed ?? model.config.kinds[input.kind] === "directed",
      endpoints: input.endpoints.map(({ space, point, role, polarity }) => ({
        space: String(space),
        point: Array.from(point),
        role: role ?? "member",
        polarity: polarity ?? "neutral",
      })),
      weight: input.weight,
      properties: input.properties,
      validTo: hexOf(input.validTo),
    };
    model.versions.push({ id, revision: `${revision}`, edge, session, ordinal: ++this.#ordinal });
  }
}

function hexOf(validTo: HyperedgeInput["validTo"]): string | undefined {
  return validTo instanceof Date ? stampOf(validTo.getTime(), "f") : validTo && `${validTo}`;
}

/** A point of pumps, or of halls, on a side of an edge. */
function pump(index: number, polarity?: EndpointInput["polarity"], role?: string): EndpointInput {
  return endpoint("pumps", index, polarity, role);
}

function hall(index: number, polarity?: EndpointInput["polarity"], role?: string): EndpointInput {
  return endpoint("halls", index, polarity, role);
}

function endpoint(
  space: string,
  index: number,
  polarity: EndpointInput["polarity"],
  role: string | undefined,
): EndpointInput {
  const point = PLACES[space][index];
  return { space, point, ...polarity && { polarity }, ...role !== undefined && { role } };
}

/**
 * Makes the database and kills its process. Time and ids are always the same, also that of the database.
 */
export async function makeGoldenGraph(): Promise<GoldenGraph> {
  const storage = new MemoryStorage();
  let nowMs = MOMENT_MS;
  const clock = { nowMs: () => nowMs++ };
  const db = await open(ROOT, { storage, clock, fastPath: { deadlineMs: 1e9 } });
  const scribe = new Scribe(await makeGraphs(db));

  // 1. What is late was written first, and is committed last, below what is in run files by then.
  const late = await logOnly(storage, db);
  scribe.relate(late, "pipes", {
    id: 8n,
    kind: "feeds",
    endpoints: [pump(3, "tail"), hall(1, "head")],
  });
  const versionOfLate = scribe.models[0].versions.pop()!;
  // 2. Two flushes; the runs of the first and the second become one each, those of the third stay.
  await db.write((session) => writeEdges(scribe, session));
  await db.flush();
  await db.write((session) => changeEdges(scribe, session));
  await db.compact();
  await db.write((session) => {
    session.insert("pumps", PLACES.pumps[4], "newest");
    scribe.relate(session, "pipes", {
      id: 9n,
      kind: "feeds",
      endpoints: [pump(4, "tail"), hall(2, "head")],
    });
  });
  await db.flush();
  // 3. The rest is in logs and a fast segment.
  await late.commit({ operation: "relate", label: "late" });
  scribe.models[0].versions.push(versionOfLate);
  await writeLogs(scribe, late, db.session());
  const interrupted = await interrupt(scribe, await logOnly(storage, db));
  return { files: filesOf(storage), models: scribe.models, interrupted };
}

async function makeGraphs(db: Database): Promise<GraphModel[]> {
  await db.createSpace("pumps", { dims: 2, bits: 12 });
  await db.createSpace("halls", {
    dims: 2,
    axes: [{ min: -1, max: 1 }, { name: "y", min: -9, max: 9 }],
  });
  const kinds = { feeds: "directed", nears: "undirected", meets: "free" } as const;
  await db.createGraph("pipes", { kinds, unknownKinds: "reject" });
  await db.createGraph("notes");
  return [
    new GraphModel("pipes", { kinds, unknownKinds: "reject" }),
    new GraphModel("notes", { kinds: {}, unknownKinds: "allow" }),
  ];
}

function writeEdges(scribe: Scribe, session: Session): void {
  PLACES.pumps.forEach((point, i) => session.insert("pumps", point, { pump: i }));
  session.insert("halls", PLACES.halls[0], "hall");
  scribe.relate(session, "pipes", {
    id: 1n,
    kind: "feeds",
    endpoints: [
      pump(0, "tail", "source"),
      hall(0, "head", "Zulauf für 日本"),
      pump(4, undefined, "witness"),
    ],
    weight: 0.5,
    properties: {
      nested: { list: [1, [null, true, -2.5], { deep: "é" }], empty: {} },
      raw: Uint8Array.of(0, 127, 128, 255),
      at: new Date(MOMENT_MS),
      large: 2 ** 40,
      "": "",
    },
  });
  scribe.relate(session, "pipes", { kind: "nears", endpoints: [hall(1), pump(1)], weight: -1e300 });
  scribe.relate(session, "pipes", {
    id: 2n ** 64n - 1n,
    kind: "meets",
    directed: true,
    endpoints: [
      pump(1, "tail", "a"),
      pump(1, "tail", "b"),
      pump(1, "head", "a"),
      hall(0, "neutral"),
      pump(2, "head"),
    ],
    validTo: new Revision(READ_MS - 1, 7, 8, 9),
  });
  scribe.relate(session, "pipes", {
    id: 2n ** 40n + 1n,
    kind: "meets",
    endpoints: [hall(2), hall(2), hall(0)],
    validTo: new Date(READ_MS),
    properties: {},
  });
  scribe.relate(session, "pipes", {
    id: 3n,
    kind: "feeds",
    endpoints: [pump(2, "tail"), pump(3, "head"), hall(1, "head")],
  });
  scribe.relate(session, "pipes", { id: 5n, kind: "feeds", endpoints: manyEndpoints() });
  scribe.relate(session, "pipes", { id: 6n, kind: "nears", endpoints: [pump(0), pump(0)] });
  scribe.relateMany(session, "pipes", [
    { kind: "feeds", endpoints: [pump(0, "tail"), pump(1, "tail"), pump(2, "head")] },
    { id: 7n, kind: "feeds", endpoints: [pump(2, "tail"), pump(3, "head")] },
  ]);
  scribe.relate(session, "notes", { id: 1n, kind: "says", endpoints: [pump(0), hall(0)] });
}

/** More than the head of an edge names. */
function manyEndpoints(): EndpointInput[] {
  return Array.from(
    { length: 24 },
    (_, i) => i % 2 === 0 ? pump(i % 5, "tail") : hall(i % 3, "head", `${i}`),
  );
}

function changeEdges(scribe: Scribe, session: Session): void {
  session.delete("pumps", PLACES.pumps[3]);
  scribe.relate(session, "pipes", {
    id: 3n,
    kind: "feeds",
    endpoints: [pump(0, "tail"), pump(1, "head"), hall(0, "head")],
    weight: 0,
  });
  scribe.unrelate(session, "pipes", 6n);
  scribe.unrelate(session, "pipes", 99n); // There is none.
  scribe.relate(session, "pipes", {
    id: 8n,
    kind: "feeds",
    endpoints: [pump(3, "tail"), hall(2, "head")],
  });
  scribe.relate(session, "notes", { id: 2n ** 32n, kind: "says", endpoints: [pump(1), hall(1)] });
}

async function writeLogs(scribe: Scribe, log: Session, fast: Session): Promise<void> {
  log.insert("halls", PLACES.halls[1], [1, 2]);
  scribe.relate(log, "pipes", {
    id: 3n,
    kind: "feeds",
    endpoints: [pump(2, "tail"), hall(0, "head")],
    properties: { third: true },
  });
  scribe.unrelate(log, "pipes", 7n);
  await log.commit();
  log.relate("pipes", { id: 9n, kind: "nears", endpoints: [pump(0), pump(1)] });
  await log.seal();
  await log.abandon();

  scribe.relate(fast, "pipes", { id: 7n, kind: "nears", endpoints: [pump(2), pump(3)] });
  await fast.seal();
  scribe.relate(fast, "notes", { kind: "says", endpoints: [hall(0), hall(2)], weight: 1.5 });
  scribe.unrelate(fast, "notes", 1n);
  await fast.commit();
}

/** What is sealed and not committed when the process is killed; something is in memory only. */
async function interrupt(scribe: Scribe, session: Session): Promise<GraphModel[]> {
  const { models } = scribe;
  scribe.models = models.map(({ name, config, versions }) => {
    const model = new GraphModel(name, config);
    model.versions.push(...versions);
    return model;
  });
  session.insert("pumps", PLACES.pumps[0], "sealed");
  scribe.relate(session, "pipes", {
    id: 9n,
    kind: "feeds",
    endpoints: [hall(1, "tail"), pump(0, "head")],
  });
  await session.seal();
  scribe.unrelate(session, "pipes", 5n);
  await session.seal();
  const interrupted = scribe.models;
  scribe.models = models;
  session.unrelate("pipes", 1n); // In memory only.
  return interrupted;
}

function filesOf(storage: MemoryStorage): Map<string, Uint8Array> {
  const names = ["sessions", "runs"].flatMap((directory) =>
    storage.list(`${ROOT}/${directory}`).map((name) => `${directory}/${name}`).sort()
  );
  const files = new Map(
    ["MANIFEST", ...names].map((name): [string, Uint8Array] => [name, keptBytesOf(storage, name)]),
  );
  const state = decodeManifest(files.get("MANIFEST")!, "MANIFEST");
  const databaseId = Uint8Array.from({ length: 16 }, (_, i) => i);
  return files.set("MANIFEST", encodeManifest({ ...state, databaseId }, "MANIFEST"));
}

/**
 * What an open database holds.
 *
 * @param db The database
 */
export function graphContentOf(db: Database): GraphContent {
  return {
    graphs: db.graphs().map(({ name, config }) => lineOf({ name, ...config })),
    edges: db.graphs().flatMap((graph) => edgesOf(graph)),
    records: db.spaces().flatMap((space) =>
      space.query(undefined, { tombstones: true }).flatMap(({ point }) => space.history(point))
        .map((record) => lineOf({ space: space.name, ...record })).toArray()
    ),
    interrupted: db.interrupted().flatMap((each) => [
      ...Array.from(each.records(), lineOf),
      ...Array.from(each.edges(), lineOf),
    ]),
    decisions: db.recovery.sessions.map(({ session, decision }) => `${session} ${decision}`),
  };
}

function edgesOf(graph: GraphReader): string[] {
  return graph.edges().map((edge) => lineOf({ graph: graph.name, ...edge })).toArray();
}

function lineOf(value: unknown): string {
  return JSON.stringify(value, (_, each) => {
    if (typeof each === "bigint") return `${each}`;
    return each instanceof Uint8Array ? `bytes ${toHex(each)}` : each;
  });
}

if (import.meta.main) {
  const { files } = await makeGoldenGraph();
  const golden = GOLDEN_GRAPHS.at(-1)!;
  rmSync(golden, { recursive: true, force: true });
  for (const directory of ["sessions/", "runs/"]) {
    mkdirSync(new URL(directory, golden), { recursive: true });
  }
  for (const [name, bytes] of files) writeFileSync(new URL(name, golden), bytes);
  const storage = new MemoryStorage();
  plant(storage, files);
  const db = await open(ROOT, { storage, readOnly: true, clock: { nowMs: () => READ_MS } });
  const content = JSON.stringify(graphContentOf(db), null, 2);
  writeFileSync(new URL("expected.json", golden), `${content}\n`);
}
