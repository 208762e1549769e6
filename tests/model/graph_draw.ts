/**
 * Draws graphs, edges of every kind over a few points, so that they meet, and edges that break a rule.
 *
 * @module
 */

import type { EndpointInput, GraphConfig, HyperedgeInput, KindDirection } from "../../mod.ts";
import { type Edge, type Endpoint, type GraphModel, stampOf } from "./graph_model.ts";
import type { GraphWorld } from "./graph_world.ts";
import type { Draw } from "./space_draw.ts";
import { valueOf } from "./space_model.ts";

/** Kinds of edges. */
export const KINDS: readonly string[] = ["feeds", "nears", "meets", "other"];

const DIRECTIONS: readonly KindDirection[] = ["directed", "undirected", "free"];
const SIDES = ["tail", "head", "neutral"] as const;
const ROLES: readonly string[] = [
  "member",
  "member",
  "member",
  "inlet",
  "a role of forty characters, or more",
];
const WEIGHTS: readonly number[] = [0, -0, 1.5, -3, 1e300, 5e-324];

/** The last is what session 1 mints first. */
const IDS: readonly bigint[] = [
  0n,
  1n,
  2n,
  2n ** 32n,
  2n ** 40n + 1n,
  2n ** 64n - 1n,
  2n ** 32n + 1n,
];

/** More endpoints than are compared one by one, and than the head of an edge names. */
const MANY_ENDPOINTS = 17;

/** An edge as it is given, and with everything said. */
export interface DrawnEdge {
  input: HyperedgeInput;
  edge: Edge;
}

/** Draws how a graph is made. */
export function drawConfig(draw: Draw): Required<GraphConfig> {
  const kinds = KINDS.filter(() => draw.chance(0.5)).map((kind) => [kind, draw.pick(DIRECTIONS)]);
  const reject = kinds.length > 0 && draw.chance(0.3);
  return { kinds: Object.fromEntries(kinds), unknownKinds: reject ? "reject" : "allow" };
}

/** Draws the id of an edge that is there, was, or will be. */
export function drawId({ draw, ids }: GraphWorld): bigint {
  return ids.length > 0 && draw.chance(0.4) ? draw.pick(ids) : draw.pick(IDS);
}

/** Draws an edge; without an id. */
export function drawEdge(world: GraphWorld, { config }: GraphModel): DrawnEdge {
  const { draw } = world;
  const known = Object.keys(config.kinds);
  const kind = draw.pick(config.unknownKinds === "reject" ? known : KINDS);
  const declared = config.kinds[kind];
  const may = declared === undefined || declared === "free";
  const directed = may ? draw.chance(0.7) : declared === "directed";
  const drawn = drawEndpoints(world, directed);
  const input: HyperedgeInput = { kind, endpoints: drawn.map(({ given }) => given) };
  if ((may && directed) || draw.chance(0.5)) input.directed = directed;
  if (draw.chance(0.2)) input.weight = draw.pick(WEIGHTS);
  if (draw.chance(0.3)) input.properties = { value: valueOf(world.nextValue()) };
  const validTo = draw.chance(0.2) ? drawValidTo(world, input) : undefined;
  const edge = {
    kind,
    directed,
    endpoints: drawn.map(({ endpoint }) => endpoint),
    weight: input.weight === undefined ? undefined : input.weight + 0,
    properties: input.properties,
    validTo,
  };
  return { input, edge };
}

interface DrawnEndpoint {
  given: EndpointInput;
  endpoint: Endpoint;
}

/** A point of a space. */
type Place = Pick<Endpoint, "space" | "point">;

