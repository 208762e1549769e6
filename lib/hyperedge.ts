/**
 * A hyperedge as its users see it: a relation of two or more points, each in a role.
 *
 * Undirected, all its endpoints are neutral. Directed, it leads from its tails to its heads, of which it
 * has at least one each; neutral endpoints then look on. One point may be an endpoint several times.
 *
 * Only words are here: sessions take these and graphs give them, and the two never meet.
 *
 * @module
 */

import type { Revision } from "./clock/revision.ts";

/** On which side of a hyperedge an endpoint is. */
export type Polarity = "tail" | "head" | "neutral";

/** A space or a graph, by its handle or its name. */
export type NameOrHandle = string | { readonly name: string };

/** An endpoint to be. */
export interface EndpointInput {
  /** A space of this database, or its name. */
  space: NameOrHandle;
  /** A point of that space. Nothing has to stand there, and what stands there may be deleted. */
  point: ArrayLike<number>;
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

/**
 * A hyperedge, as one commit left it.
 *
 * `JSON.stringify(edge)` gives its id as a string of digits. Of a copy such as `{ ...edge }` it throws, as of
 * every bigint, since the method that does so is not copied: give `{ ...edge, id: String(edge.id) }`.
 */
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
  space: NameOrHandle;
  /** Where in it. */
  point: ArrayLike<number>;
}
