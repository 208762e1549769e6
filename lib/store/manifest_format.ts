/**
 * The bytes of `MANIFEST`: what the database consists of.
 *
 * | offset | bytes | field          | meaning                                       |
 * | ------ | ----- | -------------- | --------------------------------------------- |
 * | 0      | 8     | magic          | `IDB_MAN\0`                                   |
 * | 8      | 4     | version        | u32 LE, 1                                     |
 * | 12     | 4     | payload length | u32 LE, n                                     |
 * | 16     | n     | payload        | MessagePack, below                            |
 * | 16 + n | 32    | checksum       | BLAKE3-256 of every byte before it            |
 *
 * Later versions keep this frame, so that an older module can tell a newer manifest from a damaged one.
 *
 * | payload, an array of                  | meaning                                                  |
 * | ------------------------------------- | -------------------------------------------------------- |
 * | database id                           | bin of 16 random bytes                                   |
 * | next space, next run, next session    | the numbers that come next: all given out are below       |
 * | highest                               | the highest revision the database holds; empty bin: none |
 * | spaces                                | of `[id, name, dims, bits, retention, axes]`; retention is 1 (all) or 2 (latest), axes of `[name or nil, min, max]` |
 * | graphs                                | of `[id, name, unknown kinds, kinds]`; unknown kinds are 1 (allowed) or 2 (rejected), kinds of `[kind, direction]`, 1 directed, 2 undirected, 3 either |
 * | runs                                  | of `[id, space, entries, bytes]`; those of a graph's incidence rows, where `space` is the graph, of `[id, space, entries, bytes, endpoint space]` |
 * | sealed through                        | of `[session, revision]`                                 |
 * | dropped                               | of `[space, revision]`                                   |
 *
 * Revisions are bin of 16 bytes, axis bounds numbers, everything else integers and strings.
 *
 * Valid if and only if the file is exactly that long and at most 64 MiB, the checksum is right, the
 * payload has exactly this shape, no id and no name is there twice (spaces and graphs share both), every
 * id is below its "next", and every run is of a space or graph in the list. Before there were graphs, their
 * list was empty and no run had a fifth field: such a manifest is one of this version.
 *
 * It is only ever replaced whole (`lib/file/replace.ts`), after what it names was made durable and
 * before what it no longer names is removed.
 *
 * ```hex
 * 4944425f4d414e00                                                 | magic
 * 01000000                                                         | version 1
 * 7e000000                                                         | 126 bytes of payload
 * 9a                                                               | [
 * c410000102030405060708090a0b0c0d0e0f                             |   database id
 * 03                                                               |   next space 3,
 * 04                                                               |   next run 4,
 * cd0101                                                           |   next session 257,
 * c41001a20320a20000040000000700000003                             |   highest: session 7, sequence 3,
 * 91                                                               |   one space:
 * 9601                                                             |     [1,
 * a57369746573                                                     |      "sites",
 * 0210                                                             |      2 dimensions, 16 bits,
 * 01                                                               |      1: all versions are kept,
 * 90                                                               |      no axes],
 * 91                                                               |   one graph:
 * 9402                                                             |     [2,
 * a57069706573                                                     |      "pipes",
 * 02                                                               |      2: unknown kinds are rejected,
 * 92                                                               |      two kinds:
 * 92a5666565647301                                                 |        ["feeds", 1: directed],
 * 92a56e6561727303                                                 |        ["nears", 3: either]],
 * 93                                                               |   three runs:
 * 94010102ccc8                                                     |     [1, of space 1, 2 entries, 200 bytes],
 * 94020201cd012c                                                   |     [2, edges of graph 2, 1 entry, 300 bytes],
 * 95030202cd019001                                                 |     [3, rows of graph 2, 2 entries, 400 bytes, about space 1],
 * 919207                                                           |   one session: [7,
 * c41001a20320a20000040000000700000003                             |      sealed through sequence 3],
 * 90                                                               |   nothing dropped]
 * be036a0eb7d41dfa743ff1ce373f24f2eeec95ac2f0ffadc34630572396de53f | checksum
 * ```
 *
 * @module
 */

