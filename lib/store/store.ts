/**
 * What is visible: everything that was committed, in memory, with run files that bring it back.
 *
 * Every run is committed, so what a reader sees is the list of runs it took when it began. Per address the
 * highest revision wins, and if that is a tombstone, nothing stands there.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import {
  asInfiniteDbError,
  ClosedError,
  CorruptionError,
  describe,
  NotFoundError,
} from "../errors.ts";
import { joinPath } from "../file/path.ts";
import type { FileStorage } from "../file/storage.ts";
import { invariant } from "../invariant.ts";
import type { ManifestState, RunRecord, SpaceRecord } from "./manifest_state.ts";
import { readRunFile, writeRunFile } from "./run_file.ts";
import type { Space, SpaceReader } from "./space.ts";
import { bySpace, type StoredEntry } from "./stored_entry.ts";
import { type Runs, SpaceContent } from "./content.ts";
import { everyVersion } from "./history.ts";
import { revisionAt } from "./columns.ts";
import { shapeOf } from "./shape.ts";
import { ViewReader } from "./view_reader.ts";

/** The name of the directory of run files. */
export const RUNS_NAME = "runs";

/** What an entry of the tail counts beside its data, in bytes. */
export const TAIL_ENTRY_BYTES = 48;

/**
 * The path of a run file.
 *
 * @param root The root's path
 * @param id The run's number
 */
export function runPath(root: string, id: number): string {
  return joinPath(joinPath(root, RUNS_NAME), `${id}.run`);
}

/** What was made visible in one step. */
interface Publication {
  ordinal: number;
  entries: readonly StoredEntry[];
  bytes: number;
}

/** One space: its record, its reader, and what is known of its content. */
interface StoredSpace {
  record: SpaceRecord;
  reader: Space;
  /** Run files that were listed at the opening and are not read yet. */
  unread: readonly RunRecord[];
  content: SpaceContent;
}

/** What every space held at one moment. */
export type StoreView = ReadonlyMap<number, () => Runs>;

/**
 * The committed content of an open database.
 *
 * States: *open*; *closed*, in which reads throw, and publishing changes nothing that anybody sees.
 * Publishing never fails and never waits: what it brings is put in order at the next read.
 */
export class Store {
  readonly #storage: FileStorage;
  readonly #root: string;
  readonly #byId = new Map<number, StoredSpace>();
  readonly #byName = new Map<string, StoredSpace>();
  /** Published, and not yet in any space's versions. */
  #unordered: Publication[] = [];
  /** Published, and not yet in a run file. */
  #tail: Publication[] = [];
  #tailBytes = 0;
  #tailEntries = 0;
  #ordinal = 0;
  #runsDirectoryDurable = false;
  #closed = false;

  /**
   * Looks whether every run file is there; reads none.
   *
   * @param storage Where
   * @param root The root's path
   * @param state What the manifest says
   * @throws {CorruptionError} If a run file is missing
   */
  constructor(storage: FileStorage, root: string, state: ManifestState) {
    this.#storage = storage;
    this.#root = root;
    for (const { id } of state.runs) {
      const file = runPath(root, id);
      if (storage.exists(file)) continue;
      throw new CorruptionError(`${file} is missing, but the manifest lists it`, { file });
    }
    for (const record of state.spaces) {
      this.#add(record, state.runs.filter((run) => run.space === record.id));
    }
  }

  /** The ordinal of the newest publication. */
  get ordinal(): number {
    return this.#ordinal;
  }

  /** What is not yet in a run file: its data, and 48 bytes an entry. */
  get tailBytes(): number {
    return this.#tailBytes;
  }

  /** How many entries are not yet in a run file. */
  get tailEntries(): number {
    return this.#tailEntries;
  }

  /**
   * Makes a space known, once the manifest lists it.
   *
   * @param record The space; neither its number nor its name is taken
   */
  addSpace(record: SpaceRecord): void {
    this.#add(record, []);
  }

  /**
   * A reader of what is committed at the time of each call.
   *
   * @param name The space's name
   * @throws {NotFoundError} If there is no such space
   */
  space<Data = unknown>(name: string): Space<Data> {
    return this.#named(name).reader as Space<Data>;
  }

