/**
 * What a graph has to hold, computed the plain way: an array of all committed versions of edges, searched
 * from end to end for every answer.
 *
 * @module
 */

import type { GraphConfig, Polarity } from "../../mod.ts";

/** An endpoint with everything said. */
export interface Endpoint {
  /** The name of the space. */
  readonly space: string;
  readonly point: readonly number[];
  readonly role: string;
  readonly polarity: Polarity;
}

/** An edge with everything said. */
export interface Edge {
  readonly kind: string;
  readonly directed: boolean;
  readonly endpoints: readonly Endpoint[];
  readonly weight: number | undefined;
  readonly properties: Record<string, unknown> | undefined;
  /** In hex. */
  readonly validTo: string | undefined;
}

/** A version as it was written. Revisions are in hex: these sort as they should. */
export interface WrittenEdge {
  readonly id: bigint;
  readonly revision: string;
  /** Undefined where it is taken back. */
  readonly edge: Edge | undefined;
}

/** A version that was committed. */
export interface EdgeVersion extends WrittenEdge {
  readonly session: number;
  /** Which commit of the database brought it. */
  readonly ordinal: number;
}

/** An edge that is there. */
export type FoundEdge = EdgeVersion & { readonly edge: Edge };

/** Which versions count. */
export interface EdgeTerms {
  /** Commits after this are not seen. */
  through: number;
  /** Nor revisions above this. */
  ceiling: string | undefined;
  /** When it is asked, or was pinned: edges that are past then take no part, unless there is a ceiling. */
  nowMs: number;
}

/** Which edges are wanted. */
export interface EdgeQuestion {
  /** The name of the space of an endpoint. */
  space: string;
  /** Whether a point of it is meant. */
  isThere(point: readonly number[]): boolean;
  direction: "any" | "outgoing" | "incoming" | "neutral";
  kinds: readonly string[] | undefined;
}

const POLARITY = { outgoing: "tail", incoming: "head", neutral: "neutral" } as const;

/** All that was committed in one graph. */
export class GraphModel {
  readonly name: string;
  readonly config: Required<GraphConfig>;
  readonly versions: EdgeVersion[] = [];

  /**
   * @param name What it is called
   * @param config How it was made
   */
  constructor(name: string, config: Required<GraphConfig>) {
    this.name = name;
    this.config = config;
  }

  /** Every edge that is there, by rising id. */
  edges({ through, ceiling = "g" }: EdgeTerms): FoundEdge[] {
    const newest = new Map<bigint, EdgeVersion>();
    for (const version of this.versions) {
      if (version.ordinal > through || version.revision > ceiling) continue;
      const other = newest.get(version.id);
      if (other === undefined || other.revision < version.revision) {
        newest.set(version.id, version);
      }
    }
    const there = [...newest.values()].filter((each): each is FoundEdge => each.edge !== undefined);
    return there.sort((a, b) => a.id < b.id ? -1 : 1);
  }

  /** The edges that take part: those that are not past. */
  live(terms: EdgeTerms, kinds: readonly string[] | undefined): FoundEdge[] {
    const moment = terms.ceiling ?? stampOf(terms.nowMs, "0");
    return this.edges(terms).filter(({ edge: { kind, validTo } }) =>
      (validTo === undefined || moment <= validTo) && (kinds === undefined || kinds.includes(kind))
    );
  }

  /** The edges that touch points, by rising id. */
  incident(question: EdgeQuestion, terms: EdgeTerms): FoundEdge[] {
    const { space, isThere, direction, kinds } = question;
    return this.live(terms, kinds).filter(({ edge }) =>
      edge.endpoints.some((endpoint) =>
        endpoint.space === space && isThere(endpoint.point) &&
        (direction === "any" || endpoint.polarity === POLARITY[direction])
      )
    );
  }
}

/**
 * The lowest or the highest stamp of a millisecond, in hex.
 *
 * @param ms Since 1970
 * @param digit "0" for the lowest, "f" for the highest
 */
export function stampOf(ms: number, digit: "0" | "f"): string {
  return Math.floor(ms).toString(16).padStart(12, "0") + digit.repeat(20);
}
