/**
 * MessagePack (https://github.com/msgpack/msgpack/blob/master/spec.md), the part of it that file
 * formats use: arrays, unsigned integers in their shortest form, float64, bin, str and nil.
 *
 * Written by hand because it lies on the path of every entry: fields go straight into one growing
 * buffer and come straight out of it, with no value made in between. Any MessagePack library reads
 * what `PackWriter` wrote, and writes the same bytes.
 *
 * @module
 */

const UTF8 = new TextEncoder();
const UTF8_STRICT = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

const NIL = 0xc0;
const BIN8 = 0xc4;
const BIN16 = 0xc5;
const BIN32 = 0xc6;
const FLOAT64 = 0xcb;
const UINT8 = 0xcc;
const UINT16 = 0xcd;
const UINT32 = 0xce;
const UINT64 = 0xcf;
const STR8 = 0xd9;
const STR16 = 0xda;
const STR32 = 0xdb;
const ARRAY16 = 0xdc;
const ARRAY32 = 0xdd;

/** The most bytes an array header takes. */
export const ARRAY_HEADER_BYTES_MAX = 5;

/** The most bytes a number takes, integer or float. */
export const NUMBER_BYTES_MAX = 9;

/** The most bytes the header of a bin or str takes. */
export const BYTES_HEADER_BYTES_MAX = 5;

/** Up to so many bytes a loop copies faster than a call. */
const SHORT_BYTES = 64;

/** Thrown by `PackReader` where the bytes are not what the format wants. Never leaves the module. */
export class MalformedPack extends Error {}

/** Appends MessagePack to a buffer that grows. `reserve` comes before the puts it makes room for. */
export class PackWriter {
  /** The buffer; what was written is its first `length` bytes. */
  bytes: Uint8Array;
  /** Bytes written. */
  length = 0;
  #view: DataView;

  /** @param capacity Bytes to begin with */
  constructor(capacity: number) {
    this.bytes = new Uint8Array(capacity);
    this.#view = new DataView(this.bytes.buffer);
  }

  /**
   * Makes room, moving what was written if need be.
   *
   * @param count Bytes the following puts take at most
   */
  reserve(count: number): void {
    const needed = this.length + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.length));
    this.bytes = grown;
    this.#view = new DataView(grown.buffer);
  }

  /** @param count How many elements follow */
  putArray(count: number): void {
    if (count < 16) {
      this.bytes[this.length++] = 0x90 | count;
    } else if (count < 0x1_0000) {
      this.bytes[this.length] = ARRAY16;
      this.#view.setUint16(this.length + 1, count);
      this.length += 3;
    } else {
      this.bytes[this.length] = ARRAY32;
      this.#view.setUint32(this.length + 1, count);
      this.length += 5;
    }
  }

  /** @param value An integer from 0 to 2^53-1; takes its shortest form */
  putUint(value: number): void {
    const at = this.length;
    if (value < 0x80) {
      this.bytes[at] = value;
      this.length = at + 1;
    } else if (value < 0x100) {
      this.bytes[at] = UINT8;
      this.bytes[at + 1] = value;
      this.length = at + 2;
    } else if (value < 0x1_0000) {
      this.bytes[at] = UINT16;
      this.#view.setUint16(at + 1, value);
      this.length = at + 3;
    } else if (value < 0x1_0000_0000) {
      this.bytes[at] = UINT32;
      this.#view.setUint32(at + 1, value);
      this.length = at + 5;
    } else {
      this.bytes[at] = UINT64;
      this.#view.setUint32(at + 1, Math.floor(value / 0x1_0000_0000));
      this.#view.setUint32(at + 5, value % 0x1_0000_0000);
      this.length = at + 9;
    }
  }

  /** @param value Any float64 */
  putFloat64(value: number): void {
    this.bytes[this.length] = FLOAT64;
    this.#view.setFloat64(this.length + 1, value);
    this.length += 9;
  }

  /** @param count How many bytes of binary follow, put by the caller */
  putBinHeader(count: number): void {
    const at = this.length;
    if (count < 0x100) {
      this.bytes[at] = BIN8;
      this.bytes[at + 1] = count;
      this.length = at + 2;
    } else if (count < 0x1_0000) {
      this.bytes[at] = BIN16;
      this.#view.setUint16(at + 1, count);
      this.length = at + 3;
    } else {
      this.bytes[at] = BIN32;
      this.#view.setUint32(at + 1, count);
      this.length = at + 5;
    }
  }

  /** @param value Binary, header and bytes */
  putBin(value: Uint8Array): void {
    this.putBinHeader(value.length);
    this.bytes.set(value, this.length);
    this.length += value.length;
  }

  /** @param value 32 bits of binary whose header was put, the most significant byte first */
  putU32(value: number): void {
    const at = this.length;
    this.bytes[at] = value >>> 24;
    this.bytes[at + 1] = value >>> 16;
    this.bytes[at + 2] = value >>> 8;
    this.bytes[at + 3] = value;
    this.length = at + 4;
  }

  /**
   * Puts a part of binary whose header was put.
   *
   * @param source Where the part is
   * @param from Its first byte
   * @param to Its end, exclusive
   */
  putBytes(source: Uint8Array, from: number, to: number): void {
    if (to - from > SHORT_BYTES) this.bytes.set(source.subarray(from, to), this.length);
    else for (let i = from, at = this.length; i < to; i++, at++) this.bytes[at] = source[i];
    this.length += to - from;
  }

  /** @param value A string, or undefined for nil; makes its own room */
  putOptionalString(value: string | undefined): void {
    if (value === undefined) {
      this.reserve(1);
      this.bytes[this.length++] = NIL;
      return;
    }
    const utf8 = UTF8.encode(value);
    this.reserve(BYTES_HEADER_BYTES_MAX + utf8.length);
    this.#putStringHeader(utf8.length);
    this.bytes.set(utf8, this.length);
    this.length += utf8.length;
  }

  #putStringHeader(count: number): void {
    const at = this.length;
    if (count < 32) {
      this.bytes[at] = 0xa0 | count;
      this.length = at + 1;
    } else if (count < 0x100) {
      this.bytes[at] = STR8;
      this.bytes[at + 1] = count;
      this.length = at + 2;
    } else if (count < 0x1_0000) {
      this.bytes[at] = STR16;
      this.#view.setUint16(at + 1, count);
      this.length = at + 3;
    } else {
      this.bytes[at] = STR32;
      this.#view.setUint32(at + 1, count);
      this.length = at + 5;
    }
  }
}