  /** A reader of each space, in the order of their numbers. */
  spaces(): Space[] {
    return [...this.#byId.values()].sort((a, b) => a.record.id - b.record.id)
      .map(({ reader }) => reader);
  }

  /** The record of the space of a name. */
  byName(name: string): SpaceRecord | undefined {
    return this.#byName.get(name)?.record;
  }

  /** The record of the space of a number. */
  byId(id: number): SpaceRecord | undefined {
    return this.#byId.get(id)?.record;
  }

  /** What every space holds now; run files that nobody has read yet are read when they are asked for. */
  view(): StoreView {
    this.#checkOpen();
    this.#order();
    const view = new Map<number, () => Runs>();
    for (const [id, stored] of this.#byId) {
      const runs = stored.content.runs();
      const { unread } = stored;
      const complete = unread.length === 0
        ? () => runs
        : () => [...this.#fileRuns(stored, unread), ...runs];
      view.set(id, complete);
    }
    return view;
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
    const { record, content } = this.#named(name);
    const runs = view.get(record.id);
    if (runs === undefined) throw new NotFoundError(`There was no space ${describe(name)} then`);
    return this.#readerOf<Data>(record, content, {
      check,
      pin: () => {
        check();
        return runs();
      },
    });
  }

  /**
   * Makes one committed intent visible, in all its spaces, in one step.
   *
   * @param ordinal Its commit ordinal
   * @param entries Its entries; left alone from now on
   */
  publish(ordinal: number, entries: readonly StoredEntry[]): void {
    const publication = this.#show(ordinal, entries);
    this.#tail.push(publication);
    this.#tailBytes += publication.bytes;
    this.#tailEntries += entries.length;
  }

  /**
   * The same for entries that a run file holds already.
   *
   * @param ordinal Their commit ordinal
   * @param entries The entries; left alone from now on
   */
  publishFlushed(ordinal: number, entries: readonly StoredEntry[]): void {
    this.#show(ordinal, entries);
  }

