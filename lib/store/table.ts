/**
 * A table: what is committed under one number, with the run files that bring it back. The records of a
 * space are one, the edges of a graph are one, and so are a graph's incidence rows about the points of
 * one space.
 *
 * @module
 */

import type { Revision } from "../clock/revision.ts";
import type { CommittedEntries } from "./committed.ts";
import { type Pinned, SpaceContent } from "./content.ts";
import type { FileRun } from "./file_run.ts";
import type { RunRecord, TableNumbers } from "./manifest_state.ts";
import type { RunFiles } from "./run_files.ts";
import { EDGE_SHAPE, type Shape } from "./shape.ts";
import type { TailChunk } from "./tail_chunk.ts";
import { VersionList } from "./version_list.ts";

/** What a table is like. */
export interface TableForm extends TableNumbers {
  /** The form of its columns. */
  readonly shape: Shape;
  /** Which versions a merge keeps. */
  readonly retention: "all" | "latest";
}

/** Run files listed at the opening, shared by the table and by views taken before anybody read them. */
interface Unread {
  readonly records: readonly RunRecord[];
  /** Once they were opened: a view keeps them, whatever becomes of their names. */
  files?: readonly FileRun[];
}

/** Where the run files of a table are. */
export interface TableSource {
  /** The files. */
  readonly files: RunFiles;
  /** Throws when the store was closed. */
  readonly check: () => void;
  /** Those that the manifest listed at the opening. */
  readonly listed: readonly RunRecord[];
}

/** One table. */
export class Table implements TableForm {
  readonly space: number;
  readonly of?: number;
  readonly shape: Shape;
  readonly retention: "all" | "latest";
  /** What it holds, but for files that nobody has asked for yet: call `open` first where that matters. */
  content: SpaceContent;
  /** Of edges: versions whose incidence rows are not there yet. */
  readonly underived: VersionList = new VersionList();
  readonly #source: TableSource;
  /** Run files that were listed at the opening and that nobody has asked for yet. */
  #unread: Unread | undefined;

  /**
   * @param form What it is like
   * @param source Where its run files are
   * @param dropped What it was as of an earlier revision is not known
   */
  constructor(form: TableForm, source: TableSource, dropped?: Revision) {
    this.space = form.space;
    if (form.of !== undefined) this.of = form.of;
    this.shape = form.shape;
    this.retention = form.retention;
    this.content = new SpaceContent(form.shape, dropped);
    this.#source = source;
    this.#unread = source.listed.length === 0 ? undefined : { records: source.listed };
  }

  /**
   * Opens what nobody has asked for yet: all of it or nothing, since a version in an older run must not
   * stand in for one that is damaged.
   *
   * @throws {CorruptionError} If a run file does not verify
   */
  open(): void {
    const unread = this.#unread;
    if (unread === undefined) return;
    this.#source.check();
    const files = unread.records.map((run) => this.#source.files.open(this.shape, run));
    files.forEach((file) => this.content.addFile(file.id, file));
    unread.files = files;
    this.#unread = undefined;
  }

  /**
   * Committed entries come.
   *
   * @param entries They are among these; copied
   * @param from The first
   * @param to The end, exclusive
   * @returns Pieces of the tail that are full now
   */
  add(entries: CommittedEntries, from: number, to: number): readonly TailChunk[] {
    this.note(entries, from, to);
    return this.content.add(entries, from, to);
  }

  /**
   * Versions of edges came, by whatever road: their rows have to be derived.
   *
   * @param entries They are among these; copied
   * @param from The first
   * @param to The end, exclusive
   */
  note(entries: CommittedEntries, from: number, to: number): void {
    if (this.shape === EDGE_SHAPE) this.underived.add(entries, from, to);
  }

  /** What it holds now. */
  pin(): Pinned {
    this.open();
    return this.content.pin();
  }

  /** What it holds now, to be asked for later: files that nobody has read yet are read then. */
  view(): () => Pinned {
    const pinned = this.content.pin();
    const unread = this.#unread;
    if (unread === undefined) return () => pinned;
    let read: Pinned | undefined;
    return () => {
      this.open();
      return read ??= { ...pinned, runs: [...unread.files!, ...pinned.runs] };
    };
  }

  /** Opens every file, for a reader beside a writer; one that does not verify is told when it is read. */
  hold(): void {
    for (const run of this.#unread?.records ?? []) this.#source.files.hold(this.shape, run);
  }

  /** Lets go of the memory. */
  clear(): void {
    this.content = new SpaceContent(this.shape);
  }
}
