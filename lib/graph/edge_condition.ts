/**
 * Which edges take part in what is asked.
 *
 * @module
 */

import { encodeRevision, Revision, REVISION_BYTES } from "../clock/revision.ts";
import type { Doubts } from "./doubts.ts";

/** Which edges take part. */
export interface EdgeCondition {
  /** Edges of these kinds; undefined: of all. */
  readonly kinds: ReadonlySet<string> | undefined;
  /** The sixteen bytes of the stamp at which edges are looked at: those past by then are left out. */
  readonly ceiling: Uint8Array;
  /** Edges whose rows may be incomplete. */
  readonly doubts?: Doubts;
}

/** Those of some kinds, at one moment. */
export class ConditionAt implements EdgeCondition {
  readonly kinds: ReadonlySet<string> | undefined;
  readonly doubts: Doubts | undefined;
  readonly #at: Revision | number;
  #ceiling: Uint8Array | undefined;

  /**
   * @param kinds Of these kinds; undefined: of all
   * @param at The stamp at which they are looked at, or milliseconds since 1970
   * @param doubts Edges whose rows may be incomplete
   */
  constructor(
    kinds: ReadonlySet<string> | undefined,
    at: Revision | number,
    doubts: Doubts | undefined,
  ) {
    this.kinds = kinds;
    this.doubts = doubts;
    this.#at = at;
  }

  /** Few edges have an end, so it is made when one has. */
  get ceiling(): Uint8Array {
    if (this.#ceiling !== undefined) return this.#ceiling;
    const at = this.#at;
    const ceiling = this.#ceiling = new Uint8Array(REVISION_BYTES);
    // Whatever is valid to a stamp of this millisecond may still be related in it.
    encodeRevision(typeof at === "number" ? new Revision(Math.floor(at), 0, 0, 0) : at, ceiling, 0);
    return ceiling;
  }
}
