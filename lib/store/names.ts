/**
 * The spaces and graphs of one store, by their names and numbers, both of which they share.
 *
 * @module
 */

import { describe, NotFoundError } from "../errors.ts";
import { invariant } from "../invariant.ts";
import type { Pinned } from "./content.ts";
import type { GraphRecord, ManifestState, SpaceRecord } from "./manifest_state.ts";
import type { Space } from "./space.ts";
import type { Table } from "./table.ts";
import type { Tables } from "./tables.ts";
import { ViewReader } from "./view_reader.ts";

/** One space: its record, its reader, and what it holds. */
export interface StoredSpace {
  /** The record. */
  readonly record: SpaceRecord;
  /** Reads what is committed at the time of each call. */
  readonly reader: Space;
  /** What it holds. */
  readonly table: Table;
}

/** What a reader reads from, beside the form of the columns. */
export interface ReaderSource {
  /** Throws when it was closed. */
  check(): void;
  /** What is to be read from now on. */
  pin(): Pinned;
}

/** All names. */
export class Names {
  readonly #tables: Tables;
  readonly #live: (table: Table) => ReaderSource;
  readonly #spaces = new Map<string, StoredSpace>();
  readonly #graphs = new Map<string, GraphRecord>();
  readonly #byId = new Map<number, SpaceRecord | GraphRecord>();

  /**
   * @param tables What is under the numbers
   * @param state What the manifest says
   * @param live What readers of a table read from
   */
  constructor(tables: Tables, state: ManifestState, live: (table: Table) => ReaderSource) {
    this.#tables = tables;
    this.#live = live;
    for (const record of state.spaces) this.addSpace(record);
    for (const record of state.graphs) this.addGraph(record);
  }

  /**
   * A space comes.
   *
   * @param record Its name is new, and it has a table
   */
  addSpace(record: SpaceRecord): void {
    this.#take(record);
    const table = this.#tables.of({ space: record.id });
    const reader = readerOf(record, table, this.#live(table));
    this.#spaces.set(record.name, { record, reader, table });
  }

  /**
   * A graph comes.
   *
   * @param record Its name is new, and it has a table
   */
  addGraph(record: GraphRecord): void {
    this.#take(record);
    this.#graphs.set(record.name, record);
  }

  /** The space of a name, if there is one. */
  find(name: string): StoredSpace | undefined {
    return this.#spaces.get(name);
  }

  /**
   * The space of a name.
   *
   * @throws {NotFoundError} If there is none
   */
  space(name: string): StoredSpace {
    const stored = this.#spaces.get(name);
    if (stored === undefined) throw new NotFoundError(`There is no space ${describe(name)}`);
    return stored;
  }

  /** All spaces, in the order of their numbers. */
  spaces(): StoredSpace[] {
    return [...this.#spaces.values()].sort((a, b) => a.record.id - b.record.id);
  }

  /** The graph of a name, if there is one. */
  findGraph(name: string): GraphRecord | undefined {
    return this.#graphs.get(name);
  }

  /** All graphs, in the order of their numbers. */
  graphs(): GraphRecord[] {
    return [...this.#graphs.values()].sort((a, b) => a.id - b.id);
  }

  /** The space or graph of a number. */
  byId(id: number): SpaceRecord | GraphRecord | undefined {
    return this.#byId.get(id);
  }

  #take(record: SpaceRecord | GraphRecord): void {
    const { name } = record;
    invariant(!this.#spaces.has(name) && !this.#graphs.has(name), `the name ${name} is new`);
    this.#byId.set(record.id, record);
  }
}

/**
 * A reader of a space.
 *
 * @param record The space
 * @param table What it holds
 * @param source What to read from
 */
export function readerOf<Data = unknown>(
  record: SpaceRecord,
  { shape }: Table,
  source: ReaderSource,
): ViewReader<Data> {
  const { name, dims, bits, axes, retention } = record;
  const config = Object.freeze({ dims, bits, axes: Object.freeze([...axes]), retention });
  return new ViewReader<Data>(name, config, { shape, ...source });
}

/**
 * Whether a record is of a graph.
 *
 * @param record Of a space or a graph
 */
export function isGraph(record: SpaceRecord | GraphRecord): record is GraphRecord {
  return "unknownKinds" in record;
}
