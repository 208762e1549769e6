/**
 * The graphs of an open database: reads them, checks what is to be related, and has incidence rows derived.
 *
 * @module
 */

import type { Clock } from "../clock/clock.ts";
import type { HybridClock } from "../clock/hybrid_clock.ts";
import { describe, NotFoundError } from "../errors.ts";
import type { NameOrHandle } from "../hyperedge.ts";
import { Derivation } from "../graph/derivation.ts";
import { checkEdge, checkEdgeId, type SpaceResolver } from "../graph/edge_check.ts";
import { encodeEdge } from "../graph/edge_codec.ts";
import { EdgeCursor } from "../graph/edge_cursor.ts";
import type { Graph, GraphInfo, GraphReader } from "../graph/graph.ts";
import { type GraphSource, GraphView } from "../graph/graph_view.ts";
import type { DataEntry } from "../segment/entry_list.ts";
import type { InterruptedEdge } from "../session/interrupted.ts";
import type { EdgeBook } from "../session/relating.ts";
import type { CommittedEntries } from "../store/committed.ts";
import type { GraphRecord } from "../store/manifest_state.ts";
import type { Run } from "../store/run.ts";
import { Slice } from "../clock/slice.ts";
import { checkBox, checkPoint } from "../store/space_checks.ts";
import type { DerivedRows, Store, StoreView } from "../store/store.ts";
import type { Table } from "../store/table.ts";
import type { Catalogue } from "./catalogue.ts";

/** What all graphs held at one moment. */
export interface GraphsView {
  /** What every table held. */
  readonly tables: StoreView;
  /** When it was, in milliseconds since 1970. */
  readonly takenMs: number;
  /** By the number of a graph: why its rows could not be derived then. */
  readonly failures: ReadonlyMap<number, unknown>;
}

/** The graphs of one open database. */
export class Graphs {
  readonly #store: Store;
  readonly #catalogue: Catalogue;
  readonly #clock: Clock;
  readonly #stamps: Pick<HybridClock, "last">;
  readonly #derivations = new Map<number, Derivation>();
  readonly #handles = new Map<number, Graph>();
  readonly #cursor = new EdgeCursor();
  readonly #resolve: SpaceResolver;

