/**
 * The tables of one store, by their numbers.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import { invariant } from "../invariant.ts";
import type { ManifestState, RunRecord, SpaceRecord, TableNumbers } from "./manifest_state.ts";
import type { RunFiles } from "./run_files.ts";
import { EDGE_SHAPE, rowShapeOf, shapeOf } from "./shape.ts";
import { Table, type TableForm } from "./table.ts";

/** All tables. */
export class Tables {
  readonly #files: RunFiles;
  readonly #check: () => void;
  readonly #spaces = new Map<number, SpaceRecord>();
  /** Of spaces and graphs. */
  readonly #primary = new Map<number, Table>();
  /** Of incidence rows, by the graph and the space. */
  readonly #rows = new Map<number, Map<number, Table>>();

  /**
   * @param files Where run files are
   * @param state What the manifest says
   * @param check Throws when the store was closed
   */
  constructor(files: RunFiles, state: ManifestState, check: () => void) {
    this.#files = files;
    this.#check = check;
    const listed = new Map<string, RunRecord[]>();
    for (const run of state.runs) {
      const name = nameOf(run);
      const runs = listed.get(name);
      if (runs === undefined) listed.set(name, [run]);
      else runs.push(run);
    }
    for (const space of state.spaces) {
      const runs = listed.get(nameOf({ space: space.id }));
      this.addSpace(space, runs, state.dropped.get(space.id));
    }
    for (const { id } of state.graphs) {
      this.addGraph(id, listed.get(nameOf({ space: id })));
      for (const of of this.#spaces.keys()) {
        const runs = listed.get(nameOf({ space: id, of }));
        if (runs !== undefined) this.#addRows(id, of, runs);
      }
    }
  }

  /**
   * A space comes.
   *
   * @param space Its number is new
   * @param listed Its run files
   * @param dropped What it was as of an earlier revision is not known
   */
  addSpace(space: SpaceRecord, listed?: readonly RunRecord[], dropped?: Revision): void {
    const { id, retention } = space;
    invariant(!this.#primary.has(id), `space ${id} is new`);
    this.#spaces.set(id, space);
    const form = { space: id, shape: shapeOf(space), retention };
    this.#primary.set(id, this.#make(form, listed, dropped));
  }

  /**
   * A graph comes.
   *
   * @param graph Its number, which is new
   * @param listed The run files of its edges
   */
  addGraph(graph: number, listed?: readonly RunRecord[]): void {
    invariant(!this.#primary.has(graph), `graph ${graph} is new`);
    const form = { space: graph, shape: EDGE_SHAPE, retention: "all" } as const;
    this.#primary.set(graph, this.#make(form, listed));
    this.#rows.set(graph, new Map());
  }

  /**
   * The records of a space, or the edges of a graph.
   *
   * @param number The number of either
   */
  get(number: number): Table | undefined {
    return this.#primary.get(number);
  }

  /**
   * The tables of a graph's incidence rows, by the numbers of the spaces; none where there are no rows.
   *
   * @param graph The number of the graph
   */
  rowsOf(graph: number): ReadonlyMap<number, Table> {
    return this.#rows.get(graph) ?? new Map();
  }

  /**
   * The table of something that there is.
   *
   * @param numbers Which; a table of rows is made where there is none
   */
  of({ space, of }: TableNumbers): Table {
    const table = of === undefined
      ? this.#primary.get(space)
      : this.#rows.get(space)?.get(of) ?? this.#addRows(space, of);
    invariant(table !== undefined, `number ${space} is of a space or graph`);
    return table;
  }

  /** All of them. */
  *[Symbol.iterator](): Generator<Table> {
    yield* this.#primary.values();
    for (const tables of this.#rows.values()) yield* tables.values();
  }

  #addRows(graph: number, of: number, listed?: readonly RunRecord[]): Table {
    const rows = this.#rows.get(graph);
    const about = this.#spaces.get(of);
    invariant(rows !== undefined && about !== undefined, `rows of ${graph} are about a space`);
    const form = { space: graph, of, shape: rowShapeOf(about), retention: "all" } as const;
    const table = this.#make(form, listed);
    rows.set(of, table);
    return table;
  }

  #make(form: TableForm, listed: readonly RunRecord[] = [], dropped?: Revision): Table {
    return new Table(form, { files: this.#files, check: this.#check, listed }, dropped);
  }
}

function nameOf({ space, of }: TableNumbers): string {
  return of === undefined ? `${space}` : `${space}/${of}`;
}
