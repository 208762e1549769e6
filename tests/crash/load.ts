/**
 * What scenarios write, and what the ledger is told of it.
 *
 * @module
 */

import type { HyperedgeInput } from "../../mod.ts";
import { type EdgeContent, textOf } from "./database_edges.ts";
import type { DatabaseLedger } from "./database_ledger.ts";
import { Violation } from "./ledger.ts";
import type { Writer } from "./writer.ts";

/** The space that scenarios write to, unless they say otherwise. */
export const SPACE = "s";

/** The graph that they write to, unless they say otherwise. */
export const GRAPH = "g";

/** The kinds of its edges. */
export const KINDS = { feeds: "directed", ties: "undirected" } as const;

/** What is written to a space. */
export interface Load {
  space?: string;
  /** Of each value. */
  bytes?: number;
  /** At this point, not at one of its own. */
  at?: number;
  /** Whether they are deletions; every fourth unless given. */
  deletes?: boolean;
}

/** What is written to a graph: an edge, the next one always different. */
export interface Relation {
  graph?: string;
  /** Minted unless given. */
  id?: bigint;
  /** Where its endpoints are, as `Load.at` has them: of a directed edge the first is the tail. */
  at: readonly number[];
  /** The space of the first; that of the others is the usual one. */
  space?: string;
  /** Of its properties. */
  bytes?: number;
}

/** Writes entries, every fourth of them a deletion. */
export function writeEntries(
  writer: Writer,
  ledger: DatabaseLedger,
  count: number,
  { space = SPACE, bytes = 8, at, deletes }: Load,
): void {
  for (let i = 0; i < count; i++) {
    const number = ledger.nextNumber++;
    const point = at === undefined ? [number, 7] : [at, 0];
    const data = deletes ?? number % 4 === 0 ? undefined : `${number} `.padEnd(bytes, "x");
    const revision = data === undefined
      ? writer.session.delete(space, point)
      : writer.session.insert(space, point, data);
    ledger.takeStamp(`${revision}`);
    writer.add({ revision: `${revision}`, space, point: point.join(), data });
  }
}

/** Writes entries in one call, none of them a deletion. */
export function writeMany(
  writer: Writer,
  ledger: DatabaseLedger,
  count: number,
  { space = SPACE, bytes = 8 }: Load,
): void {
  const first = ledger.nextNumber;
  ledger.nextNumber += count;
  const value = (i: number): string => `${first + i} `.padEnd(bytes, "x");
  const coordinates = Array.from({ length: count }, (_, i) => [first + i, 7]).flat();
  const stamp = `${writer.session.insertMany(space, { coordinates, data: value })!.first}`;
  for (let i = 0; i < count; i++) {
    const sequence = Number.parseInt(stamp.slice(-8), 16) + i;
    const revision = stamp.slice(0, -8) + sequence.toString(16).padStart(8, "0");
    ledger.takeStamp(revision);
    writer.add({ revision, space, point: `${first + i},7`, data: value(i) });
  }
}

/** Writes an edge. Every third is undirected. */
export function relateOne(writer: Writer, ledger: DatabaseLedger, relation: Relation): void {
  const { graph = GRAPH, id, at, space = SPACE, bytes = 8 } = relation;
  const number = ledger.nextNumber++;
  const directed = number % 3 !== 0;
  const edge: EdgeContent & HyperedgeInput = {
    kind: directed ? "feeds" : "ties",
    directed,
    weight: number / 2,
    properties: { number, pad: "".padEnd(bytes, "x") },
    endpoints: at.map((x, i) => ({
      space: i === 0 ? space : SPACE,
      point: [x, 0],
      role: i === 0 ? "first" : "member",
      polarity: directed ? i === 0 ? "tail" : "head" : "neutral",
    })),
  };
  const related = writer.session.relate(graph, id === undefined ? edge : { ...edge, id });
  const point = `${related.id}`;
  const known = ledger.parts.some(({ entries }) =>
    entries.some((entry) => entry.space === graph && entry.point === point)
  );
  if (id === undefined && known) throw new Violation(`the id ${point} of an edge was minted twice`);
  const revision = `${related.revision}`;
  ledger.takeStamp(revision);
  writer.add({ revision, space: graph, point, data: textOf(edge) });
}

/** Deletes an edge. */
export function unrelateOne(
  writer: Writer,
  ledger: DatabaseLedger,
  graph: string,
  id: bigint,
): void {
  const revision = `${writer.session.unrelate(graph, id)}`;
  ledger.takeStamp(revision);
  writer.add({ revision, space: graph, point: `${id}`, data: undefined });
}
