/**
 * Takes stored hyperedges apart; `lib/graph/edge_codec.ts` says how they look.
 *
 * @module
 */

import { MalformedPack, PackReader } from "../bytes/codec.ts";
import { LabelCache } from "../bytes/label_cache.ts";
import { decodeValue } from "../bytes/value.ts";
import { decodeRevision, type Revision, REVISION_BYTES } from "../clock/revision.ts";
import { CorruptionError, NewerFormatError } from "../errors.ts";
import { POINT_COORDINATES_MAX, U32_MAX } from "../limits.ts";
import {
  EDGE_FIELDS,
  EDGE_VERSION,
  ENDPOINT_BYTES_MIN,
  ENDPOINT_FIELDS_FIRST,
  HEAD_ENDPOINTS_BYTES_MAX,
  HEAD_FIELDS,
  HEAD_TAG,
  NIL,
} from "./edge_codec.ts";
import { pointAt } from "../store/point_at.ts";
import type { Hyperedge, HyperedgeEndpoint } from "../hyperedge.ts";
import {
  DEFAULT_ROLE,
  ENDPOINTS_MIN,
  HEAD,
  NEUTRAL,
  POLARITIES,
  type Side,
  TAIL,
} from "./hyperedge.ts";

const NOT_THERE = -1;

/** Bytes of a head before its endpoints. */
const HEAD_START_BYTES = 2;

/** How much of an edge is taken. */
const UP_TO_ENDPOINTS = 1;
const UP_TO_HEAD = 2;
const ALL = 3;

/** All cursors take from the same few strings, and a cache of them is large beside a cursor. */
const LABELS = new LabelCache();

/** JSON has no bigint. Not enumerable, so that an edge stays a plain object to all who compare or copy it. */
const JSON_FORM: PropertyDescriptor = {
  value(this: Hyperedge): object {
    return { ...this, id: this.id.toString() };
  },
};

/** Thrown for a version that this one does not know. */
class UnknownVersion extends Error {}

/**
 * Takes one edge after the other apart, into columns that it uses again: a taken edge is gone when the
 * next is taken. Nothing is made but the columns, which grow.
 */
export class EdgeCursor {
  /** How many endpoints were taken; none of a head that does not name them. */
  count = 0;
  /** The number of the space of each endpoint. */
  spaces: Float64Array = new Float64Array(16);
  /** The side of each endpoint: `TAIL`, `HEAD` or `NEUTRAL`. */
  sides: Uint8Array = new Uint8Array(16);
  /** Where the coordinates of each endpoint begin, and behind the last where they end. */
  starts: Uint32Array = new Uint32Array(17);
  /** The coordinates of all endpoints. */
  coordinates: Float64Array = new Float64Array(64);
  /** Whether the edge leads from tails to heads. */
  directed = false;
  /** What the relation is. */
  kind = "";
  readonly #reader = new PackReader();
  #endpointsAt = 0;
  #endpointsEnd = 0;
  #headEnd = 0;
  #validToAt = NOT_THERE;
  /** The roles of the endpoints, where they were taken and are not all the usual one. */
  readonly #roles: string[] = [];
  #roled = false;
  #weight: number | undefined;
  #propertiesAt = NOT_THERE;
  #propertiesEnd = 0;

  /**
   * Takes all of an edge.
   *
   * @param bytes Hold what `encodeEdge` made
   * @param from Where it begins
   * @param to Where it ends; at the end of the bytes, unless given
   * @throws {CorruptionError} If they do not have its shape
   * @throws {NewerFormatError} If they are of a version not known here
   */
  takeEdge(bytes: Uint8Array, from = 0, to: number = bytes.length): void {
    this.#take(bytes, "hyperedge", EDGE_FIELDS, ALL, from, to);
  }

  /**
   * Takes what goes into the head of an edge; what follows is not looked at.
   *
   * @param bytes Hold what `encodeEdge` made
   * @param from Where it begins
   * @param to Where it ends
   * @throws {CorruptionError} If they do not begin as it does
   * @throws {NewerFormatError} If they are of a version not known here
   */
  takeEdgeHead(bytes: Uint8Array, from: number, to: number): void {
    this.#take(bytes, "hyperedge", EDGE_FIELDS, UP_TO_HEAD, from, to);
  }

  /**
   * Takes the head of an edge.
   *
   * @param bytes Hold what `toHead` made
   * @param from Where it begins
   * @param to Where it ends; at the end of the bytes, unless given
   * @returns Whether it names its endpoints; if not, the edge does
   * @throws {CorruptionError} If they do not have its shape
   * @throws {NewerFormatError} If they are of a version not known here
   */
  takeHead(bytes: Uint8Array, from = 0, to: number = bytes.length): boolean {
    this.#take(bytes, "head of a hyperedge", HEAD_FIELDS, ALL, from, to);
    return this.count > 0;
  }

