/**
 * A hyperedge as its users see it: a relation of two or more points, each in a role.
 *
 * Undirected, all its endpoints are neutral. Directed, it leads from its tails to its heads, of which it
 * has at least one each; neutral endpoints then look on. One point may be an endpoint several times.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import type { Point, Space } from "../store/space.ts";

/** On which side of a hyperedge an endpoint is. */
export type Polarity = "tail" | "head" | "neutral";

/** The number of "tail" wherever sides are numbers: in bytes, and in loops. */
export const TAIL = 0;
/** The number of "head". */
export const HEAD = 1;
/** The number of "neutral". */
export const NEUTRAL = 2;

/** The number of a polarity: `TAIL`, `HEAD` or `NEUTRAL`. */
export type Side = typeof TAIL | typeof HEAD | typeof NEUTRAL;

/** The polarities in the order of their numbers. */
export const POLARITIES: readonly Polarity[] = ["tail", "head", "neutral"];

/** The role of an endpoint that names none. */
export const DEFAULT_ROLE = "member";

/** The fewest endpoints of a hyperedge. */
export const ENDPOINTS_MIN = 2;

/** The longest kind or role, in UTF-16 code units: every row of an incidence carries the kind. */
export const LABEL_LENGTH_MAX = 1024;

/** The highest id of a hyperedge. */
export const EDGE_ID_MAX = 0xffff_ffff_ffff_ffffn;

/** An endpoint to be. */
export interface EndpointInput {
  /** A space of this database, or its name. */
  space: Space | string;
  /** A point of that space. */
  point: Point;
  /** What the point is to the edge; "member" unless given. */
  role?: string;
  /** On which side it is; "neutral" unless given. */
  polarity?: Polarity;
}

/** A hyperedge to be. */
export interface HyperedgeInput {
  /** 0 to 2^64-1; one that exists is superseded. Minted unless given. */
  id?: bigint;
  /** What the relation is, such as "bears-on". */
  kind: string;
  /** Whether it leads from tails to heads; as the graph declares its kind, else false, unless given. */
  directed?: boolean;
  /** Two or more. */
  endpoints: EndpointInput[];
  /** Any finite number. */
  weight?: number;
  /** Any values that MessagePack holds. */
  properties?: Record<string, unknown>;
  /** Until when the relation holds: a stamp, or the end of a millisecond. */
  validTo?: Revision | Date;
}

/** An endpoint of a hyperedge. */
export interface HyperedgeEndpoint {
  /** The name of the space. */
  space: string;
  /** Where in it. */
  point: number[];
  /** What the point is to the edge. */
  role: string;
  /** On which side it is. */
  polarity: Polarity;
}

/** A hyperedge, as one commit left it. */
export interface Hyperedge {
  /** 0 to 2^64-1. */
  id: bigint;
  /** What the relation is. */
  kind: string;
  /** Whether it leads from tails to heads. */
  directed: boolean;
  /** As given. */
  weight?: number;
  /** As given. */
  properties?: Record<string, unknown>;
  /** In the order in which they were given. */
  endpoints: HyperedgeEndpoint[];
  /** Since when the relation holds: the revision that asserted it. */
  validFrom: Revision;
  /** Until when. */
  validTo?: Revision;
  /** When and by whom it was written. */
  revision: Revision;
}

/** A point of a space. */
export interface EndpointAt {
  /** A space of this database, or its name. */
  space: Space | string;
  /** Where in it. */
  point: Point;
}

/** An endpoint inside: everything said, and nothing of the caller's. */
export interface CheckedEndpoint {
  /** The number of the space. */
  space: number;
  /** Where in it. */
  point: number[];
  /** What the point is to the edge. */
  role: string;
  /** On which side it is. */
  side: Side;
}

/** A hyperedge inside: it keeps every rule, and shares nothing with what the caller gave. */
export interface CheckedEdge {
  /** Undefined when one is to be minted. */
  id: bigint | undefined;
  /** What the relation is. */
  kind: string;
  /** Whether it leads from tails to heads. */
  directed: boolean;
  /** In the order in which they were given. */
  endpoints: CheckedEndpoint[];
  /** Finite, and never -0. */
  weight: number | undefined;
  /** Encoded by `encodeValue`. */
  properties: Uint8Array | undefined;
  /** The last stamp at which the edge takes part. */
  validTo: Revision | undefined;
}
