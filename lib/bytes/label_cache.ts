/**
 * Takes strings out of MessagePack that are nearly always the same few: kinds, roles, names of fields.
 *
 * @module
 */

import type { PackReader } from "./codec.ts";
import { MalformedPack } from "./codec.ts";

/** A string of less than 32 bytes has its length in its tag, behind these three bits. */
const FIXSTR = 0xa0;
const FIXSTR_MASK = 0xe0;
const FIXSTR_BYTES_MAX = 31;

/** How many strings are remembered; a power of two. */
const SLOTS = 256;

/**
 * Remembers short strings by their bytes, so that taking one again costs a comparison and makes none:
 * several times as fast as decoding it. Bounded: a string that meets another in its slot displaces it.
 */
export class LabelCache {
  readonly #texts: string[] = new Array(SLOTS).fill("");
  /** The tag and the bytes of each slot's string; zeros, which are no tag, while it has none. */
  readonly #bytes = new Uint8Array(SLOTS * (FIXSTR_BYTES_MAX + 1));

  /**
   * Takes a string.
   *
   * @param reader Stands before it, and behind it afterwards
   * @throws {MalformedPack} If something else, or nil, is there
   */
  take(reader: PackReader): string {
    const { bytes, at } = reader;
    const tag = bytes[at];
    const end = at + 1 + (tag & ~FIXSTR_MASK);
    if ((tag & FIXSTR_MASK) !== FIXSTR || end > reader.end) return takeText(reader);
    let hash = tag;
    for (let i = at + 1; i < end; i++) hash = Math.imul(hash ^ bytes[i], 0x0100_0193);
    const slot = (hash ^ hash >>> 15) & (SLOTS - 1);
    const kept = this.#bytes;
    const first = slot * (FIXSTR_BYTES_MAX + 1);
    let same = at;
    while (same < end && kept[first + same - at] === bytes[same]) same++;
    if (same === end) {
      reader.at = end;
      return this.#texts[slot];
    }
    const text = takeText(reader);
    kept.set(bytes.subarray(at, end), first);
    this.#texts[slot] = text;
    return text;
  }
}

function takeText(reader: PackReader): string {
  const text = reader.takeOptionalString();
  if (text === undefined) throw new MalformedPack("a string was expected, not nil");
  return text;
}
