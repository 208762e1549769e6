/**
 * A hyperedge inside: `lib/hyperedge.ts` with numbers for sides and spaces, and everything said.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import type { Polarity } from "../hyperedge.ts";

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
  /** Encoded by `encodeShared`: valid until the next value is encoded. */
  properties: Uint8Array | undefined;
  /** The last stamp at which the edge takes part. */
  validTo: Revision | undefined;
}
