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

let loading: Promise<[Hasher, Hasher]> | undefined;
let shared: Hasher | undefined;
let streaming: Hasher | undefined;
let streamOpen = false;

/** Makes `checksum` and `checksumOf` usable; must have resolved before either is called. */
export async function loadChecksum(): Promise<void> {
  loading ??= Promise.all([createBLAKE3(), createBLAKE3()]);
  [shared, streaming] = await loading;
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

/** A checksum of bytes that come bit by bit, between which others may ask for theirs, and anybody run. */
export class GradualChecksum {
  #state: Uint8Array | undefined;

  /**
   * Takes the next bytes.
   *
   * @param bytes What to hash
   */
  add(bytes: Uint8Array): void {
    this.#state = this.#resumed().update(bytes).save();
  }

  /** The checksum of all of them. */
  end(): Uint8Array {
    return this.#resumed().digest("binary");
  }

  #resumed(): Hasher {
    invariant(shared !== undefined, "loadChecksum() has resolved");
    return this.#state === undefined ? shared.init() : shared.load(this.#state);
  }
}

/**
 * A checksum of bytes that come bit by bit, beside other checksums. One at a time: whoever begins it
 * ends it before anybody else runs.
 */
export const streamedChecksum = {
  /** Begins. */
  begin(): void {
    invariant(streaming !== undefined && !streamOpen, "one streamed checksum at a time");
    streamOpen = true;
    streaming.init();
  },
  /** Takes the next bytes. */
  add(bytes: Uint8Array): void {
    invariant(streaming !== undefined && streamOpen, "a streamed checksum was begun");
    streaming.update(bytes);
  },
  /** Ends, and gives the checksum of all of them. */
  end(): Uint8Array {
    invariant(streaming !== undefined && streamOpen, "a streamed checksum was begun");
    streamOpen = false;
    return streaming.digest("binary");
  },
  /** Ends without a result, if it was begun. */
  abandon(): void {
    streamOpen = false;
  },
};

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
