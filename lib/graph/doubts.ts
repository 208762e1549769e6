/**
 * Edges of which it is not known where they were before, because a page that tells it is damaged.
 *
 * Their incidence rows are true and may be incomplete: a row may be missing that says of an older one that
 * it does not hold any more. Who meets a row of such an edge is told, and all others get their answers.
 *
 * @module
 */

import type { CorruptionError } from "../errors.ts";

/** The doubtful edges of one graph. */
export class Doubts {
  readonly #edges = new Map<string, CorruptionError>();
  readonly #sessions = new Map<number, CorruptionError>();
  #lost: CorruptionError | undefined;

  /** Whether there are none. */
  get none(): boolean {
    return this.#sessions.size === 0;
  }

  /** The sessions that wrote versions of them, and what is damaged. */
  get sessions(): ReadonlyMap<number, CorruptionError> {
    return this.#sessions;
  }

  /**
   * An edge is doubtful.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @param session Which session wrote the version whose neighbours cannot be read
   * @param error What is damaged
   */
  add(high: number, low: number, session: number, error: CorruptionError): void {
    this.#edges.set(`${high}/${low}`, error);
    this.#sessions.set(session, error);
  }

  /**
   * A version of an edge cannot be read itself: its rows may be missing anywhere.
   *
   * @param session Which session wrote it
   * @param error What is damaged
   */
  lose(session: number, error: CorruptionError): void {
    this.#lost = error;
    this.#sessions.set(session, error);
  }

  /**
   * Throws unless all rows are there that an edge has.
   *
   * @param high The high 32 bits of its id
   * @param low The low 32 bits
   * @throws {CorruptionError} If it is doubtful
   */
  check(high: number, low: number): void {
    if (this.#edges.size === 0) return;
    const error = this.#edges.get(`${high}/${low}`);
    if (error !== undefined) throw error;
  }

  /** @throws {CorruptionError} If rows of no known place may be missing */
  checkAll(): void {
    if (this.#lost !== undefined) throw this.#lost;
  }

  /** These, for who must not see what comes. */
  copy(): Doubts {
    const copy = new Doubts();
    for (const [edge, error] of this.#edges) copy.#edges.set(edge, error);
    for (const [session, error] of this.#sessions) copy.#sessions.set(session, error);
    copy.#lost = this.#lost;
    return copy;
  }
}
