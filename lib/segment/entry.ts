/**
 * The payload of a data frame, and the entries in it.
 *
 * | payload                                | meaning                                                     |
 * | -------------------------------------- | ----------------------------------------------------------- |
 * | `[1, [entry, entry, ...]]`             | a data frame: entries in the order they were written        |
 *
 * | entry                                  | meaning                                                     |
 * | -------------------------------------- | ----------------------------------------------------------- |
 * | `[0, space, point, revision, data]`    | a write: `data` stands at `point` of `space` from then on   |
 * | `[1, space, point, revision]`          | a tombstone: nothing stands there from then on              |
 * | `[2, block, space, snapshot]`          | a block was sealed (kept from the reference; we write none)  |
 * | `[3, revision]`                        | the reference's checkpoint; it commits nothing              |
 *
 * `space`, `block` and `snapshot` are integers from 0 to 2^53-1; `point` is an array of 1 to 16
 * coordinates, each a u32 in its shortest form or a float64; `revision` is bin of 16 bytes
 * (`lib/clock/revision.ts`); `data` is bin.
 *
 * Valid if and only if it has exactly this shape, every revision is of the file's session, and no
 * byte follows. An entry of another number comes from a newer version.
 *
 * ```hex
 * 9201                                 | [1, [
 * 91                                   |   one entry
 * 95 00 05                             |   [0: write, space 5,
 * 92 cd012c cb3ff8000000000000         |     point [300, 1.5],
 * c410 01a20320a20000020000000700000001 |     revision of session 7,
 * c402 6869                            |     data "hi"]]]
 * ```
 *
 * @module
 */

import {
  ARRAY_HEADER_BYTES_MAX,
  BYTES_HEADER_BYTES_MAX,
  MalformedPack,
  NUMBER_BYTES_MAX,
  type PackReader,
  type PackWriter,
} from "../bytes/codec.ts";
import {
  decodeRevision,
  encodeRevision,
  Revision,
  REVISION_BYTES,
  REVISION_SESSION_OFFSET,
  REVISION_WORDS,
} from "../clock/revision.ts";
import { describe, InvalidArgumentError } from "../errors.ts";
import { POINT_COORDINATES_MAX, U32_MAX } from "../limits.ts";
import type { EntryList } from "./entry_list.ts";

/** One entry of a segment. */
export type WalEntry =
  | {
    /** A write. */
    kind: "write";
    /** Where: the number of a space and a point in it. */
    address: { space: number; point: number[] };
    /** When and by whom. */
    revision: Revision;
    /** What, as bytes. */
    data: Uint8Array;
  }
  | {
    /** A deletion. */
    kind: "tombstone";
    /** Where: the number of a space and a point in it. */
    address: { space: number; point: number[] };
    /** When and by whom. */
    revision: Revision;
  }
  | {
    /** A sealed block. */
    kind: "block-sealed";
    /** The block's number. */
    block: number;
    /** The space's number. */
    space: number;
    /** The snapshot's number. */
    snapshot: number;
  }
  | {
    /** A checkpoint. */
    kind: "checkpoint";
    /** When and by whom. */
    revision: Revision;
  };

/** The number of a write. */
export const ENTRY_WRITE = 0;
/** The number of a tombstone. */
export const ENTRY_TOMBSTONE = 1;
/** The number of a sealed block. */
export const ENTRY_BLOCK_SEALED = 2;
/** The number of a checkpoint. */
export const ENTRY_CHECKPOINT = 3;

/** The most bytes an entry takes beside its data. */
const ENTRY_BYTES_MAX = 2 + 3 * NUMBER_BYTES_MAX + ARRAY_HEADER_BYTES_MAX +
  POINT_COORDINATES_MAX * NUMBER_BYTES_MAX + 2 + REVISION_BYTES + BYTES_HEADER_BYTES_MAX;

/** Thrown for an entry or frame of a number that this version does not know. */
export class UnknownKind extends Error {}

/**
 * Appends an entry, after checking all of it.
 *
 * @param out Where to; makes its own room, and is as before when this throws
 * @param entry The entry
 * @param session The session whose file it is
 * @throws {InvalidArgumentError} If the entry does not have the shape above
 */
export function putEntry(out: PackWriter, entry: WalEntry, session: number): void {
  const start = out.length;
  try {
    putChecked(out, entry, session);
  } catch (error) {
    out.length = start;
    throw error;
  }
}

