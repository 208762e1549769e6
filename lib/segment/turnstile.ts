/**
 * Lets one call at a time use a file, in the order in which they came. The platform does not stop a
 * second call during a running sync, and reports a write-back error to one of the two only.
 *
 * States: *free*; *taken*, by the one that entered, with others waiting in line. Whoever entered must
 * leave, and leaving admits the next before anything else can enter.
 *
 * @module
 */

import type { Deadline } from "../clock/deadline.ts";
import { invariant } from "../invariant.ts";

/** One passage, one at a time. */
export class Turnstile {
  #taken = false;
  readonly #waiting: (() => void)[] = [];

  /** Whether nobody is inside, and nobody waits. */
  get free(): boolean {
    return !this.#taken;
  }

  /** Enters if it is free: whether it was. */
  tryEnter(): boolean {
    if (this.#taken) return false;
    this.#taken = true;
    return true;
  }

  /**
   * Waits in line and enters.
   *
   * @param deadline When to give up
   * @returns Whether it entered before the deadline; if not, it has left the line
   */
  async enter(deadline: Deadline): Promise<boolean> {
    if (this.tryEnter()) return true;
    let admit = (): void => {};
    const turn = new Promise<void>((resolve) => admit = resolve);
    this.#waiting.push(admit);
    if (await deadline.outlasts(turn)) return true;
    const place = this.#waiting.indexOf(admit);
    if (place >= 0) this.#waiting.splice(place, 1);
    else this.leave(); // Admitted in the very moment it gave up.
    return false;
  }

  /** Leaves, and admits the next in line. */
  leave(): void {
    invariant(this.#taken, "only who entered leaves");
    const admitNext = this.#waiting.shift();
    if (admitNext === undefined) this.#taken = false;
    else admitNext();
  }
}
