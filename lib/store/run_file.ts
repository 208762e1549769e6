/**
 * `runs/{id}.run`: committed entries of one space, in the order in which they were committed,
 * written once and never changed.
 *
 * | offset | bytes | field    | meaning                             |
 * | ------ | ----- | -------- | ----------------------------------- |
 * | 0      | 8     | magic    | `IDB_RUN\0`                         |
 * | 8      | 4     | version  | u32 LE, 0: the plain form           |
 * | 12     | 4     | dims     | u32 LE, coordinates of each point   |
 * | 16     | 8     | run      | u64 LE, the id in the file's name   |
 * | 24     | 8     | space    | u64 LE, the number of the space     |
 * | 32     | 8     | entries  | u64 LE, how many there are          |
 * | 40     | 32    | checksum | BLAKE3-256 of every byte before it  |
 * | 72     |       | chunks   | one after the other, then the end   |
 *
 * | chunk: offset | bytes | field    | meaning                                                           |
 * | ------------- | ----- | -------- | ----------------------------------------------------------------- |
 * | 0             | 4     | length   | u32 LE, n; 0 in the end                                           |
 * | 4             | n     | payload  | MessagePack, an array of entries, about 64 KiB                    |
 * | 4 + n         | 32    | checksum | BLAKE3-256 of the checksum before it, the length and the payload  |
 *
 * An entry is `[0, point, revision, data]` (a write) or `[1, point, revision]` (a tombstone): `point` is
 * an array of integers from 0 to 2^32-1 or of float64, `revision` bin of 16 bytes, `data` bin.
 *
 * Valid if and only if every checksum is right, the end is there and nothing follows it, every entry has
 * exactly this shape, and there are as many as the header says. Each checksum covers
 * the one before, so no chunk can be missing, come twice or come from another run.
 *
 * The file is made under its final name: no reader looks for it before the manifest lists it, and that
 * happens after the file and its directory were synced. What a crash leaves is unlisted, and removed.
 *
 * ```hex
 * 4944425f52554e00                                                 | magic
 * 00000000                                                         | version 0
 * 02000000                                                         | 2 dimensions
 * 0100000000000000                                                 | run 1
 * 0100000000000000                                                 | space 1
 * 0200000000000000                                                 | 2 entries
 * 778d72c2d2fe77c509f5174bb55f3ee4619aa72458eff653459dfa3fa18b9fa6 | checksum
 * 38000000                                                         | 56 bytes of payload
 * 92                                                               | [
 * 9301                                                             |   [1: tombstone,
 * 92cd012c01                                                       |    at [300, 1],
 * c41001a20320a20000040000000700000003                             |    by session 7, sequence 3],
 * 9400                                                             |   [0: write,
 * 92cd012c01                                                       |    at [300, 1],
 * c41001a20320a20000020000000700000001                             |    by session 7, sequence 1,
 * c403a26869                                                       |    data: "hi" in MessagePack]]
 * 2d67154627558e1e4d7afa68e15dd9fe0c3a16af80d4ad7aeb7269bdaa357a44 | checksum
 * 00000000                                                         | the end
 * f244d71b9ff61c87d2abdff13adc36e3e4fcb2420d45c32bf11712a393f0fb22 | checksum
 * ```
 *
 * @module
 */

import { checksum, CHECKSUM_BYTES, checksumOf, equalBytes } from "../bytes/checksum.ts";
import {
  ARRAY_HEADER_BYTES_MAX,
  BYTES_HEADER_BYTES_MAX,
  MalformedPack,
  NUMBER_BYTES_MAX,
  PackReader,
  PackWriter,
} from "../bytes/codec.ts";
import { decodeRevision, encodeRevision, REVISION_BYTES } from "../clock/revision.ts";
import { asInfiniteDbError, CorruptionError, NewerFormatError, NotFoundError } from "../errors.ts";
import type { FileStorage, StorageFile } from "../file/storage.ts";
import { invariant } from "../invariant.ts";
import { DATA_FRAME_BYTES_TARGET, U32_MAX, WRITE_BYTES_MAX } from "../limits.ts";
import type { StoredEntry } from "./stored_entry.ts";

