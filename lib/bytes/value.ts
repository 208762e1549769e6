/**
 * The values that users store, as MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md).
 *
 * What goes in comes back, or is refused before anything is written:
 *
 * | value                                            | comes back as                           |
 * | ------------------------------------------------ | --------------------------------------- |
 * | null, booleans, numbers, strings, valid dates    | the same, but -0 as 0                   |
 * | undefined, and a hole in an array                | null                                    |
 * | a Uint8Array, Buffers included                   | a Uint8Array of its own bytes; below    |
 * |                                                  | 256 its `buffer` is shared with others  |
 * | an array                                         | an array of its elements                |
 * | an object, whatever its class                    | a plain one: own enumerable properties  |
 * | a string that is not well-formed UTF-16          | refused: UTF-8 has no lone surrogates   |
 * | a string that begins with U+FEFF                 | refused: decoding drops it where long   |
 * | an own property "__proto__"                      | refused: the decoder never takes it     |
 * | nested deeper than `VALUE_DEPTH_MAX`, or a cycle | refused                                 |
 * | all else: functions, bigints, Maps, Errors ...   | refused: it would come back as less     |
 *
 * @module
 */

import {
  Decoder,
  decodeTimestampExtension,
  Encoder,
  type EncoderOptions,
  encodeTimestampExtension,
  EXT_TIMESTAMP,
  ExtData,
  type ExtensionCodecType,
} from "@msgpack/msgpack";
import { CorruptionError, describe, InfiniteDbError, InvalidArgumentError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import { INTENT_BYTES_MAX, KEPT_BUFFER_BYTES_MAX } from "../limits.ts";
import { BYTES_HEADER_BYTES_MAX, PackWriter } from "./codec.ts";
import { decodeSimple } from "./simple_value.ts";

/** How many arrays and objects may lie within one another, the innermost value counted. */
export const VALUE_DEPTH_MAX = 100;

/** Sees every array, object and function in a value, on the encoder's own way through it. */
const CODEC: ExtensionCodecType<undefined> = {
  tryToEncode: encodeExtension,
  decode: decodeExtension,
};

/** What an encoder does, and what it does with a string: that its types keep to themselves. */
interface StringEncoder {
  encode(value: unknown): Uint8Array;
  encodeSharedRef(value: unknown): Uint8Array;
  clone(): StringEncoder;
  encodeString(text: string): void;
}

const BYTE_ORDER_MARK = 0xfeff;

const OpenEncoder = Encoder as unknown as new (
  options: EncoderOptions<undefined>,
) => StringEncoder;

/**
 * Refuses strings that do not survive, each at the moment it is written: what was written does not show
 * it any more, and to look at the value again would run its getters again.
 */
class CheckedEncoder extends OpenEncoder {
  constructor() {
    super({ extensionCodec: CODEC, maxDepth: VALUE_DEPTH_MAX });
  }

  /** Encodes what a getter encodes in between. */
  override clone(): StringEncoder {
    return new CheckedEncoder();
  }

  override encodeString(text: string): void {
    if (!text.isWellFormed()) throw refusal("a string with a lone surrogate");
    if (text.charCodeAt(0) === BYTE_ORDER_MARK) {
      throw refusal("a string that begins with U+FEFF");
    }
    super.encodeString(text);
  }
}

let encoder: StringEncoder = new CheckedEncoder();
let decoder = new Decoder({ extensionCodec: CODEC });

invariant(
  asksForStrings(),
  "the encoder writes every string and key by encodeString, in clones too",
);

/**
 * Encodes a value to be stored.
 *
 * Getters of the value run, once each, and may themselves encode values.
 *
 * @param value What to store
 * @returns MessagePack, in a buffer of its own
 * @throws {InvalidArgumentError} If the value would not come back as it is, or a getter throws
 */
export function encodeValue(value: unknown): Uint8Array {
  let bytes: Uint8Array;
  try {
    bytes = encoder.encode(value);
  } catch (error) {
    replaceEncoder(); // It is sound, but may have grown to any size.
    throw asRefusal(error);
  }
  if (bytes.length > KEPT_BUFFER_BYTES_MAX) replaceEncoder();
  return bytes;
}

/**
 * The same, without a buffer of its own.
 *
 * @param value What to store
 * @returns MessagePack; valid until the next value is encoded
 * @throws {InvalidArgumentError} If the value would not come back as it is, or a getter throws
 */
export function encodeShared(value: unknown): Uint8Array {
  try {
    const bytes = encoder.encodeSharedRef(value);
    if (bytes.length > KEPT_BUFFER_BYTES_MAX) replaceEncoder();
    return bytes;
  } catch (error) {
    replaceEncoder(); // It is sound, but may have grown to any size.
    throw asRefusal(error);
  }
}

/** Room to begin with, where nobody knows how many values will come. */
const VALUES_MIN = 64;
const VALUE_BYTES_USUAL = 16;

/** Values as MessagePack, one after the other. */
export interface ValueColumn {
  /** The bytes. */
  bytes: Uint8Array;
  /** Where each value ends; it begins where the one before it ends. */
  ends: Uint32Array;
}

/**
 * Encodes many values.
 *
 * @param count How many
 * @param valueAt Gives each; called once for each, in order
 * @throws {InvalidArgumentError} If a value would not come back as it is
 * @throws What `valueAt` throws
 */
export function encodeValues(count: number, valueAt: (index: number) => unknown): ValueColumn {
  const column = new GrowingColumn(count);
  for (let i = 0; i < count; i++) {
    column.add(encodeShared(valueAt(i)));
    checkColumnBytes(column.bytes);
  }
  return column.toColumn();
}

/** Encoded values that come one after the other; all together have less than 4 GiB. */
export class GrowingColumn {
  readonly #out: PackWriter;
  #ends: Uint32Array;
  #count = 0;

  /** @param count About how many will come */
  constructor(count = VALUES_MIN) {
    this.#out = new PackWriter(count * VALUE_BYTES_USUAL);
    this.#ends = new Uint32Array(count);
  }

  /** How many bytes they have. */
  get bytes(): number {
    return this.#out.length;
  }

  /**
   * Takes a value.
   *
   * @param value Its bytes; copied
   */
  add(value: Uint8Array): void {
    this.#out.reserve(value.length);
    this.#out.putBytes(value, 0, value.length);
    if (this.#count === this.#ends.length) {
      const grown = new Uint32Array(Math.max(VALUES_MIN, 2 * this.#count));
      grown.set(this.#ends);
      this.#ends = grown;
    }
    this.#ends[this.#count++] = this.#out.length;
  }

  /** All of them. */
  toColumn(): ValueColumn {
    return {
      bytes: this.#out.bytes.subarray(0, this.#out.length),
      ends: this.#ends.subarray(0, this.#count),
    };
  }
}

/**
 * Encodes many pieces of binary, each as a `Uint8Array` would be.
 *
 * @param count How many
 * @param pieces The bytes, and where each piece begins and the last ends
 * @throws {InvalidArgumentError} If the pieces are not where the offsets say
 */
export function encodeBinaries(
  count: number,
  pieces: { bytes: Uint8Array; offsets: ArrayLike<number> },
): ValueColumn {
  const { bytes: source, offsets } = pieces ?? {};
  if (!(source instanceof Uint8Array) || offsets?.length !== count + 1) {
    throw new InvalidArgumentError(
      `The data of ${count} records is a function, or a Uint8Array with ${count + 1} offsets`,
      { expected: count + 1, found: offsets?.length ?? pieces },
    );
  }
  const ends = new Uint32Array(count);
  const out = new PackWriter(count * 32);
  let from = offsets[0];
  for (let i = 0; i < count; i++) {
    const to = offsets[i + 1];
    const areIntegers = Number.isInteger(from) && Number.isInteger(to);
    if (!(areIntegers && from >= 0 && to >= from && to <= source.length)) {
      throw new InvalidArgumentError(
        `Offsets ascend from 0 to at most the ${source.length} bytes there are; ${
          describe(from)
        } and ${describe(to)} do not`,
        { expected: source.length, found: to },
      );
    }
    out.reserve(to - from + BYTES_HEADER_BYTES_MAX); // Offsets may begin anywhere, but never overlap.
    out.putBinHeader(to - from);
    out.putBytes(source, from, to);
    ends[i] = out.length;
    from = to;
  }
  checkColumnBytes(out.length);
  return { bytes: out.bytes.subarray(0, out.length), ends };
}

function checkColumnBytes(bytes: number): void {
  if (bytes <= INTENT_BYTES_MAX) return;
  throw new InvalidArgumentError(
    `The values of a batch have more than ${INTENT_BYTES_MAX} bytes; insert them in several`,
    { expected: INTENT_BYTES_MAX, found: bytes },
  );
}

/**
 * Decodes a value that was stored.
 *
 * @param bytes Where it is
 * @param from Its first byte
 * @param to Its end, exclusive
 * @returns The value; nothing in it shares memory with `bytes`
 * @throws {CorruptionError} If the bytes are no such thing: their checksums held, so they were
 * written like this
 */
export function decodeValue(
  bytes: Uint8Array,
  from: number = 0,
  to: number = bytes.length,
): unknown {
  const simple = decodeSimple(bytes, from, to);
  if (simple !== undefined) return simple;
  try {
    return withOwnBytes(decoder.decode(bytes.subarray(from, to)));
  } catch (error) {
    throw new CorruptionError(`A stored value does not decode: ${reasonOf(error)}`, {
      cause: error,
    });
  } finally {
    // A decoder holds on to what it read last.
    if (to - from > KEPT_BUFFER_BYTES_MAX) decoder = new Decoder({ extensionCodec: CODEC });
  }
}

/** Another version of the library may do otherwise; then nothing would refuse what does not survive. */
function asksForStrings(): boolean {
  const lost = "\uD800";
  const within = { // Called while the encoder is at work.
    get value(): unknown {
      return encoder.encodeSharedRef(lost);
    },
  };
  return [lost, { [lost]: 1 }, within].every((value) => {
    try {
      encoder.encodeSharedRef(value);
      return false;
    } catch {
      return true;
    }
  });
}

function replaceEncoder(): void {
  encoder = new CheckedEncoder();
}

/** Refuses what would not come back; dates alone have an extension. */
function encodeExtension(found: unknown): ExtData | null {
  if (typeof found !== "object" || found === null) throw refusal(`a ${typeof found}`);
  if (Array.isArray(found)) {
    // The encoder writes the length, then iterates: were these to differ, nobody could read it.
    if (found[Symbol.iterator] !== Array.prototype.values) throw refusal("a custom array iterator");
    return null;
  }
  const prototype = Object.getPrototypeOf(found);
  if (prototype !== Object.prototype && prototype !== null) {
    if (found instanceof Date) return encodeDate(found);
    const kind = Object.prototype.toString.call(found).slice("[object ".length, -1);
    if (kind === "Uint8Array") return null;
    if (ArrayBuffer.isView(found) || kind.endsWith("ArrayBuffer")) {
      throw refusal(kind, "convert it to a Uint8Array");
    }
    if (kind !== "Object") throw refusal(kind);
  }
  if (Object.hasOwn(found, "__proto__")) throw refusal('a property "__proto__"');
  return null;
}

function encodeDate(date: Date): ExtData {
  const data = Number.isNaN(date.getTime()) ? null : encodeTimestampExtension(date);
  if (data === null) throw refusal("an invalid Date");
  return new ExtData(EXT_TIMESTAMP, data);
}

function decodeExtension(data: Uint8Array, type: number): unknown {
  if (type !== EXT_TIMESTAMP) throw new Error(`extension type ${type} is never written`);
  const date = decodeTimestampExtension(data);
  if (Number.isNaN(date.getTime())) throw new Error("a timestamp is beyond what a Date holds");
  return date;
}

/** Replaces every view into what was decoded by a copy. The value is fresh, so it may be changed. */
function withOwnBytes(value: unknown): unknown {
  if (typeof value !== "object" || value === null) return value;
  if (value instanceof Uint8Array) return new Uint8Array(value);
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) {
      if (typeof value[i] === "object") value[i] = withOwnBytes(value[i]);
    }
    return value;
  }
  const fields = value as Record<string, unknown>;
  for (const key of Object.keys(fields)) {
    if (typeof fields[key] === "object") fields[key] = withOwnBytes(fields[key]);
  }
  return value;
}

function refusal(found: string, wanted = "store what it holds in another form"): Error {
  return new InvalidArgumentError(`A stored value cannot hold ${found}: ${wanted}`, { found });
}

function asRefusal(error: unknown): InfiniteDbError {
  if (error instanceof InfiniteDbError) return error;
  const reason = reasonOf(error);
  const message = reason.startsWith("Too deep")
    ? `A stored value is nested at most ${VALUE_DEPTH_MAX} deep and never holds itself`
    : `A value cannot be stored: ${reason}`;
  return new InvalidArgumentError(message, { cause: error });
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : describe(error);
}
