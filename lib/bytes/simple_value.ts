/**
 * Decodes the values that are most of all values: one number, truth value, short text or piece of binary,
 * and plain objects of a few such fields. Whatever else there is, is left to the decoder of the library;
 * this is several times as fast, since nothing has to be prepared for what may come.
 *
 * @module
 */

import { MalformedPack, PackReader } from "./codec.ts";
import { LabelCache } from "./label_cache.ts";

const FIXMAP = 0x80;
const FIXMAP_MASK = 0xf0;
const FIXSTR = 0xa0;
const FIXSTR_MASK = 0xe0;
const NIL = 0xc0;
const FALSE = 0xc2;
const TRUE = 0xc3;
const BIN8 = 0xc4;
const FLOAT64 = 0xcb;
const UINT8 = 0xcc;
const UINT64 = 0xcf;
const NEGATIVE_FIXINT = 0xe0;

/** What has more bytes is not simple: no map has more than fifteen fields of short names and values. */
const SIMPLE_BYTES_MAX = 15 * (32 + 258) + 1;

/** Names of fields are few, and the same in many objects. */
const NAMES = new LabelCache();

/** Holds nothing from one call to the next. */
const reader = new PackReader();
const NO_BYTES = new Uint8Array(0);

/**
 * Decodes a simple value.
 *
 * @param bytes Where it is
 * @param from Its first byte
 * @param to Its end, exclusive
 * @returns The value; nothing in it shares memory with `bytes`. Undefined, which is never stored, if it is
 * not simple, or no value at all
 */
export function decodeSimple(bytes: Uint8Array, from: number, to: number): unknown {
  if (from === to || to - from > SIMPLE_BYTES_MAX) return undefined;
  reader.reset(bytes, from, to);
  try {
    const isMap = (bytes[from] & FIXMAP_MASK) === FIXMAP;
    const value = isMap ? takeFields() : takeField(ownBytes);
    return reader.at === to ? value : undefined;
  } catch (error) {
    if (error instanceof MalformedPack) return undefined; // The library says what is wrong with it.
    throw error;
  } finally {
    reader.bytes = NO_BYTES;
  }
}

function takeFields(): Record<string, unknown> | undefined {
  const count = reader.bytes[reader.at++] & ~FIXMAP_MASK;
  const fields: Record<string, unknown> = {};
  for (let i = 0; i < count; i++) {
    if ((reader.bytes[reader.at] & FIXSTR_MASK) !== FIXSTR) return undefined;
    const name = NAMES.take(reader);
    if (name === "__proto__" || reader.at === reader.end) return undefined;
    const value = takeField(copyOf);
    if (value === undefined) return undefined;
    fields[name] = value;
  }
  return fields;
}

/** Makes binary of its own of a part of other bytes. */
type OwnBytes = (bytes: Uint8Array, from: number, to: number) => Uint8Array;

/** One that is no object; undefined if it is not simple. There is at least one byte. */
function takeField(own: OwnBytes): unknown {
  const { bytes, at } = reader;
  const tag = bytes[at];
  if (tag < FIXMAP || tag >= NEGATIVE_FIXINT) {
    reader.at = at + 1;
    return tag < FIXMAP ? tag : tag - 0x100;
  }
  if ((tag & FIXSTR_MASK) === FIXSTR) return takeText(tag & ~FIXSTR_MASK);
  if (tag === FLOAT64) return reader.takeNumber();
  if (tag >= UINT8 && tag < UINT64) return reader.takeUint();
  if (tag === BIN8) {
    const count = reader.takeBinHeader();
    const first = reader.at;
    reader.at += count;
    return own(bytes, first, reader.at);
  }
  if (tag !== NIL && tag !== FALSE && tag !== TRUE) return undefined;
  reader.at = at + 1;
  return tag === NIL ? null : tag === TRUE;
}

/** Text of one byte a character, which most is; undefined if it is not. */
function takeText(count: number): string | undefined {
  const { bytes, at, end } = reader;
  const last = at + 1 + count;
  if (last > end) return undefined;
  let text = "";
  for (let i = at + 1; i < last; i++) {
    if (bytes[i] >= 0x80) return undefined;
    text += String.fromCharCode(bytes[i]);
  }
  reader.at = last;
  return text;
}

function copyOf(bytes: Uint8Array, from: number, to: number): Uint8Array {
  return bytes.slice(from, to);
}

/** Where short pieces of binary are copied to, one after the other. */
const POOL_BYTES = 8 * 1024;
let pool = new Uint8Array(POOL_BYTES);
let pooled = 0;

/**
 * A copy of short binary. An array with a buffer of its own costs V8 twenty times as much as one over a
 * part of a buffer, so short ones share a buffer, as small Buffers of Node do: no two share a byte.
 */
function ownBytes(bytes: Uint8Array, from: number, to: number): Uint8Array {
  const length = to - from;
  if (length === 0) return new Uint8Array(0);
  if (pooled + length > pool.length) { // Also when somebody transferred the buffer away.
    pool = new Uint8Array(POOL_BYTES);
    pooled = 0;
  }
  for (let i = 0; i < length; i++) pool[pooled + i] = bytes[from + i];
  const own = new Uint8Array(pool.buffer, pooled, length);
  pooled += (length + 7) & ~7; // So that an array of float64 can be laid over it.
  return own;
}
