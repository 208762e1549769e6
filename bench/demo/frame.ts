/**
 * A building frame as plain arrays: what a seeded parametric model draws, in metres. Nothing here knows of a
 * database, so that every answer of one can be checked by counting.
 *
 * A floor rests on four sides of a panel: its slab on four beams, each beam on two columns, each column on
 * the column below, or on its footing. Every fifth floor is a belt: girders between the columns to the west
 * and to the east of each inner column can carry what stands on that column, should it be lost.
 *
 * @module
 */

import { Random } from "../support/random.ts";

/** What a member is. */
export type MemberKind = "footing" | "column" | "beam" | "girder" | "slab";

/** What a relation is. All but "meet" are directed: from what bears to what is borne. */
export type RelationKind =
  | "bears-column"
  | "bears-beam"
  | "bears-girder"
  | "bears-slab"
  | "meet";

/** One member. */
export interface Member {
  /** What it is. */
  kind: MemberKind;
  /** What the drawings call it: "C 2.7.3" is the column in the third storey at axes 2 and 7. */
  mark: string;
  /** Its storey, from 0; -1 below the ground. */
  storey: number;
  /** Its middle: x, y and z, in metres, whole millimetres. */
  point: number[];
  /** Along x, y and z, in metres. */
  size: number[];
}

/** One relation: one sufficient way in which a member is borne, by all of its bearers together. */
export interface Relation {
  /** What it is. */
  kind: RelationKind;
  /** Whose intent it is part of. */
  storey: number;
  /** What bears: indices of members, or, from their number on, of strays. Empty where members meet. */
  bearers: number[];
  /** What is borne: indices of members; of a joint all that meet. */
  borne: number[];
}

/** How large the frame is. */
export interface FrameSize {
  /** How many storeys. */
  storeys: number;
  /** How many bays, along x and along y. */
  bays: number;
  /** Decides everything else. */
  seed: number;
}

/** A frame as it should be. */
export interface Frame {
  /** How large it is. */
  size: FrameSize;
  /** Every member. */
  members: Member[];
  /** Every relation. */
  relations: Relation[];
  /** The height of each floor, in metres; the first is the ground. */
  floors: number[];
  /** The index of a column by its axes and its storey; of the footing, with storey -1. */
  columnAt(i: number, j: number, storey: number): number;
}

/** Every kind of member, in the order in which they are shown. */
export const MEMBER_KINDS: readonly MemberKind[] = ["footing", "column", "beam", "girder", "slab"];

/** Every kind that is a load path. */
export const BEARING_KINDS: readonly RelationKind[] = [
  "bears-column",
  "bears-beam",
  "bears-girder",
  "bears-slab",
];

/** The last storey of each so many has a belt. */
export const BELT_STOREYS = 5;

const FOOTING_DEPTH = 0.8;
const SLAB_DEPTH = 0.22;
const BEAM_WIDTH = 0.3;
const GIRDER_WIDTH = 0.5;

/** Spans above this many times the depth of a beam sag. */
const SPAN_TO_DEPTH = 14;

/**
 * Draws a frame.
 *
 * @param size How large
 */
export function drawFrame(size: FrameSize): Frame {
  const drawing = new Drawing(size);
  drawing.foundations();
  for (let storey = 0; storey < size.storeys; storey++) {
    drawing.columns(storey);
    drawing.beams(storey);
    if (isBelt(storey, size)) drawing.girders(storey);
    drawing.slabs(storey);
    drawing.joints(storey);
  }
  return drawing;
}

/**
 * Whether girders lie below the upper floor of a storey.
 *
 * @param storey Which
 * @param size How large the frame is
 */
export function isBelt(storey: number, size: FrameSize): boolean {
  return storey % BELT_STOREYS === BELT_STOREYS - 1 && storey < size.storeys - 1;
}

/** A frame that is being drawn, from the ground up. */
class Drawing implements Frame {
  readonly size: FrameSize;
  readonly members: Member[] = [];
  readonly relations: Relation[] = [];
  readonly floors: number[];
  /** Where the axes are, in metres. */
  readonly #xs: number[];
  readonly #ys: number[];
  /** Indices of members, by their marks. */
  readonly #byMark = new Map<string, number>();

  constructor(size: FrameSize) {
    this.size = size;
    const random = new Random(size.seed);
    const steps = (count: number, least: number, choices: number): number[] => {
      const ends = [0];
      for (let i = 0; i < count; i++) {
        ends.push(metres(ends[i] + least + 0.3 * random.below(choices)));
      }
      return ends;
    };
    this.#xs = steps(size.bays, 6, 9);
    this.#ys = steps(size.bays, 6, 9);
    this.floors = steps(size.storeys, 3.3, 4);
  }

  columnAt(i: number, j: number, storey: number): number {
    return this.#at(storey < 0 ? "F" : "C", i, j, storey);
  }

