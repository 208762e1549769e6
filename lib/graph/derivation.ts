/**
 * Derives the incidence rows of edges that were committed (`lib/graph/incidence.ts` says which).
 *
 * Publishing never fails, so it only notes which versions came. Rows are derived in the background, and
 * the rest when somebody asks for them: who reads an incidence, takes a snapshot or flushes. What they are
 * is decided by all versions that are committed by then, in whatever order they came: between any two
 * neighbours the later derived of the two has written the rows. Where a page of the edges cannot be read,
 * the edge is doubtful (`lib/graph/doubts.ts`), and all others go on.
 *
 * What is adopted goes into files before it is visible. Its rows are derived beforehand; where something
 * else came to the graph meanwhile, neither knew of the other, and the adopted edges are noted once more.
 * Rows derived twice are the same rows.
 *
 * @module
 */

import { CorruptionError } from "../errors.ts";
import type { DerivedRows } from "../store/adopted_runs.ts";
import type { CommittedEntries } from "../store/committed.ts";
import type { Run } from "../store/run.ts";
import { contentOf } from "../store/run_making.ts";
import type { Store } from "../store/store.ts";
import type { Table } from "../store/table.ts";
import { VersionList } from "../store/version_list.ts";
import { Doubts } from "./doubts.ts";
import { RowMaking } from "./row_making.ts";

/** Derives the rows of one graph. */
export class Derivation {
  /** Edges whose rows may be incomplete. */
  readonly doubts: Doubts = new Doubts();
  readonly #store: Store;
  readonly #graph: number;
  readonly #edges: Table;
  readonly #making: RowMaking;

  /**
   * @param store What is committed
   * @param graph The number of the graph
   */
  constructor(store: Store, graph: number) {
    this.#store = store;
    this.#graph = graph;
    this.#edges = store.tables.of({ space: graph });
    this.#making = new RowMaking(this.#edges.underived, this.doubts);
  }

  /** About how many bytes of edges wait. */
  get waitingBytes(): number {
    return this.#edges.underived.bytes;
  }

  /** Derives what was committed so far. */
  derive(): void {
    for (let more = true; more;) more = this.step();
  }

  /** Derives some of it, for some milliseconds at most: whether there is more. */
  step(): boolean {
    if (!this.#making.pending) return false;
    if (this.#edges.content.order()) return true;
    this.#derivePiece();
    return this.#making.pending;
  }

  /**
   * The rows of edges that are not published yet, a piece at a time.
   *
   * @param entries The edges are among these
   * @returns Pieces, each to be copied before the next is asked for; undefined after a step without rows
   * @throws {CorruptionError} If a page of the edges does not verify
   */
  *rowsOf(entries: CommittedEntries): Generator<DerivedRows | undefined, undefined> {
    const graph = this.#graph;
    const versions = new VersionList();
    for (let i = 0; i < entries.length; i++) {
      if (entries.spaces[i] === graph) versions.add(entries, i, i + 1);
    }
    if (versions.length === 0) return;
    const seen = this.#edges.underived.added;
    const own = contentOf(this.#edges.shape, graph, entries);
    while (own.order()) yield undefined;
    const runs = [...this.#store.pin(this.#edges).runs, ...own.runs()];
    const doubts = new Doubts();
    const making = new RowMaking(versions, doubts);
    while (making.pending) {
      making.make(runs, undefined);
      for (const error of doubts.sessions.values()) throw error;
      yield { graph, rows: making.rows, seen };
    }
  }

  #derivePiece(): void {
    let damage: CorruptionError | undefined;
    let runs: readonly Run[];
    try {
      ({ runs } = this.#store.pin(this.#edges));
    } catch (error) {
      if (!(error instanceof CorruptionError)) throw error;
      damage = error; // A file of edges as a whole: what memory holds is all there is.
      runs = this.#edges.content.runs();
    }
    try {
      this.#making.make(runs, damage);
    } finally {
      this.#store.addRows(this.#graph, this.#making.rows); // Those of versions that it is done with.
    }
  }
}
