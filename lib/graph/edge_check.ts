/**
 * The rules of hyperedges, each with a name of its own in the error that tells of it.
 *
 * | rule             | wants                                                                          |
 * | ---------------- | ------------------------------------------------------------------------------ |
 * | `id`             | none, or a bigint from 0 to 2^64-1                                             |
 * | `kind`           | a text that is not blank                                                       |
 * | `unknown-kind`   | a kind that the graph declares, if it rejects others                           |
 * | `kind-direction` | `directed` as the graph declares the kind                                      |
 * | `direction`      | a truth value; directed: at least one tail and one head                        |
 * | `endpoints`      | an array of two or more endpoints; all together fit a frame                    |
 * | `space`          | a space of this database                                                       |
 * | `point`          | a point of that space                                                          |
 * | `role`           | a text that is not blank                                                       |
 * | `polarity`       | tail, head or neutral; undirected: neutral                                     |
 * | `weight`         | none, or a finite number                                                       |
 * | `properties`     | none, or an object of values that MessagePack holds; it fits a frame           |
 * | `validity`       | none, or a stamp or date that no stamp given, nor the wall clock, has reached  |
 *
 * Every property of the input is read once, so what was checked is what is used.
 *
 * @module
 */

import { encodeShared } from "../bytes/value.ts";
import type { HybridClock } from "../clock/hybrid_clock.ts";
import { Revision } from "../clock/revision.ts";
import { describe, type EdgeRule, InfiniteDbError, InvalidEdgeError } from "../errors.ts";
import { U32_MAX } from "../limits.ts";
import type { Point } from "../store/space.ts";
import { type GraphRules, isLabel, LABEL_RULE } from "./graph_config.ts";
import type { EndpointInput, HyperedgeInput, NameOrHandle, Polarity } from "../hyperedge.ts";
import {
  type CheckedEdge,
  type CheckedEndpoint,
  DEFAULT_ROLE,
  EDGE_ID_MAX,
  ENDPOINTS_MIN,
  HEAD,
  NEUTRAL,
  POLARITIES,
  type Side,
  TAIL,
} from "./hyperedge.ts";

const PHYSICAL_MS_MAX = 2 ** 48 - 1;
const LOGICAL_MAX = 0xffff;

/** A space to which an endpoint may belong. */
export interface EndpointSpace {
  /** Its number. */
  readonly id: number;
  /**
   * Checks a point.
   *
   * @param point What the caller gave
   * @returns An array of its own, in which -0 has become 0
   * @throws If it is no point of the space
   */
  check(point: Point): number[];
}

/** Finds a space by its handle or name; throws if this database has no such space. */
export type SpaceResolver = (space: NameOrHandle) => EndpointSpace;

/**
 * Checks a hyperedge against the rules of its graph.
 *
 * @param rules How the graph was made
 * @param input What the caller gave
 * @param resolve Finds the endpoints' spaces
 * @param nowMs What the wall clock says, in milliseconds since 1970
 * @param stamps Knows the newest stamp, which may be ahead of the wall clock
 * @returns The edge with everything said, sharing nothing with what the caller gave; its properties are
 * valid until the next value is encoded
 * @throws {InvalidEdgeError} If it breaks a rule, naming it
 */
export function checkEdge(
  rules: GraphRules,
  input: HyperedgeInput,
  resolve: SpaceResolver,
  nowMs: number,
  stamps: Pick<HybridClock, "last">,
): CheckedEdge {
  if (typeof input !== "object" || input === null) {
    throw invalid("endpoints", "A hyperedge is an object with kind and endpoints", input);
  }
  const { id, kind, directed: wanted, endpoints, weight, properties, validTo } = input;
  try {
    if (id !== undefined) checkEdgeId(id);
    const directed = checkDirection(rules, checkKind(kind), wanted);
    const checked: CheckedEdge = {
      id,
      kind,
      directed,
      endpoints: checkEndpoints(endpoints, directed, resolve),
      weight: checkWeight(weight),
      validTo: lastStamp(validTo),
      properties: checkProperties(properties),
    };
    // From here on nothing of the caller's runs: it might take stamps, or encode in place of the properties.
    checkValidity(checked.validTo, nowMs, stamps);
    return checked;
  } catch (error) {
    if (error instanceof InvalidEdgeError && typeof id === "bigint") error.id = id;
    throw error;
  }
}

