/**
 * Chooses the storage of the runtime the module finds itself in.
 *
 * Both imports are literal, so that bundlers and `deno compile` see them, and inside a function: a
 * top-level await would break `require()` of a bundle.
 *
 * @module
 */

import { absolutePath, rootPath } from "./path.ts";
import type { FileStorage } from "./storage.ts";

let chosen: Promise<FileStorage> | undefined;

/** The storage of this runtime: the same object at every call. */
export function platformStorage(): Promise<FileStorage> {
  return chosen ??= choose();
}

/**
 * Where a root is, in the storage given or in that of this runtime. A relative path is made absolute
 * at the call: after a later change of directory it would name another database.
 *
 * @param root A path, or a `file:` URL
 * @param storage The storage given, if any
 * @returns The storage, and the path in it
 * @throws {InvalidArgumentError} If `root` is neither
 */
export async function locateRoot(
  root: string | URL,
  storage?: FileStorage,
): Promise<{ storage: FileStorage; path: string }> {
  const path = rootPath(root);
  if (storage !== undefined) return { storage, path };
  const runtime = globalThis as unknown as { process: { cwd(): string } };
  const absolute = absolutePath(path, () => runtime.process.cwd());
  return { storage: await platformStorage(), path: absolute };
}

async function choose(): Promise<FileStorage> {
  const runtime = globalThis as { Deno?: unknown };
  if (runtime.Deno !== undefined) return (await import("./deno.ts")).denoStorage;
  return await (await import("./node.ts")).createNodeStorage();
}
