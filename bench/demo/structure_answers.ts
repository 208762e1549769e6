/**
 * Answers of the database about a structure, each compared with one over plain arrays.
 *
 * @module
 */

import type { Box, ReadOptions } from "../../mod.ts";
import { BEARING_KINDS, MEMBER_KINDS, type Relation } from "./frame.ts";
import { stages, standing, touched } from "./frame_arrays.ts";
import { number, PlainError } from "./report.ts";
import type { Structure } from "./structure_store.ts";

/** An answer and how long it took. */
export interface Timed<Answer> {
  /** What was answered. */
  answer: Answer;
  /** In milliseconds. */
  ms: number;
}

/**
 * Asks, and looks at the clock.
 *
 * @param ask The question
 */
export function timed<Answer>(ask: () => Answer): Timed<Answer> {
  const startedMs = performance.now();
  const answer = ask();
  return { answer, ms: performance.now() - startedMs };
}

/**
 * Everything that stands: all its bearers do, down to the footings.
 *
 * @param structure Which
 * @param relations What should be related
 * @param options As of when
 * @throws {PlainError} If the database says otherwise than plain arrays
 */
export function askStanding(
  structure: Structure,
  relations: readonly Relation[],
  options?: ReadOptions,
): Timed<Set<number>> {
  const footings = structure.footings();
  const from = footings.map((index) => structure.at(index));
  const mode = "b-connectivity";
  const { answer: { nodes }, ms } = timed(() =>
    structure.bearing.traverse({ from, mode }, options)
  );
  const answer = structure.indicesOf(nodes);
  checkSame("stands", answer, standing(relations, footings));
  return { answer, ms };
}

/**
 * Everything to which any load path leads.
 *
 * @param structure Which
 * @param relations What should be related
 * @param starts From where
 * @param options As of when
 * @throws {PlainError} If the database says otherwise than plain arrays
 */
export function askTouched(
  structure: Structure,
  relations: readonly Relation[],
  starts: readonly number[],
  options?: ReadOptions,
): Timed<Set<number>> {
  const from = starts.map((index) => structure.at(index));
  const { answer: reached, ms } = timed(() => structure.bearing.traverse({ from }, options));
  const nodes = reached.nodes.filter(({ arrival }) => arrival !== "co-cause");
  const answer = structure.indicesOf(nodes);
  const known = structure.frame.members.length; // Strays are no members.
  const wanted = [...touched(relations, starts)].filter((index) => index < known);
  checkSame("is touched", answer, new Set(wanted));
  return { answer, ms };
}

/**
 * The stage in which each member can be erected.
 *
 * @param structure Which; without a circle
 * @param relations What should be related
 * @returns How many members of each kind each stage has
 * @throws {PlainError} If the database says otherwise than plain arrays
 */
export function askStages(
  structure: Structure,
  relations: readonly Relation[],
): Timed<Set<number>[]> {
  const { frame: { members }, bearing } = structure;
  const { answer: found, ms } = timed(() => bearing.topologicalLevels([...BEARING_KINDS]));
  if (found.kind === "cycle") throw new PlainError("The load paths still have a circle");
  const answer: Set<number>[] = [];
  for (const { point, level } of found.nodes) {
    for (const index of structure.indicesOf([{ point }])) (answer[level] ??= new Set()).add(index);
  }
  const wanted = [...stages(relations)];
  if (wanted.length !== members.length) throw new PlainError("A member neither bears nor is borne");
  for (
    let stage = 0;
    stage < Math.max(answer.length, ...wanted.map(([, last]) => last + 1));
    stage++
  ) {
    const ofStage = wanted.filter(([, each]) => each === stage).map(([index]) => index);
    checkSame(`is of stage ${stage}`, answer[stage] ?? new Set(), new Set(ofStage));
  }
  return { answer, ms };
}

/**
 * How many relations of each kind touch a box, each counted once.
 *
 * @param structure Which
 * @param relations What should be related
 * @param box Where
 * @throws {PlainError} If the database says otherwise than plain arrays
 */
export function askTouching(
  structure: Structure,
  relations: readonly Relation[],
  box: Box,
): Timed<Map<string, number>> {
  const { frame: { members }, bearing } = structure;
  const { answer: edges, ms } = timed(() => [...bearing.touching("members", box)]);
  const inside = members.map(({ point }) =>
    point.every((value, axis) => value >= box.min[axis] && value <= box.max[axis])
  );
  const wanted = relations.filter(({ bearers, borne }) =>
    [...bearers, ...borne].some((index) => inside[index])
  );
  const answer = countBy(edges, ({ kind }) => kind);
  const wantedOf = countBy(wanted, ({ kind }) => kind);
  for (const kind of new Set([...answer.keys(), ...wantedOf.keys()])) {
    if (answer.get(kind) === wantedOf.get(kind)) continue;
    throw new PlainError(
      `${answer.get(kind)} relations "${kind}" touch the box, not ${wantedOf.get(kind)}`,
    );
  }
  if (new Set(edges.map(({ id }) => id)).size !== edges.length) {
    throw new PlainError("A relation that touches the box was given twice");
  }
  return { answer, ms };
}

/**
 * Compares members, one by one.
 *
 * @param verb What they do
 * @param found Those of which the database says so
 * @param wanted Those of which it is true
 * @throws {PlainError} Unless they are the same
 */
export function checkSame(
  verb: string,
  found: ReadonlySet<number>,
  wanted: ReadonlySet<number>,
): void {
  const missed = wanted.difference(found).size;
  const excess = found.difference(wanted).size;
  if (missed + excess === 0) return;
  throw new PlainError(
    `What ${verb} is wrong: ${number(missed)} members are missing, ${number(excess)} too many`,
  );
}

/**
 * Members by their kinds, as a row of cells: each kind of {@linkcode MEMBER_KINDS}, then all.
 *
 * @param structure Which
 * @param indices Which members
 */
export function cellsOf({ frame }: Structure, indices: Iterable<number>): string[] {
  const all = [...indices];
  const counts = countBy(all, (index) => frame.members[index].kind);
  return [...MEMBER_KINDS.map((kind) => number(counts.get(kind) ?? 0)), number(all.length)];
}

/**
 * How many there are of each key.
 *
 * @param items What is counted
 * @param keyOf By what
 */
export function countBy<Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => string,
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const item of items) counts.set(keyOf(item), (counts.get(keyOf(item)) ?? 0) + 1);
  return counts;
}
