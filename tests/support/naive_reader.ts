/**
 * A second reader of segment files, simple and slow, written from section 5 of the design alone: the
 * judge of the reader in `lib/`, of which it uses nothing but the checksum.
 *
 * It holds the whole file, makes plain values of every frame with a MessagePack library, and looks at
 * the values. Where the library forgets how a value was written (5 may be an integer of any width, or
 * a float), the value is encoded again and must give the same bytes.
 *
 * @module
 */

import { Buffer } from "node:buffer";
import { Decoder, Encoder } from "@msgpack/msgpack";
import { checksum, checksumOf, loadChecksum } from "../../lib/bytes/checksum.ts";

/** An entry; a `WalEntry` is one too. */
export type PlainEntry =
  | { kind: "write"; address: Address; revision: Stamp; data: Uint8Array }
  | { kind: "tombstone"; address: Address; revision: Stamp }
  | { kind: "block-sealed"; block: number; space: number; snapshot: number }
  | { kind: "checkpoint"; revision: Stamp };

type Address = { space: number; point: number[] };

/** A revision, or the hex digits of one. */
type Stamp = { toString(): string };

/** A valid group. */
export interface NaiveGroup {
  /** The offset of its first frame. */
  start: number;
  /** The offset behind its seal. */
  end: number;
  /** What is in it. */
  entries: PlainEntry[];
}

/** What a file holds. */
export interface NaiveReading {
  /** Its valid groups. */
  groups: NaiveGroup[];
  /** The end of the last of them. */
  stop: number;
  /** Where the first frame begins that is no valid frame, is not understood, or is the wrong seal. */
  failedAt: number;
  /**
   * Set when reading ended at a frame whose checksum verifies and that is not understood: why. Where
   * a payload is no MessagePack, or not ours, either will do; it depends on where one begins to look.
   */
  notUnderstood?: "newer-format" | "corrupt" | "either";
}

/** What the frames of a group may be, and the seal. */
type Meaning =
  | { is: "frame"; entries: PlainEntry[] }
  | { is: "seal"; index: number; offset: number; count: number; chain: Uint8Array };

class NotUnderstood extends Error {
  readonly code: "newer-format" | "corrupt" | "either";
  constructor(code: "newer-format" | "corrupt" | "either") {
    super(code);
    this.code = code;
  }
}

const HEADER_BYTES = 16;
const MAGIC = new TextEncoder().encode("IDB_FST\0");
const FLOAT64_TAG = 0xcb;
const U32_MAX = 2 ** 32 - 1;
/** A coordinate stands in the point in an entry in the entries in a payload. */
const COORDINATE_DEPTH = 4;

const asInteger = new Encoder();
const asFloat = new Encoder({ forceIntegerToFloat: true });

await loadChecksum();

/**
 * Reads a fast segment.
 *
 * @param bytes The whole file
 * @param session Whose it must be
 * @param anyWidth Whether an integer may be longer than its shortest form, which the design rules out
 * @returns What it holds; the header is not looked at
 */
export function naiveRead(bytes: Uint8Array, session: number, anyWidth = false): NaiveReading {
  const groups: NaiveGroup[] = [];
  let chain = chainBefore(session);
  let stop = HEADER_BYTES;
  let at = HEADER_BYTES;
  let entries: PlainEntry[] = [];
  let sums: Uint8Array[] = [];
  for (;;) {
    const frame = frameAt(bytes, at);
    if (frame === undefined) return { groups, stop, failedAt: at };
    let meaning: Meaning;
    try {
      meaning = meaningOf(frame.payload, session, anyWidth);
    } catch (error) {
      if (!(error instanceof NotUnderstood)) throw error;
      return { groups, stop, failedAt: at, notUnderstood: error.code };
    }
    if (meaning.is === "frame") {
      entries.push(...meaning.entries);
      sums.push(frame.sum);
      at = frame.end;
      continue;
    }
    chain = checksumOf([chain, ...sums]);
    const { index, offset, count } = meaning;
    if (index !== groups.length || offset !== stop || count !== sums.length) break;
    if (hexOf(meaning.chain) !== hexOf(chain)) break;
    groups.push({ start: stop, end: frame.end, entries });
    at = stop = frame.end;
    entries = [];
    sums = [];
  }
  return { groups, stop, failedAt: at };
}

/**
 * The chain before the first group.
 *
 * @param session Whose file
 */
export function chainBefore(session: number): Uint8Array {
  const id = new Uint8Array(4);
  new DataView(id.buffer).setUint32(0, session, true);
  return checksumOf([MAGIC, id]);
}

/**
 * All of an entry in one line, so that entries of either reader can be compared and hashed.
 *
 * @param entry The entry
 */
export function lineOf(entry: PlainEntry): string {
  if (entry.kind === "block-sealed") {
    return `${entry.kind} ${entry.block} ${entry.space} ${entry.snapshot}`;
  }
  if (entry.kind === "checkpoint") return `${entry.kind} ${entry.revision}`;
  const { space, point } = entry.address;
  const coordinates = point.map((value) => Object.is(value, -0) ? "-0" : String(value));
  const line = `${entry.kind} ${space} [${coordinates}] ${entry.revision}`;
  return entry.kind === "write" ? `${line} ${hexOf(entry.data)}` : line;
}

function hexOf(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString("hex");
}

