/**
 * Pages that were read and verified, bounded in bytes. When there are too many, a hand goes round them
 * and drops each that was not used since it last came by (the CLOCK of Corbató, "A paging experiment
 * with the Multics system", 1968): about as good as dropping what was used longest ago, and to find a
 * page costs no more than to look into an array.
 *
 * @module
 */

/** What a cache keeps, or has dropped. */
export class Kept<T> {
  /** The page; undefined once it was dropped. */
  value: T | undefined;
  /** How much it takes. */
  readonly bytes: number;
  /** To be set at every use. */
  used: boolean;

  /**
   * @param value The page
   * @param bytes How much it takes
   * @param used Whether somebody asked for it
   */
  constructor(value: T, bytes: number, used: boolean) {
    this.value = value;
    this.bytes = bytes;
    this.used = used;
  }
}

/** Who takes part of what pages may have; when nobody uses it, it goes as they do. */
export interface CacheGuest {
  /** Set at every use. */
  used: boolean;
  /** Gives back all that it was charged with. */
  drop(): void;
}

/** The cache of one database. */
export class PageCache {
  readonly #bytesMax: number;
  #guest: CacheGuest | undefined;
  readonly #ring: Kept<unknown>[] = [];
  #hand = 0;
  #bytes = 0;

  /** @param bytesMax Bytes it may keep; the two that were read last are kept even if they are larger */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes it keeps, and those it was charged with. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * Keeps a page, for who read it to find it again, or for who may read it next.
   *
   * @param value The page
   * @param bytes How much it takes
   * @param used Whether somebody asked for it; if not, it is among the first to go
   */
  keep<T>(value: T, bytes: number, used = true): Kept<T> {
    const kept = new Kept(value, bytes, used);
    this.#bytes += bytes;
    while (this.#bytes > this.#bytesMax && this.#ring.length > 1) this.#advance();
    this.#ring.push(kept);
    return kept;
  }

  /**
   * Lets somebody take part of what pages may have.
   *
   * @param guest The only one
   * @returns To be told of each change: how many bytes more than before, or less
   */
  admit(guest: CacheGuest): (bytes: number) => void {
    this.#guest = guest;
    return (bytes) => {
      this.#bytes += bytes;
      if (bytes <= 0) return; // The hand may be just passing.
      while (this.#bytes > this.#bytesMax && this.#ring.length > 2) this.#advance();
    };
  }

  /** No pages are read any more. */
  close(): void {
    this.#guest?.drop();
  }

  #advance(): void {
    const ring = this.#ring;
    if (this.#hand >= ring.length) {
      this.#hand = 0;
      this.#passGuest();
    }
    const kept = ring[this.#hand];
    if (kept.used) {
      kept.used = false;
      this.#hand++;
      return;
    }
    kept.value = undefined;
    this.#bytes -= kept.bytes;
    const last = ring.pop()!;
    if (last !== kept) ring[this.#hand] = last;
  }

  #passGuest(): void {
    const guest = this.#guest;
    if (guest === undefined) return;
    if (!guest.used) guest.drop();
    guest.used = false;
  }
}
