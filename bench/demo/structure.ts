/**
 * A worked example: the frame of a building, members as records at exact points, load paths as hyperedges.
 * Which members hang in the air, in which stages is it erected, what touches a storey, and what falls if a
 * column is lost? Each answer is compared with one over plain arrays.
 *
 *     deno run -A bench/demo/structure.ts [--storeys N] [--bays N] [--seed N]
 *     bun bench/demo/structure.ts [--storeys N] [--bays N] [--seed N]
 *
 * The exit code is 0 if every answer is right, 1 if not.
 *
 * @module
 */

import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { parseArgs } from "node:util";
import { InfiniteDbError, open, type Revision } from "../../mod.ts";
import { formatTable } from "../support/table.ts";
import { BELT_STOREYS, drawFrame, type FrameSize, MEMBER_KINDS, type Relation } from "./frame.ts";
import { makeMistakes, type MistakenFrame } from "./frame_mistakes.ts";
import { drawing, fact, number, PlainError, say, step } from "./report.ts";
import {
  askStages,
  askStanding,
  askTouched,
  askTouching,
  cellsOf,
  checkSame,
  timed,
} from "./structure_answers.ts";
import { build, CREWS, mend, remove, Structure } from "./structure_store.ts";

const DEFAULTS: FrameSize = { storeys: 20, bays: 12, seed: 1 };

/** So many rows; the last stage is shown as well. */
const STAGES_SHOWN = 6;

const HEAD = ["", ...MEMBER_KINDS.map((kind) => `${kind}s`), "all"];

if (import.meta.main) process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  let root: string | undefined;
  try {
    const drawn = makeMistakes(drawFrame(readSize(args)));
    root = mkdtempSync(join(tmpdir(), "infinite-db-structure-"));
    const entered = await enterFrame(root, drawn);
    await using db = await open(root);
    await askEverything(await Structure.in(db, drawn), drawn, entered);
    return 0;
  } catch (error) {
    const plain = error instanceof PlainError || error instanceof InfiniteDbError;
    console.error(`\nFAILED: ${plain ? error.message : (error as Error)?.stack ?? error}`);
    return 1;
  } finally {
    if (root !== undefined) rmSync(root, { recursive: true, force: true });
  }
}

function readSize(args: string[]): FrameSize {
  const size = { ...DEFAULTS };
  const leasts = { storeys: 2, bays: 2, seed: 0 };
  const text = { type: "string" } as const;
  let values: { [Name in keyof FrameSize]?: string };
  try {
    ({ values } = parseArgs({ args, options: { storeys: text, bays: text, seed: text } }));
  } catch (error) {
    throw new PlainError((error as Error).message);
  }
  for (const name of ["storeys", "bays", "seed"] as const) {
    const value = Number(values[name] ?? size[name]);
    if (!Number.isInteger(value) || value < leasts[name]) {
      throw new PlainError(`--${name} is an integer from ${leasts[name]}, not "${values[name]}"`);
    }
    size[name] = value;
  }
  return size;
}

/** Returns the last revision. */
async function enterFrame(root: string, drawn: MistakenFrame): Promise<Revision> {
  const { frame: { members, relations, floors, size }, entered } = drawn;
  step(1, "The frame of a building is drawn and entered, with a few mistakes");
  const [east, north] = [0, 1].map((axis) => Math.max(...members.map(({ point }) => point[axis])));
  const extent = [east, north, floors[size.storeys]].map((metres) => number(metres, 1)).join(" x ");
  fact("frame", `${size.storeys} storeys of ${size.bays} x ${size.bays} bays, ${extent} m`);
  await using db = await open(root);
  const structure = await Structure.in(db, drawn);
  table(HEAD, [["members", ...cellsOf(structure, members.keys())]]);
  const startedMs = performance.now();
  const { intents, last } = await build(structure, entered);
  const seconds = number((performance.now() - startedMs) / 1000, 2);
  if (structure.members.count() !== members.length) throw new PlainError("Members are missing");
  const several = relations.filter(({ bearers }) => bearers.length > 1).length;
  fact("relations", `${number(entered.length)}; ${number(several)} have several bearers`);
  fact("written", `by ${intents} intents of ${CREWS} sessions, ${seconds} s; then closed`);
  return last;
}

