/**
 * The stored form of a hyperedge, and of its head, which every row of an incidence carries.
 *
 * | payload                                                                       | meaning           |
 * | ----------------------------------------------------------------------------- | ----------------- |
 * | `[1, endpoints, directed, kind, validTo, roles, weight, properties]`          | a hyperedge       |
 * | `[1, endpoints or nil, directed, kind, validTo]`                              | the head of one   |
 *
 * | field                                | meaning                                                     |
 * | ------------------------------------ | ----------------------------------------------------------- |
 * | `1`                                  | the version of this format                                  |
 * | `endpoints: [endpoint, ...]`         | two or more, in the order in which they were given          |
 * | `endpoint: [space, side, x, y, ...]` | the number of the space; 0 tail, 1 head, 2 neutral; the 1 to 16 coordinates, each a u32 in its shortest form or a float64 |
 * | `directed`                           | 1, with a tail and a head at least; or 0, all neutral       |
 * | `kind`                               | string                                                      |
 * | `validTo`                            | a revision (`lib/clock/revision.ts`) as bin, or nil         |
 * | `roles: [role, ...]`                 | a string for each endpoint; nil when all are "member"       |
 * | `weight`                             | float64, or nil                                             |
 * | `properties`                         | bin that holds what `encodeValue` made, or nil              |
 *
 * Valid if and only if it has exactly this shape, and no byte follows. The id is not in it: it is the
 * point at which the edge is stored. An edge that was unrelated is a tombstone and has no payload.
 *
 * What a traversal asks for stands first, so that it reads a beginning, and so that the head of an edge
 * is a piece of its bytes. A head has nil for endpoints where they would take more than
 * `HEAD_ENDPOINTS_BYTES_MAX`: there are as many rows as endpoints, and their size must not be a square.
 *
 * ```hex
 * 98 01                                | [1,
 * 92                                   |   [
 * 94 05 00 0a cd012c                   |     [space 5, tail, 10, 300],
 * 93 06 01 cb3ff8000000000000          |     [space 6, head, 1.5]],
 * 01 a5 6665656473                     |   directed, kind "feeds",
 * c410 01a20320a200ffffffffffffffffffff |   validTo: the end of 2026-11-22T12:00:00.000Z,
 * 92 a4 70756d70 a4 74616e6b           |   roles "pump" and "tank",
 * cb3fe0000000000000                   |   weight 0.5,
 * c406 81a3626172 07                   |   properties { bar: 7 }]
 * ```
 *
 * @module
 */

import {
  ARRAY_HEADER_BYTES_MAX,
  BYTES_HEADER_BYTES_MAX,
  NUMBER_BYTES_MAX,
  PackWriter,
} from "../bytes/codec.ts";
import { encodeRevision, type Revision, REVISION_BYTES } from "../clock/revision.ts";
import { InvalidEdgeError } from "../errors.ts";
import { KEPT_BUFFER_BYTES_MAX, POINT_COORDINATES_MAX, VALUE_BYTES_MAX } from "../limits.ts";
import { type CheckedEdge, type CheckedEndpoint, DEFAULT_ROLE } from "./hyperedge.ts";

/** The version of this format. */
export const EDGE_VERSION = 1;

/** How many fields a hyperedge has. */
export const EDGE_FIELDS = 8;

/** How many fields the head of one has. */
export const HEAD_FIELDS = 5;

/** What a head begins with. */
export const HEAD_TAG: number = 0x90 | HEAD_FIELDS;

/** How many fields of an endpoint come before its coordinates. */
export const ENDPOINT_FIELDS_FIRST = 2;

/** The fewest bytes of an endpoint: header, space, side and a coordinate. */
export const ENDPOINT_BYTES_MIN = 4;

/** What is written for a field that is not there. */
export const NIL = 0xc0;

/** What a revision is written behind, with its length. */
const BIN8 = 0xc4;

/** The most bytes of endpoints that each row of the incidence repeats. */
export const HEAD_ENDPOINTS_BYTES_MAX = 160;

const ENDPOINT_BYTES_MAX = ARRAY_HEADER_BYTES_MAX +
  (ENDPOINT_FIELDS_FIRST + POINT_COORDINATES_MAX) * NUMBER_BYTES_MAX;

/** How many kinds and roles are kept as bytes; they are short (`LABEL_LENGTH_MAX`). */
const LABELS_KEPT = 256;

const labels = new Map<string, Uint8Array>();
let writer = new PackWriter(1024);