/**
 * Checks an id.
 *
 * @param id What the caller gave
 * @throws {InvalidEdgeError} With rule `id`
 */
export function checkEdgeId(id: bigint): void {
  if (typeof id === "bigint" && id >= 0n && id <= EDGE_ID_MAX) return;
  throw invalid("id", "The id of a hyperedge is a bigint from 0 to 2^64-1", id);
}

function checkKind(kind: string): string {
  if (isLabel(kind)) return kind;
  throw invalid("kind", `The kind of a hyperedge is ${LABEL_RULE}`, kind);
}

/** Whether the edge is directed: as wanted, where its kind allows it; else as its kind says. */
function checkDirection(rules: GraphRules, kind: string, wanted: boolean | undefined): boolean {
  const declared = rules.kinds.get(kind);
  if (declared === undefined && rules.unknownKinds === "reject") {
    throw invalid("unknown-kind", `The kind is one of ${listOf(rules.kinds.keys())}`, kind);
  }
  if (wanted !== undefined && typeof wanted !== "boolean") {
    throw invalid("direction", "directed is true or false", wanted);
  }
  const must = declared === "directed" ? true : declared === "undirected" ? false : undefined;
  if (must !== undefined && wanted !== undefined && wanted !== must) {
    throw invalid(
      "kind-direction",
      `Edges of kind ${describe(kind)} are ${declared}: directed is ${must} or left out`,
      wanted,
    );
  }
  return wanted ?? must ?? false;
}

function checkEndpoints(
  endpoints: readonly EndpointInput[],
  directed: boolean,
  resolve: SpaceResolver,
): CheckedEndpoint[] {
  const count = Array.isArray(endpoints) ? endpoints.length : undefined;
  if (count === undefined || count < ENDPOINTS_MIN) {
    const found = count ?? endpoints;
    throw invalid("endpoints", "The endpoints of a hyperedge are an array of 2 or more", found);
  }
  const checked: CheckedEndpoint[] = [];
  const seen = [0, 0, 0];
  for (let i = 0; i < count; i++) {
    const endpoint = checkEndpoint(endpoints[i], i, directed, resolve);
    seen[endpoint.side]++;
    checked.push(endpoint);
  }
  if (directed && (seen[TAIL] === 0 || seen[HEAD] === 0)) {
    throw new InvalidEdgeError(
      "direction",
      `A directed hyperedge has at least one tail and one head, not ${seen[TAIL]} and ${
        seen[HEAD]
      }`,
      { expected: [1, 1], found: [seen[TAIL], seen[HEAD]] },
    );
  }
  return checked;
}

function checkEndpoint(
  input: EndpointInput,
  index: number,
  directed: boolean,
  resolve: SpaceResolver,
): CheckedEndpoint {
  if (typeof input !== "object" || input === null) {
    throw invalid("endpoints", `Endpoint ${index} is an object with space and point`, input);
  }
  const { space, point, role = DEFAULT_ROLE, polarity = "neutral" } = input;
  if (typeof space !== "string" && (typeof space !== "object" || space === null)) {
    throw invalid("space", `The space of endpoint ${index} is a space or its name`, space);
  }
  const found = refused("space", index, () => resolve(space));
  const own = refused("point", index, () => found.check(point));
  if (!isLabel(role)) throw invalid("role", `The role of endpoint ${index} is ${LABEL_RULE}`, role);
  return { space: found.id, point: own, role, side: checkPolarity(polarity, index, directed) };
}

function checkPolarity(polarity: Polarity, index: number, directed: boolean): Side {
  const side = POLARITIES.indexOf(polarity);
  if (side < 0) {
    const rule = `The polarity of endpoint ${index} is "tail", "head" or "neutral"`;
    throw invalid("polarity", rule, polarity);
  }
  if (!directed && side !== NEUTRAL) {
    throw invalid(
      "polarity",
      `Endpoint ${index} of an undirected hyperedge is neutral (give directed: true for tails and heads)`,
      polarity,
    );
  }
  return side as Side;
}

