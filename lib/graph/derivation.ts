/**
 * Derives the incidence rows of edges that were committed (`lib/graph/incidence.ts` says which).
 *
 * Publishing never fails, so it only notes which versions came. Rows are derived when somebody asks for
 * them: who reads an incidence, takes a snapshot or flushes. What they are is decided by all versions
 * that are committed by then, in whatever order they came: between any two neighbours the later derived
 * of the two has written the rows. If a page of the edges cannot be read, the one who asked is told, and
 * what was noted stays noted.
 *
 * What is adopted goes into files before it is visible. Its rows are derived beforehand; where something
 * else came to the graph meanwhile, neither knew of the other, and the adopted edges are noted once more.
 * Rows derived twice are the same rows.
 *
 * @module
 */

import { CorruptionError } from "../errors.ts";
import type { CommittedEntries } from "../store/committed.ts";
import type { Neighbour } from "../store/nearest.ts";
import { revisionOf, valueOf, versionsAround } from "../store/history.ts";
import type { Run } from "../store/run.ts";
import { contentOf } from "../store/run_making.ts";
import type { DerivedRows, Store } from "../store/store.ts";
import type { Table } from "../store/table.ts";
import { VERSION_WORDS, VersionList } from "../store/version_list.ts";
import { EdgeCursor } from "./edge_cursor.ts";
import { type EdgeVersion, incidenceRows, incidentEndpoints } from "./incidence.ts";
import { RowColumns } from "./row_columns.ts";

/** Words of an id. */
const ID_WORDS = 2;

/** So many versions are derived in one step, of a millisecond or two. */
const STEP_VERSIONS = 512;

/** Derives the rows of one graph. */
export class Derivation {
  readonly #store: Store;
  readonly #graph: number;
  readonly #edges: Table;
  readonly #cursor = new EdgeCursor();

  /**
   * @param store What is committed
   * @param graph The number of the graph
   */
  constructor(store: Store, graph: number) {
    this.#store = store;
    this.#graph = graph;
    this.#edges = store.tables.of({ space: graph });
  }

  /**
   * Derives what was committed so far.
   *
   * @throws {CorruptionError} If a page of the edges does not verify; what was not derived stays noted
   */
  derive(): void {
    for (let more = true; more;) more = this.step();
  }

  /** Derives some of it: whether there is more. */
  step(): boolean {
    const { underived } = this.#edges;
    const count = Math.min(underived.length, STEP_VERSIONS);
    if (count === 0) return false;
    const { runs } = this.#store.pin(this.#edges);
    this.#store.addRows(this.#rowsOf(runs, underived, count));
    underived.drop(count);
    return underived.length > 0;
  }

  /**
   * The rows of edges that are not published yet.
   *
   * @param entries The edges are among these
   * @returns The rows; undefined if no edge of the graph is among them
   */
  rowsOf(entries: CommittedEntries): DerivedRows | undefined {
    const graph = this.#graph;
    const versions = new VersionList();
    for (let i = 0; i < entries.length; i++) {
      if (entries.spaces[i] === graph) versions.add(entries, i, i + 1);
    }
    if (versions.length === 0) return undefined;
    const own = contentOf(this.#edges.shape, graph, entries).runs();
    const { runs } = this.#store.pin(this.#edges);
    return this.#rowsOf([...runs, ...own], versions, versions.length);
  }

  #rowsOf(runs: readonly Run[], { words }: VersionList, count: number): DerivedRows {
    const rows = new RowColumns();
    for (let i = 0; i < count; i++) {
      const at = i * VERSION_WORDS;
      const id = words.subarray(at, at + ID_WORDS);
      this.#putRows(rows, runs, id, words.subarray(at + ID_WORDS, at + VERSION_WORDS));
    }
    return { graph: this.#graph, rows: rows.toEntries(), seen: this.#edges.underived.added };
  }

  #putRows(rows: RowColumns, runs: readonly Run[], id: Uint32Array, revision: Uint32Array): void {
    const [high, low] = id;
    const { at, below, above } = versionsAround(runs, id, id, revision);
    if (at === undefined) {
      throw new CorruptionError(
        `Edge ${
          BigInt(high) << 32n | BigInt(low)
        } of graph ${this.#graph} was committed, and is not found`,
      );
    }
    const version = this.#versionOf(at);
    const head = version.endpoints.length === 0 ? undefined : this.#cursor.toHead();
    const next = above && this.#versionOf(above);
    const before = below && this.#versionOf(below);
    for (const row of incidenceRows(version, before, next)) {
      rows.add(row.endpoint, high, low, row.revision, row.live ? head : undefined);
    }
  }

  #versionOf(version: Neighbour): EdgeVersion {
    const revision = revisionOf(version);
    if (version.run.isTombstone(version.at)) return { revision, endpoints: [] };
    this.#cursor.takeEdge(valueOf(version));
    return { revision, endpoints: incidentEndpoints(this.#cursor) };
  }
}
