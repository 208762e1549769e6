/**
 * What is visible: everything that was committed, in memory, with run files that bring it back.
 *
 * Every run is committed, so what a reader sees is the list of runs it took when it began. Per address the
 * highest revision wins, and if that is a tombstone, nothing stands there.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import { ClosedError, describe, NotFoundError } from "../errors.ts";
import type { FileStorage } from "../file/storage.ts";
import { CACHE_BYTES_MAX } from "../limits.ts";
import { type CommittedEntries, rangesOf } from "./committed.ts";
import type { Pinned } from "./content.ts";
import { revisionsFrom } from "./history.ts";
import type { GraphRecord, ManifestState, RunRecord, SpaceRecord } from "./manifest_state.ts";
import { type CacheGuest, PageCache } from "./page_cache.ts";
import { type AdoptedRuns, type DerivedRows, writeAdopted } from "./adopted_runs.ts";
import { contentOf, type Merged, type MergeLimits, mergeRuns, writeLeaving } from "./run_making.ts";
import { Names, readerOf } from "./names.ts";
import { RunFiles } from "./run_files.ts";
import type { Space, SpaceReader } from "./space.ts";
import type { Table } from "./table.ts";
import { Tables } from "./tables.ts";
import { TailOrdering } from "./tail_ordering.ts";
import { TailSize } from "./tail_size.ts";

/** What every table held at one moment; readers of it hold nothing more once it was cleared. */
export type StoreView = Map<Table, () => Pinned>;

/**
 * The committed content of an open database.
 *
 * States: *open*; *closed*, in which reads throw, and publishing changes nothing that anybody sees.
 * Publishing never fails and never waits: what it brings is put in order later.
 */
export class Store {
  readonly #root: string;
  readonly #files: RunFiles;
  /** What is committed, by its numbers. */
  readonly tables: Tables;
  /** Which spaces and graphs there are. */
  readonly names: Names;
  /** Bytes that are kept of what was read. */
  readonly cacheBytesMax: number;
  readonly #cache: PageCache;
  readonly #tail = new TailSize();
  readonly #ordering = new TailOrdering();
  #ordinal = 0;
  #closed = false;

