/**
 * Draws whole segment files out of pieces, most of them nearly right: groups whose seal lies about one
 * thing, frames that verify and say something strange, damage of every kind; and any header.
 *
 * Written with a MessagePack library and without the writer in `lib/`.
 *
 * @module
 */

import { Encoder } from "@msgpack/msgpack";
import fc from "fast-check";
import { checksum, checksumOf } from "../../lib/bytes/checksum.ts";
import { chainBefore } from "../support/naive_reader.ts";
import { SESSION } from "../support/segment_fixture.ts";

const OTHER_SESSION = 8;
const HEADER_BYTES = 16;
const MAGICS = ["IDB_FST\0", "IDB_SWAL", "IDB_FSU\0"];

// What a file is made of ------------------------------------------------------------------------

/** Something is wrong with an array: a strange element, one less, one more, none, or far too many. */
interface Change {
  how: "replace" | "drop" | "insert" | "empty" | "repeat";
  at: number;
  by: number;
}

interface Entry {
  number: number;
  space: number;
  point: number[];
  sequence: number;
  data: Uint8Array;
  change?: Change;
  pointChange?: Change;
}

type Frame =
  | { is: "data"; entries: Entry[]; change?: Change }
  | { is: "verdict"; verdict: number; last: number; operation: string | null; change?: Change }
  | { is: "unknown"; kind: number };

/** What of a group's seal, or behind it, is not as it must be; its checksum is right. */
type Lie = "none" | typeof LIES[number];
const LIES = ["index", "offset", "count", "chain", "chain of the first", "short chain"] as const;

interface Group {
  is: "group";
  frames: Frame[];
  session: number;
  lie: Lie;
  change?: Change;
  /** A byte of the first payload is another, and its checksum right. */
  byte?: { at: number; value: number };
}

type Piece =
  | Group
  | { is: "frames"; frames: Frame[] }
  | { is: "flipped"; frame: Frame; at: number; bit: number }
  | { is: "cut"; frame: Frame; keep: number }
  | { is: "length"; length: bigint }
  | { is: "zeros"; count: number }
  | { is: "garbage"; bytes: Uint8Array };

/** H: so many group ends before the last, or a value. */
type Header = { endsBack: number } | { value: bigint };

/** A whole file. */
export interface FileSpec {
  magic: string;
  header: Header;
  pieces: Piece[];
  /** How many bytes are cut off its end. */
  cut: number;
}

// How it is made --------------------------------------------------------------------------------

/** This operation gets a byte that no string has. */
const NOT_UTF8 = "not UTF-8";

const asInteger = new Encoder({ useBigInt64: true });
const asFloat = new Encoder({ forceIntegerToFloat: true });

const STRANGE: readonly Uint8Array[] = [
  ...[null, true, "", "x", -1, -(2 ** 40), 1.5, NaN, Infinity, [], [1], {}, { a: 1 }],
  ...[0, 1, 2, 3, 4, 5, 9, 127, 128, 255, 65_535, 65_536, 2 ** 32 - 1],
  ...[2n ** 32n, 2n ** 53n - 1n, 2n ** 53n, 2n ** 64n - 1n],
  ...[0, 15, 16, 17, 32, 300].map((length) => new Uint8Array(length)),
  ...[SESSION, OTHER_SESSION].map((session) => revision(session, 1)),
].map((value) => asInteger.encode(value)).concat(
  asFloat.encode(5),
  asFloat.encode(-0),
  new Uint8Array([0xa2, 0xff, 0xfe]), // A string that is not UTF-8.
  new Uint8Array([0xd4, 1, 0]), // An extension.
  new Uint8Array([0xc1]), // Never used by MessagePack.
);

function concat(parts: readonly Uint8Array[]): Uint8Array {
  const all = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    all.set(part, at);
    at += part.length;
  }
  return all;
}

function u64(value: bigint): Uint8Array {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigUint64(0, value, true);
  return bytes;
}

function revision(session: number, sequence: number): Uint8Array {
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint32(0, 0x01a20320);
  view.setUint32(8, session);
  view.setUint32(12, sequence);
  return bytes;
}

/** An array of encoded elements, perhaps changed. */
function list(parts: readonly Uint8Array[], change?: Change): Uint8Array {
  let all = [...parts];
  if (change?.how === "empty") all = [];
  else if (change?.how === "repeat") all = Array(17).fill(parts).flat();
  else if (change !== undefined) {
    const at = change.at % (all.length + 1);
    const by = change.how === "drop" ? [] : [STRANGE[change.by % STRANGE.length]];
    all.splice(at, change.how === "insert" ? 0 : 1, ...by);
  }
  const filled = asInteger.encode(all.map(() => null)); // Its header, and a byte an element.
  return concat([filled.subarray(0, filled.length - all.length), ...all]);
}

function encoded(...values: unknown[]): Uint8Array[] {
  return values.map((value) => asInteger.encode(value));
}