/**
 * Encodes a hyperedge.
 *
 * @param edge One that was checked
 * @returns Its bytes, valid until the next is encoded
 * @throws {InvalidEdgeError} If it is too large to be stored
 */
export function encodeEdge(edge: CheckedEdge): Uint8Array {
  const out = writer;
  out.length = 0;
  putEdge(out, edge);
  const bytes = out.bytes.subarray(0, out.length);
  // The one that is kept for the next edge does not stay as large as the largest was.
  if (out.bytes.length > KEPT_BUFFER_BYTES_MAX) writer = new PackWriter(1024);
  if (bytes.length <= VALUE_BYTES_MAX) return bytes;
  const properties = edge.properties?.length ?? 0;
  const error = new InvalidEdgeError(
    properties * 2 > bytes.length ? "properties" : "endpoints",
    `A hyperedge of ${bytes.length} bytes does not fit; it may have ${VALUE_BYTES_MAX}`,
    { expected: VALUE_BYTES_MAX, found: bytes.length },
  );
  if (edge.id !== undefined) error.id = edge.id;
  throw error;
}

function putEdge(out: PackWriter, edge: CheckedEdge): void {
  out.reserve(3 * ARRAY_HEADER_BYTES_MAX + 2 * NUMBER_BYTES_MAX);
  out.putArray(EDGE_FIELDS);
  out.putUint(EDGE_VERSION);
  out.putArray(edge.endpoints.length);
  for (const endpoint of edge.endpoints) putEndpoint(out, endpoint);
  out.reserve(NUMBER_BYTES_MAX);
  out.putUint(edge.directed ? 1 : 0);
  putLabel(out, edge.kind);
  putValidTo(out, edge.validTo);
  putRoles(out, edge.endpoints);
  out.reserve(NUMBER_BYTES_MAX);
  if (edge.weight === undefined) out.putOptionalString(undefined);
  else out.putFloat64(edge.weight);
  if (edge.properties === undefined) return out.putOptionalString(undefined);
  out.reserve(BYTES_HEADER_BYTES_MAX + edge.properties.length);
  out.putBin(edge.properties);
}

function putEndpoint(out: PackWriter, { space, side, point }: CheckedEndpoint): void {
  out.reserve(ENDPOINT_BYTES_MAX);
  out.putArray(ENDPOINT_FIELDS_FIRST + point.length);
  out.putUint(space);
  out.putUint(side);
  for (let i = 0; i < point.length; i++) {
    const value = point[i];
    if (value >>> 0 === value && !Object.is(value, -0)) out.putUint(value);
    else out.putFloat64(value);
  }
}

function putValidTo(out: PackWriter, validTo: Revision | undefined): void {
  if (validTo === undefined) return out.putOptionalString(undefined);
  out.reserve(BYTES_HEADER_BYTES_MAX + REVISION_BYTES);
  out.putBinHeader(REVISION_BYTES);
  encodeRevision(validTo, out.bytes, out.length);
  out.length += REVISION_BYTES;
}

function putRoles(out: PackWriter, endpoints: readonly CheckedEndpoint[]): void {
  if (endpoints.every(({ role }) => role === DEFAULT_ROLE)) return out.putOptionalString(undefined);
  out.reserve(ARRAY_HEADER_BYTES_MAX);
  out.putArray(endpoints.length);
  for (const { role } of endpoints) putLabel(out, role);
}

/** Kinds and roles are few: their bytes are kept, since making them takes longer than all the rest. */
function putLabel(out: PackWriter, label: string): void {
  let bytes = labels.get(label);
  if (bytes === undefined) {
    const own = new PackWriter(32);
    own.putOptionalString(label);
    bytes = own.bytes.slice(0, own.length);
    if (labels.size === LABELS_KEPT) labels.clear();
    labels.set(label, bytes);
  }
  out.reserve(bytes.length);
  out.bytes.set(bytes, out.length);
  out.length += bytes.length;
}

/**
 * Whether an edge surely takes part for ever, told by the two ends of its head: `validTo` is its last
 * field. A head of which this is not so is to be taken.
 *
 * @param bytes Hold a head
 * @param from Where it begins
 * @param to Where it ends
 */
export function surelyLasts(bytes: Uint8Array, from: number, to: number): boolean {
  if (bytes[from] !== HEAD_TAG || bytes[from + 1] !== EDGE_VERSION) return false;
  // A revision may end as nil looks, but stands behind the header of its bytes.
  const header = to - REVISION_BYTES - 2;
  return bytes[to - 1] === NIL &&
    !(header > from && bytes[header] === BIN8 && bytes[header + 1] === REVISION_BYTES);
}
