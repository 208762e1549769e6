/**
 * A frame in a database: each member a record at its middle, each way in which it is borne a hyperedge.
 *
 * The tails of such an edge bear, all of them together; its head is borne. Read forwards, edges lead from
 * the footings to the roof; several edges to one member are alternatives.
 *
 * @module
 */

import {
  type CommitResult,
  type Database,
  type EndpointAt,
  type EndpointInput,
  type Graph,
  type HyperedgeInput,
  Revision,
  type Space,
} from "../../mod.ts";
import type { Frame, Member, MemberKind, Relation } from "./frame.ts";
import type { MistakenFrame } from "./frame_mistakes.ts";
import { PlainError } from "./report.ts";

/** What stands at a point. */
export interface MemberRecord {
  /** What it is. */
  kind: MemberKind;
  /** What the drawings call it. */
  mark: string;
  /** Along x, y and z, in metres. */
  size: number[];
}

/** How many sessions write at once. */
export const CREWS = 4;

/** Half the side of the site, in metres. */
const SITE = 10_000;

/** A frame that is stored, and what was drawn. */
export class Structure {
  readonly db: Database;
  /** As it should be. */
  readonly frame: Frame;
  /** Where every bearer is that nothing stands at. */
  readonly strays: readonly number[][];
  readonly members: Space<MemberRecord>;
  readonly bearing: Graph;
  readonly #indexAt: Map<string, number>;

  private constructor(
    db: Database,
    { frame, strays }: MistakenFrame,
    members: Space<MemberRecord>,
    bearing: Graph,
  ) {
    this.db = db;
    this.frame = frame;
    this.strays = strays;
    this.members = members;
    this.bearing = bearing;
    this.#indexAt = new Map(frame.members.map(({ point }, i) => [String(point), i]));
  }

  /**
   * Finds or makes the space and the graph.
   *
   * @param db Where
   * @param drawn What is there, or will be
   */
  static async in(db: Database, drawn: MistakenFrame): Promise<Structure> {
    const members = await db.createSpace<MemberRecord>("members", {
      dims: 3,
      axes: ["x", "y", "z"].map((name) => ({ name, min: -SITE, max: SITE })),
    });
    const bearing = await db.createGraph("bearing", {
      kinds: {
        "bears-column": "directed",
        "bears-beam": "directed",
        "bears-girder": "directed",
        "bears-slab": "directed",
        "meet": "undirected",
      },
      unknownKinds: "reject",
    });
    return new Structure(db, drawn, members, bearing);
  }

  /** A member, or a stray, as the graph knows it. */
  at(index: number): EndpointAt {
    const { members } = this.frame;
    const point = members[index]?.point ?? this.strays[index - members.length];
    return { space: this.members, point };
  }

  /** The members that stand at points; where nothing stands is left out. */
  indicesOf(nodes: Iterable<{ point: number[] }>): Set<number> {
    const indices = new Set<number>();
    for (const { point } of nodes) {
      const index = this.#indexAt.get(String(point));
      if (index !== undefined) indices.add(index);
    }
    return indices;
  }

  /** Every footing. */
  footings(): number[] {
    const { members } = this.frame;
    return [...members.keys()].filter((index) => members[index].kind === "footing");
  }

  /** A relation as a hyperedge. */
  edgeOf({ kind, bearers, borne }: Relation): HyperedgeInput {
    const endpoint = (index: number, rest: Partial<EndpointInput>): EndpointInput => {
      return { ...this.at(index), ...rest };
    };
    if (kind === "meet") return { kind, endpoints: borne.map((index) => endpoint(index, {})) };
    const tails = bearers.map((index) => endpoint(index, { role: "bearer", polarity: "tail" }));
    const heads = borne.map((index) => endpoint(index, { role: "borne", polarity: "head" }));
    return { kind, endpoints: [...tails, ...heads] };
  }
}

/**
 * Writes a frame, one intent a storey: its records, and the relations between them and the storey below. An
 * edge may lead to a point at which nothing stands yet, so the sessions need not wait for each other.
 *
 * @param structure Where to
 * @param entered The relations as they were entered
 * @returns How many intents were committed, and the last revision
 */
export async function build(
  structure: Structure,
  entered: readonly Relation[],
): Promise<{ intents: number; last: Revision }> {
  const { db, frame, members, bearing } = structure;
  const stock = Map.groupBy(frame.members, ({ storey }) => storey);
  const relations = Map.groupBy(entered, ({ storey }) => storey);
  const storeys = [...stock.keys()];
  const revisions: Revision[] = [];
  const crews = Array.from({ length: CREWS }, async () => {
    await using session = db.session();
    for (let storey = storeys.shift(); storey !== undefined; storey = storeys.shift()) {
      for (const member of stock.get(storey)!) {
        session.insert(members, member.point, recordOf(member));
      }
      const edges = relations.get(storey) ?? [];
      session.relateMany(bearing, edges.map((each) => structure.edgeOf(each)));
      revisions.push((await session.commit()).last);
    }
  });
  await Promise.all(crews);
  return { intents: revisions.length, last: revisions.toSorted(Revision.compare).at(-1)! };
}

/**
 * Puts right what was entered wrong: relates what was forgotten, and replaces what is there.
 *
 * @param structure Where
 * @param drawn What is wrong
 * @returns The last revision
 */
export async function mend(
  structure: Structure,
  { frame, mistakes }: MistakenFrame,
): Promise<Revision> {
  const { db, bearing } = structure;
  const { result } = await committed(db, (session) => {
    for (const { member, relation } of mistakes) {
      const [wrong] = bearing.incident(structure.at(member), { direction: "incoming" });
      session.relate(bearing, { ...structure.edgeOf(frame.relations[relation]), id: wrong?.id });
    }
  });
  return result.last;
}

/**
 * Takes a member out: its record, and every relation in which it takes part.
 *
 * @param structure Where
 * @param member Its index
 * @returns How many relations went
 */
export async function remove(structure: Structure, member: number): Promise<number> {
  const { db, bearing, members } = structure;
  const { value } = await committed(db, (session) => {
    session.delete(members, structure.at(member).point);
    const edges = [...bearing.incident(structure.at(member))];
    for (const { id } of edges) session.unrelate(bearing, id);
    return edges.length;
  });
  return value;
}

/** Writes, and says what was committed. */
async function committed<T>(
  db: Database,
  operation: Parameters<typeof db.write<T>>[0],
): Promise<{ value: T; result: CommitResult }> {
  let result: CommitResult | undefined;
  const onCommit = (committed: CommitResult): void => void (result = committed);
  const value = await db.write(operation, { onCommit });
  if (result === undefined) throw new PlainError("A write committed nothing");
  return { value, result };
}

function recordOf({ kind, mark, size }: Member): MemberRecord {
  return { kind, mark, size };
}