function entryBytes(entry: Entry, session: number): Uint8Array {
  const { number, space, sequence, data } = entry;
  const coordinates = entry.point.map((value) =>
    (Object.is(value >>> 0, value) ? asInteger : asFloat).encode(value)
  );
  const point = list(coordinates, entry.pointChange);
  const [spaceBytes, stamp, dataBytes] = encoded(space, revision(session, sequence), data);
  const parts = [
    [spaceBytes, point, stamp, dataBytes],
    [spaceBytes, point, stamp],
    [...encoded(sequence), spaceBytes, ...encoded(data.length)],
    [stamp],
  ][number];
  return list([...encoded(number), ...parts], entry.change);
}

function payloadOf(frame: Frame, session: number): Uint8Array {
  if (frame.is === "unknown") return list(encoded(frame.kind, 0));
  if (frame.is === "data") {
    const entries = list(frame.entries.map((entry) => entryBytes(entry, session)));
    return list([...encoded(1), entries], frame.change);
  }
  const { verdict, last, operation } = frame;
  const [first, end] = [revision(session, 5), revision(session, last)];
  const fields = encoded(2, verdict, first, end, last - 4, operation, null);
  if (operation === NOT_UTF8) fields[5][2] = 0xff;
  return list(fields, frame.change);
}

function frameOf(payload: Uint8Array): Uint8Array {
  return concat([u64(BigInt(payload.length)), payload, checksum(payload)]);
}

/** A file in the making, and the chain that the next valid group goes on from. */
class FileMaker {
  readonly parts: Uint8Array[] = [];
  readonly ends = [HEADER_BYTES];
  #end = HEADER_BYTES;
  #groups = 0;
  #chain = chainBefore(SESSION);

  add(piece: Piece): void {
    if (piece.is === "group") return this.#addGroup(piece);
    if (piece.is === "frames") return piece.frames.forEach((frame) => this.#addFrame(frame));
    if (piece.is === "length") return this.#put(u64(piece.length));
    if (piece.is === "zeros") return this.#put(new Uint8Array(piece.count));
    if (piece.is === "garbage") return this.#put(piece.bytes);
    const frame = frameOf(payloadOf(piece.frame, SESSION));
    if (piece.is === "cut") return this.#put(frame.subarray(0, piece.keep % frame.length));
    frame[piece.at % frame.length] ^= 1 << piece.bit;
    this.#put(frame);
  }

  #addGroup(group: Group): void {
    const { session, lie } = group;
    const start = this.#end;
    const payloads = group.frames.map((frame) => payloadOf(frame, session));
    const { at, value } = group.byte ?? { at: 0, value: payloads[0]?.[0] };
    if (payloads.length > 0) payloads[0][at % payloads[0].length] = value;
    for (const payload of payloads) this.#put(frameOf(payload));
    const before = session !== SESSION || lie === "chain of the first"
      ? chainBefore(session)
      : this.#chain;
    const chain = checksumOf([before, ...payloads.map((payload) => checksum(payload))]);
    if (session === SESSION && lie === "none") this.#chain = chain.slice();
    if (lie === "chain") chain[31] ^= 1;
    const seal = encoded(
      3,
      this.#groups + (lie === "index" ? 1 : 0),
      start + (lie === "offset" ? 1 : 0),
      payloads.length + (lie === "count" ? 1 : 0),
      lie === "short chain" ? chain.subarray(1) : chain,
    );
    this.#put(frameOf(list(seal, group.change)));
    this.ends.push(this.#end);
    this.#groups++;
  }

  #addFrame(frame: Frame): void {
    this.#put(frameOf(payloadOf(frame, SESSION)));
  }

  #put(bytes: Uint8Array): void {
    this.parts.push(bytes);
    this.#end += bytes.length;
  }
}

/**
 * Makes the bytes of a file.
 *
 * @param spec What it is made of
 */
export function fileOf({ magic, header, pieces, cut }: FileSpec): Uint8Array {
  const maker = new FileMaker();
  for (const piece of pieces) maker.add(piece);
  const { ends } = maker;
  const value = "value" in header
    ? header.value
    : BigInt(ends[Math.max(0, ends.length - 1 - header.endsBack)]);
  const bytes = concat([new TextEncoder().encode(magic), u64(value), ...maker.parts]);
  return bytes.subarray(0, Math.max(0, bytes.length - cut));
}

// What it is drawn from -------------------------------------------------------------------------

/** One of several, each with its weight. */
function draw<T>(...choices: [weight: number, arbitrary: fc.Arbitrary<T>][]): fc.Arbitrary<T> {
  return fc.oneof(...choices.map(([weight, arbitrary]) => ({ weight, arbitrary })));
}

const anyChange = fc.record<Change>({
  how: fc.constantFrom("replace", "replace", "drop", "insert", "empty", "repeat"),
  at: fc.nat(20),
  by: fc.nat(STRANGE.length - 1),
});

