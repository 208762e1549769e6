/**
 * Pages that were read and verified, or just written, bounded in bytes. When there are too many, a hand
 * goes round them and drops each that was not used since it last came by (the CLOCK of Corbató, "A paging
 * experiment with the Multics system", 1968): about as good as dropping what was used longest ago, and to
 * find a page costs no more than to look into an array.
 *
 * Pages that nobody has asked for, as a flush leaves them, are kept only where there is room, and are the
 * first to go unless somebody asks for them meanwhile: they take nothing from what is read again and again.
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
  /** What nobody has asked for, in the order in which it came; undefined where it is gone. */
  #unasked: (Kept<unknown> | undefined)[] = [];
  /** The first of those that are left. */
  #oldest = 0;
  #bytes = 0;
  /** How many of all were dropped by who kept them, and are here still. */
  #dead = 0;

  /** @param bytesMax Bytes it may keep; the two that were read last are kept even if they are larger */
  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  /** Bytes it keeps, and those it was charged with. */
  get bytes(): number {
    return this.#bytes;
  }

  /** How many it looks after; of those that were dropped it forgets the most. */
  get size(): number {
    return this.#ring.length + this.#unasked.length;
  }

  /**
   * Keeps a page, for who read it to find it again.
   *
   * @param value The page
   * @param bytes How much it takes
   */
  keep<T>(value: T, bytes: number): Kept<T> {
    const kept = new Kept(value, bytes, true);
    this.#bytes += bytes;
    this.#makeRoom(1);
    this.#ring.push(kept);
    return kept;
  }

  /**
   * Whether something has room without anything else going.
   *
   * @param bytes How much it takes
   */
  hasRoom(bytes: number): boolean {
    return this.#bytes + bytes <= this.#bytesMax;
  }

  /**
   * Keeps a page that nobody has asked for; there is room.
   *
   * @param value The page
   * @param bytes How much it takes
   */
  keepUnasked<T>(value: T, bytes: number): Kept<T> {
    const kept = new Kept(value, bytes, false);
    this.#bytes += bytes;
    this.#unasked.push(kept);
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
      if (bytes > 0) this.#makeRoom(2); // Else the hand may be just passing.
    };
  }

  /**
   * Drops something: nobody will ask for it.
   *
   * @param kept What; it may be gone already
   */
  drop(kept: Kept<unknown>): void {
    if (kept.value === undefined) return;
    this.#release(kept);
    kept.used = false;
    if (++this.#dead * 2 > this.size) this.#bury();
  }

  /** No pages are read any more. */
  close(): void {
    this.#guest?.drop();
  }

  /** Drops what is too much, but for so many of those that were read. */
  #makeRoom(left: number): void {
    while (this.#bytes > this.#bytesMax) {
      if (this.#oldest < this.#unasked.length) this.#passOldest();
      else if (this.#ring.length > left) this.#advance();
      else return;
    }
  }

  /** The oldest of what nobody had asked for goes, unless somebody has by now. */
  #passOldest(): void {
    const kept = this.#unasked[this.#oldest]!;
    this.#unasked[this.#oldest++] = undefined;
    if (this.#oldest * 2 > this.#unasked.length) {
      this.#unasked = this.#unasked.slice(this.#oldest);
      this.#oldest = 0;
    }
    if (kept.used) this.#ring.push(kept);
    else this.#release(kept);
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
    this.#release(kept);
    const last = ring.pop()!;
    if (last !== kept) ring[this.#hand] = last;
  }

  /** Whoever has it finds it no more. */
  #release(kept: Kept<unknown>): void {
    if (kept.value === undefined) this.#dead--;
    else this.#bytes -= kept.bytes;
    kept.value = undefined;
  }

  /** Forgets what was dropped; the hand goes on about where it was. */
  #bury(): void {
    const ring = this.#ring;
    let left = 0;
    let passed = 0;
    for (let i = 0; i < ring.length; i++) {
      if (ring[i].value === undefined) continue;
      if (i < this.#hand) passed++;
      ring[left++] = ring[i];
    }
    ring.length = left;
    this.#hand = passed;
    this.#unasked = this.#unasked.filter((kept) => kept?.value !== undefined);
    this.#oldest = 0;
    this.#dead = 0;
  }

  #passGuest(): void {
    const guest = this.#guest;
    if (guest === undefined) return;
    if (!guest.used) guest.drop();
    guest.used = false;
  }
}
