/**
 * What may happen next in a history of graphs, and how often.
 *
 * @module
 */

import { isDeepStrictEqual } from "node:util";
import { commit, decide, write, writeAtOnce } from "./graph_calls.ts";
import { drawConfig } from "./graph_draw.ts";
import {
  askEverything,
  askSomething,
  askSpaces,
  begin,
  liveOf,
  pinnedOf,
} from "./graph_questions.ts";
import type { GraphWorld } from "./graph_world.ts";
import { Violation } from "./history.ts";
import {
  abandon,
  compact,
  end,
  FACTORS,
  fail,
  flush,
  hold,
  makeStep,
  readOn,
  release,
  releaseSnapshot,
  seal,
  someWriter,
  type Steps,
  takeSnapshot,
  withBusy,
} from "./model_steps.ts";
import { SpaceShape } from "./space_shape.ts";

const SPACES_MAX = 3;
const GRAPHS_MAX = 2;
const CURSORS_MAX = 3;
const QUESTIONS = 4;

/** Few places, so that edges meet. */
const PLACES_MAX: readonly number[] = [2, 3, 3, 6];

/** How often what happens, beside each other. */
const STEPS: Steps<GraphWorld> = [
  [20, (world) => write(world, someWriter(world))],
  [10, withBusy(seal)],
  [16, withBusy(commit)],
  [3, withBusy(abandon)],
  [8, writeAtOnce],
  [7, flush],
  [4, compactAll],
  // Rows are derived for it: one that could not read would tell so for as long as it lives.
  [5, (world) => world.quietly(() => takeSnapshot(world))],
  [2, releaseSnapshot],
  [4, beginToRead],
  [4, readOn],
  [2, hold],
  [4, release],
  [2, fail],
  [2, (world) => world.mend()],
  [6, withBusy(end)],
  [12, decide],
  [3, kill],
  [3, reopen],
  [2, lookBeside],
  [1, createAnother],
];

/** Draws how often what happens in a history, its spaces and its graph. */
export async function setUp(world: GraphWorld): Promise<void> {
  const { draw } = world;
  world.weights = STEPS.map(([weight]) => weight * draw.pick(FACTORS));
  world.curiosity = draw.pick([0.1, 0.4, 1]);
  world.downhill = draw.chance(0.4);
  await world.open();
  const placesMax = draw.pick(PLACES_MAX);
  for (let i = 0, count = 1 + draw.below(SPACES_MAX); i < count; i++) {
    await world.createSpace(SpaceShape.draw(`s${i}`, draw, placesMax));
  }
  await createAnother(world);
}

/** Makes one step, lets the background go on a little, and asks, or not. */
export async function step(world: GraphWorld): Promise<void> {
  await makeStep(world, STEPS);
  if (!world.draw.chance(world.curiosity)) return;
  world.quietly(() => {
    for (let left = QUESTIONS; left > 0; left--) askSomething(world);
    world.compareStats();
  });
}

/** Asks everything, of everybody. */
export function compareAll(world: GraphWorld): void {
  world.quietly(() => {
    for (const model of world.graphs) {
      askEverything(world, liveOf(world, model));
      for (const pinned of world.snapshots) {
        const seen = pinnedOf(world, pinned, model);
        if (seen !== undefined) askEverything(world, seen);
      }
    }
    askSpaces(world);
    compareGraphs(world);
    compareInterrupted(world);
  });
}

/** The graphs that there are, and their kinds. */
function compareGraphs({ db, graphs }: GraphWorld): void {
  const found = db.graphs().map(({ name, config }) => ({ name, config }));
  const expected = graphs.map(({ name, config }) => ({ name, config }));
  if (isDeepStrictEqual(found, expected)) return;
  throw new Violation(`graphs are ${JSON.stringify(found)}, not ${JSON.stringify(expected)}`);
}

function compareInterrupted({ db, interrupted }: GraphWorld): void {
  const found = db.interrupted().map((each) => {
    const records = Array.from(
      each.records(),
      ({ space, point, revision }) => `${space} ${point} ${revision}`,
    );
    const edges = Array.from(
      each.edges(),
      ({ graph, id, edge }) =>
        `${graph} ${id} ${edge?.kind} ${edge?.endpoints.length} ${edge?.revision}`,
    );
    return `${each.session}: ${[...records, ...edges]}, ${each.entries}`;
  });
  const expected = interrupted.map(({ session, entries }) => {
    const records = entries.flatMap((entry) =>
      "graph" in entry
        ? []
        : [`${entry.space.shape.name} ${entry.place.coordinates} ${entry.revision}`]
    );
    const edges = entries.flatMap((entry) => {
      if (!("graph" in entry)) return [];
      const { graph, id, edge, revision } = entry;
      const written = edge && revision;
      return [`${graph.name} ${id} ${edge?.kind} ${edge?.endpoints.length} ${written}`];
    });
    return `${session}: ${[...records, ...edges]}, ${entries.length}`;
  });
  if (found.sort().join() === expected.sort().join()) return;
  throw new Violation(`interrupted are [${found}], not [${expected}]`);
}

/** One run for each space and graph, and for each space that a graph has edges in. */
async function compactAll(world: GraphWorld): Promise<void> {
  const { spaces, graphs } = world;
  const names = [...spaces.map(({ shape }) => shape.name), ...graphs.map(({ name }) => name)];
  await compact(world, names, spaces.length + graphs.length * (1 + spaces.length));
}

function beginToRead(world: GraphWorld): void {
  if (world.cursors.length === CURSORS_MAX) return;
  world.quietly(() => {
    const cursor = begin(world);
    if (cursor.readOn(false)) world.cursors.push(cursor);
  });
}

async function kill(world: GraphWorld): Promise<void> {
  await world.kill();
  if (world.draw.chance(0.7)) compareAll(world);
}

async function reopen(world: GraphWorld): Promise<void> {
  await world.reopen(world.draw.chance(0.5));
  if (world.draw.chance(0.7)) compareAll(world);
}

async function lookBeside(world: GraphWorld): Promise<void> {
  world.note("open to read beside it");
  const reader = await world.openBeside();
  if (reader === undefined) return;
  world.quietly(() => askEverything(world, liveOf(world, world.draw.pick(world.graphs), reader)));
  await world.done("close a reader", reader.close());
  world.count("readers beside");
}

async function createAnother(world: GraphWorld): Promise<void> {
  if (world.graphs.length === GRAPHS_MAX) return;
  await world.createGraph(`g${world.graphs.length}`, drawConfig(world.draw));
}
