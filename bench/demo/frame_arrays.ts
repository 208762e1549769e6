/**
 * The same questions answered over plain arrays, in the simplest way there is: again and again over all
 * relations until nothing changes. Slow beside an index, and too simple to be wrong.
 *
 * @module
 */

import type { Relation } from "./frame.ts";

/**
 * What stands: a member does when, in one of the ways in which it is borne, all of its bearers do.
 *
 * @param relations All of them
 * @param footings What stands by itself
 */
export function standing(relations: readonly Relation[], footings: Iterable<number>): Set<number> {
  const stands = new Set(footings);
  untilNothingChanges(relations, ({ bearers, borne: [borne] }) => {
    if (stands.has(borne) || !bearers.every((bearer) => stands.has(bearer))) return false;
    stands.add(borne);
    return true;
  });
  return stands;
}

/**
 * What any load path leads to.
 *
 * @param relations All of them
 * @param starts From where
 */
export function touched(relations: readonly Relation[], starts: Iterable<number>): Set<number> {
  const reached = new Set(starts);
  untilNothingChanges(relations, ({ bearers, borne: [borne] }) => {
    if (reached.has(borne) || !bearers.some((bearer) => reached.has(bearer))) return false;
    reached.add(borne);
    return true;
  });
  return reached;
}

/**
 * In which stage each member can be erected: one after the latest of what bears it in any way.
 *
 * @param relations All of them, without a circle
 * @returns The stage of each member that bears or is borne
 */
export function stages(relations: readonly Relation[]): Map<number, number> {
  const stageOf = new Map<number, number>();
  for (const { bearers } of relations) bearers.forEach((bearer) => stageOf.set(bearer, 0));
  untilNothingChanges(relations, ({ bearers, borne: [borne] }) => {
    const stage = 1 + Math.max(...bearers.map((bearer) => stageOf.get(bearer)!));
    if (stage <= (stageOf.get(borne) ?? 0)) return false;
    stageOf.set(borne, stage);
    return true;
  });
  return stageOf;
}

/** Goes over what bears something, until a round changes nothing. */
function untilNothingChanges(
  relations: readonly Relation[],
  change: (relation: Relation) => boolean,
): void {
  const bearing = relations.filter(({ kind }) => kind !== "meet");
  for (let changed = true; changed;) {
    changed = false;
    for (const relation of bearing) changed = change(relation) || changed;
  }
}