const MAGIC = new TextEncoder().encode("IDB_RUN\0");
const VERSION = 0;
const VERSION_OFFSET = MAGIC.length;
const DIMS_OFFSET = VERSION_OFFSET + 4;
const RUN_OFFSET = DIMS_OFFSET + 4;
const SPACE_OFFSET = RUN_OFFSET + 8;
const ENTRIES_OFFSET = SPACE_OFFSET + 8;
const HEADER_CHECKSUM_OFFSET = ENTRIES_OFFSET + 8;
const CHUNKS_OFFSET = HEADER_CHECKSUM_OFFSET + CHECKSUM_BYTES;
const LENGTH_BYTES = 4;
const END_BYTES = LENGTH_BYTES + CHECKSUM_BYTES;
const OP_WRITE = 0;
const OP_TOMBSTONE = 1;
const WRITE_FIELDS = 4;
const TOMBSTONE_FIELDS = 3;

invariant(CHUNKS_OFFSET === 72, "the header is 72 bytes");

/** What a run file is of. */
export interface RunIdentity {
  /** The id in its name. */
  id: number;
  /** The number of its space. */
  space: number;
  /** Coordinates of each point. */
  dims: number;
}

/**
 * Writes a run file and makes its content durable; its name becomes so when the directory is synced.
 *
 * @param storage Where
 * @param path The file; its directory must exist, and what has the name is removed
 * @param run What it is of
 * @param entries Entries of that space, in any order
 * @returns How long the file is
 * @throws {InfiniteDbError} If the platform fails; then there is no file
 */
export async function writeRunFile(
  storage: FileStorage,
  path: string,
  run: RunIdentity,
  entries: readonly StoredEntry[],
): Promise<number> {
  let file: StorageFile | undefined;
  try {
    if (storage.exists(path)) storage.remove(path); // An earlier attempt may have been cut off.
    file = storage.open(path, { write: true, create: true, exclusive: true });
    const bytes = await writeContent(file, run, entries);
    await file.syncData();
    file.close();
    return bytes;
  } catch (error) {
    if (file !== undefined) discard(storage, file);
    throw asInfiniteDbError(error, `write ${path}`, path);
  }
}

/**
 * Reads a run file, and verifies all of it. `loadChecksum()` must have resolved.
 *
 * @param storage Where
 * @param path The file
 * @param run What it should be of
 * @returns Its entries, in order
 * @throws {CorruptionError} If it is missing, not valid, or of another run
 * @throws {NewerFormatError} If a later version wrote it
 */
export function readRunFile(storage: FileStorage, path: string, run: RunIdentity): StoredEntry[] {
  try {
    const file = storage.open(path);
    try {
      return new RunReader(file, path, run).read();
    } finally {
      file.close();
    }
  } catch (error) {
    if (!(error instanceof NotFoundError)) throw asInfiniteDbError(error, `read ${path}`, path);
    throw new CorruptionError(`${path} is missing`, { file: path, cause: error });
  }
}

/** A sync every few megabytes, so that no other file waits long for its own. */
async function writeContent(
  file: StorageFile,
  run: RunIdentity,
  entries: readonly StoredEntry[],
): Promise<number> {
  const header = encodeRunHeader(run, entries.length);
  file.writeAt(header, 0);
  let at = header.length;
  let chain = header.subarray(HEADER_CHECKSUM_OFFSET);
  let synced = 0;
  const out = new PackWriter(2 * DATA_FRAME_BYTES_TARGET);
  for (let from = 0, done = false; !done;) {
    const to = chunkEnd(entries, from);
    done = to === from; // An empty chunk is the end.
    out.length = LENGTH_BYTES;
    if (!done) putEntries(out, entries, from, to, run);
    chain = sealChunk(out, chain);
    file.writeAt(out.bytes.subarray(0, out.length), at);
    at += out.length;
    from = to;
    if (at - synced >= WRITE_BYTES_MAX) {
      await file.syncData();
      synced = at;
    }
  }
  return at;
}

function encodeRunHeader(run: RunIdentity, entries: number): Uint8Array {
  const header = new Uint8Array(CHUNKS_OFFSET);
  const view = new DataView(header.buffer);
  header.set(MAGIC);
  view.setUint32(VERSION_OFFSET, VERSION, true);
  view.setUint32(DIMS_OFFSET, run.dims, true);
  view.setBigUint64(RUN_OFFSET, BigInt(run.id), true);
  view.setBigUint64(SPACE_OFFSET, BigInt(run.space), true);
  view.setBigUint64(ENTRIES_OFFSET, BigInt(entries), true);
  header.set(checksum(header.subarray(0, HEADER_CHECKSUM_OFFSET)), HEADER_CHECKSUM_OFFSET);
  return header;
}