/** Every property is read once: one that a getter computes anew cannot pass as one thing and go in as another. */
function putChecked(out: PackWriter, entry: WalEntry, session: number): void {
  switch (entry?.kind) {
    case "write": {
      const { address, revision, data } = entry;
      if (!(data instanceof Uint8Array)) {
        throw invalid("The data of a write is a Uint8Array", data);
      }
      out.reserve(ENTRY_BYTES_MAX + data.length);
      out.putArray(5);
      out.putUint(ENTRY_WRITE);
      putAddress(out, address);
      putRevision(out, revision, session);
      out.putBin(data);
      return;
    }
    case "tombstone": {
      const { address, revision } = entry;
      out.reserve(ENTRY_BYTES_MAX);
      out.putArray(4);
      out.putUint(ENTRY_TOMBSTONE);
      putAddress(out, address);
      putRevision(out, revision, session);
      return;
    }
    case "block-sealed":
      out.reserve(ENTRY_BYTES_MAX);
      out.putArray(4);
      out.putUint(ENTRY_BLOCK_SEALED);
      putInteger(out, "block", entry.block);
      putInteger(out, "space", entry.space);
      putInteger(out, "snapshot", entry.snapshot);
      return;
    case "checkpoint":
      out.reserve(ENTRY_BYTES_MAX);
      out.putArray(2);
      out.putUint(ENTRY_CHECKPOINT);
      putRevision(out, entry.revision, session);
      return;
    default:
      throw invalid(
        'An entry is a "write", a "tombstone", a "block-sealed" or a "checkpoint"',
        (entry as { kind?: unknown } | undefined)?.kind,
      );
  }
}

/**
 * Appends an entry of a list, whose fields were checked when it was made.
 *
 * @param out Where to; makes its own room
 * @param list The entries
 * @param index Which
 */
export function putListed(out: PackWriter, list: EntryList, index: number): void {
  const { coordinates, starts, ends } = list;
  const dataFrom = index === 0 ? 0 : ends[index - 1];
  const dataEnd = ends[index];
  out.reserve(ENTRY_BYTES_MAX + dataEnd - dataFrom);
  const isWrite = list.tombstones[index] === 0;
  out.putArray(isWrite ? 5 : 4);
  out.putUint(isWrite ? ENTRY_WRITE : ENTRY_TOMBSTONE);
  out.putUint(list.spaces[index]);
  out.putArray(starts[index + 1] - starts[index]);
  for (let at = starts[index]; at < starts[index + 1]; at++) putCoordinate(out, coordinates[at]);
  out.putBinHeader(REVISION_BYTES);
  for (let word = 0; word < REVISION_WORDS; word++) {
    out.putU32(list.revisions[index * REVISION_WORDS + word]);
  }
  if (!isWrite) return;
  out.putBinHeader(dataEnd - dataFrom);
  out.putBytes(list.values, dataFrom, dataEnd);
}

/** Takes entries apart without making anything of them; `toEntry` makes the object. */
export class EntryCursor {
  /** Which entry: `ENTRY_WRITE` and so on. */
  operation = 0;
  readonly #reader: PackReader;
  readonly #coordinates = new Float64Array(POINT_COORDINATES_MAX);
  readonly #integers = [0, 0, 0];
  #dims = 0;
  #revisionAt = 0;
  #dataAt = 0;
  #dataEnd = 0;

  /** @param reader Stands behind the kind of a data frame at first, and behind an entry after each `next` */
  constructor(reader: PackReader) {
    this.#reader = reader;
  }

  /**
   * Takes the next entry.
   *
   * @param session The session whose file it is
   * @throws {MalformedPack} If it does not have the shape above
   * @throws {UnknownKind} If its number is not known
   */
  next(session: number): void {
    const reader = this.#reader;
    const fields = reader.takeArray();
    if (fields === 0) throw new MalformedPack("an entry is empty");
    this.operation = reader.takeUint();
    switch (this.operation) {
      case ENTRY_WRITE: {
        checkFields(fields, 5);
        this.#takeAddress();
        this.#takeRevision(session);
        const bytes = reader.takeBinHeader();
        this.#dataAt = reader.at;
        this.#dataEnd = reader.at += bytes;
        return;
      }
      case ENTRY_TOMBSTONE:
        checkFields(fields, 4);
        this.#takeAddress();
        this.#takeRevision(session);
        return;
      case ENTRY_BLOCK_SEALED:
        checkFields(fields, 4);
        for (let i = 0; i < 3; i++) this.#integers[i] = reader.takeUint();
        return;
      case ENTRY_CHECKPOINT:
        checkFields(fields, 2);
        this.#takeRevision(session);
        return;
      default:
        throw new UnknownKind(`an entry of number ${this.operation}`);
    }
  }