function drawEndpoints(world: GraphWorld, directed: boolean): DrawnEndpoint[] {
  const { draw } = world;
  const places = world.spaces.flatMap(({ shape: { name: space, places } }): Place[] =>
    places.map(({ coordinates: point }) => ({ space, point }))
  );
  const ways = world.downhill && places.length > 1;
  const cut = ways ? 1 + draw.below(places.length - 1) : 0;
  const among = {
    tail: ways ? places.slice(0, cut) : places,
    head: places.slice(cut),
    neutral: places,
  };
  const count = draw.chance(0.1) ? MANY_ENDPOINTS + draw.below(4) : 2 + draw.below(3);
  const first = draw.below(2); // Which of the first two is the tail.
  return Array.from({ length: count }, (_, i) => {
    const side = directed ? i < 2 ? SIDES[i ^ first] : draw.pick(SIDES) : "neutral";
    return drawEndpoint(world, draw.pick(among[side]), side);
  });
}

function drawEndpoint(
  { draw, db }: GraphWorld,
  { space, point }: Place,
  polarity: Endpoint["polarity"],
): DrawnEndpoint {
  const role = draw.pick(ROLES);
  const spoken = point.map((value) => value === 0 && draw.chance(0.3) ? -0 : value);
  const given: EndpointInput = {
    space: draw.chance(0.2) ? db.space(space) : space,
    point: draw.chance(0.2) ? Float64Array.from(spoken) : spoken,
  };
  if (role !== "member" || draw.chance(0.2)) given.role = role;
  if (polarity !== "neutral" || draw.chance(0.2)) given.polarity = polarity;
  return { given, endpoint: { space, point, role, polarity } };
}

/** Draws until when an edge is valid: from the end of the millisecond that it is on. In hex. */
function drawValidTo({ draw, time, library, stamps }: GraphWorld, input: HyperedgeInput): string {
  const ms = time.wallMs + draw.pick([0, 0, 1, 2, 5, 1000, 1_000_000]);
  const hex = stampOf(ms, ms === time.wallMs ? "f" : draw.pick(["0", "f"]));
  if (draw.chance(0.5)) stamps.push(hex);
  if (draw.chance(0.6) || hex.endsWith("0")) input.validTo = library.Revision.parse(hex);
  else input.validTo = new Date(ms);
  return hex;
}

/** Makes an edge break a rule, and says which. */
export function spoil(
  { draw, time, library }: GraphWorld,
  { config }: GraphModel,
  { input, edge }: DrawnEdge,
): [rule: string, bad: HyperedgeInput] {
  const [first, ...others] = input.endpoints;
  const bent = (
    change: object,
  ): HyperedgeInput["endpoints"] => [{ ...first, ...change }, ...others];
  const bad: [string, HyperedgeInput][] = [
    ["id", { ...input, id: draw.pick([-1n, 2n ** 64n]) }],
    ["kind", { ...input, kind: draw.pick(["", " "]) }],
    ["endpoints", { ...input, endpoints: [first] }],
    ["space", { ...input, endpoints: bent({ space: "nowhere" }) }],
    ["point", { ...input, endpoints: bent({ point: [...Array.from(first.point), 1] }) }],
    ["role", { ...input, endpoints: bent({ role: "" }) }],
    ["polarity", { ...input, endpoints: bent({ polarity: edge.directed ? "left" : "tail" }) }],
    ["weight", { ...input, weight: draw.pick([NaN, Infinity]) }],
    ["properties", { ...input, properties: { never: () => {} } }],
    ["validity", {
      ...input,
      validTo: draw.chance(0.5)
        ? new Date(time.wallMs - 1)
        : library.Revision.parse(stampOf(time.wallMs, "0")),
    }],
  ];
  const declared = config.kinds[edge.kind];
  if (config.unknownKinds === "reject") {
    bad.push(["unknown-kind", { ...input, kind: "unheard-of" }]);
  }
  if (declared === "directed" || declared === "undirected") {
    bad.push(["kind-direction", { ...input, directed: !edge.directed }]);
  }
  if (edge.directed) {
    const endpoints = input.endpoints.map((each) => ({ ...each, polarity: "tail" as const }));
    bad.push(["direction", { ...input, endpoints }]);
  }
  return draw.pick(bad);
}