/** As many entries as fit a chunk, but at least one if there is one. */
function chunkEnd(entries: readonly StoredEntry[], from: number): number {
  let bytes = 0;
  let end = from;
  while (end < entries.length && bytes < DATA_FRAME_BYTES_TARGET) {
    const entry = entries[end++];
    bytes += entryBytesMax(entry);
  }
  return end;
}

function entryBytesMax(entry: StoredEntry): number {
  const dataBytes = entry.kind === "write" ? entry.data.length : 0;
  return 2 + ARRAY_HEADER_BYTES_MAX + entry.address.point.length * NUMBER_BYTES_MAX + 2 +
    REVISION_BYTES + BYTES_HEADER_BYTES_MAX + dataBytes;
}

function putEntries(
  out: PackWriter,
  entries: readonly StoredEntry[],
  from: number,
  to: number,
  run: RunIdentity,
): void {
  out.reserve(ARRAY_HEADER_BYTES_MAX);
  out.putArray(to - from);
  for (let i = from; i < to; i++) {
    const entry = entries[i];
    const { space, point } = entry.address;
    invariant(space === run.space && point.length === run.dims, "an entry is of the run's space");
    out.reserve(entryBytesMax(entry));
    out.putArray(entry.kind === "write" ? WRITE_FIELDS : TOMBSTONE_FIELDS);
    out.putUint(entry.kind === "write" ? OP_WRITE : OP_TOMBSTONE);
    out.putArray(point.length);
    for (const coordinate of point) {
      if (coordinate >>> 0 === coordinate) out.putUint(coordinate);
      else out.putFloat64(coordinate);
    }
    out.putBinHeader(REVISION_BYTES);
    encodeRevision(entry.revision, out.bytes, out.length);
    out.length += REVISION_BYTES;
    if (entry.kind === "write") out.putBin(entry.data);
  }
}

/** Writes length and checksum around the payload; gives the checksum. */
function sealChunk(out: PackWriter, chain: Uint8Array): Uint8Array {
  out.reserve(CHECKSUM_BYTES);
  const length = out.length - LENGTH_BYTES;
  new DataView(out.bytes.buffer).setUint32(0, length, true);
  const next = checksumOf([chain, out.bytes.subarray(0, out.length)]);
  out.bytes.set(next, out.length);
  out.length += CHECKSUM_BYTES;
  return next;
}

/** Cleans up as far as the platform lets us; the first error is the one to tell. */
function discard(storage: FileStorage, file: StorageFile): void {
  for (const step of [() => file.close(), () => storage.remove(file.path)]) {
    try {
      step();
    } catch {
      continue; // The next opening removes it.
    }
  }
}

/** Takes one run file apart. */
class RunReader {
  readonly #file: StorageFile;
  readonly #path: string;
  readonly #run: RunIdentity;
  readonly #size: number;
  readonly #entries: StoredEntry[] = [];
  readonly #reader = new PackReader();

  constructor(file: StorageFile, path: string, run: RunIdentity) {
    this.#file = file;
    this.#path = path;
    this.#run = run;
    this.#size = file.size();
  }