function checkWeight(weight: number | undefined): number | undefined {
  if (weight === undefined) return undefined;
  if (Number.isFinite(weight)) return weight + 0; // -0 becomes 0.
  throw invalid("weight", "The weight of a hyperedge is a finite number", weight);
}

function checkProperties(properties: Record<string, unknown> | undefined): Uint8Array | undefined {
  if (properties === undefined) return undefined;
  const isObject = typeof properties === "object" && properties !== null &&
    !Array.isArray(properties) && !ArrayBuffer.isView(properties) &&
    !((properties as unknown) instanceof Date);
  if (!isObject) {
    throw invalid("properties", "The properties of a hyperedge are an object", properties);
  }
  try {
    return encodeShared(properties);
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    throw new InvalidEdgeError(
      "properties",
      `The properties of a hyperedge cannot be stored: ${error.message}`,
      { cause: error },
    );
  }
}

/** Valid at its own stamp at least: else it would be live by the wall clock, and at no `asOf`. */
function checkValidity(
  last: Revision | undefined,
  nowMs: number,
  stamps: Pick<HybridClock, "last">,
): void {
  if (last === undefined) return;
  const newest = stamps.last;
  const isWall = newest === undefined || newest.physicalMs < Math.floor(nowMs);
  const earliestMs = isWall ? Math.floor(nowMs) : newest.physicalMs;
  const earliestLogical = isWall ? 0 : newest.logical + 1;
  const ahead = last.physicalMs - earliestMs || last.logical - earliestLogical;
  if (ahead > 0) return;
  throw new InvalidEdgeError(
    "validity",
    `A hyperedge cannot be valid to ${timeOf(last.physicalMs)} (${last}) only: ${
      isWall ? `it is ${timeOf(nowMs)}` : `the newest stamp is ${newest}`
    }`,
    { expected: earliestMs, found: last.physicalMs },
  );
}

/** The last stamp at which something valid to a moment is valid: of a date, its highest. */
function lastStamp(validTo: Revision | Date | undefined): Revision | undefined {
  if (validTo === undefined) return undefined;
  if (validTo instanceof Revision) {
    const { physicalMs, logical, session, sequence } = validTo;
    try {
      return new Revision(physicalMs, logical, session, sequence);
    } catch (error) {
      throw new InvalidEdgeError("validity", "validTo is a Revision whose fields were changed", {
        cause: error,
      });
    }
  }
  const ms = validTo instanceof Date ? validTo.getTime() : NaN;
  if (Number.isNaN(ms)) throw invalid("validity", "validTo is a Revision or a valid Date", validTo);
  return new Revision(
    Math.min(Math.max(ms, 0), PHYSICAL_MS_MAX),
    LOGICAL_MAX,
    U32_MAX,
    U32_MAX,
  );
}

function timeOf(ms: number): string {
  const date = new Date(ms);
  return Number.isNaN(date.getTime()) ? `${ms} ms after 1970` : date.toISOString();
}

/** Runs a check of somebody else, and tells of its refusal as of a rule; what is no refusal passes. */
function refused<T>(rule: EdgeRule, index: number, check: () => T): T {
  try {
    return check();
  } catch (error) {
    const ours = error instanceof InfiniteDbError;
    if (!ours || (error.code !== "not-found" && error.code !== "invalid-argument")) throw error;
    throw new InvalidEdgeError(rule, `Endpoint ${index}: ${error.message}`, {
      cause: error,
      ...("expected" in error ? { expected: error.expected } : {}),
      ...("found" in error ? { found: error.found } : {}),
    });
  }
}

function listOf(kinds: Iterable<string>): string {
  const names = Array.from(kinds, (kind) => describe(kind));
  const listed = names.length > 8 ? [...names.slice(0, 8), "..."] : names;
  return names.length === 0 ? "those the graph declares (none)" : listed.join(", ");
}

function invalid(rule: EdgeRule, wanted: string, found: unknown): InvalidEdgeError {
  return new InvalidEdgeError(rule, `${wanted}, not ${describe(found)}`, {
    expected: wanted,
    found,
  });
}
