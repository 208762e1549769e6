/**
 * What was read of a graph, kept as numbers: how many edges a point has, and which lead where.
 *
 * A run never changes, so what one tells of a point holds for as long as the run is read. Nothing is ever
 * taken back: what a run told that is not read any more is found by nobody, and goes when all of it goes
 * (`adjacency_cache.ts`). Points are numbered as they are met, whichever run tells of them, and an edge is
 *
 * | words | of an edge                                       |
 * | ----- | ------------------------------------------------ |
 * | 2     | its id                                           |
 * | 1     | the number of its kind, and how many endpoints   |
 * | each  | endpoints, as `packEndpoint` makes them          |
 *
 * @module
 */

import type { Run } from "../store/run.ts";
import { EndpointColumns, type MetNode } from "./endpoint_columns.ts";
import type { EdgeCursor } from "./edge_cursor.ts";
import { nodeOf, packEndpoint } from "./hyper_source.ts";
import type { Side } from "./hyperedge.ts";
import { NodeTable } from "./node_table.ts";
import { grown, NumberList } from "./number_list.ts";

/** What is asked for, where it is not known. */
export const UNKNOWN = -1;

/** What is asked for, where it is known that it cannot be kept. */
export const UNFIT = -2;

/** Degrees of a point: that of any side, and those of each. */
const DEGREES_EACH = 4;

const SIDES = 3;

/** Marks of one traversal are above those of all before it, until they come so far. */
const MARKS_END = 2 ** 31;

const POINTS_MIN = 64;

/** About what a number takes in a set. */
const SET_ENTRY_BYTES = 48;

const COUNT_BITS = 8;
const COUNT_MASK = (1 << COUNT_BITS) - 1;
const KINDS_MAX = 1 << 24;

/** A point of more edges on a side, or more endpoints of them, is read each time: its rows lie side by side. */
const LINKS_MAX = 4096;
const ENDS_MAX = 8 * LINKS_MAX;

/** What an endpoint takes at most beside its coordinates, if it was never met: slots and all columns. */
const NODE_BYTES = 72;

/** What a kind takes beside its letters, about. */
const KIND_BYTES = 96;

/** Words of 4 bytes in a line of the processor's cache. */
const LINE_WORDS = 16;

const NOT_KEPT = 0xffff_ffff;

const NO_COLUMN = new Uint32Array(0);

/** What they hold means nothing from one call of `begin` to the next. */
const expected = new EndpointColumns();
const ids = new NumberList();

/** Of one graph; grows until somebody drops it. */
export class Adjacency {
  /** The points that were met. */
  readonly nodes: NodeTable = new NodeTable();
  /** The edges of points, wherever an index says that they are. */
  readonly links: NumberList = new NumberList();
  /** Of each point, behind that of none, the number of the run that tells of it; 0 where none does. */
  #tellers: Uint32Array = new Uint32Array(POINTS_MIN);
  /**
   * Of each point, likewise, what that run tells, plus one; 0 where it was not asked. Each has a column of
   * its own, since who asks one thing of many points seldom asks another, and mostly waits for memory.
   */
  readonly #degrees: Uint32Array[] = Array(DEGREES_EACH).fill(NO_COLUMN);
  /** Likewise the index in `links`, or `NOT_KEPT`. */
  readonly #links: Uint32Array[] = Array(SIDES).fill(NO_COLUMN);
  /** Of each point as what it was marked last, above `#marksBase` if it was in this traversal. */
  #marks: Uint32Array = new Uint32Array(POINTS_MIN);
  #marksBase = 0;
  #marksEnd = 0;
  /** What came of fetching is of no use, but without it nothing would be fetched. */
  #fetched = 0;
  readonly #runs = new WeakMap<Run, number>();
  #runCount = 0;
  /** From which pages degrees were learned. */
  readonly #pages = new Set<number>();
  readonly #kinds: string[] = [];
  readonly #kindNumbers = new Map<string, number>();
  #kindBytes = 0;
  /** What may still be learned of the point at hand. */
  #room = 0;

  constructor() {
    this.links.push(0); // No edges are there.
  }