  /**
   * @param store What they hold
   * @param catalogue Which there are
   * @param clock The wall clock
   * @param stamps Knows the newest stamp
   */
  constructor(
    store: Store,
    catalogue: Catalogue,
    clock: Clock,
    stamps: Pick<HybridClock, "last">,
  ) {
    this.#store = store;
    this.#catalogue = catalogue;
    this.#clock = clock;
    this.#stamps = stamps;
    this.#resolve = (space) => {
      const record = catalogue.find(space);
      return { id: record.id, check: (point) => checkPoint(record, point) };
    };
  }

  /**
   * A reader of what is committed at the time of each call.
   *
   * @param name The graph's name
   * @throws {NotFoundError} If there is none
   */
  graph(name: string): Graph {
    return this.#handle(this.#record(name));
  }

  /** A reader of each graph, in the order of their numbers. */
  all(): Graph[] {
    return this.#store.names.graphs().map((record) => this.#handle(record));
  }

  /** What sessions need to know of a graph. */
  book(reference: NameOrHandle): EdgeBook {
    const record = this.#catalogue.findGraph(reference, (each) => this.#handle(each));
    return {
      graph: record.id,
      encode: (edge) => {
        const checked = checkEdge(record, edge, this.#resolve, this.#clock.nowMs(), this.#stamps);
        return { id: checked.id, data: encodeEdge(checked) };
      },
      checkId: checkEdgeId,
    };
  }

  /** An entry of a graph as a relation. */
  edgeIn(entry: DataEntry): InterruptedEdge {
    const { address: { space, point: [high, low] }, revision } = entry;
    const graph = this.#nameOf(space);
    const id = BigInt(high) << 32n | BigInt(low);
    if (entry.kind === "tombstone") return { graph, id };
    this.#cursor.takeEdge(entry.data);
    return {
      graph,
      id,
      edge: this.#cursor.toHyperedge(id, revision, (each) => this.#nameOf(each)),
    };
  }

  /**
   * Derives the rows of everything that was committed so far.
   *
   * @throws {CorruptionError} If edges cannot be read; their rows wait
   */
  derive(): void {
    for (const { id } of this.#store.names.graphs()) this.#derivation(id).derive();
  }

  /** The same for most of it, and lets others go on in between. */
  async deriveInSlices(): Promise<void> {
    const slice = new Slice();
    for (const { id } of this.#store.names.graphs()) {
      while (this.#derivation(id).step()) await slice.perhapsPause();
    }
  }

  /**
   * The rows of edges that are not published yet.
   *
   * @param entries The edges are among these
   */
  rowsOf(entries: CommittedEntries): DerivedRows[] {
    return this.#store.names.graphs().flatMap(({ id }) =>
      this.#derivation(id).rowsOf(entries) ?? []
    );
  }

  /** What all graphs hold now; one whose rows cannot be derived tells when they are asked for. */
  view(): GraphsView {
    const failures = new Map<number, unknown>();
    for (const { id } of this.#store.names.graphs()) {
      try {
        this.#derivation(id).derive();
      } catch (error) {
        failures.set(id, error);
      }
    }
    return { tables: this.#store.view(), takenMs: this.#clock.nowMs(), failures };
  }

  /**
   * A reader of a graph as a view has it.
   *
   * @param name The graph's name
   * @param view The view
   * @param check Called before each read; throws when the view was released
   * @throws {NotFoundError} If there was no such graph
   */
  readerOf(
    name: string,
    { tables, takenMs, failures }: GraphsView,
    check: () => void,
  ): GraphReader {
    const record = this.#record(name);
    const edges = this.#store.tables.of({ space: record.id });
    if (!tables.has(edges)) throw new NotFoundError(`There was no graph ${describe(name)} then`);
    const pinned = new Map<Table, readonly Run[]>();
    const pin = (table: Table | undefined): readonly Run[] => {
      check();
      if (table === undefined) return [];
      const runs = pinned.get(table) ?? tables.get(table)?.().runs ?? [];
      pinned.set(table, runs);
      return runs;
    };
    return new GraphView(name, infoOf(record), {
      ...this.#places(),
      check,
      edges: () => pin(edges),
      rows: (space) => {
        if (failures.has(record.id)) throw failures.get(record.id);
        return pin(this.#store.tables.rowsOf(record.id).get(space));
      },
      nowMs: () => takenMs,
    });
  }

  #record(name: string): GraphRecord {
    const record = this.#store.names.findGraph(name);
    if (record === undefined) throw new NotFoundError(`There is no graph ${describe(name)}`);
    return record;
  }

  #handle(record: GraphRecord): Graph {
    const { id } = record;
    let handle = this.#handles.get(id);
    if (handle !== undefined) return handle;
    const store = this.#store;
    const edges = store.tables.of({ space: id });
    handle = new GraphView(record.name, infoOf(record), {
      ...this.#places(),
      check: () => store.checkOpen(),
      edges: () => store.pin(edges).runs,
      rows: (space) => {
        this.#derivation(id).derive();
        const rows = store.tables.rowsOf(id).get(space);
        return rows === undefined ? [] : store.pin(rows).runs;
      },
      nowMs: () => this.#clock.nowMs(),
    });
    this.#handles.set(id, handle);
    return handle;
  }

  #derivation(graph: number): Derivation {
    let derivation = this.#derivations.get(graph);
    if (derivation === undefined) {
      derivation = new Derivation(this.#store, graph);
      this.#derivations.set(graph, derivation);
    }
    return derivation;
  }

  /** How the points of endpoints are found. */
  #places(): Pick<GraphSource, "locate" | "locateBox" | "nameOf"> {
    return {
      locate: (reference, point) => {
        const record = this.#catalogue.find(reference);
        return { space: record.id, point: checkPoint(record, point) };
      },
      locateBox: (reference, box) => {
        const record = this.#catalogue.find(reference);
        return { space: record.id, box: checkBox(record, box) };
      },
      nameOf: (space) => this.#nameOf(space),
    };
  }

  #nameOf(number: number): string {
    return this.#catalogue.nameOf(number);
  }
}

function infoOf({ kinds, unknownKinds }: GraphRecord): GraphInfo {
  return Object.freeze({ kinds: Object.freeze(Object.fromEntries(kinds)), unknownKinds });
}