const rarely: fc.Arbitrary<Change | undefined> = draw<Change | undefined>(
  [12, fc.constant(undefined)],
  [1, anyChange],
);
/** Frames as they must be, or with something wrong here and there. */
function framesOf(wrong: boolean): fc.Arbitrary<Frame> {
  const change = wrong ? rarely : fc.constant(undefined);
  const operations = [null, "", "import", "é".repeat(200), ...wrong ? [NOT_UTF8] : []];
  const double = fc.double({ noNaN: true, noDefaultInfinity: true });
  const entry = fc.record<Entry>({
    number: fc.nat(3),
    space: draw([4, fc.nat(300)], [1, fc.nat(2 ** 31 - 1)]),
    point: fc.array(draw([1, fc.nat(2 ** 31 - 1)], [1, double]), {
      minLength: 1,
      maxLength: 16,
      size: "max",
    }),
    sequence: fc.nat(70_000),
    data: fc.uint8Array({ maxLength: 40 }),
    change,
    pointChange: change,
  });
  return draw<Frame>(
    [4, fc.record({ is: fc.constant("data"), entries: fc.array(entry, { maxLength: 4 }), change })],
    [
      1,
      fc.record({
        is: fc.constant("verdict"),
        verdict: fc.constantFrom(1, 2),
        last: fc.integer({ min: wrong ? 4 : 5, max: 300 }),
        operation: fc.constantFrom(...operations),
        change,
      }),
    ],
  );
}

const goodFrame = framesOf(false);
const anyFrame = draw<Frame>(
  [4, goodFrame],
  [3, framesOf(true)],
  [1, fc.record({ is: fc.constant("unknown"), kind: fc.constantFrom(0, 4, 255, 2 ** 32 - 1) })],
);

const goodGroup: fc.Arbitrary<Piece> = fc.record({
  is: fc.constant("group"),
  frames: fc.array(goodFrame, { maxLength: 3 }),
  session: fc.constant(SESSION),
  lie: fc.constant("none"),
});

const anyGroup: fc.Arbitrary<Piece> = fc.record({
  is: fc.constant("group"),
  frames: fc.array(anyFrame, { maxLength: 3 }),
  session: draw([6, fc.constant(SESSION)], [1, fc.constant(OTHER_SESSION)]),
  lie: draw(
    [2, fc.constant<Lie>("none")],
    [1, fc.constantFrom<Lie>(...LIES)],
  ),
  change: rarely,
});

const anyPiece: fc.Arbitrary<Piece> = draw<Piece>(
  [4, anyGroup],
  [2, goodGroup],
  [1, fc.record({ is: fc.constant("frames"), frames: fc.array(anyFrame, { maxLength: 2 }) })],
  [1, fc.record({ is: fc.constant("flipped"), frame: goodFrame, at: fc.nat(500), bit: fc.nat(7) })],
  [1, fc.record({ is: fc.constant("cut"), frame: goodFrame, keep: fc.nat(500) })],
  [1, fc.record({ is: fc.constant("length"), length: fc.bigInt(0n, 2n ** 64n - 1n) })],
  [1, fc.record({ is: fc.constant("length"), length: fc.bigInt(0n, 500n) })],
  [1, fc.record({ is: fc.constant("zeros"), count: fc.nat(100) })],
  [1, fc.record({ is: fc.constant("garbage"), bytes: fc.uint8Array({ maxLength: 100 }) })],
);

const anyHeader: fc.Arbitrary<Header> = draw<Header>(
  [8, fc.record({ endsBack: fc.nat(3) })],
  [1, fc.record({ value: fc.constant(16n) })],
  [1, fc.record({ value: fc.bigInt(0n, 1500n) })],
  [1, fc.record({ value: fc.bigInt(0n, 2n ** 64n - 1n) })],
);

/** Some valid groups, then perhaps anything; any header. */
export const anyFile: fc.Arbitrary<FileSpec> = fc.record({
  magic: draw([30, fc.constant(MAGICS[0])], [1, fc.constantFrom(...MAGICS)]),
  header: anyHeader,
  pieces: fc.tuple(
    fc.array(goodGroup, { maxLength: 4 }),
    draw<Piece[]>([1, fc.constant([])], [2, fc.array(anyPiece, { minLength: 1, maxLength: 3 })]),
  ).map((parts) => parts.flat()),
  cut: draw([20, fc.constant(0)], [2, fc.nat(200)], [1, fc.nat(2000)]),
});

/** Valid groups, one of them with a byte of a payload changed before its checksums were made. */
export const anyFileWithByte: fc.Arbitrary<FileSpec> = fc.record({
  magic: fc.constant(MAGICS[0]),
  header: fc.record({ value: fc.constant(16n) }),
  pieces: fc.tuple(
    fc.array(goodGroup, { maxLength: 1 }),
    fc.record<Group>({
      is: fc.constant("group"),
      frames: fc.array(goodFrame, { minLength: 1, maxLength: 2 }),
      session: fc.constant(SESSION),
      lie: fc.constant("none"),
      byte: fc.record({ at: fc.nat(300), value: fc.nat(255) }),
    }),
  ).map((parts) => parts.flat()),
  cut: fc.constant(0),
});