  /**
   * Takes the endpoints of an edge and nothing else: what follows them is not looked at.
   *
   * @param bytes What `encodeEdge` made
   * @throws {CorruptionError} If they do not begin as it does
   * @throws {NewerFormatError} If they are of a version not known here
   */
  takeEndpoints(bytes: Uint8Array): void {
    this.#take(bytes, "hyperedge", EDGE_FIELDS, UP_TO_ENDPOINTS);
  }

  /**
   * Takes the endpoints of the head of an edge and nothing else: what follows them is not looked at.
   *
   * @param bytes Hold what `toHead` made
   * @param from Where it begins
   * @param to Where it ends
   * @returns Whether it names them; if not, the edge does
   * @throws {CorruptionError} If it does not begin as a head does
   * @throws {NewerFormatError} If it is of a version not known here
   */
  takeHeadEndpoints(bytes: Uint8Array, from: number, to: number): boolean {
    this.#take(bytes, "head of a hyperedge", HEAD_FIELDS, UP_TO_ENDPOINTS, from, to);
    return this.count > 0;
  }

  /** Whether the endpoints just taken have exactly one on a side. */
  isAlone(side: Side): boolean {
    let alone = 0;
    for (let i = 0; i < this.count; i++) if (this.sides[i] === side) alone++;
    return alone === 1;
  }