  foundations(): void {
    this.#everyAxis((i, j) => {
      const side = 1.5 + 0.1 * this.size.storeys;
      const point = [this.#xs[i], this.#ys[j], -FOOTING_DEPTH / 2];
      this.#add("footing", "F", [i, j, -1], point, [side, side, FOOTING_DEPTH]);
    });
  }

  columns(storey: number): void {
    const [bottom, top] = [this.floors[storey], this.floors[storey + 1]];
    const side = 0.3 + 0.025 * (this.size.storeys - storey); // What is above it is heavy.
    this.#everyAxis((i, j) => {
      const point = [this.#xs[i], this.#ys[j], (bottom + top) / 2];
      const column = this.#add("column", "C", [i, j, storey], point, [side, side, top - bottom]);
      this.#bear("bears-column", storey, [this.columnAt(i, j, storey - 1)], column);
      if (i === 0 || i === this.size.bays || storey === 0) return;
      if (!isBelt(storey - 1, this.size)) return;
      this.#bear("bears-column", storey, [this.#at("G", i, j, storey - 1)], column);
    });
  }

  beams(storey: number): void {
    const top = this.floors[storey + 1] - SLAB_DEPTH;
    this.#everyAxis((i, j) => {
      const column = this.columnAt(i, j, storey);
      for (const [mark, east, north] of [["BX", 1, 0], ["BY", 0, 1]] as const) {
        if (i + east > this.size.bays || j + north > this.size.bays) continue;
        const x = [this.#xs[i], this.#xs[i + east]];
        const y = [this.#ys[j], this.#ys[j + north]];
        const span = x[1] - x[0] + y[1] - y[0];
        const depth = span / SPAN_TO_DEPTH;
        const size = east === 1 ? [span, BEAM_WIDTH, depth] : [BEAM_WIDTH, span, depth];
        const point = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2, top - depth / 2];
        const beam = this.#add("beam", mark, [i, j, storey], point, size);
        const other = this.columnAt(i + east, j + north, storey);
        this.#bear("bears-beam", storey, [column, other], beam);
      }
    });
  }

  girders(storey: number): void {
    this.#everyAxis((i, j) => {
      if (i === 0 || i === this.size.bays) return;
      const span = this.#xs[i + 1] - this.#xs[i - 1];
      const depth = span / SPAN_TO_DEPTH;
      const z = this.floors[storey + 1] - SLAB_DEPTH - 1 - depth / 2; // Below the beams.
      const point = [(this.#xs[i - 1] + this.#xs[i + 1]) / 2, this.#ys[j], z];
      const size = [span, GIRDER_WIDTH, depth];
      const girder = this.#add("girder", "G", [i, j, storey], point, size);
      const sides = [this.columnAt(i - 1, j, storey), this.columnAt(i + 1, j, storey)];
      this.#bear("bears-girder", storey, sides, girder);
    });
  }

  slabs(storey: number): void {
    const { bays } = this.size;
    const z = this.floors[storey + 1] - SLAB_DEPTH / 2;
    this.#everyAxis((i, j) => {
      if (i === bays || j === bays) return;
      const [x, y] = [[this.#xs[i], this.#xs[i + 1]], [this.#ys[j], this.#ys[j + 1]]];
      const point = [(x[0] + x[1]) / 2, (y[0] + y[1]) / 2, z];
      const slab = this.#add("slab", "S", [i, j, storey], point, [
        x[1] - x[0],
        y[1] - y[0],
        SLAB_DEPTH,
      ]);
      const [south, west] = [this.#at("BX", i, j, storey), this.#at("BY", i, j, storey)];
      const [north, east] = [this.#at("BX", i, j + 1, storey), this.#at("BY", i + 1, j, storey)];
      this.#bear("bears-slab", storey, [south, west, north, east], slab);
    });
  }

  /** What is bolted together at the head of each column: no load path, so undirected. */
  joints(storey: number): void {
    this.#everyAxis((i, j) => {
      const meeting = [
        ["C", i, j],
        ["BX", i - 1, j],
        ["BX", i, j],
        ["BY", i, j - 1],
        ["BY", i, j],
      ] as const;
      const borne = meeting.map(([mark, x, y]) => this.#byMark.get(markOf(mark, [x, y, storey])));
      const kind = "meet";
      this.relations.push({
        kind,
        storey,
        bearers: [],
        borne: borne.filter((each) => each !== undefined),
      });
    });
  }

  #everyAxis(visit: (i: number, j: number) => void): void {
    for (let j = 0; j <= this.size.bays; j++) {
      for (let i = 0; i <= this.size.bays; i++) visit(i, j);
    }
  }

  #add(
    kind: MemberKind,
    letter: string,
    place: [i: number, j: number, storey: number],
    point: number[],
    size: number[],
  ): number {
    const mark = markOf(letter, place);
    const index = this.members.length;
    this.#byMark.set(mark, index);
    const [storey] = place.slice(2);
    this.members.push({ kind, mark, storey, point: point.map(metres), size: size.map(metres) });
    return index;
  }

  #bear(kind: RelationKind, storey: number, bearers: number[], borne: number): void {
    this.relations.push({ kind, storey, bearers, borne: [borne] });
  }

  #at(letter: string, i: number, j: number, storey: number): number {
    const index = this.#byMark.get(markOf(letter, [i, j, storey]));
    if (index === undefined) throw new Error(`There is no ${markOf(letter, [i, j, storey])}`);
    return index;
  }
}

function markOf(letter: string, [i, j, storey]: readonly [number, number, number]): string {
  return `${letter} ${i + 1}.${j + 1}.${storey + 1}`;
}

/** Whole millimetres, so that the same place is always the same number. */
function metres(value: number): number {
  return Math.round(value * 1000) / 1000;
}