  /**
   * Looks whether every run file is there; reads none.
   *
   * @param storage Where
   * @param root The root's path
   * @param state What the manifest says
   * @param cacheBytesMax Bytes of pages that are kept in memory
   * @throws {CorruptionError} If a run file is missing
   */
  constructor(
    storage: FileStorage,
    root: string,
    state: ManifestState,
    cacheBytesMax: number = CACHE_BYTES_MAX,
  ) {
    this.#root = root;
    this.cacheBytesMax = cacheBytesMax;
    this.#cache = new PageCache(cacheBytesMax);
    this.#files = new RunFiles(storage, root, this.#cache);
    for (const run of state.runs) this.#files.checkThere(run);
    this.tables = new Tables(this.#files, state, () => this.checkOpen());
    this.names = new Names(this.tables, state, (table) => ({
      check: () => this.checkOpen(),
      pin: () => this.pin(table),
    }));
  }

  /** The ordinal of the newest publication. */
  get ordinal(): number {
    return this.#ordinal;
  }

  /** What is not yet in a run file: its data, and 48 bytes an entry. */
  get tailBytes(): number {
    return this.#tail.bytes;
  }

  /** How many entries are not yet in a run file. */
  get tailEntries(): number {
    return this.#tail.entries;
  }

  /**
   * Lets somebody take part of what pages may have.
   *
   * @param guest The only one
   * @returns To be told of each change: how many bytes more than before, or less
   */
  admitToCache(guest: CacheGuest): (bytes: number) => void {
    return this.#cache.admit(guest);
  }

  /**
   * Opens every run file, for a reader beside a writer that may remove them: whoever has a file open
   * may read it. One that does not verify is told when it is read.
   */
  holdFiles(): void {
    for (const table of this.tables) table.hold();
  }

  /**
   * Makes a space known, once the manifest lists it.
   *
   * @param record The space; neither its number nor its name is taken
   */
  addSpace(record: SpaceRecord): void {
    this.tables.addSpace(record);
    this.names.addSpace(record);
  }

  /**
   * Makes a graph known, once the manifest lists it.
   *
   * @param record The graph; neither its number nor its name is taken
   */
  addGraph(record: GraphRecord): void {
    this.tables.addGraph(record.id);
    this.names.addGraph(record);
  }

  /**
   * A reader of what is committed at the time of each call.
   *
   * @param name The space's name
   * @throws {NotFoundError} If there is no such space
   */
  space<Data = unknown>(name: string): Space<Data> {
    return this.names.space(name).reader as Space<Data>;
  }

  /** A reader of each space, in the order of their numbers. */
  spaces(): Space[] {
    return this.names.spaces().map(({ reader }) => reader);
  }

  /** The record of the space of a name. */
  byName(name: string): SpaceRecord | undefined {
    return this.names.find(name)?.record;
  }

  /** The record of the space or graph of a number. */
  byId(id: number): SpaceRecord | GraphRecord | undefined {
    return this.names.byId(id);
  }

  /** What every table holds now; run files that nobody has read yet are read when they are asked for. */
  view(): StoreView {
    this.checkOpen();
    return new Map(Array.from(this.tables, (table) => [table, table.view()]));
  }

  /**
   * What a table holds now.
   *
   * @param table The table
   * @throws {CorruptionError} If a run file of it does not verify
   */
  pin(table: Table): Pinned {
    this.checkOpen();
    return table.pin();
  }

  /**
   * A reader of a space as a view has it.
   *
   * @param name The space's name
   * @param view The view
   * @param check Called before each read; throws when the view was released
   * @throws {NotFoundError} If there was no such space
   */
  readerOf<Data = unknown>(name: string, view: StoreView, check: () => void): SpaceReader<Data> {
    const { record, table } = this.names.space(name);
    if (!view.has(table)) throw new NotFoundError(`There was no space ${describe(name)} then`);
    return readerOf<Data>(record, table, {
      check,
      pin: () => {
        check();
        return view.get(table)!();
      },
    });
  }

  /**
   * Makes one committed intent visible, in all its spaces and graphs, in one step.
   *
   * @param ordinal Its commit ordinal
   * @param entries Its entries; copied
   */
  publish(ordinal: number, entries: CommittedEntries): void {
    this.#ordinal = Math.max(this.#ordinal, ordinal);
    this.#tail.add(entries);
    if (this.#closed) return;
    for (const { space, from, to } of rangesOf(entries)) {
      const full = this.tables.get(space)?.add(entries, from, to);
      if (full !== undefined) this.#ordering.add(full);
    }
  }

  /**
   * Takes incidence rows of edges that were published.
   *
   * @param graph The number of the graph
   * @param rows The rows; copied
   */
  addRows(graph: number, rows: CommittedEntries): void {
    this.#tail.addRows(rows);
    if (this.#closed) return;
    for (const { space, from, to } of rangesOf(rows)) {
      this.#ordering.add(this.tables.of({ space: graph, of: space }).add(rows, from, to));
    }
  }

  /**
   * Makes runs visible that the durable manifest lists.
   *
   * @param ordinal The commit ordinal of their entries
   * @param adopted What `writeEntries` gave
   * @param entries What is in them, for the case that they cannot be read now
   */
  publishRuns(ordinal: number, { runs, seen }: AdoptedRuns, entries: CommittedEntries): void {
    this.#ordinal = Math.max(this.#ordinal, ordinal);
    const unread = new Set<number>();
    for (const run of runs) {
      const { content, shape } = this.tables.of(run);
      const file = this.#files.tryOpen(shape, run);
      if (file !== undefined) content.addFile(run.id, file);
      else if (run.of !== undefined) unread.add(run.space);
      else content.addFile(run.id, ...contentOf(shape, run.space, entries).unwritten());
    }
    // What came to the graph after the rows were derived knows nothing of these edges, nor they of it.
    for (const { space, from, to } of rangesOf(entries)) {
      const table = this.tables.of({ space });
      if (unread.has(space) || seen.get(space) !== table.underived.added) {
        table.note(entries, from, to);
      }
    }
  }

  /**
   * The revisions of what was committed at an address, from one on: what is older is not read.
   *
   * @param space The space's number
   * @param point The point
   * @param from The lowest that is asked for
   * @returns Newest first, each once
   * @throws {CorruptionError} If a run file of the space is damaged
   */
  revisionsFrom(space: number, point: readonly number[], from: Revision): readonly Revision[] {
    const table = this.tables.get(space);
    if (table === undefined) return [];
    const { shape } = table;
    const coordinates = shape.newCoordinates(1);
    coordinates.set(point);
    return revisionsFrom(this.pin(table).runs, shape.keysOf(coordinates, 1), point, from);
  }

  /**
   * Writes everything published so far that is in no run file into run files, one a table, and makes
   * them durable. They count once the manifest lists them: then call `accept`, and `keep` if it does not.
   *
   * @param takeId Gives the number of each new file
   * @returns The runs, for the manifest
   * @throws {InfiniteDbError} If the platform fails; then none of the files is left
   */
  async writeRuns(takeId: () => number): Promise<RunRecord[]> {
    this.#tail.leave();
    try {
      const leaving = Array.from(this.tables, (table) => ({
        table,
        chunks: table.content.leave(),
      }));
      return await writeLeaving(
        this.#files,
        takeId,
        leaving.filter(({ chunks }) => chunks.length > 0),
      );
    } catch (error) {
      this.keep();
      throw error;
    }
  }

  /**
   * The same for entries that are not published.
   *
   * @param takeId Gives the number of each new file
   * @param entries The entries
   * @param derived The incidence rows of edges among them
   */
  async writeEntries(
    takeId: () => number,
    entries: CommittedEntries,
    derived: Iterable<DerivedRows | undefined> = [],
  ): Promise<AdoptedRuns> {
    return await writeAdopted(this.#files, this.tables, takeId, entries, derived);
  }

  /**
   * The durable manifest lists what `writeRuns` gave.
   *
   * @param runs That
   */
  accept(runs: readonly RunRecord[]): void {
    for (const run of runs) {
      const { content, shape } = this.tables.of(run);
      content.left(run.id, this.#files.tryOpen(shape, run));
    }
    this.#tail.left();
  }

  /** The manifest does not list what `writeRuns` gave: it stays in the tail. */
  keep(): void {
    for (const { content } of this.tables) content.stay();
    this.#tail.stay();
  }

  /**
   * Merges run files of one table into one. It counts once the manifest lists it in their place: then
   * call `replace`.
   *
   * @param id The number of the new file
   * @param runs The runs, as the manifest lists them
   * @param limits Where only the latest versions are kept: what has to stay
   * @param pause Called between slices; may throw to give up
   */
  async merge(
    id: number,
    runs: readonly RunRecord[],
    limits: MergeLimits,
    pause: () => Promise<void>,
  ): Promise<Merged> {
    const table = this.tables.of(runs[0]);
    table.open();
    return await mergeRuns(this.#files, { id, runs, limits, pause }, table);
  }

  /**
   * The durable manifest lists a run in the place of others.
   *
   * @param runs Those
   * @param merged What was made of them
   */
  replace(runs: readonly RunRecord[], { table, run, dropped }: Merged): void {
    const { content, shape } = this.tables.of(table);
    const file = run && this.#files.open(shape, run);
    content.replaceFiles(runs.map(({ id }) => id), file);
    content.drop(dropped);
    for (const { id } of runs) this.#files.retire(id);
  }

  /** The manifest does not list a run that was written. */
  forget(run: RunRecord): void {
    this.#files.forget(run.id);
  }

  /**
   * Ends all reading and lets go of the memory, at once; resolves when no file is being removed any more.
   * Closing twice is closing once.
   */
  async close(): Promise<void> {
    this.#closed = true;
    for (const table of this.tables) table.clear();
    this.#cache.close();
    await Promise.all([this.#files.close(), this.#ordering.stop()]);
  }

  /**
   * Throws when it was closed.
   *
   * @throws {ClosedError} Then
   */
  checkOpen(): void {
    if (this.#closed) throw new ClosedError(`${this.#root} was closed`, { file: this.#root });
  }
}
