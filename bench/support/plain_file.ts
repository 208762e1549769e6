/**
 * A file by the platform's plainest calls, with nothing of ours in between: what the floor is made of.
 * The calls are those that `lib/file/` rests on, so both sides stand on the same ground.
 *
 * @module
 */

import * as fs from "node:fs";

/** A new file, written from front to back. */
export interface PlainFile {
  /** Sets its length; what is added is a hole. */
  truncate(bytes: number): void;
  /** Writes behind what was written last. */
  write(bytes: Uint8Array): void;
  /** One fdatasync, blocking. */
  syncDataSync(): void;
  /** One fdatasync on a thread of the runtime. */
  syncData(): Promise<void>;
  /** Releases the descriptor. */
  close(): void;
}

/**
 * Creates a file.
 *
 * @param path A name that is free
 */
export function createPlainFile(path: string): PlainFile {
  const runtime = globalThis as { Deno?: typeof Deno };
  return runtime.Deno === undefined ? createOnBun(path) : createOnDeno(path, runtime.Deno);
}

function createOnDeno(path: string, deno: typeof Deno): PlainFile {
  const file = deno.openSync(path, { read: true, write: true, createNew: true });
  return {
    truncate: (bytes) => file.truncateSync(bytes),
    write: (bytes) => checkWritten(file.writeSync(bytes), bytes.length),
    syncDataSync: () => file.syncDataSync(),
    syncData: () => file.syncData(),
    close: () => file.close(),
  };
}

function createOnBun(path: string): PlainFile {
  const descriptor = fs.openSync(path, "wx+");
  let position = 0;
  return {
    truncate: (bytes) => fs.ftruncateSync(descriptor, bytes),
    write: (bytes) => {
      checkWritten(fs.writeSync(descriptor, bytes, 0, bytes.length, position), bytes.length);
      position += bytes.length;
    },
    syncDataSync: () => fs.fdatasyncSync(descriptor),
    syncData: () =>
      new Promise((resolve, reject) => {
        fs.fdatasync(descriptor, (error) => error ? reject(error) : resolve());
      }),
    close: () => fs.closeSync(descriptor),
  };
}

function checkWritten(written: number, wanted: number): void {
  if (written !== wanted) throw new Error(`The platform wrote ${written} of ${wanted} bytes`);
}
