import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { test } from "node:test";
import { type Database, type GraphReader, MemoryStorage, open, Revision } from "../../mod.ts";
import { decodeManifest } from "../../lib/store/manifest_format.ts";
import {
  checkAll,
  checkGet,
  checkIncident,
  checkLevels,
  checkTouching,
  checkTraverse,
  type SeenGraph,
} from "../model/graph_answers.ts";
import { type GraphModel, stampOf } from "../model/graph_model.ts";
import type { Asked } from "../model/space_answers.ts";
import { plant } from "./generate_database.ts";
import {
  GOLDEN_GRAPHS,
  type GoldenGraph,
  graphContentOf,
  makeGoldenGraph,
  PLACES,
  READ_MS,
} from "./generate_graph.ts";

const NOW: Asked = { options: {}, ceiling: undefined };
const SIDES = ["any", "outgoing", "incoming", "neutral"] as const;
const KINDS = [undefined, ["feeds"], ["nears", "meets"], []];

let made: Promise<GoldenGraph> | undefined;

/** The same every time, so it is made once. */
function remade(): Promise<GoldenGraph> {
  return made ??= makeGoldenGraph();
}

const LAST = GOLDEN_GRAPHS.at(-1)!;

function bytesOf(name: string, golden = LAST): Uint8Array {
  return new Uint8Array(readFileSync(new URL(name, golden)));
}

function expectedContent(): unknown {
  return JSON.parse(new TextDecoder().decode(bytesOf("expected.json")));
}

function names(golden = LAST): string[] {
  const inside = (directory: string): string[] =>
    readdirSync(new URL(directory, golden)).map((name) => `${directory}${name}`);
  return ["MANIFEST", ...inside("sessions/"), ...inside("runs/")].sort();
}

function planted(golden: URL): MemoryStorage {
  const storage = new MemoryStorage();
  plant(storage, new Map(names(golden).map((name) => [name, bytesOf(name, golden)])));
  return storage;
}

async function opened(storage: MemoryStorage, readOnly = false): Promise<Database> {
  return await open("/db", { storage, readOnly, clock: { nowMs: () => READ_MS } });
}

/** Asks everything there is to ask, now and at every stamp. */
function checkGraph(reader: GraphReader, model: GraphModel): Record<string, number> {
  const seen: SeenGraph = { reader, model, through: Infinity, nowMs: READ_MS, tally: {} };
  const stamps = model.versions.flatMap(({ revision, edge }) =>
    edge?.validTo === undefined ? [revision] : [revision, edge.validTo]
  );
  const moments = [stampOf(0, "0"), ...stamps, stampOf(2 ** 48 - 1, "f")];
  const past = moments.map((ceiling) => ({ options: { asOf: Revision.parse(ceiling) }, ceiling }));
  for (const asked of [NOW, ...past]) {
    checkAll(seen, {}, asked);
    for (const { id } of model.versions) checkGet(seen, id, asked);
    for (const kinds of KINDS) {
      checkAll(seen, kinds === undefined ? {} : { kinds }, asked);
      checkLevels(seen, kinds, asked);
    }
    checkRows(seen, asked);
    checkWalks(seen, asked);
  }
  return seen.tally;
}

function checkRows(seen: SeenGraph, asked: Asked): void {
  for (const [space, points] of Object.entries(PLACES)) {
    for (const direction of SIDES) {
      for (const kinds of KINDS) {
        const filter = { direction, ...kinds && { kinds } };
        for (const point of points) checkIncident(seen, { space, point }, filter, asked);
        checkTouching(seen, space, undefined, filter, asked);
        checkTouching(seen, space, { min: [0, 0], max: points[2].map(Math.abs) }, filter, asked);
      }
    }
  }
}

function checkWalks(seen: SeenGraph, asked: Asked): void {
  const places = Object.entries(PLACES)
    .flatMap(([space, points]) => points.map((point) => ({ space, point })));
  for (const from of [...places.map((place) => [place]), places.slice(0, 2), places.slice(-2)]) {
    for (const direction of ["forward", "backward", "both"] as const) {
      checkTraverse(seen, from, { direction }, asked);
      checkTraverse(seen, from, { direction, depth: 1, kinds: ["feeds", "nears"] }, asked);
      if (direction === "both") continue;
      checkTraverse(seen, from, { direction, mode: "b-connectivity" }, asked);
    }
  }
}

test("this version still makes the golden graph files, byte for byte, and no others are there", async () => {
  const { files } = await remade();
  assert.deepEqual([...files.keys()].sort(), names());
  for (const [name, bytes] of files) assert.deepEqual(bytesOf(name), bytes, name);
});

test("the golden graph is in logs, a fast segment, and two runs each of records, edges and rows", () => {
  const kinds = names().map((name) => name.replace(/\d+/, "N"));
  assert.deepEqual([...new Set(kinds)].sort(), [
    "MANIFEST",
    "runs/N.run",
    "sessions/N.fast",
    "sessions/N.wal",
  ]);
  const { spaces, graphs, runs } = decodeManifest(bytesOf("MANIFEST"), "MANIFEST");
  const [pumps, halls] = spaces.map(({ id }) => id);
  const [pipes, notes] = graphs.map(({ id }) => id);
  const count = (space: number, of?: number): number =>
    runs.filter((run) => run.space === space && run.of === of).length;
  assert.deepEqual([count(pumps), count(pipes), count(pipes, pumps), count(pipes, halls)], [
    2,
    2,
    2,
    2,
  ]);
  assert.deepEqual([count(halls), count(notes), count(notes, pumps), count(notes, halls)], [
    1,
    1,
    1,
    1,
  ]);
});

for (const [i, golden] of GOLDEN_GRAPHS.entries()) {
  const name = `graph of version ${i + 1}`;

  for (const readOnly of [true, false]) {
    test(`the golden ${name} opens ${readOnly ? "to read" : "to write"} as expected`, async () => {
      await using db = await opened(planted(golden), readOnly);
      assert.deepEqual(graphContentOf(db), expectedContent());
      assert.deepEqual(db.quarantined(), []);
    });

    test(`the golden ${name} answers ${readOnly ? "a reader" : "a writer"} as it was written, in all its past`, async () => {
      const { models } = await remade();
      await using db = await opened(planted(golden), readOnly);
      const [pipes, notes] = models.map((model) => checkGraph(db.graph(model.name), model));
      assert(
        pipes["incident edges of the past"] > 1000 && notes["incident edges of the past"] > 10,
      );
      assert(pipes["co-causes"] > 100 && pipes["nodes reached, b-connectivity"] > 100);
      assert(pipes["cycles"] > 0 && pipes["nodes with levels"] > 0);
    });
  }

  for (const decision of ["adopted", "discarded"] as const) {
    test(`the golden ${name} is what it was, merged and opened again, its interrupted intent ${decision}`, async () => {
      const { models, interrupted } = await remade();
      const storage = planted(golden);
      for (let i = 0; i < 2; i++) {
        await using db = await opened(storage);
        const [intent] = db.interrupted();
        assert.equal(intent === undefined, i > 0);
        if (decision === "adopted") await intent?.adopt();
        else await intent?.discard();
        const expected = decision === "adopted" ? interrupted : models;
        for (const model of expected) checkGraph(db.graph(model.name), model);
        await db.compact();
        for (const model of expected) checkGraph(db.graph(model.name), model);
        const [record] = db.space("pumps").history(PLACES.pumps[0]);
        assert.deepEqual(record.data, decision === "adopted" ? "sealed" : { pump: 0 });
      }
    });
  }
}
