/**
 * A database with many committed entries in the logs of its sessions, as a kill leaves it.
 *
 * @module
 */

import { spawnSync } from "node:child_process";
import { cpSync, readdirSync, rmSync } from "node:fs";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { platformStorage } from "../../lib/file/platform.ts";
import type { FileStorage } from "../../mod.ts";

/** Entries of each intent. */
export const INTENT_ENTRIES = 100;

/** Sessions that wrote. */
export const SESSIONS = 16;

/** What to fill. */
export interface FillOrder {
  /** A directory that is free. */
  root: string;
  /** Entries in all sessions together. */
  entries: number;
}

/** What was filled in. */
export interface Filling {
  /** The name of the space. */
  space: string;
  /** Entries, in all sessions together. */
  entries: number;
  /** Intents, in all sessions together. */
  intents: number;
  /** The sessions, in the order in which they took turns. */
  sessions: number[];
  /** Of all entries. */
  fingerprint: string;
}

const CHILD = fileURLToPath(new URL("./fill_sessions_child.ts", import.meta.url));

/** A database that can be opened again and again, each time as after a kill. */
export class LargeDatabase {
  /** What is in it. */
  readonly filling: Filling;
  readonly #root: string;
  readonly #copy: string;
  readonly #storage: FileStorage;

  private constructor(root: string, filling: Filling, storage: FileStorage) {
    this.filling = filling;
    this.#root = root;
    this.#copy = `${root}_copy`;
    this.#storage = storage;
  }

  /**
   * Fills a database, in a process of its own that ends without closing it.
   *
   * @param order What and how much
   */
  static async fill(order: FillOrder): Promise<LargeDatabase> {
    const run = process.versions.deno === undefined ? [] : ["run", "-A"];
    const child = spawnSync(process.execPath, [...run, CHILD, JSON.stringify(order)], {
      encoding: "utf8",
      stdio: ["ignore", "pipe", "inherit"],
    });
    if (child.status !== 0) throw new Error(`Filling the database ended with ${child.status}`);
    return new LargeDatabase(order.root, JSON.parse(child.stdout), await platformStorage());
  }

  /**
   * Makes a durable copy of what the process left; an earlier copy goes.
   *
   * @returns The root of the copy
   */
  copy(): string {
    rmSync(this.#copy, { recursive: true, force: true });
    cpSync(this.#root, this.#copy, { recursive: true });
    for (const name of readdirSync(this.#copy, { recursive: true, encoding: "utf8" })) {
      if (!/\.\w+$/.test(name)) continue;
      const file = this.#storage.open(`${this.#copy}/${name}`, { write: true });
      file.syncSync();
      file.close();
    }
    return this.#copy;
  }

  /** Bytes of all logs. */
  get logBytes(): number {
    let bytes = 0;
    for (const path of this.#logs()) {
      const file = this.#storage.open(path);
      bytes += file.size();
      file.close();
    }
    return bytes;
  }

  /**
   * Reads the logs from front to back, with no sense made of them.
   *
   * @param pieceBytes Bytes of each read
   */
  *pieces(pieceBytes: number): Generator<Uint8Array> {
    const piece = new Uint8Array(pieceBytes);
    for (const path of this.#logs()) {
      const file = this.#storage.open(path);
      const size = file.size();
      for (let at = 0; at < size; at += pieceBytes) {
        yield piece.subarray(0, file.readAt(piece, at));
      }
      file.close();
    }
  }

  #logs(): string[] {
    const directory = `${this.#root}/sessions`;
    return readdirSync(directory).map((name) => `${directory}/${name}`);
  }
}
