/**
 * The graphs of an open database: reads them, checks what is to be related, and has incidence rows derived.
 *
 * @module
 */

import type { Clock } from "../clock/clock.ts";
import type { HybridClock } from "../clock/hybrid_clock.ts";
import { type CorruptionError, describe, NotFoundError } from "../errors.ts";
import type { NameOrHandle } from "../hyperedge.ts";
import { AdjacencyCache } from "../graph/adjacency_cache.ts";
import { Derivation } from "../graph/derivation.ts";
import type { Doubts } from "../graph/doubts.ts";
import { checkEdge, checkEdgeId, type SpaceResolver } from "../graph/edge_check.ts";
import { encodeEdge } from "../graph/edge_codec.ts";
import { EdgeCursor } from "../graph/edge_cursor.ts";
import type { Graph, GraphInfo, GraphReader } from "../graph/graph.ts";
import { type GraphSource, GraphView } from "../graph/graph_view.ts";
import type { DataEntry } from "../segment/entry_list.ts";
import type { InterruptedEdge } from "../session/interrupted.ts";
import type { EdgeBook } from "../session/relating.ts";
import type { DerivedRows } from "../store/adopted_runs.ts";
import type { CommittedEntries } from "../store/committed.ts";
import type { GraphRecord } from "../store/manifest_state.ts";
import type { Run } from "../store/run.ts";
import { macrotask, Slice } from "../clock/slice.ts";
import { checkBox, checkPoint } from "../store/space_checks.ts";
import type { Store, StoreView } from "../store/store.ts";
import type { Table } from "../store/table.ts";
import type { Catalogue } from "./catalogue.ts";

/** When edges of so many bytes wait for their rows, these are derived in the background. */
const BACKGROUND_BYTES_MIN = 256 * 1024;

/** Who writes faster than rows are derived shall not keep a flush waiting for ever. */
const PASSES_MAX = 16;

/** What was read of graphs may take one part of so many of what pages may have. */
const ADJACENCY_SHARE = 2;

/** What all graphs held at one moment. */
export interface GraphsView {
  /** What every table held. */
  readonly tables: StoreView;
  /** When it was, in milliseconds since 1970. */
  readonly takenMs: number;
  /** By the number of a graph: why its rows could not be derived then. */
  readonly failures: ReadonlyMap<number, unknown>;
  /** By the number of a graph: its doubtful edges, if there were any. */
  readonly doubts: ReadonlyMap<number, Doubts>;
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
  readonly #adjacencies: AdjacencyCache;
  #deriving: Promise<void> | undefined;

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
    this.#adjacencies = new AdjacencyCache(
      store.cacheBytesMax / ADJACENCY_SHARE,
      (guest) => store.admitToCache(guest),
    );
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
    this.#derivation(record.id); // From now on it may have rows to derive.
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

  /** Derives the rows of everything that was committed so far. */
  derive(): void {
    for (const derivation of this.#all()) derivation.derive();
  }

  /** The same for nearly all of it, and lets others go on in between. */
  async deriveInSlices(): Promise<void> {
    const slice = new Slice();
    // While one graph is looked at, others get more: until one look at all of them was short.
    for (let pass = 0, paused = true; paused && pass < PASSES_MAX; pass++) {
      paused = false;
      for (const derivation of this.#all()) {
        while (derivation.step()) {
          if (!slice.isOver) continue;
          await slice.pause();
          paused = true;
        }
      }
    }
  }

  /**
   * Begins to derive in the background if much waits, so that who asks for it need not.
   *
   * @returns Resolves when that is done; undefined unless it began
   */
  deriveSoon(): Promise<void> | undefined {
    if (this.#deriving !== undefined || this.#waitingBytes < BACKGROUND_BYTES_MIN) return undefined;
    // What fails here fails again for who asks.
    return this.#deriving = macrotask().then(() => this.deriveInSlices()).catch(() => {})
      .finally(() => this.#deriving = undefined);
  }

  /** Resolves when nothing is derived in the background. */
  async idle(): Promise<void> {
    await this.#deriving;
  }

  /**
   * What is damaged that makes edges of a session doubtful; undefined where nothing is.
   *
   * @param session Which
   */
  doubtOf(session: number): CorruptionError | undefined {
    return this.doubtful().get(session);
  }

  /** The sessions that wrote doubtful edges, and what is damaged. */
  doubtful(): ReadonlyMap<number, CorruptionError> {
    return new Map(this.#all().flatMap(({ doubts }) => [...doubts.sessions]));
  }

  /**
   * The rows of edges that are not published yet, a piece at a time.
   *
   * @param entries The edges are among these
   * @throws {CorruptionError} If a page of edges does not verify
   */
  *rowsOf(entries: CommittedEntries): Generator<DerivedRows | undefined, undefined> {
    for (const derivation of this.#all()) yield* derivation.rowsOf(entries);
  }

  /** What all graphs hold now; one whose rows cannot be derived tells when they are asked for. */
  view(): GraphsView {
    const failures = new Map<number, unknown>();
    const doubts = new Map<number, Doubts>();
    for (const { id } of this.#store.names.graphs()) {
      const derivation = this.#derivation(id);
      try {
        derivation.derive();
      } catch (error) {
        failures.set(id, error);
      }
      if (!derivation.doubts.none) doubts.set(id, derivation.doubts.copy());
    }
    return { tables: this.#store.view(), takenMs: this.#clock.nowMs(), failures, doubts };
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
    { tables, takenMs, failures, doubts }: GraphsView,
    check: () => void,
  ): GraphReader {
    const record = this.#record(name);
    const edges = this.#store.tables.of({ space: record.id });
    if (!tables.has(edges)) throw new NotFoundError(`There was no graph ${describe(name)} then`);
    const pin = (table: Table | undefined): readonly Run[] => {
      check();
      return table === undefined ? [] : tables.get(table)?.().runs ?? [];
    };
    return new GraphView(name, infoOf(record), {
      ...this.#places(),
      check,
      edges: () => pin(edges),
      rows: (space) => {
        if (failures.has(record.id)) throw failures.get(record.id);
        doubts.get(record.id)?.checkAll();
        return pin(this.#store.tables.rowsOf(record.id).get(space));
      },
      nowMs: () => takenMs,
      doubts: doubts.get(record.id),
      share: this.#adjacencies.shareOf(record.id),
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
        const derivation = this.#derivation(id);
        derivation.derive();
        derivation.doubts.checkAll();
        const rows = store.tables.rowsOf(id).get(space);
        return rows === undefined ? [] : store.pin(rows).runs;
      },
      nowMs: () => this.#clock.nowMs(),
      doubts: this.#derivation(id).doubts,
      share: this.#adjacencies.shareOf(id),
    });
    this.#handles.set(id, handle);
    return handle;
  }

  /** About how many bytes of edges wait for their rows, in all graphs. Asked at every commit. */
  get #waitingBytes(): number {
    let bytes = 0;
    for (const { waitingBytes } of this.#derivations.values()) bytes += waitingBytes;
    return bytes;
  }

  #all(): Derivation[] {
    return this.#store.names.graphs().map(({ id }) => this.#derivation(id));
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