  /** Until when the edge just taken takes part; undefined: for ever. */
  get validTo(): Revision | undefined {
    if (this.#validToAt === NOT_THERE) return undefined;
    return decodeRevision(this.#reader.bytes, this.#validToAt);
  }

  /**
   * Whether the edge just taken is past.
   *
   * @param at Has the sixteen bytes of the stamp at which it is looked at
   */
  isPast(at: { readonly ceiling: Uint8Array }): boolean {
    if (this.#validToAt === NOT_THERE) return false;
    const { ceiling } = at;
    const { bytes } = this.#reader;
    for (let i = 0; i < REVISION_BYTES; i++) {
      const order = bytes[this.#validToAt + i] - ceiling[i];
      if (order !== 0) return order < 0;
    }
    return false;
  }

  /** The coordinates of an endpoint, as an array of its own. */
  point(endpoint: number): number[] {
    const from = this.starts[endpoint];
    return pointAt(this.coordinates, from, this.starts[endpoint + 1] - from);
  }

  /** Bytes of the head of the edge just taken. */
  get headBytes(): number {
    const endpoints = this.#endpointsEnd - this.#endpointsAt;
    const rest = this.#headEnd - this.#endpointsEnd;
    return HEAD_START_BYTES + (endpoints > HEAD_ENDPOINTS_BYTES_MAX ? 1 : endpoints) + rest;
  }

  /**
   * Puts the head of the edge just taken.
   *
   * @param into Gets it: `headBytes` bytes
   * @param at Where it begins
   */
  putHead(into: Uint8Array, at: number): void {
    const { bytes } = this.#reader;
    into[at++] = HEAD_TAG;
    into[at++] = EDGE_VERSION;
    let from = this.#endpointsAt;
    if (this.#endpointsEnd - from > HEAD_ENDPOINTS_BYTES_MAX) {
      into[at++] = NIL;
      from = this.#endpointsEnd;
    }
    for (let i = from; i < this.#headEnd; i++) into[at++] = bytes[i];
  }

  /** The head of the edge just taken, in a buffer of its own. */
  toHead(): Uint8Array {
    const head = new Uint8Array(this.headBytes);
    this.putHead(head, 0);
    return head;
  }

  /**
   * The edge just taken, as an object of its own: it shares no bytes with what it was taken from.
   *
   * @param id Its id
   * @param revision The revision that asserted it
   * @param nameOf The name of a space
   * @throws {CorruptionError} If its properties do not decode
   */
  toHyperedge(id: bigint, revision: Revision, nameOf: (space: number) => string): Hyperedge {
    const { bytes } = this.#reader;
    const endpoints: HyperedgeEndpoint[] = [];
    const roled = this.#roled;
    for (let i = 0; i < this.count; i++) {
      endpoints.push({
        space: nameOf(this.spaces[i]),
        point: this.point(i),
        role: roled ? this.#roles[i] : DEFAULT_ROLE,
        polarity: POLARITIES[this.sides[i]],
      });
    }
    const edge: Hyperedge = {
      id,
      kind: this.kind,
      directed: this.directed,
      endpoints,
      validFrom: revision,
      revision,
    };
    if (this.#weight !== undefined) edge.weight = this.#weight;
    if (this.#propertiesAt !== NOT_THERE) {
      edge.properties = decodeValue(bytes, this.#propertiesAt, this.#propertiesEnd) as Record<
        string,
        unknown
      >;
    }
    const { validTo } = this;
    if (validTo !== undefined) edge.validTo = validTo;
    return Object.defineProperty(edge, "toJSON", JSON_FORM);
  }

  #take(
    bytes: Uint8Array,
    what: string,
    fields: number,
    extent: number,
    from = 0,
    to: number = bytes.length,
  ): void {
    const reader = this.#reader;
    reader.reset(bytes, from, to);
    try {
      const found = reader.takeArray();
      const version = reader.takeUint();
      if (version > EDGE_VERSION) throw new UnknownVersion(`version ${version}`);
      if (version !== EDGE_VERSION) throw new MalformedPack(`its version is ${version}`);
      if (found !== fields) throw new MalformedPack(`it has ${found} fields, not ${fields}`);
      this.#takeEndpoints(fields === HEAD_FIELDS);
      if (extent === UP_TO_ENDPOINTS) return;
      this.#takeHead();
      if (extent === UP_TO_HEAD) return;
      if (fields === EDGE_FIELDS) this.#takeRest();
      reader.takeEnd();
    } catch (error) {
      if (error instanceof UnknownVersion) {
        throw new NewerFormatError(`A stored ${what} is of ${error.message}; this is older`, {
          expected: EDGE_VERSION,
        });
      }
      if (!(error instanceof MalformedPack)) throw error;
      throw new CorruptionError(`A stored ${what} does not decode: ${error.message}`, {
        cause: error,
      });
    }
  }

  #takeEndpoints(orNil: boolean): void {
    const reader = this.#reader;
    this.#endpointsAt = reader.at;
    this.count = 0;
    if (orNil && this.#takeNil()) return;
    const count = reader.takeArray();
    if (count < ENDPOINTS_MIN || count * ENDPOINT_BYTES_MIN > reader.end - reader.at) {
      throw new MalformedPack(`it has ${count} endpoints`);
    }
    if (count > this.sides.length) this.#growEndpoints(count);
    let end = 0;
    for (let i = 0; i < count; i++) {
      const dims = reader.takeArray() - ENDPOINT_FIELDS_FIRST;
      if (dims < 1 || dims > POINT_COORDINATES_MAX) {
        throw new MalformedPack(`a point has ${dims} coordinates`);
      }
      this.spaces[i] = reader.takeUint();
      const side = reader.takeUint();
      if (side > NEUTRAL) throw new MalformedPack(`an endpoint is on side ${side}`);
      this.sides[i] = side;
      if (end + dims > this.coordinates.length) this.#growCoordinates(end);
      for (let j = 0; j < dims; j++) this.coordinates[end++] = takeCoordinate(reader);
      this.starts[i + 1] = end;
    }
    this.#endpointsEnd = reader.at;
    this.count = count;
  }

  #takeHead(): void {
    const reader = this.#reader;
    const directed = reader.takeUint();
    if (directed > 1) throw new MalformedPack(`directed is ${directed}`);
    this.directed = directed === 1;
    this.#checkSides();
    this.kind = LABELS.take(reader);
    this.#validToAt = this.#takeBin();
    if (this.#validToAt !== NOT_THERE && reader.at - this.#validToAt !== REVISION_BYTES) {
      throw new MalformedPack("a revision is not 16 bytes");
    }
    this.#headEnd = reader.at;
  }

  #checkSides(): void {
    if (this.count === 0) return;
    let seen = 0;
    for (let i = 0; i < this.count; i++) seen |= 1 << this.sides[i];
    const needed = 1 << TAIL | 1 << HEAD;
    if (this.directed ? (seen & needed) === needed : seen === 1 << NEUTRAL) return;
    throw new MalformedPack("its sides are not those of its direction");
  }

  #takeRest(): void {
    const reader = this.#reader;
    this.#roled = !this.#takeNil();
    if (this.#roled) {
      if (reader.takeArray() !== this.count) throw new MalformedPack("roles are missing");
      for (let i = 0; i < this.count; i++) this.#roles[i] = LABELS.take(reader);
    }
    this.#weight = undefined;
    if (!this.#takeNil()) {
      if (!reader.nextIsFloat()) throw new MalformedPack("a weight is no float64");
      this.#weight = reader.takeNumber();
    }
    this.#propertiesAt = this.#takeBin();
    this.#propertiesEnd = reader.at;
  }

  /** Takes binary or nil; where its bytes begin. They end where the reader stands. */
  #takeBin(): number {
    if (this.#takeNil()) return NOT_THERE;
    const count = this.#reader.takeBinHeader();
    const { at } = this.#reader;
    this.#reader.at += count;
    return at;
  }

  #takeNil(): boolean {
    if (this.#reader.bytes[this.#reader.at] !== NIL) return false;
    this.#reader.at++;
    return true;
  }

  #growEndpoints(count: number): void {
    const capacity = Math.max(count, this.sides.length * 2);
    this.spaces = new Float64Array(capacity);
    this.sides = new Uint8Array(capacity);
    this.starts = new Uint32Array(capacity + 1);
  }

  #growCoordinates(used: number): void {
    const grown = new Float64Array(this.coordinates.length * 2);
    grown.set(this.coordinates.subarray(0, used));
    this.coordinates = grown;
  }
}

function takeCoordinate(reader: PackReader): number {
  const float = reader.nextIsFloat();
  const value = reader.takeNumber();
  if (float ? Number.isFinite(value) : value <= U32_MAX) return value;
  throw new MalformedPack(`a coordinate is ${value}`);
}
