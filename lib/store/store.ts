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
import { invariant } from "../invariant.ts";
import { CACHE_BYTES_MAX } from "../limits.ts";
import { type CommittedEntries, rangesOf } from "./committed.ts";
import { type Pinned, SpaceContent } from "./content.ts";
import { everyVersion, revisionsOf } from "./history.ts";
import type { FileRun } from "./file_run.ts";
import type { ManifestState, RunRecord, SpaceRecord } from "./manifest_state.ts";
import { PageCache } from "./page_cache.ts";
import { contentOf, type Merged, type MergeLimits, mergeRuns, writeLeaving } from "./run_making.ts";
import { RunFiles } from "./run_files.ts";
import { shapeOf } from "./shape.ts";
import type { Space, SpaceReader } from "./space.ts";
import { TailSize } from "./tail_size.ts";
import { ViewReader } from "./view_reader.ts";

/** Run files listed at the opening, shared by the space and by views taken before anybody read them. */
interface Unread {
  readonly records: readonly RunRecord[];
  /** Once they were opened: a view keeps them, whatever becomes of their names. */
  files?: readonly FileRun[];
}

/** One space: its record, its reader, and what is known of its content. */
interface StoredSpace {
  record: SpaceRecord;
  reader: Space;
  /** Run files that were listed at the opening and that nobody has asked for yet. */
  unread: Unread | undefined;
  content: SpaceContent;
}

/** What every space held at one moment. */
export type StoreView = ReadonlyMap<number, () => Pinned>;

/**
 * The committed content of an open database.
 *
 * States: *open*; *closed*, in which reads throw, and publishing changes nothing that anybody sees.
 * Publishing never fails and never waits: what it brings is put in order at the next read.
 */
