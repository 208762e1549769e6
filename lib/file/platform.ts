/**
 * Chooses the storage of the runtime the module finds itself in.
 *
 * Both imports are literal, so that bundlers and `deno compile` see them, and inside a function: a
 * top-level await would break `require()` of a bundle.
 *
 * @module
 */

import type { FileStorage } from "./storage.ts";

let chosen: Promise<FileStorage> | undefined;

/** The storage of this runtime: the same object at every call. */
export function platformStorage(): Promise<FileStorage> {
  return chosen ??= choose();
}

async function choose(): Promise<FileStorage> {
  const runtime = globalThis as { Deno?: unknown };
  if (runtime.Deno !== undefined) return (await import("./deno.ts")).denoStorage;
  return await (await import("./node.ts")).createNodeStorage();
}
