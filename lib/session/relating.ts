/**
 * How a session relates points: what it needs to know of graphs, and what becomes of many edges at once.
 *
 * @module
 */

import {
  BudgetExceededError,
  describe,
  type EdgeFault,
  InvalidArgumentError,
  InvalidEdgeError,
} from "../errors.ts";
import { INTENT_BYTES_MAX } from "../limits.ts";
import type { HyperedgeInput } from "../hyperedge.ts";
import { GrowingColumn, type ValueColumn } from "../bytes/value.ts";
import type { Revision } from "../clock/revision.ts";

/** What the book of addresses says of one graph. */
export interface EdgeBook {
  /** The number of the graph. */
  readonly graph: number;
  /**
   * Checks a hyperedge.
   *
   * @returns Its id, if it gives one, and its bytes, valid until the next is checked
   * @throws {InvalidEdgeError} If it breaks a rule
   */
  encode(edge: HyperedgeInput): { id: bigint | undefined; data: Uint8Array };
  /**
   * Checks an id.
   *
   * @throws {InvalidEdgeError} Unless it is a bigint from 0 to 2^64-1
   */
  checkId(id: bigint): void;
}

/** What `relate` wrote. */
export interface RelatedEdge {
  /** The id of the edge. */
  id: bigint;
  /** The stamp of this version. */
  revision: Revision;
}

/** How many edges are related at once. */
export interface RelateManyOptions {
  /** The most edges that may break a rule, and are then left out; 0 unless given. */
  errorBudget?: number;
}

/** What `relateMany` wrote. */
export interface RelatedEdges {
  /** How many edges. */
  entries: number;
  /** The id of each edge that was given, in that order; undefined where it was left out. */
  ids: (bigint | undefined)[];
  /** The stamp of the first; undefined if there is none. */
  first: Revision | undefined;
  /** The stamp of the last; between them, only the sequence differs. */
  last: Revision | undefined;
  /** What was left out, and why. */
  errors: EdgeFault[];
}

/** Edges that keep their graph's rules, and those that do not. */
export interface CheckedEdges {
  /** For each edge that was given: its id if it gives one, "minted" if not, undefined if it is bad. */
  ids: (bigint | "minted" | undefined)[];
  /** Those that are good. */
  values: ValueColumn;
  /** Those that are bad. */
  errors: EdgeFault[];
}

/**
 * Checks many hyperedges.
 *
 * @param book Knows their graph
 * @param edges What the caller gave
 * @param options How
 * @throws {InvalidEdgeError} If more break a rule than the budget allows: that of the first, with all of
 * them as `errors`
 */
export function checkEdges(
  book: EdgeBook,
  edges: Iterable<HyperedgeInput>,
  options: RelateManyOptions = {},
): CheckedEdges {
  const budget = checkBudget(options);
  if (typeof (edges as Partial<typeof edges> | null)?.[Symbol.iterator] !== "function") {
    throw new InvalidArgumentError(`Edges are an array, or iterable, not ${describe(edges)}`, {
      found: edges,
    });
  }
  const ids: CheckedEdges["ids"] = [];
  const errors: EdgeFault[] = [];
  const values = new GrowingColumn();
  let first: InvalidEdgeError | undefined;
  for (const edge of edges) {
    try {
      const { id, data } = book.encode(edge);
      values.add(data);
      checkBytes(values.bytes);
      ids.push(id ?? "minted");
    } catch (error) {
      if (!(error instanceof InvalidEdgeError)) throw error;
      first ??= error;
      errors.push(faultOf(ids.length, error));
      ids.push(undefined);
    }
  }
  if (first === undefined || errors.length <= budget) {
    return { ids, values: values.toColumn(), errors };
  }
  throw new InvalidEdgeError(
    first.rule,
    `${errors.length} of ${ids.length} edges break a rule, at most ${budget} may, so none was related; edge ${
      errors[0].index
    }: ${first.message}`,
    { cause: first, expected: budget, found: errors.length },
    errors,
  );
}

/** What one intent cannot hold is not gathered first. */
function checkBytes(bytes: number): void {
  if (bytes <= INTENT_BYTES_MAX) return;
  throw new BudgetExceededError(
    `Edges of one call have at most ${INTENT_BYTES_MAX} bytes together, as an intent has; relate them in several, and commit in between`,
    { expected: INTENT_BYTES_MAX, found: bytes, retryable: false },
  );
}

function checkBudget(options: RelateManyOptions): number {
  if (typeof options !== "object" || options === null) {
    throw new InvalidArgumentError(`Options are an object, not ${describe(options)}`, {
      found: options,
    });
  }
  const { errorBudget = 0 } = options;
  if (errorBudget === Infinity || (Number.isInteger(errorBudget) && errorBudget >= 0)) {
    return errorBudget;
  }
  throw new InvalidArgumentError(
    `An errorBudget is an integer of 0 or more, or Infinity, not ${describe(errorBudget)}`,
    { found: errorBudget },
  );
}

/** The error has the id as it was read: to read it again may bring another, or throw. */
function faultOf(index: number, { id, rule, message }: InvalidEdgeError): EdgeFault {
  const known = id === undefined ? {} : { id };
  return { index, ...known, code: "invalid-edge", rule, message };
}