function frameAt(
  bytes: Uint8Array,
  at: number,
): { payload: Uint8Array; sum: Uint8Array; end: number } | undefined {
  if (at + 8 > bytes.length) return undefined;
  const length = new DataView(bytes.buffer, bytes.byteOffset).getBigUint64(at, true);
  if (length === 0n || BigInt(at) + 40n + length > BigInt(bytes.length)) return undefined;
  const payloadEnd = at + 8 + Number(length);
  const payload = bytes.subarray(at + 8, payloadEnd);
  const sum = bytes.subarray(payloadEnd, payloadEnd + 32);
  if (hexOf(checksum(payload)) !== hexOf(sum)) return undefined;
  return { payload, sum, end: payloadEnd + 32 };
}

function meaningOf(payload: Uint8Array, session: number, anyWidth: boolean): Meaning {
  const value = decoded(payload);
  if (!Array.isArray(value) || value.length === 0) throw new NotUnderstood("corrupt");
  const [kind, ...fields] = value;
  const exact = anyWidth || encodedEnd(value, payload, 0) === payload.length;
  try {
    const meaning = takeFields(integer(kind), fields, session);
    demand(exact);
    return meaning;
  } catch (error) {
    const newer = error instanceof NotUnderstood && error.code === "newer-format";
    throw newer && !exact ? new NotUnderstood("either") : error;
  }
}

function decoded(payload: Uint8Array): unknown {
  const most = payload.length; // No array or string has more elements than there are bytes.
  try {
    return new Decoder({ useBigInt64: true, maxArrayLength: most, maxMapLength: most })
      .decode(payload);
  } catch {
    throw new NotUnderstood("either");
  }
}

function takeFields(kind: number, fields: unknown[], session: number): Meaning {
  if (kind > 3) throw new NotUnderstood("newer-format");
  if (kind === 1 && fields.length === 1) {
    return { is: "frame", entries: array(fields[0]).map((each) => entryOf(each, session)) };
  }
  if (kind === 2 && fields.length === 6) {
    const [verdict, first, last, count, operation, label] = fields;
    demand(verdict === 1 || verdict === 2);
    demand(revision(first, session) <= revision(last, session));
    integer(count);
    demand([operation, label].every((each) => each === null || typeof each === "string"));
    return { is: "frame", entries: [] };
  }
  demand(kind === 3 && fields.length === 4);
  const [index, offset, count] = fields.map((each, i) => i < 3 ? integer(each) : 0);
  const chain = bin(fields[3]);
  demand(chain.length === 32);
  return { is: "seal", index, offset, count, chain };
}

function entryOf(value: unknown, session: number): PlainEntry {
  const fields = array(value);
  demand(fields.length > 0);
  const number = integer(fields[0]);
  if (number > 3) throw new NotUnderstood("newer-format");
  demand(fields.length === [5, 4, 4, 2][number]);
  if (number === 2) {
    const [block, space, snapshot] = fields.slice(1).map(integer);
    return { kind: "block-sealed", block, space, snapshot };
  }
  if (number === 3) return { kind: "checkpoint", revision: revision(fields[1], session) };
  const point = array(fields[2]).map(coordinate);
  demand(point.length >= 1 && point.length <= 16);
  const address = { space: integer(fields[1]), point };
  const stamp = revision(fields[3], session);
  if (number === 1) return { kind: "tombstone", address, revision: stamp };
  return { kind: "write", address, revision: stamp, data: bin(fields[4]) };
}

function demand(holds: boolean): asserts holds {
  if (!holds) throw new NotUnderstood("corrupt");
}

function array(value: unknown): unknown[] {
  demand(Array.isArray(value));
  return value;
}

function bin(value: unknown): Uint8Array {
  demand(value instanceof Uint8Array);
  return value;
}

/** An integer from 0 to 2^53-1; those of 64 bits come as bigint. */
function integer(value: unknown): number {
  demand(typeof value === "number" || typeof value === "bigint");
  demand(Number.isSafeInteger(Number(value)) && value >= 0);
  return Number(value);
}

/** A u32 or a float64. Which of the two it was, `encodedEnd` finds out. */
function coordinate(value: unknown): number {
  if (typeof value === "bigint") demand(value >= 0n && value <= U32_MAX);
  else demand(typeof value === "number" && Number.isFinite(value));
  return Number(value);
}

function revision(value: unknown, session: number): string {
  const bytes = bin(value);
  demand(bytes.length === 16);
  demand(new DataView(bytes.buffer, bytes.byteOffset).getUint32(8) === session);
  return hexOf(bytes);
}

/** Where the one right encoding of a value ends; NaN if the bytes at `at` are another. */
function encodedEnd(value: unknown, bytes: Uint8Array, at: number, depth = 0): number {
  if (Array.isArray(value)) {
    const filled = asInteger.encode(value.map(() => null)); // Its header, and a byte an element.
    let end = endIfSame(filled.subarray(0, filled.length - value.length), bytes, at);
    for (const each of value) end = encodedEnd(each, bytes, end, depth + 1);
    return end;
  }
  if (depth === COORDINATE_DEPTH && bytes[at] === FLOAT64_TAG) {
    return endIfSame(asFloat.encode(value), bytes, at);
  }
  const number = typeof value === "bigint" ? Number(value) : value;
  if (typeof number === "number" && !(Number.isSafeInteger(number) && number >= 0)) return NaN;
  return endIfSame(asInteger.encode(number), bytes, at);
}

function endIfSame(expected: Uint8Array, bytes: Uint8Array, at: number): number {
  return expected.every((byte, i) => byte === bytes[at + i]) ? at + expected.length : NaN;
}
