/**
 * Incidence rows as columns, as the store takes them. The number of each row is that of the space whose
 * point it is about.
 *
 * @module
 */

import { type Revision, REVISION_WORDS, writeRevisionWords } from "../clock/revision.ts";
import { ROW_COLUMNS } from "../store/shape.ts";
import type { CommittedEntries } from "../store/committed.ts";
import type { EdgeCursor } from "./edge_cursor.ts";
import type { IncidentEndpoint } from "./incidence.ts";
import { grown } from "./number_list.ts";

const ROWS_MIN = 256;

/** Rows of one graph, gathered edge by edge; can be used again and again. */
export class RowColumns implements CommittedEntries {
  length = 0;
  spaces: Uint32Array = new Uint32Array(ROWS_MIN);
  starts: Uint32Array = new Uint32Array(ROWS_MIN + 1);
  coordinates: Float64Array = new Float64Array(ROWS_MIN * 8);
  revisions: Uint32Array = new Uint32Array(ROWS_MIN * REVISION_WORDS);
  tombstones: Uint8Array = new Uint8Array(ROWS_MIN);
  values: Uint8Array = new Uint8Array(ROWS_MIN * 64);
  ends: Uint32Array = new Uint32Array(ROWS_MIN);

  /** Bytes of heads. */
  get valueBytes(): number {
    return this.length === 0 ? 0 : this.ends[this.length - 1];
  }

  /** Forgets all rows. */
  clear(): void {
    this.length = 0;
  }

  /**
   * Takes the live rows of an edge that has no other version.
   *
   * @param edge Has just taken it; few endpoints, which are compared with each other
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @param revisions Hold its revision
   * @param place The place of that, four words each
   */
  addEdge(
    edge: EdgeCursor,
    high: number,
    low: number,
    revisions: Uint32Array,
    place: number,
  ): void {
    const headFrom = this.valueBytes;
    const headBytes = edge.headBytes;
    this.#reserve(edge.count, edge.starts[edge.count], headBytes * edge.count);
    let headEnd = headFrom;
    for (let i = 0; i < edge.count; i++) {
      if (isAgain(edge, i)) continue;
      const row = this.length;
      const from = edge.starts[i];
      const to = edge.starts[i + 1];
      let at = this.starts[row];
      for (let j = from; j < to; j++) this.coordinates[at++] = edge.coordinates[j];
      this.#end(row, at, edge.spaces[i], edge.sides[i], high, low);
      for (let word = 0; word < REVISION_WORDS; word++) {
        this.revisions[row * REVISION_WORDS + word] = revisions[place * REVISION_WORDS + word];
      }
      this.tombstones[row] = 0;
      if (headEnd === headFrom) edge.putHead(this.values, headEnd);
      else this.values.copyWithin(headEnd, headFrom, headFrom + headBytes);
      headEnd += headBytes;
      this.ends[row] = headEnd;
    }
  }

  /**
   * Takes a row.
   *
   * @param endpoint Where
   * @param high The high 32 bits of the edge's id
   * @param low The low 32 bits
   * @param revision Which version's
   * @param head The head of that version if it has the endpoint; undefined for a dead row
   */
  add(
    { space, point, side }: IncidentEndpoint,
    high: number,
    low: number,
    revision: Revision,
    head: Uint8Array | undefined,
  ): void {
    this.#reserve(1, point.length, head?.length ?? 0);
    const row = this.length;
    const valueFrom = this.valueBytes;
    let at = this.starts[row];
    for (let axis = 0; axis < point.length; axis++) this.coordinates[at++] = point[axis];
    this.#end(row, at, space, side, high, low);
    writeRevisionWords(revision, this.revisions, row * REVISION_WORDS);
    this.tombstones[row] = head === undefined ? 1 : 0;
    if (head !== undefined) this.values.set(head, valueFrom);
    this.ends[row] = valueFrom + (head?.length ?? 0);
  }

  /** The part of a row behind its point. */
  #end(
    row: number,
    at: number,
    space: number,
    side: number,
    high: number,
    low: number,
  ): void {
    this.coordinates[at] = side;
    this.coordinates[at + 1] = high;
    this.coordinates[at + 2] = low;
    this.spaces[row] = space;
    this.starts[row + 1] = at + ROW_COLUMNS;
    this.length = row + 1;
  }

  /** Makes room for rows with so many coordinates of points and bytes of heads in all. */
  #reserve(rows: number, coordinates: number, bytes: number): void {
    const { length } = this;
    if (length + rows > this.tombstones.length) {
      this.spaces = grown(this.spaces, length + rows);
      const room = this.spaces.length;
      this.starts = grown(this.starts, room + 1);
      this.revisions = grown(this.revisions, room * REVISION_WORDS);
      this.ends = grown(this.ends, room);
      const tombstones = new Uint8Array(room);
      tombstones.set(this.tombstones);
      this.tombstones = tombstones;
    }
    const coordinatesNeeded = this.starts[length] + coordinates + rows * ROW_COLUMNS;
    if (coordinatesNeeded > this.coordinates.length) {
      const larger = new Float64Array(Math.max(coordinatesNeeded, 2 * this.coordinates.length));
      larger.set(this.coordinates);
      this.coordinates = larger;
    }
    const bytesNeeded = this.valueBytes + bytes;
    if (bytesNeeded > this.values.length) {
      const larger = new Uint8Array(Math.max(bytesNeeded, 2 * this.values.length));
      larger.set(this.values);
      this.values = larger;
    }
  }
}

/** Whether an endpoint is at the point and on the side of an earlier one: several roles are one row. */
function isAgain({ spaces, sides, starts, coordinates }: EdgeCursor, endpoint: number): boolean {
  const from = starts[endpoint];
  const dims = starts[endpoint + 1] - from;
  for (let other = 0; other < endpoint; other++) {
    if (spaces[other] !== spaces[endpoint] || sides[other] !== sides[endpoint]) continue;
    let axis = 0; // Points of one space have as many coordinates.
    while (axis < dims && coordinates[starts[other] + axis] === coordinates[from + axis]) axis++;
    if (axis === dims) return true;
  }
  return false;
}
