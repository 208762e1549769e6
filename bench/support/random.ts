/**
 * A seeded generator, so that every run of a bench measures the same work.
 *
 * The algorithm is `mulberry32` by Tommy Ettinger (public domain).
 *
 * @module
 */

/** A stream of numbers that its seed decides. */
export class Random {
  #state: number;

  /** @param seed Any integer */
  constructor(seed: number) {
    this.#state = seed >>> 0;
  }

  /** @returns An integer from 0 to 2^32-1 */
  nextU32(): number {
    this.#state = (this.#state + 0x6d2b79f5) >>> 0;
    let mixed = this.#state;
    mixed = Math.imul(mixed ^ (mixed >>> 15), mixed | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return (mixed ^ (mixed >>> 14)) >>> 0;
  }

  /**
   * @param limit At least 1
   * @returns An integer from 0 to `limit` - 1
   */
  below(limit: number): number {
    return this.nextU32() % limit;
  }

  /** @param bytes Filled with random bytes; its length is a multiple of 4 */
  fill(bytes: Uint8Array): void {
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    for (let at = 0; at < bytes.length; at += 4) view.setUint32(at, this.nextU32());
  }

  /** @param items Put into another order, in place */
  shuffle<T>(items: T[]): void {
    for (let last = items.length - 1; last > 0; last--) {
      const other = this.below(last + 1);
      [items[last], items[other]] = [items[other], items[last]];
    }
  }
}