export class Store {
  readonly #root: string;
  readonly #files: RunFiles;
  readonly #byId = new Map<number, StoredSpace>();
  readonly #byName = new Map<string, StoredSpace>();
  readonly #tail = new TailSize();
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
    this.#files = new RunFiles(storage, root, new PageCache(cacheBytesMax));
    for (const run of state.runs) this.#files.checkThere(run);
    for (const record of state.spaces) {
      const runs = state.runs.filter((run) => run.space === record.id);
      this.#add(record, runs, state.dropped.get(record.id));
    }
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
   * Opens every run file, for a reader beside a writer that may remove them: whoever has a file open
   * may read it. One that does not verify is told when it is read.
   */
  holdFiles(): void {
    for (const { unread, content } of this.#byId.values()) {
      for (const run of unread?.records ?? []) this.#files.hold(content.shape, run);
    }
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
    const view = new Map<number, () => Pinned>();
    for (const [id, stored] of this.#byId) {
      const pinned = stored.content.pin();
      const { unread } = stored;
      const complete = (): Pinned => {
        this.#openFiles(stored);
        return { ...pinned, runs: [...unread!.files!, ...pinned.runs] };
      };
      view.set(id, unread === undefined ? () => pinned : complete);
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
    const pinned = view.get(record.id);
    if (pinned === undefined) throw new NotFoundError(`There was no space ${describe(name)} then`);
    return this.#readerOf<Data>(record, content, {
      check,
      pin: () => {
        check();
        return pinned();
      },
    });
  }

  /**
   * Makes one committed intent visible, in all its spaces, in one step.
   *
   * @param ordinal Its commit ordinal
   * @param entries Its entries; copied
   */
  publish(ordinal: number, entries: CommittedEntries): void {
    this.#ordinal = Math.max(this.#ordinal, ordinal);
    this.#tail.add(entries);
    if (this.#closed) return;
    for (const { space, from, to } of rangesOf(entries)) {
      this.#byId.get(space)?.content.add(entries, from, to);
    }
  }

  /**
   * Makes runs visible that the durable manifest lists.
   *
   * @param ordinal The commit ordinal of their entries
   * @param runs What `writeEntries` gave
   * @param entries What is in them, for the case that they cannot be read now
   */
  publishRuns(ordinal: number, runs: readonly RunRecord[], entries: CommittedEntries): void {
    this.#ordinal = Math.max(this.#ordinal, ordinal);
    for (const run of runs) {
      const { content } = this.#byId.get(run.space)!;
      const file = this.#files.tryOpen(content.shape, run);
      const standIn = contentOf(content.shape, run.space, entries);
      content.addFile(run.id, ...file === undefined ? standIn.unwritten() : [file]);
    }
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
    return revisionsOf(
      everyVersion(this.#pinned(stored).runs, shape.keysOf(coordinates, 1), point),
    );
  }

  /**
   * Writes everything published so far that is in no run file into run files, one a space, and makes
   * them durable. They count once the manifest lists them: then call `accept`, and `keep` if it does not.
   *
   * @param takeId Gives the number of each new file
   * @returns The runs, for the manifest
   * @throws {InfiniteDbError} If the platform fails; then none of the files is left
   */
  async writeRuns(takeId: () => number): Promise<RunRecord[]> {
    this.#tail.leave();
    try {
      const leaving = [...this.#byId].map(([space, { content }]) => ({
        space,
        chunks: content.leave(),
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
   */
  async writeEntries(takeId: () => number, entries: CommittedEntries): Promise<RunRecord[]> {
    const spaces = new Set(entries.spaces.subarray(0, entries.length));
    const leaving = [...spaces].map((space) => {
      const { shape } = this.#byId.get(space)!.content;
      return { space, chunks: contentOf(shape, space, entries).leave() };
    });
    return await writeLeaving(this.#files, takeId, leaving);
  }

  /**
   * The durable manifest lists what `writeRuns` gave.
   *
   * @param runs That
   */
  accept(runs: readonly RunRecord[]): void {
    for (const run of runs) {
      const { content } = this.#byId.get(run.space)!;
      content.left(run.id, this.#files.tryOpen(content.shape, run));
    }
    this.#tail.left();
  }

  /** The manifest does not list what `writeRuns` gave: it stays in the tail. */
  keep(): void {
    for (const { content } of this.#byId.values()) content.stay();
    this.#tail.stay();
  }

  /**
   * Merges run files of one space into one. It counts once the manifest lists it in their place: then
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
    const stored = this.#byId.get(runs[0].space)!;
    const { content } = stored;
    this.#openFiles(stored);
    return await mergeRuns(this.#files, { id, runs, limits, pause }, stored.record, content);
  }

  /**
   * The durable manifest lists a run in the place of others.
   *
   * @param runs Those
   * @param merged What was made of them
   */
  replace(runs: readonly RunRecord[], { space, run, dropped }: Merged): void {
    const { content } = this.#byId.get(space)!;
    const file = run && this.#files.open(content.shape, run);
    content.replaceFiles(runs.map(({ id }) => id), file);
    content.drop(dropped);
    for (const { id } of runs) this.#files.retire(id);
  }

  /** The manifest does not list a run that was written. */
  forget(run: RunRecord): void {
    this.#files.forget(run.id);
  }

  /** Ends all reading and lets go of the memory. Closing twice is closing once. */
  close(): void {
    this.#closed = true;
    this.#files.close();
    for (const stored of this.#byId.values()) {
      stored.content = new SpaceContent(stored.content.shape);
    }
  }

  #add(record: SpaceRecord, records: readonly RunRecord[], dropped?: Revision): void {
    const { id, name } = record;
    invariant(!this.#byId.has(id) && !this.#byName.has(name), `space ${id} is new`);
    const content = new SpaceContent(shapeOf(record), dropped);
    const reader = this.#readerOf(record, content, {
      check: () => this.#checkOpen(),
      pin: () => this.#pinned(this.#byId.get(id)!),
    });
    const unread = records.length === 0 ? undefined : { records };
    const stored: StoredSpace = { record, reader, unread, content };
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
    source: { check(): void; pin(): Pinned },
  ): ViewReader<Data> {
    const { name, dims, bits, axes, retention } = record;
    const config = Object.freeze({ dims, bits, axes: Object.freeze([...axes]), retention });
    return new ViewReader<Data>(name, config, { shape, ...source });
  }

  /** A space as of now. */
  #pinned(stored: StoredSpace): Pinned {
    this.#checkOpen();
    this.#openFiles(stored);
    return stored.content.pin();
  }

  /** All of them or none: a version in an older run must not stand in for one that is damaged. */
  #openFiles(stored: StoredSpace): void {
    const { unread } = stored;
    if (unread === undefined) return;
    this.#checkOpen();
    const files = unread.records.map((run) => this.#files.open(stored.content.shape, run));
    files.forEach((file) => stored.content.addFile(file.id, file));
    unread.files = files;
    stored.unread = undefined;
  }

  #checkOpen(): void {
    if (this.#closed) throw new ClosedError(`${this.#root} was closed`, { file: this.#root });
  }
}