  read(): StoredEntry[] {
    const header = this.#bytes(0, CHUNKS_OFFSET, "the header");
    const count = this.#checkHeader(header);
    let chain = header.subarray(HEADER_CHECKSUM_OFFSET);
    let at = CHUNKS_OFFSET;
    while (true) {
      const start = at;
      const length = viewOf(this.#bytes(at, END_BYTES, "a chunk")).getUint32(0, true);
      const chunk = this.#bytes(at, END_BYTES + length, "a chunk"); // Checked against the file's size.
      const found = chunk.subarray(LENGTH_BYTES + length);
      chain = checksumOf([chain, chunk.subarray(0, LENGTH_BYTES + length)]);
      if (!equalBytes(chain, found)) throw this.#corrupt("the checksum does not match", start);
      at += chunk.length;
      if (length === 0) break;
      this.#takeChunk(chunk.subarray(LENGTH_BYTES, LENGTH_BYTES + length), start + LENGTH_BYTES);
    }
    if (at !== this.#size) throw this.#corrupt("bytes follow the end", at);
    if (this.#entries.length !== count) {
      throw this.#corrupt(`it has ${this.#entries.length} entries, not ${count}`, ENTRIES_OFFSET);
    }
    return this.#entries;
  }

  #checkHeader(header: Uint8Array): number {
    if (!equalBytes(header.subarray(0, MAGIC.length), MAGIC)) {
      throw this.#corrupt("it does not begin as a run does", 0);
    }
    const found = checksum(header.subarray(0, HEADER_CHECKSUM_OFFSET));
    if (!equalBytes(found, header.subarray(HEADER_CHECKSUM_OFFSET))) {
      throw this.#corrupt("the checksum does not match", 0);
    }
    const view = viewOf(header);
    const version = view.getUint32(VERSION_OFFSET, true);
    if (version !== VERSION) {
      throw new NewerFormatError(
        `${this.#path} is of version ${version}; this module knows ${VERSION}`,
        { file: this.#path, offset: VERSION_OFFSET, expected: VERSION, found: version },
      );
    }
    const { id, space, dims } = this.#run;
    const fields = [view.getBigUint64(RUN_OFFSET, true), view.getBigUint64(SPACE_OFFSET, true)];
    if (fields[0] !== BigInt(id)) throw this.#corrupt(`it is run ${fields[0]}`, RUN_OFFSET);
    if (fields[1] !== BigInt(space)) {
      throw this.#corrupt(`it is of space ${fields[1]}`, SPACE_OFFSET);
    }
    if (view.getUint32(DIMS_OFFSET, true) !== dims) {
      throw this.#corrupt(`its points do not have ${dims} coordinates`, DIMS_OFFSET);
    }
    return Number(view.getBigUint64(ENTRIES_OFFSET, true));
  }

  #takeChunk(payload: Uint8Array, offset: number): void {
    const reader = this.#reader;
    reader.reset(payload);
    try {
      for (let left = reader.takeArray(); left > 0; left--) {
        this.#entries.push(this.#takeEntry());
      }
      reader.takeEnd();
    } catch (error) {
      if (!(error instanceof MalformedPack)) throw error;
      throw this.#corrupt(error.message, offset + reader.at);
    }
  }

  /** The data stays part of its chunk: the whole file is in memory anyway. */
  #takeEntry(): StoredEntry {
    const reader = this.#reader;
    const fields = reader.takeArray();
    const op = reader.takeUint();
    const expected = op === OP_WRITE ? WRITE_FIELDS : TOMBSTONE_FIELDS;
    if (op > OP_TOMBSTONE || fields !== expected) {
      throw new MalformedPack(`an entry of number ${op} has ${fields} fields`);
    }
    const address = { space: this.#run.space, point: this.#takePoint() };
    if (reader.takeBinHeader() !== REVISION_BYTES) {
      throw new MalformedPack("a revision is not 16 bytes");
    }
    const revision = decodeRevision(reader.bytes, reader.at);
    reader.at += REVISION_BYTES;
    if (op === OP_TOMBSTONE) return { kind: "tombstone", address, revision };
    const length = reader.takeBinHeader();
    const data = reader.bytes.subarray(reader.at, reader.at + length);
    reader.at += length;
    return { kind: "write", address, revision, data };
  }

  #takePoint(): number[] {
    const dims = this.#reader.takeArray();
    if (dims !== this.#run.dims) throw new MalformedPack(`a point has ${dims} coordinates`);
    const point: number[] = [];
    for (let i = 0; i < dims; i++) {
      const isFloat = this.#reader.nextIsFloat();
      const value = this.#reader.takeNumber();
      if (isFloat ? !Number.isFinite(value) : value > U32_MAX) {
        throw new MalformedPack(`a coordinate is ${value}`);
      }
      point.push(value);
    }
    return point;
  }

  #bytes(at: number, length: number, what: string): Uint8Array {
    if (at + length > this.#size) throw this.#corrupt(`${what} is cut short`, at);
    const bytes = new Uint8Array(length);
    if (this.#file.readAt(bytes, at) !== length) throw this.#corrupt(`${what} is cut short`, at);
    return bytes;
  }

  #corrupt(reason: string, offset: number): CorruptionError {
    return new CorruptionError(`${this.#path} is corrupt at byte ${offset}: ${reason}`, {
      file: this.#path,
      offset,
    });
  }
}

function viewOf(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
}