import { checksum, CHECKSUM_BYTES, equalBytes } from "../bytes/checksum.ts";
import {
  ARRAY_HEADER_BYTES_MAX,
  MalformedPack,
  NUMBER_BYTES_MAX,
  PackReader,
  PackWriter,
} from "../bytes/codec.ts";
import {
  decodeRevision,
  encodeRevision,
  type Revision,
  REVISION_BYTES,
} from "../clock/revision.ts";
import { BudgetExceededError, CorruptionError, NewerFormatError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import {
  DATABASE_ID_BYTES,
  faultOf,
  type GraphRecord,
  type ManifestState,
  type RunRecord,
  type SpaceRecord,
} from "./manifest_state.ts";
import type { Axis } from "./space.ts";

/** The largest manifest, in bytes: larger than any that a database needs. */
export const MANIFEST_BYTES_MAX = 64 * 1024 * 1024;

const MAGIC = new TextEncoder().encode("IDB_MAN\0");
const VERSION = 1;
const VERSION_OFFSET = MAGIC.length;
const LENGTH_OFFSET = VERSION_OFFSET + 4;
const PAYLOAD_OFFSET = LENGTH_OFFSET + 4;
const STATE_FIELDS = 10;
const SPACE_FIELDS = 6;
const AXIS_FIELDS = 3;
const GRAPH_FIELDS = 4;
const KIND_FIELDS = 2;
const RUN_FIELDS = 4;
/** Of a run of incidence rows. */
const ROW_RUN_FIELDS = 5;
const STAMP_FIELDS = 2;
const RETENTION_ALL = 1;
const RETENTION_LATEST = 2;
const UNKNOWN_ALLOWED = 1;
const UNKNOWN_REJECTED = 2;
/** The directions of kinds, in the order of their numbers; 0 is none. */
const DIRECTIONS = [undefined, "directed", "undirected", "free"] as const;

invariant(PAYLOAD_OFFSET === 16, "the frame's head is a magic and two u32");

/**
 * The file that says `state`.
 *
 * @param state A state without fault
 * @param file Its path, for messages
 * @throws {BudgetExceededError} If it would be longer than a manifest may be
 */
export function encodeManifest(state: ManifestState, file: string): Uint8Array {
  const out = new PackWriter(1024);
  out.length = PAYLOAD_OFFSET;
  putState(out, state);
  const payloadBytes = out.length - PAYLOAD_OFFSET;
  if (out.length + CHECKSUM_BYTES > MANIFEST_BYTES_MAX) {
    throw new BudgetExceededError(
      `${file} would be ${
        out.length + CHECKSUM_BYTES
      } bytes long, at most ${MANIFEST_BYTES_MAX} are allowed`,
      { file, expected: MANIFEST_BYTES_MAX, retryable: false },
    );
  }
  out.reserve(CHECKSUM_BYTES);
  out.bytes.set(MAGIC);
  const view = new DataView(out.bytes.buffer);
  view.setUint32(VERSION_OFFSET, VERSION, true);
  view.setUint32(LENGTH_OFFSET, payloadBytes, true);
  out.bytes.set(checksum(out.bytes.subarray(0, out.length)), out.length);
  return out.bytes.slice(0, out.length + CHECKSUM_BYTES);
}

/**
 * What a manifest says.
 *
 * @param bytes The whole file
 * @param file Its path, for messages
 * @throws {CorruptionError} If it is not valid
 * @throws {NewerFormatError} If it is whole, and of a later version
 */
export function decodeManifest(bytes: Uint8Array, file: string): ManifestState {
  const corrupt = (reason: string, offset: number): CorruptionError =>
    new CorruptionError(`${file} is corrupt at byte ${offset}: ${reason}`, { file, offset });
  if (bytes.length < PAYLOAD_OFFSET + CHECKSUM_BYTES) {
    throw corrupt(`it is ${bytes.length} bytes long, too short for a manifest`, bytes.length);
  }
  if (!equalBytes(bytes.subarray(0, MAGIC.length), MAGIC)) {
    throw corrupt("it does not begin as a manifest does", 0);
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
  const payloadBytes = view.getUint32(LENGTH_OFFSET, true);
  const checksumOffset = bytes.length - CHECKSUM_BYTES;
  if (PAYLOAD_OFFSET + payloadBytes !== checksumOffset) {
    throw corrupt(
      `a payload of ${payloadBytes} bytes does not fit a file of ${bytes.length}`,
      LENGTH_OFFSET,
    );
  }
  if (!equalBytes(checksum(bytes.subarray(0, checksumOffset)), bytes.subarray(checksumOffset))) {
    throw corrupt("the checksum does not match", checksumOffset);
  }
  const version = view.getUint32(VERSION_OFFSET, true);
  if (version > VERSION) {
    throw new NewerFormatError(`${file} is of version ${version}; this module knows ${VERSION}`, {
      file,
      offset: VERSION_OFFSET,
      expected: VERSION,
      found: version,
    });
  }
  if (version !== VERSION) throw corrupt(`there is no version ${version}`, VERSION_OFFSET);
  const reader = new PackReader();
  reader.reset(bytes.subarray(PAYLOAD_OFFSET, checksumOffset));
  try {
    return takeState(reader);
  } catch (error) {
    if (!(error instanceof MalformedPack)) throw error;
    throw corrupt(error.message, PAYLOAD_OFFSET + reader.at);
  }
}

function putState(out: PackWriter, state: ManifestState): void {
  out.reserve(ARRAY_HEADER_BYTES_MAX * 2 + DATABASE_ID_BYTES + NUMBER_BYTES_MAX * 3);
  out.putArray(STATE_FIELDS);
  out.putBin(state.databaseId);
  out.putUint(state.nextSpace);
  out.putUint(state.nextRun);
  out.putUint(state.nextSession);
  putRevision(out, state.highest);
  putList(out, state.spaces, (space) => putSpace(out, space));
  putList(out, state.graphs, (graph) => putGraph(out, graph));
  putList(out, state.runs, ({ id, space, entries, bytes, of }) => {
    out.putArray(of === undefined ? RUN_FIELDS : ROW_RUN_FIELDS);
    for (const value of [id, space, entries, bytes]) out.putUint(value);
    if (of !== undefined) out.putUint(of);
  });
  for (const stamps of [state.sealedThrough, state.dropped]) {
    putList(out, [...stamps], ([id, revision]) => {
      out.putArray(STAMP_FIELDS);
      out.putUint(id);
      putRevision(out, revision);
    });
  }
}

/** Makes room for the fixed part of each element: at most five numbers and headers. */
function putList<T>(out: PackWriter, list: readonly T[], put: (element: T) => void): void {
  out.reserve(ARRAY_HEADER_BYTES_MAX);
  out.putArray(list.length);
  for (const element of list) {
    out.reserve(ARRAY_HEADER_BYTES_MAX + 5 * NUMBER_BYTES_MAX);
    put(element);
  }
}

function putSpace(out: PackWriter, space: SpaceRecord): void {
  out.putArray(SPACE_FIELDS);
  out.putUint(space.id);
  out.putOptionalString(space.name);
  out.reserve(3 * NUMBER_BYTES_MAX);
  out.putUint(space.dims);
  out.putUint(space.bits);
  out.putUint(space.retention === "all" ? RETENTION_ALL : RETENTION_LATEST);
  putList(out, space.axes, ({ name, min, max }) => {
    out.putArray(AXIS_FIELDS);
    out.putOptionalString(name);
    out.reserve(2 * NUMBER_BYTES_MAX);
    out.putFloat64(min);
    out.putFloat64(max);
  });
}

function putGraph(out: PackWriter, { id, name, kinds, unknownKinds }: GraphRecord): void {
  out.putArray(GRAPH_FIELDS);
  out.putUint(id);
  out.putOptionalString(name);
  out.reserve(NUMBER_BYTES_MAX);
  out.putUint(unknownKinds === "allow" ? UNKNOWN_ALLOWED : UNKNOWN_REJECTED);
  putList(out, [...kinds], ([kind, direction]) => {
    out.putArray(KIND_FIELDS);
    out.putOptionalString(kind);
    out.reserve(NUMBER_BYTES_MAX);
    out.putUint(DIRECTIONS.indexOf(direction));
  });
}

function putRevision(out: PackWriter, revision: Revision | undefined): void {
  out.reserve(2 + REVISION_BYTES);
  out.putBinHeader(revision === undefined ? 0 : REVISION_BYTES);
  if (revision === undefined) return;
  encodeRevision(revision, out.bytes, out.length);
  out.length += REVISION_BYTES;
}

function takeState(reader: PackReader): ManifestState {
  takeFields(reader, "a manifest", STATE_FIELDS);
  const state: ManifestState = {
    databaseId: takeBin(reader),
    nextSpace: reader.takeUint(),
    nextRun: reader.takeUint(),
    nextSession: reader.takeUint(),
    highest: takeOptionalRevision(reader),
    spaces: takeList(reader, takeSpace),
    graphs: takeList(reader, takeGraph),
    runs: takeList(reader, takeRun),
    sealedThrough: takeStamps(reader),
    dropped: takeStamps(reader),
  };
  reader.takeEnd();
  const fault = faultOf(state);
  if (fault !== undefined) throw new MalformedPack(fault);
  return state;
}

function takeList<T>(reader: PackReader, take: (reader: PackReader) => T): T[] {
  const list: T[] = [];
  for (let left = reader.takeArray(); left > 0; left--) list.push(take(reader));
  return list;
}

function takeSpace(reader: PackReader): SpaceRecord {
  takeFields(reader, "a space", SPACE_FIELDS);
  const id = reader.takeUint();
  const name = reader.takeOptionalString() ?? "";
  const dims = reader.takeUint();
  const bits = reader.takeUint();
  const retention = reader.takeUint();
  if (retention !== RETENTION_ALL && retention !== RETENTION_LATEST) {
    throw new MalformedPack(`a retention is ${retention}`);
  }
  const axes = takeList(reader, takeAxis);
  return { id, name, dims, bits, axes, retention: retention === RETENTION_ALL ? "all" : "latest" };
}

function takeAxis(reader: PackReader): Axis {
  takeFields(reader, "an axis", AXIS_FIELDS);
  const name = reader.takeOptionalString();
  const bounds = { min: reader.takeNumber(), max: reader.takeNumber() };
  return name === undefined ? bounds : { name, ...bounds };
}

function takeGraph(reader: PackReader): GraphRecord {
  takeFields(reader, "a graph", GRAPH_FIELDS);
  const id = reader.takeUint();
  const name = reader.takeOptionalString() ?? "";
  const unknown = reader.takeUint();
  if (unknown !== UNKNOWN_ALLOWED && unknown !== UNKNOWN_REJECTED) {
    throw new MalformedPack(`unknown kinds are ${unknown}`);
  }
  const listed = takeList(reader, takeKind);
  const kinds = new Map(listed);
  if (kinds.size < listed.length) throw new MalformedPack(`a kind of graph ${id} is listed twice`);
  return { id, name, kinds, unknownKinds: unknown === UNKNOWN_ALLOWED ? "allow" : "reject" };
}

function takeKind(reader: PackReader): [string, "directed" | "undirected" | "free"] {
  takeFields(reader, "a kind", KIND_FIELDS);
  const kind = reader.takeOptionalString() ?? "";
  const number = reader.takeUint();
  const direction = DIRECTIONS[number];
  if (direction === undefined) throw new MalformedPack(`the direction of a kind is ${number}`);
  return [kind, direction];
}

function takeRun(reader: PackReader): RunRecord {
  const fields = reader.takeArray();
  if (fields !== RUN_FIELDS && fields !== ROW_RUN_FIELDS) {
    throw new MalformedPack(`a run has ${fields} fields, not ${RUN_FIELDS} or ${ROW_RUN_FIELDS}`);
  }
  const run = {
    id: reader.takeUint(),
    space: reader.takeUint(),
    entries: reader.takeUint(),
    bytes: reader.takeUint(),
  };
  return fields === RUN_FIELDS ? run : { ...run, of: reader.takeUint() };
}

function takeStamps(reader: PackReader): Map<number, Revision> {
  const stamps = new Map<number, Revision>();
  for (let left = reader.takeArray(); left > 0; left--) {
    takeFields(reader, "a stamp", STAMP_FIELDS);
    const id = reader.takeUint();
    const revision = takeOptionalRevision(reader);
    if (revision === undefined) throw new MalformedPack("a revision is missing");
    if (stamps.has(id)) throw new MalformedPack(`number ${id} is listed twice`);
    stamps.set(id, revision);
  }
  return stamps;
}

function takeOptionalRevision(reader: PackReader): Revision | undefined {
  const bytes = takeBin(reader);
  if (bytes.length === 0) return undefined;
  if (bytes.length !== REVISION_BYTES) throw new MalformedPack("a revision is not 16 bytes");
  return decodeRevision(bytes, 0);
}

/** A copy: it does not keep the file's bytes alive. */
function takeBin(reader: PackReader): Uint8Array {
  const length = reader.takeBinHeader();
  const bytes = reader.bytes.slice(reader.at, reader.at + length);
  reader.at += length;
  return bytes;
}

function takeFields(reader: PackReader, what: string, expected: number): void {
  const found = reader.takeArray();
  if (found !== expected) throw new MalformedPack(`${what} has ${found} fields, not ${expected}`);
}
