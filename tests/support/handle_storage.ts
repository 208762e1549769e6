/**
 * A storage in memory that knows which of its files are open.
 *
 * @module
 */

import { MemoryStorage, type OpenFileOptions, type StorageFile } from "../../mod.ts";

/** Counts descriptors. */
export class HandleStorage extends MemoryStorage {
  readonly #open = new Set<StorageFile>();

  /** The names by which open files were opened, sorted. */
  get handles(): string[] {
    return Array.from(this.#open, (file) => file.path).sort();
  }

  override open(path: string, options?: OpenFileOptions): StorageFile {
    const file = super.open(path, options);
    const { close } = file;
    file.close = () => {
      close.call(file);
      this.#open.delete(file);
    };
    this.#open.add(file);
    return file;
  }
}