  /**
   * The revisions of all that was committed at an address.
   *
   * @param space The space's number
   * @param point The point
   * @returns Newest first, each once
   * @throws {CorruptionError} If a run file of the space is damaged
   */
  revisionsAt(space: number, point: readonly number[]): readonly Revision[] {
    const stored = this.#byId.get(space);
    if (stored === undefined) return [];
    const { shape } = stored.content;
    const coordinates = shape.newCoordinates(1);
    coordinates.set(point);
    const versions = everyVersion(this.#runsOf(stored), shape.keysOf(coordinates, 1), point);
    return versions.map(({ run, at }) => {
      const page = run.page(at);
      return revisionAt(page.revisions, at - page.base);
    });
  }

  /**
   * Writes run files, one a space, and makes them durable. They count once the manifest lists them.
   *
   * @param through Everything published up to this ordinal that is in no run file yet
   * @param nextRunId The number of the first file; the others follow
   * @param entries If given, exactly these entries instead
   * @returns The runs, for the manifest
   * @throws {InfiniteDbError} If the platform fails; then none of the files is left
   */
  async writeRuns(
    through: number,
    nextRunId: number,
    entries?: readonly StoredEntry[],
  ): Promise<RunRecord[]> {
    const lists = entries === undefined
      ? this.#tail.filter(({ ordinal }) => ordinal <= through).map((each) => each.entries)
      : [entries];
    const runs: RunRecord[] = [];
    const directory = joinPath(this.#root, RUNS_NAME);
    try {
      for (const [space, ofSpace] of bySpace(lists)) {
        if (runs.length === 0) this.#makeRunsDirectory(directory);
        const id = nextRunId + runs.length;
        const record = this.byId(space);
        invariant(record !== undefined, `space ${space} is known`);
        const identity = { id, space, dims: record.dims };
        const bytes = await writeRunFile(this.#storage, runPath(this.#root, id), identity, ofSpace);
        runs.push({ id, space, entries: ofSpace.length, bytes });
      }
      if (runs.length > 0) this.#storage.syncDirectory(directory);
      return runs;
    } catch (error) {
      for (const { id } of runs) this.#removeRun(id);
      throw asInfiniteDbError(error, `write ${directory}`, directory);
    }
  }

  /**
   * Notes that the durable manifest lists the runs of everything up to an ordinal.
   *
   * @param through The ordinal that `writeRuns` was given
   */
  accept(through: number): void {
    this.#tail = this.#tail.filter((publication) => {
      if (publication.ordinal > through) return true;
      this.#tailBytes -= publication.bytes;
      this.#tailEntries -= publication.entries.length;
      return false;
    });
  }

  /** Ends all reading and lets go of the memory. Closing twice is closing once. */
  close(): void {
    this.#closed = true;
    this.#unordered = [];
    for (const stored of this.#byId.values()) {
      stored.content = new SpaceContent(stored.content.shape);
    }
  }

  #add(record: SpaceRecord, unread: readonly RunRecord[]): void {
    const { id, name } = record;
    invariant(!this.#byId.has(id) && !this.#byName.has(name), `space ${id} is new`);
    const content = new SpaceContent(shapeOf(record));
    const reader = this.#readerOf(record, content, {
      check: () => this.#checkOpen(),
      pin: () => this.#runsOf(this.#byId.get(id)!),
    });
    const stored = { record, reader, unread, content };
    this.#byId.set(id, stored);
    this.#byName.set(name, stored);
  }

  #named(name: string): StoredSpace {
    const stored = this.#byName.get(name);
    if (stored === undefined) throw new NotFoundError(`There is no space ${describe(name)}`);
    return stored;
  }

  #readerOf<Data>(
    record: SpaceRecord,
    { shape }: SpaceContent,
    source: { check(): void; pin(): Runs },
  ): ViewReader<Data> {
    const { name, dims, bits, axes, retention } = record;
    const config = Object.freeze({ dims, bits, axes: Object.freeze([...axes]), retention });
    return new ViewReader<Data>(name, config, { shape, ...source });
  }

  #show(ordinal: number, entries: readonly StoredEntry[]): Publication {
    let bytes = entries.length * TAIL_ENTRY_BYTES;
    for (const entry of entries) {
      if (entry.kind === "write") bytes += entry.data.length;
    }
    const publication = { ordinal, entries, bytes };
    if (!this.#closed) this.#unordered.push(publication);
    this.#ordinal = Math.max(this.#ordinal, ordinal);
    return publication;
  }

  /** A space's runs, with everything published so far in them. */
  #runsOf(stored: StoredSpace): Runs {
    this.#checkOpen();
    this.#order();
    if (stored.unread.length > 0) {
      // All of them or none: a version of an older run must not stand in for one that is damaged.
      const lists = stored.unread.map((run) => this.#read(run, stored.record.dims));
      for (const list of lists) stored.content.add(list);
      stored.unread = [];
    }
    return stored.content.runs();
  }

  /** The runs of files that were not read when a view was taken. */
  #fileRuns(stored: StoredSpace, unread: readonly RunRecord[]): Runs {
    this.#checkOpen();
    const content = new SpaceContent(stored.content.shape);
    for (const run of unread) content.add(this.#read(run, stored.record.dims));
    return content.runs();
  }

  #order(): void {
    for (const { entries } of this.#unordered) {
      for (const [space, ofSpace] of bySpace([entries])) {
        this.#byId.get(space)?.content.add(ofSpace);
      }
    }
    this.#unordered = [];
  }

  #read(run: RunRecord, dims: number): StoredEntry[] {
    const file = runPath(this.#root, run.id);
    const entries = readRunFile(this.#storage, file, { id: run.id, space: run.space, dims });
    if (entries.length === run.entries) return entries;
    throw new CorruptionError(
      `${file} is corrupt: it has ${entries.length} entries, the manifest says ${run.entries}`,
      { file, expected: run.entries, found: entries.length },
    );
  }

  /** A run is no more durable than the name of the directory it is in. */
  #makeRunsDirectory(directory: string): void {
    if (this.#runsDirectoryDurable) return;
    this.#storage.makeDirectory(directory);
    this.#storage.syncDirectory(this.#root);
    this.#runsDirectoryDurable = true;
  }

  /** As far as the platform lets us: the next opening removes what is not listed. */
  #removeRun(id: number): void {
    try {
      this.#storage.remove(runPath(this.#root, id));
    } catch {
      return;
    }
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError(`${this.#root} was closed`, { file: this.#root });
  }
}