  /** Bytes that it takes. */
  get bytes(): number {
    let columnBytes = this.#tellers.byteLength + this.#marks.byteLength;
    for (const column of this.#degrees) columnBytes += column.byteLength;
    for (const column of this.#links) columnBytes += column.byteLength;
    return this.nodes.bytes + columnBytes + this.links.items.byteLength +
      this.#pages.size * SET_ENTRY_BYTES + this.#kindBytes;
  }

  /**
   * A number for a run.
   *
   * @param run One that is in a file
   */
  numberOf(run: Run): number {
    let number = this.#runs.get(run);
    if (number === undefined) this.#runs.set(run, number = ++this.#runCount);
    return number;
  }

  /**
   * The degree of a point.
   *
   * @param run The number of the run that tells of it
   * @param space The number of its space
   * @param point Where in it
   * @param which Which of its degrees, 0 to 3
   * @returns It, or `UNKNOWN`
   */
  degree(run: number, space: number, point: readonly number[], which: number): number {
    const node = this.nodes.find(space, point, 0, point.length);
    if (node < 0) return UNKNOWN;
    return this.#toldBy(run, node, this.#degrees[which]) - 1;
  }

  /**
   * Asks whether degrees are to be learned from a page of rows: the first time.
   *
   * @param run The number of its run
   * @param base The place of its first row there
   * @param which Which degrees, 0 to 3
   */
  learnsPage(run: number, base: number, which: number): boolean {
    const page = (run * 2 ** 32 + base) * DEGREES_EACH + which;
    if (this.#pages.has(page)) return false;
    this.#pages.add(page);
    return true;
  }

  /**
   * Keeps the degree of a point.
   *
   * @param run The number of the run that tells of it
   * @param space The number of its space
   * @param point Where in it
   * @param which Which of its degrees, 0 to 3
   * @param degree It
   */
  keepDegree(
    run: number,
    space: number,
    point: readonly number[],
    which: number,
    degree: number,
  ): void {
    const node = this.nodes.add(space, point, 0, point.length);
    this.#tell(run, node, this.#degrees, which, degree + 1);
  }

  /**
   * Which run tells of a point.
   *
   * @param node The number of the point
   * @returns The number of the run; of none if nothing was kept of the point
   */
  runOf(node: number): number {
    return node + 1 < this.#tellers.length ? this.#tellers[node + 1] : 0;
  }

  /**
   * Where the edges of a point are.
   *
   * @param run The number of the run that tells of it
   * @param node The number of the point
   * @param side On which side of them it is
   * @returns The index in `links` of how many they are, which stands before them; or `UNKNOWN`; or `UNFIT`
   */
  linksAt(run: number, node: number, side: Side): number {
    const found = this.#toldBy(run, node, this.#links[side]);
    if (found === NOT_KEPT) return UNFIT;
    return found === 0 ? UNKNOWN : found;
  }

  /**
   * Begins to learn the edges of a point.
   *
   * @param room How many bytes they may take
   */
  begin(room: number): void {
    expected.count = ids.length = 0;
    this.#room = room;
  }

  /**
   * Learns an edge.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @param cursor Has just taken a head of it that names its endpoints
   * @param here The point, by its number here
   * @returns Whether it can be kept
   */
  learn(high: number, low: number, cursor: EdgeCursor, here: MetNode): boolean {
    const { count, kind } = cursor;
    const coordinateBytes = 8 * cursor.starts[count];
    this.#room -= 4 * (3 + count) + NODE_BYTES * count + coordinateBytes + this.#newKindBytes(kind);
    const isMuch = count > COUNT_MASK || ids.length === 3 * LINKS_MAX ||
      expected.count + count > ENDS_MAX || this.#kinds.length === KINDS_MAX;
    if (isMuch || this.#room < 0) return false;
    expected.add(ids.length, cursor, here);
    ids.push(high);
    ids.push(low);
    ids.push((this.#numberOfKind(kind) << COUNT_BITS | count) >>> 0);
    return true;
  }

  /**
   * Keeps the edges that were learned, or that they cannot be kept.
   *
   * @param run The number of the run that tells of the point
   * @param node The number of the point
   * @param side On which side of the edges it is
   * @param fit Whether all of them were learned
   * @returns As `linksAt` does from now on
   */
  keepLinks(run: number, node: number, side: Side, fit: boolean): number {
    if (!fit) {
      this.#tell(run, node, this.#links, side, NOT_KEPT);
      return UNFIT;
    }
    const { links } = this;
    const { count, edges, nodes, spaces, sides, starts, coordinates, hashes } = expected;
    this.nodes.fetch(hashes, count);
    const found = links.length;
    links.push(ids.length / 3);
    for (let i = 0, edge = 0; edge < ids.length; edge += 3) {
      for (let word = 0; word < 3; word++) links.push(ids.items[edge + word]);
      for (; i < count && edges[i] === edge; i++) {
        const from = starts[i];
        const end = nodes[i] >= 0
          ? nodes[i]
          : this.nodes.addHashed(hashes[i], spaces[i], coordinates, from, starts[i + 1] - from);
        links.push(packEndpoint(end, sides[i]));
      }
    }
    this.#tell(run, node, this.#links, side, found);
    return found;
  }

  /**
   * The kind of an edge.
   *
   * @param word The third of its words
   */
  kindIn(word: number): string {
    return this.#kinds[word >>> COUNT_BITS];
  }

  /** A traversal begins: no point is marked. Only the last one that began may mark points. */
  beginTraversal(): void {
    if (this.#marksEnd >= MARKS_END) {
      this.#marks.fill(0);
      this.#marksEnd = 0;
    }
    this.#marksBase = this.#marksEnd;
  }

  /**
   * As what a point is marked.
   *
   * @param point Its number
   * @returns What `mark` was given in this traversal; `UNKNOWN` if it was not called
   */
  markOf(point: number): number {
    const mark = this.#marks[point];
    return mark > this.#marksBase ? mark - this.#marksBase - 1 : UNKNOWN;
  }

  /**
   * Marks a point.
   *
   * @param point Its number
   * @param as As what: below `NODES_MAX`
   */
  mark(point: number, as: number): void {
    if (point >= this.#marks.length) this.#marks = grown(this.#marks, this.nodes.count);
    const mark = this.#marksBase + as + 1;
    this.#marks[point] = mark;
    if (mark > this.#marksEnd) this.#marksEnd = mark;
  }

  /**
   * Looks at the edges of several points, which takes little longer than to look at those of one: the
   * processor fetches them side by side.
   *
   * @param points Their numbers plus one, 0 for none; used up
   * @param count How many
   * @param side On which side of the edges they are
   */
  fetchLinks(points: Uint32Array, count: number, side: Side): void {
    const column = this.#links[side];
    const { items } = this.links;
    let sum = 0;
    for (let i = 0; i < count; i++) points[i] = points[i] < column.length ? column[points[i]] : 0;
    for (let i = 0; i < count; i++) sum += items[points[i]] + items[points[i] + LINE_WORDS - 1];
    this.#fetched = sum;
  }

  /**
   * Looks at the marks of all endpoints of edges, likewise.
   *
   * @param links Where the edges are
   */
  fetchMarks(links: number): void {
    const { items } = this.links;
    const marks = this.#marks;
    let sum = 0;
    let at = links + 1;
    for (let left = items[links]; left > 0; left--) {
      const from = at + 3;
      at = from + endpointsIn(items[at + 2]);
      for (let i = from; i < at; i++) sum += marks[nodeOf(items[i])];
    }
    this.#fetched = sum;
  }

  /** What a column says of a point if it is by that run; else 0. */
  #toldBy(run: number, node: number, column: Uint32Array): number {
    const at = node + 1;
    return at < column.length && this.#tellers[at] === run ? column[at] : 0;
  }

  /** Puts what a run tells of a point into a column; what another one told is gone. */
  #tell(run: number, node: number, columns: Uint32Array[], which: number, what: number): void {
    const at = node + 1;
    if (at >= this.#tellers.length) this.#tellers = grown(this.#tellers, at + 1);
    if (this.#tellers[at] !== run) {
      for (const column of this.#degrees) if (at < column.length) column[at] = 0;
      for (const column of this.#links) if (at < column.length) column[at] = 0;
      this.#tellers[at] = run;
    }
    if (at >= columns[which].length) columns[which] = grown(columns[which], this.#tellers.length);
    columns[which][at] = what;
  }

  #newKindBytes(kind: string): number {
    return this.#kindNumbers.has(kind) ? 0 : KIND_BYTES + 2 * kind.length;
  }

  #numberOfKind(kind: string): number {
    let number = this.#kindNumbers.get(kind);
    if (number !== undefined) return number;
    number = this.#kinds.length;
    this.#kindBytes += this.#newKindBytes(kind);
    this.#kinds.push(kind);
    this.#kindNumbers.set(kind, number);
    return number;
  }
}

/**
 * How many endpoints an edge has.
 *
 * @param word The third of its words
 */
export function endpointsIn(word: number): number {
  return word & COUNT_MASK;
}
