/**
 * Makes the incidence rows of versions of edges, a piece at a time.
 *
 * @module
 */

import { REVISION_WORDS, revisionOfWords } from "../clock/revision.ts";
import { CorruptionError } from "../errors.ts";
import { revisionOf, valueOf, type VersionsAround, versionsAround } from "../store/history.ts";
import type { Neighbour } from "../store/nearest.ts";
import type { Run } from "../store/run.ts";
import { VERSION_WORDS, type VersionList } from "../store/version_list.ts";
import type { Doubts } from "./doubts.ts";
import { EdgeCursor } from "./edge_cursor.ts";
import {
  type EdgeVersion,
  type IncidenceRow,
  incidenceRows,
  incidentEndpoints,
} from "./incidence.ts";
import { RowColumns } from "./row_columns.ts";

/** A piece ends at so many rows or bytes of heads: it takes a millisecond or two. */
const PIECE_ROWS = 2048;
const PIECE_BYTES = 512 * 1024;

/** Up to so many endpoints are compared with each other; more are made objects and get names. */
const COMPARED_ENDPOINTS_MAX = 16;

/** Words of an id. */
const ID_WORDS = 2;
const SESSION_WORD = 2;

/** Rows of one version that did not fit into a piece. */
interface Rest {
  readonly rows: readonly IncidenceRow[];
  readonly high: number;
  readonly low: number;
  readonly head: Uint8Array | undefined;
  /** The index of the first. */
  next: number;
}

/** Goes through versions, and drops those from their list that it is done with. */
export class RowMaking {
  /** The rows of the last piece. */
  readonly rows: RowColumns = new RowColumns();
  readonly #versions: VersionList;
  readonly #doubts: Doubts;
  readonly #cursor = new EdgeCursor();
  /** The version at hand: the id of its edge, and its revision. */
  readonly #version = new Uint32Array(VERSION_WORDS);
  readonly #id = this.#version.subarray(0, ID_WORDS);
  readonly #revision = this.#version.subarray(ID_WORDS);
  #rest: Rest | undefined;

  /**
   * @param versions The versions
   * @param doubts Gets those whose neighbours cannot be read
   */
  constructor(versions: VersionList, doubts: Doubts) {
    this.#versions = versions;
    this.#doubts = doubts;
  }

  /** Whether there are rows to be made. */
  get pending(): boolean {
    return this.#rest !== undefined || this.#versions.length > 0;
  }

  /**
   * Makes a piece of the rows: they are then in `rows`.
   *
   * @param runs Of the table of edges; the versions are in them
   * @param damage Why there are runs that cannot be read, if there are
   */
  make(runs: readonly Run[], damage: CorruptionError | undefined): void {
    this.rows.clear();
    this.#takeRest();
    while (this.#versions.length > 0 && !this.#full) {
      const { first, words } = this.#versions;
      for (let word = 0; word < VERSION_WORDS; word++) this.#version[word] = words[first + word];
      this.#takeVersion(runs, damage);
      this.#versions.drop(1);
    }
  }

  get #full(): boolean {
    return this.rows.length >= PIECE_ROWS || this.rows.valueBytes >= PIECE_BYTES;
  }

  #takeVersion(runs: readonly Run[], damage: CorruptionError | undefined): void {
    try {
      this.#takeExactly(runs);
      if (damage !== undefined) this.#doubt(damage);
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      this.#takeReadable(runs, error);
    }
  }

  /** @throws {CorruptionError} If a page does not verify; then no row was taken */
  #takeExactly(runs: readonly Run[]): void {
    const id = this.#id;
    const around = versionsAround(runs, id, id, this.#revision);
    const { at } = around;
    if (at === undefined) throw notFound(this.#version);
    if (around.below !== undefined || around.above !== undefined || at.run.isTombstone(at.at)) {
      return this.#takeAmongOthers(around);
    }
    const page = at.run.page(at.at);
    const place = at.at - page.base;
    const { bytes, starts } = at.run.values(at.at);
    this.#cursor.takeEdgeHead(bytes, starts[place], starts[place] + page.lengths[place]);
    if (this.#cursor.count > COMPARED_ENDPOINTS_MAX) return this.#takeAmongOthers(around);
    this.rows.addEdge(this.#cursor, id[0], id[1], page.revisions, place);
  }

  #takeAmongOthers({ at, below, above }: VersionsAround): void {
    const [high, low] = this.#id;
    const next = above && this.#versionOf(above);
    const before = below && this.#versionOf(below);
    const version = this.#versionOf(at!);
    const head = version.endpoints.length === 0 ? undefined : this.#cursor.toHead();
    const rows = incidenceRows(version, before, next);
    this.#rest = { rows, high, low, head, next: 0 };
    this.#takeRest();
  }

  /** What can be told though something is damaged: each row is true, but not all may be there. */
  #takeReadable(runs: readonly Run[], error: CorruptionError): void {
    const id = this.#id;
    const around: VersionsAround = { at: undefined, below: undefined, above: undefined };
    for (const run of runs) {
      const { at } = readable(() => versionsAround([run], id, id, this.#revision)) ?? {};
      if (at !== undefined && readable(() => this.#versionOf(at)) !== undefined) around.at = at;
    }
    if (around.at === undefined) {
      this.#doubts.lose(this.#revision[SESSION_WORD], error);
      return;
    }
    this.#takeAmongOthers(around);
    this.#doubt(error);
  }

  #doubt(error: CorruptionError): void {
    const [high, low] = this.#id;
    this.#doubts.add(high, low, this.#revision[SESSION_WORD], error);
  }

  #versionOf(version: Neighbour): EdgeVersion {
    const revision = revisionOf(version);
    if (version.run.isTombstone(version.at)) return { revision, endpoints: [] };
    this.#cursor.takeEdge(valueOf(version));
    return { revision, endpoints: incidentEndpoints(this.#cursor) };
  }

  #takeRest(): void {
    const rest = this.#rest;
    if (rest === undefined) return;
    const { rows, high, low, head } = rest;
    while (rest.next < rows.length && !this.#full) {
      const { endpoint, revision, live } = rows[rest.next++];
      this.rows.add(endpoint, high, low, revision, live ? head : undefined);
    }
    if (rest.next === rows.length) this.#rest = undefined;
  }
}

/** What was read; undefined if it is damaged. */
function readable<T>(read: () => T): T | undefined {
  try {
    return read();
  } catch (error) {
    if (error instanceof CorruptionError) return undefined;
    throw error;
  }
}

function notFound(version: Uint32Array): CorruptionError {
  const id = BigInt(version[0]) << 32n | BigInt(version[1]);
  const revision = revisionOfWords(version.slice(ID_WORDS, ID_WORDS + REVISION_WORDS), 0);
  return new CorruptionError(`Edge ${id} was committed as of ${revision}, and is not found`, {
    found: id,
  });
}
