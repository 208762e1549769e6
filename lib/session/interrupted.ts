/**
 * Intents that were made durable and then neither committed nor abandoned: their session ended first.
 * They stay until somebody decides.
 *
 * @module
 */

import { decodeValue } from "../bytes/value.ts";
import type { Revision } from "../clock/revision.ts";
import { StaleIntentError } from "../errors.ts";
import type { Hyperedge } from "../hyperedge.ts";
import type { CommitResult } from "./batch.ts";
import type { DataEntry } from "../segment/entry_list.ts";
import type { Medium } from "./intent.ts";

/** A record of an interrupted intent. */
export interface InterruptedRecord {
  /** The name of the space. */
  space: string;
  /** The point. */
  point: number[];
  /** When and by whom. */
  revision: Revision;
  /** The value; undefined for a deletion. */
  data: unknown;
  /** Whether it is a deletion. */
  deleted: boolean;
}

/** A relation of an interrupted intent. */
export interface InterruptedEdge {
  /** The name of the graph. */
  graph: string;
  /** The id of the edge. */
  id: bigint;
  /** The edge; undefined where it is taken back. */
  edge?: Hyperedge;
}

/** What can be done with an interrupted intent. */
export interface Resolution {
  /** The name of a space. */
  nameOf(space: number): string;
  /** Whether a number is of a graph. */
  isGraph(number: number): boolean;
  /** An entry of a graph as a relation. */
  edgeIn(entry: DataEntry): InterruptedEdge;
  /** Commits it, durably and in one step. */
  adopt(intent: InterruptedIntent, content: readonly DataEntry[]): Promise<CommitResult>;
  /** Gives it up, durably and in one step. */
  discard(intent: InterruptedIntent): Promise<void>;
}

/** Entries of an ended session that are durable and that no verdict settles. */
export class InterruptedIntent {
  /** The session that wrote it. */
  readonly session: number;
  /** The first revision. */
  readonly first: Revision;
  /** The last revision. */
  readonly last: Revision;
  /** How many entries. */
  readonly entries: number;
  /** The file that holds it. */
  readonly medium: "fast" | "wal";

  readonly #content: readonly DataEntry[];
  readonly #resolution: Resolution;
  #state: "unresolved" | "being resolved" | "resolved" = "unresolved";

  /**
   * Databases make them; see `db.interrupted()`.
   *
   * @param session Whose
   * @param content The entries, oldest first
   * @param medium The file that holds them
   * @param resolution Does what is decided
   */
  constructor(
    session: number,
    content: readonly DataEntry[],
    medium: Medium,
    resolution: Resolution,
  ) {
    this.session = session;
    this.first = content[0].revision;
    this.last = content[content.length - 1].revision;
    this.entries = content.length;
    this.medium = medium;
    this.#content = content;
    this.#resolution = resolution;
  }

  /** The records that it would make visible or delete, in the order written. */
  *records(): Generator<InterruptedRecord> {
    for (const entry of this.#content) {
      if (this.#resolution.isGraph(entry.address.space)) continue;
      const deleted = entry.kind === "tombstone";
      yield {
        space: this.#resolution.nameOf(entry.address.space),
        point: [...entry.address.point],
        revision: entry.revision,
        data: deleted ? undefined : decodeValue(entry.data),
        deleted,
      };
    }
  }

  /** The relations that it would make visible or take back, in the order written. */
  *edges(): Generator<InterruptedEdge> {
    for (const entry of this.#content) {
      if (this.#resolution.isGraph(entry.address.space)) yield this.#resolution.edgeIn(entry);
    }
  }

  /**
   * Commits it: every reader sees all of it from then on, at the revisions it was written with.
   *
   * @returns As a commit does; collisions are what other sessions wrote there after its first revision
   * @throws {StaleIntentError} If it was adopted or discarded before
   */
  async adopt(): Promise<CommitResult> {
    return await this.#resolve(() => this.#resolution.adopt(this, this.#content));
  }

  /**
   * Gives it up for good.
   *
   * @throws {StaleIntentError} If it was adopted or discarded before
   */
  async discard(): Promise<void> {
    await this.#resolve(() => this.#resolution.discard(this));
  }

  async #resolve<T>(decide: () => Promise<T>): Promise<T> {
    if (this.#state !== "unresolved") {
      throw new StaleIntentError(
        `The interrupted intent of session ${this.session} (${this.entries} entries up to ${this.last}) is ${this.#state} already`,
      );
    }
    this.#state = "being resolved";
    try {
      const result = await decide();
      this.#state = "resolved";
      return result;
    } catch (error) {
      this.#state = "unresolved";
      throw error;
    }
  }
}
