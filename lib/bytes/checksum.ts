/**
 * BLAKE3-256, the one checksum of every file, and the only place that names where it comes from.
 *
 * hash-wasm compiles its module asynchronously, so whoever opens a file awaits `loadChecksum` first;
 * from then on checksums are synchronous calls on one reused instance.
 *
 * @module
 */

import { createBLAKE3 } from "hash-wasm";
import { invariant } from "../invariant.ts";

/** Bytes of a checksum. */
export const CHECKSUM_BYTES = 32;

type Hasher = Awaited<ReturnType<typeof createBLAKE3>>;

let loading: Promise<Hasher> | undefined;
let shared: Hasher | undefined;

/** Makes `checksum` and `checksumOf` usable; must have resolved before either is called. */
export async function loadChecksum(): Promise<void> {
  loading ??= createBLAKE3();
  shared ??= await loading;
}

/**
 * The checksum of some bytes.
 *
 * @param bytes What to hash
 * @returns 32 bytes
 */
export function checksum(bytes: Uint8Array): Uint8Array {
  invariant(shared !== undefined, "loadChecksum() has resolved");
  return shared.init().update(bytes).digest("binary");
}

/**
 * The checksum of several parts as if they stood in one piece.
 *
 * @param parts What to hash, in order; each is read before the next is asked for
 * @returns 32 bytes
 */
export function checksumOf(parts: Iterable<Uint8Array>): Uint8Array {
  invariant(shared !== undefined, "loadChecksum() has resolved");
  shared.init();
  for (const part of parts) shared.update(part);
  return shared.digest("binary");
}

/**
 * Whether two checksums, or any two byte strings, are equal.
 *
 * @param a One
 * @param b The other
 */
export function equalBytes(a: Uint8Array, b: Uint8Array): boolean {
  if (a.length !== b.length) return false;
  for (let i = 0; i < a.length; i++) {
    if (a[i] !== b[i]) return false;
  }
  return true;
}
