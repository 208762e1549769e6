/**
 * Pages that were read and verified, bounded in bytes: the one used longest ago goes first.
 *
 * @module
 */

/** What a cache keeps. */
interface Kept {
  value: unknown;
  bytes: number;
}

/** Keys of one file are its number times this, and the part. */
const PARTS_MAX = 2 ** 32;

/** The cache of one database. */
export class PageCache {
  readonly #bytesMax: number;
  /** In the order of use: a map keeps the order in which keys came. */
  readonly #kept = new Map<number, Kept>();
  #bytes = 0;
  #files = 0;

  /** @param bytesMax Bytes it may keep; what was read last is kept even if it is larger */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes it keeps. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A number for a file, under which its parts are kept. */
  newFile(): number {
    return this.#files++;
  }

  /**
   * A part of a file.
   *
   * @param file The number of the file
   * @param part The number of the part, below 2^32
   * @param bytes How much it takes
   * @param load Reads it when it is not there
   */
  get<T>(file: number, part: number, bytes: number, load: () => T): T {
    const key = file * PARTS_MAX + part;
    const kept = this.#kept.get(key);
    if (kept !== undefined) {
      this.#kept.delete(key);
      this.#kept.set(key, kept);
      return kept.value as T;
    }
    const value = load();
    this.#kept.set(key, { value, bytes });
    this.#bytes += bytes;
    for (const [oldest, { bytes: freed }] of this.#kept) {
      if (this.#bytes <= this.#bytesMax || oldest === key) break;
      this.#kept.delete(oldest);
      this.#bytes -= freed;
    }
    return value;
  }
}
