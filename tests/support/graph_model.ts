/**
 * A hypergraph by brute force: every version of every edge, looked at one by one.
 *
 * @module
 */

import { type Hyperedge, type HyperedgeInput, Revision } from "../../mod.ts";

/** A version of an edge: what was given, or undefined where it was taken back. */
export interface ModelVersion {
  id: bigint;
  revision: Revision;
  edge: HyperedgeInput | undefined;
}

/** Where an edge is asked for. */
export interface ModelQuestion {
  space: string;
  /** Whether a point is meant. */
  isThere(point: readonly number[]): boolean;
  direction: "any" | "outgoing" | "incoming" | "neutral";
  kinds: readonly string[] | undefined;
}

const POLARITY = { outgoing: "tail", incoming: "head", neutral: "neutral" } as const;

/** What is committed of a graph. */
export class GraphModel {
  readonly versions: ModelVersion[];

  constructor(versions: readonly ModelVersion[] = []) {
    this.versions = [...versions];
  }

  commit(versions: readonly ModelVersion[]): void {
    this.versions.push(...versions);
  }

  copy(): GraphModel {
    return new GraphModel(this.versions);
  }

  /** Every edge that is visible, by id. */
  edges(ceiling: Revision | undefined): Map<bigint, ModelVersion> {
    const visible = new Map<bigint, ModelVersion>();
    for (const version of this.versions) {
      if (ceiling !== undefined && Revision.compare(version.revision, ceiling) > 0) continue;
      const other = visible.get(version.id);
      if (other === undefined || Revision.compare(other.revision, version.revision) < 0) {
        visible.set(version.id, version);
      }
    }
    const there = [...visible].filter(([, { edge }]) => edge !== undefined);
    return new Map(there.sort(([a], [b]) => (a < b ? -1 : 1)));
  }

  /** The edges that take part. */
  live(ceiling: Revision | undefined, nowMs: number): ModelVersion[] {
    const moment = ceiling ?? new Revision(nowMs, 0, 0, 0);
    return [...this.edges(ceiling).values()].filter(({ edge }) => {
      const { validTo } = edge!;
      return validTo === undefined || Revision.compare(moment, validTo as Revision) <= 0;
    });
  }

  /** The ids of edges, in their order. */
  incident(question: ModelQuestion, ceiling: Revision | undefined, nowMs: number): bigint[] {
    const { space, isThere, direction, kinds } = question;
    return this.live(ceiling, nowMs).filter(({ edge }) =>
      (kinds === undefined || kinds.includes(edge!.kind)) &&
      edge!.endpoints.some((endpoint) =>
        endpoint.space === space && isThere(endpoint.point as number[]) &&
        (direction === "any" || (endpoint.polarity ?? "neutral") === POLARITY[direction])
      )
    ).map(({ id }) => id);
  }

  /** The points that can be reached forward. */
  reached(
    from: { space: string; point: number[] },
    ceiling: Revision | undefined,
    nowMs: number,
  ): Set<string> {
    const live = this.live(ceiling, nowMs);
    const reached = new Set([nameOf(from)]);
    for (let before = 0; before < reached.size;) {
      before = reached.size;
      for (const { edge } of live) {
        const { endpoints } = edge!;
        const at = (polarity: string) => endpoints.filter((each) => each.polarity === polarity);
        if (!at("tail").some((each) => reached.has(nameOf(each)))) continue;
        at("head").forEach((each) => reached.add(nameOf(each)));
      }
    }
    return reached;
  }
}

/** A point with its space, as text. */
export function nameOf({ space, point }: { space: unknown; point: ArrayLike<number> }): string {
  return `${space}:${Array.from(point)}`;
}

/** What of an edge was given, for comparison. */
export function givenOf(edge: Hyperedge): HyperedgeInput {
  const { kind, directed, endpoints, validTo } = edge;
  return { kind, directed, endpoints, ...validTo === undefined ? {} : { validTo } };
}
