/**
 * Incidence rows as columns, as the store takes them.
 *
 * @module
 */

import { type Revision, REVISION_WORDS, writeRevisionWords } from "../clock/revision.ts";
import type { CommittedEntries } from "../store/committed.ts";
import type { IncidentEndpoint } from "./incidence.ts";

/** Rows of one graph, gathered one by one. */
export class RowColumns {
  readonly #spaces: number[] = [];
  readonly #starts: number[] = [0];
  readonly #coordinates: number[] = [];
  readonly #revisions: Revision[] = [];
  /** The head of each live row; undefined for a dead one. */
  readonly #heads: (Uint8Array | undefined)[] = [];

  /**
   * Takes a row.
   *
   * @param endpoint Where
   * @param high The high 32 bits of the edge's id
   * @param low The low 32 bits
   * @param revision Which version's
   * @param head The head of that version if it has the endpoint
   */
  add(
    { space, point, side }: IncidentEndpoint,
    high: number,
    low: number,
    revision: Revision,
    head: Uint8Array | undefined,
  ): void {
    const coordinates = this.#coordinates;
    for (let axis = 0; axis < point.length; axis++) coordinates.push(point[axis]);
    coordinates.push(side, high, low);
    this.#spaces.push(space);
    this.#starts.push(coordinates.length);
    this.#revisions.push(revision);
    this.#heads.push(head);
  }

  /** All that was taken. The number of each row is that of the space whose point it is about. */
  toEntries(): CommittedEntries {
    const { length } = this.#heads;
    const bytes = this.#heads.reduce((sum, head) => sum + (head?.length ?? 0), 0);
    const values = new Uint8Array(bytes);
    const ends = new Uint32Array(length);
    const revisions = new Uint32Array(length * REVISION_WORDS);
    let end = 0;
    for (let i = 0; i < length; i++) {
      const head = this.#heads[i];
      if (head !== undefined) {
        values.set(head, end);
        end += head.length;
      }
      ends[i] = end;
      writeRevisionWords(this.#revisions[i], revisions, i * REVISION_WORDS);
    }
    return {
      length,
      spaces: Uint32Array.from(this.#spaces),
      starts: Uint32Array.from(this.#starts),
      coordinates: Float64Array.from(this.#coordinates),
      revisions,
      tombstones: Uint8Array.from(this.#heads, (head) => head === undefined ? 1 : 0),
      values,
      ends,
    };
  }
}
