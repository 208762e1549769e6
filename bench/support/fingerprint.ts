/**
 * One number for all that was stored: contenders that stored the same entries have the same one, and
 * none of the work can be optimised away.
 *
 * @module
 */

const FNV_OFFSET = 0x811c9dc5;
const FNV_PRIME = 0x01000193;

/** FNV-1a of 32 bits, over numbers and bytes. */
export class Fingerprint {
  /** Entries taken so far. */
  entries = 0;
  #hash = FNV_OFFSET;

  /**
   * Takes an entry.
   *
   * @param point Its coordinates, below 2^32 each
   * @param sequence Its place in the stream of its writer
   * @param data Its bytes
   */
  add(point: ArrayLike<number>, sequence: number, data: Uint8Array): void {
    let hash = this.#hash;
    for (let i = 0; i < point.length; i++) hash = Math.imul(hash ^ point[i], FNV_PRIME);
    hash = Math.imul(hash ^ sequence, FNV_PRIME);
    for (let i = 0; i < data.length; i++) hash = Math.imul(hash ^ data[i], FNV_PRIME);
    this.#hash = hash;
    this.entries++;
  }

  /** Eight hex digits. */
  toString(): string {
    return (this.#hash >>> 0).toString(16).padStart(8, "0");
  }
}
