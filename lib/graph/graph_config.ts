/**
 * How a graph is made: which kinds of hyperedges it knows, and whether it takes others.
 *
 * @module
 */

import { describe, InvalidArgumentError } from "../errors.ts";
import { LABEL_LENGTH_MAX } from "./hyperedge.ts";

/** Whether edges of a kind are all directed, all undirected, or either. */
export type KindDirection = "directed" | "undirected" | "free";

/** How a graph is made. */
export interface GraphConfig {
  /** The kinds that are known, and whether their edges are directed; none unless given. */
  kinds?: Record<string, KindDirection>;
  /** What becomes of an edge of another kind; "allow" unless given. */
  unknownKinds?: "allow" | "reject";
}

/** How a graph was made, everything said. */
export interface GraphRules {
  /** The kinds that are known, and whether their edges are directed. */
  readonly kinds: ReadonlyMap<string, KindDirection>;
  /** What becomes of an edge of another kind. */
  readonly unknownKinds: "allow" | "reject";
}

/**
 * Checks how a graph is to be made.
 *
 * @param config What the caller gave
 * @returns The same with everything said, sharing nothing with it
 * @throws {InvalidArgumentError} If it is outside what is allowed
 */
export function checkGraphConfig(config: GraphConfig = {}): GraphRules {
  if (typeof config !== "object" || config === null) {
    throw invalid("A graph's configuration is an object", config);
  }
  const { kinds = {}, unknownKinds = "allow" } = config;
  if (typeof kinds !== "object" || kinds === null || Array.isArray(kinds)) {
    throw invalid("A graph's kinds are an object of kinds and their directions", kinds);
  }
  if (unknownKinds !== "allow" && unknownKinds !== "reject") {
    throw invalid('unknownKinds is "allow" or "reject"', unknownKinds);
  }
  const checked = new Map<string, KindDirection>();
  for (const [kind, direction] of Object.entries(kinds)) {
    if (!isLabel(kind)) throw invalid(`A graph's kind is ${LABEL_RULE}`, kind);
    if (direction !== "directed" && direction !== "undirected" && direction !== "free") {
      throw invalid(
        `The direction of kind ${describe(kind)} is "directed", "undirected" or "free"`,
        direction,
      );
    }
    checked.set(kind, direction);
  }
  return { kinds: checked, unknownKinds };
}

/**
 * Whether two graphs are made alike: the order in which kinds are named does not matter.
 *
 * @param a One
 * @param b The other
 */
export function sameGraphRules(a: GraphRules, b: GraphRules): boolean {
  if (a.unknownKinds !== b.unknownKinds || a.kinds.size !== b.kinds.size) return false;
  for (const [kind, direction] of a.kinds) {
    if (b.kinds.get(kind) !== direction) return false;
  }
  return true;
}

/** What a kind or role is, for messages. */
export const LABEL_RULE = `a text of 1 to ${LABEL_LENGTH_MAX} characters that is not blank`;

/**
 * Whether something can be a kind or a role: a text, not blank, not too long, and one that UTF-8 holds.
 *
 * @param value Anything
 */
export function isLabel(value: unknown): value is string {
  return typeof value === "string" && value.length <= LABEL_LENGTH_MAX &&
    value.trim().length > 0 && value.isWellFormed();
}

function invalid(rule: string, found: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${rule}, not ${describe(found)}`, { expected: rule, found });
}
