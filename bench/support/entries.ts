/**
 * Makes the entries that benches store: 3-D integer points, 64 bytes of data, one space.
 *
 * @module
 */

import { Revision, type WalEntry } from "../../mod.ts";
import { Fingerprint } from "./fingerprint.ts";
import { Random } from "./random.ts";

/** Bytes of data in each entry. */
export const DATA_BYTES = 64;

/** An entry that writes. */
export type WriteEntry = Extract<WalEntry, { kind: "write" }>;

const COORDINATE_LIMIT = 1 << 20;
const SPACE = 1;
const SEED = 20_261_122;
const FIRST_STAMP_MS = 1_795_000_000_000;

/** An endless stream of entries; the same points and data for every session. */
export class EntryMaker {
  /** Of all entries made so far. */
  readonly fingerprint: Fingerprint = new Fingerprint();
  readonly #session: number;
  readonly #random = new Random(SEED);
  #sequence = 0;

  /** @param session Whose entries */
  constructor(session: number) {
    this.#session = session;
  }

  /**
   * The next entries of the stream.
   *
   * @param count How many
   * @returns New objects that share nothing
   */
  next(count: number): WriteEntry[] {
    return Array.from({ length: count }, () => this.#entry());
  }

  #entry(): WriteEntry {
    const random = this.#random;
    const point = [0, 0, 0].map(() => random.below(COORDINATE_LIMIT));
    const data = new Uint8Array(DATA_BYTES);
    random.fill(data);
    this.#sequence++;
    this.fingerprint.add(point, this.#sequence, data);
    const physicalMs = FIRST_STAMP_MS + Math.floor(this.#sequence / 1000);
    const revision = new Revision(physicalMs, 0, this.#session, this.#sequence);
    return { kind: "write", address: { space: SPACE, point }, revision, data };
  }
}
