/**
 * A fresh directory for the files of a bench, on a real disk: memory has no barrier to measure.
 *
 * @module
 */

import { mkdirSync, mkdtempSync, rmSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The project's own, ignored by git. */
const DEFAULT_PARENT = fileURLToPath(new URL("../../tmp/", import.meta.url));

/** A directory that is gone when its scope is left. */
export class WorkDirectory implements Disposable {
  /** Its path, without a separator at the end. */
  readonly path: string;

  /** @param parent Where to make it; the project's `tmp/` by default */
  constructor(parent: string = DEFAULT_PARENT) {
    mkdirSync(parent, { recursive: true });
    this.path = mkdtempSync(`${parent.replace(/\/+$/, "")}/bench-`);
  }

  /** Removes it with all that is in it. */
  [Symbol.dispose](): void {
    rmSync(this.path, { recursive: true, force: true });
  }
}
