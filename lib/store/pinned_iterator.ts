/**
 * Iterators over what is committed: used once, reading what was committed at their first step.
 *
 * @module
 */

/** An iterator that is used once; `return()`, which `break` calls, ends it. */
export abstract class PinnedIterator<T extends object> extends Iterator<T, undefined, unknown> {
  #done = false;
  #failure: { error: unknown } | undefined;

  /** The next value; undefined at the end. */
  abstract nextValue(): T | undefined;

  /** Lets go of what is read. */
  abstract release(): void;

  /** The next step. */
  override next(): IteratorResult<T, undefined> {
    // Half moved when it failed: to go on might pass over a value, or give an older version.
    if (this.#failure !== undefined) throw this.#failure.error;
    try {
      const value = this.#done ? undefined : this.nextValue();
      return value === undefined ? this.return() : { done: false, value };
    } catch (error) {
      this.#failure = { error };
      throw error;
    }
  }

  /** Ends it. */
  override return(): IteratorReturnResult<undefined> {
    this.#done = true;
    this.release();
    return { done: true, value: undefined };
  }

  /** Ends it. */
  override [Symbol.dispose](): void {
    this.return();
  }
}