/** Asks of the database, opened again. */
async function askEverything(
  structure: Structure,
  drawn: MistakenFrame,
  entered: Revision,
): Promise<void> {
  const { frame } = drawn;
  step(2, "Which members have no load path to the ground?");
  showHanging(structure, drawn);

  step(3, "They are mended. In which stages is the frame erected?");
  const mended = await showErection(structure, drawn);

  const storey = Math.floor(frame.size.storeys / 2);
  step(4, `What touches storey ${storey + 1}?`);
  showStorey(structure, storey);

  const middle = Math.floor(frame.size.bays / 2);
  const column = frame.columnAt(middle, middle, 0);
  step(5, `What falls if column ${frame.members[column].mark} is lost?`);
  const left = await showLoss(structure, column, mended);

  step(6, "What stood before? The same question, as of any moment");
  showPast(structure, [
    ["as entered", drawn.entered, entered],
    ["mended", frame.relations, mended],
    [`without ${frame.members[column].mark}`, left, undefined],
  ]);
  say("\nEvery answer was right: compared with the same questions over plain arrays.");
}

function showHanging(structure: Structure, { frame, mistakes, entered }: MistakenFrame): void {
  const { bearing, members } = structure;
  const { answer: stands, ms } = askStanding(structure, entered);
  const hanging = new Set(frame.members.keys()).difference(stands);
  const connected = askTouched(structure, entered, structure.footings()).answer;
  const cycle = bearing.topologicalLevels();
  const circle = structure.indicesOf(
    cycle.kind === "cycle" ? cycle.edges.flatMap(({ endpoints }) => heads(endpoints)) : [],
  );
  const causes = new Map<string, Set<number>>(mistakes.map(({ story }) => [story, new Set()]));
  for (const index of hanging) {
    const ways = [...bearing.incident(structure.at(index), { direction: "incoming" })];
    const stray = ways.some(({ endpoints }) => endpoints.some(({ point }) => !members.get(point)));
    if (ways.length === 0) causes.get("nobody said what bears it")?.add(index);
    else if (circle.has(index)) causes.get("bears what bears it")?.add(index);
    else if (stray) causes.get("borne where nothing stands")?.add(index);
  }
  let caused = 0;
  table(HEAD, [["no load path", ...cellsOf(structure, hanging)]]);
  for (const [story, found] of causes) {
    const planted = mistakes.filter((mistake) => mistake.story === story);
    checkSame(`is there as "${story}"`, found, new Set(planted.map(({ member }) => member)));
    caused += found.size;
    drawing([`${String(found.size).padStart(4)} ${story}:`, `     ${marks(structure, found)}`]);
  }
  drawing([`${String(hanging.size - caused).padStart(4)} rest on those`]);
  fact("mistakes", `all ${mistakes.length} that were made, and no other`);
  const missed = hanging.intersection(connected).size;
  fact("reachability", `would miss ${missed}: a path leads to them, and not all they need`);
  fact(
    "answered in",
    `${number(ms)} ms, by B-connectivity from ${structure.footings().length} footings`,
  );
}

async function showErection(structure: Structure, drawn: MistakenFrame): Promise<Revision> {
  const { bearing, frame } = structure;
  if (bearing.isAcyclic()) {
    throw new PlainError("Two beams rest on each other, and no circle is seen");
  }
  const mended = await mend(structure, drawn);
  if (!bearing.isAcyclic()) throw new PlainError("A circle is left");
  fact("mended", `by one commit of ${drawn.mistakes.length} relations`);
  fact("circles", "one before, of two beams; none now");
  const { answer: stages, ms } = askStages(structure, frame.relations);
  const { answer: stands } = askStanding(structure, frame.relations);
  checkSame("stands, mended,", stands, new Set(frame.members.keys()));
  fact("stages", `${stages.length}, each of members that wait only for earlier ones:`);
  const rows = stages.map((each, i) => [`stage ${i + 1}`, ...cellsOf(structure, each)]);
  if (rows.length > STAGES_SHOWN) {
    rows.splice(STAGES_SHOWN - 1, rows.length - STAGES_SHOWN, ["...", ...HEAD.slice(1).fill("")]);
  }
  table(HEAD, rows);
  fact("answered in", `${number(ms)} ms, by topologicalLevels`);
  return mended;
}

