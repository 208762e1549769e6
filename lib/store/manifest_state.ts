/**
 * All that a manifest says, and when it makes sense.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import { POINT_COORDINATES_MAX, U32_MAX } from "../limits.ts";
import type { Axis } from "./space.ts";
import { KEY_BITS_MAX, SPACE_BITS_MAX } from "./space_checks.ts";

/** Bytes of a database id. */
export const DATABASE_ID_BYTES = 16;

/** A space, as the manifest keeps it. */
export interface SpaceRecord {
  /** Its number, in one sequence with the graphs'. */
  id: number;
  /** Its name. */
  name: string;
  /** How many dimensions. */
  dims: number;
  /** Bits of a coordinate. */
  bits: number;
  /** The bounds of a float space; none for an integer grid. */
  axes: readonly Axis[];
  /** Which versions a merge keeps. */
  retention: "all" | "latest";
}

/** A graph, as the manifest keeps it. */
export interface GraphRecord {
  /** Its number, in one sequence with the spaces'. */
  id: number;
  /** Its name, which no space has. */
  name: string;
  /** The kinds of edges it knows, and whether their edges are directed. */
  kinds: ReadonlyMap<string, "directed" | "undirected" | "free">;
  /** What becomes of an edge of another kind. */
  unknownKinds: "allow" | "reject";
}

/** Which table something is of: the records of a space, the edges of a graph, or rows about its endpoints. */
export interface TableNumbers {
  /** The number of the space or graph. */
  readonly space: number;
  /** Of the incidence rows of a graph: the number of the space whose points they are about. */
  readonly of?: number;
}

/** A run file. */
export interface RunRecord extends TableNumbers {
  /** Its number: the file is `runs/{id}.run`. */
  id: number;
  /** How many entries it holds. */
  entries: number;
  /** How long the file is. */
  bytes: number;
}

/** All that a manifest says. Never changed in place: a change makes another. */
export interface ManifestState {
  /** Sixteen bytes that no other database has. */
  databaseId: Uint8Array;
  /** The spaces. */
  spaces: readonly SpaceRecord[];
  /** The graphs. */
  graphs: readonly GraphRecord[];
  /** The run files that make up the database. */
  runs: readonly RunRecord[];
  /** The number of the next space or graph. */
  nextSpace: number;
  /** The number of the next run. */
  nextRun: number;
  /** The number of the next session. */
  nextSession: number;
  /** The highest stamp the database holds. */
  highest: Revision | undefined;
  /** For each session that still has files: everything up to this revision is settled elsewhere. */
  sealedThrough: ReadonlyMap<number, Revision>;
  /** For each space of which versions were dropped: the highest revision dropped. */
  dropped: ReadonlyMap<number, Revision>;
}

/**
 * The state of a database that holds nothing yet.
 *
 * @returns A state with a database id of its own
 */
export function newManifestState(): ManifestState {
  return {
    databaseId: crypto.getRandomValues(new Uint8Array(DATABASE_ID_BYTES)),
    spaces: [],
    graphs: [],
    runs: [],
    nextSpace: 1,
    nextRun: 1,
    nextSession: 1,
    highest: undefined,
    sealedThrough: new Map(),
    dropped: new Map(),
  };
}

/**
 * What is wrong with a state, if anything: rules that go beyond its shape.
 *
 * @param state Any state
 * @returns The fault in words, or undefined
 */
export function faultOf(state: ManifestState): string | undefined {
  if (state.databaseId.length !== DATABASE_ID_BYTES) return "a database id is not 16 bytes";
  const all = [...state.spaces, ...state.graphs];
  const count = new Set(all.map(({ id }) => id)).size;
  if (count < all.length) return "the number of a space or graph is listed twice";
  if (new Set(all.map(({ name }) => name)).size < count) {
    return "the name of a space or graph is listed twice";
  }
  return faultOfSpaces(state) ?? faultOfGraphs(state) ?? faultOfRuns(state) ??
    faultOfSessions(state);
}

function faultOfSpaces(state: ManifestState): string | undefined {
  for (const { id, name, dims, bits, axes } of state.spaces) {
    if (!isNumberBelow(id, state.nextSpace)) return `a space has the number ${id}`;
    if (name === "") return `space ${id} has no name`;
    if (!(dims >= 1 && dims <= POINT_COORDINATES_MAX)) return `space ${id} has ${dims} dimensions`;
    if (!(bits >= 1 && bits <= SPACE_BITS_MAX && dims * bits <= KEY_BITS_MAX)) {
      return `space ${id} has ${bits} bits in ${dims} dimensions`;
    }
    if (axes.length !== 0 && axes.length !== dims) return `space ${id} has ${axes.length} axes`;
    // Not min < max: their difference may still round to 0 or overflow.
    if (!axes.every(({ min, max }) => max - min > 0 && max - min < Infinity)) {
      return `space ${id} has an axis without extent`;
    }
  }
  return undefined;
}

function faultOfGraphs(state: ManifestState): string | undefined {
  for (const { id, name, kinds } of state.graphs) {
    if (!isNumberBelow(id, state.nextSpace)) return `a graph has the number ${id}`;
    if (name === "") return `graph ${id} has no name`;
    if (kinds.has("")) return `graph ${id} knows a kind without a name`;
  }
  return undefined;
}

function faultOfRuns(state: ManifestState): string | undefined {
  const spaces = new Set(state.spaces.map(({ id }) => id));
  const graphs = new Set(state.graphs.map(({ id }) => id));
  if (new Set(state.runs.map(({ id }) => id)).size < state.runs.length) {
    return "a run's number is listed twice";
  }
  for (const { id, space, of } of state.runs) {
    if (!isNumberBelow(id, state.nextRun)) return `a run has the number ${id}`;
    if (of === undefined) {
      if (spaces.has(space) || graphs.has(space)) continue;
      return `run ${id} is of space ${space}, which is not listed`;
    }
    if (!graphs.has(space)) return `run ${id} is of graph ${space}, which is not listed`;
    if (!spaces.has(of)) return `run ${id} is about space ${of}, which is not listed`;
  }
  return undefined;
}

function faultOfSessions(state: ManifestState): string | undefined {
  for (const session of state.sealedThrough.keys()) {
    if (!(session <= U32_MAX)) return `a session has the number ${session}`;
  }
  return undefined;
}

function isNumberBelow(id: number, next: number): boolean {
  return id >= 1 && id < next;
}
