/**
 * What libraries that lie are made of: objects that answer some questions in another way.
 *
 * @module
 */

import type { ReadOptions } from "../../mod.ts";
import type { ModelLibrary } from "./history.ts";

/**
 * An object with some of its methods replaced.
 *
 * @param target The object
 * @param by The others, by name
 */
export function replaced<T extends object>(target: T, by: object): T {
  return new Proxy(target, {
    get(_, key) {
      const own = Reflect.get(by, key) ?? Reflect.get(target, key);
      return typeof own === "function" ? own.bind(target) : own;
    },
  });
}

/**
 * What an iterator gives, in another way.
 *
 * @param items What it gives
 * @param change Makes something else of all of it
 */
export function changed<T>(
  items: Iterable<T>,
  change: (all: T[]) => T[],
): IteratorObject<T, undefined> {
  return change([...items]).values();
}

/** The first two the other way round. */
export function swapped<T>(all: T[]): T[] {
  return all.length < 2 ? all : [all[1], all[0], ...all.slice(2)];
}

/**
 * The same options with a ceiling one below, where it is a revision.
 *
 * @param options The options
 * @param library Makes revisions
 */
export function earlier(
  options: ReadOptions | undefined,
  { Revision }: ModelLibrary,
): ReadOptions {
  const { asOf, ...rest } = options ?? {};
  if (!(asOf instanceof Revision)) return { ...options };
  const before = BigInt(`0x${asOf}`) - 1n;
  const hex = (before < 0n ? 0n : before).toString(16).padStart(32, "0");
  return { ...rest, asOf: Revision.parse(hex) };
}
