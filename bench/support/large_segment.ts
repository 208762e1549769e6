/**
 * A large segment file, as a kill leaves it: the header lags by a group and preallocated zeros follow
 * the last one.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { platformStorage } from "../../lib/file/platform.ts";
import { FastSegment, type FileStorage } from "../../mod.ts";

/** Entries in each group. */
export const GROUP_ENTRIES = 1000;

/** Whose segment it is. */
export const SESSION = 1;

/** What to fill, and when to stop. */
export interface FillOrder {
  /** A directory that is free. */
  root: string;
  /** Stop at this many entries, */
  entries: number;
  /** or at this many bytes of file. */
  bytes: number;
}

/** What was filled in, and what a kill would have left. */
export interface Filling {
  /** The file. */
  path: string;
  /** Entries in it. */
  entries: number;
  /** Of all of them. */
  fingerprint: string;
  /** Where the last group ends. */
  committedBytes: number;
  /** The length of the file. */
  fileBytes: number;
  /** The bytes of its header. */
  header: number[];
}

const CHILD = fileURLToPath(new URL("./fill_child.ts", import.meta.url));

/** A segment file that can be opened again and again, each time as after a kill. */
export class LargeSegment {
  /** What is in it. */
  readonly filling: Filling;
  readonly #root: string;
  readonly #storage: FileStorage;

  private constructor(root: string, filling: Filling, storage: FileStorage) {
    this.filling = filling;
    this.#root = root;
    this.#storage = storage;
  }

  /**
   * Fills a segment, in a process of its own.
   *
   * @param order What and how much
   */
  static async fill(order: FillOrder): Promise<LargeSegment> {
    const run = process.versions.deno === undefined ? [] : ["run", "-A"];
    const child = spawnSync(process.execPath, [...run, CHILD, JSON.stringify(order)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.status !== 0) throw new Error(`Filling the segment ended with ${child.status}`);
    return new LargeSegment(order.root, JSON.parse(child.stdout), await platformStorage());
  }

  /** Opens it to write. */
  open(): Promise<FastSegment> {
    return FastSegment.open(this.#root, SESSION);
  }

  /** Brings the file back into the state a kill left it in, and makes that durable. */
  restore(): void {
    const file = this.#storage.open(this.filling.path, { write: true });
    file.truncate(this.filling.fileBytes);
    file.writeAt(Uint8Array.from(this.filling.header), 0);
    file.syncSync();
    file.close();
  }

  /**
   * Reads the groups from front to back, with no sense made of them.
   *
   * @param pieceBytes Bytes of each read
   */
  *pieces(pieceBytes: number): Generator<Uint8Array> {
    const { path, committedBytes } = this.filling;
    const file = this.#storage.open(path);
    const piece = new Uint8Array(pieceBytes);
    for (let at = 0; at < committedBytes; at += pieceBytes) {
      const wanted = Math.min(pieceBytes, committedBytes - at);
      yield piece.subarray(0, file.readAt(piece.subarray(0, wanted), at));
    }
    file.close();
  }
}
