/**
 * Numbers in a typed array that grows: to the end of a list, or to an index that is not there yet.
 *
 * @module
 */

const CAPACITY_MIN = 64;

/** A list of u32. */
export class NumberList {
  /** The numbers are the first `length` of these. */
  items: Uint32Array = new Uint32Array(CAPACITY_MIN);
  /** How many there are. */
  length = 0;

  /**
   * Adds a number at the end.
   *
   * @param value A u32
   */
  push(value: number): void {
    if (this.length === this.items.length) this.items = grown(this.items, this.length + 1);
    this.items[this.length++] = value;
  }

  /** A copy of just the numbers. */
  toArray(): Uint32Array {
    return this.items.slice(0, this.length);
  }
}

/**
 * A larger copy; what is new is 0.
 *
 * @param array Any
 * @param length What it has at least; it at least doubles, so growing by one costs nothing on average
 */
export function grown(array: Uint32Array, length: number): Uint32Array {
  const larger = new Uint32Array(Math.max(length, array.length * 2));
  larger.set(array);
  return larger;
}