/** A float64 and its bytes, the least significant first as on every platform there is a runtime for. */
const FLOAT = new Float64Array(1);
const FLOAT_BYTES = new Uint8Array(FLOAT.buffer);

/**
 * Takes MessagePack apart in place; every take checks type and bounds and throws `MalformedPack`.
 * Integers and headers are taken in any width, though `PackWriter` writes the shortest: what they say
 * is not in doubt.
 */
export class PackReader {
  /** What is read. */
  bytes: Uint8Array = new Uint8Array(0);
  /** The index of the next byte. */
  at = 0;
  /** The index behind the last byte. */
  end = 0;

  /**
   * Begins on other bytes.
   *
   * @param bytes Hold what to read
   * @param from Where it begins
   * @param to Where it ends; at the end of the bytes, unless given
   */
  reset(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    this.bytes = bytes;
    this.at = from;
    this.end = to;
  }

  /** @throws {MalformedPack} Unless every byte was taken */
  takeEnd(): void {
    if (this.at !== this.end) throw new MalformedPack("bytes follow the payload");
  }

  /** @returns How many elements follow */
  takeArray(): number {
    const tag = this.#takeTag();
    if ((tag & 0xf0) === 0x90) return tag & 0x0f;
    if (tag === ARRAY16) return this.#takeUint(2);
    if (tag === ARRAY32) return this.#takeUint(4);
    throw new MalformedPack(`an array was expected, not a value of type ${tag}`);
  }

  /** @returns An integer from 0 to 2^53-1 */
  takeUint(): number {
    const tag = this.#takeTag();
    if (tag < 0x80) return tag;
    if (tag >= UINT8 && tag <= UINT64) return this.#takeUint(1 << (tag - UINT8));
    throw new MalformedPack(`an unsigned integer was expected, not a value of type ${tag}`);
  }

  /** @returns A float64 or an integer from 0 to 2^53-1 */
  takeNumber(): number {
    const { bytes, at } = this;
    if (bytes[at] !== FLOAT64) return this.takeUint();
    this.#need(9);
    // A view of each buffer would cost more than this: payloads lie in many.
    FLOAT_BYTES[7] = bytes[at + 1];
    FLOAT_BYTES[6] = bytes[at + 2];
    FLOAT_BYTES[5] = bytes[at + 3];
    FLOAT_BYTES[4] = bytes[at + 4];
    FLOAT_BYTES[3] = bytes[at + 5];
    FLOAT_BYTES[2] = bytes[at + 6];
    FLOAT_BYTES[1] = bytes[at + 7];
    FLOAT_BYTES[0] = bytes[at + 8];
    this.at = at + 9;
    return FLOAT[0];
  }

  /** @returns Whether the next value is a float64 */
  nextIsFloat(): boolean {
    return this.bytes[this.at] === FLOAT64;
  }

  /** @returns The length of a binary value, whose bytes begin at `at` and all lie inside */
  takeBinHeader(): number {
    const tag = this.#takeTag();
    if (tag < BIN8 || tag > BIN32) {
      throw new MalformedPack(`binary was expected, not a value of type ${tag}`);
    }
    const count = this.#takeUint(1 << (tag - BIN8));
    this.#need(count);
    return count;
  }

  /** @returns A string, or undefined for nil */
  takeOptionalString(): string | undefined {
    const tag = this.#takeTag();
    if (tag === NIL) return undefined;
    let count: number;
    if ((tag & 0xe0) === 0xa0) count = tag & 0x1f;
    else if (tag >= STR8 && tag <= STR32) count = this.#takeUint(1 << (tag - STR8));
    else throw new MalformedPack(`a string or nil was expected, not a value of type ${tag}`);
    this.#need(count);
    const utf8 = this.bytes.subarray(this.at, this.at + count);
    this.at += count;
    try {
      return UTF8_STRICT.decode(utf8);
    } catch {
      throw new MalformedPack("a string is not UTF-8");
    }
  }

  #takeTag(): number {
    this.#need(1);
    return this.bytes[this.at++];
  }

  #takeUint(width: number): number {
    this.#need(width);
    const bytes = this.bytes;
    let value = 0;
    for (let i = 0; i < width; i++) value = value * 256 + bytes[this.at + i];
    if (value > Number.MAX_SAFE_INTEGER) throw new MalformedPack("an integer is above 2^53-1");
    this.at += width;
    return value;
  }

  #need(count: number): void {
    if (this.end - this.at < count) throw new MalformedPack("a value is cut short");
  }
}