  /**
   * The entry just taken, as an object of its own: it shares no bytes with the file.
   *
   * @param frame A copy of the frame's payload for all its entries to share; without it each gets a copy
   */
  toEntry(frame?: Uint8Array): WalEntry {
    const bytes = this.#reader.bytes;
    if (this.operation === ENTRY_BLOCK_SEALED) {
      const [block, space, snapshot] = this.#integers;
      return { kind: "block-sealed", block, space, snapshot };
    }
    const revision = decodeRevision(bytes, this.#revisionAt);
    if (this.operation === ENTRY_CHECKPOINT) return { kind: "checkpoint", revision };
    const point: number[] = [];
    for (let i = 0; i < this.#dims; i++) point.push(this.#coordinates[i]);
    const address = { space: this.#integers[0], point };
    if (this.operation === ENTRY_TOMBSTONE) return { kind: "tombstone", address, revision };
    if (frame !== undefined) {
      return {
        kind: "write",
        address,
        revision,
        data: frame.subarray(this.#dataAt, this.#dataEnd),
      };
    }
    const data = new Uint8Array(this.#dataEnd - this.#dataAt); // Never a Buffer's shared pool.
    data.set(bytes.subarray(this.#dataAt, this.#dataEnd));
    return { kind: "write", address, revision, data };
  }

  #takeAddress(): void {
    const reader = this.#reader;
    this.#integers[0] = reader.takeUint();
    const dims = reader.takeArray();
    if (dims === 0 || dims > POINT_COORDINATES_MAX) {
      throw new MalformedPack(`a point has ${dims} coordinates`);
    }
    this.#dims = dims;
    for (let i = 0; i < dims; i++) {
      const float = reader.nextIsFloat();
      const value = reader.takeNumber();
      if (float ? !Number.isFinite(value) : value > U32_MAX) {
        throw new MalformedPack(`a coordinate is ${value}`);
      }
      this.#coordinates[i] = value;
    }
  }

  #takeRevision(session: number): void {
    const reader = this.#reader;
    if (reader.takeBinHeader() !== REVISION_BYTES) {
      throw new MalformedPack("a revision is not 16 bytes");
    }
    const bytes = reader.bytes;
    const at = reader.at + REVISION_SESSION_OFFSET;
    const found = (bytes[at] << 24 | bytes[at + 1] << 16 | bytes[at + 2] << 8 | bytes[at + 3]) >>>
      0;
    if (found !== session) throw new MalformedPack(`an entry is of session ${found}`);
    this.#revisionAt = reader.at;
    reader.at += REVISION_BYTES;
  }
}

function putAddress(out: PackWriter, address: { space: number; point: number[] }): void {
  putInteger(out, "space", address?.space);
  const point = address.point;
  const dims = point?.length;
  if (!(Number.isInteger(dims) && dims >= 1 && dims <= POINT_COORDINATES_MAX)) {
    throw invalid(`A point has 1 to ${POINT_COORDINATES_MAX} coordinates`, dims);
  }
  out.putArray(dims);
  for (let i = 0; i < dims; i++) {
    const value = point[i];
    if (!Number.isFinite(value)) throw invalid("A coordinate is a finite number", value);
    putCoordinate(out, value);
  }
}

/** The bits decide, so that -0 comes back as -0: only a space knows that it means 0. */
function putCoordinate(out: PackWriter, value: number): void {
  if (value >>> 0 === value && !Object.is(value, -0)) out.putUint(value);
  else out.putFloat64(value);
}

function putRevision(out: PackWriter, revision: Revision, session: number): void {
  if (!(revision instanceof Revision)) throw invalid("An entry's revision is a Revision", revision);
  if (revision.session !== session) {
    throw new InvalidArgumentError(
      `An entry of session ${
        describe(revision.session)
      } cannot go into the segment of session ${session}`,
      { expected: session, found: revision.session },
    );
  }
  out.putBinHeader(REVISION_BYTES);
  encodeRevision(revision, out.bytes, out.length);
  out.length += REVISION_BYTES;
}

function putInteger(out: PackWriter, name: string, value: number): void {
  if (!(Number.isSafeInteger(value) && value >= 0)) {
    throw invalid(`An entry's ${name} is an integer from 0 to 2^53-1`, value);
  }
  out.putUint(value);
}

function checkFields(found: number, expected: number): void {
  if (found !== expected) throw new MalformedPack(`an entry has ${found} fields, not ${expected}`);
}

function invalid(rule: string, found: unknown): InvalidArgumentError {
  return new InvalidArgumentError(`${rule}, not ${describe(found)}`, { expected: rule, found });
}
