/**
 * Keeps a promise of `collisions: "refuse"`: between its look for collisions and its publication nobody
 * else commits at one of its addresses. Two refusing commits at once would otherwise both find nothing
 * and both go through, and one update would be lost.
 *
 * A flight is a commit from that look on until it is published or has failed. A refusing one waits for
 * every flight at one of its addresses before it looks; every other waits for refusing ones at one of
 * its own. Who waits is not in flight, so nobody waits in a circle; where nobody refuses, nobody waits.
 *
 * @module
 */

import { addressKey } from "./collision.ts";
import type { EntrySequence } from "../segment/entry_list.ts";

/** A commit, or several in one group, on the way to their file. */
export class CommitFlight {
  /** What is committed. */
  readonly intents: readonly EntrySequence[];
  /** The addresses, if it refuses collisions. */
  readonly guarded: ReadonlySet<string> | undefined;
  #landed: Promise<void> | undefined;
  #land = (): void => {};

  /**
   * @param intents The entries of each intent
   * @param refuses Whether it refuses collisions
   */
  constructor(intents: readonly EntrySequence[], refuses: boolean) {
    this.intents = intents;
    this.guarded = refuses ? new Set(keysOf(intents)) : undefined;
  }

  /** Resolves when it has landed. */
  landed(): Promise<void> {
    return this.#landed ??= new Promise((resolve) => this.#land = resolve);
  }

  /** It was published, or has failed. */
  land(): void {
    this.#land();
  }
}

/** The commits in flight of one database. */
export class CommitGuard {
  readonly #flights = new Set<CommitFlight>();
  #refusing = 0;

  /**
   * Who has to land before a flight may begin.
   *
   * @param flight Not begun yet
   */
  blocker(flight: CommitFlight): CommitFlight | undefined {
    if (flight.guarded === undefined && this.#refusing === 0) return undefined;
    for (const other of this.#flights) {
      if (flight.guarded !== undefined && meets(other, flight.guarded)) return other;
      if (other.guarded !== undefined && meets(flight, other.guarded)) return other;
    }
    return undefined;
  }

  /**
   * A flight begins.
   *
   * @param flight Has no blocker
   */
  begin(flight: CommitFlight): void {
    this.#flights.add(flight);
    if (flight.guarded !== undefined) this.#refusing++;
  }

  /**
   * Does something as a flight: waits for its blockers, and lands when it is done or has failed.
   *
   * @param flight Not begun yet
   * @param job What to do
   */
  async during<T>(flight: CommitFlight, job: () => Promise<T>): Promise<T> {
    for (let other = this.blocker(flight); other !== undefined; other = this.blocker(flight)) {
      await other.landed();
    }
    this.begin(flight);
    try {
      return await job();
    } finally {
      this.end(flight);
    }
  }

  /**
   * A flight ends, however it does.
   *
   * @param flight Was begun
   */
  end(flight: CommitFlight): void {
    this.#flights.delete(flight);
    if (flight.guarded !== undefined) this.#refusing--;
    flight.land();
  }
}

function meets(flight: CommitFlight, addresses: ReadonlySet<string>): boolean {
  for (const key of keysOf(flight.intents)) {
    if (addresses.has(key)) return true;
  }
  return false;
}

function* keysOf(intents: readonly EntrySequence[]): Generator<string> {
  for (const entries of intents) {
    for (const { address } of entries) yield addressKey(address.space, address.point);
  }
}