function showStorey(structure: Structure, storey: number): void {
  const { frame: { members, floors, relations }, members: space } = structure;
  const [bottom, top] = [floors[storey], floors[storey + 1]];
  const box = { min: [-1, -1, bottom], max: [9999, 9999, top] };
  const inside = timed(() => space.count(box));
  const wanted = members.filter(({ point }) => point[2] >= bottom && point[2] <= top);
  if (inside.answer !== wanted.length) throw new PlainError(`${inside.answer} members are in it`);
  fact("box", `from ${number(bottom, 1)} to ${number(top, 1)} m above the ground`);
  fact("members", number(inside.answer));
  const { answer, ms } = askTouching(structure, relations, box);
  const kinds = [...answer.keys()].toSorted();
  const all = kinds.reduce((sum, kind) => sum + answer.get(kind)!, 0);
  table(["relations", ...kinds, "all"], [
    ["touch it", ...kinds.map((kind) => number(answer.get(kind)!)), number(all)],
  ]);
  fact("answered in", `${number(ms)} ms; each once, however many of its members are inside`);
}

/** Returns the relations that are left. */
async function showLoss(
  structure: Structure,
  column: number,
  mended: Revision,
): Promise<Relation[]> {
  const { frame } = structure;
  const asOf = { asOf: mended };
  const gone = await remove(structure, column);
  const left = frame.relations.filter(({ bearers, borne }) =>
    !bearers.includes(column) && !borne.includes(column)
  );
  const { size, kind } = frame.members[column];
  fact("lost", `a ${kind} of ${size.map((metres) => number(metres, 2)).join(" x ")} m`);
  fact("written", `by one commit: 1 record deleted, ${gone} relations taken back`);
  const before = askStanding(structure, frame.relations, asOf);
  const after = askStanding(structure, left);
  const ms = before.ms + after.ms;
  const stood = before.answer;
  const falls = stood.difference(after.answer);
  const connected = askTouched(structure, left, structure.footings()).answer;
  const cut = stood.difference(connected);
  const path = askTouched(structure, frame.relations, [column], asOf).answer;
  if (!cut.isSubsetOf(falls) || !falls.isSubsetOf(path)) {
    throw new PlainError("What is cut off falls, and what falls is on the load path: not here");
  }
  table(HEAD, [
    ["cut off from all ground", ...cellsOf(structure, cut)],
    ["falls, itself too", ...cellsOf(structure, falls)],
    ["on its load path", ...cellsOf(structure, path)],
  ]);
  const [between, kept] = [falls.size - cut.size, path.size - falls.size];
  drawing([
    `${number(between)} fall though a path leads to them: a beam needs both its columns,`,
    "a slab all four beams. B-connectivity sees that; plain reachability does not.",
    ...(kept === 0 ? [] : [
      `${number(kept)} stay though the column helped to bear them: from the girders of storey`,
      `${BELT_STOREYS} on, the columns above have another way to the ground.`,
    ]),
  ]);
  fact("answered in", `${number(ms)} ms, what stands as of before and now`);
  return left;
}

/** Each moment has its name, what was related then, and its last revision: none is now. */
function showPast(
  structure: Structure,
  moments: [name: string, relations: readonly Relation[], asOf: Revision | undefined][],
): void {
  const { frame: { members }, members: space } = structure;
  const rows = moments.map(([name, relations, asOf]) => {
    const options = asOf && { asOf };
    const { answer, ms } = askStanding(structure, relations, options);
    const records = space.count(undefined, options);
    const lost = asOf === undefined ? 1 : 0;
    if (records !== members.length - lost) {
      throw new PlainError(`${name}, ${records} members stood`);
    }
    const hanging = number(records - answer.size);
    return [name, number(records), number(answer.size), hanging, `${number(ms)} ms`];
  });
  table(["", "members", "stand", "do not", "answered in"], rows);
}

function heads(endpoints: { point: number[]; polarity: string }[]): { point: number[] }[] {
  return endpoints.filter(({ polarity }) => polarity === "head");
}

function marks({ frame }: Structure, indices: Iterable<number>): string {
  return [...indices].map((index) => frame.members[index].mark).join(", ");
}

function table(head: readonly string[], rows: readonly string[][]): void {
  drawing(formatTable(head, rows).split("\n"));
}
