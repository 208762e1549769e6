/**
 * Which of the edges around a point are wanted.
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";
import { HEAD, NEUTRAL, type Side, TAIL } from "./hyperedge.ts";

/** Which of the edges around a point are wanted. */
export interface IncidenceFilter {
  /** Those that leave it (it is a tail), enter it (a head), have it as neutral, or any; "any" unless given. */
  direction?: "any" | "outgoing" | "incoming" | "neutral";
  /** Their kinds; all, unless given, and none where there are none. */
  kinds?: string[];
}

/** Which of the edges around a point are wanted, checked. */
export interface CheckedFilter {
  /** On which side of an edge the point is. */
  sides: readonly Side[];
  /** The kinds of the edges; undefined: all. */
  kinds: ReadonlySet<string> | undefined;
}

/**
 * Checks which edges are wanted.
 *
 * @param filter What the caller gave
 * @returns The same with everything said
 * @throws {InvalidArgumentError} If it is outside what is allowed
 */
export function checkIncidenceFilter(filter: IncidenceFilter = {}): CheckedFilter {
  if (typeof filter !== "object" || filter === null) throw invalid("A filter is an object", filter);
  const { direction = "any", kinds } = filter;
  return { sides: sidesOf(direction), kinds: checkKinds(kinds) };
}

/**
 * Checks which kinds are wanted.
 *
 * @param kinds What the caller gave
 * @returns A set of its own; undefined for all of them
 * @throws {InvalidArgumentError} Unless it is an array of strings
 */
export function checkKinds(kinds: readonly string[] | undefined): ReadonlySet<string> | undefined {
  if (kinds === undefined) return undefined;
  if (!Array.isArray(kinds)) throw invalid("kinds are an array of strings", kinds);
  const wanted = new Set<string>();
  for (const kind of kinds) {
    if (typeof kind !== "string") throw invalid("A kind is a string", kind);
    wanted.add(kind);
  }
  return wanted;
}

const SIDES: ReadonlyMap<string, readonly Side[]> = new Map([
  ["any", [TAIL, HEAD, NEUTRAL]],
  ["outgoing", [TAIL]],
  ["incoming", [HEAD]],
  ["neutral", [NEUTRAL]],
]);

function sidesOf(direction: string): readonly Side[] {
  const sides = SIDES.get(direction);
  if (sides !== undefined) return sides;
  throw invalid('A direction is "any", "outgoing", "incoming" or "neutral"', direction);
}

function invalid(rule: string, found: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${rule}, not ${describe(found)}`, { expected: rule, found });
}
